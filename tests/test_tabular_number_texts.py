"""Parsing of numbers in text."""

import numpy as np
import pytest

from skmlp.tabular.number_texts import are_few, find_number_format, written_differently

NUMBERS = np.random.default_rng(0).lognormal(6, 1.5, 200).round(2)


def with_comma(text):
    return text.translate(str.maketrans(".,", ",."))


WAYS = {
    "plain": "{:.2f}".format,
    "exponent": "{:.9e}".format,
    "thousands": "{:,.2f}".format,
    "comma": lambda x: with_comma(f"{x:.2f}"),
    "point and comma": lambda x: with_comma(f"{x:,.2f}"),
    "apostrophe": lambda x: f"{x:,.2f}".replace(",", "\u2019"),
    "space": lambda x: f"{x:,.2f}".replace(",", " ").replace(".", ","),
    "no-break space": lambda x: f"{x:,.2f}".replace(",", "\u202f"),
    "currency before": "${:,.2f}".format,
    "currency and space": "US$ {:.2f}".format,
    "currency code": "CHF {:.2f}".format,
    "currency behind": lambda x: with_comma(f"{x:.2f} €"),
    "percent": "{:.2f}%".format,
    "unit": "{:.2f} km/h".format,
    "plus": "{:.2f}+".format,
    "some footnotes": lambda x: f"{x:.2f}" + ("*" if x > 900 else "[1]" if x > 700 else ""),
    "space around": " {:.2f} ".format,
}


@pytest.mark.parametrize("way", WAYS)
def test_numbers_are_read(way):
    texts = [WAYS[way](x) for x in NUMBERS.tolist()]
    found = find_number_format(dict.fromkeys(texts))
    assert [found.numbers[text] for text in texts] == NUMBERS.tolist()
    assert (found.unparsed, found.ambiguous) == ([], None)


def test_zero_needs_no_currency():
    found = find_number_format(["0", *map("${:.2f}".format, NUMBERS)])
    assert found.numbers["0"] == 0
    assert not found.unparsed


@pytest.mark.parametrize(
    "way", ["({:.2f})", "-{:.2f}", "\u2212{:.2f}", "{:.2f}-", "-${:.2f}", "(${:.2f})"]
)
def test_negative_numbers(way):
    texts = list(map(way.format, NUMBERS))
    found = find_number_format(texts)
    assert [found.numbers[text] for text in texts] == (-NUMBERS).tolist()


def test_negative_numbers_among_others():
    texts = [f"({x})" if x > 300 else f"{x}" for x in NUMBERS.tolist()]
    found = find_number_format(texts)
    assert (found.numbers[texts[0]] < 0) == texts[0].startswith("(")


def test_thousands_millions_and_billions():
    texts = [f"{x}k" if x < 500 else f"{x}M" if x < 2000 else f"{x}" for x in NUMBERS.tolist()]
    found = find_number_format(texts)
    factors = np.where(NUMBERS < 500, 1e3, np.where(NUMBERS < 2000, 1e6, 1))
    np.testing.assert_allclose([found.numbers[t] for t in texts], NUMBERS * factors)


def test_indian_groups():
    found = find_number_format([f"{i},34,567" for i in range(10, 40)])
    assert found.numbers["12,34,567"] == 1234567


def test_some_cells_with_separators_are_parsed():
    found = find_number_format([*map(str, NUMBERS), "1,234.5", "2,345.25"])
    assert found.numbers["1,234.5"] == 1234.5
    assert found.unparsed == []


def test_numbers_in_two_notations_are_ambiguous():
    found = find_number_format([f"{i},250" for i in range(100, 200)])
    assert found.ambiguous == ("100,250", 100250.0, 100.25)


def test_a_leading_zero_implies_a_decimal_comma():
    found = find_number_format(["0,125", *(f"{i},250" for i in range(100, 200))])
    assert found.numbers["0,125"] == 0.125
    assert found.ambiguous is None


def test_few_other_texts_are_not_parsed():
    found = find_number_format([*map(str, NUMBERS), "unknown", "n.d.", "--", "n/a", "?"])
    assert found.unparsed == ["unknown", "n.d.", "--"]
    assert np.isnan([found.numbers[text] for text in ("unknown", "n/a", "?")]).all()


@pytest.mark.parametrize(
    "texts",
    [
        [f"{i:05d}" for i in range(5, 90)],
        [*map(str, range(100, 200)), "007"],
        [f"A{i}" for i in range(100)],
        [f"{i}-{i}" for i in range(100)],
        list(map(str, range(20))),
        [f"{i}_000" for i in range(100)],
        [*map(str, range(100)), *(f"word {i}" for i in range(101))],
        [],
    ],
)
def test_no_numbers(texts):
    assert find_number_format(texts) is None


@pytest.mark.parametrize(
    ("n_strays", "n_read", "expected"),
    [(10, 40, True), (10, 39, False), (11, 1099, False), (11, 1100, True)],
)
def test_few_unparsed_texts(n_strays, n_read, expected):
    assert are_few(["x"] * n_strays, n_read) is expected


def test_numbers_in_two_units_are_written_differently():
    texts = [f"{i} cm" if i % 2 else f"{i} in" for i in range(100)]
    assert written_differently(texts) == ("98 in", "99 cm")
    texts = [f"{i}.25" if i % 2 else f"{i},25" for i in range(100)]
    assert written_differently(texts) == ("98,25", "99.25")


@pytest.mark.parametrize(
    "texts",
    [["5 cm", "6 cm"], [f"{i}{chr(65 + i)}" for i in range(20)], ["5 cm", "a", "b"]],
)
def test_others_are_not_written_differently(texts):
    assert written_differently(texts) is None


@pytest.mark.parametrize(
    ("way", "marks"),
    [
        ("plain", ""),
        ("currency before", ", thousands ',', sign '$'"),
        ("unit", ", unit 'km/h'"),
    ],
)
def test_description_of_marks(way, marks):
    assert find_number_format(list(map(WAYS[way], NUMBERS))).format.marks == marks
