"""Conversion of the cells of a column to values of one type family."""

import datetime
from decimal import Decimal
from numbers import Real
from typing import NamedTuple

import numpy as np

from skmlp.estimator.labels import is_missing
from skmlp.tabular.time_zones import in_utc, zone_named

__all__ = ["Cells", "as_texts", "is_declared_category", "read_cells", "texts_of_cells"]

MISSING_TYPES = ("NoneType", "NAType", "NaTType")
FAMILIES = {
    "text": (str,),
    "boolean": (bool, np.bool_),
    "date": (datetime.date, np.datetime64),
    "duration": (datetime.timedelta, np.timedelta64, datetime.time),
    "number": (Real, Decimal),  # after timedelta64, which NumPy counts among the integers
}


class Cells(NamedTuple):
    """The cells of a column.

    Attributes
    ----------
    family : {"number", "boolean", "duration", "date", "text"}
        Type family of the values; "number" if all are missing, "text" also for mixed families.
    values : ndarray of shape (n_samples,) or list
        Numbers and booleans in float64, durations in seconds, NaN if missing; dates as
        datetime64[us], in UTC if they have a time zone; for text a list of objects, None if
        missing.
    is_integer : bool
        Whether the column has an integer dtype.
    zone : tzinfo or None
        The time zone of dates.
    """

    family: str
    values: np.ndarray | list
    is_integer: bool = False
    zone: datetime.tzinfo | None = None


def read_cells(column, name):
    """Read the cells of a column.

    Parameters
    ----------
    column : ndarray or series of shape (n_samples,)
        The column.
    name : str
        Its name, for errors.

    Returns
    -------
    cells : Cells
        The cells.

    Raises
    ------
    TypeError
        If it has other objects.
    ValueError
        If it has a number beyond the range of float64, or only some dates have a time zone.
    """
    if is_declared_category(column):
        return Cells("text", [None if is_missing(v) else v for v in _objects_of(column)])
    zone = _zone_of(column)
    values = _array_of(column)
    code = getattr(column.dtype, "kind", values.dtype.kind)
    if values.dtype.kind in "biuf":
        return Cells("boolean" if code == "b" else "number", _floats(values), code in "iu")
    if values.dtype.kind == "M":
        return Cells("date", values.astype("M8[us]"), zone=zone)
    if values.dtype.kind == "m":
        return Cells("duration", _seconds(values))
    return _read_objects(values.tolist(), name)


def is_declared_category(column):
    """Check whether a column of a DataFrame has a categorical dtype."""
    return str(column.dtype).startswith(("category", "Categorical", "Enum", "dictionary"))


def texts_of_cells(column, name):
    """Return the cells of a column as text, None if missing.

    The text is the same for all libraries and file formats.
    """
    values = _objects_of(column)
    if not is_declared_category(column):
        _families(values, name)  # raises an error for other objects
    return as_texts(values)


def as_texts(values):
    """Return objects as text, None if missing."""
    is_text = set(map(type, values)) <= {str, type(None)}
    if is_text and not any(text is not None and text.endswith(".0") for text in set(values)):
        return values  # most are; this saves half of the time
    return [_text(value) for value in values]


def _text(value):
    """Return a value as text: 1.0 as "1", since integers with missing values are read as floats."""
    if is_missing(value):
        return None
    text = str(value)
    whole = text.removesuffix(".0")
    return whole if whole.removeprefix("-").isdigit() else text


def _objects_of(column):
    if hasattr(column, "to_list"):
        return column.to_list()
    if column.dtype.kind == "M":
        column = column.astype("M8[us]")  # nanoseconds would become integers in a list
    return column.tolist()


def _zone_of(column):
    """Return the time zone of a column's dtype; None if it has none."""
    dtype = column.dtype
    if getattr(dtype, "time_zone", None):  # of polars
        return zone_named(dtype.time_zone)
    if getattr(dtype, "kind", None) == "M" and not isinstance(dtype, np.dtype):
        if hasattr(dtype, "pyarrow_dtype"):
            zone = getattr(dtype.pyarrow_dtype, "tz", None)
            return None if zone is None else zone_named(zone)
        return dtype.tz
    return None


def _array_of(column):
    """Return a column as an array; dates with a time zone are converted to UTC."""
    if isinstance(column, np.ndarray):
        return column
    dtype = column.dtype
    code = getattr(dtype, "kind", None)  # polars has none
    if str(dtype) in ("Int128", "UInt128"):  # NumPy has none
        return column.cast(float).to_numpy()
    if str(dtype).startswith(("Struct", "Array")):  # to_numpy of polars would split them
        return np.array([*column.to_list(), None], dtype=object)[:-1]
    if getattr(dtype, "time_zone", None):
        column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    elif _zone_of(column) is not None:
        column = column.astype("datetime64[us, UTC]").dt.tz_localize(None)
    elif code is not None and code in "biuf" and not isinstance(dtype, np.dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    return column.to_numpy()


def _floats(values):
    return values.astype(np.float64)


def _seconds(durations):
    return np.where(np.isnat(durations), np.nan, durations / np.timedelta64(1, "s"))


def _read_objects(values, name):
    families = _families(values, name)
    if families == {"text"}:
        return Cells("text", values)
    if families != {"text", "missing"}:  # NaN among other objects is not a number
        values = [None if is_missing(value) else value for value in values]
        families = _families(values, name)
    families -= {"missing"}
    if families <= {"number", "boolean"}:
        family = "boolean" if families == {"boolean"} else "number"
        try:
            numbers = np.array(values, dtype=np.float64)
        except OverflowError as error:
            raise ValueError(
                f"Column {name!r} of X holds a number beyond the range of float64: replace it by a "
                "smaller number, or by NaN if the value is not known."
            ) from error
        return Cells(family, numbers, all(isinstance(value, int) for value in values))
    if families == {"date"}:
        when, zone = in_utc(values, name)
        return Cells("date", when, zone=zone)
    if families == {"duration"}:
        seconds = _seconds(np.array([_duration(value) for value in values], "m8[us]"))
        return Cells("duration", seconds)
    return Cells("text", [None if is_missing(value) else value for value in values])


def _families(values, name):
    return {_family(kind, values, name) for kind in set(map(type, values))}


def _family(kind, values, name):
    if kind.__name__ in MISSING_TYPES:
        return "missing"
    for family, types in FAMILIES.items():
        if issubclass(kind, types):
            return family
    sample = next(value for value in values if type(value) is kind)
    advice = "decode them" if kind is bytes else "convert them to numbers or text, or drop them"
    raise TypeError(
        f"Column {name!r} of X holds objects of type {kind.__name__}, such as {sample!r}: "
        f"{advice}. A column must hold numbers, booleans, text, dates or durations."
    )


def _duration(value):
    if not isinstance(value, datetime.time):
        return value
    moment = datetime.datetime.combine(datetime.date.min, value.replace(tzinfo=None))
    return moment - datetime.datetime.min
