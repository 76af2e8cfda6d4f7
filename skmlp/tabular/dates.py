"""The numbers that dates and times are encoded by."""

import numpy as np

__all__ = ["date_parts"]


def date_parts(when):
    """Return the numbers of dates, NaN where they are missing.

    Parameters
    ----------
    when : ndarray of shape (n_samples,), dtype datetime64[us]
        Dates and times, NaT where they are missing.

    Returns
    -------
    parts : dict from str to ndarray of shape (n_samples,), dtype float64
        The year, the month (1 to 12), the day of the week (0 for Monday to 6), the hour (0 to
        23), and the seconds since 1970.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.tabular.dates import date_parts
    >>> {name: float(part[0]) for name, part in date_parts(np.array(["2024-02-29T13:30"],
    ...                                                             dtype="M8[us]")).items()}
    {'year': 2024.0, 'month': 2.0, 'day_of_week': 3.0, 'hour': 13.0, 'seconds': 1709213400.0}
    """
    months = _count("M", when)
    parts = {
        "year": 1970 + months // 12,
        "month": 1 + months % 12,
        "day_of_week": (_count("D", when) + 3) % 7,  # 1970 began on a Thursday
        "hour": _count("h", when) % 24,
        "seconds": _count("us", when) / 1e6,
    }
    return {name: np.where(np.isnat(when), np.nan, part) for name, part in parts.items()}


def _count(unit, when):
    return when.astype(f"M8[{unit}]").astype(np.int64)
