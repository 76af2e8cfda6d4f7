"""Columns of categories: one-hot encoding, and target encoding where there are many."""

import warnings
from typing import NamedTuple

import numpy as np
from sklearn import config_context
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.preprocessing import OneHotEncoder, TargetEncoder
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.multiclass import type_of_target

from skmlp.estimator.compat import target_encoder
from skmlp.estimator.labels import check_label_types, numbers_of_objects
from skmlp.tabular.numbers import distribution, robust_scale, soft_clip

__all__ = ["OneHot", "Target", "TargetMeans", "fit_means", "fit_one_hot", "read_target"]

MAX_CLASSES, N_FOLDS = 100, 5


class Target(NamedTuple):
    """The target: its type for TargetEncoder, its values, and the labels of its means."""

    kind: str
    values: np.ndarray
    labels: list


class OneHot(NamedTuple):
    """One-hot encoding; `labels` holds, for each column, the labels of its outputs."""

    encoder: OneHotEncoder
    labels: list

    def encode(self, texts):
        """Encode columns of texts, None where they are missing."""
        return self.encoder.transform(_rows(texts))


class TargetMeans(NamedTuple):
    """Target encoding, scaled as numbers are; `labels` likewise."""

    encoder: TargetEncoder
    labels: list
    median: np.ndarray
    scale: np.ndarray

    def encode(self, texts):
        """Encode columns of texts, None where they are missing."""
        return self.scaled(self.encoder.transform(_rows(texts)))

    def scaled(self, means):
        """Scale means."""
        return soft_clip((means - self.median) * self.scale)


def fit_one_hot(texts, min_frequency, max_categories):
    """Fit an encoder of columns of texts, None where they are missing."""
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


def fit_means(texts, target, random_state):
    """Fit a target encoder as `fit_one_hot` does; also return the cross-fitted encoding."""
    X, values = _rows(texts), target.values
    # Folds are stratified, which needs a class with as many rows as there are folds.
    splitter, most = KFold, len(values)
    if target.kind != "continuous":
        splitter, most = StratifiedKFold, np.bincount(values).max()
    folds = splitter(min(N_FOLDS, most), shuffle=True, random_state=random_state)
    # "auto" would encode a category of one row by that row's target.
    encoder = target_encoder(folds, target_type=target.kind, smooth=10)
    # With metadata routing, scikit-learn 1.9 expects groups, and raises an error.
    with warnings.catch_warnings(), config_context(enable_metadata_routing=False):
        warnings.simplefilter("ignore", UserWarning)  # on classes with fewer rows than folds
        cross_fitted = encoder.set_output(transform="default").fit_transform(X, values)
    scales = [robust_scale(distribution(column)) for column in encoder.transform(X).T]
    means = TargetMeans(encoder, [target.labels] * len(texts), *np.transpose(scales))
    return means, means.scaled(cross_fitted)


def _rows(texts):
    return np.array(texts, dtype=object).T


def read_target(y):
    """Return the target to encode by, None for too many classes; refuse several targets."""
    check_label_types(y)
    y = numbers_of_objects(np.asarray(y))
    with np.errstate(invalid="ignore"):  # of NaN, which is refused below
        kind = type_of_target(y, input_name="y", raise_unknown=True)
    if kind not in ("binary", "multiclass", "continuous"):
        raise ValueError(
            f"y is {kind}, but categories are encoded by one target: give y of shape (n_samples,), "
            "or none."
        )
    y = column_or_1d(y)
    if kind == "continuous":
        y = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")
        return Target(kind, y / np.abs(y).max(), ["target"])  # so that sums do not overflow
    classes, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    if len(classes) > MAX_CLASSES or counts.max() == 1:  # no folds of classes of one row
        return None
    labels = ["target"] if kind == "binary" else [f"target_{label}" for label in classes.tolist()]
    return Target(kind, codes, labels)
