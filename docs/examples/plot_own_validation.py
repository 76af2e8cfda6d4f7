"""
Early stopping with custom validation data
==========================================

Rows of one group, such as the digits of one writer, must not be on both sides of a validation
split: the validation score would be too good, and training would stop too late. Make the split
yourself, and pass the validation data to ``fit`` as ``X_val`` and ``y_val``.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from skmlp import MLPSoftmaxClassifier

# %%
# The digits are in the order in which they were collected, one group of writers after another. The
# last 400 are the validation data, from writers who do not occur in the training data. The other
# network holds out a tenth of its training rows at random; these come from the same writers as the
# rest.

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)
settings = {
    "early_stopping": True,
    "scoring": "loss",
    "n_iter_no_change": 15,
    "learning_rate_init": 0.005,
    "max_iter": 300,
    "random_state": 0,
}
at_random = MLPSoftmaxClassifier(**settings).fit(X[:-400], y[:-400])
by_writer = MLPSoftmaxClassifier(**settings).fit(X[:-400], y[:-400], X_val=X[-400:], y_val=y[-400:])

# %%
# The loss on rows held out at random is not an estimate of the loss on new writers.

print("                epochs  best validation loss")
for name, clf in {"rows at random": at_random, "new writers": by_writer}.items():
    print(f"{name:14s}  {clf.n_iter_:6d}  {-clf.best_validation_score_:20.3f}")

# %%
# The dots mark the epochs whose weights are kept. On new writers the validation loss is more than
# four times as high, and levels off sooner: on rows at random it is much too optimistic. The
# training loss includes the L2 penalty, which the validation loss does not, and is therefore higher
# than the validation loss of rows at random.

figure, ax = plt.subplots(figsize=(5.4, 3.8), layout="constrained")
for name, clf, colour in [
    ("new writers", by_writer, "#D55E00"),
    ("rows at random", at_random, "#0072B2"),
]:
    curve = clf.validation_loss_curve_
    epochs = np.arange(1, len(curve) + 1)
    ax.plot(epochs, clf.loss_curve_, ":", color=colour, linewidth=1.5)
    ax.plot(epochs, curve, color=colour, linewidth=1.8, label=f"validation: {name}")
    ax.plot(clf.best_epoch_, curve[clf.best_epoch_ - 1], "o", color=colour, markersize=7)

ax.plot([], [], ":", color="0.4", label="training")
ax.set(xlabel="Epoch", ylabel="Loss (log scale)", yscale="log")
ax.set_yticks([0.1, 0.2, 0.5, 1, 2], ["0.1", "0.2", "0.5", "1", "2"])
ax.set_yticks([], minor=True)
ax.legend(frameon=False)
ax.grid(color="0.9")
ax.spines[["top", "right"]].set_visible(False)
plt.show()
