"""Columns that only number the rows."""

import numpy as np
import pandas as pd
import pytest

from skmlp import TabularEncoder
from skmlp.tabular.index_columns import is_index

RNG = np.random.default_rng(0)
ROWS = np.arange(100.0)
SHUFFLED = RNG.permutation(ROWS)


@pytest.mark.parametrize(
    ("name", "values", "is_integer"),
    [
        ("a", ROWS, True),
        ("a", 3 * ROWS[::-1], True),
        ("Unnamed: 0", SHUFFLED, True),
        ("Unnamed: 0.1", ROWS // 2, False),
        ("index", SHUFFLED, True),
        ("customer_id", SHUFFLED, True),
        ("PassengerId", SHUFFLED, True),
        ("ID", SHUFFLED, True),
    ],
)
def test_an_index_is_found(name, values, is_integer):
    assert is_index(name, values, is_integer)


@pytest.mark.parametrize(
    ("name", "values", "is_integer"),
    [
        ("a", SHUFFLED, True),
        ("a", ROWS, False),
        ("a", 3600 * ROWS, True),
        ("id", ROWS // 2, True),
        ("id", ROWS[:20], True),
        ("paid", SHUFFLED, True),
        ("idle", SHUFFLED, True),
        ("COVID", SHUFFLED, True),
        ("year", 1900 + ROWS, True),
        ("age", ROWS, True),
        ("index", ROWS // 2, True),
    ],
)
def test_other_columns_are_not_an_index(name, values, is_integer):
    assert not is_index(name, values, is_integer)


def test_an_index_is_dropped_with_a_warning():
    X = pd.DataFrame({"row": np.arange(30), "x": RNG.normal(size=30)})
    with pytest.warns(
        UserWarning, match="'row' of X is dropped, since it numbers the rows"
    ) as seen:
        encoder = TabularEncoder().fit(X)
    assert len(seen) == 1
    assert encoder.dropped_ == {"row": "index"}
    assert encoder.kinds_ == {"x": "number"}


def test_floats_the_only_column_and_matrices_are_kept():
    rows = np.arange(30)
    assert TabularEncoder().fit(pd.DataFrame({"row": rows})).dropped_ == {}
    assert TabularEncoder().fit(pd.DataFrame({"row": rows * 1.0, "x": rows**2.0})).dropped_ == {}
    assert TabularEncoder().fit(np.column_stack([rows, rows**2])).dropped_ == {}
