"""The public interface of TabularEncoder."""

import datetime
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from skmlp import MLPSoftmaxClassifier, TabularEncoder

N = 120
RNG = np.random.default_rng(0)


def with_missing(values, every):
    return [None if i % every == 0 else value for i, value in enumerate(values)]


# A column of each kind, by name.
TABLE = {
    "age": with_missing(RNG.integers(20, 80, N).tolist(), 17),
    "height": RNG.standard_normal(N).tolist(),
    "member": with_missing(RNG.choice([True, False], N).tolist(), 13),
    "city": with_missing(RNG.choice(["Oslo", "Paris", "Rome"], N).tolist(), 19),
    "name": [f"n{i}" for i in RNG.integers(0, 40, N)],
    "born": with_missing(
        [datetime.datetime(2020, 1, 1) + datetime.timedelta(hours=30 * h) for h in range(N)], 11
    ),
    "took": [datetime.timedelta(seconds=int(s)) for s in RNG.integers(0, 99, N)],
    "price": ["?" if i % 29 == 0 else f"{x:.3f}" for i, x in enumerate(RNG.random(N))],
    "same": [1] * N,
    "none": [None] * N,
}
ROWS = [list(row) for row in zip(*TABLE.values(), strict=True)]
Y = RNG.integers(0, 3, N)


def make_table(kind):
    if kind == "list":
        return ROWS
    if kind == "array":
        return np.array(ROWS, dtype=object)
    library = pytest.importorskip(kind.split()[0])
    frame = library.DataFrame(TABLE)
    if kind == "pandas nullable":
        return frame.convert_dtypes()
    if kind == "pandas arrow":
        pytest.importorskip("pyarrow")
        return frame.convert_dtypes(dtype_backend="pyarrow")
    if kind == "pandas zones":
        local = frame["born"].dt.tz_localize("Asia/Tokyo")
        return frame.assign(born=local, city=frame["city"].astype("category"))
    if kind == "polars zones":
        return frame.with_columns(
            library.col("born").dt.replace_time_zone("Asia/Tokyo"),
            library.col("city").cast(library.Categorical),
            library.col("name").cast(library.Enum(sorted(set(TABLE["name"])))),
        )
    return frame


def fitted(X, **parameters):
    return TabularEncoder(**parameters).fit(X)


@parametrize_with_checks([TabularEncoder(), TabularEncoder(n_bins=0), TabularEncoder(n_bins=5)])
def test_estimator(estimator, check):
    check(estimator)


def test_the_formulas_of_the_documentation():
    X = np.random.default_rng(0).gamma(1, size=(400, 3))
    lower, median, upper = np.quantile(X, [0.25, 0.5, 0.75], axis=0)
    z = (X - median) / (upper - lower)
    E = np.quantile(X, np.arange(9) / 8, axis=0)
    P = np.hstack([np.clip((X[:, [j]] - E[:-1, j]) / np.diff(E[:, j]), 0, 1) for j in range(3)])
    piecewise = np.clip((P - P.mean(0)) / (P.std(0) + 1e-3), -5, 5)
    # Quantiles are defined differently, which changes each by at most one value.
    assert_allclose(
        TabularEncoder(n_bins=8).fit_transform(X),
        np.hstack([z / np.sqrt(1 + (z / 3) ** 2), piecewise]),
        atol=0.2,
    )


@pytest.mark.parametrize(
    "kind",
    [
        "array",
        "pandas",
        "pandas nullable",
        "pandas arrow",
        "pandas zones",
        "polars",
        "polars zones",
    ],
)
def test_the_same_values_give_the_same_output(kind):
    X = make_table(kind)
    encoder = TabularEncoder(random_state=0)
    Z = encoder.fit_transform(X, Y)
    reference = TabularEncoder(random_state=0)
    assert_array_equal(Z, reference.fit_transform(ROWS, Y))
    assert_array_equal(encoder.transform(X), reference.transform(ROWS))


def test_kinds():
    assert fitted(make_table("pandas")).kinds_ == {
        "age": "number",
        "height": "number",
        "member": "boolean",
        "city": "category",
        "name": "category",
        "born": "date",
        "took": "duration",
        "price": "number",
    }


def test_dropped():
    assert fitted(make_table("pandas")).dropped_ == {"same": "constant", "none": "all missing"}


def test_rare_categories_alone_are_dropped():
    X = [[f"id{i % 150}", i / 2] for i in range(300)]
    assert fitted(X).dropped_ == {"x0": "each category is rare"}


def test_names():
    encoder = TabularEncoder(max_categories=5).fit(make_table("pandas"), Y)
    names = encoder.get_feature_names_out().tolist()
    assert [name for name in names[: encoder.n_compact_] if not name.startswith("name_n")] == [
        *["age", "height", "member", "born_month", "born_day", "born_days_to_month_end"],
        *["born_day_of_week", "born_hour", "born_seconds"],
        *["took", "price", "age_missing", "member_missing", "born_missing", "price_missing"],
        *["city_Oslo", "city_Paris", "city_Rome", "city_missing"],
        *["name_infrequent", "name_target_0", "name_target_1", "name_target_2"],
    ]
    assert names[encoder.n_compact_ :][:8] == [f"age_bin{k}" for k in range(8)]


