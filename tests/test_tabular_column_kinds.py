"""The kinds of columns, and the errors for those that cannot be read."""

import datetime
from decimal import Decimal

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skmlp import TabularEncoder
from skmlp.tabular.column_kinds import infer_kind, read_as

DAY = datetime.date(2024, 2, 29)
MOMENT = datetime.datetime(2024, 2, 29, 13, 30)
TOKYO = datetime.timezone(datetime.timedelta(hours=9))
SENTENCES = [f"It was the best of times, number {i}" for i in range(30)]


def objects(*values):
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


@pytest.mark.parametrize(
    ("column", "kind", "values"),
    [
        (np.array([1, 2]), "number", [1, 2]),
        (np.array([True, False]), "boolean", [1, 0]),
        (objects(True, None), "boolean", [1, np.nan]),
        (objects(1, None, 2.5), "number", [1, np.nan, 2.5]),
        (objects(True, np.nan), "boolean", [1, np.nan]),
        (objects(Decimal("1.5"), np.int8(3)), "number", [1.5, 3]),
        (objects(None, np.nan), "number", [np.nan, np.nan]),
        (np.array(["b", "a"]), "category", ["b", "a"]),
        (objects("b", None, np.nan), "category", ["b", None, None]),
        (objects("b", 1, 1.0, True, 2.5), "category", ["b", "1", "1", "True", "2.5"]),
        (objects("b", 10**400), "category", ["b", str(10**400)]),
        (objects("1", "2"), "category", ["1", "2"]),
        (objects(DAY, None), "date", np.array(["2024-02-29", "NaT"], "M8[us]")),
        (objects(MOMENT, np.nan), "date", np.array(["2024-02-29T13:30", "NaT"], "M8[us]")),
        (objects(MOMENT.replace(tzinfo=TOKYO)), "date", np.array([MOMENT], "M8[us]")),
        (np.array(["2024-02-29", "NaT"], "M8[D]"), "date", np.array([DAY, None], "M8[us]")),
        (np.array([1500, "NaT"], "m8[ms]"), "duration", [1.5, np.nan]),
        (
            objects(datetime.timedelta(1), np.timedelta64(2, "s"), None),
            "duration",
            [86400, 2, np.nan],
        ),
        (objects(datetime.time(1, 0, 1, tzinfo=TOKYO)), "duration", [3601]),
    ],
)
def test_kinds(column, kind, values):
    found, read = infer_kind(column, "a")
    assert found == kind
    assert_array_equal(read, values)


def test_many_texts_that_read_as_numbers_are_numbers():
    texts = [*map(str, range(21)), "?", " NA ", None]
    kind, values = infer_kind(objects(*texts), "a")
    assert kind == "number"
    assert_array_equal(values, [*range(21), np.nan, np.nan, np.nan])


@pytest.mark.parametrize("odd", ["x", "1_2"])
def test_many_texts_that_do_not_all_read_as_numbers_are_categories(odd):
    assert infer_kind(objects(*map(str, range(21)), odd), "a")[0] == "category"


def test_few_texts_that_read_as_numbers_are_categories():
    assert infer_kind(objects(*map(str, range(20)), "?"), "a")[0] == "category"


def test_declared_categories_are_not_read_as_numbers():
    pandas = pytest.importorskip("pandas")
    texts = list(map(str, range(21)))
    kind, values = infer_kind(pandas.Series(texts, dtype="category"), "a")
    assert kind == "category"
    assert values == texts


def test_intervals_are_categories():
    pandas = pytest.importorskip("pandas")
    _, values = infer_kind(pandas.Series(pandas.cut([1, 9], [0, 5, 10])), "a")
    assert values == ["(0, 5]", "(5, 10]"]


def test_free_text_is_refused():
    message = r"Column 'a' of X holds free text, such as 'It was the best.*skrub\.TextEncoder"
    with pytest.raises(ValueError, match=message):
        infer_kind(np.array(SENTENCES), "a")


def test_few_long_categories_are_no_free_text():
    assert infer_kind(np.array(SENTENCES * 2), "a")[0] == "category"


@pytest.mark.parametrize("cell", [[1], {"a": 1}, b"a", 1j, np.zeros(2)])
def test_other_objects_are_refused(cell):
    message = f"Column 'a' of X holds objects of type {type(cell).__name__}"
    with pytest.raises(TypeError, match=message):
        infer_kind(objects(1, cell), "a")


def test_a_number_beyond_float64():
    with pytest.raises(ValueError, match="Column 'a' of X holds a number beyond"):
        infer_kind(objects(1, 10**400), "a")


@pytest.mark.parametrize("cell", [[1, 2], {"a": 1}, b"a"])
def test_other_objects_of_polars_are_refused(cell):
    polars = pytest.importorskip("polars")
    with pytest.raises(TypeError, match="Column 'a' of X holds objects of type"):
        infer_kind(polars.Series([cell, cell]), "a")


