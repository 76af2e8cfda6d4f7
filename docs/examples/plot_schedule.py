"""
A schedule against a constant learning rate
===========================================

Large steps come quickly near a minimum, and small steps are needed to converge to it. A
learning-rate schedule has both: the rate rises, and then falls to zero. This example trains a
network with two hidden layers on the digits for 15 epochs, at a constant rate and with
``learning_rate="onecycle"``, each for several values of ``learning_rate_init``.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from skmlp import MLPSoftmaxClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    (X / 16).astype(np.float32), y, test_size=0.4, stratify=y, random_state=0
)
RATES = [0.001, 0.003, 0.01, 0.03]
SCHEDULES = {"constant": "#D55E00", "onecycle": "#0072B2"}

# %%
# Each fit has 15 epochs, the length of the schedule; ``tol=0`` and ``n_iter_no_change=15`` make
# those with the constant rate as long. These end with a ConvergenceWarning, which is expected and
# ignored here; the end of a schedule gives none.


def fit(learning_rate, rate, seed):
    clf = MLPSoftmaxClassifier(
        learning_rate=learning_rate,
        learning_rate_init=rate,
        hidden_layer_sizes=(100, 100),
        solver="adamw",
        batch_size=16,
        max_iter=15,
        tol=0,
        n_iter_no_change=15,
        random_state=seed,
    )
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        return clf.fit(X_train, y_train, X_val=X_test, y_val=y_test)


curves = {
    name: np.array(
        [[fit(name, rate, seed).validation_loss_curve_ for seed in range(5)] for rate in RATES]
    )
    for name in SCHEDULES
}
losses = {name: curves[name][:, :, -1] for name in SCHEDULES}
print("learning_rate_init  " + "  ".join(SCHEDULES))
for i, rate in enumerate(RATES):
    print(f"{rate:18g}  " + "  ".join(f"{np.median(losses[name][i]):8.4f}" for name in SCHEDULES))

# %%
# The first figure has the log-loss on test digits after 15 epochs, for each rate from five
# random states; the lines join the medians. The schedule has the lowest median, and converges at
# high rates, where the loss at a constant rate is higher and varies much more between random
# states. At the smallest rate the schedule is worse, since its steps are smaller still.

figure, ax = plt.subplots(figsize=(5.4, 4), layout="constrained")
for (name, colour), shift in zip(SCHEDULES.items(), [0.96, 1.04], strict=True):
    x = shift * np.array(RATES)  # side by side
    ax.plot(x, np.median(losses[name], axis=1), color=colour, linewidth=1.6, label=name)
    ax.plot(x, losses[name], "o", color=colour, alpha=0.5, markersize=5)

ax.set(xlabel="learning_rate_init", ylabel="Test log-loss after 15 epochs")
ax.set_xscale("log")
ax.set_xticks(RATES, RATES)


def finish(ax):
    ax.set_yscale("log")
    ax.set_yticks([0.05, 0.1, 0.2, 0.5], [0.05, 0.1, 0.2, 0.5])
    ax.tick_params(which="minor", labelleft=False, labelbottom=False)
    ax.grid(color="0.9", which="both")
    ax.spines[["top", "right"]].set_visible(False)


finish(ax)
ax.legend(frameon=False)

# %%
# The second figure has the curves of the five random states at a rate of 0.01. At the constant
# rate the loss does not converge, and its last value is random; with the schedule it converges each
# time. Use a schedule whenever the number of epochs is known.

figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.4), layout="constrained", sharey=True)
for ax, (name, colour) in zip(axes, SCHEDULES.items(), strict=True):
    ax.plot(np.arange(1, 16), curves[name][RATES.index(0.01)].T, color=colour, alpha=0.7)
    ax.set(title=name, xlabel="Epoch", xticks=[1, 5, 10, 15])
    finish(ax)

axes[0].set_ylabel("Test log-loss")
plt.show()
