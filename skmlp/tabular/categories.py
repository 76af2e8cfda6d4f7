"""Columns of categories: one-hot, and encoded by the mean of the target where they are many."""

from typing import NamedTuple

import numpy as np
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.multiclass import type_of_target

from skmlp.tabular.numbers import distribution, robust_scale, soft_clip

__all__ = [
    "Categories",
    "Target",
    "TargetMeans",
    "draw_folds",
    "fit_categories",
    "fit_targets",
    "read_target",
]

PRIOR_WEIGHT = 10  # rows that the mean of all counts for in the mean of a category
N_FOLDS = 5


class Target(NamedTuple):
    """What is to be predicted, of shape (n_samples, n_targets), and a name for each column."""

    values: np.ndarray
    labels: list


class TargetMeans(NamedTuple):
    """The mean of the target in each category, scaled as a column of numbers is.

    Attributes
    ----------
    means : ndarray of shape (n_categories + 1, n_targets)
        The means, drawn to that of all rows, which is the last.
    median, scale : ndarray of shape (n_targets,)
        Of the means of the rows trained on.
    """

    means: np.ndarray
    median: np.ndarray
    scale: np.ndarray

    def encode(self, means):
        """Scale means."""
        return soft_clip((means - self.median) * self.scale)

    def cross_fitted(self, codes, target, weight, folds):
        """Encode each row of a training set by the targets of the other folds."""
        means = np.empty(target.shape)
        for fold in range(N_FOLDS):
            own, others = folds == fold, folds != fold
            n_categories = len(self.means) - 1
            of_others = _means(codes[others], target[others], weight[others], n_categories)
            means[own] = of_others[codes[own]]
        return self.encode(means)


class Categories(NamedTuple):
    """What becomes of the categories of a column.

    Attributes
    ----------
    codes : dict from str or None to int
        The place of each category that was seen; None is a missing one.
    columns : ndarray of shape (n_categories + 1,), dtype int
        The one-hot column of each category, and at the end that of all others.
    labels : list of str
        What each column is called.
    one_hot : ndarray, dtype float32
        The row of zeros and ones for each value of `columns`.
    targets : TargetMeans or None
        The means of the target, where there are many categories.
    """

    codes: dict
    columns: np.ndarray
    labels: list
    one_hot: np.ndarray
    targets: TargetMeans | None

    @property
    def n_one_hot(self):
        """The number of one-hot columns."""
        return self.one_hot.shape[1]

    def find(self, values):
        """Give the code of each value, -1 where it is new."""
        return np.fromiter((self.codes.get(value, -1) for value in values), np.intp, len(values))

    def encode(self, values, Z):
        """Write the columns of some values into an array."""
        codes = self.find(values)
        Z[:, : self.n_one_hot] = self.one_hot[self.columns[codes]]
        if self.targets is not None:
            Z[:, self.n_one_hot :] = self.targets.encode(self.targets.means[codes])


def fit_categories(values, weight, min_frequency, max_categories):
    """Work out what becomes of a column of categories.

    Parameters
    ----------
    values : list of str or None
        The categories, None for a missing one.
    weight : ndarray of shape (n_samples,)
        Weight of each row, above 0.
    min_frequency : int or "auto"
        Categories of less weight share a column.
    max_categories : int
        One-hot columns at most.

    Returns
    -------
    categories : Categories
        What `Categories.encode` needs, without targets.
    """
    texts = sorted(set(values), key=lambda text: (text is None, text or ""))
    codes = {text: code for code, text in enumerate(texts)}
    code = np.array([codes[value] for value in values])
    total = np.bincount(code, weight)
    if min_frequency == "auto":
        min_frequency = min(10, weight.sum() / 100)
    kept = _most_frequent(total, None in codes, min_frequency, max_categories)
    pool = 0 < len(kept) < len(texts)
    columns = np.full(len(texts) + 1, len(kept))
    columns[kept] = np.arange(len(kept))
    labels = ["missing" if texts[i] is None else texts[i] for i in kept] + ["infrequent"] * pool
    one_hot = np.eye(len(kept) + 1, len(kept) + pool, dtype=np.float32)
    return Categories(codes, columns, labels, one_hot, None)


def _most_frequent(total, some_missing, min_frequency, max_categories):
    """Choose the categories that get a column; what is missing, the last, is never pooled."""
    missing = np.arange(len(total)) == (len(total) - 1 if some_missing else -1)
    frequent = missing | (total >= min_frequency)
    if frequent.all() and len(total) <= max_categories:
        return np.arange(len(total))
    by_weight = np.lexsort((-total, ~missing))
    return np.sort(by_weight[frequent[by_weight]][: max_categories - 1])


def fit_targets(codes, target, weight):
    """Work out the mean of the target in each category.

    Parameters
    ----------
    codes : ndarray of shape (n_samples,), dtype int
        The category of each row.
    target : ndarray of shape (n_samples, n_targets)
        The target.
    weight : ndarray of shape (n_samples,)
        Weight of each row, above 0.

    Returns
    -------
    targets : TargetMeans
        The means, and how they are scaled.
    """
    means = _means(codes, target, weight, codes.max() + 1)
    scales = [robust_scale(distribution(column, weight)) for column in means[codes].T]
    return TargetMeans(means, *np.transpose(scales))


def _means(codes, target, weight, n_categories):
    """Give the mean of the target in each category, and last that of all rows."""
    overall = weight @ target / weight.sum()
    sums = np.transpose([np.bincount(codes, weight * t, n_categories) for t in target.T])
    total = np.bincount(codes, weight, n_categories)[:, None]
    return np.vstack([(sums + PRIOR_WEIGHT * overall) / (total + PRIOR_WEIGHT), overall])


def read_target(y):
    """Give a target as numbers.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Classes, or numbers to predict.

    Returns
    -------
    target : Target
        A column for the second of two classes, or a column for each of several, or the numbers,
        divided by the largest.

    Raises
    ------
    ValueError
        If there are several targets, or some are missing.
    """
    with np.errstate(invalid="ignore"):  # NaN is about to be refused
        kind = type_of_target(y, input_name="y", raise_unknown=True)
    if kind == "continuous":
        y = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")
        return Target((y / np.abs(y).max())[:, None], ["target"])
    if kind not in ("binary", "multiclass"):
        raise ValueError(
            f"y is {kind}, but categories are encoded by one target: give y of shape (n_samples,), "
            "or none."
        )
    classes, place = np.unique(column_or_1d(y), return_inverse=True)
    if kind == "binary":
        return Target((place == 1).astype(np.float64)[:, None], ["target"])
    return Target(np.eye(len(classes))[place], [f"target_{label}" for label in classes.tolist()])


def draw_folds(target, random_state):
    """Divide rows into folds at random, with each value of the target spread over all of them."""
    rows = random_state.permutation(len(target))
    rows = rows[np.lexsort(target[rows].T)]
    folds = np.empty(len(rows), dtype=np.intp)
    folds[rows] = np.arange(len(rows)) % N_FOLDS
    return folds
