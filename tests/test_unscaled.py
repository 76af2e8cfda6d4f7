"""Validation data that were not scaled as X, and data that only look different."""

import re
import warnings

import numpy as np
import pytest
import sklearn
from conftest import make
from scipy import sparse
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler

from skmlp.estimator.unscaled import unlike_columns

pd = pytest.importorskip("pandas")

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*Maximum iterations:sklearn.exceptions.ConvergenceWarning",
    "ignore:The cross-entropy:sklearn.exceptions.ConvergenceWarning",
)

RNG = np.random.default_rng(0)
WARNING = "Some columns of X_val are far outside the range of X"
TABLES = [load_breast_cancer, load_digits, load_wine]


def halves(load, test_size=0.3):
    return train_test_split(load().data, test_size=test_size, random_state=0)


def scaled(X, X_val, scaler=None):
    scaler = (scaler or StandardScaler()).fit(X)
    return scaler.transform(X), scaler.transform(X_val)


# Data that are detected


@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler(), RobustScaler()], ids=str)
@pytest.mark.parametrize("load", TABLES)
def test_data_that_were_not_scaled_are_found(load, scaler):
    X, X_val = halves(load)
    assert len(unlike_columns(scaler.fit_transform(X), X_val))


@pytest.mark.parametrize("load", TABLES)
def test_a_single_row_that_was_not_scaled_is_found(load):
    X, X_val = halves(load)
    assert len(unlike_columns(StandardScaler().fit_transform(X), X_val[:1]))


def test_a_binary_column_without_any_of_its_values_is_found():
    X = RNG.integers(2, size=(400, 5)).astype(float)
    assert set(unlike_columns(StandardScaler().fit_transform(X), X[:50])) == set(range(5))


def test_a_larger_range_around_the_same_mean_is_found():
    X = RNG.normal(size=(400, 6))
    assert len(unlike_columns(X, 5 * RNG.normal(size=(100, 6)))) == 6


def test_of_many_columns_some_are_checked():
    X = RNG.normal(size=(100, 1000))
    columns = unlike_columns(X, 100 + X[:10])
    assert set(columns) == set(range(0, 1000, 4))


def test_the_farthest_column_comes_first():
    X = RNG.normal(size=(100, 3))
    assert unlike_columns(X, X + [0, 20, 40]).tolist() == [2, 1]


# Data that are not


@pytest.mark.parametrize("n_rows", [1, 3, None])
@pytest.mark.parametrize("load", TABLES)
def test_rows_drawn_at_random_are_not_found(load, n_rows):
    for start in range(0, 40, 3):
        X, X_val = halves(load)
        X_val = X_val if n_rows is None else X_val[start : start + n_rows]
        assert not len(unlike_columns(*scaled(X, X_val)))


@pytest.mark.parametrize("load", TABLES)
def test_rows_that_are_larger_in_a_column_are_not_found(load):
    X = load().data
    for column in range(0, X.shape[1], 3):
        X = X[np.argsort(X[:, column], kind="stable")]
        n = len(X) // 2
        assert not len(unlike_columns(*scaled(X[:n], X[n:])))


@pytest.mark.parametrize("part", [0.5, 0.8, 0.95])
def test_later_rows_of_columns_with_a_trend_are_not_found(part):
    time = np.arange(1000.0)
    X = time[:, None] + RNG.normal(size=(1000, 6)) * 30
    n = int(part * 1000)
    assert not len(unlike_columns(*scaled(X[:n], X[n:])))
    walk = np.cumsum(RNG.normal(size=(1000, 6)), axis=0)
    assert not len(unlike_columns(*scaled(walk[:n], walk[n:])))


def test_a_date_far_ahead_is_not_found():
    X = np.column_stack([np.arange(1000.0), RNG.normal(size=(1000, 3))])
    assert not len(unlike_columns(*scaled(X[:100], X[900:])))


def test_other_groups_are_not_found():
    group = RNG.integers(6, size=1200)
    X = RNG.normal(size=(1200, 10)) + 3 * RNG.normal(size=(6, 10))[group]
    for k in range(6):
        assert not len(unlike_columns(*scaled(X[group != k], X[group == k])))


@pytest.mark.parametrize("draw", [RNG.standard_cauchy, lambda size: RNG.lognormal(0, 3, size)])
@pytest.mark.parametrize("n_rows", [1, 5, 200])
def test_heavy_tails_are_not_found(draw, n_rows):
    for _ in range(20):
        X = draw(size=(500, 8))
        assert not len(unlike_columns(*scaled(X[:300], X[300 : 300 + n_rows])))


