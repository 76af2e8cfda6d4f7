"""Errors, log-loss and seconds of MLPSoftmaxClassifier, beside MLPClassifier, on real tables.

    python docs/benchmarks/accuracy.py --data FOLDER

FOLDER is one that data.py filled. It writes accuracy.csv, log_loss.csv and seconds.csv, of 28
standardised tables, and summary.csv, of groups of them; raw.csv, of four tables that are not
scaled; and batch_sizes.csv, of learning rates for larger minibatches. accuracy_machine.txt says
where they were measured.
"""

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
from baselines import write_table
from data import SOURCES, load
from joblib import Parallel, delayed
from machine import record_machine
from sklearn.datasets import (
    load_breast_cancer,
    load_digits,
    load_iris,
    load_wine,
    make_classification,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from skmlp import MLPSoftmaxClassifier

WIDE = {"hidden_layer_sizes": (128, 128), "dropout": 0.2}
MODELS = {
    "MLPClassifier": lambda: make_pipeline(StandardScaler(), MLPClassifier()),
    "MLPSoftmaxClassifier": lambda: make_pipeline(StandardScaler(), MLPSoftmaxClassifier()),
    "wide": lambda: make_pipeline(StandardScaler(), MLPSoftmaxClassifier(**WIDE)),
    "LogisticRegression": lambda: make_pipeline(
        StandardScaler(), LogisticRegression(max_iter=1000)
    ),
}
# Their names at the head of a column.
NAMES = ["MLPClassifier", "network", "wide", "LogReg"]
TABLES = sorted(set(SOURCES) - {"news20_sparse"})
RAW = {
    "wine": load_wine,
    "breast cancer": load_breast_cancer,
    "digits": load_digits,
    "iris": load_iris,
}
MANY_ROWS = 6000
# The measures of a fit.
ERRORS, LOSS, SECONDS = range(3)


def fit_on_split(model, X, y, split):
    """Fit, and return the probabilities of the test rows, their labels, and the time of the fit.

    The time is in seconds of processor time.
    """
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.3, random_state=split, stratify=y
    )
    seeds = {name: split for name in model.get_params() if name.split("__")[-1] == "random_state"}
    model.set_params(**seeds)
    start = time.process_time()
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X_train, y_train)
    seconds = time.process_time() - start
    return model.predict_proba(X_test), y_test, seconds


def measure(model, X, y, split):
    """Return the errors, the log-loss and the seconds of processor time of one fit.

    Classes are the numbers from 0.
    """
    P, y_test, seconds = fit_on_split(model, X, y, split)
    errors = np.sum(P.argmax(axis=1) != y_test)
    loss = -np.log(P[np.arange(len(P)), y_test].astype(float).clip(1e-15, 1)).mean()
    return errors, loss, seconds


def error_ratio(ours, theirs):
    """Return the ratio of summed errors, with half an error added to each so that none is 0."""
    return (ours.sum(axis=-1) + 0.5) / (theirs.sum(axis=-1) + 0.5)


def geometric_mean(ratios):
    return np.exp(np.mean(np.log(ratios)))


def mark_best(values, find_best, digits):
    """Write values with so many digits, the best in bold; those that are NaN are left blank."""
    texts = ["" if np.isnan(value) else f"{value:.{digits}f}" for value in values]
    best = f"{find_best(values):.{digits}f}"
    return [f"**{text}**" if text == best else text for text in texts]


def summarise(results, sizes):
    """Return a row for each group of tables and each other model, compared with MLPClassifier.

    `results` is of shape (tables, models, measures, splits); `sizes` holds the number of rows and
    of classes of each table.
    """
    n_rows, n_classes = np.transpose(sizes)
    groups = {
        "all": n_rows > 0,
        f"up to {MANY_ROWS:,} rows": n_rows <= MANY_ROWS,
        f"more than {MANY_ROWS:,} rows": n_rows > MANY_ROWS,
        "two classes": n_classes == 2,
    }
    rows = []
    for group, some in groups.items():
        theirs = results[some, 0]
        for i, name in enumerate(MODELS):
            if name == "MLPClassifier":
                continue
            ours = results[some, i]
            ratios = error_ratio(ours[:, ERRORS], theirs[:, ERRORS])
            splits = [
                geometric_mean(error_ratio(ours[:, ERRORS, [k]], theirs[:, ERRORS, [k]]))
                for k in range(ours.shape[-1])
            ]
            times = ours[:, SECONDS].sum(axis=-1) / theirs[:, SECONDS].sum(axis=-1)
            rows.append(
                [
                    group,
                    some.sum(),
                    name,
                    f"{geometric_mean(ratios):.3f}",
                    f"{min(splits):.3f} to {max(splits):.3f}",
                    (ratios < 1).sum(),
                    f"{(ours - theirs)[:, LOSS].mean():+.4f}",
                    f"{geometric_mean(times):.3f}",
                ]
            )
    return rows


