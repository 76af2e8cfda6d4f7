"""Conversion of a user's table to a DataFrame, an array, nested lists or a sparse matrix."""

import datetime
import sys

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.model_selection import cross_val_score
from sklearn.utils.fixes import parse_version

from skmlp import MLPSoftmaxClassifier, TabularEncoder, TabularMLPClassifier
from skmlp.estimator.tables import as_table, check_other_names, other_names

N = 60
A = np.arange(N) % 7 / 7
Y = (A > 0.5).astype(int)
QUICK = TabularMLPClassifier(4, n_folds=1, max_iter=2, random_state=0)

every_estimator = pytest.mark.parametrize(
    "estimator",
    [MLPSoftmaxClassifier(4, random_state=0), TabularEncoder(), QUICK],
    ids=lambda estimator: type(estimator).__name__,
)


@pytest.fixture
def arrow():
    """Return a pyarrow table with a column of each type."""
    pyarrow = pytest.importorskip("pyarrow")
    pytest.importorskip("pandas")
    days = [datetime.date(2020, 1, 1 + i % 28) for i in range(N)]
    return pyarrow.table(
        {
            "number": A,
            "integer": pyarrow.array([None if i % 9 == 0 else i for i in range(N)]),
            "day": days,
            "moment": pyarrow.array(days).cast(pyarrow.timestamp("us")),
            "text": [None if i % 8 == 0 else "xyz"[i % 3] for i in range(N)],
            "category": pyarrow.array(["xyz"[i % 3] for i in range(N)]).dictionary_encode(),
            "boolean": [i % 3 == 0 for i in range(N)],
            "took": [datetime.timedelta(seconds=i % 11) for i in range(N)],
        }
    )


@pytest.mark.parametrize(
    "X",
    [
        np.ones((3, 2)),
        [[1, "a"]],
        np.ma.masked_array(np.ones((3, 2))),
        [],
        sparse.dok_array((3, 2)),
    ],
    ids=["array", "list", "no masked cell", "empty", "sparse, which is a mapping"],
)
def test_other_tables_are_returned_as_they_are(X):
    assert as_table(X) is X


# pyarrow tables


def test_a_pyarrow_table_keeps_its_names(arrow):
    assert TabularEncoder().fit(arrow).feature_names_in_.tolist() == arrow.column_names


def test_kinds_of_a_pyarrow_table(arrow):
    assert TabularEncoder().fit(arrow).kinds_ == {
        "number": "number",
        "integer": "number",
        "day": "date",
        "moment": "date",
        "text": "category",
        "category": "category",
        "boolean": "boolean",
        "took": "duration",
    }


def test_a_pyarrow_table_is_encoded_as_the_frame_of_pandas(arrow):
    Z = TabularEncoder(random_state=0).fit_transform(arrow, Y)
    assert_array_equal(Z, TabularEncoder(random_state=0).fit_transform(arrow.to_pandas(), Y))


def test_a_record_batch_is_a_table(arrow):
    encoder = TabularEncoder().fit(arrow)
    assert_array_equal(encoder.transform(arrow.to_batches()[0]), encoder.transform(arrow))


@every_estimator
def test_columns_of_a_pyarrow_table_in_another_order(estimator, arrow):
    clf = estimator.fit(arrow.select(["number", "boolean"]), Y)
    predict = getattr(clf, "predict", None) or clf.transform
    with pytest.raises(ValueError, match="names must be in the same order"):
        predict(arrow.select(["boolean", "number"]))


def test_a_pyarrow_table_is_predicted_in_blocks(arrow, monkeypatch):
    clf = QUICK.fit(arrow, Y)
    P = clf.predict_proba(arrow)
    monkeypatch.setattr("skmlp.tabular.ensemble.ROWS_AT_A_TIME", 25)
    np.testing.assert_allclose(clf.predict_proba(arrow), P, atol=1e-6)


@pytest.mark.skipif(
    parse_version(sklearn.__version__) < parse_version("1.9"), reason="takes no rows of pyarrow"
)
def test_cross_validation_of_a_pyarrow_table(arrow):
    assert cross_val_score(QUICK, arrow, Y, cv=2, error_score="raise").shape == (2,)


def test_an_index_of_pandas_is_no_column():
    pandas = pytest.importorskip("pandas")
    pyarrow = pytest.importorskip("pyarrow")
    frame = pandas.DataFrame({"a": A}, index=3 * np.arange(N))
    assert list(as_table(pyarrow.Table.from_pandas(frame)).columns) == ["a"]


def test_a_pyarrow_table_is_read_by_polars_where_pandas_is_missing(arrow, monkeypatch):
    polars = pytest.importorskip("polars")
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert isinstance(as_table(arrow), polars.DataFrame)


