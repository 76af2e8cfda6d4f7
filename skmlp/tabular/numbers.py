"""Numeric columns: robust scaling, and piecewise linear encoding between quantiles.

Everything is computed from the distinct values of a column and their total weights, so that a row
of weight 2 is equivalent to two rows, bit for bit.
"""

from typing import NamedTuple

import numpy as np

from skmlp.network.piecewise import PiecewiseColumns

__all__ = [
    "Distribution",
    "Numbers",
    "clip_extremes",
    "distribution",
    "fit_numbers",
    "robust_scale",
    "soft_clip",
]

# Differences and quotients of numbers of larger or smaller magnitude overflow.
LARGEST, SMALLEST = 1e150, 1e-150
MAX_PIECEWISE, MIN_BINS = 1024, 4
# Maximum total number of entries: 2 GiB in float32.
MAX_NUMBERS = 2**29
# Columns with at most this many values, and this many rows per value, have an edge at each value.
MAX_VALUES, ROWS_A_VALUE = 128, 250


class Distribution(NamedTuple):
    """Distinct values of a column, sorted, and the total weight of each."""

    values: np.ndarray
    weights: np.ndarray

    @property
    def varies(self):
        """Whether there is more than one value."""
        return self.values[-1] - self.values[0] > SMALLEST


class Numbers(NamedTuple):
    """The encoding of all numeric columns of a table.

    Attributes
    ----------
    median, scale : ndarray of shape (n_numbers,)
        A number x is scaled to ``(x - median) * scale``.
    varying, with_missing : ndarray of int
        Indices of the numbers that are scaled, and of those with a missing indicator.
    with_piecewise : ndarray of int
        Indices of the numbers that have piecewise linear columns.
    start, width : ndarray of shape (n_piecewise,)
        Where each of these columns starts to rise, and over which width.
    piecewise : PiecewiseColumns
        The piecewise linear columns, as functions of a position.
    """

    median: np.ndarray
    scale: np.ndarray
    varying: np.ndarray
    with_missing: np.ndarray
    with_piecewise: np.ndarray
    start: np.ndarray
    width: np.ndarray
    piecewise: PiecewiseColumns

    @property
    def n_scaled(self):
        """Number of scaled columns and missing indicators."""
        return len(self.varying) + len(self.with_missing)

    def encode(self, X, scaled, positions):
        """Write the encoded columns into two arrays.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_numbers), dtype float64
            The numbers, NaN if missing. It is overwritten.
        scaled : ndarray of shape (n_samples, n_scaled), dtype float32
            The scaled numbers, then the missing indicators.
        positions : ndarray of shape (n_samples, len(with_piecewise)), dtype float32
            The position of each number that has piecewise linear columns: the number of bins below
            it, plus the fraction of its bin that is below it.
        """
        missing = np.isnan(X)
        np.copyto(X, self.median, where=missing)
        n_varying = len(self.varying)
        Z = (X - self.median) * self.scale
        scaled[:, :n_varying] = soft_clip(Z[:, self.varying])
        scaled[:, n_varying:] = missing[:, self.with_missing]
        self._write_positions(X, positions)

    def _write_positions(self, X, out):
        first = 0
        columns = zip(self.with_piecewise, self.piecewise.n_columns, strict=True)
        for k, (index, n_columns) in enumerate(columns):
            x, stop = X[:, index], first + n_columns
            start, width = self.start[first:stop], self.width[first:stop]
            i = np.maximum(np.searchsorted(start, x, side="right") - 1, 0)
            out[:, k] = i + np.clip((x - start[i]) / width[i], 0, 1)
            first = stop


def clip_extremes(X, names):
    """Clip extremely large numbers; raise a ValueError for infinite ones.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_numbers), dtype float64
        The numbers. They may be overwritten.
    names : list of str
        The names of their columns, for the error.

    Returns
    -------
    X : ndarray of shape (n_samples, n_numbers), dtype float64
        The numbers, from -1e150 to 1e150.

    Raises
    ------
    ValueError
        If a number is infinite.
    """
    infinite = np.isinf(X).any(axis=0)
    if infinite.any():
        raise ValueError(
            f"Column {names[infinite.argmax()]!r} of X holds infinity: replace it by a large "
            "number, or by NaN if the value is not known."
        )
    return np.clip(X, -LARGEST, LARGEST, out=X)


def soft_clip(Z):
    """Compute Z / sqrt(1 + (Z/3)²), which is between -3 and 3."""
    Z = np.clip(Z, -1e6, 1e6)
    return Z / np.sqrt(1 + (Z / 3) ** 2)


def distribution(x, weight=None):
    """Return the distribution of a vector of numbers without missing values."""
    if weight is None:
        x = np.sort(x)
    else:
        order = np.argsort(x)
        x, weight = x[order], weight[order]
    first = np.flatnonzero(np.concatenate([[True], x[1:] != x[:-1]]))
    if weight is None:
        return Distribution(x[first], np.diff(first, append=len(x)).astype(np.float64))
    return Distribution(x[first], np.add.reduceat(weight, first))


