"""Conversion of the cells of columns of all libraries."""

import datetime
from decimal import Decimal

import numpy as np
import pytest
from conftest import objects
from numpy.testing import assert_array_equal

from skmlp.tabular.cells import read_cells, texts_of_cells

DAY = datetime.date(2024, 2, 29)
MOMENT = datetime.datetime(2024, 2, 29, 13, 30)
TOKYO = datetime.timezone(datetime.timedelta(hours=9))


@pytest.mark.parametrize(
    ("column", "family", "values"),
    [
        (np.array([1, 2]), "number", [1, 2]),
        (np.array([True, False]), "boolean", [1, 0]),
        (objects(True, None), "boolean", [1, np.nan]),
        (objects(1, None, 2.5), "number", [1, np.nan, 2.5]),
        (objects(True, np.nan), "boolean", [1, np.nan]),
        (objects(Decimal("1.5"), np.int8(3)), "number", [1.5, 3]),
        (objects(None, np.nan), "number", [np.nan, np.nan]),
        (np.array(["b", "a"]), "text", ["b", "a"]),
        (objects("b", None, np.nan), "text", ["b", None, None]),
        (objects("b", 1, 2.5), "text", ["b", 1, 2.5]),
        (objects(DAY, None), "date", np.array(["2024-02-29", "NaT"], "M8[us]")),
        (objects(MOMENT, np.nan), "date", np.array(["2024-02-29T13:30", "NaT"], "M8[us]")),
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
def test_families(column, family, values):
    cells = read_cells(column, "a")
    assert cells.family == family
    assert_array_equal(cells.values, values)


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize(("values", "expected"), [([1, 2], True), ([1.0, 2.0], False)])
def test_integers_are_known_as_such(library, values, expected):
    series = pytest.importorskip(library).Series(values)
    assert read_cells(series, "a").is_integer is expected
    assert read_cells(np.array(values), "a").is_integer is expected
    assert read_cells(objects(*values), "a").is_integer is expected


def test_objects_with_a_time_zone_are_moments():
    cells = read_cells(objects(MOMENT.replace(tzinfo=TOKYO), None), "a")
    assert_array_equal(cells.values, np.array(["2024-02-29T04:30", "NaT"], "M8[us]"))
    assert cells.zone is TOKYO


@pytest.mark.parametrize("cell", [[1], {"a": 1}, b"a", 1j, np.zeros(2)])
def test_other_objects_are_refused(cell):
    message = f"Column 'a' of X holds objects of type {type(cell).__name__}"
    with pytest.raises(TypeError, match=message):
        read_cells(objects(1, cell), "a")


@pytest.mark.parametrize("cell", [[1, 2], {"a": 1}, b"a"])
def test_other_objects_of_polars_are_refused(cell):
    polars = pytest.importorskip("polars")
    with pytest.raises(TypeError, match="Column 'a' of X holds objects of type"):
        read_cells(polars.Series([cell, cell]), "a")


def test_arrays_of_polars_are_refused():
    polars = pytest.importorskip("polars")
    column = polars.Series([[1, 2], [3, 4]], dtype=polars.Array(polars.Int64, 2))
    with pytest.raises(TypeError, match="Column 'a' of X holds objects of type list"):
        read_cells(column, "a")


@pytest.mark.parametrize("dtype", ["Int128", "UInt64"])
def test_large_integers_of_polars_are_numbers(dtype):
    polars = pytest.importorskip("polars")
    column = polars.Series([2**64 - 1, 5], dtype=getattr(polars, dtype))
    assert read_cells(column, "a").family == "number"
    assert_array_equal(read_cells(column, "a").values, [2.0**64, 5])


def test_a_number_beyond_float64():
    with pytest.raises(ValueError, match="Column 'a' of X holds a number beyond"):
        read_cells(objects(1, 10**400), "a")


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        (objects("b", 1, 1.0, True, 2.5), ["b", "1", "1", "True", "2.5"]),
        (objects("b", 10**400), ["b", str(10**400)]),
        (np.array([1.0, np.nan]), ["1", None]),
        (objects("1.0", "-1.0", "a.0"), ["1", "-1", "a.0"]),
    ],
)
def test_text_is_the_same_for_all_file_formats(column, texts):
    assert texts_of_cells(column, "a") == texts


def test_intervals_of_a_declared_category_are_text():
    pandas = pytest.importorskip("pandas")
    column = pandas.Series(pandas.cut([1, 9], [0, 5, 10]))
    assert texts_of_cells(column, "a") == ["(0, 5]", "(5, 10]"]


def test_dates_of_arrow():
    pandas = pytest.importorskip("pandas")
    pyarrow = pytest.importorskip("pyarrow")
    days = [datetime.date(2020, 1, 1), datetime.date(2021, 6, 2)]
    cells = read_cells(pandas.Series(days, dtype=pandas.ArrowDtype(pyarrow.date32())), "a")
    assert cells.family == "date"
    assert cells.values.tolist() == [datetime.datetime(2020, 1, 1), datetime.datetime(2021, 6, 2)]
