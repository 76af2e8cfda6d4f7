"""Validation of X, y and weights."""

import math
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.utils import check_array, check_X_y
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import validate_data

from skmlp.estimator.columns import check_frame, columns_named
from skmlp.estimator.compat import feature_names
from skmlp.estimator.labels import (
    check_given,
    check_label_types,
    check_labels,
    encode_labels,
    is_label_vector,
)
from skmlp.estimator.messages import errors_with_context, warn
from skmlp.estimator.sample_weights import check_sample_weight, check_weights
from skmlp.estimator.tables import as_table
from skmlp.estimator.unscaled import warn_if_unscaled
from skmlp.network.batches import Batch

__all__ = [
    "CheckedTable",
    "Samples",
    "Table",
    "check_own_validation",
    "check_part",
    "check_samples",
    "check_table",
    "check_table_and_labels",
]

# An array, nested sequences, a pandas or polars DataFrame, or a sparse matrix.
Table = Any


class CheckedTable(NamedTuple):
    """A validated table, with its labels.

    Attributes
    ----------
    X : ndarray, CSR matrix or ShardedTable
        The table as numbers.
    labels : ndarray of shape (n_samples,)
        The labels as passed.
    feature_names : ndarray of shape (n_features,) or None
        Names of the features, if X has names that are all strings.
    given : object
        The table for a scorer: as the user passed it, but as a CSR matrix if it is sparse.
    """

    X: Any
    labels: np.ndarray
    feature_names: np.ndarray | None
    given: object


class Samples(NamedTuple):
    """Validated training or validation data.

    Attributes
    ----------
    data : Batch
        All rows: the table as numbers, the labels as indices of the classes, and the weights in
        float64.
    classes : ndarray of shape (n_classes,)
        The labels, sorted.
    feature_names : ndarray of shape (n_features,) or None
        Names of the features, if X has names that are all strings.
    given : object
        The table for a scorer.
    totals : ndarray of shape (n_classes,) or None
        Total weight of each class in a stream, including these rows.
    """

    data: Batch
    classes: np.ndarray
    feature_names: np.ndarray | None
    given: object
    totals: np.ndarray | None = None


def check_samples(table, sample_weight, class_weight, *, classes=None, totals=None):
    """Validate labels and weights for training.

    Parameters
    ----------
    table : CheckedTable
        The table.
    sample_weight : array-like of shape (n_samples,), number or None
        Weights of the samples.
    class_weight : dict, "balanced" or None
        Weights of the classes.
    classes : ndarray of shape (n_classes,), default=None
        All classes, sorted; None for those of the labels.
    totals : ndarray of shape (n_classes,), default=None
        Total weight of each class in the earlier rows of a stream.

    Returns
    -------
    samples : Samples
        The validated data.

    Raises
    ------
    ValueError, TypeError
        If labels or weights are not valid.
    """
    classes, y = encode_labels(table.labels, classes)
    if 2 * len(classes) > len(y):
        type_of_target(table.labels)  # warns if labels look like a regression target
    weight, totals = check_weights(sample_weight, class_weight, classes, y, totals)
    data = Batch(table.X, y, weight)
    return Samples(data, classes, table.feature_names, table.given, totals)


def check_own_validation(check, X_val, y_val, sample_weight_val, class_weight, samples):
    """Check the user's validation data against the training data; return None if there are none.

    Parameters
    ----------
    check : callable
        ``check(X_val, y_val)`` returns the validated table.
    X_val, y_val, sample_weight_val
        The arguments of `fit`.
    class_weight : dict, "balanced" or None
        Weights of the classes.
    samples : Samples
        The training data.

    Warns
    -----
    UserWarning
        If rows are ignored because their labels are not in the training data, or if the columns do
        not seem to be scaled as those of the training data. The scale is checked only for arrays,
        not for sparse matrices and on a cluster.
    """
    if X_val is y_val is sample_weight_val is None:
        return None
    if X_val is None or y_val is None:
        raise ValueError("X_val and y_val belong together: pass both, or neither.")
    with errors_with_context("In the validation data, X_val, y_val and sample_weight_val: "):
        table = check(X_val, y_val)
        _check_same_features(table, samples)
        if isinstance(table.X, np.ndarray) and isinstance(samples.data.X, np.ndarray):
            warn_if_unscaled(samples.data.X, table.X, samples.feature_names)
        labels, weight = table.labels, sample_weight_val
        if weight is not None:
            weight = check_sample_weight(weight, len(labels))
        rows = _rows_of_known_classes(labels, samples.classes)
        classes, y = encode_labels(labels[rows], samples.classes)
        weight = None if weight is None else weight[rows]
        weight, _ = check_weights(weight, class_weight, classes, y)
        data = Batch(table.X, y, weight)
        if len(rows) < len(labels):  # ignored rows stay in the table
            y, weight = _at(rows, y, len(labels)), _at(rows, weight, len(labels))
            data = Batch(table.X, y, weight, rows)
        return Samples(data, classes, table.feature_names, table.given)


