"""Dask collections: a sample of their rows, and a function applied to each partition."""

import numpy as np
from sklearn.utils import check_consistent_length
from sklearn.utils.random import sample_without_replacement

from skmlp.estimator.compat import num_samples, output_container, safe_indexing
from skmlp.estimator.partitioned import in_partitions, parts_of

__all__ = ["Partitions", "refuse_partitions"]

# Maximum numbers of rows and of values in a sample: 256 MiB in float64.
SAMPLE_ROWS, SAMPLE_VALUES = 100_000, 2**25


def refuse_partitions(estimator, X):
    """Raise a TypeError if X is a Dask collection, for an estimator that does not support it."""
    if in_partitions(X):
        raise TypeError(
            f"{type(estimator).__name__} needs X in memory, but X is a Dask "
            f"{type(X).__name__}: pass X.compute(), or train a network on the partitions with "
            "make_pipeline(TabularEncoder(), DaskMLPSoftmaxClassifier())."
        )


class Partitions:
    """The partitions of a table.

    Parameters
    ----------
    X : Dask DataFrame, or Dask Array of shape (n_samples, n_features)
        The table.
    estimator : TransformerMixin
        The estimator that transforms it.

    Attributes
    ----------
    head : data frame or ndarray of shape (0, n_features)
        An empty table with the columns of X.

    Raises
    ------
    TypeError
        If X is another Dask collection.
    ValueError
        If the estimator is set to return data frames.
    """

    def __init__(self, X, estimator):
        _check_kind("X", X, ("DataFrame", "Array"))
        if X.ndim != 2:
            raise ValueError(f"Expected 2D array, got {X.ndim}D array instead: X is {X}.")
        library = output_container(estimator)
        if library != "default":
            raise ValueError(
                f"transform={library!r} (of set_output or set_config) is not allowed for X in "
                "partitions, since the output would be collected to the client: set it to "
                "'default', for a Dask Array."
            )
        self.X = X
        self.head = np.empty((0, X.shape[1]), X.dtype) if _is_array(X) else X._meta
        # Only once: Dask may merge partitions of files, depending on which columns are read.
        self._parts = _parts(X)
        self._lengths = X.chunks[0] if _is_array(X) else [np.nan] * len(self._parts)

    def draw(self, random_state, **others):
        """Count the rows, and collect a random sample of them to the client.

        Parameters
        ----------
        random_state : int, RandomState instance or None
            Random numbers for the sample, which does not depend on the partitions; with None, the
            sample is the same in every call.
        **others : Dask Series, Dask Array, array-like or None
            Tables or vectors with the rows of X, in other partitions or in memory.

        Returns
        -------
        rows : ndarray of int
            Sorted indices of the sample's rows; all rows, if there are few enough.
        sample : dict
            These rows of X and of the other tables, by name.
        """
        import dask

        tables = {name: table for name, table in others.items() if table is not None}
        for name, table in tables.items():
            if in_partitions(table):
                _check_kind(name, table, ("Series", "Array", "DataFrame"))
        parts = {name: _parts(table) for name, table in tables.items()} | {"X": self._parts}
        tables["X"] = self.X
        lengths = {name: _lengths(table, parts[name]) for name, table in tables.items()}
        (lengths,) = dask.compute(lengths)
        self._lengths = lengths["X"]
        rows = _sample(sum(self._lengths), self.X.shape[1], random_state)
        check_consistent_length(*(range(sum(own)) for own in lengths.values()))
        picked = {name: _pick(parts[name], lengths[name], rows) for name in tables}
        return rows, {name: _join(pieces) for name, pieces in dask.compute(picked)[0].items()}

    def map(self, function, n_columns, rows, values):
        """Return ``function(partition, rows, values)`` for all partitions as a lazy Dask Array.

        Parameters
        ----------
        function : callable
            Returns an array of shape (n_rows, n_columns) and dtype float32 for a partition, given
            its rows that are in `rows`, and their values.
        n_columns : int
            Number of columns of the output.
        rows : ndarray of shape (n,), dtype int
            Sorted rows of X that have values: those that `draw` returned, or none.
        values : ndarray of shape (n, n_values)
            Their values.
        """
        import dask
        import dask.array as da

        apply, meta = dask.delayed(_apply), np.empty((0, 0), np.float32)
        function = dask.delayed(function, traverse=False)  # large; shared by all partitions
        own = _split(self._lengths, rows, values)
        return da.concatenate(
            [
                da.from_delayed(apply(function, n_columns, part, *more), (n, n_columns), meta=meta)
                for part, n, more in zip(self._parts, self._lengths, own, strict=True)
            ]
        )


def _check_kind(name, table, kinds):
    kind = type(table).__name__
    if kind not in kinds:
        raise TypeError(f"{name} is a Dask {kind}: pass a Dask {' or '.join(kinds)}.")


def _is_array(table):
    return type(table).__name__ == "Array"


def _parts(table):
    """Return the partitions, with all columns, as lazy values; or the table if it is in memory."""
    return parts_of(table) if in_partitions(table) else [table]


def _lengths(table, parts):
    """Return the number of rows of each part, as a lazy value if it is unknown."""
    import dask

    if not in_partitions(table):
        return [num_samples(table)]
    if _is_array(table) and not np.isnan(table.chunks[0]).any():
        return list(table.chunks[0])
    return [dask.delayed(len)(part) for part in parts]


def _sample(n_rows, n_columns, random_state):
    if not n_rows:
        raise ValueError(
            "X has 0 sample(s) in all its partitions, while a minimum of 1 is required."
        )
    n = min(SAMPLE_ROWS, SAMPLE_VALUES // max(n_columns, 1))
    if n_rows <= n:
        return np.arange(n_rows)
    seed = 0 if random_state is None else random_state
    return np.sort(sample_without_replacement(n_rows, n, random_state=seed))


def _split(lengths, rows, *more):
    """Return the rows of each partition that are in `rows`, and their entries."""
    starts = np.cumsum([0, *lengths])[:-1]
    places = np.searchsorted(rows, starts[1:])
    pairs = zip(np.split(rows, places), starts, strict=True)
    own = ((some - start).astype(int) for some, start in pairs)  # floats if lengths are NaN
    return zip(own, *(np.split(values, places) for values in more), strict=True)


def _pick(parts, lengths, rows):
    """Return some rows of a table, part by part; lazy values if the parts are lazy."""
    import dask

    pairs = zip(parts, _split(lengths, rows), strict=True)
    return [
        (dask.delayed(safe_indexing) if in_partitions(part) else safe_indexing)(part, own)
        for part, (own,) in pairs
        if len(own)
    ]


def _join(pieces):
    if isinstance(pieces[0], np.ndarray):
        return np.concatenate(pieces)
    from dask.dataframe.dispatch import concat  # keeps all categories; pandas would drop them

    return concat(pieces)


def _apply(function, n_columns, part, rows, values):
    """Apply a function to a partition, which may be empty."""
    if not len(part):
        return np.empty((0, n_columns), dtype=np.float32)
    return function(part, rows, values)
