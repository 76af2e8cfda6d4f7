"""The numeric parts of dates and times."""

import numpy as np

__all__ = ["date_parts"]


def date_parts(when):
    """Return the numeric parts of dates, NaN if missing.

    Parameters
    ----------
    when : ndarray of shape (n_samples,), dtype datetime64[us]
        Dates and times, NaT if missing.

    Returns
    -------
    parts : dict from str to ndarray of shape (n_samples,), dtype float64
        The year, the month (1 to 12), the day of the month (1 to 31), the days to the end of the
        month (0 to 30), the day of the week (0 for Monday to 6), the hour (0 to 23), the minute
        (0 to 59), and the seconds since 1970.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.tabular.dates import date_parts
    >>> parts = date_parts(np.array(["2024-02-29T13:30"], dtype="M8[us]"))
    >>> for name, part in parts.items():
    ...     print(name, int(part[0]))
    year 2024
    month 2
    day 29
    days_to_month_end 0
    day_of_week 3
    hour 13
    minute 30
    seconds 1709213400
    """
    months, days = _count("M", when), _count("D", when)
    parts = {
        "year": 1970 + months // 12,
        "month": 1 + months % 12,
        "day": 1 + days - _first_day(months),
        "days_to_month_end": _first_day(months + 1) - 1 - days,
        "day_of_week": (days + 3) % 7,  # 1970 began on a Thursday
        "hour": _count("h", when) % 24,
        "minute": _count("m", when) % 60,
        "seconds": _count("us", when) / 1e6,
    }
    return {name: np.where(np.isnat(when), np.nan, part) for name, part in parts.items()}


def _count(unit, when):
    return when.astype(f"M8[{unit}]").astype(np.int64)


def _first_day(months):
    """Return the first days of months, both counted from January 1970."""
    return months.astype("M8[M]").astype("M8[D]").astype(np.int64)
