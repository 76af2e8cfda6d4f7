import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skmlp import TabularEncoder
from skmlp.tabular.copies import RowHash, find_copies, merge_copies

RNG = np.random.default_rng(0)
N = 400
NUMBERS = RNG.normal(size=(N, 2))
TEXTS = RNG.choice(["a", "b", None], N).tolist()
Y = RNG.integers(0, 3, N)
# Every row twice, in random order.
TWICE = RNG.permutation(np.repeat(np.arange(N), 2))


def hashed(*columns):
    rows = RowHash(len(columns[0]))
    for column in columns:
        rows.add(column)
    return rows


def table(rows):
    return hashed(*NUMBERS[rows].T, [TEXTS[i] for i in rows])


# Hashes of rows


@pytest.mark.parametrize(
    "values",
    [
        np.array([0.0, -0.0]),
        np.array([0x7FF8000000000000, 0xFFF8000000000001], np.uint64).view(np.float64),
        np.array(["2020-01-01", "2020-01-01"], "M8[us]"),
        np.array(["NaT", "NaT"], "M8[us]"),
        ["a", "".join(["a"])],
        [None, None],
    ],
    ids=["zeros", "NaN", "dates", "NaT", "texts", "missing texts"],
)
def test_equal_values_have_the_same_hash(values):
    assert len(set(hashed(values).hashes)) == 1


@pytest.mark.parametrize("kind", [np.float64, "M8[us]", str])
def test_rows_that_differ_have_different_hashes(kind):
    columns = np.indices((50, 50, 50)).reshape(3, -1)
    if kind is str:
        columns = [list(map(str, column)) for column in columns.tolist()]
    else:
        columns = columns.astype(kind)
    assert len(set(hashed(*columns).hashes)) == 50**3


def test_columns_that_are_dropped_do_not_matter():
    X = NUMBERS.astype(object)
    dropped = np.ones(N), [f"id{i % (N // 2)}" for i in range(N)], [None] * N
    encoder = TabularEncoder(min_frequency=3)
    _, others = encoder._fit_transform(X, None, None, None)
    _, rows = encoder._fit_transform(np.column_stack([X, *dropped]), None, None, None)
    assert list(encoder.dropped_) == ["x2", "x3", "x4"]
    assert_array_equal(rows.hashes, others.hashes)


# Copies


def test_copies_are_found():
    copies = find_copies(table(TWICE), Y[TWICE])
    _, first = np.unique(TWICE, return_index=True)
    assert_array_equal(copies.first, np.sort(first))
    assert_array_equal(TWICE[copies.first][copies.inverse], TWICE)


def test_without_equal_rows_there_are_none():
    assert find_copies(table(np.arange(N)), Y) is None


def test_equal_rows_of_another_label_are_kept():
    y = Y[TWICE]
    y[:20] = (y[:20] + 1) % 3
    copies = find_copies(table(TWICE), y)
    assert_array_equal(y[copies.first][copies.inverse], y)
    assert len(copies.first) == N + 20


def test_equal_rows_whose_labels_often_differ_are_no_copies():
    y = Y[TWICE]
    y[:200] = RNG.permutation(y[:200])
    assert find_copies(table(TWICE), y) is None


@pytest.mark.parametrize(("skew", "found"), [(0, True), (1.5, False)])
def test_rows_of_which_some_are_much_more_frequent_are_no_copies(skew, found):
    share = np.arange(1, N + 1) ** -float(skew)
    rows = RNG.choice(N, 2 * N, p=share / share.sum())
    assert (find_copies(table(rows), Y[rows]) is not None) == found


def test_copies_of_the_rows_of_a_rare_class():
    y = (np.arange(N) >= N - 20).astype(int)
    rows = np.append(np.arange(N), RNG.integers(N - 20, N, N - 40))
    assert len(find_copies(table(rows), y[rows]).first) == N


@pytest.mark.parametrize(("n_copies", "found"), [(10, True), (11, False)])
def test_more_than_ten_equal_rows_on_average_are_no_copies(n_copies, found):
    rows = np.repeat(np.arange(N), n_copies)
    assert (find_copies(table(rows), Y[rows]) is not None) == found


def test_rows_that_coincide_since_columns_have_few_values_are_no_copies():
    columns = RNG.integers(0, 4, (3, 200)).astype(float)  # at most 64 rows
    y = columns.sum(axis=0)  # the labels of equal rows are equal
    assert find_copies(hashed(*columns), y) is None


def test_rows_that_could_differ_in_very_many_ways_are_copies():
    columns = np.tile(RNG.integers(0, 4, (8, 200)), 2).astype(float)
    assert find_copies(hashed(*columns), np.tile(Y[:200], 2)) is not None


@pytest.mark.parametrize(("n_columns", "found"), [(1, False), (2, True)])
def test_one_column_of_several_identifies_the_rows(n_columns, found):
    columns = NUMBERS[TWICE, 0], (NUMBERS[TWICE, 1] > 0).astype(float)
    assert (find_copies(hashed(*columns[:n_columns]), Y[TWICE]) is not None) == found


def test_numbers_as_targets():
    y = RNG.normal(size=N)
    assert len(find_copies(table(TWICE), y[TWICE]).first) == N


@pytest.mark.parametrize("weight", [None, RNG.uniform(size=2 * N)])
def test_a_row_has_the_weight_of_its_copies(weight):
    Z, y, merged = merge_copies(table(TWICE), NUMBERS[TWICE], Y[TWICE], weight)
    own = np.ones(2 * N) if weight is None else weight
    first = TWICE[np.sort(np.unique(TWICE, return_index=True)[1])]
    assert_array_equal(Z, NUMBERS[first])
    assert_array_equal(y, Y[first])
    np.testing.assert_allclose(merged, [own[i == TWICE].sum() for i in first])


def test_without_copies_weights_remain():
    assert merge_copies(table(np.arange(N)), NUMBERS, Y, None)[2] is None
