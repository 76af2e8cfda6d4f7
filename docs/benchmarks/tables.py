"""Accuracy, log-loss, calibration error and seconds of TabularMLPClassifier and its peers.

    python docs/benchmarks/tables.py --data FOLDER

FOLDER is one that data.py filled. It writes numeric_tables.csv, of thirteen tables of numbers, and
raw_tables.csv, of four as they come, and prints the means. realmlp.csv, which it reads, holds what
RealMLP reached on the first split, measured apart.
"""

import argparse
import csv
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from accuracy import fit_on_split
from contestants import write_table
from data import load
from machine import describe_machine
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from threadpoolctl import threadpool_limits

from skmlp import MLPSoftmaxClassifier, TabularMLPClassifier

try:
    from skrub import tabular_pipeline
except ImportError:
    tabular_pipeline = None

TABLES = [
    "credit_g",
    "vowel",
    "car",
    "dna",
    "spambase",
    "phoneme",
    "waveform_5000",
    "satimage",
    "pendigits",
    "covertype15k",
    "letter",
    "electricity",
    "adult",
]
RAW = ["credit_g", "car", "electricity", "adult"]


def text_as_categories(table):
    """Declare columns of text as categories, which boosting then takes as they are."""
    text = table.select_dtypes(exclude=["number", "bool"]).columns
    return table.astype(dict.fromkeys(text, "category"))


def numeric_contestants():
    return {
        "TabularMLPClassifier": TabularMLPClassifier(),
        "HistGradientBoosting": HistGradientBoostingClassifier(),
        "MLPClassifier": make_pipeline(StandardScaler(), MLPClassifier()),
        "LogisticRegression": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
    }


def raw_contestants():
    boosting = HistGradientBoostingClassifier(categorical_features="from_dtype")
    contestants = {
        "TabularMLPClassifier": TabularMLPClassifier(),
        "HistGradientBoosting": make_pipeline(FunctionTransformer(text_as_categories), boosting),
    }
    if tabular_pipeline is not None:
        contestants["skrub, boosting"] = tabular_pipeline("classification")
        contestants["skrub, MLPSoftmaxClassifier"] = tabular_pipeline(MLPSoftmaxClassifier())
        contestants["skrub, LogisticRegression"] = tabular_pipeline(LogisticRegression())
    return contestants


def calibration_error(P, y, n_bins=15):
    """Give the mean distance of confidence from accuracy, over bins of equal confidence.

    Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML 2017.
    """
    confidence, right = P.max(axis=1), P.argmax(axis=1) == y
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    gaps = np.bincount(bins, confidence - right, n_bins)
    return np.abs(gaps).sum() / len(y)


def measure(model, X, y, split):
    """Give the measures of one fit."""
    P, y_test, seconds = fit_on_split(model, X, y, split)
    P = P.astype(float)
    P /= P.sum(axis=1, keepdims=True)
    classes = range(P.shape[1])
    accuracy = accuracy_score(y_test, P.argmax(axis=1))
    return (
        100 * accuracy,
        log_loss(y_test, P, labels=classes),
        100 * calibration_error(P, y_test),
        seconds,
    )


def realmlp():
    """Give accuracy and log-loss of RealMLP by table, as far as they were measured."""
    with open(Path(__file__).with_name("realmlp.csv")) as file:
        return {
            row["data"]: (float(row["accuracy"]), float(row["log-loss"]))
            for row in csv.DictReader(file)
        }


def cell(measures):
    """Write the measures into a cell of a table."""
    return "{:.1f} / {:.3f} / {:.1f} / {:.3g}".format(*measures)


def compare(file, names, read, contestants, n_splits, others=None):
    """Measure all contestants on all tables, and write a line a table."""
    others, lines, means = others or {}, [], []
    for name in names:
        X, y = read(name)
        results = {}
        for contestant, model in contestants.items():
            fits = [measure(model, X, y, split) for split in range(n_splits)]
            results[contestant] = np.mean(fits, axis=0)
            print(f"{name:14s} {contestant:28s}", np.round(results[contestant], 4), flush=True)
        n_test = int(np.ceil(0.3 * len(y)))
        means.append(list(results.values()))
        cells = list(map(cell, results.values()))
        if others:
            cells.append("{:.1f} / {:.3f}".format(*others[name]) if name in others else "")
        lines.append([name, len(y) - n_test, *cells])
    mean = np.mean(means, axis=0)
    cells = list(map(cell, mean))
    for contestant, row in zip(contestants, mean, strict=True):
        print(f"{'mean':14s} {contestant:28s}", np.round(row, 4))
    both = [i for i, name in enumerate(names) if name in others]
    if both:
        known = np.mean([others[names[i]] for i in both], axis=0)
        print("means where RealMLP was measured:")
        for contestant, row in zip(contestants, np.mean([means[i] for i in both], 0), strict=True):
            print(f"  {contestant:28s}", np.round(row, 4))
        print(f"  {'RealMLP-TD':28s}", np.round(known, 4))
        cells.append("")
    lines.append(["mean", "", *cells])
    header = ["data", "training rows", *contestants, *(["RealMLP-TD, one split"] if others else [])]
    write_table(file, header, lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that data.py filled")
    parser.add_argument("--splits", type=int, default=3, help="of each table")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    threadpool_limits(1)
    print(describe_machine())

    def read_raw(name):
        table = pd.read_csv(arguments.data / "raw" / f"{name}.csv.gz")
        labels = table.pop("__target__")
        return table, np.unique(labels, return_inverse=True)[1]

    compare("raw_tables.csv", RAW, read_raw, raw_contestants(), arguments.splits)
    compare(
        "numeric_tables.csv",
        TABLES,
        lambda name: load(arguments.data, name),
        numeric_contestants(),
        arguments.splits,
        realmlp(),
    )


if __name__ == "__main__":
    main()
