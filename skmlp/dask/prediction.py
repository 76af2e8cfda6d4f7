"""Predictions for Dask collections: lazy, one partition at a time."""

import dask
import numpy as np

from skmlp.estimator.partitioned import in_partitions, with_whole_rows

__all__ = ["labels_of_partitions", "predict_lazily"]


def predict_lazily(model, method, X, empty, columns, *arguments):
    """Predict lazily, one partition at a time.

    Parameters
    ----------
    model : MLPSoftmaxClassifier
        The fitted model, which is sent to the workers.
    method : str
        Name of its prediction method.
    X : Dask array or DataFrame
        The table.
    empty : ndarray of shape (0,) or (0, n_columns)
        The predictions for no rows.
    columns : array-like of shape (n_columns,) or None
        Column names of a DataFrame of predictions; None for their indices.
    *arguments
        Further arguments of the method. A Dask array or Series is passed one partition at a time,
        and has the partitions of X.

    Returns
    -------
    predictions : Dask array, Series or DataFrame
        An array for an array; for a DataFrame, a Series or DataFrame with its index.
    """
    model = dask.delayed(model, pure=False)
    if hasattr(X, "map_partitions"):
        meta = _frame(empty, X._meta, columns)
        given = (model, method, columns, meta, *arguments)
        return X.map_partitions(_predict_frame, *given, meta=meta, align_dataframes=False)
    X = with_whole_rows(X)
    given = (model, method, empty, *(a[:, None] if in_partitions(a) else a for a in arguments))
    if empty.ndim == 1:
        return X.map_blocks(_predict, *given, meta=empty, drop_axis=1)
    return X.map_blocks(_predict, *given, meta=empty, chunks=(X.chunks[0], (empty.shape[1],)))


def _predict(X, model, method, empty, *arguments):
    for labels in arguments:
        _check_partition(labels, X)
    if not X.shape[0]:
        return empty
    given = (a.ravel() if isinstance(a, np.ndarray) else a for a in arguments)
    return getattr(model, method)(X, *given)


def _predict_frame(X, model, method, columns, empty, *arguments):
    values = _predict(X, model, method, empty.to_numpy(), *arguments)
    return _frame(values, X, columns).astype(empty.dtypes)


def _frame(values, X, columns):
    """Return a Series, or a DataFrame with these columns, with the index of X."""
    import pandas as pd

    if values.ndim == 1:
        return pd.Series(values, index=X.index)
    return pd.DataFrame(values, index=X.index, columns=columns)


def labels_of_partitions(labels, X):
    """Return the labels of the rows of a table, lazily, in the partitions of the table.

    Parameters
    ----------
    labels : Dask array, Series or ndarray of shape (n_samples,)
        The labels, in the order of the rows. If they are not in the partitions of X, they are
        collected on one worker, and the rows of X are counted if their number is unknown. If
        labels and X have the same number of partitions, all of unknown length, Dask assumes that
        these are the same; if one is not, an error is raised when the result is computed.
    X : Dask array or DataFrame
        The table.

    Returns
    -------
    labels : Dask array, or Series for a DataFrame
        The labels.

    Raises
    ------
    ValueError
        If their number differs from that of the rows of X, and both are known.
    """
    if in_partitions(labels) and _in_partitions_of(labels, X):
        return labels
    lengths, n_labels = _known_lengths(X), sum(_known_lengths(labels))
    if not np.isnan([n_labels, sum(lengths)]).any():
        _check_lengths(n_labels, sum(lengths))
    counts = _in_one(_counted(X) if np.isnan(lengths).any() else lengths)
    labels = _in_one(labels)
    if hasattr(X, "divisions"):
        return _labels_of_frame(labels, counts, X.divisions)
    import dask.array as da

    chunks, meta = X.chunks[:1], np.empty(0, object)
    return da.map_blocks(_piece, labels, counts, chunks=chunks, meta=meta)


def _in_one(vector):
    """Return a vector as one lazy array."""
    if not in_partitions(vector):
        return dask.delayed(np.asarray)(vector)
    # Without optimisation, which would reuse names of tasks in the graph of X for other tasks.
    return dask.delayed(np.hstack)(list(vector.to_delayed(optimize_graph=False)))


def _labels_of_frame(labels, counts, divisions):
    """Return the labels of each partition of a DataFrame with these divisions, as a Series."""
    import dask.dataframe as dd
    import pandas as pd

    pieces = (dask.delayed(_piece)(labels, counts, [k]) for k in range(len(divisions) - 1))
    series = [dask.delayed(pd.Series)(piece) for piece in pieces]
    return dd.from_delayed(series, pd.Series(dtype=object), divisions, verify_meta=False)


def _known_lengths(table):
    """Return the number of rows of each partition, NaN if unknown."""
    if not in_partitions(table):
        return [len(table)]
    return table.chunks[0] if hasattr(table, "chunks") else [np.nan] * table.npartitions


def _counted(X):
    """Return the number of rows of each partition, lazily."""
    if hasattr(X, "map_partitions"):
        return X.map_partitions(len)
    return with_whole_rows(X).map_blocks(_count, meta=np.empty(0, int), drop_axis=1)


def _count(block):
    return np.array([block.shape[0]])


def _in_partitions_of(labels, X):
    """Check whether Dask assumes that two collections have the same partitions."""
    if hasattr(labels, "divisions") and hasattr(X, "divisions"):
        return labels.divisions == X.divisions
    if hasattr(labels, "chunks") and hasattr(X, "chunks"):
        return np.array_equal(labels.chunks[0], X.chunks[0], equal_nan=True)
    return False


def _piece(labels, lengths, block_id):
    """Return the labels of a partition."""
    ends = np.cumsum([0, *lengths])
    _check_lengths(len(labels), ends[-1])
    return labels[ends[block_id[0]] : ends[block_id[0] + 1]]


def _check_partition(labels, X):
    """Raise a ValueError if labels are not those of the rows of a partition."""
    if np.ndim(labels) and len(labels) != X.shape[0]:
        raise ValueError(
            f"A partition of target has {len(labels)} labels, but that of X has {X.shape[0]} "
            "samples: pass target as an array, with target.compute()."
        )


def _check_lengths(n_labels, n_rows):
    if n_labels != n_rows:
        raise ValueError(
            f"target has {n_labels} labels, but X has {n_rows} samples: pass one label for each, "
            "or a single label."
        )
