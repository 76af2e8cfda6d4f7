"""Columns that only number the rows, such as the index that ``to_csv`` writes."""

import re

import numpy as np

from skmlp.estimator.messages import warn

__all__ = ["is_index"]

NAMES = re.compile(r"unnamed: ?\d+|index|level_\d+|row_?names?|(.*[ _.-])?id", re.IGNORECASE)
FEW = 20  # rows up to which a column can be in order by chance


def is_index(name, values, n_distinct):
    """Check whether a column of integers numbers the rows, and warn that it is left out.

    Parameters
    ----------
    name : str
        The name of the column.
    values : ndarray of shape (n_samples,), dtype float64
        The integers.
    n_distinct : int
        The number of distinct ones.

    Returns
    -------
    is_index : bool
        Whether all are distinct, and they are in order or have such a name as "id".
    """
    if not n_distinct == len(values) > FEW:
        return False
    steps = np.diff(values)
    in_order = (steps > 0).all() or (steps < 0).all()
    if not in_order and NAMES.fullmatch(name) is None and not name.endswith(("Id", "ID")):
        return False
    warn(
        f"Column {name!r} of X numbers the rows: its values are distinct integers, in order or "
        "named as an index. It is left out. Drop it before, such as with index_col=0 in "
        "pandas.read_csv, or convert it to floats to keep it."
    )
    return True
