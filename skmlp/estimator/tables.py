"""Conversion of a user's table to a DataFrame, an array, nested lists or a sparse matrix."""

import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import sparse

__all__ = ["as_table", "check_distinct_names", "check_other_names", "other_names"]

# Methods of lazy and streaming objects that return the table.
READING_METHODS = ("toPandas", "collect", "read_all", "to_table", "df")


def as_table(X: Any) -> Any:
    """Convert a pyarrow table to a DataFrame; return other tables in memory unchanged.

    Parameters
    ----------
    X : object
        The user's table.

    Returns
    -------
    X : object
        A DataFrame, an array, nested lists, a sparse matrix or a Dask collection.

    Raises
    ------
    TypeError
        If X is a lazy or one-dimensional table, or has column names that would be lost because it
        is not a DataFrame; the message says how to convert it to one.
    ValueError
        If several columns of a pyarrow table have the same name.
    ImportError
        If X is a pyarrow table, and neither pandas nor polars is installed.
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
    """Return what to pass instead of X if it is not a table that keeps its names, else None."""
    kind = type(X)
    for method in READING_METHODS:
        if hasattr(kind, method):
            return f"pass the table in memory, X.{method}()"
    if hasattr(kind, "to_frame"):
        return "pass a DataFrame: X.to_frame() for a column, table.iloc[[0]] for a row"
    if np.ma.is_masked(X):
        return "replace masked values by NaN, X.astype(float).filled(numpy.nan)"
    if isinstance(X, Mapping):
        of_rows = X and all(np.ndim(values) == 0 for values in X.values())
        return f"pass a DataFrame, pandas.DataFrame({'[X]' if of_rows else 'X'})"
    is_structured = isinstance(X, np.ndarray) and X.dtype.names is not None
    if is_structured or _is_list_of_records(X):
        return "pass a DataFrame, pandas.DataFrame(X), which keeps the names"
    if hasattr(kind, "to_pandas") and hasattr(kind, "columns") and not hasattr(kind, "dtypes"):
        return "pass a pandas or polars DataFrame, such as X.to_pandas()"
    return None


def _is_list_of_records(X):
    if not isinstance(X, list | tuple) or not X:
        return False
    return isinstance(X[0], Mapping) or type(X[0]).__name__ == "Series"


def _frame_of(table):
    """Convert a pyarrow table to a pandas DataFrame, or to polars if only that is installed."""
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
            f"X is a pyarrow {type(table).__name__}, whose conversion needs pandas or polars: "
            "pip install pandas"
        ) from error
    return polars.from_arrow(table)


# Names


def check_distinct_names(names):
    """Raise a ValueError if several columns have the same name."""
    if len(set(names)) < len(names):
        name, count = Counter(names).most_common(1)[0]
        raise ValueError(
            f"X has {count} columns named {name!r}: rename them so that all names differ, or drop "
            "the others."
        )


def other_names(X):
    """Return the column names of a DataFrame if they are not strings, else None.

    scikit-learn stores and compares only strings.
    """
    if not _has_columns(X):
        return None
    names = list(X.columns)
    return None if all(isinstance(name, str) for name in names) else names


def check_other_names(X, fitted):
    """Raise a ValueError if the columns of a DataFrame are not those of `fit`.

    Parameters
    ----------
    X : ndarray or data frame
        The table.
    fitted : list or None
        The result of `other_names` for the table of `fit`.
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
