"""Checks of the tables that are given to fit and to predict, and of what comes with them."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.utils import check_X_y
from sklearn.utils.validation import validate_data

from skmlp.estimator.compat import feature_names
from skmlp.estimator.labels import check_label_types, check_labels, encode_labels
from skmlp.estimator.reports import errors_that_say
from skmlp.estimator.weights import check_weights
from skmlp.network.batches import Batch

__all__ = ["Samples", "Table", "check_own_validation", "check_samples", "check_table"]

# A table: an array, nested sequences, a frame of pandas or polars, a sparse matrix.
Table = Any


class Samples(NamedTuple):
    """Data to train or validate on, checked.

    Attributes
    ----------
    given : object
        X as the user gave it, for a scorer.
    data : Batch
        All rows: the table checked, the labels as columns of the output, the weights in
        float64.
    classes : ndarray of shape (n_classes,)
        The labels, sorted.
    feature_names : ndarray of shape (n_features,) or None
        Names of the features, where X has names that are all strings.
    """

    given: object
    data: Batch
    classes: np.ndarray
    feature_names: np.ndarray | None


def check_samples(estimator, X, y, sample_weight, *, reset, encode):
    """Check data to train on.

    Parameters
    ----------
    estimator : MLPSoftmaxClassifier
        Whose data they are; it is not changed.
    X, y, sample_weight
        What was given to `fit`.
    reset : bool
        Whether X may have other features than those that the estimator knows.
    encode : callable
        ``encode(labels)`` gives the classes, and each row's place among them.

    Returns
    -------
    samples : Samples
        The data, checked.

    Raises
    ------
    ValueError, TypeError
        If there is something that cannot be trained on.
    """
    _check_indices(X)
    if y is not None:
        check_label_types(y)
    options = {"accept_sparse": "csr", "dtype": "numeric", "order": "C", "multi_output": True}
    if not reset:
        checked, labels = validate_data(estimator, X, y, reset=False, **options)
    elif y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but the target y "
            "is None."
        )
    else:
        checked, labels = check_X_y(X, y, estimator=estimator, **options)
    _check_numbers(checked)
    classes, y = encode(check_labels(labels))
    weight = check_weights(sample_weight, estimator.class_weight, classes, y)
    return Samples(X, Batch(checked, y, weight), classes, feature_names(X))


def check_own_validation(estimator, X_val, y_val, sample_weight_val, samples):
    """Check validation data beside the samples to train on; None if there are none."""
    if X_val is y_val is sample_weight_val is None:
        return None
    if X_val is None or y_val is None:
        raise ValueError("X_val and y_val belong together: give both, or neither.")
    encode = partial(encode_labels, classes=samples.classes, cure="Leave their rows out.")
    with errors_that_say("In the validation data, X_val, y_val and sample_weight_val: "):
        own = check_samples(estimator, X_val, y_val, sample_weight_val, reset=True, encode=encode)
        _check_same_features(own, samples)
    return own


def _check_same_features(own, samples):
    n_own, n_features = own.data.X.shape[1], samples.data.X.shape[1]
    if n_own != n_features:
        raise ValueError(f"X_val has {n_own} features, but X has {n_features} features.")
    names, expected = own.feature_names, samples.feature_names
    if names is not None and expected is not None and names.tolist() != expected.tolist():
        raise ValueError(
            f"the features of X_val, {names.tolist()}, are not those of X, {expected.tolist()}, in "
            "their order."
        )


def check_table(estimator, X):
    """Return a table to predict as a float or integer array, or a CSR matrix."""
    if _is_plain(X, estimator.n_features_in_) and not hasattr(estimator, "feature_names_in_"):
        return X
    _check_indices(X)
    return _check_numbers(
        validate_data(estimator, X, accept_sparse="csr", dtype="numeric", reset=False)
    )


def _check_indices(X):
    """Raise a ValueError for a sparse X whose indices point outside of it, and would crash."""
    if not sparse.issparse(X) or X.ndim != 2 or X.format not in ("csr", "csc", "bsr", "coo"):
        return
    if X.format == "coo":
        inside = all(_within(index, n) for index, n in zip((X.row, X.col), X.shape, strict=True))
    else:
        n_major, n_minor = X.shape if X.format != "csc" else X.shape[::-1]
        if X.format == "bsr":
            n_major, n_minor = n_major // X.blocksize[0], n_minor // X.blocksize[1]
        pointers = X.indptr
        inside = (
            len(pointers) == n_major + 1
            and pointers[0] == 0
            and pointers[-1] <= min(len(X.indices), len(X.data))
            and (np.diff(pointers) >= 0).all()
            and _within(X.indices, n_minor)
        )
    if not inside:
        raise ValueError(
            f"X is a broken sparse matrix: some of its indices lie outside of its shape {X.shape}, "
            "or its index pointers are not in order."
        )


def _is_plain(X, n_features):
    """Answer whether X is a finite float array of the right width, as most tables to predict are.

    For a single row, asking this costs a twentieth of scikit-learn's validation.
    """
    if type(X) is not np.ndarray or X.dtype not in (np.float32, np.float64) or X.ndim != 2:
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        return len(X) > 0 and X.shape[1] == n_features and bool(np.isfinite(X.sum()))


def _within(indices, n):
    return not len(indices) or (indices.min() >= 0 and indices.max() < n)


def _check_numbers(X):
    """Return X, or raise a ValueError where it holds dates or times."""
    if X.dtype.kind in "mM":
        raise ValueError(
            f"X has dtype {X.dtype}: turn dates and times into numbers, such as the days since one "
            "of them."
        )
    return X
