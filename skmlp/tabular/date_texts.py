"""Parsing of dates and times in text, with one format for a whole column."""

import datetime
import re
from itertools import islice
from typing import NamedTuple

from skmlp.tabular.number_texts import is_missing_text, sample_of

__all__ = ["DateTexts", "dates_in_several_formats", "find_date_format", "read_dates"]

ISO_8601 = "ISO 8601"
ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?")
TIME = re.compile(
    r"(?P<gap>[T ]+)\d{1,2}:\d\d(?P<seconds>:\d\d(?P<fraction>\.\d+)?)?(?P<half>\s?[AaPp][Mm])?"
    r"(?P<zone>\s?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?"
)
# If two formats match all dates of a column, and differ, the dates are ambiguous.
DAYS = (
    *("%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d/%m/%y", "%m/%d/%y", "%y/%m/%d"),
    *("%d-%m-%Y", "%m-%d-%Y", "%Y-%m-%d", "%d-%m-%y", "%m-%d-%y", "%y-%m-%d"),
    *("%d.%m.%Y", "%Y.%m.%d", "%d.%m.%y", "%Y%m%d", "%Y-%m", "%Y/%m", "%m/%Y", "%m-%Y"),
    *("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%Y %b %d", "%Y %B %d", "%d %b %y"),
    *("%d-%b-%Y", "%d-%b-%y", "%d-%B-%Y", "%b-%d-%Y", "%Y-%b-%d", "%d/%b/%Y"),
    *("%b %Y", "%B %Y", "%b-%Y", "%b-%y", "%Y %b"),
    *("%a %d %b %Y", "%A %d %B %Y", "%a %b %d %Y", "%A %B %d %Y", "%Y年%m月%d日"),
)
# With the time between the parts of the date, as in server logs.
MOMENTS = ("%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S %z %Y", "%d/%b/%Y:%H:%M:%S %z")
SPELLINGS = (
    (re.compile(","), " "),
    (re.compile(r"(?<=\d)(st|n[d]|rd|th)\b"), ""),
    (re.compile(r"\b([AaPp])\.\s?[Mm]\.?$"), r"\1m"),
    (re.compile(r"\bSept\b\.?"), "Sep"),
)
SAMPLE, MAX_LENGTH = 50, 40


class DateTexts(NamedTuple):
    """The dates in the texts of a column.

    Attributes
    ----------
    format : str
        Their format, as for :meth:`datetime.datetime.strptime`, or "ISO 8601".
    dates : dict from str to datetime or None
        The date of each text, None if it is missing or not a date.
    unparsed : list of str
        The texts that are neither dates nor missing values.
    other_format : str or None
        Another format that matches the column equally well, with different dates.
    """

    format: str
    dates: dict
    unparsed: list
    other_format: str | None = None

    @property
    def n_read(self):
        """Number of texts that are dates."""
        return sum(date is not None for date in self.dates.values())


def find_date_format(texts):
    """Find the format in which the texts of a column are dates.

    Parameters
    ----------
    texts : collection of str
        The distinct texts.

    Returns
    -------
    found : DateTexts or None
        The dates; None if fewer than half of the texts are dates in any one format.

    Examples
    --------
    >>> from skmlp.tabular.date_texts import find_date_format
    >>> find_date_format(["03/04/2024", "31/12/2024"]).format
    '%d/%m/%Y'
    >>> find_date_format(["03/04/2024", "05/06/2024"]).other_format
    '%m/%d/%Y'
    """
    formats = _possible_formats(texts)
    if not formats:
        return None
    found = [DateTexts(own, *read_dates(texts, own)) for own in formats]
    fewest = min(len(own.unparsed) for own in found)
    best, *others = [own for own in found if len(own.unparsed) == fewest]
    if best.n_read < max(1, len(best.unparsed)):
        return None
    # A year of two digits is assumed to be first only if it cannot be last.
    others = [own for own in others if own.dates != best.dates and own.format[:2] != "%y"]
    other = others[0].format if others else None
    return best._replace(other_format=other)


def dates_in_several_formats(texts):
    """Return two texts in different formats, if nearly all are dates, but not in one format."""
    some = _sample(texts)
    formats = {text: next(_formats_of(text), None) for text in some}
    examples = {own: text for text, own in formats.items() if own is not None}
    n_dates = sum(own is not None for own in formats.values())
    if n_dates < 0.9 * len(some) or len(examples) < 2:
        return None
    return tuple(islice(examples.values(), 2))


def read_dates(texts, date_format):
    """Return the date of each text, None if it is not a date, and the texts that are not dates."""
    dates, unparsed = dict.fromkeys(texts), []
    for text in dates:
        try:
            dates[text] = _read(text, date_format)
        except ValueError:
            if not is_missing_text(text):
                unparsed.append(text)
    return dates, unparsed


def _read(text, date_format):
    if date_format == ISO_8601:
        return _read_iso(text)
    when = datetime.datetime.strptime(_in_usual_form(text), date_format)
    return when.replace(tzinfo=datetime.UTC) if date_format.endswith("%Z") else when


def _read_iso(text):
    if ISO.fullmatch(text.strip()) is None:
        raise ValueError(f"{text!r} is not a date in ISO 8601")
    return datetime.datetime.fromisoformat(text.strip())


def _possible_formats(texts):
    """Return the formats that match most of some of the texts."""
    some = _sample(texts)
    candidates = {own for text in some for own in _formats_of(text)}
    misses = {own: len(read_dates(some, own)[1]) for own in sorted(candidates)}
    return [own for own, n in misses.items() if 2 * n <= len(some)]


def _sample(texts):
    return [text for text in sample_of(texts, SAMPLE) if not is_missing_text(text)]


def _formats_of(text):
    """Yield the date formats that match a text."""
    if _is_date(text, ISO_8601):
        yield ISO_8601
        return
    text = _in_usual_form(text)
    if len(text) > MAX_LENGTH or not any(c.isdigit() for c in text):
        return
    yield from (own for own in MOMENTS if _is_date(text, own))
    day, time_format = text, ""
    time = TIME.search(text)
    if time is not None and time.end() == len(text):
        day, time_format = text[: time.start()], _time_format(time)
    for own in DAYS:
        if _is_date(day, own) and (own != "%Y%m%d" or re.fullmatch(r"(19|20)\d{6}", day)):
            yield own + time_format


def _is_date(text, date_format):
    try:
        _read(text, date_format)
    except ValueError:
        return False
    return True


def _time_format(time):
    """Return the format of a time of day, given a match of TIME."""
    zone = "" if time["zone"] is None else " " * time["zone"].startswith(" ") + _zone_format(time)
    half = "" if time["half"] is None else " " * time["half"].startswith(" ") + "%p"
    seconds = ":%S" * bool(time["seconds"]) + ".%f" * bool(time["fraction"])
    return f"{time['gap']}{'%I' if half else '%H'}:%M{seconds}{half}{zone}"


def _zone_format(time):
    return "%Z" if time["zone"].strip() in ("UTC", "GMT") else "%z"


def _in_usual_form(text):
    """Return a text without commas, ordinal suffixes and other notation that strptime lacks."""
    for pattern, usual in SPELLINGS:
        text = pattern.sub(usual, text)
    return " ".join(text.split())
