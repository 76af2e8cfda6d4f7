"""Columns of integers that are codes: numbers that only name something, such as postcodes."""

import numpy as np

__all__ = ["are_codes", "could_be_codes"]

# Up to so many values, and with fewer rows for each value and each class but one, there is nothing
# to gain.
FEW, ROWS_A_VALUE = 30, 4

# How many times as large as by chance squared jumps must be, and by how many standard errors more;
# each is counted up to the largest.
LEAST_RATIO, ERRORS, LARGEST = 1.6, 3, 9.0


def could_be_codes(values):
    """Check whether numbers, NaN where they are missing, are integers of which many repeat."""
    known = values[~np.isnan(values)]
    if (known != np.round(known)).any():
        return False
    n_distinct = len(np.unique(known))
    return n_distinct > FEW and len(known) >= ROWS_A_VALUE * n_distinct


def are_codes(values, labels):
    """Check whether classes differ between neighbouring integers as for no function of a number.

    The squared jumps of the shares of the classes between neighbouring values are compared with
    those by chance, as in the test by von Neumann [1]_.

    Parameters
    ----------
    values : ndarray of shape (n_samples,), dtype float64
        Integers that could be codes, NaN where they are missing.
    labels : ndarray of shape (n_samples,), dtype int
        The index of each row's class.

    Returns
    -------
    are_codes : bool
        Whether they are codes.

    References
    ----------
    .. [1] J. von Neumann. "Distribution of the ratio of the mean square successive difference to
       the variance". The Annals of Mathematical Statistics 12, 1941.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.tabular.number_codes import are_codes
    >>> x = np.arange(4000.0) % 40
    >>> are_codes(x, x.astype(int) % 2), are_codes(x, (x > 20).astype(int))
    (True, False)
    """
    known = ~np.isnan(values)
    distinct, code = np.unique(values[known], return_inverse=True)
    labels = labels[known]
    n_classes = 1 + labels.max()
    if len(labels) < ROWS_A_VALUE * len(distinct) * (n_classes - 1):
        return False
    counts = np.bincount(code * n_classes + labels, minlength=len(distinct) * n_classes)
    mean = _mean_jump(counts.reshape(len(distinct), n_classes).astype(float))
    return bool(mean > max(LEAST_RATIO, 1 + ERRORS * np.sqrt(3 / len(distinct))))


def _mean_jump(counts):
    """Return the mean squared jump between the rows of a table of counts, relative to chance.

    The difference between shares p of n and m rows has the variance p (1 - p) (1 / n + 1 / m). Few
    large jumps, as of a threshold, do not decide.
    """
    n = counts.sum(axis=1)
    jumps = np.square(np.diff(counts / n[:, None], axis=0)).sum(axis=1)
    p = (counts[1:] + counts[:-1]) / (n[1:] + n[:-1])[:, None]
    variance = (p * (1 - p)).sum(axis=1) * (1 / n[1:] + 1 / n[:-1])
    relative = np.divide(jumps, variance, out=np.zeros_like(jumps), where=variance > 0)
    return np.minimum(relative, LARGEST).mean()
