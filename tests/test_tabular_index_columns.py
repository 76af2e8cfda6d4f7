"""Columns that only number the rows."""

import numpy as np
import pytest

from skmlp import TabularEncoder
from skmlp.tabular.index_columns import is_index

RNG = np.random.default_rng(0)
SHUFFLED = RNG.permutation(100).astype(float)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("a", np.arange(100.0)),
        ("a", 3 * np.arange(100.0)[::-1]),
        ("Unnamed: 0", SHUFFLED),
        ("index", SHUFFLED),
        ("customer_id", SHUFFLED),
        ("PassengerId", SHUFFLED),
        ("ID", SHUFFLED),
    ],
)
def test_an_index_is_found_and_said(name, values):
    with pytest.warns(UserWarning, match=f"Column {name!r} of X numbers the rows"):
        assert is_index(name, values, len(set(values)))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("a", SHUFFLED),
        ("id", np.arange(100.0) // 2),
        ("id", np.arange(20.0)),
        ("paid", SHUFFLED),
        ("idle", SHUFFLED),
    ],
)
def test_others_are_none(name, values):
    assert not is_index(name, values, len(set(values)))


def test_an_index_is_dropped():
    X = np.array([[i, x] for i, x in enumerate(RNG.normal(size=30))], dtype=object)
    with pytest.warns(UserWarning, match="'x0' of X numbers the rows"):
        encoder = TabularEncoder().fit(X)
    assert encoder.dropped_ == {"x0": "index"}
    assert encoder.kinds_ == {"x1": "number"}


def test_floats_and_the_only_column_are_kept():
    rows = np.arange(30)
    assert TabularEncoder().fit(rows[:, None]).dropped_ == {}
    assert TabularEncoder().fit(np.column_stack([rows, rows**2.0])).dropped_ == {}
