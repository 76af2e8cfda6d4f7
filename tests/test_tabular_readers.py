"""Reading columns of later tables, and messages if they have changed."""

import datetime

import numpy as np
import pytest
from conftest import objects
from numpy.testing import assert_array_equal

from skmlp import TabularEncoder
from skmlp.tabular.column_kinds import infer_reader
from skmlp.tabular.duration_texts import DurationFormat
from skmlp.tabular.readers import DateReader, NumberReader

DAY = datetime.date(2024, 2, 29)
MOMENT = datetime.datetime(2024, 2, 29, 13, 30)
TOKYO = datetime.timezone(datetime.timedelta(hours=9))
NUMBERS = [float(i) + 0.5 for i in range(30)]


@pytest.mark.parametrize(
    ("reader", "column", "values"),
    [
        (NumberReader("number"), np.array([True]), [1]),
        (NumberReader("boolean"), np.array([1.0, np.nan, 0]), [1, np.nan, 0]),
        (NumberReader("number"), objects("1.5", "?", None), [1.5, np.nan, np.nan]),
        (NumberReader("duration"), objects(None), [np.nan]),
        (NumberReader("duration", DurationFormat()), objects("0:01:00"), [60]),
        (NumberReader("number", missing=("n.d.",)), objects("n.d."), [np.nan]),
    ],
)
def test_numbers_that_can_be_read_as_before(reader, column, values):
    assert_array_equal(reader.read(column, "a"), values)


@pytest.mark.parametrize(
    ("reader", "column", "message"),
    [
        (NumberReader("number"), objects("1", "abc"), "kind number .* kind text, such as 'abc'"),
        (NumberReader("number"), objects(DAY), "kind number .* kind date"),
        (NumberReader("boolean"), np.array([5.0, 7.0]), "kind boolean .* number, such as 5"),
        (NumberReader("boolean"), objects("7"), "kind boolean .* number, such as 7"),
        (NumberReader("duration"), np.array([1.0]), "kind duration .* kind number"),
        (DateReader(), objects("abc"), "kind date .* kind text, such as 'abc'"),
        (DateReader(), np.array([1.0]), "kind date .* kind number"),
        (DateReader(), objects("01/02/2024"), "kind date .* kind text"),
        (
            DateReader(zone=TOKYO),
            objects(MOMENT),
            "kind date with a time zone .* without a time zone",
        ),
        (DateReader(), objects(MOMENT.replace(tzinfo=TOKYO)), "kind date without a .* with a time"),
    ],
)
def test_columns_that_hold_something_else_than_before(reader, column, message):
    with pytest.raises(ValueError, match=f"Column 'a' of X had values of {message}"):
        reader.read(column, "a")


def test_the_format_of_fit_is_used_again():
    reader, _ = infer_reader(objects(*(f"{i},25 €" for i in range(1000, 1100))), "a")
    assert_array_equal(reader.read(objects("1,5 €", "1234,250 €"), "a"), [1.5, 1234.25])


def test_numbers_without_their_unit_are_refused():
    reader, _ = infer_reader(objects(*(f"{i} %" for i in range(100))), "a")
    for column in (np.array([0.05]), objects("0.05")):
        with pytest.raises(ValueError, match=r"0\.05"):
            reader.read(column, "a")


def test_currency_may_have_been_converted_since():
    reader, _ = infer_reader(objects(*(f"${i}" for i in range(100))), "a")
    assert_array_equal(reader.read(np.array([1.5]), "a"), [1.5])


def test_few_new_texts_among_many_numbers_are_missing_values():
    reader, _ = infer_reader(objects(*map(str, NUMBERS)), "a")
    with pytest.warns(UserWarning, match="other cells as missing values: 'broken'"):
        values = reader.read(objects("broken", *map(str, NUMBERS)), "a")
    assert_array_equal(values, [np.nan, *NUMBERS])


def test_text_that_becomes_numbers_is_refused():
    reader, _ = infer_reader(objects(*(f"word {i}" for i in range(30))), "a")
    for column in (np.array([1.5]), objects(DAY)):
        with pytest.raises(ValueError, match=r"kind text .* kind (number|date)"):
            reader.read(column, "a")
    assert reader.read(objects(None, None), "a") == [None, None]


