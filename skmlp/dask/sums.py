"""Objective and validation, computed as sums of the results of the workers."""

import numpy as np

from skmlp.network.objective import Objective
from skmlp.training.validation import Validation, predicted_and_present, validation_sums

__all__ = ["ClusterObjective", "ClusterValidation"]


class ClusterObjective(Objective):
    """The objective over rows of a ``ShardedTable``."""

    _prepared = False

    def data_term(self, parameters, batch, scale=1.0):
        """Return the sum of weight times loss over a batch, and its gradient."""
        if not self._prepared:
            batch.X.prepare("training", self.network, self.smoothing, batch.y, batch.weight)
            self._prepared = True
        self.network.new_batch()
        keys = [getattr(dropout, "key", None) for dropout in self.network.dropouts]
        drops = any(key is not None for key in keys)
        arguments = (parameters, scale, keys)
        answers = batch.X.ask("data_term", batch.rows, *arguments, with_places=drops)
        total = np.zeros(len(self.gradient))  # in float64
        for _, gradient in answers:
            total += gradient
        self.gradient[:] = total
        return sum(loss for loss, _ in answers), self.gradient


class ClusterValidation(Validation):
    """Validation on rows of a ``ShardedTable``."""

    def __init__(self, network, data, score="accuracy"):
        super().__init__(network, data, score)
        data.X.prepare("validation", network, 0.0, data.y, data.weight)

    def sums(self):
        """Return the weighted sums of loss and correct predictions, and the sum of the weights."""
        return tuple(map(sum, zip(*self._ask(validation_sums), strict=True)))

    def predicted_and_present(self):
        """Return the set of predicted classes, and that of the true classes."""
        predicted, present = zip(*self._ask(predicted_and_present), strict=True)
        return set().union(*predicted), set().union(*present)

    def _ask(self, function):
        data = self.data
        return data.X.ask("validated", data.rows, function, self.network.parameters)
