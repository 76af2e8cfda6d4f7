"""Dates and times with a time zone: conversion to UTC and to local time."""

import datetime
import re
from zoneinfo import ZoneInfo

import numpy as np

__all__ = ["in_utc", "local_time", "zone_named"]

DAY = np.timedelta64(1, "D")
FIRST, LAST = np.datetime64("0001-01-02"), np.datetime64("9999-12-30")  # limits of datetime


def zone_named(name):
    """Return the time zone with a name, such as "Europe/Oslo" or "+05:30"."""
    offset = re.fullmatch(r"([+-]\d\d):?(\d\d)", name)
    if offset is None:
        return ZoneInfo(name)
    hours, minutes = offset.groups()
    sign = -1 if hours.startswith("-") else 1
    return datetime.timezone(sign * datetime.timedelta(hours=abs(int(hours)), minutes=int(minutes)))


def in_utc(values, name):
    """Convert dates, some of which may be None, to datetime64[us] in UTC; also return their zone.

    Parameters
    ----------
    values : list of date, datetime, numpy.datetime64 or None
        The dates.
    name : str
        The name of their column, for the error.

    Returns
    -------
    when : ndarray of shape (n_samples,), dtype datetime64[us]
        The dates, in UTC if they have a time zone.
    zone : tzinfo or None
        The time zone: UTC if there are several; None if the dates have none.

    Raises
    ------
    ValueError
        If only some of them have a time zone.
    """
    zones = {id(zone): zone for zone in map(_zone, values) if zone is not None}
    if not zones:
        return np.array(values, dtype="M8[us]"), None
    naive = [value for value in values if value is not None and _zone(value) is None]
    if naive:
        raise ValueError(
            f"Column {name!r} of X holds dates with and without a time zone, such as {naive[0]}: "
            "either all or none of them must have one."
        )
    utc = datetime.UTC
    moments = [None if v is None else v.astimezone(utc).replace(tzinfo=None) for v in values]
    distinct = {str(zone): zone for zone in zones.values()}
    zone = next(iter(distinct.values())) if len(distinct) == 1 else utc
    return np.array(moments, dtype="M8[us]"), zone


def _zone(value):
    return getattr(value, "tzinfo", None)


def local_time(when, zone):
    """Convert times in UTC to the local time of a zone.

    Parameters
    ----------
    when : ndarray of shape (n_samples,), dtype datetime64[us]
        Times in UTC; NaT if missing.
    zone : tzinfo
        The time zone.

    Returns
    -------
    local : ndarray of shape (n_samples,), dtype datetime64[us]
        Local time.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.tabular.time_zones import local_time, zone_named
    >>> local_time(np.array(["2024-07-01T22:30"], dtype="M8[us]"), zone_named("+05:30")).tolist()
    [datetime.datetime(2024, 7, 2, 4, 0)]
    """
    days, places = np.unique(when.astype("M8[D]"), return_inverse=True)
    offsets = np.array([_offset(day, zone) for day in days])
    next_day = np.array([_offset(day + DAY, zone) for day in days])
    local = when + offsets[places]
    # UTC offsets change on few days: only the times of these days are converted one by one.
    for i in np.flatnonzero((offsets != next_day)[places]):
        local[i] = when[i] + _offset(when[i], zone)
    return local


def _offset(moment, zone):
    if np.isnat(moment):
        return np.timedelta64(0, "us")
    moment = np.clip(moment, FIRST, LAST).astype("M8[us]").item()
    return np.timedelta64(moment.replace(tzinfo=datetime.UTC).astimezone(zone).utcoffset(), "us")
