"""Parsing of numbers in text, with one notation for a whole column."""

import re
import unicodedata
from collections import Counter
from functools import cache
from itertools import islice
from typing import NamedTuple

import numpy as np
from sklearn.utils.random import sample_without_replacement

__all__ = [
    "MANY",
    "PLAIN",
    "SAMPLE",
    "NumberFormat",
    "NumberTexts",
    "are_few",
    "find_number_format",
    "is_missing_text",
    "sample_of",
    "written_differently",
]

MISSING_TEXTS = frozenset(
    ("", "?", "-", "na", "n/a", "#n/a", "#na", "<na>", "nan", "nat", "null", "none")
)

SAME_MARKS = str.maketrans(
    {"\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2212": "-", "\u2019": "'"}
)
FOOTNOTE = re.compile(r"(?<=[\w%)])\s*(\*+|[†‡§¹²³⁴⁵⁶⁷⁸⁹⁰]+|\[\w{1,3}\])$")
NUMBER = re.compile(
    r"(?P<open>\()?(?P<sign>[-+]?) ?(?P<prefix>[^\d\s.,'()+-]{0,3}\.?) ?(?P<inner>[-+]?)"
    r"(?P<body>[.,]?\d(?:[\d.,' ]*\d)?[.,]?)(?P<exponent>[eE][-+]?\d+)?"
    r" ?(?P<suffix>[^\d\s()][^\d()]{0,14})?(?P<close>\))?"
)
CURRENCIES = frozenset(
    ("USD", "EUR", "GBP", "CHF", "JPY", "CNY", "INR", "AUD", "CAD", "NZD", "SEK", "NOK", "DKK")
    + ("PLN", "CZK", "HUF", "RUB", "TRY", "BRL", "MXN", "KRW", "SGD", "HKD")
    + ("Rs", "Rs.", "kr", "kr.", "Fr", "Fr.")
)
COMPARISONS = frozenset("<>≤≥~≈")
MULTIPLIERS = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9}

# Decimal mark and thousands separator; if several match equally well, the first is used.
CONVENTIONS = (
    *((".", ""), (".", ","), (",", ""), (",", ".")),
    *((".", "'"), (",", "'"), (".", " "), (",", " ")),
)

MANY = 20  # a column of at most this many distinct texts is categorical
MAX_UNPARSED = 10
MAX_MARKS = 8  # maximum number of units in a column; codes can have more
SAMPLE = 200


class Parts(NamedTuple):
    """The parts of a text that can be a number."""

    sign: str
    prefix: str
    body: str
    exponent: str
    suffix: str


class NumberFormat(NamedTuple):
    """The notation of numbers: decimal mark, thousands separator, currency before, unit after.

    With `multiplies`, the suffix is "k", "M" or "B", for thousands, millions, billions.
    """

    decimal: str = "."
    thousands: str = ""
    prefix: str = ""
    suffix: str = ""
    multiplies: bool = False

    @property
    def marks(self):
        """Description of the marks that `float` cannot read."""
        decimal = "" if self.decimal == "." else self.decimal
        marks = {
            "decimal": decimal,
            "thousands": self.thousands,
            "sign": self.prefix,
            "unit": "k, M or B" if self.multiplies else self.suffix,
        }
        return "".join(f", {what} {mark!r}" for what, mark in marks.items() if mark)

    def read(self, text):
        """Return the number in a text; raise a ValueError if it is not a number."""
        if self == PLAIN:
            try:
                return _as_float_reads(text)
            except ValueError:
                pass
        parts = _parts(text)
        if parts is None or not _pattern(self.decimal, self.thousands).fullmatch(parts.body):
            raise ValueError(f"{text!r} is not a number")
        digits = parts.body.replace(self.thousands, "") if self.thousands else parts.body
        value = float(f"{parts.sign}{digits.replace(self.decimal, '.')}{parts.exponent}")
        if value and (parts.prefix != self.prefix or not self._allows(parts.suffix)):
            raise ValueError(f"{text!r} has other marks than the column")
        return value * MULTIPLIERS[parts.suffix] if self.multiplies and value else value

    def _allows(self, suffix):
        return suffix in MULTIPLIERS if self.multiplies else suffix == self.suffix

    def read_all(self, texts):
        """Return the number in each text, NaN if none, and the texts that are not numbers."""
        numbers, unparsed = dict.fromkeys(texts, np.nan), []
        for text in numbers:
            try:
                numbers[text] = self.read(text)
            except ValueError:
                if not is_missing_text(text):
                    unparsed.append(text)
        return numbers, unparsed


PLAIN = NumberFormat()


class NumberTexts(NamedTuple):
    """The numbers in the texts of a column.

    Attributes
    ----------
    format : NumberFormat
        Their notation.
    numbers : dict from str to float
        The number in each text, NaN if it is missing or not a number.
    unparsed : list of str
        The texts that are neither numbers nor missing values.
    ambiguous : tuple (str, float, float) or None
        An ambiguous text, the number that it is read as, and the number in another notation that
        matches the column equally well.
    """

    format: NumberFormat
    numbers: dict
    unparsed: list
    ambiguous: tuple | None = None

    @property
    def n_read(self):
        """Number of texts that are numbers."""
        return np.count_nonzero(~np.isnan(list(self.numbers.values())))


def is_missing_text(text):
    """Check whether a text is a marker of a missing value, such as "n/a"."""
    return text.strip().lower() in MISSING_TEXTS


