"""Accuracy, log-loss, calibration and time of TabularMLPClassifier, beside other models.

    python docs/benchmarks/tables.py --data FOLDER

FOLDER is one that data.py filled. It appends a line for each fit to table_fits.csv, and leaves out
those that are there, so that it can be interrupted; from them it writes a table for each measure,
numeric_accuracy.csv and so on, and table_summary.csv. LightGBM, XGBoost and CatBoost take part
where they are installed. realmlp.csv, which it reads, holds what RealMLP reached on the first
split, measured apart.
"""

import argparse
import csv
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from accuracy import error_ratio, fit_on_split, geometric_mean
from baselines import write_table
from data import SOURCES, load
from machine import record_machine
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import ParameterSampler
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skmlp import MLPSoftmaxClassifier, TabularMLPClassifier

try:
    import catboost
    import lightgbm
    import xgboost
except ImportError:
    lightgbm = None
try:
    from skrub import tabular_pipeline
except ImportError:
    tabular_pipeline = None

HERE = Path(__file__).parent
NUMERIC = sorted(set(SOURCES) - {"news20_sparse"})
RAW = ["credit_approval", "soybean", "credit_g", "car", "kr_vs_kp", "electricity", "adult"]
OURS, TUNED = "TabularMLPClassifier", "LightGBM, tuned"
SHORT = {
    OURS: "Tabular",
    "HistGradientBoosting": "HistGB",
    "MLPClassifier": "MLP",
    "LogisticRegression": "LogReg",
    "skrub, MLPSoftmaxClassifier": "skrub, network",
    "skrub, LogisticRegression": "skrub, LogReg",
}
MEASURES = ("accuracy", "log-loss", "calibration error", "seconds")

# Settings of CatBoost that do not change the model.
QUIET = {"thread_count": 1, "verbose": False, "allow_writing_files": False}

# The space of 20 random settings, as it is usual for LightGBM.
SPACE = {
    "learning_rate": np.geomspace(0.01, 0.3, 50),
    "num_leaves": range(8, 129),
    "min_child_samples": range(5, 101),
    "colsample_bytree": np.linspace(0.5, 1, 50),
    "reg_lambda": np.geomspace(1e-3, 10, 50),
}


class TunedLightGBM(ClassifierMixin, BaseEstimator):
    """LightGBM with the best of 20 random settings, by cross-validation and early stopping."""

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y):
        n_classes = len(np.unique(y))
        fixed = {"verbose": -1, "num_threads": 1, "seed": self.random_state}
        fixed["objective"] = "binary" if n_classes == 2 else "multiclass"
        if n_classes > 2:
            fixed["num_class"] = n_classes
        best = np.inf
        for setting in ParameterSampler(SPACE, 20, random_state=self.random_state):
            parameters = fixed | setting
            losses = lightgbm.cv(
                parameters,
                lightgbm.Dataset(X, y),
                num_boost_round=1000,
                nfold=3,
                callbacks=[lightgbm.early_stopping(30, verbose=False)],
            )
            losses = next(values for name, values in losses.items() if name.endswith("-mean"))
            if losses[-1] < best:
                best, rounds, chosen = losses[-1], len(losses), parameters
        self.model_ = lightgbm.train(chosen, lightgbm.Dataset(X, y), rounds)
        return self

    def predict_proba(self, X):
        P = self.model_.predict(X)
        return np.column_stack([1 - P, P]) if P.ndim == 1 else P


def text_as_categories(table):
    """Declare columns of text as categories, which boosting then takes as they are."""
    text = table.select_dtypes(exclude=["number", "bool"]).columns
    return table.astype(dict.fromkeys(text, "category"))


def text_without_missing(table):
    """Name missing texts, which CatBoost does not take."""
    text = table.select_dtypes(exclude=["number", "bool"]).columns
    return table.fillna(dict.fromkeys(text, "missing")).astype(dict.fromkeys(text, str))


