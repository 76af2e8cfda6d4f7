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

# %%
# The stream: each piece has 200 digits, shifted by up to a pixel and with noise, so that no
# two are equal. It stands for a reader of files or of a queue. The test digits are those of other
# writers, shifted and with noise as well.

X, y = load_digits(return_X_y=True)
IMAGES = X.reshape(-1, 8, 8) / 16
TRAIN, TEST = np.arange(1400), np.arange(1400, len(X))


def stream(n_pieces, digits, rng):
    for _ in range(n_pieces):
        rows = rng.choice(digits, 200)
        shift = tuple(rng.integers(-1, 2, size=2))
        piece = np.roll(IMAGES[rows], shift, axis=(1, 2)) + rng.normal(0, 0.1, (200, 8, 8))
        yield piece.reshape(200, 64).astype(np.float32), y[rows]


tests = list(stream(20, TEST, np.random.default_rng(1)))
X_test, y_test = (np.concatenate(parts) for parts in zip(*tests, strict=True))

# %%
# The first call names all classes. After two thirds of the pieces the learning rate is lowered to
# a tenth.

N_PIECES = 600


def learn(pieces):
    clf = MLPSoftmaxClassifier(batch_size=50, learning_rate_init=0.003, random_state=0)
    scores = []
    for i, (piece, labels) in enumerate(pieces):
        if i == N_PIECES * 2 // 3:
            clf.set_params(learning_rate_init=0.0003)
        clf.partial_fit(piece, labels, classes=np.arange(10))
        if i % 10 == 9:
            scores.append(clf.score(X_test, y_test))
    return scores


# %%
# What does the stream gain over what memory holds? Suppose that there is room for ten pieces. Over
# and over again, they make as many steps as the stream, which brings each row once.

held = list(stream(10, TRAIN, np.random.default_rng(0)))
curves = {
    "600 pieces, once each": learn(stream(N_PIECES, TRAIN, np.random.default_rng(0))),
    "10 pieces, 60 times each": learn(held * (N_PIECES // len(held))),
}
for name, scores in curves.items():
    print(f"{name:24s}  test accuracy {scores[-1]:.3f}")

# %%
# Look at the right ends: the stream goes on gaining where the ten pieces have been learned by
# heart. At the dotted line the learning rate is lowered, and the accuracy no longer jumps.

figure, ax = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
for (name, scores), colour in zip(curves.items(), ["#0072B2", "#D55E00"], strict=True):
    ax.plot(np.arange(10, N_PIECES + 1, 10), scores, color=colour, linewidth=1.6, label=name)

ax.axvline(N_PIECES * 2 // 3, color="0.4", linestyle=":")
ax.set(xlabel="Pieces of 200 rows", ylabel="Test accuracy", ylim=(0.4, 1))
ax.legend(frameon=False, loc="lower right")
ax.grid(color="0.9")
ax.spines[["top", "right"]].set_visible(False)
plt.show()
