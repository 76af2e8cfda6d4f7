"""Rows of a table, in order or by index, a few at a time.

A set of rows is a ``range`` (in order, taken without a copy) or an array of indices.
"""

import numpy as np

__all__ = ["BLOCK_ROWS", "split", "take"]

# Full-batch work goes through the rows in blocks of this many: they stay in the cache,
# and the memory needed does not grow with the number of rows.
BLOCK_ROWS = 2048


def split(rows, size):
    """Cut a set of rows into pieces of at most `size`.

    Examples
    --------
    >>> from skmlp.batches import split
    >>> list(split(range(5), 2))
    [range(0, 2), range(2, 4), range(4, 5)]
    """
    return (rows[start : start + size] for start in range(0, len(rows), size))


def take(table, rows, dtype=None):
    """Take rows of an array: a view for a ``range``, a copy for an array of indices.

    With `dtype`, only the rows taken are converted, never the whole table; those of a
    dense table come in C order.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.batches import take
    >>> take(np.array([10, 11, 12, 13]), range(1, 3))
    array([11, 12])
    >>> take(np.array([10, 11, 12, 13]), np.array([3, 0]), np.float64)
    array([13., 10.])
    """
    if isinstance(rows, range):
        taken = table[rows.start : rows.stop]
    elif isinstance(table, np.ndarray):
        taken = table.take(rows, axis=0)  # twice as fast as an index
    else:
        taken = table[rows]
    if dtype is None:
        return taken
    if isinstance(taken, np.ndarray):
        return np.ascontiguousarray(taken, dtype)
    return taken.astype(dtype, copy=False)
