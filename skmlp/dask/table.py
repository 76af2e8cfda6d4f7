"""A table whose rows lie on the workers, as the client sees it."""

import copy

import dask
import numpy as np
from distributed import futures_of
from scipy import sparse

from skmlp.dask.actors import Actors
from skmlp.estimator.compat import safe_indexing
from skmlp.estimator.inputs import DistantTable

__all__ = ["ClusterTable"]


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
        answers = self._actors.ask("describe", {g: () for g in range(len(homes))})
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

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._actors.release()

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, rows):
        """Bring rows here, as an array or a CSR matrix."""
        return self._brought("take", np.arange(len(self))[rows])

    def select(self, rows):
        """Mean some of the rows."""
        selected = copy.copy(self)
        selected.rows, selected.shape = rows, (len(rows), self.shape[1])
        return selected

    def logits(self, plan, parameters):
        """Compute the logits of the rows that are meant where they lie, and bring them here."""
        return self._brought("logits", self.rows, plan, parameters)

    def prepare(self, method, plan, y, weight):
        """Tell the actors of a network, and of the labels and weights of their rows."""
        self._actors.prepare(
            method,
            {
                g: (plan, self._of_actor(g, y), None if weight is None else self._of_actor(g, weight))
                for g in self._all_shares
            },
        )

    def sums(self, method, rows, *arguments):
        """Ask for sums over rows, from the actors that have some; give the answers, a list."""
        shares = self._shares(rows)
        return self._actors.ask(method, {g: (own, *arguments) for g, (own, _) in shares.items()})

    def sums_by_place(self, method, rows, *arguments):
        """Ask for sums that depend on the places of the rows among those asked about."""
        return self._actors.ask(
            method, {g: (*share, *arguments) for g, share in self._shares(rows).items()}
        )

    def _brought(self, method, rows, *arguments):
        shares = self._shares(rows)
        answers = self._actors.ask(method, {g: (own, *arguments) for g, (own, _) in shares.items()})
        order = np.argsort(np.concatenate([places for _, places in shares.values()]))
        if any(map(sparse.issparse, answers)):
            return sparse.vstack(answers, "csr")[order]
        return np.concatenate(answers)[order]

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


def _partitions(X, client):
    """Give the partitions of a table, each with all columns; of one that lies here, parts."""
    if dask.is_dask_collection(X):
        if hasattr(X, "rechunk") and len(X.chunks[1]) > 1:
            X = X.rechunk({1: -1})
        return list(np.ravel(X.to_delayed()))
    if not hasattr(X, "shape"):
        X = np.asarray(X)
    n_parts = min(len(client.nthreads()), max(X.shape[0], 1))
    parts = np.array_split(np.arange(X.shape[0]), n_parts)
    return [dask.delayed(safe_indexing(X, part), pure=False) for part in parts]


def _homes(parts, X, client):
    """Share partitions out: each where it lies, those that lie nowhere evenly."""
    workers = sorted(client.nthreads())
    held = client.who_has(futures_of(X)) if dask.is_dask_collection(X) else {}
    holders = {str(key): addresses for key, addresses in held.items()}
    homes = {worker: [] for worker in workers}
    for k, part in enumerate(parts):
        evenly = workers[k * len(workers) // len(parts)]
        lies_at = [worker for worker in holders.get(str(part.key), ()) if worker in homes]
        homes[(lies_at or [evenly])[0]].append(k)
    return [(home, numbers) for home, numbers in homes.items() if numbers]
