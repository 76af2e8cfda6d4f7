r"""Tables with piecewise linear columns, stored as one position per number.

A number with m piecewise linear columns, j = 0..m-1, has a position p from 0 to m, and

.. math:: z_j = a_j + r_j \, \mathrm{clip}(p - j, 0, 1).

With the weights W of a linear layer, nodes G are

.. math:: G_0 = \sum_j a_j W_j, \qquad G_{j+1} = G_j + r_j W_j,

and the product is a linear interpolation between them: with b = floor(p) and t = p - b,

.. math:: z W = (1 - t) \, G_b + t \, G_{b+1}.

So each number takes two rows of G instead of m rows of W. G is computed once per batch. By the
chain rule, the gradient with respect to W follows from that with respect to G, to which each row
adds :math:`(1 - t) \, dZ` at b and :math:`t \, dZ` at b + 1:

.. math:: dW_j = a_j \sum_{k} dG_k + r_j \sum_{k > j} dG_k.

At p = m, b is m - 1 and t is 1.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from skmlp import compiled
from skmlp.network.batches import Rows, blocks, take

__all__ = [
    "PiecewiseColumns",
    "PiecewiseTable",
    "indices_within",
    "interpolate",
    "interpolate_back",
]


class PiecewiseColumns(NamedTuple):
    """The piecewise linear columns of several numbers.

    Attributes
    ----------
    n_columns : ndarray of shape (n_numbers,), dtype int64
        Number of columns of each number, at least 1.
    low, rise : ndarray of shape (n_columns.sum(),)
        The a and r of each column.
    """

    n_columns: np.ndarray
    low: np.ndarray
    rise: np.ndarray


def indices_within(n_columns):
    """Return the index j of each column among those of its number."""
    first = np.cumsum(n_columns) - n_columns
    return np.arange(n_columns.sum()) - np.repeat(first, n_columns)


def _expand(values, n_columns, low, rise):
    """Return the piecewise linear columns, given the positions in the last columns of `values`."""
    positions = values[:, values.shape[1] - len(n_columns) :]
    Z = np.repeat(positions, n_columns, axis=1)
    Z -= indices_within(n_columns)  # p - j
    np.maximum(Z, 0, out=Z)  # much faster with np.minimum than np.clip
    np.minimum(Z, 1, out=Z)
    Z *= rise
    Z += low
    return Z


@compiled.twin
def interpolate(
    values: np.ndarray,
    n_columns: np.ndarray,
    low: np.ndarray,
    rise: np.ndarray,
    W: np.ndarray,
    out: np.ndarray,
) -> np.ndarray:
    """Add the product of piecewise linear columns and weights to `out`.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_dense + n_numbers)
        The positions of the numbers are in the last columns.
    n_columns, low, rise : ndarray
        The `PiecewiseColumns`, with low and rise in the dtype of `values`.
    W : ndarray of shape (n_columns.sum(), n_out)
        Weights.
    out : ndarray of shape (n_samples, n_out)
        Where to add the product.

    Returns
    -------
    out : ndarray of shape (n_samples, n_out)
        The argument.
    """
    out += _expand(values, n_columns, low, rise) @ W
    return out


@compiled.twin
def interpolate_back(
    values: np.ndarray,
    n_columns: np.ndarray,
    low: np.ndarray,
    rise: np.ndarray,
    dZ: np.ndarray,
    dW: np.ndarray,
) -> np.ndarray:
    """Compute the gradient of the weights of piecewise linear columns.

    Parameters
    ----------
    values, n_columns, low, rise : ndarray
        As in `interpolate`.
    dZ : ndarray of shape (n_samples, n_out)
        Gradient with respect to the product.
    dW : ndarray of shape (n_columns.sum(), n_out)
        Where to write the gradient with respect to the weights.

    Returns
    -------
    dW : ndarray of shape (n_columns.sum(), n_out)
        The argument.
    """
    return np.dot(_expand(values, n_columns, low, rise).T, dZ, out=dW)


class PiecewiseTable:
    """A table of dense columns, then of the piecewise linear columns of some numbers.

    It has what the network needs of an array: shape and dtype, selection of rows by a slice or by
    integer indices, and products with matrices.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_dense + n_numbers)
        The dense columns, and the position of each number that has piecewise linear columns.
    columns : PiecewiseColumns
        The piecewise linear columns.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network.piecewise import PiecewiseTable, PiecewiseColumns
    >>> n_columns = np.array([2], dtype=np.int64)
    >>> columns = PiecewiseColumns(n_columns, np.array([-1.0, -1.0]), np.array([2.0, 2.0]))
    >>> table = PiecewiseTable(np.array([[5.0, 0.5], [6.0, 1.25]]), columns)
    >>> table.toarray()
    array([[ 5. ,  0. , -1. ],
           [ 6. ,  1. , -0.5]])
    >>> table @ np.ones((3, 1))
    array([[4. ],
           [6.5]])
    """

    __slots__ = ("columns", "values")

    def __init__(self, values: np.ndarray, columns: PiecewiseColumns):
        self.values = values
        self.columns = columns

    @property
    def n_dense(self) -> int:
        """Number of dense columns."""
        return self.values.shape[1] - len(self.columns.n_columns)

    @property
    def dense(self) -> np.ndarray:
        """The dense columns, as a view."""
        return self.values[:, : self.n_dense]

    @property
    def positions(self) -> np.ndarray:
        """The positions of the numbers, as a view."""
        return self.values[:, self.n_dense :]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows, and of columns."""
        return len(self.values), self.n_dense + len(self.columns.low)

    @property
    def dtype(self) -> np.dtype:
        """Dtype of all entries."""
        return self.values.dtype

    @property
    def T(self) -> "TransposedPiecewiseTable":
        """The transposed table."""
        return TransposedPiecewiseTable(self)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows: slice | Rows) -> "PiecewiseTable":
        """Return some of the rows: a view for a slice, a copy for an array of indices."""
        taken = self.values[rows] if isinstance(rows, slice) else self.values.take(rows, axis=0)
        return PiecewiseTable(taken, self.columns)

    def astype(self, dtype: DTypeLike, copy: bool = True) -> "PiecewiseTable":
        """Convert all entries to a dtype."""
        if not copy and self.dtype == dtype:
            return self
        n_columns, low, rise = self.columns
        columns = PiecewiseColumns(n_columns, low.astype(dtype), rise.astype(dtype))
        return PiecewiseTable(self.values.astype(dtype), columns)

    def for_products(self) -> "PiecewiseTable | np.ndarray":
        """Return the form whose products are faster: an array unless they are compiled."""
        return self if compiled.COMPILED and len(self.columns.low) else self.toarray()

    def toarray(self) -> np.ndarray:
        """Return the table with all of its columns as an array."""
        if not len(self.columns.low):
            return self.values
        Z = np.empty(self.shape, self.dtype)
        for rows in blocks(range(len(Z))):
            block, out = take(self, rows), take(Z, rows)
            out[:, : self.n_dense] = block.dense
            out[:, self.n_dense :] = _expand(block.values, *self.columns)
        return Z

    def dot(self, W: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Write the product with a matrix of shape (n_columns, n_out) into an array in C order."""
        n = self.n_dense
        self.dense.dot(W[:n], out)
        if len(self.columns.low):
            interpolate(self.values, *self.columns, W[n:], out)
        return out

    def __matmul__(self, W: np.ndarray) -> np.ndarray:
        return self.dot(np.ascontiguousarray(W), np.empty((len(self), W.shape[1]), self.dtype))


class TransposedPiecewiseTable:
    """The transposed table, whose product with dZ is the gradient of a layer's weights."""

    __slots__ = ("table",)

    def __init__(self, table: PiecewiseTable):
        self.table = table

    def dot(self, dZ: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Write the product with a matrix of shape (n_samples, n_out) into an array in C order."""
        n = self.table.n_dense
        self.table.dense.T.dot(dZ, out[:n])
        if len(self.table.columns.low):
            interpolate_back(
                self.table.values, *self.table.columns, np.ascontiguousarray(dZ), out[n:]
            )
        return out
