"""Readers of columns, which read every later table as in `fit`."""

import datetime
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from skmlp.estimator.messages import warn
from skmlp.tabular.cells import as_texts, read_cells, texts_of_cells
from skmlp.tabular.date_texts import find_date_format, read_dates
from skmlp.tabular.duration_texts import DurationFormat
from skmlp.tabular.number_texts import PLAIN, NumberFormat, are_few, is_missing_text
from skmlp.tabular.time_zones import in_utc, local_time

__all__ = [
    "CODES",
    "NUMERIC",
    "CategoryReader",
    "DateReader",
    "NumberReader",
    "TextReader",
    "dates_of",
    "numbers_of",
    "texts_among",
    "warn_of_unparsed",
]

NUMERIC = ("number", "boolean")
CODES = "codes"  # a numeric column that is also encoded as categories
SHOWN = 5  # number of texts in a warning
CHANCE = 1e-3  # maximum probability that all categories of an unchanged column are unknown


@dataclass(frozen=True)
class NumberReader:
    """Reader of a column of numbers, booleans or durations.

    Attributes
    ----------
    kind : {"number", "boolean", "duration"}
        The kind of the values.
    format : NumberFormat or DurationFormat
        Their notation in text.
    from_text : bool
        Whether they were text in `fit`.
    missing : tuple of str
        Texts that are not numbers, and were read as missing values in `fit`.
    integers : bool
        Whether the column had an integer dtype.
    """

    kind: str
    format: NumberFormat | DurationFormat = PLAIN
    from_text: bool = False
    missing: tuple[str, ...] = ()
    integers: bool = False

    @property
    def how(self):
        """Description of how the cells are read."""
        if self.from_text:
            return f"text{self.format.marks}"
        return "integers" if self.integers else f"{self.kind}s"

    @property
    def takes_any_number(self):
        """Whether every number is read unchanged."""
        return self.kind == "number" and not self.format.suffix

    def read(self, column, name):
        """Read the column from another table.

        Parameters
        ----------
        column : ndarray or series of shape (n_samples,)
            The column.
        name : str
            Its name, for errors and warnings.

        Returns
        -------
        values : ndarray of shape (n_samples,), dtype float64
            Numbers, or durations in seconds; NaN if missing.

        Raises
        ------
        ValueError
            If it has values of another kind.
        """
        cells = read_cells(column, name)
        if cells.family == "text":
            return self._read_texts(cells.values, name)
        is_known = cells.family == self.kind or {cells.family, self.kind} <= set(NUMERIC)
        if not is_known and not (cells.family in NUMERIC and np.isnan(cells.values).all()):
            raise _changed(self.kind, cells.family, name)
        self._check(cells.values, name)
        return cells.values

    def _check(self, values, name):
        if self.kind == "boolean":
            other = ~np.isnan(values) & (values != 0) & (values != 1)
            if other.any():
                raise _changed("boolean", f"number, such as {values[other][0]:g}", name)
        if self.format.suffix and not np.isnan(values).all():
            number = values[~np.isnan(values)][0]
            raise _changed(
                f"text with {self.format.suffix!r} after the numbers",
                f"number without it, such as {number:g}",
                name,
            )

    def _read_texts(self, values, name):
        numbers, unparsed = self.format.read_all(texts_among(values))
        numbers = numbers_of(values, numbers, name)
        _check_unparsed(self, unparsed, np.count_nonzero(~np.isnan(numbers)), name)
        if self.kind == "boolean":
            self._check(numbers, name)
        return numbers


@dataclass(frozen=True)
class DateReader:
    """Reader of a column of dates.

    Attributes
    ----------
    format : str or None
        Their format, as returned by :func:`find_date_format`; None if they are not text.
    zone : tzinfo or None
        Their time zone.
    missing : tuple of str
        Texts that are not dates, and were read as missing values in `fit`.
    """

    format: str | None = None
    zone: datetime.tzinfo | None = None
    missing: tuple[str, ...] = ()

    kind: ClassVar = "date"

    @property
    def how(self):
        """Description of how the cells are read."""
        how = "dates" if self.format is None else f"text: {self.format}"
        return how if self.zone is None else f"{how}, time zone {self.zone}"

    def read(self, column, name):
        """Read the column from another table.

        Parameters
        ----------
        column : ndarray or series of shape (n_samples,)
            The column.
        name : str
            Its name, for errors and warnings.

        Returns
        -------
        when : ndarray of shape (n_samples,), dtype datetime64[us]
            Local time, in the time zone of `fit`; NaT if missing.

        Raises
        ------
        ValueError
            If it has values of another kind, or dates have a time zone only in one of the tables.
        """
        cells = read_cells(column, name)
        if cells.family == "date":
            when, zone = cells.values, cells.zone
        elif cells.family == "text":
            when, zone = self._read_texts(cells.values, name)
        elif cells.family in NUMERIC and np.isnan(cells.values).all():
            return np.full(len(cells.values), "NaT", "M8[us]")
        else:
            raise _changed("date", cells.family, name)
        if np.isnat(when).all():
            return when
        if (zone is None) != (self.zone is None):
            kinds = "date without a time zone", "date with a time zone"
            before, now = kinds if self.zone is None else kinds[::-1]
            raise _changed(before, now, name)
        return when if zone is None else local_time(when, self.zone)

    def _read_texts(self, values, name):
        texts = texts_among(values)
        known = [text for text in texts if not is_missing_text(text)]
        if not known:
            return np.full(len(values), "NaT", "M8[us]"), None
        date_format = self.format
        if date_format is None:
            found = find_date_format(known)
            if found is None or found.other_format is not None:
                raise _changed("date", f"text, such as {known[0]!r}", name)
            date_format = found.format
        dates, unparsed = read_dates(texts, date_format)
        when, zone = dates_of(values, dates, name)
        _check_unparsed(self, unparsed, np.count_nonzero(~np.isnat(when)), name)
        return when, zone


