"""Validation of tables, labels and weights."""

import datetime

import numpy as np
import pytest
from conftest import SOLVERS, make
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from skmlp.estimator.inputs import check_table_and_labels

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


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
    with pytest.raises(ValueError, match=r"X has dtype (datetime|timedelta)64.*to numbers"):
        make().fit(X, [0, 1])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("given", [np.float32, np.float64])
def test_dtype_parameter(iris, given, dtype):
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
def test_several_labels_per_sample(method):
    clf = make().fit(np.eye(3), [0, 1, 0])
    with pytest.raises(ValueError, match="MultiOutputClassifier"):
        getattr(clf, method)(np.eye(3), np.array([[0, 1], [1, 1], [1, 0]]))


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


# Mixed-type tables and unaligned arrays


def unaligned(array):
    """Return an unaligned copy of an array."""
    memory = np.empty(array.nbytes + 1, np.uint8)
    moved = memory[1:].view(array.dtype).reshape(array.shape)
    moved[:] = array
    assert not moved.flags.aligned
    return moved


def test_an_unaligned_table_is_aligned_once(iris):
    X, y = iris
    clf = make().fit(unaligned(X), unaligned(y))
    assert_array_equal(clf.parameters_, make().fit(X, y).parameters_)
    assert_array_equal(clf.predict_proba(unaligned(X)), clf.predict_proba(X))


def test_what_is_trained_on_is_aligned(iris):
    X, y = iris
    table = check_table_and_labels(make(), unaligned(X), y, reset=True)
    assert table.X.flags.aligned


@pytest.fixture
def frame():
    pd = pytest.importorskip("pandas")
    return pd.DataFrame({"age": [1.0, 2, 3, 4], "city": ["Rome", "Oslo", "Rome", "Bonn"]})


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_column_of_text_is_named(frame, method):
    options = {"classes": [0, 1]} if method == "partial_fit" else {}
    with pytest.raises(ValueError, match=r"Column 'city' of X holds text, such as 'Rome'.*OneHot"):
        getattr(make(), method)(frame, [0, 1, 0, 1], **options)


def test_a_column_of_text_is_named_in_prediction(frame):
    clf = make().fit(frame[["age"]].assign(city=1.0), [0, 1, 0, 1])
    with pytest.raises(ValueError, match="Column 'city' of X holds text"):
        clf.predict(frame)


def test_a_column_of_text_in_an_array_and_in_polars(frame):
    pl = pytest.importorskip("polars")
    with pytest.raises(ValueError, match="Column 1 of X holds text, such as 'Rome'"):
        make().fit(frame.to_numpy(), [0, 1, 0, 1])
    with pytest.raises(ValueError, match="Column 'city' of X holds text"):
        make().fit(pl.DataFrame({"age": [1.0, 2], "city": ["a", "b"]}), [0, 1])


def test_a_column_of_dates_is_named(frame):
    pd = pytest.importorskip("pandas")
    dated = frame[["age"]].assign(day=pd.to_datetime(["2024-01-01"] * 4))
    with pytest.raises(ValueError, match="Column 'day' of X holds dates or times"):
        make().fit(dated, [0, 1, 0, 1])


def test_text_that_is_numbers_is_taken():
    X = np.array([["1", "2"], ["3", "4.5"]], dtype=object)
    assert make().fit(X, [0, 1]).n_features_in_ == 2


# Labels


@pytest.mark.parametrize("labels", [[0, 1, 2], [True, False, True], [1.0, 2.0, 3.0], [0, 1.0, 2]])
def test_labels_in_an_array_of_objects(iris, labels):
    y = np.array(labels, dtype=object)[iris[1]]
    clf = make().fit(iris[0], y)
    assert_array_equal(clf.classes_, np.unique(np.array(y.tolist())))


def test_labels_in_the_last_column_of_a_mixed_frame(iris):
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame(iris[0]).assign(text="a", y=iris[1]).to_numpy()
    assert make().fit(table[:, :4].astype(float), table[:, -1]).score(iris[0], iris[1]) >= 0


@pytest.mark.parametrize("missing", [None, np.nan, float("nan")])
def test_missing_labels_are_named_in_the_error(missing):
    y = np.array(["a", missing, "b", "a"], dtype=object)
    with pytest.raises(TypeError, match=r"y has missing labels.*drop the rows without a label"):
        make().fit(np.eye(4), y)


@pytest.mark.parametrize("classes", [{0, 1, 2}, 3, "abc", {0: 1}, [[0, 1, 2]]], ids=str)
def test_classes_that_are_no_list_of_labels(iris, classes):
    with pytest.raises(TypeError, match=r"classes=.* is not allowed: classes must be a list"):
        make().partial_fit(*iris, classes=classes)


def test_missing_classes_are_named_in_the_error(iris):
    with pytest.raises(TypeError, match=r"^classes has missing labels"):
        make().partial_fit(*iris, classes=[0, 1, None])


@pytest.mark.parametrize("zone", [None, "Europe/Rome"])
def test_dates_of_any_kind_in_a_frame_are_named(frame, zone):
    pd = pytest.importorskip("pandas")
    dates = pd.date_range("2024-01-01", periods=4, tz=zone)
    for day in (dates, dates.to_series(index=range(4)).dt.date, dates - dates[0]):
        with pytest.raises(ValueError, match="Column 'day' of X holds dates or times"):
            make().fit(frame[["age"]].assign(day=day), [0, 1, 0, 1])


