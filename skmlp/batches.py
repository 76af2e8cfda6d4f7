"""Rows of a table, in order or by index, and entries of long vectors, a few at a time.

A set of rows is a ``range`` (in order, taken without a copy) or an array of indices.
"""

import numpy as np

__all__ = ["BLOCK_ROWS", "BatchMemory", "pieces", "split", "take"]

# Full-batch work goes through the rows in blocks of this many: they stay in the cache,
# and the memory needed does not grow with the number of rows.
BLOCK_ROWS = 2048

# Work of many passes over vectors goes through as many entries at a time, for the same reason.
PIECE = 2**15


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


class BatchMemory:
    """Takes rows of a table into memory that is used again for the next batch.

    A batch that always lies in the same place stays in the caches of all cores.

    Parameters
    ----------
    dtype : dtype
        What the rows are converted to.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.batches import BatchMemory
    >>> memory = BatchMemory(np.float64)
    >>> memory.take(np.array([[1, 2], [3, 4]]), np.array([1]))
    array([[3., 4.]])
    """

    def __init__(self, dtype):
        self.dtype = dtype
        self._memory = np.empty((0, 0), dtype)

    def take(self, table, rows):
        """Take rows as ``take(table, rows, dtype)``, to be used before the next are taken."""
        if isinstance(rows, range) or not isinstance(table, np.ndarray):
            return take(table, rows, self.dtype)
        if len(self._memory) < len(rows):
            self._memory = np.empty((len(rows), table.shape[1]), self.dtype)
        batch = self._memory[: len(rows)]
        if table.dtype == self.dtype:
            return table.take(rows, axis=0, out=batch, mode="clip")  # "raise" would take a copy
        batch[:] = table.take(rows, axis=0)
        return batch


def pieces(*vectors):
    """Cut vectors of one length into views of at most ``PIECE`` entries, side by side.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.batches import pieces
    >>> x, y = np.zeros(40_000), np.zeros(40_000)
    >>> [(len(a), len(b)) for a, b in pieces(x, y)]
    [(32768, 32768), (7232, 7232)]
    """
    n = len(vectors[0])
    if n <= PIECE:
        return [vectors]
    return (tuple(v[i : i + PIECE] for v in vectors) for i in range(0, n, PIECE))
