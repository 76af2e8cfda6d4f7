"""Hostile input of every kind, and the expected result."""

import tracemalloc
import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning

from skmlp import MLPSoftmaxClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def make(**parameters):
    return MLPSoftmaxClassifier(
        **{"hidden_layer_sizes": 5, "max_iter": 5, "random_state": 0} | parameters
    )


def assert_probabilities(P, n_classes):
    assert P.shape[1] == n_classes
    assert np.isfinite(P).all()
    assert P.min() >= 0
    assert P.max() <= 1
    np.testing.assert_allclose(P.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("scale", [1e-300, 1e-45, 5e-324, 1e10, 1e30])
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_features_of_extreme_size(iris, scale, solver):
    X, y = iris
    clf = make(solver=solver).fit(X * scale, y)
    assert_probabilities(clf.predict_proba(X * scale), 3)


def test_float32_features_that_overflow_the_outputs(iris):
    X, y = iris
    clf = make(dtype="float32").fit(X, y)
    with pytest.raises(ValueError, match=r"outputs are not finite.*Scale"):
        clf.predict_proba(X * 1e38)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_float64_features_beyond_float32(iris, solver):
    X, y = iris
    with pytest.warns(ConvergenceWarning, match="diverged.*Scale the features"):
        clf = make(dtype="float32", solver=solver).fit(X * 1e200, y)
    assert_probabilities(clf.predict_proba(X), 3)
    with pytest.raises(ValueError, match="outputs are not finite"):
        clf.predict(X * 1e200)


@pytest.mark.parametrize("index", [150, -1, 2**31 - 1])
@pytest.mark.parametrize("container", [sparse.csr_matrix, sparse.csc_matrix, sparse.csr_array])
def test_sparse_indices_out_of_range(iris, container, index):
    X, y = iris
    S = container(X)
    clf = make().fit(S, y)
    S = S.copy()
    S.indices[7] = index
    for method in (lambda: make().fit(S, y), lambda: clf.predict(S)):
        with pytest.raises(ValueError, match="invalid sparse matrix"):
            method()


def test_sparse_coordinates_out_of_range(iris):
    X, y = iris
    S = sparse.coo_matrix(X)
    S.col[7] = 4
    with pytest.raises(ValueError, match="invalid sparse matrix"):
        make().fit(S, y)


def test_sparse_row_pointers_out_of_range(iris):
    X, y = iris
    S = sparse.csr_matrix(X)
    S.indptr[40] = 10**6
    with pytest.raises(ValueError, match="invalid sparse matrix"):
        make().fit(S, y)


def test_constant_columns(iris):
    X, y = iris
    constant = np.full_like(X, 3.0)
    clf = make(solver="lbfgs", max_iter=200).fit(constant, y)
    np.testing.assert_allclose(clf.predict_proba(constant)[0], 1 / 3, atol=1e-3)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_one_class(iris, solver):
    X, _ = iris
    clf = make(solver=solver).fit(X, np.full(len(X), "only"))
    np.testing.assert_array_equal(clf.predict_proba(X), np.ones((len(X), 1)))
    assert set(clf.predict(X)) == {"only"}


def test_one_sample():
    clf = make().fit([[1.0, 2.0]], ["a"])
    assert clf.predict([[5.0, 5.0]]).tolist() == ["a"]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([1, "a", None] * 50, "NoneType, int, str"),
        ([None] * 150, "NoneType: drop the rows"),
        (["a", None, "b"] * 50, "NoneType, str"),
        ([0.5, 1.5, 2.5] * 50, "continuous"),
        ([b"bytes"] * 150, "bytes"),
        ([float("nan"), 1.0, 2.0] * 50, "NaN"),
    ],
)
def test_labels_that_are_no_classes(iris, labels, message):
    X, _ = iris
    with pytest.raises((TypeError, ValueError), match=message):
        make().fit(X, np.array(labels, dtype=object if None in labels else None))


def test_missing_labels_of_pandas(iris):
    pd = pytest.importorskip("pandas")
    y = pd.Series([1, 2, pd.NA] * 50, dtype="Int64").astype(object)
    with pytest.raises(TypeError, match="NAType, int: drop the rows"):
        make().fit(iris[0], y)


def test_coordinates_of_one_dimension():
    vector = sparse.coo_array(np.ones(3))
    if vector.ndim == 2:
        pytest.skip("this SciPy has no sparse vectors")
    with pytest.raises(ValueError, match=r"2D|dimension"):
        make().fit(vector, [0, 1, 0])


