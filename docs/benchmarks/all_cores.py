"""Seconds of a fit on all cores: TabularMLPClassifier and gradient boosting with their defaults.

    python docs/benchmarks/all_cores.py

The table is generated: 30 columns of mixed types. The models take turns. It writes all_cores.csv,
medians over the rounds, and all_cores_machine.txt.
"""

from functools import partial
from timeit import timeit

import lightgbm
import numpy as np
import xgboost
from baselines import write_table
from large_tables import make_table
from machine import record_machine
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss
from tables import CatBoostOfTables, with_categories

from skmlp import TabularMLPClassifier

ROWS, NEW_ROWS, ROUNDS = 10_000, 10_000, 5
MODELS = {
    "TabularMLPClassifier": TabularMLPClassifier(random_state=0),
    "TabularMLPClassifier, n_jobs=1": TabularMLPClassifier(n_jobs=1, random_state=0),
    "LightGBM": with_categories(lightgbm.LGBMClassifier(verbose=-1)),
    "XGBoost": with_categories(xgboost.XGBClassifier(enable_categorical=True)),
    "CatBoost": CatBoostOfTables(thread_count=-1),
    "HistGradientBoosting": with_categories(HistGradientBoostingClassifier()),
}


def main():
    table, y = make_table(ROWS + NEW_ROWS)
    train, new = slice(ROWS), slice(ROWS, None)
    rounds = [
        [timeit(partial(model.fit, table[train], y[train]), number=1) for model in MODELS.values()]
        for _ in range(ROUNDS)
    ]
    rounds = np.array(rounds)
    seconds = np.median(rounds, axis=0)
    ratios = np.median(rounds / rounds[:, :1], axis=0)
    losses = [log_loss(y[new], model.predict_proba(table[new])) for model in MODELS.values()]
    rows = [
        [name, f"{s:.2f}", f"{ratio:.2f}", f"{loss:.3f}"]
        for name, s, ratio, loss in zip(MODELS, seconds, ratios, losses, strict=True)
    ]
    write_table("all_cores.csv", ["model", "seconds", "time ratio", "log-loss"], rows)
    record_machine("all_cores_machine.txt", "lightgbm", "xgboost-cpu", "catboost")
    print(*rows, sep="\n")


if __name__ == "__main__":
    main()
