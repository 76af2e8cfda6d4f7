"""Training and validation rows of each fold, and groups of rows that no fold splits."""

import numpy as np

from skmlp.estimator.labels import is_missing

__all__ = ["TENTHS", "check_groups", "deal", "folds"]

# Each fold holds out a tenth of the rows, for any number of folds.
TENTHS = 10


def folds(y, n_folds, rng, groups=None):
    """Choose a tenth of the rows to hold out in each fold, stratified by class.

    Parameters
    ----------
    y : ndarray of shape (n_samples,), dtype int
        Column of each row's true class.
    n_folds : int
        Number of folds, from 1 to 10.
    rng : RandomState
        Random numbers for the choice.
    groups : ndarray of shape (n_samples,), dtype int, default=None
        Groups that are held out as a whole, non-negative; with None, each row is a group.

    Returns
    -------
    folds : list of tuple (train, validation) of ndarray of int
        Training rows and held-out validation rows, both in order. No row is held out twice, and a
        group is never held out if only it has rows of some class. With fewer groups than folds,
        each group is a fold. If groups of unequal size give parts of unequal size, those closest
        to a tenth of the rows are held out.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.tabular.folds import folds
    >>> y = np.repeat([0, 1, 2], [10, 9, 1])
    >>> [y[validation].tolist() for _, validation in folds(y, 2, np.random.RandomState(0))]
    [[0, 1], [0, 1]]
    """
    groups = np.arange(len(y)) if groups is None else groups
    tenth = deal(y, TENTHS, rng, groups)
    sizes = np.bincount(tenth, minlength=TENTHS)
    # Rounded down, so that parts that differ by one row keep their order.
    off_by = np.where(sizes, np.abs(sizes - len(y) / TENTHS).astype(int), len(y))
    held_out = np.argsort(off_by, kind="stable")[: min(n_folds, np.count_nonzero(sizes))]
    tenth[_alone_in_a_class(y, groups)] = TENTHS
    return [(np.flatnonzero(tenth != fold), np.flatnonzero(tenth == fold)) for fold in held_out]


def deal(y, n_parts, rng, groups):
    """Assign groups of rows to parts of about the same size, stratified by class.

    Groups are sorted by their most frequent class and by size, with random order among those of the
    same size, and assigned to the parts in turn.

    Returns
    -------
    part : ndarray of shape (n_samples,), dtype int
        Index of each row's part.
    """
    _, groups = np.unique(groups, return_inverse=True)  # some may have no rows
    group, y_of_group, n_rows = _classes_of_groups(y, groups)
    by_count = np.argsort(n_rows, kind="stable")
    main_class = np.empty(groups.max() + 1, int)
    main_class[group[by_count]] = y_of_group[by_count]  # the last one, with most rows, remains
    order = np.lexsort((rng.uniform(size=len(main_class)), -np.bincount(groups), main_class))
    part = np.empty_like(order)
    part[order] = np.arange(len(order)) % n_parts
    return part[groups]


def _alone_in_a_class(y, groups):
    """Check for each row whether only its group has rows of some class."""
    group, y_of_group, _ = _classes_of_groups(y, groups)
    alone = np.zeros(groups.max() + 1, bool)
    alone[group[np.bincount(y_of_group)[y_of_group] == 1]] = True
    return alone[groups]


def _classes_of_groups(y, groups):
    """Return each pair of a group and a class with rows in common, and their number."""
    n_classes = y.max() + 1
    pairs, n_rows = np.unique(groups * n_classes + y, return_counts=True)
    return *np.divmod(pairs, n_classes), n_rows


def check_groups(groups, n_samples, weight):
    """Return groups of rows as non-negative integers; None if there are none.

    Parameters
    ----------
    groups : array-like of shape (n_samples,) or None
        Labels of any hashable type.
    n_samples : int
        Number of rows.
    weight : ndarray of shape (n_samples,) or None
        Weight of each row; rows of weight 0 are ignored.

    Raises
    ------
    ValueError
        If the number of labels is wrong, a label is missing, or there is only one group.
    """
    if groups is None:
        return None
    # A list of objects, since NaN among strings would become a string.
    given = np.asarray(groups, dtype=object if isinstance(groups, list | tuple) else None)
    if given.shape != (n_samples,):
        raise ValueError(
            f"groups has shape {given.shape}, but must have one label per sample: ({n_samples},)."
        )
    # Dates unchanged, since nanoseconds would become integers in a list.
    labels = list(given) if given.dtype.kind in "mM" else given.tolist()
    codes: dict = {}
    groups = np.fromiter((codes.setdefault(label, len(codes)) for label in labels), int, n_samples)
    missing = [label for label in codes if is_missing(label)]
    if missing:
        raise ValueError(
            f"groups has a missing label, {missing[0]!r} in row "
            f"{np.argmax(groups == codes[missing[0]])}: each sample must have a group label."
        )
    counted = groups if weight is None else groups[weight > 0]
    if (counted == counted[0]).all():
        raise ValueError(
            f"groups has a single label, {list(codes)[counted[0]]!r}, among the samples of weight "
            "above 0: at least 2 groups are needed, or groups=None."
        )
    return groups
