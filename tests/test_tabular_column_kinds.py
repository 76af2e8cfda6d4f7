"""Inference of the kinds of columns, and warnings if they are ambiguous."""

import datetime
import warnings

import numpy as np
import pytest
from conftest import objects
from numpy.testing import assert_array_equal

from skmlp.tabular.column_kinds import infer_reader
from skmlp.tabular.readers import DateReader

DAY = datetime.date(2024, 2, 29)
MOMENT = datetime.datetime(2024, 2, 29, 13, 30)
TOKYO = datetime.timezone(datetime.timedelta(hours=9))
NUMBERS = [float(i) + 0.5 for i in range(30)]


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


def test_free_text_needs_unique_texts_in_half_of_the_rows():
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


def test_a_warning_names_at_most_five_texts():
    unparsed = [f"n.d. {c}" for c in "abcdef"]
    with pytest.warns(UserWarning, match="'n.d. d', 'n.d. e', \\.\\.\\."):
        infer_reader(objects(*unparsed, *map(str, NUMBERS)), "a")


def test_texts_for_missing_values_need_no_warning():
    _, values = infer_reader(objects("?", " N/A ", "", *map(str, NUMBERS)), "a")
    assert np.isnan(values[:3]).all()


def test_ambiguous_numbers_are_reported():
    with pytest.warns(UserWarning, match="'1,250', which can be 1250 or 1.25: .* as 1250"):
        infer_reader(objects(*(f"{i},250" for i in range(1, 99))), "a")


def test_numbers_in_several_units_are_reported():
    texts = [f"{i} cm" if i % 2 else f"{i} in" for i in range(60)]
    with pytest.warns(
        UserWarning, match="too many other texts .*'2 in'.* Convert all numbers to one"
    ):
        assert kind_of(*texts * 2) == "category"


def test_numbers_in_many_units_are_reported():
    texts = [f"{i} {('cm', 'in', 'ft', 'm')[i % 4]}" for i in range(60)]
    with pytest.warns(UserWarning, match="holds numbers in several notations, such as '"):
        assert kind_of(*texts * 2) == "category"


def test_more_than_few_texts_among_numbers_are_reported():
    notes = [f"see note {i}" for i in range(11)]
    with pytest.warns(UserWarning, match="too many other texts .*'see note 0' and 'see note 10'"):
        assert kind_of(*map(str, NUMBERS), *notes) == "text"
    values = np.arange(1100.0).tolist()
    with pytest.warns(UserWarning, match="read as numbers, and other cells"):
        assert kind_of(*map(str, values), *notes) == "number"


def test_two_concatenated_files_are_reported():
    dates = [f"2024-{1 + i // 28:02d}-{1 + i % 28:02d}" for i in range(200)]
    others = [f"{1 + i % 28}.{1 + i // 28}.2023" for i in range(100)]
    with pytest.warns(UserWarning, match="holds dates, and too many other texts"):
        assert kind_of(*dates, *others) == "category"
    with pytest.warns(UserWarning, match="in several notations|too many other texts"):
        kind_of(*(f"{i}.25" for i in range(90)), *(f"{i},25" for i in range(90)))


def test_free_text_of_digits_is_reported():
    with pytest.warns(UserWarning, match="with more digits than letters, such as '0-100'"):
        assert kind_of(*(f"{i}-{100 + i}" for i in range(60))) == "text"


# Dates


def test_dates_of_text_are_those_that_are_parsed():
    days = np.arange("2024-01-01", "2024-06-01", dtype="M8[D]")
    reader, when = infer_reader(objects(*days.astype(str)), "a")
    assert_array_equal(when, days.astype("M8[us]"))
    assert_array_equal(reader.read(days, "a"), when)
    assert_array_equal(DateReader().read(objects(*days.astype(str)), "a"), when)


def test_ambiguous_days_and_months():
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
