"""The encoder on tables in partitions: its sample, and its lazy output."""

import datetime
import math

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skmlp import TabularEncoder, TabularMLPClassifier
from skmlp.tabular.partitions import Partitions

pd = pytest.importorskip("pandas")
dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")
dd = pytest.importorskip("dask.dataframe")

N = 200
RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "age": [None if i % 17 == 0 else v for i, v in enumerate(RNG.integers(20, 80, N).tolist())],
        "height": RNG.standard_normal(N),
        "city": [None if i % 19 == 0 else v for i, v in enumerate(RNG.choice(["a", "b"], N))],
        "name": [f"n{i}" for i in RNG.integers(0, 40, N)],
        "born": [
            datetime.datetime(2020, 1, 1) + datetime.timedelta(hours=30 * h) for h in range(N)
        ],
        "code": pd.Categorical(RNG.integers(0, 5, N)),
    }
)
Y = pd.Series(RNG.integers(0, 3, N), name="y")


@pytest.fixture(autouse=True)
def one_thread():
    with dask.config.set(scheduler="synchronous"):
        yield


@pytest.fixture
def small_sample(monkeypatch):
    monkeypatch.setattr("skmlp.tabular.partitions.SAMPLE_ROWS", 50)


def in_parts(table, n=4):
    return dd.from_pandas(table, npartitions=n, sort=False)


def from_pieces(pieces):
    """Return a DataFrame whose partitions have different dtypes."""
    return dd.from_map(lambda piece: piece, pieces, meta=pieces[0].iloc[:0], enforce_metadata=False)


def numbers(n=N, seed=0):
    return np.random.default_rng(seed).standard_normal((n, 3))


X_KINDS = {
    "frame": lambda: (TABLE, in_parts(TABLE)),
    "array": lambda: (numbers(), da.from_array(numbers(), chunks=(60, 2))),
    "objects": lambda: (TABLE, da.from_array(TABLE.astype(object).to_numpy(), chunks=(90, 6))),
    "unknown chunks": lambda: (numbers(), in_parts(pd.DataFrame(numbers())).to_dask_array()),
}
Y_KINDS = {
    "series": lambda: in_parts(Y, 3),
    "array": lambda: da.from_array(Y.to_numpy(), chunks=70),
    "unknown chunks": lambda: in_parts(Y, 7).to_dask_array(),
    "pandas": lambda: Y,
    "list": Y.to_list,
    "none": lambda: None,
}


@pytest.mark.parametrize("y", Y_KINDS)
@pytest.mark.parametrize("kind", X_KINDS)
def test_few_rows_are_encoded_as_on_one_machine(kind, y):
    local, X = X_KINDS[kind]()
    if kind == "objects":
        local = X.compute()
    encoder, reference = TabularEncoder(random_state=0), TabularEncoder(random_state=0)
    Z = encoder.fit_transform(X, Y_KINDS[y]())
    assert_array_equal(Z, reference.fit_transform(local, None if y == "none" else Y))
    assert_array_equal(encoder.transform(X), reference.transform(local))
    assert_array_equal(encoder.transform(local), reference.transform(local))


def test_weights_in_partitions_are_those_of_one_machine():
    weight = np.arange(N) % 3.0
    encoder, reference = TabularEncoder(random_state=0), TabularEncoder(random_state=0)
    Z = encoder.fit_transform(in_parts(TABLE), in_parts(Y), da.from_array(weight, chunks=64))
    assert_array_equal(Z, reference.fit_transform(TABLE, Y, weight))


def test_groups_in_partitions_are_those_of_one_machine():
    groups = pd.Series([f"g{i // 3}" for i in range(N)])
    encoder, reference = TabularEncoder(random_state=0), TabularEncoder(random_state=0)
    Z = encoder.fit_transform(in_parts(TABLE), in_parts(Y), groups=in_parts(groups, 3))
    assert_array_equal(Z, reference.fit_transform(TABLE, Y, groups=groups))


def test_output_is_a_lazy_array_of_float32():
    encoder = TabularEncoder().fit(TABLE)
    Z = encoder.transform(in_parts(TABLE))
    assert isinstance(Z, da.Array)
    assert (type(Z._meta), Z._meta.dtype, Z._meta.ndim) == (np.ndarray, np.float32, 2)
    assert Z.shape[1] == len(encoder.get_feature_names_out())
    assert_array_equal(Z.partitions[2], encoder.transform(TABLE[100:150]))


def test_nothing_is_computed_by_transform():
    def refuse(piece):
        raise AssertionError

    encoder = TabularEncoder().fit(TABLE)
    encoder.transform(in_parts(TABLE).map_partitions(refuse, meta=TABLE.iloc[:0]))


def test_known_chunks_remain_and_rows_counted_by_fit_are_known():
    X = da.from_array(numbers(), chunks=(90, 3))
    assert TabularEncoder().fit(X).transform(X).chunks[0] == (90, 90, 20)
    assert TabularEncoder().fit_transform(in_parts(TABLE)).chunks[0] == (50, 50, 50, 50)


