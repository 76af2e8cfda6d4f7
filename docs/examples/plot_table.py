"""
A mixed-type table: text, dates and missing values
==================================================

Three species of penguins, on three islands, as recorded in three seasons of field work: text, a
date, measurements, and missing values. :class:`~skmlp.TabularMLPClassifier` takes this table
without preprocessing. The baselines are gradient boosting and a single network, each with the
preprocessing that it needs, on two tasks: to predict the island, and the sex, from all other
columns. The data come with the small package ``palmerpenguins``.
"""

import matplotlib.pyplot as plt
import pandas as pd
from palmerpenguins import load_penguins_raw
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.model_selection import StratifiedGroupKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from skmlp import MembersDisplay, MLPSoftmaxClassifier, TabularMLPClassifier

# %%
# The baselines need a parsed date; the classifier would read it from text. The name of a bird, such
# as N1A2, contains its nest. It is dropped, as is the sample number, from which the island can be
# inferred.

raw = load_penguins_raw()
nest = raw["Species"] + raw["Individual ID"].str[:-2]
raw["Date Egg"] = pd.to_datetime(raw["Date Egg"])
table = raw.drop(columns=["Individual ID", "Sample Number"])
summary = {"type": table.dtypes.astype(str), "missing": table.isna().sum(), "first": table.iloc[0]}
print(pd.DataFrame(summary).to_string(max_colwidth=36))

# %%
# For both baselines the date becomes a year and a day of the year. Boosting takes missing values,
# and text that is declared as categories. The network needs standardised numbers and one-hot
# encoded categories.


def dates_as_numbers(X):
    day = X["Date Egg"].dt
    return X.drop(columns="Date Egg").assign(year=day.year, day=day.day_of_year)


def text_as_categories(X):
    return X.astype(dict.fromkeys(X.select_dtypes(exclude="number"), "category"))


numbers = make_column_selector(dtype_include="number")
text = make_column_selector(dtype_exclude="number")
scaled = make_column_transformer(
    (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
    (OneHotEncoder(handle_unknown="ignore", sparse_output=False), text),
)
models = {
    "TabularMLPClassifier": TabularMLPClassifier(random_state=0),
    "gradient boosting": make_pipeline(
        FunctionTransformer(dates_as_numbers),
        FunctionTransformer(text_as_categories),
        HistGradientBoostingClassifier(random_state=0),
    ),
    "one network": make_pipeline(
        FunctionTransformer(dates_as_numbers), scaled, MLPSoftmaxClassifier(random_state=0)
    ),
}

# %%
# All models have their default parameters. The birds of a nest are in the same fold, since they
# share an island, and often a date.

cv = StratifiedGroupKFold(5, shuffle=True, random_state=0)
losses, results = {}, {}
for target in ["Island", "Sex"]:
    rows = table[target].notna()
    X, y = table[rows].drop(columns=target), table.loc[rows, target]
    for name, clf in models.items():
        scores = cross_validate(
            clf, X, y, groups=nest[rows], cv=cv, scoring=["accuracy", "neg_log_loss"]
        )
        losses[target, name] = -scores["test_neg_log_loss"]
        results[target, name] = {
            "accuracy": scores["test_accuracy"].mean(),
            "log-loss": losses[target, name].mean(),
        }

print(pd.DataFrame(results).T.round(3).to_string())

# %%
# On both tasks the ensemble has the best accuracy and log-loss. Each dot of the figure is the
# log-loss of one fold; the bars are means. For many birds the island cannot be predicted; there,
# boosting is overconfident. For the sex, one network is nearly as good.

figure, axes = plt.subplots(2, figsize=(5.4, 3.8), layout="constrained", sharex=True)
for ax, target in zip(axes, ["Island", "Sex"], strict=True):
    for place, name in enumerate(models):
        values = losses[target, name]
        ax.plot(values, [place] * len(values), "o", color="#0072B2", alpha=0.6)
        ax.plot(values.mean(), place, "|", color="#D55E00", markersize=18, markeredgewidth=3)
    ax.set_title(target, fontsize=11)
    ax.set_yticks(range(len(models)), models)
    ax.set_ylim(len(models) - 0.5, -0.5)
    ax.grid(axis="x", color="0.9")
    ax.spines[["top", "right"]].set_visible(False)

axes[1].set_xlabel("Log-loss on held-out nests")
axes[1].set_xlim(left=0)
plt.show()

# %%
# The base models of one fit. Each dot is the log-loss of a base model on the validation rows of its
# fold; these are few, so that it varies much. The weights and the temperatures are fitted on all
# validation rows.

clf = TabularMLPClassifier(random_state=0).fit(table.drop(columns="Island"), table["Island"])
MembersDisplay.from_estimator(clf)
plt.show()

# %%
# :doc:`/tables` explains the parts of the classifier, and :ref:`the next example
# <sphx_glr_auto_examples_plot_explain.py>` how a prediction depends on a column.