def are_few(unparsed, n_read):
    """Check whether texts that cannot be read are few enough to be missing values."""
    return len(unparsed) <= max(MAX_UNPARSED, n_read // 100) and 4 * len(unparsed) <= n_read


def sample_of(texts, n):
    """Return n evenly spaced texts, or all if there are fewer."""
    texts = list(texts)
    if len(texts) <= n:
        return texts
    return [texts[i] for i in sample_without_replacement(len(texts), n, random_state=0)]


def find_number_format(texts):
    """Find the format in which the texts of a column are numbers.

    Parameters
    ----------
    texts : collection of str
        The distinct texts.

    Returns
    -------
    found : NumberTexts or None
        The numbers; None if no more than 20 texts are numbers, or fewer than half of them, or there
        are integers with leading zeros, which are codes.

    Examples
    --------
    >>> from skmlp.tabular.number_texts import find_number_format
    >>> found = find_number_format([f"$1,{i}.50" for i in range(100, 130)] + ["unknown"])
    >>> found.numbers["$1,129.50"], found.unparsed
    (1129.5, ['unknown'])
    """
    some = sample_of(texts, SAMPLE)
    if 2 * sum(_parts(text) is not None for text in some) < len(some):
        return None
    found = [NumberTexts(PLAIN, *PLAIN.read_all(texts))]
    if found[0].unparsed:
        found.append(_find_marked(texts))
    best = min(found, key=lambda own: len(own.unparsed))
    if best.n_read <= MANY or best.n_read < len(best.unparsed) or any(map(_is_code, best.unparsed)):
        return None
    return best


def written_differently(texts):
    """Return two texts in different notations, such as "5 cm" and "2 in", if all are numbers."""
    some = sample_of(texts, SAMPLE)
    parts = {text: own for text in some if (own := _parts(text)) is not None}
    examples = {
        (own.prefix, own.suffix, "," in own.body, "." in own.body): text
        for text, own in parts.items()
    }
    if len(parts) < 0.9 * len(some) or not 1 < len(examples) <= MAX_MARKS:
        return None
    return tuple(islice(examples.values(), 2))


def _is_code(text):
    return text[:1] == "0" and text.isdigit()


def _as_float_reads(text):
    """Read a number with `float`, which is faster than parsing its parts."""
    if "_" in text or (text[:1] == "0" and text[1:2].isdigit()):
        raise ValueError("float() would read 1_2 and 0012 as 12")
    return float(text)


def _parts(text):
    """Return the parts of a text that can be a number; None if it cannot."""
    text = FOOTNOTE.sub("", text.translate(SAME_MARKS).strip())
    match = NUMBER.fullmatch(text)
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None
    suffix = (match["suffix"] or "").strip()
    is_negative = match["open"] or "-" in (match["sign"], match["inner"], suffix)
    prefix, body = match["prefix"], match["body"]
    if not _is_mark(prefix) or (body[0] == "0" and body[1:2].isdigit()):
        return None
    suffix = "" if suffix == "-" else suffix
    return Parts("-" if is_negative else "", prefix, body, match["exponent"] or "", suffix)


def _is_mark(prefix):
    """Check whether the prefix of a number is empty, a currency or a comparison."""
    return (
        not prefix
        or prefix in CURRENCIES | COMPARISONS
        or any(unicodedata.category(c) == "Sc" for c in prefix)
    )


@cache
def _pattern(decimal, thousands):
    digits = r"\d+"
    if thousands:
        mark = re.escape(thousands)
        group = r"\d{2,3}" if thousands == "," else r"\d{3}"  # or two, in India
        digits += rf"|[1-9]\d{{0,2}}({mark}{group})*{mark}\d{{3}}"
    decimal = re.escape(decimal)
    return re.compile(rf"({digits})({decimal}\d*)?|{decimal}\d+")


def _find_marked(texts):
    """Find a notation with marks that `float` cannot read."""
    parts = {text: own for text in texts if (own := _parts(text)) is not None}
    shapes = Counter(re.sub(r"(?<!^)\d", "0", own.body) for own in parts.values())
    misfits = [
        sum(n for shape, n in shapes.items() if not _pattern(*convention).fullmatch(shape))
        for convention in CONVENTIONS
    ]
    prefix, suffix, multiplies = _common_marks(parts.values())
    best, *others = [
        NumberFormat(*convention, prefix, suffix, multiplies)
        for convention, n in zip(CONVENTIONS, misfits, strict=True)
        if n == min(misfits)
    ]
    numbers, unparsed = best.read_all(texts)
    return NumberTexts(best, numbers, unparsed, _ambiguous(numbers, others))


def _common_marks(parts):
    """Return the most common currency and unit, and whether the units are multipliers."""
    (prefix, _), *_ = Counter(own.prefix for own in parts if own.body != "0").most_common(1)
    suffixes = Counter(own.suffix for own in parts if own.body != "0")
    if suffixes.keys() <= MULTIPLIERS.keys() and len(suffixes) > 1:
        return prefix, "", True
    (suffix, _), *_ = suffixes.most_common(1)
    return prefix, suffix, False


def _ambiguous(numbers, others):
    """Return an ambiguous text with the numbers in both notations; None if there is none."""
    for other in others:
        readings, _ = other.read_all(numbers)
        for text, number in numbers.items():
            if np.isfinite(number) and np.isfinite(readings[text]) and readings[text] != number:
                return text, number, readings[text]
    return None
