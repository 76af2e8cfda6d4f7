"""
Depth against width at equal parameters
=======================================

Is it better to spend parameters on one wide layer or on several narrow ones? Here every
network has about 9,000 parameters, in 1 to 8 hidden layers, and is trained on the digits with
the same settings from five random states.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skmlp import MLPSoftmaxClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    (X / 16).astype(np.float32), y, test_size=0.4, stratify=y, random_state=0
)

# %%
# The width of equal cost
# -----------------------
# A network of ``depth`` layers of ``width`` units on 64 features and 10 classes has
# ``64 w + (depth - 1) w**2 + 10 w`` weights and ``depth * w + 10`` biases. The width that comes
# nearest to the budget is searched for.

BUDGET = 9_000
DEPTHS = [1, 2, 3, 4, 6, 8]


def n_parameters(width, depth):
    return 74 * width + (depth - 1) * width**2 + depth * width + 10


WIDTHS = [
    min(range(1, 300), key=lambda w: abs(n_parameters(w, depth) - BUDGET)) for depth in DEPTHS
]

# %%
# Training
# --------

accuracy = np.empty((len(DEPTHS), 5))
print("depth  width  parameters  accuracy (median)")
for i, (depth, width) in enumerate(zip(DEPTHS, WIDTHS, strict=True)):
    for seed in range(5):
        clf = MLPSoftmaxClassifier(width, depth=depth, random_state=seed).fit(X_train, y_train)
        accuracy[i, seed] = clf.score(X_test, y_test)
    size = clf.parameters_.size
    print(f"{depth:5d}  {width:5d}  {size:10d}  {np.median(accuracy[i]):.4f}")

# %%
# The figure
# ----------
# Each dot is one training; the line joins the medians. Look whether the dots of neighbours overlap:
# on images this small, one wide layer is as good as any, and beyond a few layers accuracy falls:
# the layers have become too narrow.

figure, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
place = np.arange(len(DEPTHS))
ax.plot(place, np.median(accuracy, axis=1), color="#0072B2", linewidth=1.6)
ax.plot(place, accuracy, "o", color="#0072B2", alpha=0.5, markersize=5)
ax.set_xticks(place, [f"{d} x {w}" for d, w in zip(DEPTHS, WIDTHS, strict=True)])
ax.set(xlabel="Hidden layers x units", ylabel="Test accuracy")
ax.grid(color="0.9")
ax.spines[["top", "right"]].set_visible(False)
plt.show()