@pytest.mark.parametrize("reader", [DateReader(), NumberReader("duration", DurationFormat())])
def test_texts_for_missing_values_are_read_in_all_kinds(reader):
    values = reader.read(objects("N/A", ""), "a")
    assert (np.isnat(values) if values.dtype.kind == "M" else np.isnan(values)).all()


# Categories


def encoder_of(values):
    return TabularEncoder().fit(objects(*values)[:, None])


@pytest.mark.parametrize("changed", [["y", "n"], ["Y ", "N "], ["Yes", "No"], [True, False]])
def test_categories_of_which_none_is_known_are_reported(changed):
    encoder = encoder_of(["Y", "N"] * 50)
    with pytest.warns(
        UserWarning, match="'x0' of X has none of the categories .* it had 'N', and now"
    ) as seen:
        encoder.transform(objects(*changed * 9)[:, None])
    assert len(seen) == 1


def test_it_is_reported_once_for_a_table_in_blocks(monkeypatch):
    monkeypatch.setattr("skmlp.tabular.plan.BLOCK", 9)
    encoder = encoder_of(["Y", "N"] * 50)
    with pytest.warns(UserWarning, match="none of the categories") as seen:
        encoder.transform(objects(*"yn" * 50)[:, None])
    assert len(seen) == 1


def test_one_known_category_is_enough():
    encoder_of(["Y", "N"] * 50).transform(objects("y", "n", "N")[:, None])


def test_no_warning_for_new_categories_if_many_occurred_once():
    encoder = encoder_of([*map(chr, range(97, 117)), *"xy" * 20])
    encoder.transform(objects("new")[:, None])
    with pytest.warns(UserWarning, match="none of the categories"):
        encoder.transform(objects(*["new"] * 20)[:, None])


@pytest.mark.parametrize("changed", [[1.0, 0.0], [DAY, DAY]])
def test_words_that_become_numbers_or_dates_are_refused(changed):
    encoder = encoder_of(["Y", "N"] * 50)
    with pytest.raises(ValueError, match=r"category, such as 'N' .* now has values of kind"):
        encoder.transform(objects(*changed * 9)[:, None])


def test_declared_floats_in_float32_are_reported():
    pandas = pytest.importorskip("pandas")
    floats = np.array([0.1, 0.2] * 50)
    encoder = TabularEncoder().fit(pandas.DataFrame({"a": floats}, dtype="category"))
    with pytest.warns(UserWarning, match="it had '0.1', and now has '0.1000"):
        encoder.transform(pandas.DataFrame({"a": floats.astype(np.float32)}))


def test_objects_where_categories_were():
    with pytest.raises(TypeError, match="Column 'x0' of X holds objects of type list"):
        encoder_of(["a", "b"] * 9).transform(objects([1])[:, None])


def encoded_alike(fitted_on, seen):
    """Check whether values in transform are encoded as the same ones in fit."""
    import pandas as pd

    encoder = TabularEncoder().fit(pd.DataFrame({"x": fitted_on}))
    before, now = (encoder.transform(pd.DataFrame({"x": x})) for x in (fitted_on, seen))
    return (before[: len(seen)] == now).all() and now.any()


def test_text_of_whole_numbers_is_recognised():
    assert encoded_alike(["1.0", "2.0", "unknown"], [1.0, 2.0])


def test_categories_of_booleans_are_recognised():
    pd = pytest.importorskip("pandas")
    fitted_on = pd.Series([True, False, None], dtype="category")
    assert encoded_alike(fitted_on, pd.Series([True, False], dtype="boolean"))


@pytest.mark.parametrize("unit", ["ns", "us"])
def test_categories_of_dates_are_recognised_in_any_unit(unit):
    pd = pytest.importorskip("pandas")
    dates = np.array(["2020-01-01", "2021-06-01"], dtype=f"M8[{unit}]")
    fitted_on = pd.Series(pd.to_datetime(["2020-01-01", "2021-06-01"]), dtype="category")
    encoder = TabularEncoder().fit(fitted_on.to_frame())
    assert "2020-01-01" in encoder.get_feature_names_out()[0]
    assert encoded_alike(fitted_on, dates)
