"""Parsing of durations and times of day in text, such as "13:45" and "1:02:03.5"."""

import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from skmlp.tabular.number_texts import are_few, is_missing_text

__all__ = ["DurationFormat", "find_durations"]

DURATION = re.compile(r"(-?)(?:(\d+) days? )?(\d{1,4}):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?")


@dataclass(frozen=True)
class DurationFormat:
    """Durations in hours, minutes and seconds, or hours and minutes."""

    marks: ClassVar = ": hours, minutes and seconds"
    suffix: ClassVar = ""

    def read_all(self, texts):
        """Return the seconds of each text, NaN if none, and the texts that are not durations."""
        seconds = {text: _seconds(text) for text in texts}
        unparsed = [t for t, s in seconds.items() if np.isnan(s) and not is_missing_text(t)]
        return seconds, unparsed


def find_durations(texts):
    """Return the seconds of texts, and the texts that are not durations; None if these are many.

    Parameters
    ----------
    texts : collection of str
        The distinct texts.

    Returns
    -------
    found : tuple (dict from str to float, list of str) or None
        The seconds of each text, NaN if it is missing or not a duration, and the texts that are
        neither.

    Examples
    --------
    >>> from skmlp.tabular.duration_texts import find_durations
    >>> find_durations(["13:45", "00:00:01.5"])
    ({'13:45': 49500.0, '00:00:01.5': 1.5}, [])
    """
    seconds, unparsed = DurationFormat().read_all(texts)
    n_read = np.count_nonzero(~np.isnan(list(seconds.values())))
    return (seconds, unparsed) if n_read and are_few(unparsed, n_read) else None


def _seconds(text):
    match = DURATION.fullmatch(text.strip())
    if match is None:
        return np.nan
    sign, *parts = match.groups(default="0")
    total = float(np.dot([float(part) for part in parts], [86400, 3600, 60, 1]))
    return -total if sign == "-" else total
