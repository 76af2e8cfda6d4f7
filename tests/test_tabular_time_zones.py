"""Conversion to UTC and local time."""

import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skmlp.tabular.time_zones import in_utc, local_time, zone_named

TOKYO = datetime.timezone(datetime.timedelta(hours=9))
MOMENT = datetime.datetime(2024, 2, 29, 13, 30)
ZURICH = ZoneInfo("Europe/Zurich")


def test_local_time_is_that_of_datetime():
    rng = np.random.default_rng(0)
    minutes = np.concatenate(
        [rng.integers(-(10**8), 10**8, 300), np.arange(28_540_000, 28_545_000, 7)]
    )
    when = minutes.astype("M8[m]").astype("M8[us]")
    utc = [moment.replace(tzinfo=datetime.UTC) for moment in when.tolist()]
    expected = [moment.astimezone(ZURICH).replace(tzinfo=None) for moment in utc]
    assert local_time(when, ZURICH).tolist() == expected


def test_missing_and_extreme_dates():
    when = np.array(["NaT", "0001-01-01", "9999-12-31T23:00", "30000-01-01"], "M8[us]")
    local = local_time(when, TOKYO)
    assert np.isnat(local[0])
    assert (local[1:] - when[1:] == np.timedelta64(9, "h")).all()


@pytest.mark.parametrize(
    ("name", "hours"), [("+05:30", 5.5), ("-0330", -3.5), ("UTC", 0), ("Asia/Tokyo", 9)]
)
def test_zones_by_name(name, hours):
    assert zone_named(name).utcoffset(MOMENT) == datetime.timedelta(hours=hours)


def test_several_zones_are_moments_in_utc():
    values = [MOMENT.replace(tzinfo=TOKYO), MOMENT.replace(tzinfo=ZURICH), None]
    when, zone = in_utc(values, "a")
    assert_array_equal(when, np.array(["2024-02-29T04:30", "2024-02-29T12:30", "NaT"], "M8[us]"))
    assert zone is datetime.UTC


def test_one_zone_is_kept():
    assert in_utc([MOMENT.replace(tzinfo=ZURICH), None], "a")[1] is ZURICH
    assert in_utc([MOMENT, None], "a")[1] is None


def test_some_without_a_zone_are_refused():
    with pytest.raises(ValueError, match="Column 'a' of X holds dates with and without"):
        in_utc([MOMENT.replace(tzinfo=TOKYO), MOMENT], "a")
