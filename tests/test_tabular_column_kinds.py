"""The kinds of columns, how they are read again, and what is said where they have changed."""

import datetime
import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skmlp import TabularEncoder
from skmlp.tabular.column_kinds import DateReader, NumberReader, infer_reader
from skmlp.tabular.duration_texts import DurationFormat

DAY = datetime.date(2024, 2, 29)
MOMENT = datetime.datetime(2024, 2, 29, 13, 30)
TOKYO = datetime.timezone(datetime.timedelta(hours=9))
NUMBERS = [float(i) + 0.5 for i in range(30)]


def objects(*values):
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def kind_of(*values):
    reader, _ = infer_reader(objects(*values), "a")
    return reader.kind


# Kinds


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, None, 2.5], "number"),
        ([True, None], "boolean"),
        ([DAY], "date"),
        ([datetime.timedelta(1)], "duration"),
        (["b", 1, True], "category"),
        (["1", "2"], "category"),
        (list(map(str, range(20))), "category"),
        (list(map(str, range(21))), "number"),
        ([f"{i:03d}" for i in range(21)], "category"),
        (["2024-01-01", "2024-02-01"], "date"),
        ([f"word {i}" for i in range(20)], "category"),
        ([f"word {i}" for i in range(21)], "text"),
        ([f"word {i}" for i in range(21)] * 2, "category"),
    ],
)
def test_kinds(values, kind):
    assert kind_of(*values * (2 if kind == "category" else 1)) == kind


def test_text_is_that_of_which_half_of_the_rows_have_their_own():
    own = [f"word {i}" for i in range(30)]
    assert kind_of(*own, *["stock"] * 30, None) == "text"
    assert kind_of(*own, *["stock"] * 31) == "category"


def test_declared_categories_are_not_read():
    pandas = pytest.importorskip("pandas")
    for texts in (list(map(str, range(21))), [f"word {i}" for i in range(21)], ["2024-01-01"]):
        reader, values = infer_reader(pandas.Series(texts, dtype="category"), "a")
        assert reader.kind == "category"
        assert values == texts


# Numbers


def test_one_text_among_numbers_is_a_missing_value():
    with pytest.warns(UserWarning, match="Column 'a' of X is read as numbers.*: 'unknown'") as seen:
        reader, values = infer_reader(objects("unknown", None, *NUMBERS), "a")
    assert reader.kind == "number"
    assert_array_equal(values, [np.nan, np.nan, *NUMBERS])
    assert len(seen) == 1


def test_few_texts_are_named_and_not_more():
    strays = [f"n.d. {c}" for c in "abcdef"]
    with pytest.warns(UserWarning, match="'n.d. d', 'n.d. e', \\.\\.\\."):
        infer_reader(objects(*strays, *map(str, NUMBERS)), "a")


def test_texts_for_missing_values_need_no_warning():
    _, values = infer_reader(objects("?", " N/A ", "", *map(str, NUMBERS)), "a")
    assert np.isnan(values[:3]).all()


def test_two_readings_are_said():
    with pytest.warns(UserWarning, match="'1,250', which can be 1250 or 1.25: .* as 1250"):
        infer_reader(objects(*(f"{i},250" for i in range(1, 99))), "a")


def test_numbers_in_several_units_are_said():
    texts = [f"{i} cm" if i % 2 else f"{i} in" for i in range(60)]
    with pytest.warns(UserWarning, match="holds numbers, and too many other texts .*'2 in'"):
        assert kind_of(*texts * 2) == "category"


def test_numbers_in_many_units_are_said():
    texts = [f"{i} {('cm', 'in', 'ft', 'm')[i % 4]}" for i in range(60)]
    with pytest.warns(UserWarning, match="holds numbers in several notations, such as '"):
        assert kind_of(*texts * 2) == "category"


def test_more_than_few_texts_among_numbers_are_said():
    notes = [f"see note {i}" for i in range(11)]
    with pytest.warns(UserWarning, match="too many other texts .*'see note 0' and 'see note 10'"):
        assert kind_of(*map(str, NUMBERS), *notes) == "text"
    values = np.arange(1100.0).tolist()
    with pytest.warns(UserWarning, match="read as numbers, and other cells"):
        assert kind_of(*map(str, values), *notes) == "number"


def test_two_files_under_one_another_are_said():
    dates = [f"2024-{1 + i // 28:02d}-{1 + i % 28:02d}" for i in range(200)]
    others = [f"{1 + i % 28}.{1 + i // 28}.2023" for i in range(100)]
    with pytest.warns(UserWarning, match="holds dates, and too many other texts"):
        assert kind_of(*dates, *others) == "category"
    with pytest.warns(UserWarning, match="in several notations|too many other texts"):
        kind_of(*(f"{i}.25" for i in range(90)), *(f"{i},25" for i in range(90)))


def test_free_text_of_digits_is_said():
    with pytest.warns(UserWarning, match="of more digits than letters, such as '0-100'"):
        assert kind_of(*(f"{i}-{100 + i}" for i in range(60))) == "text"


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
    with pytest.raises(ValueError, match=f"Column 'a' of X held values of {message}"):
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


# Dates


