"""
Out-of-core learning
====================

``partial_fit`` trains on data that do not fit into memory, or that arrive as a stream, one chunk at
a time. Each call is one pass over its rows. The state of the solver is kept between calls, and
parameters such as the learning rate may be changed.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from skmlp import MLPSoftmaxClassifier

# %%
# Each chunk of the stream has 200 digits, shifted by up to one pixel and with noise, so that no two
# images are equal. In practice, chunks would be read from files or a queue. The test digits are
# those of other writers, shifted and with noise as well.

X, y = load_digits(return_X_y=True)
IMAGES = X.reshape(-1, 8, 8) / 16
TRAIN, TEST = np.arange(1400), np.arange(1400, len(X))


def stream(n_chunks, digits, rng):
    for _ in range(n_chunks):
        rows = rng.choice(digits, 200)
        shift = tuple(rng.integers(-1, 2, size=2))
        chunk = np.roll(IMAGES[rows], shift, axis=(1, 2)) + rng.normal(0, 0.1, (200, 8, 8))
        yield chunk.reshape(200, 64).astype(np.float32), y[rows]


tests = list(stream(20, TEST, np.random.default_rng(1)))
X_test, y_test = (np.concatenate(parts) for parts in zip(*tests, strict=True))

# %%
# The first call needs all classes. After two thirds of the chunks, the learning rate is divided by
# 10.

N_CHUNKS = 600


def learn(chunks):
    clf = MLPSoftmaxClassifier(batch_size=50, learning_rate_init=0.003, random_state=0)
    scores = []
    for i, (chunk, labels) in enumerate(chunks):
        if i == N_CHUNKS * 2 // 3:
            clf.set_params(learning_rate_init=0.0003)
        clf.partial_fit(chunk, labels, classes=np.arange(10))
        if i % 10 == 9:
            scores.append(clf.score(X_test, y_test))
    return scores


# %%
# For comparison, suppose that memory holds only ten chunks. Repeated 60 times, they make as many
# steps as the stream, in which each row occurs once.

held = list(stream(10, TRAIN, np.random.default_rng(0)))
curves = {
    "600 chunks, once each": learn(stream(N_CHUNKS, TRAIN, np.random.default_rng(0))),
    "10 chunks, 60 times each": learn(held * (N_CHUNKS // len(held))),
}
for name, scores in curves.items():
    print(f"{name:24s}  test accuracy {scores[-1]:.3f}")

# %%
# The accuracy rises longer and further on the stream, while the network overfits the ten chunks. At
# the dotted line the learning rate is lowered, and the accuracy varies less.

figure, ax = plt.subplots(figsize=(5.4, 3.8), layout="constrained")
for (name, scores), colour in zip(curves.items(), ["#0072B2", "#D55E00"], strict=True):
    ax.plot(np.arange(10, N_CHUNKS + 1, 10), scores, color=colour, linewidth=1.6, label=name)

ax.axvline(N_CHUNKS * 2 // 3, color="0.4", linestyle=":")
ax.set(xlabel="Chunks of 200 rows", ylabel="Test accuracy", ylim=(0.4, 1))
ax.legend(frameon=False, loc="lower right")
ax.grid(color="0.9")
ax.spines[["top", "right"]].set_visible(False)
plt.show()
