"""Validation and encoding of labels of any sortable type."""

import numpy as np
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target

__all__ = [
    "check_classes",
    "check_given",
    "check_label_types",
    "check_labels",
    "encode_labels",
    "is_label_vector",
    "is_missing",
    "numbers_of_objects",
]


def check_label_types(y, name="y"):
    """Raise a TypeError for missing labels, mixed types and bytes, with what to do about them."""
    labels = np.asarray(y)
    if labels.dtype.kind == "U" and not isinstance(y, np.ndarray):
        labels = np.array(y, dtype=object)  # the original objects: NaN among strings would be text
    if labels.dtype.kind == "S":
        raise _bytes(name)
    if labels.dtype.kind in "mM" and np.isnat(labels).any():
        raise TypeError(f"{name} has missing labels: drop the rows without a label.")
    if not (labels.dtype.hasobject and labels.ndim):
        return
    types = set(map(type, labels.flat))
    if any(map(is_missing, labels.flat)):
        raise TypeError(
            f"{name} has missing labels, among labels of types {_names(types)}: drop the rows "
            "without a label."
        )
    strings = {kind for kind in types if issubclass(kind, str)}
    if strings and strings != types:
        raise _not_sortable(labels, name)
    if bytes in types:
        raise _bytes(name)


def is_missing(label):
    """Check whether a label or another value is missing."""
    return label is None or type(label).__name__ in ("NAType", "NaTType") or label != label


def _bytes(name):
    return TypeError(
        f"{name} has labels of type bytes: decode them, for example with {name}.astype(str)."
    )


def _names(types):
    return ", ".join(sorted(kind.__name__ for kind in types))


def is_label_vector(y):
    """Check whether y is a vector of integers or strings, which can only be labels."""
    return type(y) is np.ndarray and y.ndim == 1 and y.dtype.kind in "biuU"


def check_given(estimator, y):
    """Raise a ValueError if y is None, with the message that check_estimator expects."""
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but the target y "
            "is None."
        )


def numbers_of_objects(y):
    """Convert numbers of dtype object, as in a column of a mixed-type table, to a numeric dtype."""
    if y.dtype.hasobject and not any(isinstance(label, str) for label in y.flat):
        return np.array(y.tolist())
    return y


def check_labels(y, estimator="MLPSoftmaxClassifier"):
    """Return y as a vector of class labels; raise an error with advice if that is not possible."""
    if is_label_vector(y):  # scikit-learn's checks take a tenth of the time of a short fit
        return y
    y = numbers_of_objects(y)
    _check_objects(y)
    if type_of_target(y, input_name="y").startswith("multilabel"):
        raise ValueError(
            f"y has several labels per sample (shape {y.shape}), but {estimator} predicts one "
            f"class. sklearn.multioutput.MultiOutputClassifier({estimator}()) fits one classifier "
            "per label. If y is one-hot encoded, pass y.argmax(axis=1)."
        )
    y = column_or_1d(y, warn=True)
    check_classification_targets(y)
    return y


def _check_objects(y):
    """Raise a TypeError for labels that are objects other than strings, such as intervals."""
    label = y.flat[0] if y.dtype.hasobject and y.size else ""
    if not isinstance(label, str):
        raise TypeError(
            f"y has labels of type {type(label).__name__}, such as {label}: convert them to "
            "strings, y.astype(str), or to integers, as pandas.cut and pandas.qcut do with "
            "labels=False."
        )


def check_classes(classes):
    """Return the sorted `classes` of `partial_fit`.

    Raises
    ------
    TypeError
        If they are not an array-like of labels of one type.
    """
    if np.ndim(classes) != 1 or isinstance(classes, dict):
        raise TypeError(
            f"classes={classes!r} is not allowed: classes must be a list or an array of all "
            "labels, such as numpy.unique(y)."
        )
    check_label_types(classes, "classes")
    if np.asarray(classes).dtype.kind == "f" and np.isnan(classes).any():
        raise TypeError("classes has missing labels: drop them.")
    return encode_labels(np.asarray(classes), name="classes")[0]


def _not_sortable(labels, name):
    return TypeError(
        f"{name} has labels that cannot be sorted together, of types "
        f"{_names(set(map(type, labels.flat)))}: convert all to one type, for example with "
        f"{name}.astype(str)."
    )


ALL_CLASSES_FIRST = (
    "Pass all classes in the first call, partial_fit(X, y, classes=...), or start again with fit."
)


def encode_labels(labels, classes=None, *, name="y", advice=ALL_CLASSES_FIRST):
    """Return the classes, and the index of each label's class.

    Parameters
    ----------
    labels : ndarray of shape (n_samples,)
        The labels.
    classes : ndarray of shape (n_classes,), default=None
        The classes, sorted; None for those of the labels.
    name, advice : str
        Name of the labels in an error message, and what it says to do.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
        The classes, sorted.
    y : ndarray of shape (n_samples,), dtype int
        ``classes[y]`` is `labels`.

    Raises
    ------
    TypeError
        If the labels cannot be sorted.
    ValueError
        If a label is not among `classes`.
    """
    try:
        present, y = np.unique(labels, return_inverse=True)
    except TypeError:
        raise _not_sortable(labels, name) from None
    if classes is None:
        return present, y
    place = {label: i for i, label in enumerate(classes.tolist())}
    unseen = [label for label in present.tolist() if label not in place]
    if unseen:
        raise ValueError(
            f"`{name}` has classes not in `self.classes_`: {unseen} are new, the network knows "
            f"{classes}. {advice}"
        )
    return classes, np.array([place[label] for label in present.tolist()])[y]
