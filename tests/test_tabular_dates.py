import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skmlp.tabular.dates import date_parts

WHEN = np.array(["1969-12-31T23:59:59.5", "2000-02-29", "NaT", "2024-07-01T07:30"], "M8[us]")


def test_parts_are_those_of_pandas():
    pandas = pytest.importorskip("pandas")
    parts = date_parts(WHEN)
    accessor = pandas.Series(WHEN).dt
    for name in ("year", "month", "day", "day_of_week", "hour", "minute"):
        assert_array_equal(parts[name], getattr(accessor, name))
    assert_array_equal(parts["days_to_month_end"], accessor.days_in_month - accessor.day)


def test_days_of_a_leap_year():
    parts = date_parts(np.array(["2024-02-01", "2024-02-29", "2023-02-28", "1900-02-28"], "M8[us]"))
    assert_array_equal(parts["days_to_month_end"], [28, 0, 0, 0])


def test_seconds():
    assert_array_equal(date_parts(WHEN)["seconds"], [-0.5, 951782400, np.nan, 1719819000])
