"""Columns of categories, against scikit-learn's OneHotEncoder and TargetEncoder."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.preprocessing import OneHotEncoder, TargetEncoder

from skmlp.tabular.categories import (
    N_FOLDS,
    draw_folds,
    fit_categories,
    fit_targets,
    read_target,
)

RNG = np.random.default_rng(0)
VALUES = [f"c{i}" for i in np.repeat(np.arange(12), np.arange(1, 13) ** 2)]
ONES = np.ones(len(VALUES))


def one_hot(categories, values):
    Z = np.empty((len(values), categories.n_one_hot), np.float32)
    categories.encode(values, Z)
    return Z


@pytest.mark.parametrize(("min_frequency", "max_categories"), [(1, 30), (10, 30), (1, 5), (50, 6)])
def test_one_hot_is_that_of_scikit_learn(min_frequency, max_categories):
    ours = fit_categories(VALUES, ONES, min_frequency, max_categories)
    theirs = OneHotEncoder(
        min_frequency=min_frequency,
        max_categories=max_categories,
        handle_unknown="infrequent_if_exist",
        sparse_output=False,
    ).fit(np.array(VALUES)[:, None])
    values = [*VALUES, "new"]
    assert_array_equal(one_hot(ours, values), theirs.transform(np.array(values)[:, None]))


def test_a_hundredth_of_the_rows_is_frequent():
    values = ["a"] * 296 + ["b"] * 3 + ["c"] * 2
    assert fit_categories(values, np.ones(301), "auto", 30).labels == ["a", "infrequent"]


def test_ten_rows_are_frequent():
    values = ["a"] * 99_981 + ["b"] * 10 + ["c"] * 9
    labels = fit_categories(values, np.ones(100_000), "auto", 30).labels
    assert labels == ["a", "b", "infrequent"]


def test_what_is_missing_is_never_pooled():
    values = ["a"] * 100 + ["b"] * 50 + ["c"] * 40 + [None]
    categories = fit_categories(values, np.ones(191), 10, 3)
    assert categories.labels == ["a", "missing", "infrequent"]


def test_what_is_new_has_no_column_where_nothing_is_pooled():
    categories = fit_categories(["a", "b"], np.ones(2), 1, 30)
    assert_array_equal(one_hot(categories, ["new", None]), 0)


@pytest.mark.parametrize(
    "y",
    [
        RNG.integers(0, 2, len(VALUES)),
        RNG.choice(["x", "y", "z"], len(VALUES)),
        RNG.standard_normal(len(VALUES)),
    ],
    ids=["binary", "multiclass", "continuous"],
)
def test_means_of_the_target_are_those_of_scikit_learn(y):
    codes = fit_categories(VALUES, ONES, 1, 30).find(VALUES)
    means = fit_targets(codes, read_target(y).values, ONES).means
    X = np.append(codes, 12)[:, None]
    theirs = TargetEncoder(smooth=10).fit(X[:-1], y).transform(X)
    if y.dtype.kind == "f":
        theirs = theirs / np.abs(y).max()
    assert_allclose(means[X[:, 0]], theirs)


def test_a_row_is_encoded_without_its_own_target():
    codes = fit_categories(VALUES, ONES, 1, 30).find(VALUES)
    target = RNG.standard_normal((len(VALUES), 1))
    folds = draw_folds(target, np.random.RandomState(0))
    targets = fit_targets(codes, target, ONES)
    before = targets.cross_fitted(codes, target, ONES, folds)
    target[folds == 2] += 1
    after = targets.cross_fitted(codes, target, ONES, folds)
    assert_array_equal(np.flatnonzero((before == after).all(1)), np.flatnonzero(folds == 2))


def test_folds_have_equal_shares_of_each_class():
    target = np.eye(3)[np.repeat([0, 1, 2], [50, 35, 15])]
    folds = draw_folds(target, np.random.RandomState(0))
    shares = [target[folds == fold].sum(0) for fold in range(N_FOLDS)]
    assert_array_equal(shares, [[10, 7, 3]] * N_FOLDS)


def test_folds_are_drawn_at_random():
    target = np.zeros((100, 1))
    first, second = (draw_folds(target, np.random.RandomState(seed)) for seed in (0, 1))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(
    ("y", "message"),
    [([[0, 1], [1, 1]], "multilabel-indicator"), ([0.5, np.nan, 1], "Input y contains NaN")],
)
def test_targets_that_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        read_target(np.array(y))
