"""Detection of validation data that were not scaled as the training data.

A Pipeline passes `X_val` to its last step without transforming it, unless it is in
`transform_input`.
"""

import numpy as np

from skmlp.estimator.messages import warn

__all__ = ["unlike_columns", "warn_if_unscaled"]

# Tuned on 31 real tables, with validation rows that were not scaled, and with scaled ones: drawn at
# random, the last in time, those with the largest values of a column, outliers, or all rows of one
# cluster.
FAR = 1.9
WIDE = 1.5
SHARE = 0.25
MIN_ROWS = 40
MAX_ROWS = 1000
MAX_COLUMNS = 250
ROUNDING = 1e-4
TOLERANCE = 0.05


def warn_if_unscaled(X: np.ndarray, X_val: np.ndarray, names: np.ndarray | None) -> None:
    """Warn if the columns of validation data do not seem to be scaled as those of X.

    Parameters
    ----------
    X, X_val : ndarray of shape (n_samples, n_features)
        The training and the validation data.
    names : ndarray of shape (n_features,) or None
        Names of the columns.

    Warns
    -----
    UserWarning
        If there are several such columns.
    """
    unlike = unlike_columns(X, X_val)
    if not len(unlike):
        return
    j = unlike[0]
    name = j if names is None else repr(str(names[j]))
    own, validation = (f"{x.min():.3g} to {x.max():.3g}" for x in (X[:, j], X_val[:, j]))
    warn(
        f"Some columns of X_val are far outside the range of X, such as column {name}, from {own} "
        f"in X and from {validation} in X_val: transform X_val as X was. A Pipeline does so with "
        "transform_input=['X_val'] and metadata routing."
    )


def unlike_columns(X: np.ndarray, X_val: np.ndarray) -> np.ndarray:
    """Return the columns of validation data that do not seem to be scaled as those of X.

    A column differs from that of X if half of its values are more than 1.9 times as far from the
    median of X as the farthest value of X, or if the middle 80 % of its values span more than 1.5
    times the range of X. A binary column of several rows differs if no value is one of X's two, and
    some value is more than 5 % of the range away from both. Since single columns may differ for
    other reasons, such as dates, at least two must differ, and at least a quarter of all binary
    columns or of all others.

    Parameters
    ----------
    X, X_val : ndarray of shape (n_samples, n_features)
        The training and the validation data. At most 1,000 rows of each and 250 columns are used,
        evenly spaced.

    Returns
    -------
    columns : ndarray of int
        The columns, the farthest first; empty if there are too few, or X has fewer than 40 rows.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.estimator.unscaled import unlike_columns
    >>> X = np.random.default_rng(0).normal(size=(100, 3))
    >>> unlike_columns(X, X[:10]), unlike_columns(X, 5 + [1, 10, 20] * X[:10])
    (array([], dtype=int64), array([2, 1]))
    """
    if len(X) < MIN_ROWS:
        return np.array([], dtype=np.intp)
    step = -(-X.shape[1] // MAX_COLUMNS)
    own, others = _some_rows(X[:, ::step]), _some_rows(X_val[:, ::step])
    low, high = own.min(axis=1), own.max(axis=1)
    with np.errstate(all="ignore"):  # for very large numbers, and constant columns
        median, span = np.median(own, axis=1), high - low
        distance = np.median(_distance(others, median), axis=1) / _distance(own, median).max(axis=1)
        width = np.subtract(*np.quantile(others, (0.9, 0.1), axis=1)) / span
        apart = np.minimum(_distance(others, low), _distance(others, high)) / span[:, None]
        is_other = (apart.min(axis=1) > ROUNDING) & (apart.max(axis=1) > TOLERANCE)
        is_other &= len(X_val) > 1
    has_two = ((own == low[:, None]) | (own == high[:, None])).all(axis=1) & (low < high)
    has_more = ~has_two & (low < high)
    unlike: list[int] = []
    for kind, differs in ((has_more, (distance > FAR) | (width > WIDE)), (has_two, is_other)):
        found = np.flatnonzero(kind & differs)
        if len(found) >= max(2, SHARE * kind.sum()):
            unlike.extend(found[np.argsort(-distance[found], kind="stable")])
    return step * np.array(unlike, dtype=np.intp)


def _some_rows(X):
    """Return at most 1,000 evenly spaced rows in float64, transposed for speed."""
    return np.ascontiguousarray(X[:: -(-len(X) // MAX_ROWS)].T, dtype=np.float64)


def _distance(columns, places):
    return abs(columns - places[:, None])
