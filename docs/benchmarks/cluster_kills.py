"""Kill workers of a cluster while it trains, and compare the parameters with those of one machine.

    python docs/benchmarks/cluster_kills.py

Twenty fits lose one worker each, at a random time, and three fits lose five. For each fit, the
script prints the largest difference in a parameter, and the seconds that it took.
"""

import logging
import os
import signal
import threading
import time
import warnings

import dask.array as da
import numpy as np
from distributed import Client, LocalCluster

from skmlp import MLPSoftmaxClassifier
from skmlp.dask import DaskMLPSoftmaxClassifier

PARAMETERS = {
    "hidden_layer_sizes": (64, 32),
    "dropout": 0.1,
    "early_stopping": True,
    "batch_size": 500,
    "max_iter": 60,
    "n_iter_no_change": 60,
    "random_state": 0,
}


def kill_now_and_then(client, n_kills, rng, done):
    for _ in range(n_kills):
        if done.wait(rng.uniform(0.05, 1.5)):
            return
        pids = []
        while len(pids) < 2:  # a nanny sometimes fails to start another: one must be left
            pids = list(client.run(os.getpid, on_error="ignore").values())
        os.kill(rng.choice(pids), signal.SIGKILL)


def fit(client, X, y, n_kills, rng):
    done = threading.Event()
    killer = threading.Thread(target=kill_now_and_then, args=(client, n_kills, rng, done))
    start = time.perf_counter()
    killer.start()
    clf = DaskMLPSoftmaxClassifier(**PARAMETERS).fit(X, y)
    seconds = time.perf_counter() - start
    done.set()
    killer.join()
    return clf, seconds


def main():
    warnings.simplefilter("ignore")
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    rng = np.random.default_rng(0)
    X = rng.standard_normal((5000, 20))
    y = (X[:, 0] * X[:, 1] + X[:, 2] > 0).astype(int)
    one = MLPSoftmaxClassifier(**PARAMETERS).fit(X, y)
    remote = da.from_array(X, chunks=(400, -1))
    for n_kills in [0] + [1] * 20 + [5] * 3:
        with (
            LocalCluster(n_workers=3, threads_per_worker=1, dashboard_address=":0") as cluster,
            Client(cluster) as client,
        ):
            clf, seconds = fit(client, remote, y, n_kills, rng)
        difference = np.abs(clf.parameters_ - one.parameters_).max()
        print(f"{n_kills} killed: {difference:.1e}, {seconds:.1f} s", flush=True)


if __name__ == "__main__":
    main()
