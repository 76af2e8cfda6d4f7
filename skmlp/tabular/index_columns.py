"""Columns that only number the rows, such as the index that ``to_csv`` writes."""

import re

import numpy as np

from skmlp.tabular.number_texts import MANY

__all__ = ["is_index"]

UNNAMED = re.compile(r"unnamed: ?\d+(\.\d+)?", re.IGNORECASE)  # pandas' name for unnamed columns
IDENTIFIER = re.compile(r"(?i:index|level_\d+|row_?names?|(.*[_ .-])?id)|.*[a-z]I[dD]")
TIME = re.compile(r"year|month|day|date|hour|time|epoch|age", re.IGNORECASE)


def is_index(name, values, is_integer):
    """Check whether a column of numbers only numbers the rows.

    Parameters
    ----------
    name : str
        The name of the column.
    values : ndarray of shape (n_samples,), dtype float64
        The numbers, without missing ones.
    is_integer : bool
        Whether the column has an integer dtype.

    Returns
    -------
    is_index : bool
        Whether there are more than 20 numbers, and either the column is unnamed and the numbers are
        whole, or they are distinct integers in a column with the name of an identifier, or distinct
        integers in order with small steps in a column without the name of a time.
    """
    if len(values) <= MANY or (values != np.round(values)).any():
        return False
    if UNNAMED.fullmatch(name):
        return True
    if not is_integer or len(np.unique(values)) < len(values):
        return False
    if IDENTIFIER.fullmatch(name):
        return True
    steps = np.diff(values)
    in_order = (steps > 0).all() or (steps < 0).all()
    return bool(in_order and abs(steps).mean() < 10 and not TIME.search(name))
