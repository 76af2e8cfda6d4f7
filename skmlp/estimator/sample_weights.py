"""Weights of samples and of classes."""

import sys
from numbers import Real

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.class_weight import compute_class_weight

from skmlp.estimator.compat import safe_indexing
from skmlp.estimator.messages import errors_with_context

__all__ = [
    "as_count",
    "as_counts",
    "check_sample_weight",
    "check_weights",
    "class_shares",
    "mean_weight",
    "rows_that_count",
]

# The largest mean for which weights are counts of samples, and a tolerance for rounding.
LARGEST_COUNT = 10
ROUNDING = 1e-9


def check_weights(sample_weight, class_weight, classes, y, totals=None):
    """Combine the weights of samples and classes into one weight per row.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,), number or None
        Weights from 0 up, not all 0.
    class_weight : dict, "balanced" or None
        Factor of each class; "balanced" gives every class that occurs the same total weight.
    classes : ndarray of shape (n_classes,)
        Labels, in the order of the output.
    y : ndarray of shape (n_samples,), dtype int
        Index of each row's class.
    totals : ndarray of shape (n_classes,), default=None
        Total weight of each class in the earlier rows of a stream, which "balanced" includes; None
        if the rows are not a batch of a stream.

    Returns
    -------
    weight : ndarray of shape (n_samples,), dtype float64, or None
        Weight of each row; None if all rows have the same weight.
    totals : ndarray of shape (n_classes,) or None
        Total weight of each class, including these rows.

    Raises
    ------
    ValueError
        If a weight is negative or not finite, if all are zero, or if the shape is wrong.
    """
    unweighted = sample_weight is None and class_weight is None
    if unweighted and totals is None:
        return None, None
    weight = check_sample_weight(sample_weight, len(y))
    if totals is not None:
        totals = totals + np.bincount(y, weights=weight, minlength=len(classes))
    if unweighted:
        return None, totals
    if class_weight is not None and weight.any():
        factors = _class_factors(class_weight, classes, y, weight, totals)
        with np.errstate(over="ignore"):
            weight = weight * factors[y]
        if not np.isfinite(weight).all():
            raise ValueError(
                "sample_weight times class_weight is too large for floating-point numbers: divide "
                "all weights by the largest one."
            )
    if not weight.any():
        raise ValueError(
            "Every weight is zero (sample_weight times class_weight): at least one must be above 0."
        )
    return weight, totals


def check_sample_weight(sample_weight, n_samples):
    """Return the weight of each sample; raise a ValueError if a weight is not allowed."""
    if sample_weight is None:
        return np.ones(n_samples)
    if isinstance(sample_weight, Real):
        sample_weight = np.full(n_samples, sample_weight)
    with errors_with_context("", " (in sample_weight)"):
        weight = check_array(
            sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight"
        )
    if weight.shape != (n_samples,):
        raise ValueError(
            f"sample_weight has shape {weight.shape}, but must have one number per sample: "
            f"({n_samples},)."
        )
    if weight.min() < 0:
        raise ValueError(
            f"sample_weight has negative values, the smallest {weight.min()}: weights must be 0 or "
            "more."
        )
    return weight


def _class_factors(class_weight, classes, y, weight, totals):
    if isinstance(class_weight, str):  # "balanced"
        if totals is None:
            relative = weight / weight.max()  # so that no sum overflows
            totals = np.bincount(y, weights=relative, minlength=len(classes))
        present = totals > 0
        equal_share = totals.sum() / max(present.sum(), 1)
        return np.divide(equal_share, totals, out=np.zeros(len(classes)), where=present)
    if not all(isinstance(factor, Real) for factor in class_weight.values()):
        raise ValueError(
            f"class_weight={class_weight!r} is not allowed: each weight must be a number."
        )
    labels = classes.tolist()
    unknown = [label for label in class_weight if label not in labels]
    if unknown and not all(label in class_weight for label in labels):  # maybe misspelt
        raise ValueError(
            f"class_weight has weights of {unknown}, which are not classes of y: the classes are "
            f"{labels}."
        )
    factors = compute_class_weight(class_weight, classes=classes, y=classes)
    if not (np.isfinite(factors).all() and factors.min() >= 0):
        raise ValueError(
            f"class_weight={class_weight!r} is not allowed: weights must be finite and at least 0."
        )
    return factors


def rows_that_count(weight, *tables):
    """Drop the rows of weight 0 from the weights and from tables, each of which may be None.

    Returns
    -------
    rows : ndarray of int or slice
        The remaining rows; a slice if all remain.
    weight, *tables
        The remaining rows of each.
    """
    if weight is None or weight.all():
        return slice(None), weight, *tables
    rows = np.flatnonzero(weight)
    left = (None if table is None else safe_indexing(table, rows) for table in tables)
    return rows, weight[rows], *left


def mean_weight(weight):
    """Return the mean of positive weights; None counts every row once."""
    if weight is None:
        return 1.0
    largest = weight.max()
    mean = float((weight / largest).mean() * largest)  # the sum might overflow
    return max(mean, sys.float_info.min * sys.float_info.epsilon)


def as_count(mean):
    """Return the average number of times that a sample counts, given the mean weight.

    Weights with a mean from 1 to 10 are the number of times that each sample occurs. Others, such
    as fractions that sum to 1 or survey weights, are relative: a sample counts once on average, so
    that the strength of the penalty does not depend on the scale of the weights.
    """
    return mean if 1 <= mean <= LARGEST_COUNT * (1 + ROUNDING) else 1.0


def as_counts(weight):
    """Scale positive weights to counts of samples, with the rule of `as_count`."""
    if weight is None:
        return None
    mean = mean_weight(weight)
    return weight / mean * as_count(mean)


def class_shares(data, n_classes):
    """Return the weighted frequency of each class in a batch."""
    data = data.relative()
    totals = np.bincount(data.take_y(), data.take_weight(), minlength=n_classes)
    return totals / totals.sum()
