"""Batches and blocks of the rows of a table, and pieces of long vectors.

A set of rows is a ``range`` (consecutive rows, selected without a copy) or an array of indices.
"""

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

__all__ = [
    "BLOCK_ROWS",
    "Batch",
    "Matrix",
    "Rows",
    "all_finite",
    "blocks",
    "pieces",
    "split",
    "take",
]

Matrix = Any  # an array, dense or sparse, or a PiecewiseTable
Rows = range | np.ndarray

# Computations on many rows process this many at a time: they stay in the cache, and memory use does
# not grow with the number of rows.
BLOCK_ROWS = 2048

# Operations with several passes over vectors process this many entries at a time, so that they stay
# in the cache.
PIECE = 2**15


class Batch:
    """Rows of a table with labels and weights: all of them, a minibatch, or a block.

    Parameters
    ----------
    X : ndarray, CSR array or PiecewiseTable of shape (n_samples, n_features)
        The whole table, one sample per row, of any numeric dtype.
    y : ndarray of shape (n_samples,), dtype int
        Column of each row's true class.
    weight : ndarray of shape (n_samples,), default=None
        Weight of each row; None gives every row the weight 1.
    rows : range or ndarray of int, default=None
        The rows of the batch; None for all.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network import Batch
    >>> batch = Batch(np.array([[1.0], [2.0], [3.0]]), np.array([0, 1, 1]))
    >>> [len(part) for part in batch.split(2)]
    [2, 1]
    >>> batch.select(np.array([2, 0])).take_y()
    array([1, 0])
    """

    __slots__ = ("X", "rows", "weight", "y")

    def __init__(
        self, X: Matrix, y: np.ndarray, weight: np.ndarray | None = None, rows: Rows | None = None
    ):
        self.X = X
        self.y = y
        self.weight = weight
        self.rows: Rows = range(len(y)) if rows is None else rows

    def __len__(self) -> int:
        return len(self.rows)

    def select(self, rows: Rows) -> "Batch":
        """Return other rows of the same table."""
        return Batch(self.X, self.y, self.weight, rows)

    def split(self, size: int) -> Iterator["Batch"]:
        """Split the batch into parts of at most `size` rows."""
        return map(self.select, split(self.rows, size))

    def blocks(self) -> Iterable["Batch"]:
        """Split the batch into blocks that fit in the cache."""
        if len(self.rows) <= BLOCK_ROWS:
            return [self]
        return map(self.select, blocks(self.rows))

    def relative(self) -> "Batch":
        """Divide the weights by the largest of the batch, so that no sum of them overflows."""
        weight = self.take_weight()
        if self.weight is None or weight is None or not weight.any():
            return self
        with np.errstate(over="ignore"):  # for rows that are not in the batch
            return Batch(self.X, self.y, self.weight / weight.max(), self.rows)

    def counted(self) -> "Batch":
        """Return the rows whose weight is not 0."""
        weight = self.take_weight()
        if weight is None or weight.all():
            return self
        return self.select(np.array(self.rows)[weight > 0])

    def take_X(self, dtype: DTypeLike) -> Matrix:
        """Return the features of the rows, in a dtype."""
        return take(self.X, self.rows, dtype)

    def take_y(self) -> np.ndarray:
        """Return the true classes of the rows, as int64."""
        return np.ascontiguousarray(take(self.y, self.rows), np.int64)

    def take_weight(self) -> np.ndarray | None:
        """Return the weights of the rows, in float64; None if every row has the weight 1."""
        if self.weight is None:
            return None
        return np.ascontiguousarray(take(self.weight, self.rows), np.float64)


def all_finite(A: np.ndarray) -> bool:
    """Check whether no entry is infinite or NaN, with the sum, unless the sum overflows."""
    return math.isfinite(np.add.reduce(A, axis=None)) or bool(np.isfinite(A).all())


def split(rows: Rows, size: int) -> Iterator[Any]:
    """Split a set of rows into parts of at most `size`.

    Examples
    --------
    >>> from skmlp.network.batches import split
    >>> list(split(range(5), 2))
    [range(0, 2), range(2, 4), range(4, 5)]
    """
    return (rows[start : start + size] for start in range(0, len(rows), size))


def blocks(rows: Rows) -> Iterator[Any]:
    """Split a set of rows into parts of at most ``BLOCK_ROWS``."""
    return split(rows, BLOCK_ROWS)


def take(table: Matrix, rows: Rows, dtype: DTypeLike | None = None) -> Matrix:
    """Select rows of an array: a view for a ``range``, a copy for an array of indices.

    With `dtype`, only the selected rows are converted, not the whole table; those of a dense table
    are in C order.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network.batches import take
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


def pieces(*vectors: np.ndarray) -> Iterable[tuple[np.ndarray, ...]]:
    """Split vectors of equal length into views of at most ``PIECE`` entries, in parallel.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network.batches import pieces
    >>> x, y = np.zeros(40_000), np.zeros(40_000)
    >>> [(len(a), len(b)) for a, b in pieces(x, y)]
    [(32768, 32768), (7232, 7232)]
    """
    n = len(vectors[0])
    if n <= PIECE:
        return [vectors]
    return (tuple(v[i : i + PIECE] for v in vectors) for i in range(0, n, PIECE))