def with_categories(model):
    return make_pipeline(FunctionTransformer(text_as_categories), model)


class CatBoostOfTables(ClassifierMixin, BaseEstimator):
    """CatBoost, told which columns hold text."""

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y):
        X = text_without_missing(X)
        text = X.select_dtypes(exclude=["number", "bool"]).columns.tolist()
        self.model_ = catboost.CatBoostClassifier(
            cat_features=text, random_state=self.random_state, **QUIET
        ).fit(X, y)
        return self

    def predict_proba(self, X):
        return self.model_.predict_proba(text_without_missing(X))


def numeric_models(tuned):
    models = {OURS: TabularMLPClassifier(n_jobs=1)}
    if lightgbm is not None:
        models["LightGBM"] = lightgbm.LGBMClassifier(n_jobs=1, verbose=-1)
        models["XGBoost"] = xgboost.XGBClassifier(n_jobs=1)
        models["CatBoost"] = catboost.CatBoostClassifier(**QUIET)
        if tuned:
            models[TUNED] = TunedLightGBM()
    models["HistGradientBoosting"] = HistGradientBoostingClassifier()
    models["MLPClassifier"] = make_pipeline(StandardScaler(), MLPClassifier())
    models["LogisticRegression"] = make_pipeline(
        StandardScaler(), LogisticRegression(max_iter=1000)
    )
    return models


def raw_models():
    models = {OURS: TabularMLPClassifier(n_jobs=1)}
    if lightgbm is not None:
        models["LightGBM"] = with_categories(lightgbm.LGBMClassifier(n_jobs=1, verbose=-1))
        boosting = xgboost.XGBClassifier(n_jobs=1, enable_categorical=True)
        models["XGBoost"] = with_categories(boosting)
        models["CatBoost"] = CatBoostOfTables()
    boosting = HistGradientBoostingClassifier(categorical_features="from_dtype")
    models["HistGradientBoosting"] = with_categories(boosting)
    if tabular_pipeline is not None:
        models["skrub, MLPSoftmaxClassifier"] = tabular_pipeline(MLPSoftmaxClassifier())
        models["skrub, LogisticRegression"] = tabular_pipeline(LogisticRegression())
    return models


def calibration_error(P, y, n_bins=15):
    """Return the mean distance of confidence from accuracy, over bins of equal confidence.

    Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML 2017.
    """
    confidence, right = P.max(axis=1), P.argmax(axis=1) == y
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    gaps = np.bincount(bins, confidence - right, n_bins)
    return np.abs(gaps).sum() / len(y)


def measure(model, X, y, split):
    """Return the number of test rows, and the measures of one fit."""
    P, y_test, seconds = fit_on_split(model, X, y, split)
    P = P.astype(float)
    P /= P.sum(axis=1, keepdims=True)
    return (
        len(y_test),
        100 * accuracy_score(y_test, P.argmax(axis=1)),
        log_loss(y_test, P, labels=range(P.shape[1])),
        100 * calibration_error(P, y_test),
        seconds,
    )


FITS = HERE / "table_fits.csv"
COLUMNS = ("kind", "data", "rows", "model", "split", "test rows", *MEASURES)


def read_fits():
    if not FITS.exists():
        return pd.DataFrame(columns=COLUMNS)
    return pd.read_csv(FITS)


def run(kind, names, read, models, splits):
    """Fit all models on all tables, and append a line for each to table_fits.csv."""
    known = read_fits()
    done = set(zip(known["kind"], known["data"], known["model"], known["split"], strict=True))
    new = not FITS.exists()
    with open(FITS, "a", newline="") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(COLUMNS)
        for split in splits:
            for name in names:
                X, y = read(name)
                for model, estimator in models.items():
                    if (kind, name, model, split) in done:
                        continue
                    measures = measure(clone(estimator), X, y, split)
                    writer.writerow([kind, name, len(y), model, split, *measures])
                    file.flush()
                    print(kind, name, split, model, np.round(measures, 4), flush=True)


