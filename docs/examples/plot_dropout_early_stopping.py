"""
Dropout and early stopping on the loss
======================================

A network that overfits is overconfident: its accuracy may still be good while its probabilities,
measured by the log-loss, become worse. Besides the penalty ``alpha``, which is very small here,
dropout and early stopping on the validation loss prevent this.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from skmlp import MLPSoftmaxClassifier

# %%
# A third of the digits, with noise on the pixels, is a small and difficult problem. The validation
# loss is recorded in every epoch.

X, y = load_digits(return_X_y=True)
X = X / 16 + np.random.default_rng(0).normal(0, 0.35, X.shape)
X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=600, random_state=0)
X_train, X_val, y_train, y_val = train_test_split(X_train, y_train, test_size=150, random_state=0)

common = {
    "hidden_layer_sizes": (200,),
    "alpha": 1e-4,
    "learning_rate_init": 0.003,
    "max_iter": 150,
    "tol": 0,
    "n_iter_no_change": 150,
}
early = {"early_stopping": True, "scoring": "loss", "n_iter_no_change": 10}
models = {
    "neither": MLPSoftmaxClassifier(**common, random_state=0),
    "dropout": MLPSoftmaxClassifier(**common, dropout=0.5, random_state=0),
    "early stopping": MLPSoftmaxClassifier(**common | early, random_state=0),
    "both": MLPSoftmaxClassifier(**common | early, dropout=0.5, random_state=0),
}
COLOURS = ["#000000", "#0072B2", "#D55E00", "#009E73"]

# %%
# Without ``early_stopping``, training continues to ``max_iter``; the ConvergenceWarning is expected
# and omitted here. The log-loss on the test rows differs much more than the accuracy.

print("                epochs  accuracy  log-loss")
for name, clf in models.items():
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        clf.fit(X_train, y_train, X_val=X_val, y_val=y_val)
    loss = log_loss(y_test, clf.predict_proba(X_test))
    print(f"{name:14s}  {clf.n_iter_:6d}  {clf.score(X_test, y_test):8.3f}  {loss:8.3f}")

# %%
# The validation loss by epoch; a dot marks the epoch whose weights are kept. Early stopping keeps
# the weights with the smallest validation loss. With dropout the loss rises more slowly. Training
# with early stopping is identical until it stops: its curve is the broad part of the curve without.

figure, ax = plt.subplots(figsize=(5.4, 3.8), layout="constrained")
for (name, clf), colour in zip(models.items(), COLOURS, strict=True):
    curve = clf.validation_loss_curve_
    kept = int(np.argmin(curve)) if clf.early_stopping else len(curve) - 1
    epochs = np.arange(1, len(curve) + 1)
    width, alpha = (5, 0.5) if clf.early_stopping else (1.5, 1)
    ax.plot(epochs, curve, color=colour, linewidth=width, alpha=alpha, label=name)
    ax.plot(kept + 1, curve[kept], "o", color=colour)

ax.set(xlabel="Epoch", ylabel="Validation loss", ylim=(0.55, 1.2))
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