@pytest.mark.parametrize(
    ("kind", "column", "message"),
    [
        ("number", objects("1", "abc"), "kind number .* kind text, such as 'abc'"),
        ("number", objects(DAY), "kind number .* kind date"),
        ("date", objects("abc"), "kind date .* kind category"),
        ("date", np.array([1.0]), "kind date .* kind number"),
        ("duration", np.array([1.0]), "kind duration .* kind number"),
    ],
)
def test_columns_that_hold_something_else_than_before(kind, column, message):
    with pytest.raises(ValueError, match=f"Column 'a' of X held values of {message}"):
        read_as(kind, column, "a")


def test_objects_where_categories_were():
    with pytest.raises(TypeError, match="Column 'a' of X holds objects of type list"):
        read_as("category", objects([1]), "a")


@pytest.mark.parametrize(
    ("kind", "column", "values"),
    [
        ("number", np.array([True]), [1]),
        ("boolean", np.array([2.0]), [2]),
        ("number", objects("1.5", "?", None), [1.5, np.nan, np.nan]),
        ("category", np.array([1.0, np.nan]), ["1", None]),
        ("date", objects(None), np.array(["NaT"], "M8[us]")),
        ("duration", objects(None), [np.nan]),
    ],
)
def test_columns_that_can_be_read_as_before(kind, column, values):
    assert_array_equal(read_as(kind, column, "a"), values)


def encoded_alike(fitted_on, seen):
    """Check whether values at transform are encoded as the same ones in fit."""
    import pandas as pd

    encoder = TabularEncoder().fit(pd.DataFrame({"x": fitted_on}))
    before, now = (encoder.transform(pd.DataFrame({"x": x})) for x in (fitted_on, seen))
    return (before[: len(seen)] == now).all() and now.any()


def test_text_of_whole_numbers_is_known_as_numbers():
    assert encoded_alike(["1.0", "2.0", "unknown"], [1.0, 2.0])


def test_categories_of_truth_values_are_known_as_such():
    pd = pytest.importorskip("pandas")
    fitted_on = pd.Series([True, False, None], dtype="category")
    assert encoded_alike(fitted_on, pd.Series([True, False], dtype="boolean"))


@pytest.mark.parametrize("unit", ["ns", "us"])
def test_categories_of_dates_are_known_in_any_unit(unit):
    pd = pytest.importorskip("pandas")
    dates = np.array(["2020-01-01", "2021-06-01"], dtype=f"M8[{unit}]")
    fitted_on = pd.Series(pd.to_datetime(["2020-01-01", "2021-06-01"]), dtype="category")
    encoder = TabularEncoder().fit(fitted_on.to_frame())
    assert "2020-01-01" in encoder.get_feature_names_out()[0]
    assert encoded_alike(fitted_on, dates)


def test_dates_of_arrow():
    pd = pytest.importorskip("pandas")
    pa = pytest.importorskip("pyarrow")
    days = [datetime.date(2020, 1, 1), datetime.date(2021, 6, 2)]
    column = pd.Series(days, dtype=pd.ArrowDtype(pa.date32()))
    kind, values = infer_kind(column, "x")
    assert kind == "date"
    assert values.tolist() == [datetime.datetime(2020, 1, 1), datetime.datetime(2021, 6, 2)]


# Free text


def texts_of(n_words, n_distinct=30):
    return [" ".join([f"{i}", *["word"] * (n_words - 1)]) for i in range(n_distinct)]


def fit_texts(texts):
    return TabularEncoder(min_frequency=1).fit(objects(*texts)[:, None])


def test_texts_of_few_words_are_categories():
    assert fit_texts(texts_of(4)).kinds_ == {"x0": "category"}


def test_texts_of_five_words_are_sentences():
    with pytest.raises(ValueError, match="Column 'x0' of X holds free text, such as '0 word"):
        fit_texts(texts_of(5))


def test_words_are_counted_on_average():
    assert fit_texts(texts_of(9, 10) + texts_of(2, 40)[10:]).kinds_ == {"x0": "category"}
    with pytest.raises(ValueError, match="free text"):
        fit_texts(texts_of(9, 20) + texts_of(2, 30)[20:])


def test_twenty_distinct_texts_of_any_length_are_categories():
    assert fit_texts(texts_of(9, 20)).kinds_ == {"x0": "category"}
    with pytest.raises(ValueError, match="free text"):
        fit_texts(texts_of(9, 21))


def test_sentences_of_which_some_repeat_or_are_missing_are_refused():
    with pytest.raises(ValueError, match="free text"):
        fit_texts([*texts_of(9, 95), *texts_of(9, 5), *[None] * 50])


def test_sentences_that_repeat_are_categories():
    assert fit_texts([*texts_of(9, 80), *texts_of(9, 20)]).kinds_ == {"x0": "category"}
