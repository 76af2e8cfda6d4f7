"""Predictions for Dask collections: lazy, a partition at a time."""

import dask
import numpy as np

from skmlp.estimator.partitioned import with_whole_rows

__all__ = ["predict_lazily"]


def predict_lazily(model, method, X, dtype, columns=None):
    """Predict a partition at a time, when the result is computed.

    Parameters
    ----------
    model : MLPSoftmaxClassifier
        Fitted; it goes to the workers.
    method : str
        Its method that predicts.
    X : Dask array or DataFrame
        The table.
    dtype : dtype
        Of the predictions.
    columns : ndarray, default=None
        Names of the columns of the predictions; None where a row's is one value.

    Returns
    -------
    predictions : Dask array, Series or DataFrame
        An array for an array; for a DataFrame, with its index.
    """
    model = dask.delayed(model, pure=False)
    if hasattr(X, "map_partitions"):
        meta = _frame(
            np.empty(0 if columns is None else (0, len(columns)), dtype), X._meta, columns
        )
        return X.map_partitions(_predict_frame, model, method, columns, meta, meta=meta)
    X = with_whole_rows(X)
    if columns is None:
        empty = np.empty(0, dtype)
        return X.map_blocks(_predict, model, method, empty, meta=empty, drop_axis=1)
    empty, chunks = np.empty((0, len(columns)), dtype), (X.chunks[0], (len(columns),))
    return X.map_blocks(_predict, model, method, empty, meta=empty, chunks=chunks)


def _predict(X, model, method, empty):
    return getattr(model, method)(X) if X.shape[0] else empty


def _predict_frame(X, model, method, columns, empty):
    return _frame(_predict(X, model, method, empty.to_numpy()), X, columns).astype(empty.dtypes)


def _frame(values, X, columns):
    """Make a Series, or a DataFrame with these columns, with the index of X."""
    import pandas as pd

    if columns is None:
        return pd.Series(values, index=X.index)
    return pd.DataFrame(values, index=X.index, columns=columns)