def _at(rows, values, n_rows):
    """Return values for all rows: those of some rows, and 0 for the others."""
    if values is None:
        return None
    placed = np.zeros(n_rows, values.dtype)
    placed[rows] = values
    return placed


def _rows_of_known_classes(labels, classes):
    present, place = encode_labels(labels)
    known = np.isin(present.astype(object), classes.astype(object))
    rows = np.flatnonzero(known[place])
    if not len(rows):
        raise ValueError(f"none of the labels, {present}, is in y, which has {classes}.")
    if not known.all():
        warn(
            f"{len(labels) - len(rows)} rows of the validation data have labels that are not in "
            f"y, {present[~known].tolist()}: they are ignored."
        )
    return rows


def _check_same_features(table, samples):
    n_own, n_features = table.X.shape[1], samples.data.X.shape[1]
    if n_own != n_features:
        raise ValueError(f"X_val has {n_own} features, but X has {n_features} features.")
    names, expected = table.feature_names, samples.feature_names
    if names is not None and expected is not None and names.tolist() != expected.tolist():
        raise ValueError(
            f"the features of X_val, {names.tolist()}, are not those of X, {expected.tolist()}, in "
            "their order."
        )


def check_table_and_labels(estimator, X, y, reset):
    """Validate a table in the memory of this process, and its labels.

    Parameters
    ----------
    estimator : MLPSoftmaxClassifier
        The estimator, which is not changed.
    X, y
        The arguments of `fit`.
    reset : bool
        Whether X may have other features than in the previous call.

    Returns
    -------
    table : CheckedTable
        The table.

    Raises
    ------
    ValueError, TypeError
        If X or y is not valid.
    """
    X = as_table(X)
    matrix, labels = _check_X_y(estimator, X, y, reset)
    given = matrix if sparse.issparse(X) else X
    return CheckedTable(matrix, labels, feature_names(X), given)


def _check_X_y(estimator, X, y, reset):
    """Return X as an array or a CSR matrix, and y as a vector of labels."""
    if _need_no_checks(estimator, X, y, reset):
        return X, y
    _check_indices(X)
    check_frame(X)
    if y is not None:
        check_label_types(y)
    options = {"accept_sparse": "csr", "dtype": "numeric", "order": "C", "multi_output": True}
    with columns_named(X):
        if not reset:
            table, labels = validate_data(estimator, X, y, reset=False, **options)
        else:
            check_given(estimator, y)
            table, labels = check_X_y(X, y, estimator=estimator, **options)
        table = _check_numbers(table)
    if isinstance(table, np.ndarray):
        # An array that was received over a connection may be unaligned, and would then be copied
        # for each minibatch.
        table = np.require(table, requirements="A")
    return table, check_labels(labels)


def _need_no_checks(estimator, X, y, reset):
    """Check whether X and y are ordinary arrays that scikit-learn's checks would not change."""
    model = None if reset else estimator._model
    return (
        is_label_vector(y)
        and (model is None or model.feature_names is None)
        and _is_finite_matrix(X, None if model is None else model.layer_sizes[0])
        and len(X) == len(y)
        and X.flags.c_contiguous
        and X.flags.aligned
    )


def check_table(estimator, X):
    """Validate X for prediction; return a float or integer array, or a CSR matrix."""
    model = estimator._model
    if model.feature_names is None and _is_finite_matrix(X, model.layer_sizes[0]):
        return X
    return _check_with(partial(validate_data, estimator), X, reset=False)


def check_part(X):
    """Validate a partition, which may be empty; return an array or a CSR matrix."""
    return _check_with(check_array, X, order="C", ensure_min_samples=0, input_name="X")


def _check_with(check, X, **options):
    """Validate a table with scikit-learn's ``check(X, ...)``, after additional checks."""
    X = as_table(X)
    _check_indices(X)
    check_frame(X)
    with columns_named(X):
        return _check_numbers(check(X, accept_sparse="csr", dtype="numeric", **options))


def _check_indices(X):
    """Raise a ValueError for a sparse X with indices out of bounds, which could crash Python."""
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
            f"X is an invalid sparse matrix: some of its indices are outside its shape {X.shape}, "
            "or its index pointers are not sorted."
        )


def _is_finite_matrix(X, n_features):
    """Check whether X is a finite float array with `n_features` columns, any number if None.

    Most tables are. For a single row, this takes a twentieth of the time of scikit-learn's checks.
    """
    if type(X) is not np.ndarray or X.dtype.char not in "fd" or X.ndim != 2 or not X.size:
        return False
    if n_features is not None and X.shape[1] != n_features:
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        return math.isfinite(X.sum())


def _within(indices, n):
    return not len(indices) or (indices.min() >= 0 and indices.max() < n)


def _check_numbers(X):
    """Return X as numbers; raise a ValueError if it holds text, dates or times."""
    if X.dtype.hasobject:  # a polars DataFrame with mixed types
        X = X.astype(np.float64)
    if X.dtype.kind in "mM":
        raise ValueError(
            f"X has dtype {X.dtype}: convert dates and times to numbers, such as days since one of "
            "them."
        )
    return X
