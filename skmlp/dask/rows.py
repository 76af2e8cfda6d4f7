"""What runs on a worker: rows of the table, and sums over them."""

import pickle
from contextlib import contextmanager

import numpy as np
from scipy import sparse

from skmlp.estimator.inputs import check_part
from skmlp.estimator.prediction import logits_by_block
from skmlp.estimator.reports import errors_that_say
from skmlp.network.batches import BLOCK_ROWS, Batch, take
from skmlp.network.dropout import Dropout, PlacedDropout
from skmlp.network.objective import Objective
from skmlp.training.threads import threads_for

__all__ = ["PROTOCOL", "Rows"]

# Of pickle: what workers and client both know.
PROTOCOL = 5


class Rows:
    """An actor: the rows of some partitions.

    Its methods take the places that the rows asked about have here, None for all, and in the
    question, which dropout goes by.

    Parameters
    ----------
    numbers : list of int
        Places of the partitions in the table.
    *parts : array, DataFrame or sparse matrix
        The partitions.

    Raises
    ------
    ValueError
        If a partition, which is named, holds what cannot be trained on.
    """

    def __init__(self, numbers, *parts):
        tables = []
        for k, part in zip(numbers, parts, strict=True):
            with errors_that_say(f"In partition {k}: "):
                tables.append(check_part(part))
        self.lengths = [table.shape[0] for table in tables]
        self.first_row = max(parts, key=lambda part: part.shape[0])[:1]
        join = sparse.vstack if any(map(sparse.issparse, tables)) else np.concatenate
        self.X = join(tables)
        self._roles = {}

    def answer(self, question):
        """Call a method, of which name and arguments have been pickled; pickle what it gives.

        Dask would write and read each argument apart, which takes longer.
        """
        method, arguments = pickle.loads(question)
        return pickle.dumps(getattr(self, method)(*arguments), PROTOCOL)

    def describe(self):
        """Give the rows of each partition, a row as it came, and the dtype of the numbers."""
        return self.lengths, self.first_row, self.X.dtype

    def prepare(self, role, network, smoothing, y, weight):
        """Learn what network is trained or validated, and the labels and weights of the rows."""
        network.dropouts = [
            PlacedDropout(dropout) if isinstance(dropout, Dropout) else dropout
            for dropout in network.dropouts
        ]
        dtype = network.parameters.dtype
        if isinstance(self.X, np.ndarray) and dtype.itemsize <= self.X.dtype.itemsize:
            self.X = self.X.astype(dtype, copy=False)
        self._roles[role] = Objective(network, smoothing=smoothing), Batch(self.X, y, weight)

    def take(self, rows, places):
        """Give the rows."""
        return self.X if rows is None else take(self.X, rows)

    def data_term(self, rows, places, parameters, scale, keys):
        """Sum up loss and gradient, with a key for the mask of each layer that drops."""
        objective, batch = self._roles["training"]
        for dropout, key in zip(objective.network.dropouts, keys, strict=True):
            dropout.key, dropout.places = key, places
        with _computing(objective.network, batch, rows) as batch:
            return objective.data_term(parameters, batch, scale)

    def validated(self, rows, places, function, parameters):
        """Call a function of the network and of the rows to validate on."""
        objective, batch = self._roles["validation"]
        objective.network.see(parameters)
        with _computing(objective.network, batch, rows) as batch:
            return function(objective.network, batch)

    def logits(self, rows, places, network):
        """Compute the logits."""
        X = self.take(rows, places)
        return np.concatenate([np.array(O) for _, O in logits_by_block(network, X)])


@contextmanager
def _computing(network, batch, rows):
    """Compute with rows as one machine would, on threads that pay; the client sees to overflow."""
    batch = batch if rows is None else batch.select(rows)
    threads = threads_for(min(len(batch), BLOCK_ROWS), network.layer_sizes)
    with threads, np.errstate(over="ignore", invalid="ignore"):
        yield batch
