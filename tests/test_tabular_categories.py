"""Categorical columns, compared with scikit-learn's OneHotEncoder and TargetEncoder."""

import warnings

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.preprocessing import OneHotEncoder, TargetEncoder

from skmlp import TabularEncoder
from skmlp.tabular.categories import MAX_CLASSES, fit_means, read_target

RNG = np.random.default_rng(0)
# Two columns: categories of 1 to 144 rows, and of equal frequencies, with missing values.
VALUES = np.repeat(np.arange(12), np.arange(1, 13) ** 2)
N = len(VALUES)
X = np.array([[f"c{i}" for i in VALUES], RNG.choice(["a", "b", "d", None], N)], dtype=object).T
NEW = np.vstack([X, [["new", "new"], [None, None]]])
TARGETS = {
    "binary": RNG.integers(0, 2, N),
    "multiclass": RNG.choice(["x", "y", "z"], N),
    "continuous": RNG.standard_normal(N),
}
every_target = pytest.mark.parametrize("y", TARGETS.values(), ids=TARGETS)


def names_of(X, y=None, **parameters):
    return TabularEncoder(**parameters).fit(X, y).get_feature_names_out().tolist()


def column(*values):
    return np.array(values, dtype=object)[:, None]


@pytest.mark.parametrize(
    ("min_frequency", "max_categories"), [(1, 30), (10, 30), (1, 5), (50, 6), (1, 2)]
)
def test_one_hot_is_that_of_scikit_learn(min_frequency, max_categories):
    parameters = {"min_frequency": min_frequency, "max_categories": max_categories}
    theirs = OneHotEncoder(
        handle_unknown="infrequent_if_exist", sparse_output=False, **parameters
    ).fit(X)
    ours = TabularEncoder(**parameters).fit(X)
    assert_array_equal(ours.transform(NEW), theirs.transform(NEW))


def test_one_hot_has_the_names_of_scikit_learn():
    theirs = OneHotEncoder(min_frequency=10).fit(X).get_feature_names_out().tolist()
    names = {"x0_infrequent_sklearn": "x0_infrequent", "x1_None": "x1_missing"}
    assert names_of(X, min_frequency=10) == [names.get(name, name) for name in theirs]


def test_a_hundredth_of_the_rows_is_frequent():
    X = column(*["a"] * 296, *["b"] * 3, *["c"] * 4)
    assert names_of(X) == ["x0_a", "x0_c", "x0_infrequent"]


def test_ten_rows_are_frequent():
    X = column(*["a"] * 3_000, *["b"] * 10, *["c"] * 9)
    assert names_of(X) == ["x0_a", "x0_b", "x0_infrequent"]


def test_many_categories_without_a_target_are_the_most_frequent():
    assert names_of(X[:, :1], max_categories=3) == ["x0_c10", "x0_c11", "x0_infrequent"]


@every_target
def test_means_of_the_target_are_those_of_scikit_learn(y):
    theirs = TargetEncoder(smooth=10).fit(X, y)
    means = theirs.transform(X)
    lower, median, upper = np.quantile(
        means, [0.25, 0.5, 0.75], axis=0, method="averaged_inverted_cdf"
    )
    z = (theirs.transform(NEW) - median) / (upper - lower)
    ours = TabularEncoder(max_categories=2).fit(X, y).transform(NEW)
    assert_allclose(ours[:, -z.shape[1] :], z / np.sqrt(1 + (z / 3) ** 2), rtol=1e-4, atol=1e-5)


def cross_fitted(y, groups=None):
    """Return the means for each row, before they are scaled."""
    means, Z = fit_means(X.T.tolist(), read_target(y), 0, groups)
    return Z / np.sqrt(1 - (Z / 3) ** 2) / means.scale + means.median


@every_target
def test_means_of_other_folds_are_those_of_scikit_learn(y):
    splitter = KFold if y.dtype.kind == "f" else StratifiedKFold
    for others, own in splitter(5, shuffle=True, random_state=0).split(X, y):
        theirs = TargetEncoder(smooth=10).fit(X[others], y[others]).transform(X[own])
        scale = np.abs(y).max() if y.dtype.kind == "f" else 1
        assert_allclose(cross_fitted(y)[own] * scale, theirs)


