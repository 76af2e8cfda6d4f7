"""Detection of integer codes: numbers that only identify something, such as postcodes."""

import numpy as np

__all__ = ["are_codes", "could_be_codes"]

# With fewer distinct values, or fewer rows per value for each class but one, encoding codes as
# categories is no improvement.
FEW, ROWS_A_VALUE = 30, 4

# Minimum ratio of squared jumps to those expected by chance, minimum difference in standard errors,
# and the limit at which jumps are clipped.
MIN_RATIO, ERRORS, LARGEST = 1.6, 3, 9.0


def could_be_codes(values):
    """Check whether numbers, NaN if missing, are integers of which many repeat."""
    known = values[~np.isnan(values)]
    if (known != np.round(known)).any():
        return False
    n_distinct = len(np.unique(known))
    return n_distinct > FEW and len(known) >= ROWS_A_VALUE * n_distinct


def are_codes(values, labels):
    """Check whether class frequencies jump between neighbouring integers, as they do for codes.

    The squared jumps of the class frequencies between neighbouring values are compared with those
    expected by chance, as in the test by von Neumann [1]_.

    Parameters
    ----------
    values : ndarray of shape (n_samples,), dtype float64
        Integers that could be codes, NaN if missing.
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
    return bool(mean > max(MIN_RATIO, 1 + ERRORS * np.sqrt(3 / len(distinct))))


def _mean_jump(counts):
    """Return the mean squared jump between the rows of a table of counts, relative to chance.

    The difference between frequencies p of n and m rows has the variance
    p (1 - p) (1 / n + 1 / m). Jumps are clipped, so that a few large ones, as at a threshold, have
    little effect.
    """
    n = counts.sum(axis=1)
    jumps = np.square(np.diff(counts / n[:, None], axis=0)).sum(axis=1)
    p = (counts[1:] + counts[:-1]) / (n[1:] + n[:-1])[:, None]
    variance = (p * (1 - p)).sum(axis=1) * (1 / n[1:] + 1 / n[:-1])
    relative = np.divide(jumps, variance, out=np.zeros_like(jumps), where=variance > 0)
    return np.minimum(relative, LARGEST).mean()
