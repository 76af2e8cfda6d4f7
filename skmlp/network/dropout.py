"""Dropout: in each step, random units are set to 0."""

import numpy as np

from skmlp.compiled import twin
from skmlp.network.batches import Matrix

__all__ = ["Dropout", "KeepAll", "PlacedDropout", "draw_mask"]

# A word of 64 random bits is enough for this many units.
LANES = 4

# Words drawn at a time, which stay in the cache.
WORDS = 2**13

GOLDEN_GAMMA = 0x9E3779B97F4A7C15


@twin
def draw_mask(
    key: int, places: np.ndarray, threshold: int, scale: float, mask: np.ndarray, /
) -> np.ndarray:
    """Write the factor of each unit, 0 or `scale`, which depends on the key, row and column only.

    Each word of 64 random bits is used for four units. A row of ``n`` words has the words from
    ``place * n`` of the sequence that starts at the key. The first unit of a word has its lowest
    16 bits.

    Parameters
    ----------
    key : int
        Start of the sequence of random numbers, from 0 to 2**64 - 1.
    places : ndarray of shape (n_rows,), dtype int64
        Position of each row in its batch.
    threshold : int
        Smallest number of 16 random bits for which a unit is kept, from 0 to 2**16 - 1.
    scale : float
        Factor of the units that are kept.
    mask : ndarray of shape (n_rows, n_units), dtype float32 or float64
        Where to write 0 and `scale`, in C order.

    Returns
    -------
    mask : ndarray of shape (n_rows, n_units)
        The same array.

    References
    ----------
    Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, on
    SplitMix64, which gives random access to its sequence.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network.dropout import draw_mask
    >>> draw_mask(4, np.array([0, 1]), 2**15, 2.0, np.empty((2, 4)))
    array([[0., 0., 0., 2.],
           [2., 2., 2., 0.]])
    >>> draw_mask(4, np.array([1]), 2**15, 2.0, np.empty((1, 4)))  # the second row alone
    array([[2., 2., 2., 0.]])
    """
    n_rows, width = mask.shape
    n_words = -(-width // LANES)
    first = places.view(np.uint64) * (n_words * GOLDEN_GAMMA % 2**64) + key
    steps = np.arange(n_words, dtype=np.uint64) * GOLDEN_GAMMA
    at_once = WORDS // n_words + 1
    for i in range(0, n_rows, at_once):
        words = _mix(first[i : i + at_once, None] + steps)
        bits = words.astype("<u8", copy=False).view("<u2")[:, :width]
        mask[i : i + at_once] = bits >= threshold
    mask *= scale
    return mask


def _mix(words):
    """Turn similar numbers into random ones, in place, with the last step of SplitMix64."""
    words ^= words >> 30
    words *= 0xBF58476D1CE4E5B9
    words ^= words >> 27
    words *= 0x94D049BB133111EB
    words ^= words >> 31
    return words


class KeepAll:
    """No dropout: every unit is kept."""

    def new_batch(self) -> None:
        """Do nothing: there is nothing to draw."""

    def apply(self, H: Matrix) -> Matrix:
        """Return H unchanged."""
        return H

    def backward(self, dA: np.ndarray) -> np.ndarray:
        """Return the gradient unchanged."""
        return dA


class Dropout:
    """Set random entries to 0, and scale the others so that the expected value is unchanged.

    Whether an entry is dropped depends only on the batch, the row's position in it and the column,
    so that parts of a batch, dense or sparse, can be computed on different machines.

    Parameters
    ----------
    rate : float
        Probability that an entry is dropped, above 0 and below 1, in steps of 2**-16.
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
    >>> dropout.new_batch()
    >>> dropout.apply(np.ones((2, 4)))
    array([[2., 2., 2., 0.],
           [2., 0., 0., 2.]])
    """

    def __init__(self, rate: float, rng: np.random.Generator):
        self.rate = rate
        # An entry is kept if its random number, of 16 bits, is at least this.
        self.threshold = min(round(rate * 2**16), 2**16 - 1)
        self.scale = 2**16 / (2**16 - self.threshold)
        self.rng = rng

    def new_batch(self) -> None:
        """Draw a new key, for a batch whose first row comes next."""
        self.key = self.rng.bit_generator.random_raw()
        self._place = 0

    def apply(self, H: Matrix) -> Matrix:
        """Return H, the next rows of the current batch, with entries dropped."""
        places = self._next_places(H.shape[0])
        if isinstance(H, np.ndarray):
            self.mask = self._draw(places, H.shape, H.dtype)
            return H * self.mask
        return self._apply_to_stored(H, places) if H.nnz else H

    def backward(self, dA: np.ndarray) -> np.ndarray:
        """Turn the gradient of the last `apply`'s output into that of its input, in place."""
        dA *= self.mask
        return dA

    def _next_places(self, n_rows):
        """Return the positions of the next rows in the batch."""
        places = np.arange(self._place, self._place + n_rows, dtype=np.int64)
        self._place += n_rows
        return places

    def _apply_to_stored(self, H, places):
        # The word of an entry is generated as if it were a row of four units.
        n_words = -(-H.shape[1] // LANES)
        words = np.repeat(places, np.diff(H.indptr)) * n_words + H.indices // LANES
        masks = self._draw(words, (H.nnz, LANES), H.dtype)
        mask = masks.take(LANES * np.arange(H.nnz) + H.indices % LANES)
        return type(H)((H.data * mask, H.indices, H.indptr), shape=H.shape)

    def _draw(self, places, shape, dtype):
        return draw_mask(self.key, places, self.threshold, self.scale, np.empty(shape, dtype))


class PlacedDropout(Dropout):
    """Drop the same entries as another Dropout, for rows at any positions of its batch.

    Parameters
    ----------
    dropout : Dropout
        The other Dropout.

    Attributes
    ----------
    key : int
        The key of `dropout` in the batch.
    places : ndarray of shape (n_rows,), dtype int64
        Position in the batch of each row that comes next.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network.dropout import Dropout, PlacedDropout
    >>> dropout = Dropout(0.5, np.random.default_rng(0))
    >>> part = PlacedDropout(dropout)
    >>> dropout.new_batch()
    >>> part.new_batch()
    >>> part.key, part.places = dropout.key, np.array([2, 0])
    >>> H = np.ones((3, 4))
    >>> dropout.apply(H)
    array([[2., 2., 2., 0.],
           [2., 0., 0., 2.],
           [0., 2., 0., 2.]])
    >>> part.apply(np.ones((2, 4)))
    array([[0., 2., 0., 2.],
           [2., 2., 2., 0.]])
    """

    places: np.ndarray

    def __init__(self, dropout: Dropout):
        super().__init__(dropout.rate, dropout.rng)

    def new_batch(self) -> None:
        """Start with the first of the places."""
        self._place = 0

    def _next_places(self, n_rows):
        return self.places[super()._next_places(n_rows)]
