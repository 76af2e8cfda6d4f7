"""The score and the loss of a network on validation data, as training goes on."""

from numbers import Real

import numpy as np

from skmlp.batches import take
from skmlp.losses import cross_entropy

__all__ = ["Validation"]

# Rows at a time: no more than in a usual minibatch, for whose layers training has the memory.
BLOCK = 256


class Validation:
    """Validation data, and how to score a network on it.

    Parameters
    ----------
    network : Network
        The network to validate, without dropout.
    X : ndarray or CSR array of shape (n_samples, n_features)
        One sample a row.
    y : ndarray of shape (n_samples,), dtype int
        Column of each row's true class.
    weight : ndarray of shape (n_samples,), default=None
        Weight of each row; None counts every row once.
    rows : range or ndarray of int
        The rows to validate on.
    score : "accuracy", "loss" or callable, default="accuracy"
        What to score by. "loss" is the negative of the loss, so that more is better; a
        callable gives the score of the network as it is, ``score()``.
    """

    def __init__(self, network, X, y, weight, rows, score="accuracy"):
        self.network = network
        self.X = X
        self.y = take(y, rows)
        self.weight = None if weight is None else take(weight, rows)
        self.rows = rows
        self.score = score
        if self.weight is not None and not self.weight.any():
            raise ValueError("Every validation row has weight zero: at least one must count.")

    def __call__(self):
        """Return score and loss; NaN for both where the network's outputs are not finite."""
        losses, hits = [], []
        start = 0
        for block, O in self.network.forward_by_block(self.X, self.rows, BLOCK):
            if not np.isfinite(O).all():
                return np.nan, np.nan
            y = self.y[start : start + len(block)]
            start += len(block)
            losses.append(cross_entropy(O, y))
            hits.append(O.argmax(axis=1) == y)
        loss = self._mean(losses)
        if self.score == "accuracy":
            return self._mean(hits), loss
        return (-loss if self.score == "loss" else self._called_score()), loss

    def _called_score(self):
        score = self.score()
        if np.size(score) == 1 and hasattr(score, "item"):  # an array of one number
            score = score.item()
        if not isinstance(score, Real) or np.isnan(score):
            raise ValueError(
                f"scoring gave {score!r} for the validation data, where it must give a number: "
                "give more validation data, of all classes, or another scoring."
            )
        return float(score)

    def _mean(self, blocks):
        return float(np.average(np.concatenate(blocks), weights=self.weight))
