"""Properties of every input: fit and predict work, or there is a clear error."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from skmlp import MLPSoftmaxClassifier

hypothesis = pytest.importorskip("hypothesis")
from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from hypothesis.extra import numpy as hnp  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:batch_size="),
    pytest.mark.filterwarnings("ignore:The number of unique classes"),
]
# Derandomised: a failure is the same on every machine.
run = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

DTYPES = [np.float16, np.float32, np.float64, np.int8, np.uint8, np.int16, np.int32, np.int64, bool]
SPARSE = [
    sparse.csr_matrix,
    sparse.csc_matrix,
    sparse.coo_matrix,
    sparse.csr_array,
    sparse.lil_matrix,
    sparse.dok_matrix,
    sparse.bsr_matrix,
    sparse.dia_matrix,
]
PARAMETERS = st.fixed_dictionaries(
    {
        "depth": st.integers(0, 3),
        "hidden_layer_sizes": st.integers(1, 9),
        "batch_size": st.sampled_from(["auto", 1, 3, 1000]),
        "solver": st.sampled_from(["adam", "sgd", "lbfgs", "adamw", "nadam", "rmsprop"]),
        "activation": st.sampled_from(["relu", "tanh", "logistic", "gelu", "selu", "mish"]),
        "class_weight": st.sampled_from([None, "balanced"]),
        "max_iter": st.just(2),
        "random_state": st.just(0),
    }
)


@st.composite
def tables(draw, min_rows=1):
    """Generate small tables of every dtype, with moderate values, any memory order and strides."""
    shape = draw(st.integers(min_rows, 25)), draw(st.integers(1, 6))
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    elements = {"f": st.floats(-1000, 1000, width=16), "b": st.booleans()}.get(
        dtype.kind, st.integers(0, 100)
    )
    X = draw(hnp.arrays(dtype, shape, elements=elements, fill=st.nothing()))
    layout = draw(st.sampled_from(["C", "F", "strided", "reversed", "read-only"]))
    if layout == "F":
        X = np.asfortranarray(X)
    elif layout == "strided":
        X = np.repeat(np.repeat(X, 2, axis=0), 3, axis=1)[::2, ::3]
    elif layout == "reversed":
        X = X[::-1, ::-1]
    X.flags.writeable = layout != "read-only"
    return X


@st.composite
def labels(draw, n):
    names = draw(
        st.sampled_from([[0, 1, 2], [-5, 7], ["a", "b", "cc"], [True, False], [1.0, 2.0], [3]])
    )
    places = draw(hnp.arrays(int, n, elements=st.integers(0, 9)))
    return np.array([names[k % len(names)] for k in places])


def assert_probabilities(P, n):
    assert P.shape[0] == n
    assert np.isfinite(P).all()
    assert P.min() >= 0
    assert P.max() <= 1
    assert_allclose(P.sum(axis=1), 1, atol=1e-5 if P.dtype == np.float32 else 1e-12)


@run
@given(tables(), PARAMETERS, st.data())
def test_any_table_gives_probabilities(X, parameters, data):
    y = data.draw(labels(len(X)))
    weight = data.draw(
        st.none() | hnp.arrays(float, len(X), elements=st.floats(0.001, 1e6), fill=st.nothing())
    )
    before = X.copy(), y.copy()
    clf = MLPSoftmaxClassifier(**parameters).fit(X, y, sample_weight=weight)
    assert_probabilities(clf.predict_proba(X), len(X))
    assert set(clf.predict(X).tolist()) <= set(y.tolist())
    assert_array_equal(X, before[0])
    assert_array_equal(y, before[1])


@run
@given(tables(min_rows=2), PARAMETERS, st.data())
def test_predictions_do_not_depend_on_how_rows_are_split(X, parameters, data):
    y = np.arange(len(X)) % 3
    clf = MLPSoftmaxClassifier(**parameters).fit(X, y)
    P = clf.predict_proba(X)
    tolerance = 1e-6 if P.dtype == np.float32 else 1e-12
    order = np.array(data.draw(st.permutations(range(len(X)))))
    assert_allclose(clf.predict_proba(X[order]), P[order], atol=tolerance)
    cut = data.draw(st.integers(1, len(X) - 1))
    pieces = [clf.predict_proba(X[:cut]), clf.predict_proba(X[cut:])]
    assert_allclose(np.vstack(pieces), P, atol=tolerance)


@run
@given(tables(), st.sampled_from(SPARSE), st.booleans(), st.sampled_from([np.int32, np.int64]))
def test_sparse_equals_dense(X, container, untidy, index_dtype):
    X = X.astype(np.float32)
    S = container(X)
    if S.format == "csr" and untidy:
        S = untidied(S)
    if S.format in ("csr", "csc"):
        S.indices, S.indptr = S.indices.astype(index_dtype), S.indptr.astype(index_dtype)
    y = np.arange(len(X)) % 2
    clf = MLPSoftmaxClassifier(4, max_iter=2, random_state=0)
    before = S.toarray()
    P = clf.fit(S, y).predict_proba(S)
    assert_allclose(P, clf.fit(X, y).predict_proba(X), atol=1e-3)
    assert_array_equal(S.toarray(), before)


def untidied(S):
    """Split each entry in two, add explicit and negative zeros, and reverse the indices."""
    coo = S.tocoo()
    rows = np.concatenate([coo.row, coo.row, [0, 0]])
    columns = np.concatenate([coo.col, coo.col, [0, S.shape[1] - 1]])
    values = np.concatenate([coo.data / 2, coo.data / 2, [0.0, -0.0]]).astype(S.dtype)
    order = np.lexsort((-columns, rows))
    pointers = np.searchsorted(rows[order], np.arange(S.shape[0] + 1))
    return type(S)((values[order], columns[order], pointers), shape=S.shape)


@run
@given(tables(min_rows=3), st.permutations(range(3)))
def test_permuting_the_classes_permutes_the_probabilities(X, order):
    y = np.arange(len(X)) % 3
    clf = MLPSoftmaxClassifier(4, max_iter=2, random_state=0).fit(X, y)
    P = clf.predict_proba(X)
    clf.coefs_[-1][:] = clf.coefs_[-1][:, order]
    clf.intercepts_[-1][:] = clf.intercepts_[-1][list(order)]
    assert_allclose(clf.predict_proba(X), P[:, order], atol=1e-5)


@run
@given(
    st.one_of(
        st.none(),
        st.text(),
        st.integers(),
        st.lists(st.floats()),
        st.lists(st.lists(st.floats() | st.none() | st.text(max_size=3), min_size=2, max_size=2)),
        hnp.arrays(st.sampled_from([float, complex, object, "U3", "M8[s]"]), (4, 2)),
        hnp.arrays(float, hnp.array_shapes(max_dims=4), elements=st.floats()),
    ),
    st.one_of(
        st.none(), st.lists(st.integers() | st.none() | st.text(max_size=2)), st.just([0, 1, 0, 1])
    ),
)
def test_any_input_works_or_raises_an_error(X, y):
    clf = MLPSoftmaxClassifier(3, max_iter=1, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            P = clf.fit(X, y).predict_proba(X)
        except (TypeError, ValueError):
            return
    assert_probabilities(P, len(P))


@pytest.mark.parametrize("dtype", ["Int8", "Int64", "Float32", "Float64", "boolean"])
def test_nullable_columns_of_pandas(dtype):
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame({"a": [0, 1, 1, 0], "b": [1, 0, 1, 0]}, dtype=dtype)
    y = pd.Series(["x", "y", "x", "y"], dtype="category")
    clf = MLPSoftmaxClassifier(3, max_iter=2, random_state=0).fit(table, y)
    reference = clf.predict_proba(table)
    assert_probabilities(reference, 4)
    table.iloc[0, 0] = pd.NA
    with pytest.raises(ValueError, match="NaN"):
        clf.predict(table)


@pytest.mark.parametrize("kind", ["int64[pyarrow]", "float[pyarrow]", "bool[pyarrow]"])
def test_columns_of_pyarrow(kind):
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    table = pd.DataFrame({"a": [0, 1, 1, 0], "b": [1, 0, 1, 0]}).astype(kind)
    y = pd.Series(["x", "y", "x", "y"], dtype="string[pyarrow]")
    clf = MLPSoftmaxClassifier(3, max_iter=2, random_state=0).fit(table, y)
    assert_probabilities(clf.predict_proba(table), 4)


def test_categorical_columns_are_refused_with_advice():
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame({"a": pd.Categorical(["u", "v", "u", "v"])})
    with pytest.raises(ValueError, match="could not convert string to float"):
        MLPSoftmaxClassifier().fit(table, [0, 1, 0, 1])


def test_object_columns_of_numbers():
    X = np.array([[1, 2.5], [True, 3]], dtype=object)
    clf = MLPSoftmaxClassifier(3, max_iter=2, random_state=0).fit(X, [0, 1])
    assert_probabilities(clf.predict_proba(X), 2)


def test_a_read_only_memory_map(tmp_path):
    X = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    y = X[:, 0] > 0
    clf = MLPSoftmaxClassifier(3, max_iter=2, random_state=0)
    assert_array_equal(clf.fit(mapped, y).predict_proba(mapped), clf.fit(X, y).predict_proba(X))
