"""Inference of the kind of each column of a table."""

import datetime
from collections import Counter
from numbers import Real

from skmlp.estimator.messages import warn
from skmlp.tabular.cells import as_texts, is_declared_category, read_cells, texts_of_cells
from skmlp.tabular.date_texts import dates_in_several_formats, find_date_format
from skmlp.tabular.duration_texts import DurationFormat, find_durations
from skmlp.tabular.number_texts import (
    MANY,
    SAMPLE,
    are_few,
    find_number_format,
    sample_of,
    written_differently,
)
from skmlp.tabular.readers import (
    CategoryReader,
    DateReader,
    NumberReader,
    TextReader,
    dates_of,
    numbers_of,
    texts_among,
    warn_of_unparsed,
)
from skmlp.tabular.time_zones import local_time

__all__ = ["infer_reader", "rows_of"]


def rows_of(X, rows):
    """Return some rows, given as a slice, of an array or a DataFrame."""
    return getattr(X, "iloc", X)[rows]


def infer_reader(column, name):
    """Infer how to read a column from its values.

    Parameters
    ----------
    column : ndarray or series of shape (n_samples,)
        The column.
    name : str
        Its name, for errors and warnings.

    Returns
    -------
    reader : NumberReader, DateReader, CategoryReader or TextReader
        The reader; a NumberReader if all values are missing.
    values : ndarray of shape (n_samples,) or list
        The values that it reads.

    Raises
    ------
    TypeError
        If the column has other objects.
    ValueError
        If it has a number beyond the range of float64, or only some dates have a time zone.

    Warns
    -----
    UserWarning
        If some cells among numbers or dates are read as missing values, or cells are ambiguous.
    """
    if is_declared_category(column):
        return CategoryReader("declared categories"), texts_of_cells(column, name)
    cells = read_cells(column, name)
    if cells.family == "date":
        return _read_first(DateReader(None, cells.zone), cells.values)
    if cells.family == "duration":
        return NumberReader("duration", DurationFormat()), cells.values
    if cells.family != "text":
        return NumberReader(cells.family, integers=cells.is_integer), cells.values
    return _infer_from_texts(cells.values, name)


def _read_first(reader, when):
    return reader, when if reader.zone is None else local_time(when, reader.zone)


def _infer_from_texts(values, name):
    """Return a reader and its values for text, possibly with other objects among it."""
    distinct = dict.fromkeys(values)
    texts = texts_among(distinct)
    others = [value for value in distinct if not isinstance(value, str | None)]
    problems: dict[str, str] = {}
    for find in (_find_dates, _find_numbers, _find_durations):
        found = find(values, texts, others, problems, name)
        if found is not None:
            return found
    values = as_texts(values)
    counts = Counter(values)
    counts.pop(None, None)
    if len(counts) > MANY and not problems:
        problems = _other_problems(counts)
    if problems:
        warn(f"Column {name!r} of X {next(iter(problems.values()))}")
    if "dates" in problems or not _are_free_text(counts):
        return CategoryReader("text"), values
    if not problems:
        _check_free_text(counts, name)
    return TextReader(), values


def _find_dates(values, texts, others, problems, name):
    if not all(isinstance(value, datetime.date) for value in others):
        return None
    found = find_date_format(texts)
    if found is None:
        return None
    if not are_few(found.unparsed, found.n_read):
        if found.n_read > MANY:
            problems["dates"] = _too_many_others("dates", found.unparsed)
        return None
    if found.other_format is not None:
        problems["dates"] = (
            f"holds dates such as {texts[0]!r}, which are different days in the formats "
            f"{found.format!r} and {found.other_format!r}: they are encoded as categories. Convert "
            f"them first, with pandas.to_datetime(X[{name!r}], format=...) or "
            "pandas.read_csv(parse_dates=..., dayfirst=...)."
        )
        return None
    warn_of_unparsed("dates", found.unparsed, name)
    when, zone = dates_of(values, found.dates, name)
    return _read_first(DateReader(found.format, zone, tuple(found.unparsed)), when)


def _find_numbers(values, texts, others, problems, name):
    if not all(isinstance(value, Real) for value in others):
        return None
    found = find_number_format([*texts, *map(str, others)])
    if found is None:
        return None
    if not are_few(found.unparsed, found.n_read):
        problems["numbers"] = _too_many_others("numbers", found.unparsed)
        return None
    warn_of_unparsed("numbers", found.unparsed, name)
    if found.ambiguous is not None:
        _warn_of_two_readings(found.ambiguous, name)
    reader = NumberReader("number", found.format, True, tuple(found.unparsed))
    return reader, numbers_of(values, found.numbers, name)


def _find_durations(values, texts, others, problems, name):
    found = None if others else find_durations(texts)
    if found is None:
        return None
    seconds, unparsed = found
    warn_of_unparsed("durations", unparsed, name)
    reader = NumberReader("duration", DurationFormat(), True, tuple(unparsed))
    return reader, numbers_of(values, seconds, name)


def _too_many_others(what, unparsed):
    has_digits = any(map(str.isdigit, unparsed[0]))
    remedy = (
        f"Convert all {what} to one notation and unit"
        if has_digits
        else "Replace these texts by None"
    )
    return (
        f"holds {what}, and too many other texts to be missing values, such as "
        f"{unparsed[0]!r} and {unparsed[-1]!r}: it is not read as {what}. {remedy}, or "
        "declare the column as categories."
    )


def _other_problems(texts):
    """Return warnings for texts that are numbers or dates in several notations."""
    found = {"dates": dates_in_several_formats(texts), "numbers": written_differently(texts)}
    return {
        what: f"holds {what} in several notations, such as {examples[0]!r} and {examples[1]!r}: "
        f"they are not read as {what}. Convert them first, or declare the column as categories."
        for what, examples in found.items()
        if examples is not None
    }


def _check_free_text(texts, name):
    """Warn of free text that seems to be numbers, dates or codes."""
    some = sample_of(texts, SAMPLE)
    n_odd = sum(sum(map(str.isdigit, text)) > sum(map(str.isalpha, text)) for text in some)
    if n_odd > 0.8 * len(some):
        warn(
            f"Column {name!r} of X holds texts that are nearly all distinct, with more digits than "
            f"letters, such as {some[0]!r}: they are encoded as free text. Drop the column if it "
            "only identifies the rows; convert it if it holds numbers or dates."
        )


def _are_free_text(counts):
    """Check whether texts are free text: half of the rows have a text that occurs once."""
    once = sum(count == 1 for count in counts.values())
    return len(counts) > MANY and 2 * once >= counts.total()


def _warn_of_two_readings(ambiguous, name):
    text, number, other = ambiguous
    warn(
        f"Column {name!r} of X holds numbers such as {text!r}, which can be {number:.12g} or "
        f"{other:.12g}: they are read as {number:.12g}. Convert them to numbers first, for example "
        "with pandas.read_csv(thousands=',') or pandas.read_csv(decimal=',')."
    )
