"""
Dropout and early stopping on the loss
======================================

A network that memorises its training rows is overconfident: its accuracy may still be good while
its probabilities, measured by the log-loss, become worse and worse. Dropout and early stopping on
the validation loss are two remedies besides the penalty ``alpha``, which is nearly switched off
here.
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
# A third of the digits, with noise on the pixels, makes a small and difficult problem. The
# validation rows are recorded in every epoch; without ``early_stopping`` nothing stops before
# ``max_iter``, which gives a ConvergenceWarning that is expected here.

warnings.filterwarnings("ignore", category=ConvergenceWarning)

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
    "plain": MLPSoftmaxClassifier(**common, random_state=0),
    "dropout": MLPSoftmaxClassifier(**common, dropout=0.5, random_state=0),
    "early stopping": MLPSoftmaxClassifier(**common | early, random_state=0),
    "both": MLPSoftmaxClassifier(**common | early, dropout=0.5, random_state=0),
}
COLOURS = ["#000000", "#0072B2", "#D55E00", "#009E73"]

# %%
# What counts is the log-loss on the test rows. It changes much more than the accuracy.

print("                epochs  accuracy  log-loss")
for name, clf in models.items():
    clf.fit(X_train, y_train, X_val=X_val, y_val=y_val)
    loss = log_loss(y_test, clf.predict_proba(X_test))
    print(f"{name:14s}  {clf.n_iter_:6d}  {clf.score(X_test, y_test):8.3f}  {loss:8.3f}")

# %%
# The loss on the validation rows, as training goes on: look where each curve turns upwards, and
# where its dot is, which marks the weights that were kept. Early stopping keeps those from the
# bottom of the curve, and dropout makes the rise slower. Training with early stopping is the same
# training, which ends sooner: its curve covers the first part of the other.

figure, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
for (name, clf), colour in zip(models.items(), COLOURS, strict=True):
    curve = clf.validation_loss_curve_
    kept = int(np.argmin(curve)) if clf.early_stopping else len(curve) - 1
    epochs = np.arange(1, len(curve) + 1)
    ax.plot(epochs, curve, color=colour, linewidth=1.5, label=name)
    ax.plot(kept + 1, curve[kept], "o", color=colour)

ax.set(xlabel="Epoch", ylabel="Validation loss", ylim=(0.55, 1.2))
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