def test_a_row_is_encoded_without_its_own_target():
    y = RNG.uniform(-1, 1, N)
    y[1] = 1  # the maximum, by which all are divided
    before = cross_fitted(y)
    y[0] += 0.5 * np.sign(-y[0])
    same = np.isclose(cross_fitted(y), before, rtol=1e-9).all(axis=1)
    assert same[0]
    assert same.sum() == N / 5


@every_target
def test_a_row_is_encoded_without_the_targets_of_its_group(y):
    groups = np.arange(N) // 5
    before, changed = cross_fitted(y, groups), y.copy()
    changed[:5] = np.roll(y[:5], 1)
    assert_allclose(cross_fitted(changed, groups)[:5], before[:5])


def test_copies_are_encoded_as_the_row_itself():
    table = np.column_stack([X, np.arange(N) / 2])
    y, encoder = TARGETS["multiclass"], TabularEncoder(0, 1, max_categories=2, random_state=0)
    expected = encoder.fit_transform(table, y)
    thrice = encoder.fit_transform(np.tile(table, (3, 1)), np.tile(y, 3))
    assert_allclose(thrice, np.tile(expected, (3, 1)), rtol=1e-5, atol=1e-6)


def test_a_category_of_one_row_does_not_leak_its_target():
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame({"id": [f"id{i}" for i in range(120)]}, dtype="category")
    y = np.arange(120) % 2
    encoder = TabularEncoder(random_state=0)
    Z = encoder.fit_transform(X, y)
    assert np.corrcoef(encoder.transform(X)[:, -1], y)[0, 1] > 0.99
    assert_allclose(Z, np.full_like(Z, Z[0]), atol=1e-7)


@pytest.mark.parametrize("rare", [[2], [2, 3, 3], [2] * 7])
def test_rare_classes(rare):
    y = np.concatenate([np.arange(N - len(rare)) % 2, rare])
    encoder = TabularEncoder(max_categories=2, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Z = encoder.fit_transform(X, y)
    assert np.isfinite(Z).all()
    assert f"x0_target_{rare[0]}" in encoder.get_feature_names_out()


@pytest.mark.parametrize(
    ("n_classes", "n_columns"), [(2, 1), (MAX_CLASSES, MAX_CLASSES), (MAX_CLASSES + 1, 0)]
)
def test_columns_are_bounded_by_the_classes(n_classes, n_columns):
    names = names_of(X, np.arange(N) % n_classes, max_categories=2)
    assert sum(name.startswith("x0_target") for name in names) == n_columns


@pytest.mark.parametrize("y", [[1, 2, 3], [0.5, 1.5, 2.5], [1, 1, 1], [1, 1, 2]])
def test_few_rows(y):
    X = column("a", "b", None)
    assert np.isfinite(TabularEncoder(max_categories=2).fit_transform(X, y)).all()


def test_the_configuration_of_scikit_learn_does_not_matter():
    y = TARGETS["binary"]
    encoder = TabularEncoder(max_categories=2, random_state=0)
    expected = encoder.fit_transform(X, y)
    pytest.importorskip("pandas")
    with sklearn.config_context(enable_metadata_routing=True, transform_output="pandas"):
        assert_array_equal(encoder.fit_transform(X, y), expected)


def test_a_column_of_a_single_target():
    y = TARGETS["continuous"]
    encoder = TabularEncoder(max_categories=2, random_state=0)
    assert_array_equal(encoder.fit_transform(X, y[:, None]), encoder.fit_transform(X, y))


@pytest.mark.parametrize(
    ("y", "message"),
    [([[0, 1], [1, 1]], "multilabel-indicator"), ([0.5, np.nan, 1], "Input y contains NaN")],
)
def test_targets_that_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        read_target(np.array(y))


def test_classes_of_two_rows_are_encoded_and_classes_of_one_are_not():
    names = column(*[f"id{i % 30}" for i in range(60)])
    of_two, of_one = np.arange(60) // 2, np.arange(60)
    for y, n_columns in ((of_two, 30), (of_one, 0)):
        found = names_of(names, y, max_categories=2)
        assert sum(name.startswith("x0_target") for name in found) == n_columns
