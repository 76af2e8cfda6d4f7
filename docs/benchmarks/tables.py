"""Accuracy, log-loss, calibration and time of TabularMLPClassifier, beside other models.

    python docs/benchmarks/tables.py --data FOLDER
    python docs/benchmarks/tables.py

FOLDER is one that data.py filled. The script appends a line for each fit to table_fits.csv, and
skips fits that are there already, so that it can be interrupted. LightGBM, XGBoost and CatBoost
are fitted where they are installed.

From table_fits.csv and realmlp.csv, it then writes the tables and the data of the plots of the
documentation. Without ``--data`` it does only this. realmlp.csv holds the results of RealMLP on
the first split, which were measured apart.
"""

import argparse
import csv
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from accuracy import error_ratio, fit_on_split, geometric_mean, mark_best
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
# The models in the order of the columns, with their names there.
NAMES = {
    OURS: "Tabular",
    "LightGBM": "LightGBM",
    TUNED: TUNED,
    "XGBoost": "XGBoost",
    "CatBoost": "CatBoost",
    "RealMLP": "RealMLP",
    "HistGradientBoosting": "HistGB",
    "skrub, MLPSoftmaxClassifier": "skrub, network",
    "skrub, LogisticRegression": "skrub, LogReg",
    "MLPClassifier": "MLP",
    "LogisticRegression": "LogReg",
}
DIGITS = {"accuracy": 1, "log-loss": 3, "calibration error": 1, "seconds": 2}
MEASURES = tuple(DIGITS)

# Settings of CatBoost that do not change the model.
QUIET = {"verbose": False, "allow_writing_files": False}

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

    def __init__(self, random_state=None, thread_count=1):
        self.random_state = random_state
        self.thread_count = thread_count

    def fit(self, X, y):
        X = text_without_missing(X)
        text = X.select_dtypes(exclude=["number", "bool"]).columns.tolist()
        self.model_ = catboost.CatBoostClassifier(
            cat_features=text,
            random_state=self.random_state,
            thread_count=self.thread_count,
            **QUIET,
        ).fit(X, y)
        return self

    def predict_proba(self, X):
        return self.model_.predict_proba(text_without_missing(X))


def numeric_models(tuned):
    models = {OURS: TabularMLPClassifier(n_jobs=1)}
    if lightgbm is not None:
        models["LightGBM"] = lightgbm.LGBMClassifier(n_jobs=1, verbose=-1)
        models["XGBoost"] = xgboost.XGBClassifier(n_jobs=1)
        models["CatBoost"] = catboost.CatBoostClassifier(thread_count=1, **QUIET)
        if tuned:
            models[TUNED] = TunedLightGBM()
    models["HistGradientBoosting"] = HistGradientBoostingClassifier()
    models["MLPClassifier"] = make_pipeline(StandardScaler(), MLPClassifier())
    models["LogisticRegression"] = make_pipeline(
        StandardScaler(), LogisticRegression(max_iter=1000)
    )
    return models


def raw_models(tuned):
    models = {OURS: TabularMLPClassifier(n_jobs=1)}
    if lightgbm is not None:
        models["LightGBM"] = with_categories(lightgbm.LGBMClassifier(n_jobs=1, verbose=-1))
        boosting = xgboost.XGBClassifier(n_jobs=1, enable_categorical=True)
        models["XGBoost"] = with_categories(boosting)
        models["CatBoost"] = CatBoostOfTables()
        if tuned:
            models[TUNED] = with_categories(TunedLightGBM())
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
KEY = ["kind", "data", "rows", "model", "split"]
COLUMNS = [*KEY, "test rows", *MEASURES]


def read_fits():
    if not FITS.exists():
        return pd.DataFrame(columns=COLUMNS)
    return pd.read_csv(FITS)