def standardised(folder, names, n_splits, n_jobs):
    tables = {name: load(folder, name) for name in names}
    jobs = [(name, make, k) for k in range(n_splits) for name in names for make in MODELS.values()]
    # The largest first, so that the processes end at about the same time.
    jobs.sort(key=lambda job: -len(tables[job[0]][1]))
    measured = Parallel(n_jobs, verbose=1)(
        delayed(measure)(make(), *tables[name], k) for name, make, k in jobs
    )
    found = dict(zip(jobs, measured, strict=True))
    results = np.array(
        [
            [[found[name, make, k] for k in range(n_splits)] for make in MODELS.values()]
            for name in names
        ]
    ).swapaxes(2, 3)
    n_rows = np.array([len(tables[name][1]) for name in names])
    n_classes = np.array([len(np.unique(tables[name][1])) for name in names])
    write_tables(names, results, n_rows, n_classes)
    header = ["tables", "number", "model", "error ratio", "of each split", "fewer errors on"]
    summary = summarise(results, np.column_stack([n_rows, n_classes]))
    write_table("summary.csv", [*header, "log-loss, difference", "time ratio"], summary)
    for row in summary:
        print(*row, sep=" | ")


def write_tables(names, results, n_rows, n_classes):
    """Write a table of each measure: means over the splits, the best in bold."""
    means = results.mean(axis=-1)
    accuracies = 100 - 100 * means[:, :, ERRORS] / np.ceil(0.3 * n_rows)[:, None]
    ratios = error_ratio(results[:, 1, ERRORS], results[:, 0, ERRORS])
    order = np.argsort(n_rows, kind="stable")
    write_table(
        "accuracy.csv",
        ["data", "rows", "classes", *NAMES, "error ratio"],
        [
            [
                names[i],
                n_rows[i],
                n_classes[i],
                *mark_best(accuracies[i], np.max, 2),
                f"{ratios[i]:.3f}",
            ]
            for i in order
        ],
    )
    for file, measure_of, digits in (("log_loss", LOSS, 4), ("seconds", SECONDS, 2)):
        rows = [[names[i], *mark_best(means[i, :, measure_of], np.min, digits)] for i in order]
        write_table(f"{file}.csv", ["data", *NAMES], rows)


def raw(n_splits):
    rows, results = [], []
    defaults = {"MLPClassifier": MLPClassifier, "MLPSoftmaxClassifier": MLPSoftmaxClassifier}
    for name, read in RAW.items():
        X, y = read(return_X_y=True)
        fits = [
            [measure(make_pipeline(Class()), X, y, split) for Class in defaults.values()]
            for split in range(n_splits)
        ]
        errors, losses = np.mean(fits, axis=0).T[[ERRORS, LOSS]]
        accuracies = 100 - 100 * errors / np.ceil(0.3 * len(y))
        results.append((accuracies, losses))
        rows.append([name, *(f"{a:.2f}" for a in accuracies), *(f"{loss:.4f}" for loss in losses)])
        print(*rows[-1], flush=True)
    print("raw, mean accuracies and log-losses of both:", *np.round(np.mean(results, axis=0), 4))
    measures = [f"{of}, {name}" for of in ("accuracy", "log-loss") for name in defaults]
    write_table("raw.csv", ["data", *measures], rows)


def batch_sizes(n_seeds, n_train=200_000):
    """Compare learning rates that depend on the batch size with constant ones."""
    settings = [(64, 0.02), (1024, 0.02), (1024, "auto"), (8192, 0.02), (8192, "auto")]
    fits = {setting: [] for setting in settings}
    for seed in range(n_seeds):
        X, y = make_classification(
            n_train + 50_000,
            n_informative=15,
            n_redundant=0,
            n_classes=6,
            n_clusters_per_class=6,
            class_sep=1.2,
            flip_y=0.02,
            random_state=seed,
        )
        X = StandardScaler().fit_transform(X.astype(np.float32))
        for size, rate in settings:
            clf = MLPSoftmaxClassifier(batch_size=size, learning_rate_init=rate, random_state=0)
            clf.fit(X[:n_train], y[:n_train])
            P = clf.predict_proba(X[n_train:])
            right = np.mean(P.argmax(axis=1) == y[n_train:])
            loss = -np.log(P[np.arange(len(P)), y[n_train:]]).mean()
            fits[size, rate].append((clf.learning_rate_init_, 100 * right, loss))
    rows = []
    for (size, _), measured in fits.items():
        rate, right, loss = np.mean(measured, axis=0)
        rows.append([size, f"{rate:.3f}", f"{right:.1f}", f"{loss:.3f}"])
        print(*rows[-1], flush=True)
    write_table("batch_sizes.csv", ["batch_size", "rate", "accuracy", "log-loss"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the .npz files")
    parser.add_argument("--names", nargs="*", default=TABLES, help="some of the 28 tables")
    parser.add_argument("--splits", type=int, default=3, help="of each of them")
    parser.add_argument("--jobs", type=int, default=1, help="processes, of one thread each")
    arguments = parser.parse_args()
    with threadpool_limits(1):
        record_machine("accuracy_machine.txt")
        standardised(arguments.data, arguments.names, arguments.splits, arguments.jobs)
        raw(n_splits=20)
        batch_sizes(n_seeds=3)


if __name__ == "__main__":
    main()
