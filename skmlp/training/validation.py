"""The score and the loss of a network on validation data during training."""

import math
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np

from skmlp.network.batches import Batch, all_finite
from skmlp.network.layers import Network
from skmlp.network.losses import cross_entropy

__all__ = ["Validation", "predicted_and_present", "validation_sums"]

# Number of rows per block, so that the layers take no more memory than for a typical minibatch.
VALIDATION_ROWS = 256


class Validation:
    """Validation data, and the score of a network on them.

    Parameters
    ----------
    network : Network
        The network to validate, without dropout.
    data : Batch
        The validation rows, with weights.
    score : "accuracy", "loss" or callable, default="accuracy"
        The score. "loss" is the negative of the loss, so that higher is better; a callable
        ``score()`` returns the score of the network.

    Raises
    ------
    ValueError
        If all rows have weight 0.
    """

    def __init__(self, network: Network, data: Batch, score: str | Callable = "accuracy"):
        self.network = network
        self.data = data
        self.score: Any = score
        weight = data.take_weight()
        if weight is not None and not weight.any():
            raise ValueError("Every validation row has weight zero: at least one must count.")

    def __call__(self) -> tuple[float, float]:
        """Return the score and the loss; NaN for both if the network's outputs are not finite."""
        loss, hits, weight = self.sums()
        if math.isnan(loss):
            return math.nan, math.nan
        loss /= weight
        if self.score == "accuracy":
            return hits / weight, loss
        return (-loss if self.score == "loss" else self._called_score()), loss

    def sums(self) -> tuple[float, float, float]:
        """Return the weighted sums of loss and correct predictions, and the sum of the weights."""
        return validation_sums(self.network, self.data)

    def predicts_one_class(self) -> bool:
        """Check whether the same class is predicted for every row, though the rows have several."""
        predicted, present = self.predicted_and_present()
        return len(predicted) == 1 < len(present)

    def predicted_and_present(self) -> tuple[set[int], set[int]]:
        """Return the set of predicted classes, and that of the true classes."""
        return predicted_and_present(self.network, self.data)

    def _called_score(self):
        score = self.score()
        if np.size(score) == 1 and hasattr(score, "item"):  # an array of one number
            score = score.item()
        if not isinstance(score, Real) or math.isnan(score):
            raise ValueError(
                f"scoring returned {score!r} for the validation data, but must return a number: "
                "use more validation data, with all classes, or another scoring."
            )
        return float(score)


def validation_sums(network: Network, data: Batch) -> tuple[float, float, float]:
    """Return weighted sums of loss and correct predictions, and of weights; NaN if not finite.

    The sums over parts of the data, for example on several machines, add up.
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
    """Return the set of classes that a network predicts, and that of the true classes."""
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
