"""The kind of values in each column of an array or a data frame, and the values themselves."""

import datetime
from decimal import Decimal
from numbers import Real

import numpy as np

from skmlp.estimator.labels import is_missing

__all__ = ["infer_kind", "read_as", "read_column", "rows_of"]

NUMERIC = ("number", "boolean")
MISSING_TYPES = ("NoneType", "NAType", "NaTType")
FAMILIES = {
    "text": (str,),
    "boolean": (bool, np.bool_),
    "date": (datetime.date, np.datetime64),
    "duration": (datetime.timedelta, np.timedelta64, datetime.time),
    "number": (Real, Decimal),  # after timedelta64, which NumPy counts among the integers
}
MISSING_TEXTS = ("", "?", "-", "na", "n/a", "nan", "null", "none")
MANY = 20  # only more distinct texts than this are checked for numbers and free text


def rows_of(X, rows):
    """Return some rows, a slice, of an array or a frame."""
    return getattr(X, "iloc", X)[rows]


def infer_kind(column, name):
    """Infer the kind of a column from its values.

    Parameters
    ----------
    column : ndarray or series of shape (n_samples,)
        The column.
    name : str
        Its name, for errors.

    Returns
    -------
    kind : {"number", "boolean", "duration", "date", "category"}
        What it holds; "number" if all values are missing.
    values : ndarray of shape (n_samples,) or list
        Numbers and booleans in float64, durations in seconds, NaN where they are missing; dates
        as datetime64[us], in local time; a list of str for categories, None where missing.

    Raises
    ------
    TypeError
        If it holds other objects.
    ValueError
        If it holds free text, or a number beyond float64.
    """
    kind, values = read_column(column, name)
    if kind == "category" and not _is_declared_category(column):
        distinct = {text for text in values if text is not None}
        if len(distinct) > MANY:
            numbers = _numbers_of(distinct)
            if numbers is not None and np.count_nonzero(~np.isnan(list(numbers.values()))) > MANY:
                return "number", np.array([numbers.get(text, np.nan) for text in values])
            _refuse_free_text(distinct, values, name)
    return kind, values


def read_as(kind, column, name):
    """Read a column that held values of this kind when the encoder was fitted.

    Returns
    -------
    values : ndarray of shape (n_samples,) or list
        As those of `infer_kind`.

    Raises
    ------
    ValueError
        If it holds values of another kind.
    """
    if kind == "category":
        return _texts_of(column, name)
    found, values = read_column(column, name)
    if found == kind or {found, kind} <= set(NUMERIC):
        return values
    if found in NUMERIC and np.isnan(values).all():
        return np.full(len(values), "NaT", "M8[us]") if kind == "date" else values
    if found == "category" and kind in NUMERIC:
        numbers = _numbers_of(set(values) - {None})
        if numbers is not None:
            return np.array([numbers.get(text, np.nan) for text in values])
        found = f"text, such as {_not_a_number(values)!r}"
    raise ValueError(
        f"Column {name!r} of X held values of kind {kind} when the encoder was fitted, and now "
        f"holds values of kind {found}: give it as it was."
    )


def read_column(column, name):
    """Read a column as `understand` does, but take all strings for categories."""
    if _is_declared_category(column):
        return "category", _texts_of(column, name)
    values = _array_of(column)
    code = getattr(column.dtype, "kind", values.dtype.kind)
    if values.dtype.kind in "biuf":
        return "boolean" if code == "b" else "number", values.astype(np.float64)
    if values.dtype.kind == "M":
        return "date", values.astype("M8[us]")
    if values.dtype.kind == "m":
        return "duration", _seconds(values)
    return _read_objects(values.tolist(), name)


def _is_declared_category(column):
    return str(column.dtype).startswith(("category", "Categorical", "Enum"))


