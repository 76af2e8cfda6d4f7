"""
Hidden activations as features
==============================

The hidden layers transform the input, layer by layer, into features in which the classes are easier
to separate. ``hidden_activations`` returns these features, for a plot or for another model. Here
the digits are projected to two dimensions, from their pixels and from two hidden layers.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

from skmlp import MLPSoftmaxClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    (X / 16).astype(np.float32), y, test_size=0.5, stratify=y, random_state=0
)
clf = MLPSoftmaxClassifier((64, 32), activation="tanh", random_state=0).fit(X_train, y_train)
print(f"Test accuracy of the network: {clf.score(X_test, y_test):.3f}")

# %%
# The first two principal components of each representation, for test digits. From left to right the
# ten classes overlap less. The number in the title is the test accuracy of ten nearest neighbours
# in these two dimensions alone.

representations = {
    "pixels": (X_train, X_test),
    "first hidden layer": tuple(clf.hidden_activations(A, 0) for A in (X_train, X_test)),
    "last hidden layer": tuple(clf.hidden_activations(A) for A in (X_train, X_test)),
}
figure, axes = plt.subplots(1, 3, figsize=(6.4, 2.9), layout="constrained")
box = {"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.7}
for ax, (name, (H_train, H_test)) in zip(axes, representations.items(), strict=True):
    pca = PCA(2, random_state=0).fit(H_train)
    plane = pca.transform(H_test)
    neighbours = KNeighborsClassifier(10).fit(pca.transform(H_train), y_train)
    accuracy = neighbours.score(plane, y_test)
    print(f"{name:20s} accuracy in two dimensions: {accuracy:.3f}")
    ax.scatter(*plane.T, c=y_test, cmap="tab10", s=5)
    for digit in range(10):
        center = np.median(plane[y_test == digit], axis=0)
        ax.text(*center, str(digit), fontsize=11, ha="center", va="center", bbox=box)
    ax.set_title(f"{name}\n{accuracy:.2f}", fontsize=12)
    ax.set(xticks=[], yticks=[])

plt.show()
