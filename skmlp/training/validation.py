"""The score and the loss of a network on validation data, as training goes on."""

import math
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np

from skmlp.network.batches import Batch, all_finite
from skmlp.network.layers import Network
from skmlp.network.losses import cross_entropy

__all__ = ["Validation", "predicted_and_present", "validation_sums"]

# Rows at a time: the layers take no more memory than those of a usual minibatch.
VALIDATION_ROWS = 256


class Validation:
    """Validation data, and how to score a network on it.

    Parameters
    ----------
    network : Network
        The network to validate, without dropout.
    data : Batch
        The rows to validate on, and what each counts.
    score : "accuracy", "loss" or callable, default="accuracy"
        What to score by. "loss" is the negative of the loss, so that more is better; a
        callable gives the score of the network as it is, ``score()``.

    Raises
    ------
    ValueError
        If every row has weight zero.
    """

    def __init__(self, network: Network, data: Batch, score: str | Callable = "accuracy"):
        self.network = network
        self.data = data
        self.score: Any = score
        weight = data.take_weight()
        if weight is not None and not weight.any():
            raise ValueError("Every validation row has weight zero: at least one must count.")

    def __call__(self) -> tuple[float, float]:
        """Return score and loss; NaN for both where the network's outputs are not finite."""
        loss, hits, weight = self.sums()
        if math.isnan(loss):
            return math.nan, math.nan
        loss /= weight
        if self.score == "accuracy":
            return hits / weight, loss
        return (-loss if self.score == "loss" else self._called_score()), loss

    def sums(self) -> tuple[float, float, float]:
        """Return weighted loss and hits, summed over the rows, and the sum of the weights."""
        return validation_sums(self.network, self.data)

    def predicts_one_class(self) -> bool:
        """Check whether the same class is predicted for every row, though the rows have several."""
        predicted, present = self.predicted_and_present()
        return len(predicted) == 1 < len(present)

    def predicted_and_present(self) -> tuple[set[int], set[int]]:
        """Return the classes that are predicted for rows, and those that the rows have."""
        return predicted_and_present(self.network, self.data)

    def _called_score(self):
        score = self.score()
        if np.size(score) == 1 and hasattr(score, "item"):  # an array of one number
            score = score.item()
        if not isinstance(score, Real) or math.isnan(score):
            raise ValueError(
                f"scoring gave {score!r} for the validation data, where it must give a number: "
                "give more validation data, of all classes, or another scoring."
            )
        return float(score)


def validation_sums(network: Network, data: Batch) -> tuple[float, float, float]:
    """Sum up weighted loss and hits over rows, and the weights; NaN if outputs are not finite.

    Sums over parts of the data, such as those that lie on other machines, add up.
    """
    loss, hits, total = 0.0, 0.0, 0.0
    for block, O in _logits(network, data):
        if not all_finite(O):
            return math.nan, math.nan, math.nan
        y, weight = block.take_y(), block.take_weight()
        if weight is None:
            weight = np.ones(len(y))
        loss += float(cross_entropy(O, y) @ weight)
        hits += float((O.argmax(axis=1) == y) @ weight)
        total += float(weight.sum())
    return loss, hits, total


def predicted_and_present(network: Network, data: Batch) -> tuple[set[int], set[int]]:
    """Return the classes that a network predicts for rows, and those that the rows have."""
    predicted: set[int] = set()
    present: set[int] = set()
    for block, O in _logits(network, data):
        predicted.update(O.argmax(axis=1).tolist())
        present.update(block.take_y().tolist())
    return predicted, present


def _logits(network, data):
    """Yield the rows block by block, and their logits."""
    for block in data.split(VALIDATION_ROWS):
        yield block, network.forward(block.take_X(network.parameters.dtype))
