"""Train on a table, and write the model for the server."""

import numpy as np
import pandas as pd

from skmlp import TabularMLPClassifier
from skmlp.export import to_onnx

rng = np.random.default_rng(0)
table = pd.DataFrame(
    {
        "age": rng.uniform(18, 80, 300),
        "visits": rng.integers(1, 9, 300),
        "city": rng.choice(["Bern", "Oslo"], 300),
        "since": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, 300), "D"),
    }
)
answers = np.where((table["age"] > 40) == (table["city"] == "Oslo"), "buys", "looks")
clf = TabularMLPClassifier(64, n_folds=1, random_state=0).fit(table, answers)

to_onnx(clf, table[:10], "model.onnx")
