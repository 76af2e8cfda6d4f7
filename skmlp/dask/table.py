"""A table whose rows lie on the workers, as the client sees it."""

import copy

import dask
import numpy as np
from distributed import futures_of
from scipy import sparse

from skmlp.dask.actors import Actors
from skmlp.estimator.compat import num_samples, safe_indexing
from skmlp.estimator.inputs import DistantTable
from skmlp.estimator.partitioned import parts_of

__all__ = ["ClusterTable", "check_collection"]


class ClusterTable(DistantTable):
    """A table whose rows lie on the workers: in order, partition by partition.

    Parameters
    ----------
    X : Dask array or DataFrame, array, frame or sparse matrix
        The table. One that lies here is sent to the workers.
    client : distributed.Client
        The cluster.

    Attributes
    ----------
    rows : ndarray of int or None
        The rows that are meant; None for all.
    """

    def __init__(self, X, client):
        parts = _partitions(X, client)
        homes = _homes(parts, X, client)
        self.rows = None
        self._actors = Actors(client, parts, homes)
        self._partitions = [numbers for _, numbers in homes]
        answers = self._actors.ask("describe", dict.fromkeys(range(len(homes)), ()))
        self.dtype = np.result_type(*(dtype for _, _, dtype in answers))
        self.first_row = max((row for _, row, _ in answers), key=lambda row: row.shape[0])
        self._number_rows([lengths for lengths, _, _ in answers], len(parts))
        self.shape = (int(self._starts[-1]), self.first_row.shape[1])

    def _number_rows(self, lengths_of_each, n_parts):
        """Note where the rows of each partition are: at which actor, and from which place on."""
        lengths, self._owner, own_starts = np.zeros((3, n_parts), np.intp)
        for g, own in enumerate(lengths_of_each):
            numbers = self._partitions[g]
            lengths[numbers], self._owner[numbers] = own, g
            own_starts[numbers] = np.cumsum(own) - own
        self._starts = np.concatenate([[0], lengths.cumsum()])
        # A row's place at its actor is its place in the table less the shift of its partition.
        self._shift = self._starts[:-1] - own_starts
        everything = np.arange(self._starts[-1])
        owned = ((g, self._of_actor(g, everything)) for g in range(len(lengths_of_each)))
        self._all_shares = {g: (None, places) for g, places in owned if len(places)}

    def close(self):
        """Let the workers forget their rows."""
        self._actors.release()

    def __getitem__(self, rows):
        """Bring rows here, as an array or a CSR matrix."""
        return self._brought("take", np.arange(self.shape[0])[rows])

    def select(self, rows):
        """Mean some of the rows."""
        selected = copy.copy(self)
        selected.rows, selected.shape = rows, (len(rows), self.shape[1])
        return selected

    def logits(self, network):
        """Compute the logits of the rows that are meant where they lie, and bring them here."""
        return self._brought("logits", self.rows, network)

    def prepare(self, role, network, smoothing, y, weight):
        """Tell the actors of a network, and of the labels and weights of their rows."""

        def own(g):
            vectors = [None if v is None else self._of_actor(g, v) for v in (y, weight)]
            return (role, network, smoothing, *vectors)

        self._actors.prepare(role, {g: own(g) for g in self._all_shares})

    def ask(self, method, rows, *arguments, with_places=False):
        """Ask the actors that have some of the rows; give the answers, a list."""
        return self._ask(method, self._shares(rows), arguments, with_places)

    def _ask(self, method, shares, arguments, with_places=False):
        questions = {
            g: (own, places if with_places else None, *arguments)
            for g, (own, places) in shares.items()
        }
        return self._actors.ask(method, questions)

    def _brought(self, method, rows, *arguments):
        shares = self._shares(rows)
        answers = self._ask(method, shares, arguments)
        order = np.argsort(np.concatenate([places for _, places in shares.values()]))
        join = sparse.vstack if any(map(sparse.issparse, answers)) else np.concatenate
        return join(answers)[order]

    def _shares(self, rows):
        """Share rows out: for each actor that has some, where it has them, and their places."""
        if rows is None or (isinstance(rows, range) and len(rows) == self._starts[-1]):
            return self._all_shares
        part = np.searchsorted(self._starts[1:], rows, side="right")
        owner, own = self._owner[part], np.asarray(rows) - self._shift[part]
        places = {g: np.flatnonzero(owner == g) for g in self._all_shares}
        return {g: (own[at], at) for g, at in places.items() if len(at)}

    def _of_actor(self, g, vector):
        """Give the entries of a vector for the rows that an actor has, in its order."""
        spans = ((self._starts[k], self._starts[k + 1]) for k in self._partitions[g])
        return np.concatenate([vector[start:end] for start, end in spans])


def check_collection(X):
    """Raise a ValueError where X, which is Dask's, is no table."""
    if not hasattr(type(X), "to_delayed") or getattr(X, "ndim", 0) != 2:
        raise ValueError(
            "X must be a Dask array of two dimensions or a Dask DataFrame, but is of type "
            f"{type(X).__name__}, with ndim={getattr(X, 'ndim', None)}: give a sample a row."
        )


def _partitions(X, client):
    """Give the partitions of a table, each with all columns; of one that lies here, parts."""
    if dask.is_dask_collection(X):
        check_collection(X)
        return parts_of(X)
    if not hasattr(X, "shape"):
        X = np.asarray(X)
    n_rows = num_samples(X)
    parts = np.array_split(np.arange(n_rows), min(len(client.nthreads()), max(n_rows, 1)))
    return [dask.delayed(safe_indexing(X, part), pure=False) for part in parts]


def _homes(parts, X, client):
    """Share partitions out: each where it lies, or what it is made of; the others evenly."""
    workers = sorted(client.nthreads())
    held = client.who_has(futures_of(X)) if dask.is_dask_collection(X) else {}
    # A name and a number; the names change as Dask optimises.
    holders = {key[1:2]: addresses for key, addresses in held.items() if isinstance(key, tuple)}
    homes: dict[str, list[int]] = {worker: [] for worker in workers}
    for k in range(len(parts)):
        evenly = workers[k * len(workers) // len(parts)]
        lies_at = [worker for worker in holders.get((k,), ()) if worker in homes]
        homes[(lies_at or [evenly])[0]].append(k)
    return [(home, numbers) for home, numbers in homes.items() if numbers]