def test_known_chunks_are_not_counted():
    computed = []
    X = da.from_array(numbers(), chunks=(90, 3))
    X = X.map_blocks(lambda block: computed.append(0) or block, meta=np.empty((0, 0)))
    TabularEncoder().fit(X)
    assert len(computed) == 3


def test_a_later_fit_does_not_change_what_is_lazy():
    encoder = TabularEncoder().fit(TABLE)
    expected, Z = encoder.transform(TABLE), encoder.transform(in_parts(TABLE))
    encoder.fit(TABLE[["height"]])
    assert_array_equal(Z, expected)


def drawn(X, random_state=None):
    """Return the rows that a fit draws."""
    rows, sample = Partitions(X, TabularEncoder()).draw(random_state)
    assert_array_equal(sample["X"]["row"], rows)
    return rows


ROWS = pd.DataFrame({"row": np.arange(1000.0)})


def test_the_sample_does_not_depend_on_the_partitions(small_sample):
    rows = drawn(in_parts(ROWS, 3))
    assert len(np.unique(rows)) == 50
    assert_array_equal(rows, drawn(in_parts(ROWS, 8)))


def test_the_sample_is_drawn_by_the_seed(small_sample):
    X = in_parts(ROWS)
    assert_array_equal(drawn(X, random_state=1), drawn(X, random_state=1))
    assert set(drawn(X, random_state=1)) != set(drawn(X, random_state=2))


def test_rows_of_y_are_those_of_x(small_sample):
    X = pd.DataFrame({"name": [f"n{i}" for i in np.arange(1000) % 40], "x": np.arange(1000.0)})
    y = in_parts(pd.Series(np.arange(1000) % 40 < 20), 7)
    encoder = TabularEncoder(max_categories=2, min_frequency=1).fit(in_parts(X, 3), y)
    names = encoder.get_feature_names_out().tolist()
    means = encoder.transform(X)[:, names.index("name_target")]
    unknown = encoder.transform(pd.DataFrame({"name": ["?"], "x": [0]}))[0]
    seen = means != unknown[names.index("name_target")]
    assert seen.any()
    assert_array_equal((means > 0)[seen], (np.arange(1000) % 40 < 20)[seen])


def test_only_rows_of_the_sample_are_cross_fitted(small_sample):
    y = RNG.integers(0, 2, 1000)
    X = pd.DataFrame({"name": [f"n{i}" for i in np.arange(1000) % 40], "row": np.arange(1000.0)})
    encoder = TabularEncoder(max_categories=2, random_state=0)
    Z = encoder.fit_transform(in_parts(X), y).compute()
    other = (encoder.transform(X) != Z).any(axis=1)
    assert set(np.flatnonzero(other)) <= set(drawn(in_parts(X), random_state=0))
    assert 40 < np.count_nonzero(other) <= 50


def test_quantiles_err_by_less_than_the_documentation_says(monkeypatch):
    monkeypatch.setattr("skmlp.tabular.partitions.SAMPLE_ROWS", 1000)
    rows = drawn(in_parts(pd.DataFrame({"row": np.arange(30_000)})))
    error = np.abs(np.arange(1, 1001) / 1000 - (rows + 1) / 30_000).max()
    assert 0 < error < math.sqrt(math.log(2 / 0.001) / (2 * 1000))


def test_a_sample_of_many_columns_has_fewer_rows(monkeypatch):
    monkeypatch.setattr("skmlp.tabular.partitions.SAMPLE_VALUES", 300)
    X = in_parts(ROWS.assign(a=1.0, b=ROWS["row"] % 7))
    assert len(drawn(X)) == 100


def test_y_and_x_of_the_same_files(tmp_path):
    table = TABLE.astype({"code": str}).assign(y=Y)
    for i in range(4):
        table[50 * i : 50 * (i + 1)].to_parquet(tmp_path / f"{i}.parquet")
    parts = dd.read_parquet(tmp_path)
    encoder, reference = TabularEncoder(random_state=0), TabularEncoder(random_state=0)
    Z = encoder.fit_transform(parts.drop(columns="y"), parts["y"])
    assert_array_equal(Z, reference.fit_transform(table.drop(columns="y"), Y))


def test_empty_partitions():
    X = in_parts(TABLE)
    X, y = X[X["height"] > 9].repartition(npartitions=1), in_parts(Y)
    X = dd.concat([X, in_parts(TABLE)], interleave_partitions=False)
    encoder = TabularEncoder(random_state=0)
    assert_array_equal(
        encoder.fit_transform(X, y), TabularEncoder(random_state=0).fit_transform(TABLE, Y)
    )
    assert_array_equal(encoder.transform(X), encoder.transform(TABLE))


@pytest.mark.parametrize("column", ["age", "city", "born"])
def test_a_column_that_is_missing_in_one_partition(column):
    with dask.config.set({"dataframe.convert-string": False}):
        first, second = TABLE[:90], TABLE[90:].assign(**{column: np.nan})
        X = from_pieces([first, second])
        encoder = TabularEncoder(random_state=0)
        local = TABLE.assign(**{column: TABLE[column].where(np.arange(N) < 90)})
        reference = TabularEncoder(random_state=0)
        assert_array_equal(encoder.fit_transform(X, Y), reference.fit_transform(local, Y))


