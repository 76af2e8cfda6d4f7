"""
Explaining a tabular model
==========================

What did the encoder make of each column, and how does a prediction depend on a column? The data are
the penguins of ``palmerpenguins``, with text, dates and missing values; a
:class:`~skmlp.TabularMLPClassifier` predicts the sex of a bird. The :ref:`tutorial
<sphx_glr_auto_examples_plot_tutorial.py>` has permutation importance, calibration and thresholds.
"""

import matplotlib.pyplot as plt
from palmerpenguins import load_penguins_raw
from sklearn.inspection import PartialDependenceDisplay
from sklearn.model_selection import GroupShuffleSplit

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
# **What the encoder made of the columns.** The dates are read from text. The comments are
# categories, since only three are distinct.

print(clf.encoder_.describe().to_string())

# %%
# **How the prediction depends on a column.** Partial dependence is the mean prediction when all
# birds are given the same value; thin lines are single birds. Heavy birds with deep bills are
# predicted as males. The thin lines rise at different values, since the species differ in size.

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