def test_dates_in_a_frame_of_polars_are_named():
    pl = pytest.importorskip("polars")
    day = pl.Series([datetime.date(2024, 1, 1), datetime.date(2024, 2, 1)])
    table = pl.DataFrame({"age": [1.0, 2.0], "day": day})
    with pytest.raises(ValueError, match="Column 'day' of X holds dates or times"):
        make().fit(table, [0, 1])


def test_text_in_nested_lists_and_other_objects():
    with pytest.raises(ValueError, match="Column 1 of X holds text, such as 'a'"):
        make().fit([[1, "a"], [2, "b"]], [0, 1])
    X = np.empty((2, 1), dtype=object)
    X[:, 0] = [(1, 2), (3, 4)]
    with pytest.raises(TypeError, match="Column 0 of X holds objects of tuple"):
        make().fit(X, [0, 1])


@pytest.mark.parametrize("y", [["a", np.nan, "b", "a"], ["a", None, "b", "a"]], ids=str)
def test_missing_labels_in_a_list(y):
    with pytest.raises(TypeError, match="y has missing labels"):
        make().fit(np.eye(4), y)


def test_missing_dates_as_labels():
    y = np.array(["2024-01-01", "NaT", "2024-01-02", "NaT"], dtype="M8[D]")
    with pytest.raises(TypeError, match="y has missing labels"):
        make().fit(np.eye(4), y)


def test_a_missing_class():
    with pytest.raises(TypeError, match="classes has missing labels"):
        make().partial_fit(np.eye(4), [0, 1, 2, 0], classes=[0, 1, 2, np.nan])


def test_weights_that_are_not_numbers_are_named_in_the_error():
    with pytest.raises(ValueError, match="in sample_weight"):
        make().fit(np.eye(4), [0, 1, 0, 1], sample_weight="a")


def test_a_column_of_text_among_columns_of_one_name(frame):
    twice = frame.set_axis(["a", "a"], axis=1)
    with pytest.raises(ValueError, match="Column 'a' of X holds text, such as 'Rome'"):
        make().fit(twice, [0, 1, 0, 1])


# Names of features


@pytest.fixture
def named(iris):
    pd = pytest.importorskip("pandas")
    return pd.DataFrame(iris[0], columns=list("abcd")), iris[1]


def test_validation_data_with_features_in_another_order_are_refused(named):
    X, y = named
    with pytest.raises(ValueError, match=r"In the validation data, X_val.*\['b', 'a', 'c', 'd'\]"):
        make(max_iter=2).fit(X, y, X_val=X[list("bacd")], y_val=y)


def test_validation_data_need_names_only_where_both_have_them(named):
    X, y = named
    for X_train, X_val in [(X, X.to_numpy()), (X.to_numpy(), X), (X, X)]:
        clf = make(max_iter=2).fit(X_train, y, X_val=X_val, y_val=y)
        assert clf.validation_scores_[-1] == clf.score(X_train, y)


PREDICTIONS = [
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "hidden_activations",
    "input_gradients",
]


@pytest.mark.parametrize("method", PREDICTIONS)
def test_features_in_another_order_are_refused_in_prediction(named, method):
    X, y = named
    clf = make(max_iter=2).fit(X, y)
    with pytest.raises(ValueError, match="feature names should match"):
        getattr(clf, method)(X[list("bacd")])


@pytest.mark.parametrize("method", PREDICTIONS)
def test_a_table_without_names_is_warned_of_in_prediction(named, method):
    X, y = named
    clf = make(max_iter=2).fit(X, y)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        predicted = getattr(clf, method)(np.ascontiguousarray(X))
    assert_array_equal(predicted, getattr(clf, method)(X))


def test_names_that_fit_did_not_see_are_warned_of(named):
    X, y = named
    clf = make(max_iter=2).fit(np.ascontiguousarray(X), y)
    with pytest.warns(
        UserWarning, match="X has feature names, but MLPSoftmaxClassifier was fitted"
    ):
        clf.predict(X)


@pytest.mark.parametrize("how", ["warm_start", "partial_fit"])
def test_training_continues_only_with_the_same_features(named, how):
    X, y = named
    clf = make(max_iter=2, warm_start=True).fit(X, y)
    go_on = clf.fit if how == "warm_start" else clf.partial_fit
    before = clf.parameters_.copy()
    with pytest.raises(ValueError, match="feature names should match"):
        go_on(X[list("bacd")], y)
    with pytest.raises(ValueError, match=r"3 features|feature names"):
        go_on(X[list("abc")], y)
    assert_array_equal(clf.parameters_, before)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        go_on(np.ascontiguousarray(X), y)


@pytest.mark.parametrize("method", PREDICTIONS)
def test_another_number_of_features_is_refused_in_prediction(iris, method):
    X, y = iris
    clf = make(max_iter=2).fit(X, y)
    for other in (X[:, :3], np.column_stack([X, X])):
        with pytest.raises(ValueError, match=f"X has {other.shape[1]} features, but MLPSoftmax"):
            getattr(clf, method)(other)
