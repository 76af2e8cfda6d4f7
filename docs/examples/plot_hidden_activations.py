"""
Hidden activations as features
==============================

The hidden layers of a network turn its input step by step into features in which the classes
are easy to separate. ``hidden_activations`` gives these features, for a picture or for another
model. Here the digits are embedded in the plane, from their pixels and from two hidden layers.
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
# The first two principal components of each representation, for test digits that the network
# has never seen. Look how the clouds of the ten digits draw apart from left to right. The number
# above is the test accuracy of ten nearest neighbours in those two dimensions alone.

representations = {
    "pixels": (X_train, X_test),
    "first hidden layer": tuple(clf.hidden_activations(A, 0) for A in (X_train, X_test)),
    "last hidden layer": tuple(clf.hidden_activations(A) for A in (X_train, X_test)),
}
figure, axes = plt.subplots(1, 3, figsize=(8, 3.2), layout="constrained")
for ax, (name, (H_train, H_test)) in zip(axes, representations.items(), strict=True):
    pca = PCA(2, random_state=0).fit(H_train)
    plane = pca.transform(H_test)
    neighbours = KNeighborsClassifier(10).fit(pca.transform(H_train), y_train)
    accuracy = neighbours.score(plane, y_test)
    print(f"{name:20s} accuracy in the plane: {accuracy:.3f}")
    ax.scatter(*plane.T, c=y_test, cmap="tab10", s=8)
    for digit in range(10):
        ax.text(*np.median(plane[y_test == digit], axis=0), str(digit), fontsize=14, weight="bold")
    ax.set_title(f"{name}: {accuracy:.2f}", fontsize=11)
    ax.set(xticks=[], yticks=[])

plt.show()
