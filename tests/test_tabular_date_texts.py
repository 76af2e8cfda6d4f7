"""Parsing of dates in text."""

import datetime

import numpy as np
import pytest

from skmlp.tabular.date_texts import dates_in_several_formats, find_date_format, read_dates

RNG = np.random.default_rng(0)
MOMENTS = [
    datetime.datetime(2020, 1, 1) + datetime.timedelta(minutes=int(m))
    for m in RNG.integers(0, 2_000_000, 200)
]
DAYS = [datetime.datetime(when.year, when.month, when.day) for when in MOMENTS]
MONTHS = [when.replace(day=1) for when in DAYS]


@pytest.mark.parametrize(
    "date_format",
    [
        *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y"),
        *("%d-%m-%Y", "%m-%d-%Y", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d %b %Y", "%b %d, %Y"),
        *("%B %d, %Y", "%d-%b-%y", "%d-%b-%Y", "%a, %d %b %Y", "%Y年%m月%d日"),
    ],
)
def test_days_are_read(date_format):
    texts = [when.strftime(date_format) for when in DAYS]
    found = find_date_format(dict.fromkeys(texts))
    assert [found.dates[text] for text in texts] == DAYS
    assert (found.unparsed, found.other_format) == ([], None)


@pytest.mark.parametrize(
    "date_format",
    [
        *("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%m/%d/%Y %H:%M"),
        *("%d.%m.%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%d %b %Y %H:%M", "%Y/%m/%d %H:%M:%S"),
    ],
)
def test_times_are_read(date_format):
    texts = [when.strftime(date_format) for when in MOMENTS]
    found = find_date_format(dict.fromkeys(texts))
    assert [found.dates[text] for text in texts] == MOMENTS


@pytest.mark.parametrize("date_format", ["%Y-%m", "%m/%Y", "%b %Y", "%B %Y", "%b-%y"])
def test_months_are_read(date_format):
    texts = [when.strftime(date_format) for when in MONTHS]
    found = find_date_format(dict.fromkeys(texts))
    assert [found.dates[text] for text in texts] == MONTHS


@pytest.mark.parametrize("zone", ["Z", "+02:00", "+0200"])
@pytest.mark.parametrize("date_format", ["%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M"])
def test_zones_are_read(date_format, zone):
    texts = [when.strftime(date_format) + zone for when in MOMENTS]
    found = find_date_format(dict.fromkeys(texts))
    assert found.dates[texts[0]].utcoffset() == datetime.timedelta(hours=0 if zone == "Z" else 2)


def test_some_times_without_seconds_are_read():
    texts = [str(when.date() if i % 3 else when) for i, when in enumerate(MOMENTS)]
    assert find_date_format(texts).unparsed == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-05 12:00:00 UTC", datetime.datetime(2024, 1, 5, 12, tzinfo=datetime.UTC)),
        ("Mon, 01 Jul 2024 12:00 GMT", datetime.datetime(2024, 7, 1, 12, tzinfo=datetime.UTC)),
        ("2024-01-05 03:05 PM", datetime.datetime(2024, 1, 5, 15, 5)),
        ("1/15/2024 3:05 p.m.", datetime.datetime(2024, 1, 15, 15, 5)),
        ("January 5th, 2024", datetime.datetime(2024, 1, 5)),
        ("5 Sept 2024", datetime.datetime(2024, 9, 5)),
        (
            "Fri May 24 11:25:00 +0000 2024",
            datetime.datetime(2024, 5, 24, 11, 25, tzinfo=datetime.UTC),
        ),
    ],
)
def test_other_spellings_are_read(text, expected):
    assert find_date_format([text]).dates == {text: expected}


def test_digits_without_zeros_are_read():
    texts = [f"{when.month}/{when.day}/{when.year}" for when in DAYS]
    assert [find_date_format(texts).dates[text] for text in texts] == DAYS


@pytest.mark.parametrize("sep", ["/", "-"])
def test_days_up_to_12_are_ambiguous(sep):
    texts = [f"{d:02d}{sep}{m:02d}{sep}2024" for d in range(1, 13) for m in range(1, 13)]
    found = find_date_format(texts)
    assert {found.format, found.other_format} == {f"%d{sep}%m{sep}%Y", f"%m{sep}%d{sep}%Y"}


def test_one_day_above_12_is_unambiguous():
    texts = [f"{d:02d}/{m:02d}/2024" for d in range(1, 13) for m in range(1, 13)]
    found = find_date_format([*texts, "13/01/2024"])
    assert (found.format, found.other_format, found.unparsed) == ("%d/%m/%Y", None, [])


def test_the_same_dates_in_two_formats_are_unambiguous():
    assert find_date_format(["05/05/2024", "06/06/2024"]).other_format is None


def test_few_other_texts_are_not_parsed():
    texts = [when.strftime("%d.%m.%Y") for when in DAYS]
    found = find_date_format(["unknown", "n/a", "31.02.2020", *texts])
    assert found.unparsed == ["unknown", "31.02.2020"]


@pytest.mark.parametrize(
    "texts",
    [
        ["2024", "2025"],
        ["1.5", "2.5"],
        ["red", "blue"],
        ["A12", "B13"],
        ["12.11.10", "1.2.3", "1.2.4"],
        ["10:30", "11:45"],
        ["May", "June"],
        ["12345678", "99999999"],
        ["2024-01-01", "never", "soon"],
        [],
    ],
)
def test_no_dates(texts):
    assert find_date_format(texts) is None


def test_dates_in_several_formats():
    texts = [when.strftime("%Y-%m-%d" if i % 2 else "%d.%m.%Y") for i, when in enumerate(DAYS)]
    assert set(find_date_format(texts).unparsed) in (set(texts[::2]), set(texts[1::2]))
    assert len(set(dates_in_several_formats(texts)) & set(texts)) == 2
    assert dates_in_several_formats(texts[::2]) is None
    assert dates_in_several_formats([*texts[:10], "a", "b"]) is None


def test_reading_by_a_format():
    dates, unparsed = read_dates(["01/02/2024", "?", "x"], "%d/%m/%Y")
    assert dates == {"01/02/2024": datetime.datetime(2024, 2, 1), "?": None, "x": None}
    assert unparsed == ["x"]
