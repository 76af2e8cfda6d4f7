"""Latency, file size and memory of two models, in Python and in ONNX Runtime.

    python docs/benchmarks/serving.py

A network on the digits and a TabularMLPClassifier on 10,000 rows of 30 columns are trained once,
and written by joblib and by to_onnx. Each file is then read in a separate process, which predicts
with one thread and imports only what it needs. Times are CPU times, which do not include other
programs on the machine. The script writes serving.csv and serving_machine.txt, and needs Linux.
"""

import os
import pickle
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from statistics import median

CALLS = {1: 500, 1000: 50}  # by the number of rows
RUNTIMES = {"Python": "joblib", "ONNX Runtime": "onnx"}
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def train_models():
    """Return both models, fitted, each with the rows that it was trained on."""
    from large_tables import make_table
    from sklearn.datasets import load_digits
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from skmlp import MLPSoftmaxClassifier, TabularMLPClassifier

    X, y = load_digits(return_X_y=True)
    X = X.astype("float32")
    network = make_pipeline(StandardScaler(), MLPSoftmaxClassifier(random_state=0)).fit(X, y)
    table, classes = make_table(10_000)
    tabular = TabularMLPClassifier(random_state=0).fit(table, classes)
    return {"network": (network, X), "tabular": (tabular, table)}


def to_inputs(X):
    """Return the rows as ONNX Runtime takes them."""
    if not hasattr(X, "columns"):
        return {"X": X}
    numbers = set(X.select_dtypes("number"))
    return {c: X[[c]].to_numpy(dtype="float64" if c in numbers else object) for c in X}


def read_model(path):
    """Return the function that predicts."""
    if path.suffix == ".joblib":
        import joblib

        return joblib.load(path).predict_proba
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda inputs: session.run(["probabilities"], inputs)


def milliseconds(predict, batches, n_calls):
    """Return the median time of a call, without the first."""
    times = []
    for batch in islice(cycle(batches), n_calls + 1):
        start = time.process_time()
        predict(batch)
        times.append(1000 * (time.process_time() - start))
    return median(times[1:])


def peak_memory():
    """Return the peak memory of this process in MiB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def measure(path, rows):
    """Print the seconds to start, the time of a call by the number of rows, and the memory."""
    start = time.process_time()
    predict = read_model(path)
    print(f"{time.process_time() - start:.2g}")
    for n_rows, batches in pickle.loads(rows.read_bytes()).items():
        print(f"{milliseconds(predict, batches, CALLS[n_rows]):.2g}")
    print(f"{peak_memory():.0f}")


def compare(folder):
    """Yield a row of the table for each model and runtime."""
    import joblib

    from skmlp.export import to_onnx

    for name, (clf, X) in train_models().items():
        joblib.dump(clf, folder / f"{name}.joblib")
        to_onnx(clf, X[:10], folder / f"{name}.onnx")
        for runtime, suffix in RUNTIMES.items():
            given = to_inputs if suffix == "onnx" else lambda X: X
            batches = {1: [given(X[i : i + 1]) for i in range(100)], 1000: [given(X[:1000])]}
            path, rows = folder / f"{name}.{suffix}", folder / "rows.pickle"
            rows.write_bytes(pickle.dumps(batches))
            child = [sys.executable, __file__, path, rows]
            env = os.environ | ONE_THREAD
            run = subprocess.run(child, capture_output=True, text=True, check=True, env=env)
            megabytes = path.stat().st_size / 1e6
            yield [f"{name}, {runtime}", f"{megabytes:.2g}", *run.stdout.split()]


def main():
    from baselines import write_table
    from machine import record_machine

    with tempfile.TemporaryDirectory() as folder:
        rows = list(compare(Path(folder)))
    header = [
        "model and runtime",
        "file, MB",
        "start, s",
        "1 row, ms",
        "1,000 rows, ms",
        "memory, MiB",
    ]
    write_table("serving.csv", header, rows)
    record_machine("serving_machine.txt", "onnxruntime", "pandas")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(*map(Path, sys.argv[1:]))
    else:
        main()
