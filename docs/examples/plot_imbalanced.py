"""
Imbalanced classes
==================

When one class is rare, a classifier that minimises the number of errors nearly ignores it. Class
weights make each error on the rare class cost more. This example detects one rare digit, and shows
what ``class_weight`` changes and what it does not.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import PrecisionRecallDisplay, precision_score, recall_score
from sklearn.model_selection import train_test_split

from skmlp import MLPSoftmaxClassifier

# %%
# The positive class is the digit 8. One in four of its training rows is kept, so that about 3 % of
# the training rows are positive. Noise makes the problem harder.

X, y = load_digits(return_X_y=True)
rng = np.random.default_rng(0)
X = X / 16 + rng.normal(0, 0.3, X.shape)
X_train, X_test, y_train, y_test = train_test_split(X, y == 8, test_size=0.5, random_state=0)
kept = ~y_train | (rng.random(len(y_train)) < 0.25)
X_train, y_train = X_train[kept], y_train[kept]
print(f"Positive training rows: {y_train.sum()} of {len(y_train)}")

# %%
# A dict gives the weight of each class; ``"balanced"`` gives all classes the same total weight. The
# dots are the predictions of ``predict``, the class with the larger probability. Weights move the
# dot along the curve: the recall rises and the precision falls. The curves hardly differ, so that a
# lower threshold on the unweighted probabilities has the same effect. Use ``class_weight`` where
# ``predict`` must find the rare class, and not where the probabilities or the ranking are used.

WEIGHTS = {"none": None, "{True: 5}": {True: 5.0}, "balanced": "balanced"}
STYLES = {"none": ("#000000", "-"), "{True: 5}": ("#D55E00", "--"), "balanced": ("#0072B2", "-.")}

figure, ax = plt.subplots(figsize=(5.4, 3.8), layout="constrained")
print("class_weight  precision  recall")
for name, class_weight in WEIGHTS.items():
    clf = MLPSoftmaxClassifier(
        30,
        class_weight=class_weight,
        solver="lbfgs",
        activation="tanh",
        alpha=3.0,
        max_iter=2000,
        tol=1e-3,
        random_state=0,
    ).fit(X_train, y_train)
    predicted = clf.predict(X_test)
    precision, recall = precision_score(y_test, predicted), recall_score(y_test, predicted)
    print(f"{name:12s}  {precision:9.3f}  {recall:6.3f}")
    colour, linestyle = STYLES[name]
    PrecisionRecallDisplay.from_predictions(
        y_test,
        clf.decision_function(X_test),
        name=name,
        ax=ax,
        curve_kwargs={"color": colour, "linestyle": linestyle},
    )
    ax.plot(recall, precision, "o", color=colour, markersize=9)

ax.plot([], [], "o", color="0.4", label="predict")
ax.set(xlabel="Recall", ylabel="Precision")
ax.legend(title="class_weight", frameon=False, loc="upper right")
ax.spines[["top", "right"]].set_visible(False)
plt.show()