def test_columns_that_are_constant_in_X_do_not_count():
    X, X_val = RNG.normal(size=(100, 6)), RNG.normal(size=(20, 6))
    X[:, :4] = 0
    assert not len(unlike_columns(X, X_val * [1e3, 1e3, 1e3, 1e3, 1, 1]))


def test_one_hot_columns_are_not_found():
    categories = RNG.choice(30, size=(400, 2), p=np.arange(1, 31) / 465)
    X = OneHotEncoder(sparse_output=False).fit_transform(categories)
    for n_rows in (1, 100):
        assert not len(unlike_columns(X[:300], X[300 : 300 + n_rows]))
        assert not len(unlike_columns(*scaled(X[:300], X[300 : 300 + n_rows])))


def test_rare_counts_are_not_found():
    X = RNG.poisson(0.2, size=(400, 20))
    assert not len(unlike_columns(X[:100], X[100:101]))
    assert not len(unlike_columns(X[:100], X[100:]))


def test_two_values_in_another_precision_are_not_found():
    X, X_val = scaled(*train_test_split(RNG.integers(2, size=(200, 5)), random_state=0))
    assert not len(unlike_columns(X.astype(np.float32), X_val))


def test_values_close_to_two_are_not_found():
    X = RNG.integers(2, size=(300, 5)).astype(float)
    assert not len(unlike_columns(X, 0.01 + 0.98 * X[:20]))


def test_a_single_row_of_another_count_is_not_found():
    X = RNG.poisson(0.05, size=(45, 20)).clip(0, 1)
    assert not len(unlike_columns(X, np.full((1, 20), 2)))


def test_the_same_rows_are_not_found():
    X = RNG.normal(size=(100, 3))
    assert not len(unlike_columns(X, X))


def test_few_rows_are_not_checked():
    X = RNG.normal(size=(20, 3))
    assert not len(unlike_columns(X, 100 + X))


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float32"])
def test_every_type_is_taken(dtype):
    X = RNG.integers(0, 100, size=(300, 5)).astype(dtype)
    assert not len(unlike_columns(X[:200], X[200:]))


def test_the_largest_numbers_do_not_overflow():
    X = RNG.choice([-1.0, 0.0, 1.0], size=(300, 3)) * np.finfo(float).max
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        unlike_columns(X[:200], X[200:])


# In a fit


def fit_pipeline(X, y, X_val, y_val):
    own = {"mlpsoftmaxclassifier__X_val": X_val, "mlpsoftmaxclassifier__y_val": y_val}
    return make_pipeline(StandardScaler(), make(max_iter=2)).fit(X, y, **own)


def test_a_pipeline_without_transform_input_warns_once(digits):
    X, X_val, y, y_val = train_test_split(*digits, random_state=0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit_pipeline(16 * X, y, 16 * X_val, y_val)
    (message,) = [str(w.message) for w in caught if WARNING in str(w.message)]
    assert "transform_input=['X_val']" in message


def test_a_pipeline_with_transform_input_does_not_warn(digits):
    X, X_val, y, y_val = train_test_split(*digits, random_state=0)
    with sklearn.config_context(enable_metadata_routing=True):
        clf = make(max_iter=2).set_fit_request(X_val=True, y_val=True)
        pipeline = make_pipeline(StandardScaler(), clf, transform_input=["X_val"])
        pipeline.fit(16 * X, y, X_val=16 * X_val, y_val=y_val)


def test_validation_data_scaled_by_the_user_do_not_warn(digits):
    X, X_val, y, y_val = train_test_split(*digits, random_state=0)
    fit_pipeline(16 * X, y, StandardScaler().fit(16 * X).transform(16 * X_val), y_val)


def test_the_warning_names_the_column():
    X = pd.DataFrame(RNG.normal(size=(100, 3)), columns=["age", "height", "income"])
    y = RNG.integers(2, size=100)
    words = re.escape(f"{WARNING}, such as column 'income', from ")
    with pytest.warns(UserWarning, match=words):
        make(max_iter=2).fit(X, y, X_val=X * [1, 100, 1000] + [0, 1e3, 1e5], y_val=y)


def test_a_sparse_table_is_not_checked():
    X, y = RNG.normal(size=(100, 3)), RNG.integers(2, size=100)
    make(max_iter=2).fit(sparse.csr_array(X), y, X_val=1000 * X, y_val=y)
    make(max_iter=2).fit(X, y, X_val=sparse.csr_array(1000 * X), y_val=y)
