"""Memory that is reused for the next batch, so that it stays in the caches of all cores."""

from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from skmlp.network.batches import Matrix, Rows, take

__all__ = ["BatchMemory", "LayerMemory", "column_sums"]


def column_sums(A: np.ndarray, out: np.ndarray) -> None:
    """Compute the sum of each column as a product with ones, which is faster than a sum.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network.memory import column_sums
    >>> out = np.empty(2)
    >>> column_sums(np.array([[1.0, 2.0], [3.0, 4.0]]), out)
    >>> out
    array([4., 6.])
    """
    np.dot(_ones(len(A), A.dtype), A, out=out)


@lru_cache(maxsize=16)
def _ones(n_rows, dtype):
    return np.ones(n_rows, dtype)


class BatchMemory:
    """Copy rows of a table into memory that is reused for the next batch.

    Parameters
    ----------
    dtype : dtype
        The dtype to convert the rows to.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network.memory import BatchMemory
    >>> memory = BatchMemory(np.float64)
    >>> memory.take(np.array([[1, 2], [3, 4]]), np.array([1]))
    array([[3., 4.]])
    """

    def __init__(self, dtype: DTypeLike):
        self.dtype = dtype
        self._memory = np.empty((0, 0), dtype)

    def take(self, table: Matrix, rows: Rows) -> Matrix:
        """Return rows as ``take(table, rows, dtype)``, valid until the next call."""
        if isinstance(rows, range) or not isinstance(table, np.ndarray):
            return take(table, rows, self.dtype)
        if len(self._memory) < len(rows):
            self._memory = np.empty((len(rows), table.shape[1]), self.dtype)
        batch = self._memory[: len(rows)]
        if table.dtype == self.dtype:
            return table.take(rows, axis=0, out=batch, mode="clip")  # "raise" would make a copy
        batch[:] = table.take(rows, axis=0)
        return batch


class LayerMemory:
    """Memory for the Z, H and dH of each layer.

    Parameters
    ----------
    layer_sizes : sequence of int
        Number of units of the input, of each hidden layer, and of the output.
    dtype : dtype
        The dtype of all arrays.

    Attributes
    ----------
    Z : list of ndarray of shape (n_rows, layer_sizes[i + 1])
        Linear outputs.
    H, dH : list of ndarray of shape (n_rows, layer_sizes[i])
        Hidden layers and their gradients; None for i = 0, which is the input.
    """

    def __init__(self, layer_sizes: Sequence[int], dtype: DTypeLike):
        self.layer_sizes = layer_sizes
        self.dtype = dtype
        self.n_rows = self._n_rows_of_gradients = 0
        self._vectors: dict[Hashable, np.ndarray] = {}

    def for_rows(self, n_rows: int) -> Self:
        """Set the number of rows of Z and H, and enlarge their memory if it is too small."""
        if n_rows != self.n_rows:
            self._shape(n_rows)
            self.n_rows = n_rows
        return self

    def for_gradients(self) -> Self:
        """Set the same number of rows for dH."""
        if self.n_rows != self._n_rows_of_gradients:
            self._shape_gradients(self.n_rows)
            self._n_rows_of_gradients = self.n_rows
        return self

    def _shape(self, n_rows):
        _, *hidden, n_outputs = self.layer_sizes
        self.Z = [self._matrix(("Z", i), n_rows, width) for i, width in enumerate(hidden)]
        self.H: list[Any] = [None]
        self.H += [self._matrix(("H", i), n_rows, width) for i, width in enumerate(hidden)]
        # Logits are in Fortran order: there are few classes and many rows, and NumPy
        # reduces over long columns several times faster than over short rows.
        self.Z.append(self._matrix("O", n_outputs, n_rows).T)

    def _shape_gradients(self, n_rows):
        hidden = enumerate(self.layer_sizes[1:-1])
        self.dH = [None, *(self._matrix(("dH", i), n_rows, width) for i, width in hidden)]

    def _matrix(self, name, n_rows, n_columns):
        size = n_rows * n_columns
        vector = self._vectors.get(name)
        if vector is None or vector.size < size:
            vector = self._vectors[name] = np.empty(size, self.dtype)
        return vector[:size].reshape(n_rows, n_columns)
