"""Dropout: at each step some units are left out at random."""

import numpy as np

from skmlp.compiled import twin
from skmlp.network.batches import Matrix

__all__ = ["Dropout", "KeepAll", "PlacedDropout", "draw_mask"]

# A word of 64 random bits serves this many units.
LANES = 4

# Words drawn at a time, which stay in the cache.
WORDS = 2**13

GOLDEN_GAMMA = 0x9E3779B97F4A7C15


@twin
def draw_mask(
    key: int, places: np.ndarray, threshold: int, scale: float, mask: np.ndarray, /
) -> np.ndarray:
    """Write what each unit is multiplied by: a function of the key, of its row and its column.

    A row of ``n`` words of 64 bits, four units each, has the words ``place * n`` and following
    of the sequence that begins at the key. The first unit of a word has its lowest 16 bits.

    Parameters
    ----------
    key : int
        Says which sequence of random numbers to take, from 0 to 2**64 - 1.
    places : ndarray of shape (n_rows,), dtype int64
        Place of each row in its batch.
    threshold : int
        Least number of 16 random bits at which a unit is kept, from 0 to 2**16 - 1.
    scale : float
        What a unit that is kept is multiplied by.
    mask : ndarray of shape (n_rows, n_units), dtype float32 or float64
        Where to write 0 and `scale`, in C order.

    Returns
    -------
    mask : ndarray of shape (n_rows, n_units)
        The same array.

    References
    ----------
    Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, on
    SplitMix64, whose sequence can be entered anywhere.

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
    """Turn numbers that differ little into random ones, in place: SplitMix64's last step."""
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
        """Return H as it is."""
        return H

    def backward(self, dA: np.ndarray) -> np.ndarray:
        """Return the gradient as it is."""
        return dA


class Dropout:
    """Sets entries to 0 at random, and scales the others so that the mean stays the same.

    What is left out of a row depends on the batch, the row's place in it and the column, so that
    parts of a batch can be computed anywhere, dense and sparse alike.

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
    >>> dropout.new_batch()
    >>> dropout.apply(np.ones((2, 4)))
    array([[2., 2., 2., 0.],
           [2., 0., 0., 2.]])
    """

    def __init__(self, rate: float, rng: np.random.Generator):
        self.rate = rate
        # An entry is kept where its random number, of 16 bits, is at least this.
        self.threshold = min(round(rate * 2**16), 2**16 - 1)
        self.scale = 2**16 / (2**16 - self.threshold)
        self.rng = rng

    def new_batch(self) -> None:
        """Draw anew what to leave out, of a batch whose first row comes next."""
        self.key = self.rng.bit_generator.random_raw()
        self._place = 0

    def apply(self, H: Matrix) -> Matrix:
        """Return H, the next rows of the batch that `new_batch` began, with entries left out."""
        places = self._next_places(H.shape[0])
        if isinstance(H, np.ndarray):
            self.mask = self._draw(places, H.shape, H.dtype)
            return H * self.mask
        return self._apply_to_stored(H, places) if H.nnz else H

    def backward(self, dA: np.ndarray) -> np.ndarray:
        """Turn the gradient at the output of the last `apply` into that at its input, in place."""
        dA *= self.mask
        return dA

    def _next_places(self, n_rows):
        """Return the positions of the next rows in the batch."""
        places = np.arange(self._place, self._place + n_rows, dtype=np.int64)
        self._place += n_rows
        return places

    def _apply_to_stored(self, H, places):
        # The word of an entry is drawn as if it were a row of four units.
        n_words = -(-H.shape[1] // LANES)
        words = np.repeat(places, np.diff(H.indptr)) * n_words + H.indices // LANES
        masks = self._draw(words, (H.nnz, LANES), H.dtype)
        mask = masks.take(LANES * np.arange(H.nnz) + H.indices % LANES)
        return type(H)((H.data * mask, H.indices, H.indptr), shape=H.shape)

    def _draw(self, places, shape, dtype):
        return draw_mask(self.key, places, self.threshold, self.scale, np.empty(shape, dtype))


class PlacedDropout(Dropout):
    """Leaves out what `dropout` does, of rows that have other places than the first of a batch.

    Parameters
    ----------
    dropout : Dropout
        What is followed, batch by batch.

    Attributes
    ----------
    key : int
        The key of `dropout` in the batch.
    places : ndarray of shape (n_rows,), dtype int64
        Place in the batch of each row that comes next.

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
        """Begin with the first of the places."""
        self._place = 0

    def _next_places(self, n_rows):
        return self.places[super()._next_places(n_rows)]