def quantiles(column, n):
    """Compute the quantiles at 0, 1/n, 2/n, ..., 1, with the averaged inverted CDF.

    With this definition, a weight of 2 is equivalent to two rows.
    """
    below = np.cumsum(column.weights)
    at = np.arange(n + 1) * below[-1] / n
    last = len(below) - 1
    left = np.searchsorted(below, at, side="left").clip(max=last)
    right = np.searchsorted(below, at, side="right").clip(max=last)
    return (column.values[left] + column.values[right]) / 2


def robust_scale(column):
    """Return the median, and 1 / interquartile range, or if that is 0, 2 / range."""
    _, lower, median, upper, _ = quantiles(column, 4)
    width = upper - lower
    if width <= SMALLEST:
        width = (column.values[-1] - column.values[0]) / 2
    return median, 1 / width if width > SMALLEST else 0.0


def fit_numbers(columns, have_missing, n_bins, total_weight, n_rows):
    """Fit the encoding of numeric columns.

    Parameters
    ----------
    columns : list of Distribution
        The values of each column, without missing ones.
    have_missing : list of bool
        Which numbers get a missing indicator.
    n_bins : int or "auto"
        Number of bins of each column.
    total_weight : float
        Total weight of the rows, which determines the number of bins with "auto".
    n_rows : int
        Number of rows, which limits the number of columns because of memory.

    Returns
    -------
    numbers : Numbers
        The encoding.
    """
    scales = np.array([robust_scale(column) for column in columns]).reshape(-1, 2)
    n_values = n_bins
    if n_bins == "auto":
        n_columns = sum(len(column.values) > 2 for column in columns)
        max_piecewise = min(MAX_PIECEWISE, MAX_NUMBERS // n_rows)
        n_bins, n_values = _count_bins(total_weight, max_piecewise // max(n_columns, 1))
    parts = [_piecewise(column, n_bins, n_values) for column in columns]
    counts = np.array([part.shape[1] for part in parts], dtype=np.int64)
    start, width, low, rise = np.concatenate([np.empty((4, 0)), *parts], axis=1)
    median, scale = scales.T
    return Numbers(
        median,
        scale,
        varying=np.flatnonzero([column.varies for column in columns]),
        with_missing=np.flatnonzero(have_missing),
        with_piecewise=np.flatnonzero(counts),
        start=start,
        width=width,
        piecewise=PiecewiseColumns(
            counts[counts > 0], low.astype(np.float32), rise.astype(np.float32)
        ),
    )


def _count_bins(total_weight, most):
    """Return the number of bins of a column, and the number of values that can all be edges."""
    if most < MIN_BINS:
        return 0, 0
    n_bins = int(np.clip(round(2 * total_weight ** (1 / 3)), 32, 64))
    n_bins = min(n_bins, max(8, int(total_weight / 10)), most)
    return n_bins, max(n_bins, min(int(total_weight / ROWS_A_VALUE), MAX_VALUES, most))


def _edges(column, n_bins, n_values):
    """Return the edges of the bins: all values, if there are at most n_values.

    Otherwise each value that would fill a bin alone is an edge, and the remaining bins are between
    quantiles of the other values, so that a column of mostly zeros has bins for its other values.
    """
    values, weights = column
    if len(values) <= n_values:
        edges = values
    else:
        fills_a_bin = weights * n_bins >= weights.sum()
        others = Distribution(values[~fills_a_bin], weights[~fills_a_bin])
        between = quantiles(others, max(1, n_bins - np.count_nonzero(fills_a_bin)))
        edges = np.union1d(values[fills_a_bin], between)
    return edges[np.diff(edges, prepend=-np.inf) > SMALLEST]


def _piecewise(column, n_bins, n_values):
    """Return start, width, low and rise of columns that rise over each bin.

    A column is the fraction of its bin that is below x, standardised and clipped to ±5.
    """
    values, weights = column
    edges = _edges(column, n_bins, n_values) if n_bins and len(values) > 2 else values[:1]
    if len(edges) <= 2:
        return np.empty((4, 0))
    width = np.diff(edges)
    counts = np.diff(np.searchsorted(values, edges[1:-1]), prepend=0, append=len(values))
    bins = np.repeat(np.arange(len(width)), counts)
    fraction = (values - edges[bins]) / width[bins]
    total = weights.sum()
    # For a row within one bin, the fraction is 1 in lower bins, and 0 in higher ones.
    above = total - np.cumsum(np.bincount(bins, weights, len(width)))
    mean = (np.bincount(bins, weights * fraction, len(width)) + above) / total
    square = (np.bincount(bins, weights * fraction**2, len(width)) + above) / total
    std = np.sqrt(np.maximum(square - mean**2, 0)) + 1e-3
    # The fractions between which it is not clipped.
    first, last = np.maximum(0, mean - 5 * std), np.minimum(1, mean + 5 * std)
    return np.array(
        [
            edges[:-1] + first * width,
            (last - first) * width,
            (first - mean) / std,
            (last - first) / std,
        ]
    )
