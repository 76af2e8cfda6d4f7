"""
Explaining a tabular model
==========================

Which columns does a model use, how does its prediction depend on a column, are its probabilities
calibrated, and which threshold is best? scikit-learn's tools answer these questions for
:class:`~skmlp.TabularMLPClassifier` as for any classifier. The data are the penguins of
``palmerpenguins``, with text, dates and missing values; the model predicts the sex of a bird.
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

# The two birds of a nest are in the same part: one is male and one is female, on the same day.
train, test = next(GroupShuffleSplit(test_size=0.3, random_state=0).split(X, y, nest))
X_train, X_test, y_train, y_test = X.iloc[train], X.iloc[test], y.iloc[train], y.iloc[test]
clf = TabularMLPClassifier(random_state=0).fit(X_train, y_train, groups=nest.iloc[train])
print(f"accuracy on {len(test)} birds: {clf.score(X_test, y_test):.3f}")

# %%
# **What the encoder made of the columns.** The dates are read from text; the comments are
# categories.

print(clf.encoder_.describe().to_string())

# %%
# **Which columns the model uses.** Permutation importance: the decrease of the accuracy on the test
# birds when a column is permuted. Correlated columns, such as the measures of size, share their
# importance.

importance = permutation_importance(clf, X_test, y_test, n_repeats=20, random_state=0)
order = importance.importances_mean.argsort()[-7:]

figure, ax = plt.subplots(figsize=(5.4, 3.4), layout="constrained")
ax.boxplot(importance.importances[order].T, orientation="horizontal", tick_labels=X.columns[order])
ax.axvline(0, color="0.7", linewidth=1)
ax.set_xlabel("Decrease of the accuracy")
plt.show()

# %%
# **How the prediction depends on a column.** Partial dependence is the mean prediction when all
# birds are given the same value; thin lines are single birds. Heavy birds with deep bills are
# predicted as males. The thin lines rise at different values, since the species differ in size.

# sphinx_gallery_thumbnail_number = 2
figure, axes = plt.subplots(1, 2, figsize=(5.8, 3.6), layout="constrained", sharey=True)
display = PartialDependenceDisplay.from_estimator(
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
display.axes_[1].get_legend().remove()  # the same as on the left
plt.show()

# %%
# **Are the probabilities calibrated?** Of the birds that are predicted as male with a probability
# of 80 %, about 80 % should be males. Each bird is predicted by a model that was not trained on its
# nest. The points lie close to the diagonal.

cv = StratifiedGroupKFold(5, shuffle=True, random_state=0)
model = TabularMLPClassifier(random_state=0)
P = cross_val_predict(model, X, y, groups=nest, cv=cv, method="predict_proba")

figure, ax = plt.subplots(figsize=(5, 4.2), layout="constrained")
CalibrationDisplay.from_predictions(
    y == "male", P[:, 1], n_bins=6, strategy="quantile", name="TabularMLPClassifier", ax=ax
)
ax.set(xlabel="Predicted probability of a male", ylabel="Fraction of males")
plt.show()

# %%
# **Which threshold is best?** Suppose that a female predicted as a male costs five times as much as
# the opposite error. The threshold of least cost is found by cross-validation.


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
        index=["females", "females predicted as males", "males predicted as females", "males"],
    )
)