@dataclass(frozen=True)
class CategoryReader:
    """Reader of a categorical column.

    Attributes
    ----------
    how : str
        Description of how the cells are read.
    known : dict
        Its keys are the categories in `fit`.
    share_once : float
        Fraction of the rows whose category occurred once: approximately the probability that the
        category of another row is unknown [1]_.

    References
    ----------
    .. [1] I. J. Good. "The population frequencies of species and the estimation of population
       parameters". Biometrika 40, 1953.
    """

    how: str
    known: dict = field(default_factory=dict)
    share_once: float = 1.0

    kind: ClassVar = "category"

    def with_categories(self, counts):
        """Return the reader with the categories of `fit`, given how often each occurred."""
        once = sum(count == 1 for count in counts.values())
        known = dict.fromkeys(text for text in counts if text is not None)
        return replace(self, known=known, share_once=(once + 1) / (counts.total() + 1))

    def read(self, column, name):
        """Read the column from another table as a list of str, None if missing."""
        return texts_of_cells(column, name)

    def check_known(self, texts, column, name):
        """Check that at least one category of a column is known, if that is to be expected.

        Raises
        ------
        ValueError
            If no category is known, and the column has numbers or dates instead of words.

        Warns
        -----
        UserWarning
            If no category is known, although few categories occurred only once in `fit`.
        """
        unknown = [text for text in texts if text is not None]
        if any(text in self.known for text in unknown):
            return
        if self.share_once ** len(unknown) > CHANCE:
            return
        family = read_cells(column, name).family
        if family in ("number", "date", "duration") and not _has_numbers(self.known):
            raise _changed(
                f"category, such as {min(self.known)!r}", f"{family}, such as {unknown[0]}", name
            )
        warn(
            f"Column {name!r} of X has none of the categories that it had in fit: it had "
            f"{min(self.known)!r}, and now has {unknown[0]!r}. All are encoded as unknown "
            "categories; check spelling, case, spaces and dtype."
        )


@dataclass(frozen=True)
class TextReader:
    """Reader of a column of free text."""

    how: str = "text"

    kind: ClassVar = "text"

    def read(self, column, name):
        """Read the column from another table as a list of str, None if missing.

        Raises
        ------
        ValueError
            If it has numbers or dates.
        """
        cells = read_cells(column, name)
        if cells.family == "text":
            return as_texts(cells.values)
        if cells.family not in NUMERIC or not np.isnan(cells.values).all():
            raise _changed("text", cells.family, name)
        return [None] * len(cells.values)


def _has_numbers(texts):
    return not np.isnan([*PLAIN.read_all(texts)[0].values()]).all()


def texts_among(values):
    """Return the distinct texts in `values`, in order of occurrence."""
    return [value for value in dict.fromkeys(values) if isinstance(value, str)]


def numbers_of(values, numbers, name):
    """Convert texts, and numbers among them, to numbers."""
    get = (numbers | {None: np.nan}).get
    try:
        return np.array([get(value, value) for value in values], dtype=np.float64)
    except (TypeError, OverflowError) as error:
        raise _changed("number", "other objects", name) from error


def dates_of(values, dates, name):
    """Convert texts, and dates among them, to datetime64[us]; also return the time zone."""
    distinct = {value: dates.get(value, value) for value in dict.fromkeys([*values, None])}
    when, zone = in_utc(list(distinct.values()), name)
    places = {value: place for place, value in enumerate(distinct)}
    return when[[places[value] for value in values]], zone


def _changed(before, now, name):
    return ValueError(
        f"Column {name!r} of X had values of kind {before} in fit, and now has values of kind "
        f"{now}: convert it to the kind that it had."
    )


def _check_unparsed(reader, unparsed, n_read, name):
    """Warn of texts that cannot be read as in `fit`; raise a ValueError if they are many."""
    unparsed = [text for text in unparsed if text not in reader.missing]
    if not are_few(unparsed, n_read):
        raise _changed(reader.kind, f"text, such as {unparsed[0]!r}", name)
    warn_of_unparsed(f"{reader.kind}s", unparsed, name)


def warn_of_unparsed(what, unparsed, name):
    """Warn of texts in a column that are read as missing values, if there are any."""
    if not unparsed:
        return
    shown = ", ".join(map(repr, unparsed[:SHOWN])) + ", ..." * (len(unparsed) > SHOWN)
    warn(
        f"Column {name!r} of X is read as {what}, and other cells as missing values: {shown}. "
        "Replace them by None to read the column without this warning, or declare it as categories."
    )
