"""Parsing of durations in text."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skmlp import TabularEncoder
from skmlp.tabular.duration_texts import find_durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("13:45", 49500),
        ("00:01:02", 62),
        ("-1:00", -3600),
        ("100:00:00.5", 360000.5),
        ("2 days 01:00:00", 176400),
        (" 1:05 ", 3900),
    ],
)
def test_durations_are_read(text, seconds):
    assert find_durations([text]) == ({text: seconds}, [])


@pytest.mark.parametrize("texts", [["1:2"], ["a"], ["1:00", "b"], ["12:30 o'clock"], ["n/a"], []])
def test_no_durations(texts):
    assert find_durations(texts) is None


def test_a_column_of_times():
    X = np.array([[f"{hour:02d}:30"] for hour in range(24)], dtype=object)
    encoder = TabularEncoder(n_bins=0).fit(X)
    assert encoder.kinds_ == {"x0": "duration"}
    Z = encoder.transform(np.array([["10:30"], ["n/a"], [None]], dtype=object))
    assert_array_equal(Z[:1], encoder.transform(X[10:11]))
    with pytest.raises(ValueError, match=r"kind duration .* text, such as 'noon'"):
        encoder.transform(np.array([["noon"]], dtype=object))
