"""
Explaining a model of a table
=============================

What does a model use, how does its answer depend on a column, can its probabilities be believed,
and where should the threshold be? scikit-learn's tools answer this for
:class:`~skmlp.TabularMLPClassifier` as for any classifier. The table is that of the penguins of
``palmerpenguins`` as the field workers wrote it, with text, dates and missing values; the model
tells the sex of a bird.
"""

import matplotlib.pyplot as plt
import pandas as pd
from palmerpenguins import load_penguins_raw
from sklearn.calibration import CalibrationDisplay
from sklearn.inspection import PartialDependenceDisplay, permutation_importance
from sklearn.metrics import confusion_matrix, make_scorer
from sklearn.model_selection import (
    GroupShuffleSplit,
    StratifiedGroupKFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
)

from skmlp import TabularMLPClassifier

raw = load_penguins_raw().dropna(subset="Sex")
nest = raw["Species"] + raw["Individual ID"].str[:-2]
X = raw.drop(columns=["Sex", "Individual ID", "studyName", "Region", "Stage"])
y = raw["Sex"].str.lower()

# The two birds of a nest are in one part: one is male and one is female, on the same day.
train, test = next(GroupShuffleSplit(test_size=0.3, random_state=0).split(X, y, nest))
X_train, X_test, y_train, y_test = X.iloc[train], X.iloc[test], y.iloc[train], y.iloc[test]
clf = TabularMLPClassifier(random_state=0).fit(X_train, y_train, groups=nest.iloc[train])
print(f"accuracy on {len(test)} birds: {clf.score(X_test, y_test):.3f}")

# %%
# What the encoder made of the columns: the date was text, the comments are categories of few rows.

print(clf.encoder_.describe().to_string())

# %%
# **Which columns it uses.** The accuracy on held-out birds falls where a column that matters is
# permuted. Columns that say the same share their importance, such as the measures of size.

importance = permutation_importance(clf, X_test, y_test, n_repeats=20, random_state=0)
order = importance.importances_mean.argsort()[-7:]

fig, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
ax.boxplot(importance.importances[order].T, orientation="horizontal", tick_labels=X.columns[order])
ax.axvline(0, color="0.7", linewidth=1)
ax.set_xlabel("Loss of accuracy, column permuted")
plt.show()

# %%
# **How its answer depends on a column.** Partial dependence is the mean prediction where all birds
# are given the same value; thin lines are single birds. Heavy birds with deep bills are males, of a
# small species at a smaller weight: the lines of single birds rise at different places.

fig, axes = plt.subplots(1, 2, figsize=(8, 3.4), layout="constrained", sharey=True)
PartialDependenceDisplay.from_estimator(
    clf,
    X_test,
    ["Body Mass (g)", "Culmen Depth (mm)"],
    kind="both",
    subsample=40,
    grid_resolution=30,
    random_state=0,
    ax=axes,
    ice_lines_kw={"color": "#0072B2", "alpha": 0.25},
    pd_line_kw={"color": "#D55E00", "linewidth": 2.5, "linestyle": "-"},
)
axes[0].set_ylabel("Probability of a male")
axes[1].set_ylabel("")
plt.show()

# %%
# **Can its probabilities be believed?** Among birds that get 80 %, about 80 % should be males. Each
# bird is predicted by a model that has not seen its nest.

cv = StratifiedGroupKFold(5, shuffle=True, random_state=0)
model = TabularMLPClassifier(random_state=0)
P = cross_val_predict(model, X, y, groups=nest, cv=cv, method="predict_proba")

fig, ax = plt.subplots(figsize=(4.6, 4.2), layout="constrained")
CalibrationDisplay.from_predictions(y == "male", P[:, 1], n_bins=6, strategy="quantile", ax=ax)
ax.set(xlabel="Predicted probability of a male", ylabel="Share of males")
plt.show()

# %%
# **Where to draw the line.** Suppose that to take a female for a male costs five times as much as
# the opposite. The threshold that costs least is found by cross-validation.


def gain(y_true, y_predicted):
    (_, false_males), (false_females, _) = confusion_matrix(y_true, y_predicted)
    return -5 * false_males - false_females


tuned = TunedThresholdClassifierCV(
    TabularMLPClassifier(random_state=0), scoring=make_scorer(gain), cv=3, random_state=0
).fit(X_train, y_train)
print(
    pd.DataFrame(
        {
            f"threshold {threshold:.2f}": confusion_matrix(y_test, predicted).ravel()
            for threshold, predicted in {
                0.5: clf.predict(X_test),
                tuned.best_threshold_: tuned.predict(X_test),
            }.items()
        },
        index=["females", "females taken for males", "males taken for females", "males"],
    )
)