def test_names_are_distinct():
    X = [["1", 0.0, 3], ["2", None, 4], ["missing", 1.0, 5], [None, 2.0, 7]]
    encoder = fitted(X)
    names = encoder.get_feature_names_out(["a", "b", "b"])
    assert len(set(names)) == len(names) == encoder.transform(X).shape[1]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_output_as_a_frame(library):
    pytest.importorskip(library)
    encoder = TabularEncoder(random_state=0).set_output(transform=library)
    Z = encoder.fit_transform(make_table(library), Y)
    assert list(Z.columns) == encoder.get_feature_names_out().tolist()


def test_the_compact_encoding_is_that_without_bins():
    encoder = fitted(ROWS)
    compact = fitted(ROWS, n_bins=0).transform(ROWS)
    assert_array_equal(encoder.transform(ROWS)[:, : encoder.n_compact_], compact)


def test_output_is_a_c_contiguous_array_of_float32():
    Z = TabularEncoder().fit_transform(ROWS)
    assert (type(Z), Z.dtype, Z.flags.c_contiguous) == (np.ndarray, np.float32, True)


def test_missing_numbers_are_the_median_and_have_an_indicator():
    encoder = fitted([[1.0], [2], [3], [None]], n_bins=0)
    assert_array_equal(encoder.transform([[None], [2]]), [[0, 1], [0, 0]])


def test_numbers_missing_only_later_are_the_median():
    encoder = fitted([[1.0], [2], [3]])
    assert_array_equal(encoder.transform([[np.nan]]), encoder.transform([[2.0]]))


def test_a_constant_with_missing_values_is_their_indicator():
    encoder = fitted([[5, 1], [None, 2]])
    assert encoder.get_feature_names_out().tolist() == ["x1", "x0_missing"]


def test_whole_numbers_are_the_same_category_as_floats():
    encoder = fitted([[1, "a"], ["x", "b"], [2, "c"]])
    assert_array_equal(encoder.transform([[1.0, "a"]]), encoder.transform([["1", "a"]]))


def test_y_of_several_targets_is_refused_only_where_it_is_needed():
    y = RNG.integers(0, 2, (N, 2))
    TabularEncoder().fit(RNG.random((N, 2)), y)
    with pytest.raises(ValueError, match="multilabel-indicator"):
        TabularEncoder().fit([[f"id{i % 60}"] for i in range(N)], y)


def test_a_weight_is_a_repetition_for_numbers():
    weight = RNG.integers(0, 4, N)
    X = np.delete(np.array(ROWS, dtype=object), [3, 4], axis=1)
    weighted = TabularEncoder().fit(X, sample_weight=weight)
    repeated = TabularEncoder().fit(X.repeat(weight, axis=0))
    assert_array_equal(weighted.transform(X), repeated.transform(X))


def test_a_row_of_some_weight_is_a_row_for_categories():
    X, weight = [row[3:5] for row in ROWS], RNG.integers(0, 4, N)
    encoder = TabularEncoder(max_categories=4)
    weighted = encoder.fit(X, Y, sample_weight=weight).transform(X)
    rows = np.flatnonzero(weight)
    assert_array_equal(encoder.fit([X[i] for i in rows], Y[rows]).transform(X), weighted)


def test_weights_count_as_rows_for_the_number_of_bins():
    X = np.arange(50.0)[:, None]
    encoder = TabularEncoder().fit(X, sample_weight=np.full(50, 400.0))
    assert len(encoder.get_feature_names_out()) == 1 + 49  # an edge per value


@pytest.mark.parametrize("kind", ["array", "pandas", "polars"])
def test_rows_of_no_weight_are_encoded_too(kind):
    X, weight = make_table(kind), np.arange(N) % 3
    encoder = TabularEncoder(max_categories=2, random_state=0)
    Z = encoder.fit_transform(X, Y, sample_weight=weight)
    assert_array_equal(Z[weight == 0], encoder.transform(X)[weight == 0])


def test_a_seed_repeats_the_fit():
    first, second = (TabularEncoder(random_state=0).fit_transform(ROWS, Y) for _ in range(2))
    assert_array_equal(first, second)


def test_a_pickle_encodes_alike():
    encoder = TabularEncoder().fit(ROWS, Y)
    copy = pickle.loads(pickle.dumps(encoder))
    assert_array_equal(copy.transform(ROWS), encoder.transform(ROWS))


def test_a_clone_is_not_fitted():
    with pytest.raises(NotFittedError):
        clone(fitted(ROWS)).transform(ROWS)


def test_rows_are_encoded_one_by_one_as_all_at_once():
    encoder = fitted(ROWS)
    one_by_one = [encoder.transform([row])[0] for row in ROWS[:20]]
    assert_array_equal(encoder.transform(ROWS)[:20], one_by_one)


