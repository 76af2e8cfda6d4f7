"""Categorical columns: one-hot encoding, and target encoding if there are many categories."""

import warnings
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import KFold, PredefinedSplit, StratifiedKFold
from sklearn.preprocessing import OneHotEncoder, TargetEncoder
from sklearn.utils import check_array, check_random_state, column_or_1d
from sklearn.utils.multiclass import type_of_target

from skmlp.estimator.labels import check_label_types, numbers_of_objects
from skmlp.tabular.folds import deal
from skmlp.tabular.numbers import distribution, robust_scale, soft_clip

__all__ = ["OneHot", "Target", "TargetMeans", "fit_means", "fit_one_hot", "read_target"]

MAX_CLASSES, N_FOLDS = 100, 5

# Means are shrunk towards the overall mean with the weight of this many rows.
SMOOTH = 10


class Target(NamedTuple):
    """The target: its type for TargetEncoder, its values, and labels for its means."""

    kind: str
    values: np.ndarray
    labels: list


class OneHot(NamedTuple):
    """One-hot encoding; `labels` has the labels of each column's outputs."""

    encoder: OneHotEncoder
    labels: list

    def encode(self, texts):
        """Encode columns of texts, with None for missing values."""
        return self.encoder.transform(_rows(texts))


class TargetMeans(NamedTuple):
    """Target encoding, scaled as numeric columns; `labels` as for `OneHot`."""

    encoder: TargetEncoder
    labels: list
    median: np.ndarray
    scale: np.ndarray

    def encode(self, texts):
        """Encode columns of texts, with None for missing values."""
        return self.scaled(self.encoder.transform(_rows(texts)))

    def scaled(self, means):
        """Scale means."""
        return soft_clip((means - self.median) * self.scale)


def fit_one_hot(texts, min_frequency, max_categories):
    """Fit a one-hot encoder to columns of texts, with None for missing values."""
    encoder = OneHotEncoder(
        min_frequency=min_frequency,
        max_categories=max_categories,
        handle_unknown="infrequent_if_exist",
        sparse_output=False,
        dtype=np.float32,
    )
    encoder.set_output(transform="default").fit(_rows(texts))
    labels = []
    for categories, pool in zip(encoder.categories_, encoder.infrequent_categories_, strict=True):
        pool = set() if pool is None else set(pool)
        own = ["missing" if text is None else text for text in categories if text not in pool]
        labels.append([*own, "infrequent"] if pool else own)
    return OneHot(encoder, labels)


def fit_means(texts, target, random_state, groups=None):
    """Fit a target encoder to columns of texts; also return the cross-fitted encoding.

    Parameters
    ----------
    texts : list of list of str or None
        Columns of texts, with None for missing values.
    target : Target
        The target.
    random_state : int, RandomState instance or None
        Random numbers for the folds.
    groups : ndarray of shape (n_samples,), dtype int, default=None
        Groups of rows that are in the same fold; with None, each row is a group.
    """
    X, values = _rows(texts), target.values
    # "auto" would encode a category of one row with that row's target.
    encoder = TargetEncoder(target_type=target.kind, smooth=SMOOTH)
    encoder.set_output(transform="default").fit(X, values)
    scales = [robust_scale(distribution(column)) for column in encoder.transform(X).T]
    means = TargetMeans(encoder, [target.labels] * len(texts), *np.transpose(scales))
    codes = [_codes(*pair) for pair in zip(texts, encoder.categories_, strict=True)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # on classes with fewer rows than folds
        splits = list(_splits(target, random_state, groups))
    return means, means.scaled(_cross_fit(codes, target, splits))


def _splits(target, random_state, groups):
    """Return pairs of the rows to compute means over, and the rows to encode with them."""
    continuous = target.kind == "continuous"
    if groups is not None:
        y = np.zeros(len(groups), int) if continuous else target.values
        fold = deal(y, N_FOLDS, check_random_state(random_state), groups)
        return PredefinedSplit(fold).split()
    # Stratified folds need at least one class with as many rows as there are folds.
    splitter = KFold if continuous else StratifiedKFold
    most = len(target.values) if continuous else np.bincount(target.values).max()
    splitter = splitter(min(N_FOLDS, most), shuffle=True, random_state=random_state)
    return splitter.split(np.zeros(len(target.values)), target.values)


def _codes(texts, categories):
    """Return the indices of texts in the categories."""
    places = {category: place for place, category in enumerate(categories)}
    return np.fromiter(map(places.__getitem__, texts), int, len(texts))


def _cross_fit(codes, target, splits):
    """Return the mean target of each row's categories, over rows of the other folds."""
    means = np.empty((len(target.values), len(codes), len(target.labels)))
    for others, own in splits:
        for j, column in enumerate(codes):
            n_categories = column.max() + 1
            counts = np.bincount(column[others], minlength=n_categories)[:, None]
            sums = _sums(column[others], n_categories, target, others)
            mean = _sums(np.zeros(len(others), int), 1, target, others) / len(others)
            means[own, j] = ((sums + SMOOTH * mean) / (counts + SMOOTH))[column[own]]
    return means.reshape(len(means), -1)


def _sums(codes, n_categories, target, rows):
    """Return the sum of the target, or the number of rows of each class, in each category."""
    values = target.values[rows]
    if target.kind == "continuous":
        return np.bincount(codes, values, n_categories)[:, None]
    n_classes = max(2, len(target.labels))
    counts = np.bincount(codes * n_classes + values, minlength=n_categories * n_classes)
    return counts.reshape(n_categories, n_classes)[:, -len(target.labels) :]


def _rows(texts):
    return np.array(texts, dtype=object).T


def read_target(y):
    """Return the target for target encoding, None for too many classes.

    Raise a ValueError for several targets.
    """
    check_label_types(y)
    y = numbers_of_objects(np.asarray(y))
    with np.errstate(invalid="ignore"):  # for NaN, which raises an error below
        kind = type_of_target(y, input_name="y", raise_unknown=True)
    if kind not in ("binary", "multiclass", "continuous"):
        raise ValueError(
            f"y is {kind}, but target encoding needs one target: pass y of shape (n_samples,), or "
            "None."
        )
    y = column_or_1d(y)
    if kind == "continuous":
        y = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")
        return Target(kind, y / np.abs(y).max(), ["target"])  # so that sums do not overflow
    classes, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    if len(classes) > MAX_CLASSES or counts.max() == 1:  # classes of one row have no folds
        return None
    labels = ["target"] if kind == "binary" else [f"target_{label}" for label in classes.tolist()]
    return Target(kind, codes, labels)
