"""Detection of duplicate rows, as after a join, an append, oversampling or bootstrapping."""

from typing import NamedTuple

import numpy as np

__all__ = ["Copies", "RowHash", "find_copies", "merge_copies"]

# An odd multiplier for Fibonacci hashing: 2**64 divided by the golden ratio.
ODD = np.uint64(0x9E3779B97F4A7C15)

# Equal rows may be coincidences, not copies, if there are at most MAX_WAYS combinations of the
# columns' values per distinct row, unless one of several columns has nearly as many values as there
# are distinct rows: at least this fraction of their number.
MAX_WAYS, DISTINCT_SHARE = 20, 0.9

# Nor are they copies if a row occurs more often than this on average, if the number of times varies
# more than this among the rows of a class (variance over mean), or if their labels differ more
# often than this, relative to the labels of any two rows.
MAX_COPIES, MAX_DISPERSION, MAX_DISAGREEMENT = 10, 2, 0.1


class RowHash:
    """A hash of each row, the same for rows that are equal in all columns.

    It is computed modulo 2**64, so that it does not depend on the process or the library. Among a
    million different rows, the probability of a collision is 3e-8.

    Parameters
    ----------
    n_rows : int
        Number of rows.

    Attributes
    ----------
    hashes : ndarray of shape (n_rows,), dtype uint64
        The hashes.
    n_ways : int
        Number of combinations of the columns' values; further columns are not counted once these
        are too many for coincidences.
    n_most : int
        Largest number of values of any column, among those that are counted.
    """

    def __init__(self, n_rows):
        self.hashes = np.zeros(n_rows, np.uint64)
        self.n_ways = self.n_most = 1

    def add(self, values):
        """Add a column: an array of numbers or dates, or a list of texts."""
        codes = _codes(values)
        if self.n_ways <= MAX_WAYS * len(codes):
            in_order = np.sort(codes)
            n_values = 1 + int(np.count_nonzero(in_order[1:] != in_order[:-1]))
            self.n_ways *= n_values
            self.n_most = max(self.n_most, n_values)
        self.hashes *= ODD
        self.hashes += codes

    def may_coincide(self, n_distinct):
        """Check whether equal rows may be coincidences, due to the few values of the columns."""
        if self.n_ways > MAX_WAYS * n_distinct:
            return False
        return self.n_ways == self.n_most or self.n_most < DISTINCT_SHARE * n_distinct


class Copies(NamedTuple):
    """Rows without their copies.

    Attributes
    ----------
    first : ndarray of shape (n_distinct,), dtype int
        Indices of the rows that are not copies of an earlier one.
    inverse : ndarray of shape (n_rows,), dtype int
        For each row, the position in `first` of the row that it is equal to.
    """

    first: np.ndarray
    inverse: np.ndarray


def find_copies(rows, y):
    """Find the rows that are copies of others, including their labels.

    Equal rows are not always copies: in a table with only the age and job of people, many rows are
    equal. They are treated as copies if all of these conditions hold: the columns do not have so
    few values that equal rows are to be expected; a row occurs at most ten times on average, and
    about as often as other rows of its class, as if all rows or random ones had been copied; and
    the labels of equal rows rarely differ.

    Parameters
    ----------
    rows : RowHash
        The rows.
    y : ndarray of shape (n_rows,)
        Their labels, or other targets.

    Returns
    -------
    copies : Copies or None
        None if there are none.
    """
    distinct, group = np.unique(rows.hashes, return_inverse=True)
    if not len(y) / MAX_COPIES <= len(distinct) < len(y) or rows.may_coincide(len(distinct)):
        return None
    _, label = np.unique(y, return_inverse=True)
    _, first, inverse = np.unique(group * len(y) + label, return_index=True, return_inverse=True)
    by_chance = _disagreement(np.zeros_like(label), label)
    if (
        _dispersion(inverse, label[first]) > MAX_DISPERSION
        or _disagreement(group, inverse) > MAX_DISAGREEMENT * by_chance
    ):
        return None
    in_order = np.argsort(first)
    return Copies(first[in_order], np.argsort(in_order)[inverse])


def merge_copies(rows, table, y, weight):
    """Return a table, labels and weights without copies, with the total weight of the copies.

    If there are no copies, the weights are unchanged: None if each row has the weight 1.
    """
    copies = find_copies(rows, y)
    if copies is None:
        return table, y, weight
    return table[copies.first], y[copies.first], np.bincount(copies.inverse, weight).astype(float)


def _dispersion(inverse, label):
    """Return the variance over the mean of the number of copies, within classes."""
    n_copies = np.bincount(inverse)
    mean = np.bincount(label, n_copies) / np.bincount(label)
    return np.square(n_copies - mean[label]).sum() / len(inverse)


def _disagreement(group, label_in_group):
    """Return the mean fraction of the other rows in a row's group that have another label."""
    size = np.bincount(group)[group]
    alike = np.bincount(label_in_group)[label_in_group]
    several = size > 1
    return ((size - alike)[several] / (size - 1)[several]).mean()


def _codes(values):
    """Return integers for the values of a column, equal for equal values."""
    if isinstance(values, list):
        places = {value: place for place, value in enumerate(dict.fromkeys(values))}
        return np.fromiter(map(places.__getitem__, values), np.uint64, len(values))
    if values.dtype.kind == "f":
        # Adding 0.0 converts -0.0 to 0.0, and there is more than one NaN.
        values = np.where(np.isnan(values), np.nan, values + 0.0)
        # Reversed bytes: small numbers differ in the high bits, which a product modulo 2**64 loses.
        return values.view(np.uint64).byteswap()
    return values.view(np.uint64)