def write_measures(kind, fits):
    """Write a table of each measure, the best in bold."""
    means = fits.groupby(["data", "rows", "model"], sort=False)[list(MEASURES)].mean()
    models = list(dict.fromkeys(fits["model"]))
    for measure_name in MEASURES:
        table = means[measure_name].unstack("model")[models].sort_index(level="rows")
        best = table.max(axis=1) if measure_name == "accuracy" else table.min(axis=1)
        digits = {"accuracy": 1, "log-loss": 3, "calibration error": 1, "seconds": 2}[measure_name]
        lines = [
            [name, rows, *(_cell(value, best[name, rows], digits) for value in line)]
            for (name, rows), line in zip(table.index, table.to_numpy(), strict=True)
        ]
        lines.append(["mean", "", *(f"{value:.{digits}f}" for value in table.mean())])
        file = f"{kind}_{measure_name.replace(' ', '_').replace('-', '_')}.csv"
        write_table(file, ["data", "rows", *(SHORT.get(name, name) for name in models)], lines)


def _cell(value, best, digits):
    if np.isnan(value):
        return ""
    text = f"{value:.{digits}f}"
    return f"**{text}**" if text == f"{best:.{digits}f}" else text


def write_summary(fits):
    """Write, for each kind of tables and each model, how it compares with ours on its tables."""
    fits = fits.assign(errors=(100 - fits["accuracy"]) / 100 * fits["test rows"])
    lines = []
    for kind, of_kind in fits.groupby("kind", sort=False):
        key = ["data", "split"]
        ours = of_kind[of_kind["model"] == OURS].set_index(key)
        for model, theirs in of_kind.groupby("model", sort=False):
            both = theirs.set_index(key).join(ours, rsuffix=" of ours", how="inner")
            sums = both.groupby("data").sum(numeric_only=True)
            counts = np.array([sums["errors"], sums["errors of ours"]])
            ratios = error_ratio(counts[0][:, None], counts[1][:, None])
            times = sums["seconds"] / sums["seconds of ours"]
            means = both[[*MEASURES]].groupby("data").mean().mean()
            lines.append(
                [
                    kind,
                    model,
                    len(sums),
                    f"{means['accuracy']:.2f}",
                    f"{means['log-loss']:.4f}",
                    f"{means['calibration error']:.2f}",
                    f"{geometric_mean(ratios):.3f}",
                    f"{geometric_mean(times):.3f}",
                ]
            )
    header = ["kind", "model", "tables", "accuracy", "log-loss", "calibration error"]
    write_table("table_summary.csv", [*header, "error ratio", "time ratio"], lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that data.py filled")
    parser.add_argument("--splits", type=int, nargs="+", default=[0, 1, 2], help="of each table")
    parser.add_argument(
        "--tuned", action="store_true", help="with LightGBM tuned, which takes hours"
    )
    parser.add_argument("--most-rows", type=int, default=10**9, help="leave out larger tables")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")

    def read_raw(name):
        table = pd.read_csv(arguments.data / "raw" / f"{name}.csv.gz")
        labels = table.pop("__target__")
        return table, np.unique(labels, return_inverse=True)[1]

    def read_numeric(name):
        return load(arguments.data, name)

    by_size = sorted(NUMERIC, key=lambda name: len(read_numeric(name)[1]))
    by_size = [name for name in by_size if len(read_numeric(name)[1]) <= arguments.most_rows]
    run("numeric", by_size, read_numeric, numeric_models(arguments.tuned), arguments.splits)
    raw = [name for name in RAW if len(read_raw(name)[1]) <= arguments.most_rows]
    run("raw", raw, read_raw, raw_models(), arguments.splits)
    record_machine("tables_machine.txt")
    fits = read_fits()
    for kind, of_kind in fits.groupby("kind"):
        write_measures(kind, of_kind)
    write_summary(fits)


if __name__ == "__main__":
    main()
