"""
A table as it comes: text, dates and holes
==========================================

Three species of penguins, on three islands, as three seasons of field work wrote them down: text,
a date, measurements, and holes. :class:`~skmlp.TabularMLPClassifier` takes the table as it is.
Beside it stand gradient boosting and a single network, each behind the preparation that it needs,
on two tasks: to tell the island, and the sex, from all other columns. The data come with the small
package ``palmerpenguins``.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from palmerpenguins import load_penguins_raw
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.inspection import permutation_importance
from sklearn.model_selection import StratifiedGroupKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from skmlp import MembersDisplay, MLPSoftmaxClassifier, TabularMLPClassifier

# %%
# The date reads as text, so it is parsed. The name of a bird, such as N1A2, holds its nest. It
# goes, as does the running number, which tells the island without looking at the bird.

raw = load_penguins_raw()
nest = raw["Species"] + raw["Individual ID"].str[:-2]
raw["Date Egg"] = pd.to_datetime(raw["Date Egg"])
table = raw.drop(columns=["Individual ID", "Sample Number"])
summary = {"type": table.dtypes.astype(str), "missing": table.isna().sum(), "first": table.iloc[0]}
print(pd.DataFrame(summary).to_string(max_colwidth=36))

# %%
# The peers need some preparation. Both get the date as a year and a day of the year. Boosting can
# do with holes, and with text that is declared as categories. The network wants scaled numbers,
# zeros and ones.


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
contestants = {
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
# All run with their defaults. The birds of a nest stay together in the cross-validation: they share
# an island, and often a date.

cv = StratifiedGroupKFold(5, shuffle=True, random_state=0)
results = {}
for target in ["Island", "Sex"]:
    rows = table[target].notna()
    X, y = table[rows].drop(columns=target), table.loc[rows, target]
    for name, clf in contestants.items():
        scores = cross_validate(
            clf, X, y, groups=nest[rows], cv=cv, scoring=["accuracy", "neg_log_loss"]
        )
        results[target, name] = {
            "accuracy": scores["test_accuracy"].mean(),
            "log-loss": -scores["test_neg_log_loss"].mean(),
            "seconds a fit": scores["fit_time"].mean(),
        }

print(pd.DataFrame(results).T.round(3).to_string())

# %%
# The island is a matter of degree. There the mixture is right most often, and its probabilities are
# the best. Boosting is far too confident on so few rows: with ``learning_rate=0.03`` its
# log-loss falls to 0.61, at about the same accuracy. The sex shows in weight and depth of bill.
# There one network does as well in a small part of the time; what parts them is less than what
# parts the folds.
#
# The members of one fit on three quarters of the nests. Look at the dots: the networks know the
# rows that they saw by heart, so that on the rows left out most are worse than a straight line, the
# member of the most weight. The mixture is better than every member but one, whose rows were easy.
# Every temperature T, which divides a member's logits, is 1: the mixture is modest enough without.

X, y = table.drop(columns="Island"), table["Island"]
train, test = next(StratifiedGroupKFold(4, shuffle=True, random_state=0).split(X, y, nest))
clf = TabularMLPClassifier(random_state=0).fit(X.iloc[train], y.iloc[train])
MembersDisplay.from_estimator(clf)

# %%
# What each column is worth to it: look how much the log-loss on the other nests rises where the
# column is shuffled. The species counts most, since two of the three breed on one island each. Then
# come a carbon isotope, which tells where a bird feeds, the date, which the classifier took apart
# by itself, and the bill. Region and stage are constant, and were left out.

importance = permutation_importance(
    clf, X.iloc[test], y.iloc[test], scoring="neg_log_loss", n_repeats=10, random_state=0
)
order = np.argsort(importance.importances_mean)

figure, ax = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
ax.barh(
    range(len(order)),
    importance.importances_mean[order],
    xerr=importance.importances_std[order],
    color="#0072B2",
    ecolor="0.4",
)
ax.set_yticks(range(len(order)), X.columns[order])
ax.set_xlabel("Rise of the log-loss when shuffled")
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# :doc:`/tables` explains each part of the classifier.
