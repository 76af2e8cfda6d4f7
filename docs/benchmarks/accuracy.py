"""Accuracy, log-loss and seconds of MLPClassifier and MLPSoftmaxClassifier on eight data sets.

    python docs/benchmarks/accuracy.py --data FOLDER

FOLDER is one that data.py filled. Every contestant is trained on the same standardised rows from
the same random states, one after the other in each round, with one BLAS thread. The medians are
written to accuracy.csv beside this file.
"""

import argparse
import csv
import time
import warnings
from pathlib import Path

import numpy as np
from data import load
from machine import describe_machine
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from skmlp import MLPSoftmaxClassifier

# The one setting for all data sets. It was chosen on a quarter of the training rows of each,
# before the test rows were looked at.
ONE_SETTING = {
    "hidden_layer_sizes": (128, 128, 64),
    "solver": "adamw",
    "weight_decay": 0.2,
    "learning_rate": "onecycle",
    "learning_rate_init": 0.01,
    "batch_size": 256,
    "max_iter": 25,
    "n_iter_no_change": 25,
    "dropout": 0.05,
    "label_smoothing": 0.01,
}
CONTESTANTS = {
    "MLPClassifier": MLPClassifier(),
    "MLPSoftmaxClassifier, defaults": MLPSoftmaxClassifier(),
    "MLPSoftmaxClassifier, one setting": MLPSoftmaxClassifier(**ONE_SETTING),
}
# Rounds, and training rows where the data come with a split of their own.
DATA_SETS = {
    "covertype15k": (5, None),
    "letter": (5, None),
    "phoneme": (5, None),
    "waveform_5000": (5, None),
    "satimage": (5, None),
    "spambase": (5, None),
    "mnist": (1, 60_000),
    "fashion_mnist": (1, 60_000),
}


def train_and_test_rows(folder, name, n_train):
    X, y = load(folder, name)
    if n_train is None:
        X_train, X_test, y_train, y_test = train_test_split(
            X, y, test_size=0.3, random_state=0, stratify=y
        )
    else:
        X_train, X_test, y_train, y_test = X[:n_train], X[n_train:], y[:n_train], y[n_train:]
    scaler = StandardScaler().fit(X_train)
    return scaler.transform(X_train), scaler.transform(X_test), y_train, y_test


def measure(clf, X_train, X_test, y_train, y_test):
    start = time.perf_counter()
    clf.fit(X_train, y_train)
    seconds = time.perf_counter() - start
    P = clf.predict_proba(X_test)
    predicted = clf.classes_[P.argmax(axis=1)]
    return accuracy_score(y_test, predicted), log_loss(y_test, P), seconds, clf.n_iter_


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the .npz files")
    parser.add_argument("--names", nargs="*", default=list(DATA_SETS), help="some of the data sets")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    threadpool_limits(1)
    print(describe_machine())
    rows = []
    for name in arguments.names:
        rounds, n_train = DATA_SETS[name]
        data = train_and_test_rows(arguments.data, name, n_train)
        results = {contestant: [] for contestant in CONTESTANTS}
        for seed in range(rounds):
            for contestant, clf in CONTESTANTS.items():
                results[contestant].append(measure(clf.set_params(random_state=seed), *data))
        for contestant, measured in results.items():
            accuracy, loss, seconds, epochs = np.median(measured, axis=0)
            row = [
                name,
                contestant,
                f"{accuracy:.4f}",
                f"{loss:.4f}",
                f"{seconds:.2f}",
                f"{epochs:.0f}",
            ]
            rows.append(row)
            print("{:14s} {:34s} {:>8s} {:>8s} {:>8s} {:>5s}".format(*row), flush=True)
    with open(Path(__file__).with_name("accuracy.csv"), "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["data", "classifier", "accuracy", "log-loss", "fit (s)", "epochs"])
        writer.writerows(rows)


if __name__ == "__main__":
    main()
