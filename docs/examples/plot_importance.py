"""
Feature importance: permutations and gradients
==============================================

Two measures of how much a feature matters. Permutation importance shuffles one feature and measures
how much worse the score becomes, here the log-loss; it needs labels. Input gradients measure how
much the output changes with the feature; they need no labels, and have a sign.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_wine
from sklearn.inspection import permutation_importance
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from skmlp import MLPSoftmaxClassifier

# %%
# Thirteen measurements of wines from three growers. With standardised features the gradients are
# comparable: each is the change for one standard deviation.

data = load_wine(as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(
    data.data, data.target, test_size=0.4, stratify=data.target, random_state=0
)
scaler = StandardScaler().set_output(transform="pandas").fit(X_train)
X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)
clf = MLPSoftmaxClassifier(
    20, activation="tanh", solver="lbfgs", alpha=1.0, max_iter=500, random_state=0
).fit(X_train, y_train)
print(f"Test accuracy: {clf.score(X_test, y_test):.3f}")

# %%
# ``input_gradients(X, target=k)`` returns the gradient of the logit of class k for every row. The
# heat map shows its mean over the test rows, for each class and the eight most important features.
# Both measures agree on the features that matter most. The gradients also show the direction: much
# proline raises the logit of grower 0, and a deep colour lowers that of grower 1.

importance = permutation_importance(
    clf, X_test, y_test, scoring="neg_log_loss", n_repeats=20, random_state=0
)
gradients = np.column_stack(
    [clf.input_gradients(X_test, target=label).mean(axis=0) for label in clf.classes_]
)
order = np.argsort(importance.importances_mean)[-8:]

figure, (left, right) = plt.subplots(
    1, 2, figsize=(6, 3.8), layout="constrained", sharey=True, width_ratios=[1, 0.8]
)
left.errorbar(
    importance.importances_mean[order],
    range(len(order)),
    xerr=importance.importances_std[order],
    fmt="o",
    color="#0072B2",
    capsize=3,
)
left.set_yticks(range(len(order)), data.data.columns[order].str.replace("_of_diluted_wines", ""))
left.set_xlabel("Increase of the log-loss")
left.set_xlim(left=0)
left.grid(color="0.9")
limit = np.abs(gradients).max()
image = right.imshow(
    gradients[order], cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto", origin="lower"
)
right.set_xticks(range(3), clf.classes_)
right.set_xlabel("Grower")
figure.colorbar(image, ax=right, label="Mean gradient of the logit")
left.spines[["top", "right"]].set_visible(False)
plt.show()
