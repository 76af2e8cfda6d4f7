"""
Depth against width at equal parameters
=======================================

Is one wide layer better, or several narrow ones with as many parameters? Here every network has
about 9,000 parameters, in 1 to 8 hidden layers, and is trained on the digits with the default
settings and five random states.
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
# The width for a number of parameters
# ------------------------------------
# With 64 features and 10 classes, a network of ``depth`` layers of ``w`` units has
# ``64 w + (depth - 1) w**2 + 10 w`` weights and ``depth * w + 10`` biases. For each depth, we take
# the width whose number of parameters is closest to 9,000.

N_PARAMETERS = 9_000
DEPTHS = [1, 2, 3, 4, 6, 8]


def n_parameters(width, depth):
    return 74 * width + (depth - 1) * width**2 + depth * width + 10


WIDTHS = [
    min(range(1, 300), key=lambda w: abs(n_parameters(w, depth) - N_PARAMETERS)) for depth in DEPTHS
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
# Each dot is one fit; the line connects the medians. On images this small, one wide layer is as
# good as several. At depth 6 and 8 the median is lower by two and four of the 719 test images,
# about as much as the random states differ.

figure, ax = plt.subplots(figsize=(5.4, 3.7), layout="constrained")
place = np.arange(len(DEPTHS))
ax.plot(place, np.median(accuracy, axis=1), color="#0072B2", linewidth=1.6)
ax.plot(place, accuracy, "o", color="#0072B2", alpha=0.5, markersize=5)
ax.set_xticks(place, [f"{d} x {w}" for d, w in zip(DEPTHS, WIDTHS, strict=True)])
ax.set(xlabel="Hidden layers x units", ylabel="Test accuracy")
ax.grid(color="0.9")
ax.spines[["top", "right"]].set_visible(False)
plt.show()
