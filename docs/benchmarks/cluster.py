"""DaskMLPSoftmaxClassifier on two workers of this machine, compared with one process of one thread.

    python docs/benchmarks/cluster.py

Whole fits are timed, on data in memory (on the cluster: persisted on the workers). One process and
the cluster take turns; a ratio is the median of those of the rounds. The data are synthetic: normal
features, and labels of a random network. Where dask_ml is installed, its Incremental, which trains
MLPClassifier on one block after the other, gets as much time as the fit of
DaskMLPSoftmaxClassifier. The script writes cluster.csv, messages.csv, incremental.csv and
cluster_machine.txt.
"""

import time
import warnings
from importlib.util import find_spec

import dask.array as da
import numpy as np
from baselines import two_digits, write_table
from distributed import Client, LocalCluster, wait
from machine import record_machine
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from skmlp import MLPSoftmaxClassifier
from skmlp.dask import DaskMLPSoftmaxClassifier

MILLION = 1_000_000
CASES = {
    "L-BFGS, 100 units": (MILLION, {"solver": "lbfgs", "max_iter": 20, "tol": 0}),
    "512-512, batches of 8,192": (
        200_000,
        {"hidden_layer_sizes": (512, 512), "batch_size": 8192, "max_iter": 4},
    ),
    "64-64, batches of 65,536": (
        MILLION,
        {"hidden_layer_sizes": (64, 64), "batch_size": 65_536, "max_iter": 8},
    ),
    "64-64, batches of 8,192": (
        MILLION,
        {"hidden_layer_sizes": (64, 64), "batch_size": 8192, "max_iter": 4},
    ),
    "64-64, batches of 1,000": (
        200_000,
        {"hidden_layer_sizes": (64, 64), "batch_size": 1000, "max_iter": 2},
    ),
}
ROUNDS = 3


def make_data(n_samples, n_features=50, n_classes=5):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_samples, n_features), dtype=np.float32)
    H = np.tanh(X @ rng.standard_normal((n_features, 30), dtype=np.float32) / 4)
    O = H @ rng.standard_normal((30, n_classes), dtype=np.float32)
    return X, (O + rng.gumbel(size=O.shape) / 2).argmax(axis=1)


def on_workers(client, X):
    X = client.persist(da.from_array(X, chunks=(len(X) // 8, -1)))
    wait(X)
    return X


def seconds(clf, X, y):
    start = time.perf_counter()
    with threadpool_limits(1):
        clf.fit(X, y)
    return time.perf_counter() - start


def compare(client):
    for case, (n_samples, parameters) in CASES.items():
        X, y = make_data(n_samples)
        remote = on_workers(client, X)
        rounds = [
            (
                seconds(MLPSoftmaxClassifier(**parameters, random_state=0), X, y),
                seconds(DaskMLPSoftmaxClassifier(**parameters, random_state=0), remote, y),
            )
            for _ in range(ROUNDS)
        ]
        one, two = np.median(rounds, axis=0)
        ratio = float(np.median([a / b for a, b in rounds]))
        yield [case, f"{n_samples:,}", two_digits(one), two_digits(two), two_digits(ratio)]
        print(case, rounds, ratio, flush=True)


def time_messages(client):
    """Yield the time of steps of eight rows, most of which is that of the messages."""
    X, y = make_data(4000)
    remote = on_workers(client, X)
    for hidden in ((64, 64), (256, 256), (768, 768)):
        fits = [
            DaskMLPSoftmaxClassifier(hidden, batch_size=8, max_iter=1, random_state=0)
            for _ in range(ROUNDS)
        ]
        times = [seconds(clf, remote, y) for clf in fits]
        n_parameters = fits[0].parameters_.size
        yield [f"{n_parameters:,}", two_digits(1000 * np.median(times) / (len(X) / 8))]


def beside_incremental(client, data):
    """Yield the accuracies of DaskMLPSoftmaxClassifier and of Incremental after equal times."""
    from dask_ml.wrappers import Incremental

    (X, y), (X_test, y_test) = data
    remote, labels = on_workers(client, X), da.from_array(y, chunks=len(X) // 8)
    ours = DaskMLPSoftmaxClassifier(
        learning_rate="cosine", learning_rate_init=0.01, max_iter=20, random_state=0
    )
    time_of_ours = seconds(ours, remote, y)
    theirs = Incremental(MLPClassifier(random_state=0), shuffle_blocks=True, random_state=0)
    start, passes = time.perf_counter(), 0
    while time.perf_counter() - start < time_of_ours:
        theirs.partial_fit(remote, labels, classes=np.unique(y))
        passes += 1
    time_of_theirs = time.perf_counter() - start
    accuracy = theirs.estimator_.score(X_test, y_test)
    yield ["DaskMLPSoftmaxClassifier", time_of_ours, ours.n_iter_, ours.score(X_test, y_test)]
    yield ["Incremental(MLPClassifier())", time_of_theirs, passes, accuracy]


def main():
    warnings.simplefilter("ignore")
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        header = ["case", "rows", "one process (s)", "two workers (s)", "ratio"]
        write_table("cluster.csv", header, compare(client))
        header = ["parameters", "milliseconds a step"]
        write_table("messages.csv", header, time_messages(client))
        if find_spec("dask_ml"):
            X, y = make_data(600_000)
            data = (X[:500_000], y[:500_000]), (X[500_000:], y[500_000:])
            rows = [
                [name, f"{time:.0f}", passes, f"{100 * accuracy:.1f}"]
                for name, time, passes, accuracy in beside_incremental(client, data)
            ]
            write_table("incremental.csv", ["", "seconds", "epochs", "accuracy (%)"], rows)
            print(rows)
    record_machine("cluster_machine.txt")


if __name__ == "__main__":
    main()