def test_dates_of_text_are_those_that_are_parsed():
    days = np.arange("2024-01-01", "2024-06-01", dtype="M8[D]")
    reader, when = infer_reader(objects(*days.astype(str)), "a")
    assert_array_equal(when, days.astype("M8[us]"))
    assert_array_equal(reader.read(days, "a"), when)
    assert_array_equal(DateReader().read(objects(*days.astype(str)), "a"), when)


def test_days_and_months_that_are_not_certain():
    texts = [f"0{d}/0{m}/2024" for d in range(1, 9) for m in range(1, 9)] * 2
    with pytest.warns(UserWarning, match="Column 'a' .*'%d/%m/%Y' and '%m/%d/%Y'.*to_datetime"):
        assert kind_of(*texts) == "category"


def test_texts_that_are_no_dates_are_missing_values():
    texts = [f"{d}.01.2024" for d in range(1, 32)]
    with pytest.warns(UserWarning, match="read as dates.*: 'soon'"):
        reader, when = infer_reader(objects("soon", *texts), "a")
    assert np.isnat(when[0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnat(reader.read(objects("soon", "n/a"), "a")).all()


@pytest.mark.parametrize("library", ["pandas", "polars", "objects"])
def test_the_same_moments_in_another_zone_are_the_same(library):
    utc = [MOMENT.replace(tzinfo=datetime.UTC) + datetime.timedelta(hours=h) for h in range(99)]
    there = [moment.astimezone(TOKYO) for moment in utc]
    if library == "pandas":
        pandas = pytest.importorskip("pandas")
        here = pandas.Series(utc).dt.tz_convert("Asia/Tokyo")
        again = pandas.Series(utc)
    elif library == "polars":
        polars = pytest.importorskip("polars")
        again = polars.Series(utc, dtype=polars.Datetime("us", "UTC"))
        here = again.dt.convert_time_zone("Asia/Tokyo")
    else:
        here, again = objects(*there), objects(*utc)
    reader, when = infer_reader(here, "a")
    assert when.tolist() == [moment.replace(tzinfo=None) for moment in there]
    assert_array_equal(reader.read(again, "a"), when)
    assert_array_equal(reader.read(objects(*map(str, utc)), "a"), when)


def test_time_zones_of_arrow():
    pandas = pytest.importorskip("pandas")
    pyarrow = pytest.importorskip("pyarrow")
    dtype = pandas.ArrowDtype(pyarrow.timestamp("us", tz="Asia/Tokyo"))
    column = pandas.Series([MOMENT.replace(tzinfo=TOKYO)], dtype=dtype)
    reader, when = infer_reader(column, "a")
    assert when.tolist() == [MOMENT]
    assert reader.how == "dates, time zone Asia/Tokyo"


# Categories


def encoder_of(values):
    return TabularEncoder().fit(objects(*values)[:, None])


@pytest.mark.parametrize("changed", [["y", "n"], ["Y ", "N "], ["Yes", "No"], [True, False]])
def test_categories_of_which_none_is_known_are_said(changed):
    encoder = encoder_of(["Y", "N"] * 50)
    with pytest.warns(
        UserWarning, match="'x0' of X has no category .* it had 'N', and now"
    ) as seen:
        encoder.transform(objects(*changed * 9)[:, None])
    assert len(seen) == 1


def test_it_is_said_once_for_a_table_in_blocks(monkeypatch):
    monkeypatch.setattr("skmlp.tabular.plan.BLOCK", 9)
    encoder = encoder_of(["Y", "N"] * 50)
    with pytest.warns(UserWarning, match="no category") as seen:
        encoder.transform(objects(*"yn" * 50)[:, None])
    assert len(seen) == 1


def test_one_known_category_is_enough():
    encoder_of(["Y", "N"] * 50).transform(objects("y", "n", "N")[:, None])


def test_new_categories_are_no_surprise_where_many_occurred_once():
    encoder = encoder_of([*map(chr, range(97, 117)), *"xy" * 20])
    encoder.transform(objects("new")[:, None])
    with pytest.warns(UserWarning, match="no category"):
        encoder.transform(objects(*["new"] * 20)[:, None])


@pytest.mark.parametrize("changed", [[1.0, 0.0], [DAY, DAY]])
def test_words_that_become_numbers_or_dates_are_refused(changed):
    encoder = encoder_of(["Y", "N"] * 50)
    with pytest.raises(ValueError, match=r"category, such as 'N' .* now holds values of kind"):
        encoder.transform(objects(*changed * 9)[:, None])


def test_declared_floats_in_float32_are_said():
    pandas = pytest.importorskip("pandas")
    floats = np.array([0.1, 0.2] * 50)
    encoder = TabularEncoder().fit(pandas.DataFrame({"a": floats}, dtype="category"))
    with pytest.warns(UserWarning, match="it had '0.1', and now has '0.1000"):
        encoder.transform(pandas.DataFrame({"a": floats.astype(np.float32)}))


def test_objects_where_categories_were():
    with pytest.raises(TypeError, match="Column 'x0' of X holds objects of type list"):
        encoder_of(["a", "b"] * 9).transform(objects([1])[:, None])


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
