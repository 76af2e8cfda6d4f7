"""Objective and validation as sums of what the workers give."""

import math

import numpy as np

from skmlp.dask.rows import NetworkPlan, is_dropping
from skmlp.network.objective import Objective
from skmlp.training.validation import Validation

__all__ = ["ClusterObjective", "ClusterValidation", "plan_of"]


def plan_of(network, smoothing=0.0):
    """Say what the workers must know of a network."""
    return NetworkPlan(
        network.layer_sizes,
        tuple(network.activations),
        2 if network.C is not None else network.layer_sizes[-1],
        network.parameters.dtype,
        tuple(getattr(dropout, "rate", 0.0) for dropout in network.dropouts),
        smoothing,
    )


class ClusterObjective(Objective):
    """The objective over rows of a ``ClusterTable``."""

    _prepared = False

    def data_term(self, parameters, batch, scale=1.0):
        """Sum weight times loss over a batch, where its rows lie."""
        table = batch.X
        if not self._prepared:
            plan = plan_of(self.network, self.smoothing)
            table.prepare("prepare_training", plan, batch.y, batch.weight)
            self._prepared = True
        self.network.new_batch()
        keys = [dropout.key for dropout in filter(is_dropping, self.network.dropouts)]
        if keys:
            ask = table.sums_by_place
            answers = ask("data_term_with_dropout", batch.rows, parameters, scale, keys)
        else:
            answers = table.sums("data_term", batch.rows, parameters, scale)
        total = np.zeros(len(self.gradient))
        for _, gradient in answers:
            total += gradient
        self.gradient[:] = total
        return math.fsum(loss for loss, _ in answers), self.gradient


class ClusterValidation(Validation):
    """Validation on rows of a ``ClusterTable``."""

    def __init__(self, network, data, score="accuracy"):
        super().__init__(network, data, score)
        data.X.prepare("prepare_validation", plan_of(network), data.y, data.weight)

    def sums(self):
        """Return weighted loss and hits, summed over the rows, and the sum of the weights."""
        answers = self._ask("validation_sums")
        return tuple(map(sum, zip(*answers, strict=True)))

    def predicted_and_present(self):
        """Return the classes that rows are given, and those that they have."""
        predicted, present = zip(*self._ask("predicted_and_present"), strict=True)
        return set().union(*predicted), set().union(*present)

    def _ask(self, method):
        return self.data.X.sums(method, self.data.rows, self.network.parameters)
