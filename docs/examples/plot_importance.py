"""
What the network looks at
=========================

Two answers to the question which features count. Permutation importance shuffles one feature
and measures what that costs in the score, here the log-loss: it needs labels. Input
gradients measure how much the output moves with the feature: they are about the function, need
no labels, and have a sign.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_wine
from sklearn.inspection import permutation_importance
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from skmlp import MLPSoftmaxClassifier

# %%
# The wines of three growers, thirteen measurements each. Standardised features make gradients
# comparable: each is then the change by one standard deviation.

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
# ``input_gradients(X, target=k)`` is the gradient of the logit of class k for every row; here
# its mean over all test rows, for each class. Look whether long bars and strong colours are in the
# same rows: both agree on the few measurements that matter most. The gradients also tell the
# direction: much proline speaks for grower 0, a deep colour against grower 1.

importance = permutation_importance(
    clf, X_test, y_test, scoring="neg_log_loss", n_repeats=20, random_state=0
)
gradients = np.column_stack(
    [clf.input_gradients(X_test, target=label).mean(axis=0) for label in clf.classes_]
)
order = np.argsort(importance.importances_mean)

figure, (left, right) = plt.subplots(
    1, 2, figsize=(7.5, 4.2), layout="constrained", sharey=True, width_ratios=[1, 0.8]
)
left.barh(
    range(len(order)),
    importance.importances_mean[order],
    xerr=importance.importances_std[order],
    color="#0072B2",
    ecolor="0.4",
)
left.set_yticks(range(len(order)), data.data.columns[order])
left.set_xlabel("Rise of the log-loss when shuffled")
limit = np.abs(gradients).max()
image = right.imshow(
    gradients[order], cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto", origin="lower"
)
right.set_xticks(range(3), clf.classes_)
right.set_xlabel("Grower")
figure.colorbar(image, ax=right, label="Mean gradient of the logit")
left.spines[["top", "right"]].set_visible(False)
plt.show()
