"""Everything else that takes time, beside MLPClassifier: searches, prediction, sparse text, memory.

    python docs/benchmarks/beside_mlp.py [--data FOLDER]

FOLDER is one that data.py filled: there is the sparse text. It writes beside_mlp.csv and
memory.csv.
"""

import argparse
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
from contestants import OURS, THEIRS, make_data, milliseconds, time_in_turn, write_table
from data import load
from machine import describe_machine
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier

from skmlp import MLPSoftmaxClassifier

CLASSES = {OURS: MLPSoftmaxClassifier, THEIRS: MLPClassifier}
ENDLESS = {"tol": 0, "n_iter_no_change": np.inf, "random_state": 0}
rows = []


def compare(case, make_run, repeats=5):
    """Time ``make_run(Classifier)`` for both, and add a row to the table."""
    seconds = time_in_turn({name: make_run(Class) for name, Class in CLASSES.items()}, repeats)
    ratio = seconds[THEIRS] / seconds[OURS]
    rows.append([case, milliseconds(seconds[OURS]), f"{ratio:.2f}"])
    print(*rows[-1], sep="  ", flush=True)


def fits(X, y, **parameters):
    return lambda Class: lambda: Class(**parameters).fit(X, y)


def float64():
    for n, d, hidden, batch_size, epochs in [
        (1797, 64, (100,), 200, 50),
        (20000, 20, (64, 64), 200, 10),
        (20000, 784, (512, 512), 256, 1),
    ]:
        X, y = make_data(n, d, 10, np.float64)
        case = f"float64, {n} x {d}, hidden {hidden}, {epochs} epochs"
        network = {"hidden_layer_sizes": hidden, "batch_size": batch_size}
        compare(case, fits(X, y, max_iter=epochs, **network, **ENDLESS))


def on_digits():
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype(np.float32)
    early = {"early_stopping": True, "max_iter": 50, **ENDLESS}
    compare("digits, early stopping, 50 epochs", fits(X, y, **early))
    grid = {
        "hidden_layer_sizes": [(100,), (100, 100), (100, 100, 100)],
        "activation": ["relu", "tanh", "logistic"],
    }
    for n_jobs in (1, 2):
        compare(
            f"digits, grid search, 3 depths x 3 activations x 5 folds, n_jobs={n_jobs}",
            lambda Class, n_jobs=n_jobs: (
                lambda: GridSearchCV(
                    Class(max_iter=30, **ENDLESS), grid, cv=5, n_jobs=n_jobs, refit=False
                ).fit(X, y)
            ),
            repeats=3,
        )


def lbfgs():
    X, y = load_digits(return_X_y=True)
    X = X / 16
    target = 0.01

    def make_run(Class):
        clf = Class(solver="lbfgs", alpha=1e-4, tol=1e-9, max_iter=1, random_state=0)
        iterations = next(
            k for k in range(10, 300, 5) if clf.set_params(max_iter=k).fit(X, y).loss_ <= target
        )
        return lambda: clf.set_params(max_iter=iterations).fit(X, y)

    compare(f"digits, lbfgs in float64 to a loss of {target}", make_run)


def sparse_text(folder):
    X, y = load(folder, "news20_sparse")
    compare(
        f"sparse text, {X.shape[0]} x {X.shape[1]}, one epoch", fits(X, y, max_iter=1), repeats=3
    )


def prediction():
    X, y = make_data(1_000_000, 100, 10)
    fitted = {
        Class: Class((256, 256), max_iter=1, random_state=0).fit(X[:1000], y[:1000])
        for Class in CLASSES.values()
    }
    case = "predict_proba, 1,000,000 x 100, hidden 256-256"
    compare(case, lambda Class: lambda: fitted[Class].predict_proba(X))
    row = X[:1]
    compare(
        "predict_proba of one row, 1000 times",
        lambda Class: lambda: [fitted[Class].predict_proba(row) for _ in range(1000)],
    )
    return X, fitted[MLPSoftmaxClassifier]


def peak(function, *arguments):
    """Give the MB that a call takes at its peak."""
    tracemalloc.start()
    function(*arguments)
    size = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return size / 2**20


def memory(X, fitted):
    beyond_output = peak(fitted.predict_proba, X) - 4 * 10 * len(X) / 2**20
    table = [["predict_proba, 1,000,000 x 100", f"{beyond_output:.1f}"]]
    parameters = {"hidden_layer_sizes": (512, 512), "batch_size": 256, "max_iter": 1}
    X, y = make_data(20000, 784, 10)
    for case, data, more in [
        ("float32, 60 MB", X, {}),
        ("float32, 60 MB, early stopping", X, {"early_stopping": True}),
        ("uint8, 15 MB", np.abs(50 * X).astype(np.uint8), {}),
    ]:
        for name, Class in CLASSES.items():
            clf = Class(**parameters | more)
            table.append([f"fit, {case}: {name}", f"{peak(clf.fit, data, y):.1f}"])
    n_parameters = sum(W.size for W in clf.coefs_ + clf.intercepts_)
    table.append(["(one float32 vector of its parameters)", f"{4 * n_parameters / 2**20:.1f}"])
    for line in table:
        print(*line, sep="  ")
    write_table("memory.csv", ["peak beyond input and output", "MB"], table)


def imports():
    code = (
        "import time, sklearn.neural_network; start = time.perf_counter(); import skmlp; "
        "print(time.perf_counter() - start)"
    )
    values = [float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(7)]
    rows.append(["import skmlp, after sklearn.neural_network", milliseconds(np.median(values)), ""])
    print(*rows[-1], sep="  ")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of news20_sparse.npz")
    folder = parser.parse_args().data
    print(describe_machine())
    float64()
    on_digits()
    lbfgs()
    if folder is not None:
        sparse_text(folder)
    memory(*prediction())
    imports()
    write_table("beside_mlp.csv", ["what", "ours (ms)", "MLPClassifier / ours"], rows)


if __name__ == "__main__":
    main()