def test_categories_of_each_partition_its_own():
    pieces = [TABLE[["code", "age"]][i : i + 50] for i in range(0, N, 50)]
    X = from_pieces(
        [p.assign(code=pd.Categorical(p["code"].astype(int) + i)) for i, p in enumerate(pieces)]
    )
    assert TabularEncoder().fit(X).kinds_["code"] == "category"


def test_a_category_outside_of_the_sample_is_unknown(small_sample):
    X = pd.DataFrame({"city": ["a", "b"] * 500 + ["c"], "x": np.arange(1001.0)})
    encoder = TabularEncoder(n_bins=0).fit(in_parts(X))
    assert encoder.get_feature_names_out().tolist() == ["x", "city_a", "city_b"]
    assert_array_equal(encoder.transform(in_parts(X)).compute()[-1, 1:], [0, 0])


def test_an_error_of_a_partition_names_the_column():
    encoder = TabularEncoder().fit(TABLE)
    Z = encoder.transform(from_pieces([TABLE[:90], TABLE[90:].assign(age="old")]))
    with pytest.raises(ValueError, match="Column 'age' of X had values of kind number"):
        Z.compute()


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (lambda: in_parts(TABLE)["age"], TypeError, "X is a Dask Series: pass a Dask DataFrame or"),
        (lambda: dask.delayed(TABLE), TypeError, "X is a Dask DelayedLeaf: pass"),
        (lambda: da.ones(5), ValueError, "Expected 2D array, got 1D array"),
        (lambda: da.ones((0, 3)), ValueError, r"X has 0 sample\(s\) in all its partitions"),
        (lambda: in_parts(TABLE)[[]], ValueError, r"0 feature\(s\)"),
    ],
)
def test_collections_that_are_refused(X, error, message):
    with pytest.raises(error, match=message):
        TabularEncoder().fit(X())


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        (lambda: Y[1:], ValueError, "inconsistent numbers of samples"),
        (lambda: in_parts(Y[1:]), ValueError, "inconsistent numbers of samples"),
        (lambda: dask.delayed(Y), TypeError, "y is a Dask DelayedLeaf: pass a Dask Series or"),
    ],
)
def test_targets_that_are_refused(y, error, message):
    with pytest.raises(error, match=message):
        TabularEncoder().fit(in_parts(TABLE), y())


def test_other_columns_than_before_are_refused_at_once():
    encoder = TabularEncoder().fit(in_parts(TABLE))
    with pytest.raises(ValueError, match="must be in the same order"):
        encoder.transform(in_parts(TABLE[TABLE.columns[::-1]]))


def test_output_as_frames_is_refused():
    encoder = TabularEncoder().set_output(transform="pandas")
    with pytest.raises(ValueError, match=r"transform='pandas' .* set it to 'default'"):
        encoder.fit_transform(in_parts(TABLE))


def test_in_a_pipeline():
    double = FunctionTransformer(lambda Z: 2 * Z)
    Z = make_pipeline(TabularEncoder(), double).fit_transform(in_parts(TABLE), in_parts(Y))
    assert isinstance(Z, da.Array)


def test_the_classifier_of_tables_says_what_to_do():
    clf = TabularMLPClassifier(n_folds=1, max_iter=1, random_state=0)
    with pytest.raises(TypeError, match=r"X is a Dask DataFrame: pass X\.compute\(\), or train"):
        clf.fit(in_parts(TABLE), Y)
    clf.fit(TABLE[:40], Y[:40])
    with pytest.raises(TypeError, match=r"X is a Dask DataFrame: pass X\.compute\(\), or train"):
        clf.predict(in_parts(TABLE))


@pytest.mark.parametrize(("n_rows", "n_drawn"), [(100_000, 100_000), (130_000, 100_000)])
def test_the_sample_has_as_many_rows_as_the_documentation_says(n_rows, n_drawn):
    rows = drawn(in_parts(pd.DataFrame({"row": np.arange(n_rows)})))
    assert len(np.unique(rows)) == len(rows) == n_drawn


def test_text_is_read_as_from_a_table_in_memory():
    table = pd.DataFrame(
        {
            "price": [f"${i + 1000:,}.50" for i in range(60)],
            "day": [f"{1 + i % 31}.01.2024" for i in range(60)],
            "code": [f"0{i % 7}" for i in range(60)],
            "comment": [f"word {i}" for i in range(60)],
        }
    )
    encoder, local = TabularEncoder(random_state=0), TabularEncoder(random_state=0)
    Z = encoder.fit_transform(in_parts(table)).compute()
    assert_array_equal(Z, local.fit_transform(table))
    assert encoder.kinds_ == local.kinds_
    assert set(encoder.kinds_.values()) == {"number", "date", "category", "text"}
