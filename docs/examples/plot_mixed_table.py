"""
A pandas table with numbers and categories
==========================================

Most tables mix numbers with categories, and miss some entries. A ``ColumnTransformer`` prepares
each kind of column, the network comes last, and the whole is one estimator that takes the
DataFrame as it is. The table here is scikit-learn's diabetes data with its numbers turned
back into what a clinic would write down.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_diabetes
from sklearn.impute import SimpleImputer
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skmlp import MLPSoftmaxClassifier, WeightsDisplay

# %%
# The table: two numeric measurements become categories, some entries are missing, and the
# target is whether the disease progressed little, moderately or much.

data = load_diabetes(as_frame=True, scaled=False)
table = data.data.rename(columns={"bmi": "body mass", "bp": "blood pressure", "s5": "log lipids"})
table["sex"] = table["sex"].map({1.0: "F", 2.0: "M"})
table["age"] = pd.cut(table["age"], [0, 35, 50, 65, 100], labels=["<35", "35-50", "50-65", ">65"])
table.loc[np.random.default_rng(0).random(len(table)) < 0.1, "blood pressure"] = np.nan
progress = pd.qcut(data.target, 3, labels=["little", "moderate", "much"]).astype(str)
print(table.head())

# %%
# The pipeline. One-hot columns need no scaling; missing numbers get the median.

prepare = make_column_transformer(
    (
        make_pipeline(SimpleImputer(strategy="median"), StandardScaler()),
        make_column_selector(dtype_include=np.number),
    ),
    (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["sex", "age"]),
    verbose_feature_names_out=False,
).set_output(transform="pandas")
mlp = MLPSoftmaxClassifier(16, "tanh", solver="lbfgs", alpha=10.0, max_iter=1000, random_state=0)
clf = make_pipeline(prepare, mlp)
predicted = cross_val_predict(clf, table, progress, cv=5)
print(f"Cross-validated accuracy: {np.mean(predicted == progress):.3f} (chance: 0.33)")

# %%
# On the left are the errors: "moderate" is hard to tell from its neighbours, "little" and
# "much" are seldom confused. On the right are the weights of the first layer by feature.

clf.fit(table, progress)
figure, (left, right) = plt.subplots(
    1, 2, figsize=(9.5, 4.2), layout="constrained", width_ratios=[1, 1.5]
)
ConfusionMatrixDisplay.from_predictions(
    progress,
    predicted,
    labels=["little", "moderate", "much"],
    cmap="Blues",
    colorbar=False,
    ax=left,
)
weights = WeightsDisplay.from_estimator(clf, ax=right)
