"""Copies of rows: by a join or an append, by oversampling, or in a bootstrap sample."""

from typing import NamedTuple

import numpy as np

__all__ = ["Copies", "RowHash", "find_copies", "merge_copies"]

# An odd multiplier that spreads small numbers: 2**64 over the golden ratio.
ODD = np.uint64(0x9E3779B97F4A7C15)

# Equal rows are coincidence where the values of the columns can combine in no more ways, for each
# distinct row, unless one column of several has such a share of the distinct rows as values.
MOST_WAYS, TELLING = 20, 0.9

# Nor are they copies where there are more of them on average, where their number varies more among
# the rows of a class (variance over mean), or where their labels differ more often, relative to
# those of any two rows.
MOST_COPIES, MOST_DISPERSION, MOST_DISAGREEMENT = 10, 2, 0.1


class RowHash:
    """A number for each row, the same for rows that are equal in all columns.

    It is computed modulo 2**64, so that it does not depend on the process or the library. Of a
    million rows, two that differ have the same number with a probability of 3e-8.

    Parameters
    ----------
    n_rows : int
        Number of rows.

    Attributes
    ----------
    hashes : ndarray of shape (n_rows,), dtype uint64
        The numbers.
    n_ways : int
        In how many ways the values of the columns can combine; no more columns are counted in
        once these are too many for coincidence.
    n_most : int
        Number of values of the column that has most, among those counted in.
    """

    def __init__(self, n_rows):
        self.hashes = np.zeros(n_rows, np.uint64)
        self.n_ways = self.n_most = 1

    def add(self, values):
        """Add a column: an array of numbers or dates, or a list of texts."""
        codes = _codes(values)
        if self.n_ways <= MOST_WAYS * len(codes):
            in_order = np.sort(codes)
            n_values = 1 + int(np.count_nonzero(in_order[1:] != in_order[:-1]))
            self.n_ways *= n_values
            self.n_most = max(self.n_most, n_values)
        self.hashes *= ODD
        self.hashes += codes

    def may_coincide(self, n_distinct):
        """Check whether so few distinct rows may be due to the few values of the columns."""
        if self.n_ways > MOST_WAYS * n_distinct:
            return False
        return self.n_ways == self.n_most or self.n_most < TELLING * n_distinct


class Copies(NamedTuple):
    """Rows without their copies.

    Attributes
    ----------
    first : ndarray of shape (n_distinct,), dtype int
        Indices of the rows that are no copy of one before them.
    inverse : ndarray of shape (n_rows,), dtype int
        For each row, the index among these of the row that it is equal to.
    """

    first: np.ndarray
    inverse: np.ndarray


def find_copies(rows, y):
    """Find the rows that are copies of others, of their labels too.

    Equal rows are not always copies: of people of whom only age and job are known, many are equal.
    They are taken for copies where all of this holds: they cannot coincide because the columns have
    few values; a row occurs at most ten times on average; about as often as other rows of its
    class, as if copies had been made of all or of rows drawn at random; and the labels of equal
    rows hardly ever differ.

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
    if not len(y) / MOST_COPIES <= len(distinct) < len(y) or rows.may_coincide(len(distinct)):
        return None
    _, label = np.unique(y, return_inverse=True)
    _, first, inverse = np.unique(group * len(y) + label, return_index=True, return_inverse=True)
    by_chance = _disagreement(np.zeros_like(label), label)
    if (
        _dispersion(inverse, label[first]) > MOST_DISPERSION
        or _disagreement(group, inverse) > MOST_DISAGREEMENT * by_chance
    ):
        return None
    in_order = np.argsort(first)
    return Copies(first[in_order], np.argsort(in_order)[inverse])


def merge_copies(rows, Z, y, weight):
    """Return a table, labels and weights without copies, each row with the weight of its copies.

    The weights are as they were where there are no copies: None where each row counts once.
    """
    copies = find_copies(rows, y)
    if copies is None:
        return Z, y, weight
    return Z[copies.first], y[copies.first], np.bincount(copies.inverse, weight).astype(float)


def _dispersion(inverse, label):
    """Return the variance over the mean of the number of copies, within classes."""
    n_copies = np.bincount(inverse)
    mean = np.bincount(label, n_copies) / np.bincount(label)
    return np.square(n_copies - mean[label]).sum() / len(inverse)


def _disagreement(group, label_in_group):
    """Return how often another row of the same group has another label, on average over rows."""
    size = np.bincount(group)[group]
    alike = np.bincount(label_in_group)[label_in_group]
    several = size > 1
    return ((size - alike)[several] / (size - 1)[several]).mean()


def _codes(values):
    """Return the values of a column as integers that are equal where the values are."""
    if isinstance(values, list):
        places = {value: place for place, value in enumerate(dict.fromkeys(values))}
        return np.fromiter(map(places.__getitem__, values), np.uint64, len(values))
    if values.dtype.kind == "f":
        # Adding 0.0 makes 0.0 of -0.0, and there is more than one NaN.
        values = np.where(np.isnan(values), np.nan, values + 0.0)
        # The first digits last: small numbers have theirs in the high bits, which a product
        # modulo 2**64 loses.
        return values.view(np.uint64).byteswap()
    return values.view(np.uint64)