@pytest.mark.filterwarnings("ignore:The number of unique classes")
def test_memory_with_many_classes():
    n, n_classes = 20_000, 20_000
    X = np.random.default_rng(0).normal(size=(n, 4)).astype(np.float32)
    tracemalloc.start()
    try:
        clf = make(hidden_layer_sizes=2, batch_size=100).partial_fit(
            X[:1000], np.arange(1000), classes=np.arange(n_classes)
        )
        predicted = clf.predict(X)
        # Logits of all rows would take 1600 MB.
        assert tracemalloc.get_traced_memory()[1] < 600e6
    finally:
        tracemalloc.stop()
    assert predicted.shape == (n,)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_probability_is_0(iris, dtype):
    X, y = iris
    clf = make(dtype=dtype, max_iter=50).fit(X, y)
    assert (clf.predict_proba(X * 1e9) > 0).all()


def test_huge_logits_have_finite_logarithms(iris):
    X, y = iris
    clf = make(depth=0).fit(X, y)
    clf.coefs_[0][:] = 1e8 * np.eye(4, 3)
    log_P = clf.predict_log_proba(X)
    assert np.isfinite(log_P).all()
    assert_probabilities(clf.predict_proba(X), 3)
    assert (np.log(clf.predict_proba(X)) > -np.inf).all()


@pytest.mark.parametrize("solver", ["adam", "adamw", "nadam", "rmsprop", "sgd"])
@pytest.mark.parametrize("depth", [0, 1, 4])
def test_a_huge_learning_rate(iris, solver, depth):
    X, y = iris
    clf = make(solver=solver, depth=depth, learning_rate_init=1e6, max_iter=50).fit(X, y)
    assert np.isfinite(clf.parameters_).all()
    assert_probabilities(clf.predict_proba(X), 3)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_huge_penalty(iris, solver, dtype):
    X, y = iris
    clf = make(solver=solver, alpha=1e300, dtype=dtype).fit(X, y)
    assert_probabilities(clf.predict_proba(X), 3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("low", [1e-300, 1e-30])
def test_weights_from_tiny_to_huge(iris, dtype, low):
    X, y = iris
    weight = np.geomspace(low, 1 / low, len(y))
    clf = make().fit(X.astype(dtype), y, sample_weight=weight)
    assert_probabilities(clf.predict_proba(X.astype(dtype)), 3)


@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_weights_whose_sum_overflows(iris, class_weight):
    X, y = iris
    clf = make(class_weight=class_weight).fit(X, y, sample_weight=np.full(len(y), 1e307))
    expected = make(class_weight=class_weight).fit(X, y, sample_weight=np.ones(len(y)))
    np.testing.assert_allclose(clf.predict_proba(X), expected.predict_proba(X), atol=1e-6)


def test_weights_whose_product_overflows(iris):
    X, y = iris
    with pytest.raises(ValueError, match="sample_weight times class_weight is too large"):
        make(class_weight=dict.fromkeys(range(3), 1e300)).fit(
            X, y, sample_weight=np.full(len(y), 1e300)
        )


def test_denormal_weights_and_features(iris):
    X, y = iris
    clf = make(alpha=0).fit(X * 1e-310, y, sample_weight=np.full(len(y), 5e-324))
    assert_probabilities(clf.predict_proba(X), 3)


@pytest.mark.parametrize("shape", [(0, 4), (150, 0), (0, 0)])
def test_tables_of_size_zero(shape):
    with pytest.raises(ValueError, match=r"0 (sample|feature)"):
        make().fit(np.empty(shape), np.zeros(shape[0]))


def test_prediction_of_no_rows(iris):
    clf = make().fit(*iris)
    with pytest.raises(ValueError, match="0 sample"):
        clf.predict(np.empty((0, 4)))


@pytest.mark.parametrize("X", [np.zeros(5), np.zeros((2, 2, 2)), "text", None, {}, object()])
def test_no_table(X):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises((TypeError, ValueError)):
            make().fit(X, [0, 1])


def test_complex_numbers(iris):
    X, y = iris
    with pytest.raises(ValueError, match="Complex"):
        make().fit(X + 1j, y)


def test_lengths_that_differ(iris):
    X, y = iris
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        make().fit(X, y[:-1])
