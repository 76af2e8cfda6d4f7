"""Training and validation rows of each fold."""

import numpy as np

__all__ = ["TENTHS", "folds"]

# Each fold holds out a tenth of the rows, however many folds there are.
TENTHS = 10


def folds(y, n_folds, rng):
    """Choose a tenth of the rows for each fold to hold out, stratified by class.

    Parameters
    ----------
    y : ndarray of shape (n_samples,), dtype int
        Column of each row's true class.
    n_folds : int
        From 1 to 10.
    rng : RandomState
        Source of the choice.

    Returns
    -------
    folds : list of tuple (train, validation) of ndarray of int
        Rows to train on and rows held out for validation, both in order. No row is held out
        twice, and a row that is alone in its class never.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.tabular.folds import folds
    >>> y = np.repeat([0, 1, 2], [10, 9, 1])
    >>> [y[validation].tolist() for _, validation in folds(y, 2, np.random.RandomState(0))]
    [[0, 1], [0, 1]]
    """
    order = np.lexsort((rng.uniform(size=len(y)), y))  # the rows of each class side by side
    tenth = np.empty(len(y), int)
    tenth[order] = np.arange(len(y)) % TENTHS
    tenth[np.bincount(y)[y] == 1] = TENTHS
    return [
        (np.flatnonzero(tenth != fold), np.flatnonzero(tenth == fold)) for fold in range(n_folds)
    ]
