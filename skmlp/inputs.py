"""Checks of what is given to fit: labels as integer codes, and weights."""

import sys
from numbers import Real
from typing import NamedTuple

import numpy as np
from scipy import sparse
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from skmlp.batches import take

__all__ = [
    "Samples",
    "check_indices",
    "check_label_types",
    "check_labels",
    "check_numbers",
    "check_weights",
    "encode_labels",
    "is_plain",
    "mean_weight",
    "unique_labels",
]


class Samples(NamedTuple):
    """Data to train or validate on, checked.

    Attributes
    ----------
    given : object
        X as the user gave it, for a scorer.
    X : ndarray or CSR array of shape (n_samples, n_features)
        The same, checked.
    codes : ndarray of shape (n_samples,), dtype int
        Place of each row's label among the classes.
    weight : ndarray of shape (n_samples,), dtype float64, or None
        Weight of each row; None where every row counts the same.
    classes : ndarray of shape (n_classes,)
        The labels, sorted.
    """

    given: object
    X: object
    codes: np.ndarray
    weight: np.ndarray | None
    classes: np.ndarray


def check_indices(X):
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


def is_plain(X, n_features):
    """Answer whether X is a finite float array of the right width, as most tables to predict are.

    For a single row, asking this costs a twentieth of scikit-learn's validation.
    """
    if type(X) is not np.ndarray or X.dtype not in (np.float32, np.float64) or X.ndim != 2:
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        return len(X) > 0 and X.shape[1] == n_features and bool(np.isfinite(X.sum()))


def _within(indices, n):
    return not len(indices) or (indices.min() >= 0 and indices.max() < n)


def check_label_types(y):
    """Raise a TypeError for missing labels, mixed types and bytes, with what to do about them."""
    labels = np.asarray(y)
    types = set(map(type, labels.flat)) if labels.dtype.hasobject and labels.ndim else set()
    missing = any(kind.__name__ in ("NoneType", "NAType") for kind in types)
    strings = {kind for kind in types if issubclass(kind, str)}
    if missing or (strings and strings != types):
        raise _not_sortable(y)
    if labels.dtype.kind == "S" or bytes in types:
        raise TypeError("y has labels of type bytes: decode them, for example with y.astype(str).")


def check_numbers(X):
    """Return X, or raise a ValueError where it holds dates or times."""
    if X.dtype.kind in "mM":
        raise ValueError(
            f"X has dtype {X.dtype}: turn dates and times into numbers, such as the days since one "
            "of them."
        )
    return X


def check_labels(y):
    """Return y as a vector of class labels, or say why it is not one."""
    if type_of_target(y, input_name="y").startswith("multilabel"):
        raise ValueError(
            f"y holds several labels a sample (shape {y.shape}), but MLPSoftmaxClassifier gives "
            "each sample one class. Wrap it: sklearn.multioutput.MultiOutputClassifier("
            "MLPSoftmaxClassifier()) fits one network a label. If y is one-hot, give "
            "y.argmax(axis=1)."
        )
    y = column_or_1d(y, warn=True)
    check_classification_targets(y)
    return y


def unique_labels(y):
    """Sort the labels in y, each once, and give each row's place among them.

    Returns
    -------
    labels : ndarray of shape (n_labels,)
        The labels, sorted.
    codes : ndarray of shape (n_samples,), dtype int
        ``labels[codes]`` is y.
    """
    try:
        return np.unique(y, return_inverse=True)
    except TypeError:
        raise _not_sortable(y) from None


def _not_sortable(y):
    types = sorted({type(label).__name__ for label in np.ravel(y)})
    return TypeError(
        f"y has labels that cannot be sorted together, of types {', '.join(types)}: leave out rows "
        "without a label, and give all others one type, for example y.astype(str)."
    )


ALL_CLASSES_FIRST = (
    "Name all classes in the first call, partial_fit(X, y, classes=...), or call fit to start anew."
)


