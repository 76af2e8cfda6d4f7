"""
Decision boundaries by depth and activation
===========================================

What shapes can a decision boundary have? With relu it is piecewise linear, with smooth activations
it is curved, and depth makes more complex shapes possible. The data are the three arms of a spiral
that winds once around its centre.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap
from sklearn.inspection import DecisionBoundaryDisplay

from skmlp import MLPSoftmaxClassifier

# %%
# A hundred points an arm, with noise.

rng = np.random.default_rng(0)
radius = np.tile(np.linspace(0.1, 1, 100), 3)
y = np.repeat([0, 1, 2], 100)
angle = 2 * np.pi / 3 * y + 7 * radius + rng.normal(0, 0.12, 300)
X = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])

# %%
# All networks have eight units in each hidden layer, and are trained by L-BFGS with the same weak
# penalty. A column is a depth, a row an activation; the number is the training accuracy. Look along
# the rows: at depth 0 there is no activation, and the boundaries are straight lines. One layer of
# eight units follows the whole spiral with gelu only; two layers do with each activation, with relu
# by straight pieces. Networks this small depend on their initial weights: another ``random_state``
# gives another figure, above all at depth 1 and with relu.

COLOURS = ["#0072B2", "#E69F00", "#009E73"]
DEPTHS, ACTIVATIONS = [0, 1, 2, 3], ["relu", "tanh", "gelu"]

figure, axes = plt.subplots(3, 4, figsize=(9.5, 7.2), layout="constrained")
for row, activation in zip(axes, ACTIVATIONS, strict=True):
    for ax, depth in zip(row, DEPTHS, strict=True):
        clf = MLPSoftmaxClassifier(
            8,
            depth=depth,
            activation=activation,
            solver="lbfgs",
            alpha=0.1,
            tol=1e-3,
            max_iter=8000,
            random_state=0,
        ).fit(X, y)
        DecisionBoundaryDisplay.from_estimator(
            clf,
            X,
            response_method="predict",
            eps=0.15,
            grid_resolution=150,
            plot_method="pcolormesh",
            multiclass_colors=COLOURS,
            alpha=0.35,
            ax=ax,
        )
        ax.scatter(*X.T, c=y, cmap=ListedColormap(COLOURS), s=22, edgecolor="white", linewidth=0.6)
        ax.set_title(f"depth {depth}: {clf.score(X, y):.2f}", fontsize=10)
        ax.set(xticks=[], yticks=[], xlabel="", ylabel="")
    row[0].set_ylabel(activation, fontsize=12)

plt.show()
