"""What runs on a worker: rows of the table, and sums over them."""

from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from scipy import sparse

from skmlp.estimator.inputs import check_part
from skmlp.estimator.reports import errors_that_say
from skmlp.network.batches import BLOCK_ROWS, Batch, take
from skmlp.network.dropout import Dropout, KeepAll
from skmlp.network.layers import Network, n_parameters
from skmlp.network.objective import Objective
from skmlp.training.threads import threads_for
from skmlp.training.validation import predicted_and_present, validation_sums

__all__ = ["NetworkPlan", "PlacedDropout", "Rows", "is_dropping"]


class NetworkPlan(NamedTuple):
    """What a worker must know of a network, besides its parameters.

    Attributes
    ----------
    layer_sizes, activations, n_classes
        As of ``Network``.
    dtype : dtype
        Of the parameters.
    rates : tuple of float
        Rate of the dropout of each layer's input; 0 for none.
    smoothing : float
        Label smoothing.
    """

    layer_sizes: tuple[int, ...]
    activations: tuple[str, ...]
    n_classes: int
    dtype: np.dtype
    rates: tuple[float, ...]
    smoothing: float

    def network(self, dropouts=None):
        """Build the network, with parameters that are still to be seen."""
        parameters = np.empty(n_parameters(self.layer_sizes), self.dtype)
        return Network(parameters, self.layer_sizes, self.activations, dropouts, self.n_classes)


class PlacedDropout(Dropout):
    """Leaves out what one machine would, of rows that have these places in the batch."""

    def __init__(self, rate):
        super().__init__(rate, None)

    def new_batch(self):
        """Begin with the first of the rows that are here; key and places have been sent."""
        self._n_done = 0

    def _next_places(self, n_rows):
        done = self._n_done
        self._n_done += n_rows
        return self.places[done : done + n_rows]


class Rows:
    """An actor: the rows of some partitions.

    Parameters
    ----------
    numbers : list of int
        Places of the partitions in the table.
    *parts : array, DataFrame or sparse matrix
        The partitions.

    Raises
    ------
    ValueError
        If a partition holds what cannot be trained on; it says which.
    """

    def __init__(self, numbers, *parts):
        tables = []
        for k, part in zip(numbers, parts, strict=True):
            with errors_that_say(f"In partition {k}: "):
                tables.append(check_part(part))
        self.lengths = [table.shape[0] for table in tables]
        self.first_row = max(parts, key=_n_rows)[:1]
        self.X = _joined(tables)

    def describe(self):
        """Give the rows of each partition, a row as it came, and the dtype of the numbers."""
        return self.lengths, self.first_row, self.X.dtype

    def take(self, rows):
        """Give some of the rows, or all."""
        return self.X if rows is None else take(self.X, rows)

    def prepare_training(self, plan, y, weight):
        """Learn what network is trained, and the labels and weights of the rows."""
        self._dropouts = [PlacedDropout(rate) if rate else KeepAll() for rate in plan.rates]
        self._objective = Objective(plan.network(self._dropouts), 0.0, plan.smoothing)
        self._trained_on = self._rows_with(plan, y, weight)

    def prepare_validation(self, plan, y, weight):
        """Learn what network is validated, and the labels and weights of the rows."""
        self._network = plan.network()
        self._validated_on = self._rows_with(plan, y, weight)

    def data_term(self, rows, parameters, scale):
        """Sum up loss and gradient over some of the rows, or all."""
        batch = _selected(self._trained_on, rows)
        with _computing(self._objective.network, batch):
            return self._objective.data_term(_aligned(parameters), batch, scale)

    def data_term_with_dropout(self, rows, places, parameters, scale, keys):
        """Do so for rows that have these places in a minibatch.

        Parameters
        ----------
        rows : ndarray of int or None
            The rows; None for all.
        places : ndarray of int
            Their places in the minibatch.
        parameters : ndarray of shape (n_parameters,)
            All weights, then all biases.
        scale : float
            Factor on the sums.
        keys : list of int
            Keys of the masks, one for each layer that drops.
        """
        for dropout, key in zip(filter(is_dropping, self._dropouts), keys, strict=True):
            dropout.key = key
            dropout.places = np.require(places, np.int64, "CA")
        return self.data_term(rows, parameters, scale)

    def validation_sums(self, rows, parameters):
        """Sum up weighted loss and hits, and the weights, over some of the rows or all."""
        return self._validated(validation_sums, rows, parameters)

    def predicted_and_present(self, rows, parameters):
        """Give the classes that some of the rows or all are given, and those that they have."""
        return self._validated(predicted_and_present, rows, parameters)

    def _validated(self, function, rows, parameters):
        self._network.see(_aligned(parameters))
        batch = _selected(self._validated_on, rows)
        with _computing(self._network, batch):
            return function(self._network, batch)

    def logits(self, rows, plan, parameters):
        """Compute the logits of some of the rows, or all."""
        network = plan.network()
        network.see(_aligned(parameters))
        batch = _selected(Batch(self.X, np.zeros(self.X.shape[0], np.int64)), rows)
        with _computing(network, batch):
            O = [np.array(network.forward(block.take_X(plan.dtype))) for block in batch.blocks()]
        return np.concatenate(O)

    def _rows_with(self, plan, y, weight):
        """Give all rows as a batch, in the dtype of the network where that is no larger."""
        if isinstance(self.X, np.ndarray) and plan.dtype.itemsize <= self.X.dtype.itemsize:
            self.X = np.require(self.X, plan.dtype, "CA")
        # What came by the network need not be aligned, and would be copied at each use.
        return Batch(self.X, np.array(y), None if weight is None else np.array(weight))


def is_dropping(dropout):
    """Answer whether a layer's dropout leaves anything out."""
    return isinstance(dropout, Dropout)


def _n_rows(table):
    return table.shape[0]


def _joined(tables):
    if len(tables) == 1:
        table = tables[0]
        return np.require(table, requirements="CA") if isinstance(table, np.ndarray) else table
    if any(map(sparse.issparse, tables)):
        return sparse.vstack(tables, "csr")
    return np.concatenate(tables)


def _aligned(parameters):
    return np.require(parameters, requirements="CA")


def _selected(batch, rows):
    return batch if rows is None else batch.select(rows)


@contextmanager
def _computing(network, batch):
    """Compute as one machine does: on threads that pay, and with overflow left to the client."""
    threads = threads_for(min(len(batch), BLOCK_ROWS), network.layer_sizes)
    with threads, np.errstate(over="ignore", invalid="ignore"):
        yield
