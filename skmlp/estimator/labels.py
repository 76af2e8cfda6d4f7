"""Labels of any sortable type, as columns of the output."""

import numpy as np
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target

__all__ = ["check_label_types", "check_labels", "encode_labels", "unique_labels"]


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


def unique_labels(labels):
    """Sort the labels, each once, and give each row's place among them.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
        The labels, sorted.
    y : ndarray of shape (n_samples,), dtype int
        ``classes[y]`` is `labels`.
    """
    try:
        return np.unique(labels, return_inverse=True)
    except TypeError:
        raise _not_sortable(labels) from None


def _not_sortable(labels):
    types = sorted({type(label).__name__ for label in np.ravel(labels)})
    return TypeError(
        f"y has labels that cannot be sorted together, of types {', '.join(types)}: leave out rows "
        "without a label, and give all others one type, for example y.astype(str)."
    )


ALL_CLASSES_FIRST = (
    "Name all classes in the first call, partial_fit(X, y, classes=...), or call fit to start anew."
)


def encode_labels(labels, classes, *, name="`y`", cure=ALL_CLASSES_FIRST):
    """Give the place of each label among given classes.

    Parameters
    ----------
    labels : ndarray of shape (n_samples,)
        The labels.
    classes : ndarray of shape (n_classes,)
        The classes, sorted.
    name, cure : str
        What an error calls the labels, and what it says to do.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
        The classes given.
    y : ndarray of shape (n_samples,), dtype int
        ``classes[y]`` is `labels`.

    Raises
    ------
    ValueError
        If a label is not among `classes`.
    """
    present, y = unique_labels(labels)
    place = {label: i for i, label in enumerate(classes.tolist())}
    unseen = [label for label in present.tolist() if label not in place]
    if unseen:
        raise ValueError(
            f"{name} has classes not in `self.classes_`: {unseen} are new, the network knows "
            f"{classes}. {cure}"
        )
    return classes, np.array([place[label] for label in present.tolist()])[y]