def test_a_pyarrow_table_needs_pandas_or_polars(arrow, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match=r"pyarrow Table.*pip install pandas"):
        as_table(arrow)


# Objects that are not tables in memory, or whose column names would be lost


class Relation:
    """A table of another library, which is not like a DataFrame."""

    columns = ["a"]

    def to_pandas(self):
        raise NotImplementedError


@every_estimator
@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([{"a": 1.0}] * N, r"X is a list of dict: pass a DataFrame, pandas.DataFrame\(X\)"),
        ({"a": A}, r"X is a dict: pass a DataFrame, pandas.DataFrame\(X\)"),
        ({"a": 1.0, "b": None}, r"X is a dict: pass a DataFrame, pandas.DataFrame\(\[X\]\)"),
        (
            np.array([(1, 2.0)], "i4, f8"),
            r"ndarray of numpy: pass a DataFrame, pandas.DataFrame\(X\)",
        ),
        (np.ma.masked_equal(np.c_[A, A], 0), r"MaskedArray of numpy.*\.filled\(numpy.nan\)"),
        (Relation(), r"X is a Relation of .*X\.to_pandas\(\)"),
    ],
    ids=["list of dicts", "dict of columns", "dict of a row", "structured", "masked", "relation"],
)
def test_names_and_masks_that_would_be_lost(estimator, X, message):
    with pytest.raises(TypeError, match=message):
        estimator.fit(X, Y)


@every_estimator
def test_a_lazy_frame(estimator):
    polars = pytest.importorskip("polars")
    with pytest.raises(TypeError, match=r"X is a LazyFrame of polars: .*X\.collect\(\)"):
        estimator.fit(polars.DataFrame({"a": A}).lazy(), Y)


def test_a_reader_of_record_batches(arrow):
    with pytest.raises(TypeError, match=r"RecordBatchReader of pyarrow: .*X\.read_all\(\)"):
        as_table(arrow.to_reader())


@every_estimator
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_series(estimator, library):
    series = pytest.importorskip(library).Series(A)
    with pytest.raises(TypeError, match=rf"Series of {library}: pass a DataFrame: X\.to_frame\(\)"):
        estimator.fit(series, Y)


def test_a_list_of_series():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(TypeError, match=r"X is a list of Series: .*pandas.DataFrame\(X\)"):
        as_table([pandas.Series({"a": 1})])


# Names


def test_columns_of_one_name():
    frame = pytest.importorskip("pandas").DataFrame(np.c_[A, A, A], columns=["a", "b", "b"])
    with pytest.raises(ValueError, match="X has 2 columns named 'b'"):
        TabularEncoder().fit(frame)


def test_columns_of_one_name_in_a_pyarrow_table(arrow):
    twice = arrow.append_column("number", arrow["number"])
    with pytest.raises(ValueError, match="X has 2 columns named 'number'"):
        TabularEncoder().fit(twice)


@pytest.fixture(params=["integers", "tuples"])
def frame(request):
    pandas = pytest.importorskip("pandas")
    names = {"integers": [3, 0], "tuples": pandas.MultiIndex.from_tuples([("a", 1), ("a", 2)])}
    return pandas.DataFrame(np.c_[A, Y], columns=names[request.param])


def test_other_names_in_another_order(frame):
    encoder = TabularEncoder().fit(frame)
    with pytest.raises(ValueError, match=r"names should match.*They are in another order"):
        encoder.transform(frame[list(frame.columns)[::-1]])


def test_other_names_that_are_unseen(frame):
    encoder = TabularEncoder().fit(frame)
    with pytest.raises(ValueError, match=r"unseen in fit: \['x', 'y'\]. Names of fit that are "):
        encoder.transform(frame.set_axis(["x", "y"], axis=1))


def test_other_names_are_those_of_kinds(frame):
    encoder = TabularEncoder(n_bins=0).fit(frame)
    names = [str(name) for name in frame.columns]
    assert list(encoder.kinds_) == encoder.get_feature_names_out().tolist() == names


def test_an_array_has_no_names_to_compare(frame):
    encoder = TabularEncoder().fit(frame)
    assert_array_equal(encoder.transform(frame.to_numpy()), encoder.transform(frame))


def test_a_fit_on_strings_forgets_other_names(frame):
    encoder = TabularEncoder().fit(frame).fit(frame.set_axis(["x", "y"], axis=1))
    assert list(encoder.kinds_) == ["x", "y"]


def test_names_that_are_strings_are_left_to_scikit_learn(frame):
    X = frame.set_axis(["x", "y"], axis=1)
    assert other_names(X) is None
    check_other_names(X, None)