@pytest.mark.parametrize("dtype", ["int64", "Int64", "float32", "category", "object"])
def test_numbers_and_booleans_of_a_frame(dtype):
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame({"a": RNG.integers(0, 9, N), "b": RNG.random(N) < 0.5})
    expected = fitted(X).transform(X)
    assert_array_equal(fitted(X).transform(X.astype({"a": dtype})), expected)


def test_blocks_of_rows(monkeypatch):
    encoder = fitted(ROWS)
    expected = encoder.transform(ROWS)
    monkeypatch.setattr("skmlp.tabular.plan.BLOCK", 70)
    assert_array_equal(encoder.transform(ROWS), expected)


def test_the_table_is_not_changed():
    X = np.where(RNG.random((N, 3)) < 0.1, np.nan, RNG.random((N, 3)))
    before = X.copy()
    TabularEncoder().fit_transform(X)
    assert_array_equal(X, before)


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_infinity=False),
    st.text(max_size=3),
)
SAME_KIND = [
    st.floats(allow_infinity=False),
    st.integers(-3, 3) | st.none(),
    st.datetimes() | st.none(),
    st.timedeltas() | st.none(),
    st.text(max_size=2),
    CELLS,
]


@pytest.mark.filterwarnings("ignore:Column")
@given(st.data(), st.integers(1, 40))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_no_value_is_ever_missing(data, n_rows):
    columns = [
        data.draw(st.lists(kind, min_size=n_rows, max_size=n_rows), label="column")
        for kind in data.draw(st.lists(st.sampled_from(SAME_KIND), min_size=1, max_size=3))
    ]
    X = [[0, *row] for row in zip(*columns, strict=True)] + [[1, *(None for _ in columns)]]
    encoder = TabularEncoder(max_categories=5, random_state=0)
    y = data.draw(st.lists(st.integers(0, 2), min_size=n_rows + 1, max_size=n_rows + 1))
    Z = encoder.fit_transform(X, y)
    assert np.isfinite(Z).all()
    assert np.isfinite(encoder.transform(X)).all()
    assert Z.shape == (n_rows + 1, len(encoder.get_feature_names_out()))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_bins": 1}, "n_bins=1 is not allowed: n_bins must be 'auto' or an integer, 0 or"),
        ({"n_bins": "rule"}, "n_bins='rule' is not allowed"),
        ({"min_frequency": 0.1}, "min_frequency=0.1 is not allowed"),
        ({"max_categories": 1}, "max_categories=1 is not allowed"),
        ({"random_state": -1}, "random_state=-1 is not allowed"),
    ],
)
def test_parameters_that_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        fitted(ROWS, **parameters)


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (sparse.eye(3).tocsr(), TypeError, "Sparse data was passed"),
        ([1, 2], ValueError, "Expected 2D array, got 1D array"),
        (np.empty((0, 2)), ValueError, r"0 sample\(s\)"),
        (np.ones((2, 2)) * 1j, ValueError, "Complex data not supported"),
        ([[1, "a"], [1, "a"]], ValueError, "X has no column to learn from"),
        ([[1, 2], [2, np.inf]], ValueError, "Column 'x1' of X holds infinity"),
    ],
)
def test_tables_that_are_refused(X, error, message):
    with pytest.raises(error, match=message):
        fitted(X)


def test_other_columns_than_before():
    pandas = pytest.importorskip("pandas")
    encoder = fitted(pandas.DataFrame({"a": [1, 2], "b": [3, 4]}))
    with pytest.raises(ValueError, match="must be in the same order"):
        encoder.transform(pandas.DataFrame({"b": [1, 2], "a": [3, 4]}))


def test_numbers_where_dates_were():
    encoder = fitted([[datetime.date(2020, 1, 1)], [datetime.date(2021, 1, 1)]])
    with pytest.raises(ValueError, match=r"kind date .* kind number"):
        encoder.transform(np.array([[1.0]]))


def test_numbers_where_categories_were():
    encoder = fitted([["1"], ["a"]])
    assert_array_equal(encoder.transform(np.array([[1.0]])), [[1, 0]])


def test_y_of_another_length():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        TabularEncoder().fit(ROWS, Y[1:])


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([1, 2], r"groups has shape \(2,\)"),
        ([None] * N, "groups has a missing label"),
        ([1] * N, "groups has a single label, 1"),
    ],
)
def test_groups_that_are_refused(groups, message):
    with pytest.raises(ValueError, match=message):
        TabularEncoder().fit(ROWS, Y, groups=groups)


def test_an_empty_frame():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        fitted(pandas.DataFrame({"a": []}))


def test_in_a_pipeline_with_a_network():
    network = MLPSoftmaxClassifier(depth=0, solver="lbfgs", alpha=0.1)
    pipeline = make_pipeline(TabularEncoder(random_state=0), network)
    y = np.array(TABLE["height"]) > 0
    assert cross_val_score(pipeline, np.array(ROWS, dtype=object), y, cv=3).min() > 0.85
