"""Labels of any sortable type, as columns of the output."""

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
        labels = np.array(y, dtype=object)  # as they were: a NaN among strings is one no more
    if labels.dtype.kind == "S":
        raise _bytes(name)
    if labels.dtype.kind in "mM" and np.isnat(labels).any():
        raise TypeError(f"{name} has missing labels: leave out rows without a label.")
    if not (labels.dtype.hasobject and labels.ndim):
        return
    types = set(map(type, labels.flat))
    if any(map(is_missing, labels.flat)):
        raise TypeError(
            f"{name} has missing labels, among labels of types {_names(types)}: leave out rows "
            "without a label."
        )
    strings = {kind for kind in types if issubclass(kind, str)}
    if strings and strings != types:
        raise _not_sortable(labels, name)
    if bytes in types:
        raise _bytes(name)


def is_missing(label):
    """Check whether a label or another value stands for one that is missing."""
    return label is None or type(label).__name__ in ("NAType", "NaTType") or label != label


def _bytes(name):
    return TypeError(
        f"{name} has labels of type bytes: decode them, for example with {name}.astype(str)."
    )


def _names(types):
    return ", ".join(sorted(kind.__name__ for kind in types))


def is_label_vector(y):
    """Check whether y is a vector of integers or strings, which can be nothing but labels."""
    return type(y) is np.ndarray and y.ndim == 1 and y.dtype.kind in "biuU"


def check_given(estimator, y):
    """Raise a ValueError, in the words that scikit-learn asks for, where there are no labels."""
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but the target y "
            "is None."
        )


def numbers_of_objects(y):
    """Return numbers as such where they are objects, as in a column of a table of mixed types."""
    if y.dtype.hasobject and not any(isinstance(label, str) for label in y.flat):
        return np.array(y.tolist())
    return y


def check_labels(y, estimator="MLPSoftmaxClassifier"):
    """Return y as a vector of class labels, or say why it is not one for a kind of estimator."""
    if is_label_vector(y):  # asking scikit-learn takes a tenth of a short fit
        return y
    y = numbers_of_objects(y)
    _check_objects(y)
    if type_of_target(y, input_name="y").startswith("multilabel"):
        raise ValueError(
            f"y holds several labels a sample (shape {y.shape}), but {estimator} gives each "
            f"sample one class. Wrap it: sklearn.multioutput.MultiOutputClassifier({estimator}()) "
            "fits one for each label. If y is one-hot, give y.argmax(axis=1)."
        )
    y = column_or_1d(y, warn=True)
    check_classification_targets(y)
    return y


def _check_objects(y):
    """Raise a TypeError for labels that are other objects than text, such as intervals."""
    label = y.flat[0] if y.dtype.hasobject and y.size else ""
    if not isinstance(label, str):
        raise TypeError(
            f"y has labels of type {type(label).__name__}, such as {label}: give their names, "
            "y.astype(str), or integers, which pandas.cut and pandas.qcut return with labels=False."
        )


def check_classes(classes):
    """Return all classes that are named for a stream, sorted.

    Raises
    ------
    TypeError
        If they are no array-like of labels of one type.
    """
    if np.ndim(classes) != 1 or isinstance(classes, dict):
        raise TypeError(
            f"classes={classes!r} is not allowed: classes must be a list or an array of all "
            "labels, such as numpy.unique(y)."
        )
    check_label_types(classes, "classes")
    if np.asarray(classes).dtype.kind == "f" and np.isnan(classes).any():
        raise TypeError("classes has missing labels: leave them out.")
    return encode_labels(np.asarray(classes), name="classes")[0]


def _not_sortable(labels, name):
    return TypeError(
        f"{name} has labels that cannot be sorted together, of types "
        f"{_names(set(map(type, labels.flat)))}: give all one type, for example by "
        f"{name}.astype(str)."
    )


ALL_CLASSES_FIRST = (
    "Name all classes in the first call, partial_fit(X, y, classes=...), or call fit to start anew."
)


def encode_labels(labels, classes=None, *, name="y", advice=ALL_CLASSES_FIRST):
    """Return the classes, and the place of each label among them.

    Parameters
    ----------
    labels : ndarray of shape (n_samples,)
        The labels.
    classes : ndarray of shape (n_classes,), default=None
        The classes, sorted; None for those of the labels.
    name, advice : str
        What an error calls the labels, and what it says to do.

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