def _array_of(column):
    """Return a column as an array, with dates in local time, without time zone."""
    if isinstance(column, np.ndarray):
        return column
    dtype = column.dtype
    code = getattr(dtype, "kind", None)  # polars has none
    if str(dtype).startswith("Struct"):  # to_numpy of polars would split it into columns
        return np.array(column.to_list(), dtype=object)
    if getattr(dtype, "time_zone", None):
        column = column.dt.replace_time_zone(None)
    elif code == "M" and not isinstance(dtype, np.dtype):
        if not str(dtype).startswith(("date32", "date64")):  # of Arrow, which have no zone
            column = column.dt.tz_localize(None)
    elif code is not None and code in "biuf" and not isinstance(dtype, np.dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    return column.to_numpy()


def _seconds(durations):
    return np.where(np.isnat(durations), np.nan, durations / np.timedelta64(1, "s"))


def _read_objects(values, name):
    families = _families(values, name)
    if families - {"missing"} != {"text"}:  # NaN among other objects is no number
        values = [None if is_missing(value) else value for value in values]
        families = _families(values, name)
    families -= {"missing"}
    if families <= {"number", "boolean"}:
        kind = "boolean" if families == {"boolean"} else "number"
        try:
            return kind, np.array(values, dtype=np.float64)
        except OverflowError as error:
            raise ValueError(
                f"Column {name!r} of X holds a number beyond the range of float64: replace it by a "
                "smaller one, or by NaN if the value is not known."
            ) from error
    if families == {"date"}:
        return "date", np.array([_local(value) for value in values], dtype="M8[us]")
    if families == {"duration"}:
        return "duration", _seconds(np.array([_duration(value) for value in values], "m8[us]"))
    return "category", _texts(values)


def _families(values, name):
    return {_family(kind, values, name) for kind in set(map(type, values))}


def _family(kind, values, name):
    if kind.__name__ in MISSING_TYPES:
        return "missing"
    for family, types in FAMILIES.items():
        if issubclass(kind, types):
            return family
    sample = next(value for value in values if type(value) is kind)
    advice = "decode them" if kind is bytes else "make numbers or text of them, or drop the column"
    raise TypeError(
        f"Column {name!r} of X holds objects of type {kind.__name__}, such as {sample!r}: "
        f"{advice}. A column must hold numbers, booleans, text, dates or durations."
    )


def _local(date):
    if getattr(date, "tzinfo", None) is not None:
        date = date.replace(tzinfo=None)
    return np.datetime64(date, "us")


def _duration(value):
    if not isinstance(value, datetime.time):
        return value
    moment = datetime.datetime.combine(datetime.date.min, value.replace(tzinfo=None))
    return moment - datetime.datetime.min


def _texts_of(column, name):
    values = _values_of(column)
    if not _is_declared_category(column):
        _families(values, name)  # refuses objects that are not text
    return _texts(values)


def _values_of(column):
    if hasattr(column, "to_list"):
        return column.to_list()
    if column.dtype.kind == "M":
        column = column.astype("M8[us]")  # nanoseconds would be integers in a list
    return column.tolist()


def _texts(values):
    """Return values as texts that are the same for all libraries and file formats."""
    return [
        value if type(value) is str and not value.endswith(".0") else _text(value)
        for value in values
    ]


def _text(value):
    """Return a value as text: 1.0 as 1, since integers with missing values are read as floats."""
    if is_missing(value):
        return None
    text = str(value)
    whole = text.removesuffix(".0")
    return whole if whole.removeprefix("-").isdigit() else text


def _numbers_of(texts):
    """Return the number of each text, NaN where it is missing; None if a text is no number."""
    try:
        return {text: _number(text) for text in texts}
    except ValueError:
        return None


def _number(text):
    if text.strip().lower() in MISSING_TEXTS:
        return np.nan
    if "_" in text:
        raise ValueError("float() reads 1_2 as 12")
    return float(text)


def _not_a_number(texts):
    return next(text for text in texts if text is not None and _numbers_of([text]) is None)


def _refuse_free_text(distinct, values, name):
    n_words = np.mean([len(text.split()) for text in distinct])
    if n_words >= 5 and len(distinct) >= 0.9 * sum(text is not None for text in values):
        sample = next(text for text in values if text is not None)
        raise ValueError(
            f"Column {name!r} of X holds free text, such as {sample[:80]!r}: make numbers of it "
            "first, for example by skrub.TextEncoder or skrub.StringEncoder, which "
            "skrub.TableVectorizer applies to such columns, or drop the column."
        )