def encode_labels(y, classes, *, name="`y`", cure=ALL_CLASSES_FIRST):
    """Give the place of each label of y among given classes.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        The labels.
    classes : ndarray of shape (n_classes,)
        The classes, sorted.
    name, cure : str
        What an error calls `y`, and what it says to do.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
        The classes given.
    codes : ndarray of shape (n_samples,), dtype int
        ``classes[codes]`` is y.

    Raises
    ------
    ValueError
        If y has a label that is not among `classes`.
    """
    labels, codes = unique_labels(y)
    place = {label: i for i, label in enumerate(classes.tolist())}
    unseen = [label for label in labels.tolist() if label not in place]
    if unseen:
        raise ValueError(
            f"{name} has classes not in `self.classes_`: {unseen} are new, the network knows "
            f"{classes}. {cure}"
        )
    return classes, np.array([place[label] for label in labels.tolist()])[codes]


def check_weights(sample_weight, class_weight, classes, codes):
    """Combine the weights of samples and classes into one weight a row.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,), number or None
        Weights from 0 up, not all 0.
    class_weight : dict, "balanced" or None
        Factor of each class; "balanced" gives every class among the rows the same total.
    classes : ndarray of shape (n_classes,)
        Labels, in the order of the codes.
    codes : ndarray of shape (n_samples,)
        Class of each row.

    Returns
    -------
    weight : ndarray of shape (n_samples,), dtype float64, or None
        Weight of each row; None where every row counts the same.

    Raises
    ------
    ValueError
        If a weight is negative or not finite, if all are zero, or on a wrong shape.
    """
    if sample_weight is None and class_weight is None:
        return None
    weight = _check_sample_weight(sample_weight, len(codes))
    if class_weight is not None and weight.any():
        factors = _class_factors(class_weight, classes, codes, weight / weight.max())
        with np.errstate(over="ignore"):
            weight = weight * factors[codes]
        if not np.isfinite(weight).all():
            raise ValueError(
                "sample_weight times class_weight is too large for floating-point numbers: divide "
                "all weights by their largest."
            )
    if not weight.any():
        raise ValueError(
            "Every weight is zero (sample_weight times class_weight): at least one sample must "
            "count."
        )
    return weight


def _check_sample_weight(sample_weight, n_samples):
    if sample_weight is None:
        return np.ones(n_samples)
    if isinstance(sample_weight, Real):
        sample_weight = np.full(n_samples, sample_weight)
    weight = check_array(
        sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight"
    )
    if weight.shape != (n_samples,):
        raise ValueError(
            f"sample_weight has shape {weight.shape}, but must have one number a sample: "
            f"({n_samples},)."
        )
    if weight.min() < 0:
        raise ValueError(
            f"sample_weight has negative values, the least {weight.min()}: weights must be 0 or "
            "more."
        )
    return weight


def _class_factors(class_weight, classes, codes, weight):
    if isinstance(class_weight, str):  # "balanced"
        totals = np.bincount(codes, weights=weight, minlength=len(classes))
        present = totals > 0
        equal_share = totals.sum() / max(present.sum(), 1)
        return np.divide(equal_share, totals, out=totals, where=present)
    if not all(isinstance(factor, Real) for factor in class_weight.values()):
        raise ValueError(
            f"class_weight={class_weight} is not allowed: each weight must be a number."
        )
    factors = compute_class_weight(class_weight, classes=classes, y=classes)
    if not (np.isfinite(factors).all() and factors.min() >= 0):
        raise ValueError(
            f"class_weight={class_weight} is not allowed: each weight must be finite and 0 or more."
        )
    return factors


def mean_weight(weight, rows):
    """Give the mean weight of the rows to train on, above 0."""
    largest = weight.max()
    weight = take(weight, rows)
    if not weight.any():
        raise ValueError(
            "The weights of all rows left for training are zero: give more rows a weight, or "
            "set early_stopping=False."
        )
    mean = float((weight / largest).mean() * largest)  # the sum might overflow
    return max(mean, sys.float_info.min * sys.float_info.epsilon)
