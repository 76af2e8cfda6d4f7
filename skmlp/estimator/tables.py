"""From what users give as a table to a frame, an array, nested lists or a sparse matrix."""

import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import sparse

__all__ = ["as_table", "check_distinct_names", "check_other_names", "other_names"]

# Methods that return the table of what only describes or streams one.
READING_METHODS = ("toPandas", "collect", "read_all", "to_table", "df")


def as_table(X: Any) -> Any:
    """Return a pyarrow table as a frame, and all else as it is, if it is a table in memory.

    Parameters
    ----------
    X : object
        What was given as the table.

    Returns
    -------
    X : object
        A frame, an array, nested lists, a sparse matrix or a Dask collection.

    Raises
    ------
    TypeError
        If X is a lazy or one-dimensional table, or holds names outside of a frame, where they
        would be lost; the message says how to make a frame of it.
    ValueError
        If several columns of a pyarrow table have one name.
    ImportError
        If X is of pyarrow, and neither pandas nor polars is installed.
    """
    if (type(X) is np.ndarray and X.dtype.names is None) or sparse.issparse(X):
        return X
    pyarrow = sys.modules.get("pyarrow")
    if pyarrow is not None and isinstance(X, pyarrow.Table | pyarrow.RecordBatch):
        check_distinct_names(X.schema.names)
        return _frame_of(X)
    advice = _advice(X)
    if advice is not None:
        raise TypeError(f"X is a {_described(X)}: {advice}.")
    return X


def _described(X):
    kind = type(X)
    if kind.__module__ != "builtins":
        return f"{kind.__name__} of {kind.__module__.partition('.')[0]}"
    return f"{kind.__name__} of {type(X[0]).__name__}" if _is_list_of_records(X) else kind.__name__


def _has_columns(X):
    return hasattr(X, "columns") and hasattr(X, "dtypes")


def _advice(X):
    """Return what to give in place of X where it is no table that keeps its names, else None."""
    kind = type(X)
    for method in READING_METHODS:
        if hasattr(kind, method):
            return f"give the table in memory, X.{method}()"
    if hasattr(kind, "to_frame"):
        return "give a frame, X.to_frame() if it is a column, table.iloc[[0]] if it is a row"
    if np.ma.is_masked(X):
        return "give masked values as NaN, X.astype(float).filled(numpy.nan)"
    if isinstance(X, Mapping):
        of_rows = X and all(np.ndim(values) == 0 for values in X.values())
        return f"give a frame, pandas.DataFrame({'[X]' if of_rows else 'X'})"
    is_structured = isinstance(X, np.ndarray) and X.dtype.names is not None
    if is_structured or _is_list_of_records(X):
        return "give a frame, pandas.DataFrame(X), which keeps the names"
    if hasattr(kind, "to_pandas") and hasattr(kind, "columns") and not hasattr(kind, "dtypes"):
        return "give a frame of pandas or polars, such as X.to_pandas()"
    return None


def _is_list_of_records(X):
    if not isinstance(X, list | tuple) or not X:
        return False
    return isinstance(X[0], Mapping) or type(X[0]).__name__ == "Series"


def _frame_of(table):
    """Return a table of pyarrow as a frame of pandas, or of polars where only that is installed."""
    try:
        import pandas
    except ImportError:
        return _polars_frame_of(table)
    from pyarrow.types import is_dictionary

    def dtype_of(of_arrow):
        return None if is_dictionary(of_arrow) else pandas.ArrowDtype(of_arrow)

    return table.to_pandas(types_mapper=dtype_of)


def _polars_frame_of(table):
    try:
        import polars
    except ImportError as error:
        raise ImportError(
            f"X is a {type(table).__name__} of pyarrow, which is read by pandas or polars: "
            "pip install pandas"
        ) from error
    return polars.from_arrow(table)


# Names


def check_distinct_names(names):
    """Raise a ValueError where several columns have one name."""
    if len(set(names)) < len(names):
        name, count = Counter(names).most_common(1)[0]
        raise ValueError(
            f"X has {count} columns of the name {name!r}: give each a name of its own, or leave "
            "the others out."
        )


def other_names(X):
    """Return the names of a frame's columns if they are no strings, else None.

    scikit-learn keeps and compares strings alone.
    """
    if not _has_columns(X):
        return None
    names = list(X.columns)
    return None if all(isinstance(name, str) for name in names) else names


def check_other_names(X, fitted):
    """Raise a ValueError for a frame whose columns are not those that an estimator was fitted on.

    Parameters
    ----------
    X : ndarray or data frame
        The table.
    fitted : list or None
        What `other_names` returned for the table of `fit`.
    """
    if fitted is None or not _has_columns(X) or list(X.columns) == fitted:
        return
    names = list(X.columns)
    unseen = [name for name in names if name not in fitted]
    missing = [name for name in fitted if name not in names]
    raise ValueError(
        "The feature names should match those that were passed during fit. "
        + (f"Names unseen in fit: {unseen}. " if unseen else "")
        + (f"Names of fit that are missing: {missing}. " if missing else "")
        + ("" if unseen or missing else "They are in another order. ")
        + f"In fit they were {fitted}, in this order."
    )
