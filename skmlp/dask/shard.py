"""The actor on a worker: a shard of the table, and sums over its rows."""

import pickle
from contextlib import contextmanager

import numpy as np
from dask.sizeof import sizeof
from scipy import sparse

from skmlp.estimator.inputs import check_part
from skmlp.estimator.messages import errors_with_context
from skmlp.estimator.prediction import logits_by_block
from skmlp.network.batches import BLOCK_ROWS, Batch, take
from skmlp.network.dropout import Dropout, PlacedDropout
from skmlp.network.objective import Objective
from skmlp.training.threads import threads_for

__all__ = ["PROTOCOL", "Shard"]

# A pickle protocol that both the workers and the client support.
PROTOCOL = 5


class Shard:
    """The rows of some partitions, as an actor.

    The first two arguments of methods that sum over rows are `rows`, the rows of the shard to sum
    over, None for all; and `places`, the position of each in the batch, which determines the
    random numbers of dropout, or None without dropout.

    Parameters
    ----------
    numbers : list of int
        Indices of the partitions in the table.
    *parts : array, DataFrame or sparse matrix
        The partitions.

    Raises
    ------
    ValueError
        If a partition is not valid training data; the message has its index.
    """

    def __init__(self, numbers, *parts):
        tables = []
        for k, part in zip(numbers, parts, strict=True):
            with errors_with_context(f"In partition {k}: "):
                tables.append(check_part(part))
        self.lengths = [table.shape[0] for table in tables]
        self.first_row = max(parts, key=lambda part: part.shape[0])[:1]
        join = sparse.vstack if any(map(sparse.issparse, tables)) else np.concatenate
        self.X = join(tables)
        self._roles = {}

    def __sizeof__(self):
        """Return the size of the rows in bytes, which Dask uses to manage the worker's memory."""
        return super().__sizeof__() + sizeof(self.X)

    def answer(self, question):
        """Call a method, whose name and arguments are pickled, and return its result, pickled.

        Dask would serialise each argument separately, which takes longer.
        """
        method, arguments = pickle.loads(question)
        return pickle.dumps(getattr(self, method)(*arguments), PROTOCOL)

    def describe(self):
        """Return the number of rows of each partition, a row as it was given, and the dtype."""
        return self.lengths, self.first_row, self.X.dtype

    def prepare(self, role, network, smoothing, y, weight):
        """Store a network to train or validate, and the labels and weights of the rows."""
        network.dropouts = [
            PlacedDropout(dropout) if isinstance(dropout, Dropout) else dropout
            for dropout in network.dropouts
        ]
        dtype = network.parameters.dtype
        if isinstance(self.X, np.ndarray) and dtype.itemsize <= self.X.dtype.itemsize:
            self.X = self.X.astype(dtype, copy=False)
        self._roles[role] = Objective(network, smoothing=smoothing), Batch(self.X, y, weight)

    def take(self, rows, places):
        """Return some rows."""
        return self.X if rows is None else take(self.X, rows)

    def data_term(self, rows, places, parameters, scale, keys):
        """Return the sums of loss and gradient, with a key for the dropout mask of each layer."""
        objective, batch = self._roles["training"]
        for dropout, key in zip(objective.network.dropouts, keys, strict=True):
            dropout.key, dropout.places = key, places
        with _computing(objective.network, batch, rows) as batch:
            return objective.data_term(parameters, batch, scale)

    def validated(self, rows, places, function, parameters):
        """Return the result of a function of the network and the validation rows."""
        objective, batch = self._roles["validation"]
        objective.network.see(parameters)
        with _computing(objective.network, batch, rows) as batch:
            return function(objective.network, batch)

    def logits(self, rows, places, network):
        """Return the logits of some rows."""
        X = self.take(rows, places)
        return np.concatenate([np.array(O) for _, O in logits_by_block(network, X)])


@contextmanager
def _computing(network, batch, rows):
    """Use as many threads as for the same rows on one machine, and ignore overflow.

    The client checks whether the results are finite.
    """
    batch = batch if rows is None else batch.select(rows)
    threads = threads_for(min(len(batch), BLOCK_ROWS), network.layer_sizes)
    with threads, np.errstate(over="ignore", invalid="ignore"):
        yield batch
