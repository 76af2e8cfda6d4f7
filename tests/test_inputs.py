"""Tables, labels and weights of every kind, taken or refused."""

import numpy as np
import pytest
from conftest import SOLVERS, make
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*Maximum iterations:sklearn.exceptions.ConvergenceWarning"
)


# Tables


@pytest.mark.parametrize(
    ("given", "computed"),
    [
        (np.float64, np.float64),
        (np.float32, np.float32),
        (np.float16, np.float32),
        (np.uint8, np.float32),
        (np.int16, np.float32),
        (bool, np.float32),
        (np.int64, np.float64),
        (object, np.float64),
    ],
)
def test_dtype(iris, given, computed):
    X = (iris[0] > 0).astype(given)
    clf = make().fit(X, iris[1])
    assert clf.parameters_.dtype == clf.coefs_[0].dtype == computed
    assert clf.predict_proba(X).dtype == clf.decision_function(X).dtype == computed


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(
    "container", ["csr_array", "csc_array", "coo_array", "csr_matrix", "lil_array"]
)
def test_sparse_equals_dense(digits, solver, container):
    X, y = (part[:300] for part in digits)
    X = X.astype(np.float64)
    S = getattr(sparse, container)(X)
    dense, by_sparse = make(solver=solver).fit(X, y), make(solver=solver).fit(S, y)
    assert_allclose(dense.predict_proba(X), by_sparse.predict_proba(S), atol=1e-8)


def test_a_sparse_table_is_never_made_dense(digits, monkeypatch):
    S = sparse.csr_array(digits[0])
    for name in ("toarray", "todense"):
        monkeypatch.setattr(sparse.csr_array, name, None)
    make(max_iter=2, early_stopping=True).fit(S, digits[1]).predict_proba(S)


def test_pandas(iris):
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame(iris[0], columns=list("abcd"))
    y = pd.Series(np.array(["x", "y", "z"])[iris[1]], dtype="category")
    clf = make().fit(X, y)
    assert_array_equal(clf.feature_names_in_, list("abcd"))
    assert_array_equal(clf.parameters_, make().fit(iris[0], iris[1]).parameters_)
    with pytest.raises(ValueError, match="feature names"):
        clf.predict(X[list("bacd")])


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_polars(iris):
    pl = pytest.importorskip("polars")
    X = pl.DataFrame(dict(zip("abcd", iris[0].T, strict=True)))
    clf = make().fit(X, pl.Series(iris[1]))
    assert_array_equal(clf.feature_names_in_, list("abcd"))
    assert_array_equal(clf.predict(X), clf.predict(iris[0]))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("solver", SOLVERS)
def test_inputs_are_never_changed(iris, order, solver):
    X, y = np.array(iris[0], order=order), iris[1].copy()
    weight = np.linspace(0, 2, len(y))
    copies = X.copy(), y.copy(), weight.copy()
    clf = make(solver=solver, class_weight="balanced").fit(X, y, sample_weight=weight)
    clf.predict_proba(X)
    for given, before in zip((X, y, weight), copies, strict=True):
        assert_array_equal(given, before)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_data_that_is_not_finite(iris, bad):
    X = iris[0].copy()
    X[3, 1] = bad
    with pytest.raises(ValueError, match="Input X contains"):
        make().fit(X, iris[1])


@pytest.mark.parametrize("dtype", ["M8[D]", "m8[s]"])
def test_dates_and_times_are_not_numbers(dtype):
    X = np.array([[1], [2]]).astype(dtype)
    with pytest.raises(ValueError, match=r"X has dtype (datetime|timedelta)64.*into numbers"):
        make().fit(X, [0, 1])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("given", [np.float32, np.float64])
def test_dtype_of_ones_choice(iris, given, dtype):
    X = iris[0].astype(given)
    clf = make(dtype=dtype).fit(X, iris[1])
    assert clf.parameters_.dtype == clf.predict_proba(X).dtype == dtype


# Labels


@pytest.mark.parametrize("labels", [["b", "a", "c"], [10, -5, 7], [2.0, 1.0, 3.0]], ids=str)
def test_labels_of_any_sortable_type(iris, labels):
    X, codes = iris
    y = np.array(labels)[codes]
    clf = make(solver="lbfgs", max_iter=50).fit(X, y)
    assert_array_equal(clf.classes_, np.sort(labels))
    assert clf.predict(X).dtype == y.dtype
    assert clf.score(X, y) > 0.9


def test_boolean_labels(binary):
    X, y = binary
    assert make().fit(X, y == 1).predict(X).dtype == bool


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_several_labels_a_sample(method):
    with pytest.raises(ValueError, match="MultiOutputClassifier"):
        getattr(make(), method)(np.eye(3), np.array([[0, 1], [1, 1], [1, 0]]))


# Weights


@pytest.mark.parametrize(
    ("weight", "message"),
    [(0, "weight is zero"), (-1, "negative"), (np.nan, "contains NaN")],
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_weights_refused(iris, method, weight, message):
    X, y = iris
    with pytest.raises(ValueError, match=message):
        getattr(make().fit(X, y), method)(X, y, sample_weight=np.full(len(y), weight, float))


def test_huge_and_tiny_weights(iris):
    X, y = iris
    expected = make(alpha=0).fit(X, y, sample_weight=np.ones(len(y)))
    for scale in (1e-300, 1e300):
        clf = make(alpha=0).fit(X, y, sample_weight=np.full(len(y), scale))
        assert_allclose(clf.predict_proba(X), expected.predict_proba(X), rtol=1e-9)
