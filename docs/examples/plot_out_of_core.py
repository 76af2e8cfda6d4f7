"""
Learning out of core
====================

Data that do not fit into memory, or that arrive in a stream, are learned a piece at a time with
``partial_fit``. Each call is one pass over its rows. The state of the solver goes on from call
to call, and parameters such as the learning rate may be changed in between.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from skmlp import MLPSoftmaxClassifier

X, y = load_digits(return_X_y=True)
X_test, y_test = (X[1400:] / 16).astype(np.float32), y[1400:]

# %%
# The stream: each piece has 200 digits, shifted by up to a pixel and with noise, so that no
# two are equal. It stands for a reader of files or of a queue.

IMAGES, LABELS = X[:1400].reshape(-1, 8, 8) / 16, y[:1400]


def stream(n_pieces, rng):
    for _ in range(n_pieces):
        rows = rng.integers(len(IMAGES), size=200)
        shift = tuple(rng.integers(-1, 2, size=2))
        piece = np.roll(IMAGES[rows], shift, axis=(1, 2)) + rng.normal(0, 0.1, (200, 8, 8))
        yield piece.reshape(200, 64).astype(np.float32), LABELS[rows]


# %%
# The first call names all classes. After two thirds of the stream the learning rate is lowered to
# a tenth, which takes effect at once: the accuracy no longer jumps. The test digits are the last
# of the set, unshifted and without noise.

N_PIECES = 600
clf = MLPSoftmaxClassifier(batch_size=50, learning_rate_init=0.003, random_state=0)
scores, seen = [], []
for i, (piece, labels) in enumerate(stream(N_PIECES, np.random.default_rng(0))):
    if i == N_PIECES * 2 // 3:
        clf.set_params(learning_rate_init=0.0003)
    clf.partial_fit(piece, labels, classes=np.arange(10))
    if i % 10 == 9:
        scores.append(clf.score(X_test, y_test))
        seen.append(clf.t_)
print(f"Samples seen: {clf.t_}, test accuracy: {scores[-1]:.3f}")

figure, ax = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
ax.plot(seen, scores, color="#0072B2", linewidth=1.6)
ax.axvline(200 * N_PIECES * 2 // 3, color="0.4", linestyle=":", label="learning rate lowered")
ax.set(xlabel="Samples seen", ylabel="Test accuracy", ylim=(0.4, 1))
ax.legend(frameon=False, loc="lower right")
ax.grid(color="0.9")
ax.spines[["top", "right"]].set_visible(False)
