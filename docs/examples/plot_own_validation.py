"""
Early stopping with validation data of one's own
================================================

Rows that belong together, such as the digits of one writer, must not be on both sides of a
validation split: the score on them would be too good, and training would stop too late. Then
the split is made by hand and given to ``fit`` as ``X_val`` and ``y_val``.
"""

import numpy as np
from sklearn.datasets import load_digits

from skmlp import MLPSoftmaxClassifier, TrainingCurveDisplay

# %%
# The digits come in the order in which they were collected, a group of writers after the other.
# The last 400 are the validation data, from writers that the training rows do not have.

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)
clf = MLPSoftmaxClassifier(
    early_stopping=True,
    scoring="loss",
    n_iter_no_change=15,
    learning_rate_init=0.005,
    max_iter=300,
    random_state=0,
).fit(X[:-400], y[:-400], X_val=X[-400:], y_val=y[-400:])
print(f"Epochs: {clf.n_iter_}")
print(f"Validation loss of the weights kept: {-clf.best_validation_score_:.3f}")

# %%
# Rows set aside at random come from the same writers as the others. The loss on them is much
# lower: it does not tell how the network will do on new writers.

at_random = MLPSoftmaxClassifier(**clf.get_params()).fit(X[:-400], y[:-400])
print(f"Validation loss, rows set aside at random: {-at_random.best_validation_score_:.3f}")

# %%
# The training loss goes on falling after the validation loss has levelled off. The dotted line
# marks the epoch whose weights were kept.

display = TrainingCurveDisplay.from_estimator(clf)
