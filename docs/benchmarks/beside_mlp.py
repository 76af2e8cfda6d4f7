"""Comparison with MLPClassifier: searches, early stopping, sparse text, prediction, and memory.

    python docs/benchmarks/beside_mlp.py [--data FOLDER]

FOLDER is one that data.py filled: there is the sparse text. It writes beside_mlp.csv and
memory.csv. The tabular classifier, which has no counterpart in scikit-learn, is timed with and
without the compiled extension.
"""

import argparse
import os
import subprocess
import sys
import tracemalloc
from functools import partial
from pathlib import Path

import numpy as np
from baselines import (
    NUMPY,
    OURS,
    THEIRS,
    header,
    make_data,
    row,
    time_in_turn,
    write_table,
)
from data import load
from machine import describe_machine
from sklearn.datasets import load_digits, make_classification
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier

from skmlp import MLPSoftmaxClassifier, TabularMLPClassifier

CLASSES = {OURS: MLPSoftmaxClassifier, NUMPY: MLPSoftmaxClassifier, THEIRS: MLPClassifier}
ENDLESS = {"tol": 0, "n_iter_no_change": np.inf, "random_state": 0}
rows = []


def add_row(case, seconds):
    rows.append(row(case, seconds, [THEIRS]))
    print(*rows[-1], sep="  ", flush=True)


def compare(case, make_run, *arguments, classes=CLASSES, repeats=5):
    """Time what ``make_run(Class, *arguments)`` returns for each class, and add a row."""
    make_runs = {name: partial(make_run, Class, *arguments) for name, Class in classes.items()}
    add_row(case, time_in_turn(make_runs, repeats))


def made_fit(Class, n, d, dtype, parameters):
    X, y = make_data(n, d, 10, dtype)
    return partial(Class(**parameters).fit, X, y)


def float64():
    for n, d, hidden, batch_size, epochs in [
        (1797, 64, (100,), 200, 50),
        (20000, 20, (64, 64), 200, 10),
        (20000, 784, (512, 512), 256, 1),
    ]:
        layers = "-".join(map(str, hidden))
        case = f"float64, {n} x {d}, hidden {layers}, {epochs} epoch{'s' * (epochs > 1)}"
        network = {"hidden_layer_sizes": hidden, "batch_size": batch_size, "max_iter": epochs}
        compare(case, made_fit, n, d, "float64", network | ENDLESS)


def digits(dtype):
    X, y = load_digits(return_X_y=True)
    return (X / 16).astype(dtype), y


def stopping_early(Class):
    return partial(Class(early_stopping=True, max_iter=50, **ENDLESS).fit, *digits("float32"))


def grid_search(Class, n_jobs):
    grid = {
        "hidden_layer_sizes": [(100,), (100, 100), (100, 100, 100)],
        "activation": ["relu", "tanh", "logistic"],
    }
    clf = Class(max_iter=30, **ENDLESS)
    search = GridSearchCV(clf, grid, cv=5, n_jobs=n_jobs, refit=False)
    return partial(search.fit, *digits("float32"))


LBFGS_LOSS = 0.01


def lbfgs(Class):
    """Return a fit with as many iterations as are needed for a loss of at most `LBFGS_LOSS`."""
    X, y = digits("float64")
    clf = Class(solver="lbfgs", alpha=1e-4, tol=1e-9, max_iter=1, random_state=0)
    iterations = next(
        k for k in range(10, 300, 5) if clf.set_params(max_iter=k).fit(X, y).loss_ <= LBFGS_LOSS
    )
    return partial(clf.set_params(max_iter=iterations).fit, X, y)


def on_digits():
    compare("digits, early stopping, 50 epochs", stopping_early)
    for n_jobs in (1, 2):
        case = f"digits, grid search, n_jobs={n_jobs}"
        compare(case, grid_search, n_jobs, repeats=3)
    compare(f"digits, lbfgs in float64 to a loss of {LBFGS_LOSS}", lbfgs)


def sparse_fit(Class, folder):
    X, y = load(folder, "news20_sparse")
    return partial(Class(max_iter=1, random_state=0).fit, X, y)


def sparse_text(folder):
    shape = load(folder, "news20_sparse")[0].shape
    compare("sparse text, {} x {}, one epoch".format(*shape), sparse_fit, folder, repeats=3)


def predict_proba(Class, n, calls):
    X, y = make_data(max(n, 1000), 100, 10)
    clf = Class((256, 256), max_iter=1, random_state=0).fit(X[:1000], y[:1000])
    rows = X[:n]
    return lambda: [clf.predict_proba(rows) for _ in range(calls)]


def prediction():
    compare("predict_proba, 1,000,000 x 100, hidden 256-256", predict_proba, 1_000_000, 1)
    compare("predict_proba, 1,000 x 100, 100 times", predict_proba, 1000, 100)
    compare("predict_proba, 1 x 100, 1000 times", predict_proba, 1, 1000)


def tabular_fit(Class, n):
    X, y = make_classification(n, 20, n_informative=10, random_state=0)
    return partial(Class(random_state=0).fit, X, y)


def tables():
    for n in (1_000, 10_000):
        compare(
            f"TabularMLPClassifier, {n:,} x 20",
            tabular_fit,
            n,
            classes=dict.fromkeys((OURS, NUMPY), TabularMLPClassifier),
            repeats=3,
        )


def peak(function, *arguments):
    """Return the MB that a call takes at its peak."""
    tracemalloc.start()
    function(*arguments)
    size = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return size / 2**20


def memory():
    X, y = make_data(1_000_000, 100, 10)
    fitted = MLPSoftmaxClassifier((256, 256), max_iter=1, random_state=0).fit(X[:1000], y[:1000])
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


def import_seconds(environment):
    code = (
        "import time, sklearn.neural_network; start = time.perf_counter(); import skmlp; "
        "print(time.perf_counter() - start)"
    )
    command = [sys.executable, "-c", code]
    return float(subprocess.check_output(command, env=os.environ | environment))


def imports():
    rounds = [[import_seconds(env) for env in ({}, {"SKMLP_PURE": "1"})] for _ in range(7)]
    seconds = dict(zip((OURS, NUMPY), np.transpose(rounds), strict=True))
    add_row("import skmlp, after sklearn.neural_network", seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of news20_sparse.npz")
    folder = parser.parse_args().data
    print(describe_machine())
    float64()
    on_digits()
    if folder is not None:
        sparse_text(folder)
    prediction()
    tables()
    imports()
    write_table("beside_mlp.csv", header("what", [THEIRS]), rows)
    memory()


if __name__ == "__main__":
    main()
