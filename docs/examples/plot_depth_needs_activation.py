"""
Why depth needs an activation
=============================

Without an activation between its layers, a deep network is one linear layer: the product
of the matrices is a matrix. This example shows it twice: by the probabilities of digits, and by the
decision boundaries on two half moons.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits, make_moons
from sklearn.inspection import DecisionBoundaryDisplay

from skmlp import MLPSoftmaxClassifier

# %%
# The product of the layers
# -------------------------
# A network with two hidden layers and ``activation="identity"`` is trained on the digits. Its
# three matrices multiply to a single one. A network without hidden layers that is given
# this matrix computes the same probabilities.

X, y = load_digits(return_X_y=True)
deep = MLPSoftmaxClassifier(50, depth=2, activation="identity", max_iter=300, random_state=0)
deep.fit(X / 16, y)

W, b = deep.coefs_, deep.intercepts_
flat = MLPSoftmaxClassifier(depth=0, random_state=0).fit(X / 16, y)  # its weights are replaced
flat.coefs_[0][:] = W[0] @ W[1] @ W[2]
flat.intercepts_[0][:] = (b[0] @ W[1] + b[1]) @ W[2] + b[2]
difference = np.abs(deep.predict_proba(X / 16) - flat.predict_proba(X / 16)).max()
print(f"Parameters: {deep.parameters_.size} deep, {flat.parameters_.size} flat")
print(f"Largest difference between their probabilities: {difference:.1e}")

# %%
# Straight and curved boundaries
# ------------------------------
# The shades are the probability of the second moon, whose rows are squares. Look at the lightest
# shade, the decision boundary: that of the deep network with ``"identity"`` is straight, like that
# of softmax regression. With ``"tanh"`` it follows the moons.

X, y = make_moons(300, noise=0.2, random_state=0)
models = {
    "depth 0": MLPSoftmaxClassifier(depth=0, solver="lbfgs", max_iter=1000),
    "depth 3, identity": MLPSoftmaxClassifier(
        16, depth=3, activation="identity", solver="lbfgs", max_iter=1000, random_state=0
    ),
    "depth 3, tanh": MLPSoftmaxClassifier(
        16, depth=3, activation="tanh", solver="lbfgs", alpha=1.0, max_iter=1000, random_state=0
    ),
}

figure, axes = plt.subplots(1, 3, figsize=(7.5, 3), layout="constrained", sharey=True)
for ax, (name, clf) in zip(axes, models.items(), strict=True):
    clf.fit(X, y)
    DecisionBoundaryDisplay.from_estimator(
        clf, X, response_method="predict_proba", class_of_interest=1, cmap="PuOr", alpha=0.4, ax=ax
    )
    for label, marker, colour in [(0, "o", "#B35806"), (1, "s", "#542788")]:
        ax.scatter(
            *X[y == label].T, color=colour, marker=marker, edgecolor="white", linewidth=0.8, s=22
        )
    ax.set_title(f"{name}\naccuracy {clf.score(X, y):.3f}", fontsize=11)
    ax.set(xticks=[], yticks=[], xlabel="", ylabel="")

plt.show()
