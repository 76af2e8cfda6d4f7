"""Dropout: at each step some units are left out at random."""

import numpy as np

from skmlp.compiled import twin
from skmlp.network.batches import Table

__all__ = ["Dropout", "KeepAll", "draw_mask"]


@twin
def draw_mask(bits: np.ndarray, threshold: int, scale: float, mask: np.ndarray, /) -> np.ndarray:
    """Write what each unit is multiplied by, from 16 random bits each.

    Parameters
    ----------
    bits : ndarray of shape (n_units,), dtype uint16
        Random bits.
    threshold : int
        Least number at which a unit is kept, from 0 to 2**16 - 1.
    scale : float
        What a unit that is kept is multiplied by.
    mask : ndarray of shape (n_units,), dtype float32 or float64
        Where to write 0 and `scale`.

    Returns
    -------
    mask : ndarray of shape (n_units,)
        The same array.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network.dropout import draw_mask
    >>> draw_mask(np.array([7, 9], np.uint16), 8, 2.0, np.empty(2))
    array([0., 2.])
    """
    return np.multiply(bits >= threshold, scale, out=mask)


class KeepAll:
    """No dropout: every unit is kept."""

    def apply(self, H: Table) -> Table:
        """Return H as it is."""
        return H

    def backward(self, dA: np.ndarray) -> np.ndarray:
        """Return the gradient as it is."""
        return dA


class Dropout:
    """Sets entries to 0 at random, and scales the others so that the mean stays the same.

    Parameters
    ----------
    rate : float
        Probability of an entry to be left out, above 0 and below 1, in steps of 2**-16.
    rng : numpy.random.Generator
        Source of the random numbers.

    References
    ----------
    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: a simple way to
    prevent neural networks from overfitting", JMLR 15, 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network import Dropout
    >>> dropout = Dropout(0.5, np.random.default_rng(0))
    >>> dropout.apply(np.ones((2, 4)))
    array([[2., 2., 2., 2.],
           [2., 2., 2., 0.]])
    """

    def __init__(self, rate: float, rng: np.random.Generator):
        # An entry is kept where its random number, of 16 bits, is at least this.
        self.threshold = min(round(rate * 2**16), 2**16 - 1)
        self.scale = 2**16 / (2**16 - self.threshold)
        self.rng = rng

    def apply(self, H: Table) -> Table:
        """Return H with entries left out; of a sparse H, stored entries alone are drawn."""
        if isinstance(H, np.ndarray):
            self.mask = self._draw(H.size, H.dtype).reshape(H.shape)
            return H * self.mask
        if not H.nnz:
            return H
        kept = H.data * self._draw(H.data.size, H.data.dtype)
        return type(H)((kept, H.indices, H.indptr), shape=H.shape)

    def backward(self, dA: np.ndarray) -> np.ndarray:
        """Turn the gradient at the output of the last `apply` into that at its input, in place."""
        dA *= self.mask
        return dA

    def _draw(self, size, dtype):
        # Sixteen random bits an entry cost a third of a random float.
        bits = self.rng.bit_generator.random_raw(size // 4 + 1).view(np.uint16)[:size]
        return draw_mask(bits, self.threshold, self.scale, np.empty(size, dtype))