def run(kind, names, read, models, splits):
    """Fit all models on all tables, and append a line for each fit to table_fits.csv."""
    known = read_fits()
    done = set(zip(known["kind"], known["data"], known["model"], known["split"], strict=True))
    new = not FITS.exists()
    with open(FITS, "a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if new:
            writer.writerow(COLUMNS)
        for split in splits:
            for name in names:
                X, y = read(name)
                for model, estimator in models.items():
                    if (kind, name, model, split) in done:
                        continue
                    try:
                        measures = measure(clone(estimator), X, y, split)
                    except ValueError as error:  # XGBoost: a category that no training row has
                        print(kind, name, split, model, error, flush=True)
                        measures = [np.nan] * (1 + len(MEASURES))
                    writer.writerow([kind, name, len(y), model, split, *measures])
                    file.flush()
                    print(kind, name, split, model, np.round(measures, 4), flush=True)


def read_results():
    """Return the fits that succeeded, with those of RealMLP."""
    fits = read_fits().dropna()
    first = fits[(fits["kind"] == "numeric") & (fits["model"] == OURS) & (fits["split"] == 0)]
    realmlp = pd.read_csv(HERE / "realmlp.csv")[["data", "accuracy", "log-loss"]]
    realmlp = first[[*KEY, "test rows"]].merge(realmlp, on="data").assign(model="RealMLP")
    return pd.concat([fits, realmlp], ignore_index=True)


def in_order(models):
    """Sort models in the order of the columns."""
    return sorted(models, key=list(NAMES).index)


def write_measures(prefix, fits, with_mean=True):
    """Write a table of each measure: means over the splits, the best in bold."""
    models = in_order(fits["model"].unique())
    means = fits.groupby(["data", "rows", "model"])[[*MEASURES]].mean()
    for name, digits in DIGITS.items():
        table = means[name].unstack("model")[models].sort_index(level="rows")
        lines = dict(zip(table.index.get_level_values("data"), table.to_numpy(), strict=True))
        if with_mean:
            lines["mean"] = table.mean().to_numpy()
        find_best = np.nanmax if name == "accuracy" else np.nanmin
        write_table(
            f"{prefix}_{name.replace(' ', '_').replace('-', '_')}.csv",
            ["data", *(NAMES[model] for model in models)],
            [[data, *mark_best(values, find_best, digits)] for data, values in lines.items()],
        )


def find_partial(fits):
    """Return the models with fewer fits than ours, apart from a few fits that failed.

    Their means are not comparable with those of other models.
    """
    counts = fits.groupby(["kind", "model"]).size()
    few = counts.lt(0.9 * counts.xs(OURS, level="model"), level="kind")
    return counts.index[few].get_level_values("model").unique()


def write_first_split(fits, models):
    """Write a table of each measure on the first split, for some models beside ours."""
    mixed = fits["kind"].map({"numeric": "", "raw": ", mixed types"})
    first = fits[fits["split"] == 0].assign(data=fits["data"] + mixed)
    data = first.loc[first["model"].isin(models), "data"]
    some = first["data"].isin(data) & first["model"].isin([OURS, *models])
    write_measures("first_split", first[some], with_mean=False)


def pair(fits):
    """Return a row for each table and each other model, beside ours on the same splits.

    Measures are means over these splits, and ratios are theirs divided by ours.
    """
    fits = fits.assign(errors=(100 - fits["accuracy"]) / 100 * fits["test rows"])
    ours = fits[fits["model"] == OURS].drop(columns="model")
    theirs = fits[fits["model"] != OURS]
    both = theirs.merge(ours, on=["kind", "data", "rows", "split"], suffixes=("", " of ours"))
    groups = both.groupby(["kind", "data", "rows", "model"])
    pairs, errors = groups.mean(), groups[["errors", "errors of ours"]].sum()
    pairs["fits"] = groups.size()
    pairs["error ratio"] = error_ratio(errors[["errors"]].values, errors[["errors of ours"]].values)
    for name in MEASURES[1:]:
        pairs[f"{name} ratio"] = pairs[name] / pairs[f"{name} of ours"]
    return pairs.reset_index().sort_values(["kind", "rows", "data"])


RATIOS = ["error ratio", *(f"{name} ratio" for name in MEASURES[1:])]


def write_ratios(pairs):
    """Write the ratio of each measure to ours, for the plots."""
    pairs[["kind", "data", "rows", "model", *RATIOS]].to_csv(
        HERE / "table_ratios.csv", index=False, float_format="%.4g"
    )


def compare(theirs, ours, find_best, digits):
    """Write a measure of another model and ours, the better in bold."""
    if np.isnan(theirs):
        return ""
    return " / ".join(mark_best([theirs, ours], find_best, digits))


def write_summary(kind, pairs):
    """Write how each other model compares with ours, on the tables and splits that it has."""
    lines = []
    for model in in_order(pairs["model"].unique()):
        some = pairs[pairs["model"] == model]
        means = some.mean(numeric_only=True)
        compared = [
            compare(means[name], means[f"{name} of ours"], find_best, digits)
            for name, find_best, digits in [
                ("accuracy", np.nanmax, 2),
                ("log-loss", np.nanmin, 3),
                ("calibration error", np.nanmin, 2),
            ]
        ]
        ratios = [
            "" if some[name].isna().any() else f"{geometric_mean(some[name]):.3f}"
            for name in ("error ratio", "seconds ratio")
        ]
        lines.append([model, len(some), some["fits"].sum(), *compared, *ratios])
    header = ["model", "tables", "fits", "accuracy (%)", "log-loss", "calibration error (%)"]
    write_table(f"{kind}_summary.csv", [*header, "error ratio", "time ratio"], lines)


def write_behind(pairs, points=0.5):
    """Write the tables on which another model is more accurate than ours by so many points."""
    lead = pairs["accuracy"] - pairs["accuracy of ours"]
    best = pairs.assign(lead=lead).sort_values("lead").groupby(["kind", "data"]).tail(1)
    lines = [
        [
            row["data"],
            {"numeric": "numbers", "raw": "mixed types"}[row["kind"]],
            row["model"],
            row["fits"],
            f"{row['accuracy']:.1f} / {row['accuracy of ours']:.1f}",
            compare(row["log-loss"], row["log-loss of ours"], np.nanmin, 3),
        ]
        for row in best[best["lead"] >= points].iloc[::-1].to_dict("records")
    ]
    header = ["data", "columns", "most accurate model", "fits", "accuracy (%)", "log-loss"]
    write_table("tables_behind.csv", header, lines)


def write_results():
    """Write all that the documentation shows of the fits."""
    fits = read_results()
    pairs = pair(fits)
    partial = find_partial(fits)
    for kind, of_kind in fits.groupby("kind"):
        write_measures(kind, of_kind[~of_kind["model"].isin(partial)])
        write_summary(kind, pairs[pairs["kind"] == kind])
    write_first_split(fits, partial)
    write_ratios(pairs)
    write_behind(pairs)


def fit_models(folder, splits, most_rows, tuned):
    """Fit all models on all tables of at most so many rows, the smaller tables first."""

    def read_raw(name):
        table = pd.read_csv(folder / "raw" / f"{name}.csv.gz")
        labels = table.pop("__target__")
        return table, np.unique(labels, return_inverse=True)[1]

    def read_numeric(name):
        return load(folder, name)

    for kind, names, read, models in [
        ("numeric", NUMERIC, read_numeric, numeric_models(tuned)),
        ("raw", RAW, read_raw, raw_models(tuned)),
    ]:
        n_rows = {name: len(read(name)[1]) for name in names}
        some = sorted((name for name in names if n_rows[name] <= most_rows), key=n_rows.get)
        run(kind, some, read, models, splits)
    record_machine("tables_machine.txt")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder that data.py filled; None fits nothing")
    parser.add_argument("--splits", type=int, nargs="+", default=[0, 1, 2], help="of each table")
    parser.add_argument("--tuned", action="store_true", help="tuned LightGBM too: takes hours")
    parser.add_argument("--most-rows", type=int, default=10**9, help="leave out larger tables")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    if arguments.data is not None:
        fit_models(arguments.data, arguments.splits, arguments.most_rows, arguments.tuned)
    write_results()


if __name__ == "__main__":
    main()
