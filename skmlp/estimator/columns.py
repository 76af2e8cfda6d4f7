"""Errors for columns of a table that are not numeric: the column, its content and what to do."""

import datetime
from contextlib import contextmanager

import numpy as np
from scipy import sparse

from skmlp.estimator.labels import is_missing

__all__ = ["check_frame", "column_of", "columns_named"]

DATES = "dates or times", "convert them to numbers, such as days since one of them"
OF_TIME = ("date", "time", "duration", "period", "interval")


def column_of(X, j):
    """Return a column of an array, or of a pandas or polars DataFrame."""
    return X.iloc[:, j] if hasattr(X, "iloc") else X[:, j]


@contextmanager
def columns_named(X):
    """Add to an error which column of X is not numeric, and what to do."""
    try:
        yield
    except (TypeError, ValueError) as error:
        found = _column_without_numbers(X)
        if found is None:
            raise
        name, what, advice = found
        kind = TypeError if what.startswith("objects") else ValueError
        raise kind(f"Column {name!r} of X holds {what}: {advice}. ({error})") from error


def _column_without_numbers(X):
    """Find a column of text, dates or other objects; return its name, its content, what to do."""
    if sparse.issparse(X):
        return None
    if not hasattr(X, "shape"):  # nested lists
        X = np.array(X, dtype=object)
    if len(X.shape) != 2:
        return None
    for j, name in enumerate(getattr(X, "columns", range(X.shape[1]))):
        column = np.asarray(column_of(X, j))
        if column.dtype.kind in "mM":
            return name, *DATES
        if column.dtype.kind not in "OSUT":
            continue
        for value in column.tolist():
            if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
                return name, *DATES
            if not _is_number(value):
                what = "text" if isinstance(value, str) else f"objects of {type(value).__name__}"
                advice = "encode it, for example with sklearn.preprocessing.OneHotEncoder"
                return name, f"{what}, such as {value!r}", advice
    return None


def check_frame(X):
    """Raise a ValueError for dates and times in a DataFrame, which NumPy may convert to numbers."""
    if hasattr(X, "columns") and hasattr(X, "dtypes"):
        for name, dtype in zip(X.columns, X.dtypes, strict=True):
            if str(dtype).lower().startswith(OF_TIME):
                what, advice = DATES
                raise ValueError(f"Column {name!r} of X holds {what}: {advice}.")


def _is_number(value):
    try:
        float(value)
    except (TypeError, ValueError):
        return is_missing(value)
    return True
