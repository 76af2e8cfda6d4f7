"""The client's view of a table whose rows are on the workers."""

import dask
import numpy as np
from dask.delayed import Delayed
from distributed import Future, futures_of
from scipy import sparse

from skmlp.dask.actors import Actors
from skmlp.estimator.compat import num_samples, safe_indexing
from skmlp.estimator.partitioned import parts_of

__all__ = ["ShardedTable", "check_collection"]


class ShardedTable:
    """A table whose rows are on the workers, where they have been validated.

    Its rows are numbered in order, partition by partition.

    Parameters
    ----------
    X : Dask array or DataFrame, array, frame or sparse matrix
        The table. A local table is sent to the workers.
    client : distributed.Client
        The cluster.

    Attributes
    ----------
    shape : tuple of int
        Rows and columns.
    dtype : dtype
        Of the numbers.
    first_row : table of shape (1, n_features)
        The first row as the user passed it, with the names of the columns.
    """

    def __init__(self, X, client):
        parts = _partitions(X, client)
        assignments = _assignments(parts, X, client)
        self._actors = Actors(client, parts, assignments)
        self._partitions = [numbers for _, numbers in assignments]
        answers = self._actors.ask("describe", dict.fromkeys(range(len(assignments)), ()))
        self.dtype = np.result_type(*(dtype for _, _, dtype in answers))
        self.first_row = max((row for _, row, _ in answers), key=lambda row: row.shape[0])
        self._number_rows([lengths for lengths, _, _ in answers], len(parts))
        self.shape = (int(self._starts[-1]), self.first_row.shape[1])

    def _number_rows(self, lengths_of_each, n_parts):
        """Store the location of each partition: its shard, and its first row there."""
        lengths, self._owner, own_starts = np.zeros((3, n_parts), np.intp)
        for g, own in enumerate(lengths_of_each):
            numbers = self._partitions[g]
            lengths[numbers], self._owner[numbers] = own, g
            own_starts[numbers] = np.cumsum(own) - own
        self._starts = np.concatenate([[0], lengths.cumsum()])
        # A row's index in its shard is its index in the table minus the shift of its partition.
        self._shift = self._starts[:-1] - own_starts
        everything = np.arange(self._starts[-1])
        owned = ((g, self._of_shard(g, everything)) for g in range(len(lengths_of_each)))
        self._all_shares = {g: (None, places) for g, places in owned if len(places)}

    def close(self):
        """Release the rows on the workers."""
        self._actors.release()

    def __getitem__(self, rows):
        """Return some rows, as a local array or CSR matrix."""
        return self._collected("take", np.arange(self.shape[0])[rows])

    def logits(self, rows, network):
        """Compute the logits of some rows on the workers, and return them as a local array."""
        return self._collected("logits", rows, network)

    def prepare(self, role, network, smoothing, y, weight):
        """Send a network to the shards, and the labels and weights of their rows."""

        def own(g):
            vectors = [None if v is None else self._of_shard(g, v) for v in (y, weight)]
            return (role, network, smoothing, *vectors)

        self._actors.prepare(role, {g: own(g) for g in self._all_shares})

    def ask(self, method, rows, *arguments, with_places=False):
        """Call a method of the shards that have some of the rows; return a list of the results."""
        return self._ask(method, self._shares(rows), arguments, with_places)

    def _ask(self, method, shares, arguments, with_places=False):
        questions = {
            g: (own, places if with_places else None, *arguments)
            for g, (own, places) in shares.items()
        }
        return self._actors.ask(method, questions)

    def _collected(self, method, rows, *arguments):
        shares = self._shares(rows)
        answers = self._ask(method, shares, arguments)
        order = np.argsort(np.concatenate([places for _, places in shares.values()]))
        join = sparse.vstack if any(map(sparse.issparse, answers)) else np.concatenate
        return join(answers)[order]

    def _shares(self, rows):
        """Return the indices of the rows in each shard that has any, and in the table."""
        if isinstance(rows, range) and len(rows) == self._starts[-1]:
            return self._all_shares
        part = np.searchsorted(self._starts[1:], rows, side="right")
        owner, own = self._owner[part], np.asarray(rows) - self._shift[part]
        places = {g: np.flatnonzero(owner == g) for g in self._all_shares}
        return {g: (own[at], at) for g, at in places.items() if len(at)}

    def _of_shard(self, g, vector):
        """Return the entries of a vector for the rows of a shard, in its order."""
        spans = ((self._starts[k], self._starts[k + 1]) for k in self._partitions[g])
        return np.concatenate([vector[start:end] for start, end in spans])


def check_collection(X):
    """Raise a ValueError if a Dask collection is not a table, and a TypeError for other objects."""
    if not dask.is_dask_collection(X) or isinstance(X, Delayed):
        _check_local(X)
    elif not hasattr(type(X), "to_delayed") or getattr(X, "ndim", 0) != 2:
        raise ValueError(
            "X must be a two-dimensional Dask array or a Dask DataFrame, but is of type "
            f"{type(X).__name__}, with ndim={getattr(X, 'ndim', None)}: pass one sample per row."
        )


def _check_local(X):
    """Raise a TypeError for scalars, futures and other lazy values that are not tables."""
    is_list = isinstance(X, list | tuple) and len(X) > 0
    item = X[0] if is_list else X
    if isinstance(item, Future) or dask.is_dask_collection(item):
        kind = type(item).__name__
        got = f"a {type(X).__name__} of {kind} objects" if is_list else f"a {kind}"
        raise TypeError(NO_TABLE.format(got) + FROM_DELAYED)
    if not is_list and np.ndim(X) == 0:
        raise TypeError(NO_TABLE.format(f"scalar of type {type(X).__name__}") + ".")


def _partitions(X, client):
    """Return the partitions of a table, each with all columns; a local table is split."""
    check_collection(X)
    if dask.is_dask_collection(X):
        return parts_of(X)
    if not hasattr(X, "shape"):
        X = np.asarray(X)
    n_rows = num_samples(X)
    parts = np.array_split(np.arange(n_rows), min(max(len(client.nthreads()), 1), max(n_rows, 1)))
    return [dask.delayed(safe_indexing(X, part), pure=False) for part in parts]


def _assignments(parts, X, client):
    """Assign partitions to the workers that hold them or their inputs, and the others evenly.

    None stands for any worker, if the last one has just gone.
    """
    workers = sorted(client.nthreads()) or [None]
    held = client.who_has(futures_of(X)) if dask.is_dask_collection(X) else {}
    # A name and a number; optimisation changes the names.
    holders = {key[1:2]: addresses for key, addresses in held.items() if isinstance(key, tuple)}
    assignments: dict[str | None, list[int]] = {worker: [] for worker in workers}
    for k in range(len(parts)):
        evenly = workers[k * len(workers) // len(parts)]
        held_by = [worker for worker in holders.get((k,), ()) if worker in assignments]
        assignments[(held_by or [evenly])[0]].append(k)
    return [(worker, numbers) for worker, numbers in assignments.items() if numbers]


NO_TABLE = (
    "X must be a Dask array or DataFrame, or an array, a data frame, a sparse matrix or nested "
    "lists, got {}"
)

FROM_DELAYED = (
    ": create a Dask collection with dask.array.from_delayed or dask.dataframe.from_delayed."
)
