import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from skmlp.network.batches import Batch, blocks, pieces, split, take

TABLE = np.arange(12).reshape(6, 2)


@pytest.mark.parametrize("rows", [range(5), np.arange(5)])
def test_split_gives_every_row_once(rows):
    pieces = list(split(rows, 2))
    assert [len(piece) for piece in pieces] == [2, 2, 1]
    assert_array_equal(np.concatenate(pieces), rows)


def test_a_range_is_taken_without_a_copy():
    assert np.shares_memory(take(TABLE, range(1, 3)), TABLE)


def test_rows_by_index():
    assert_array_equal(take(TABLE, np.array([4, 0])), TABLE[[4, 0]])


@pytest.mark.parametrize("order", ["C", "F"])
def test_dtype_and_memory_order(order):
    taken = take(np.array(TABLE, order=order), range(3), np.float32)
    assert taken.dtype == np.float32
    assert taken.flags.c_contiguous


def test_sparse_rows():
    taken = take(sparse.csr_array(TABLE), np.array([5, 1]), np.float64)
    assert taken.dtype == np.float64
    assert_array_equal(taken.toarray(), TABLE[[5, 1]])


# Batches

X, Y = np.arange(12.0).reshape(6, 2), np.arange(6) % 3
WEIGHT = np.arange(6) / 10


@pytest.mark.parametrize("rows", [range(1, 5), np.array([5, 0, 3])], ids=str)
def test_a_batch_takes_its_rows(rows):
    batch = Batch(X, Y, WEIGHT, rows)
    assert len(batch) == len(rows)
    assert_array_equal(batch.take_X(np.float64), X[list(rows)])
    assert_array_equal(batch.take_y(), Y[list(rows)])
    assert_array_equal(batch.take_weight(), WEIGHT[list(rows)])


def test_a_batch_of_all_rows_without_weights():
    batch = Batch(X, Y)
    assert_array_equal(batch.take_y(), Y)
    assert batch.take_weight() is None


@pytest.mark.parametrize("rows", [range(6), np.array([5, 0, 3, 1, 2])], ids=str)
def test_parts_add_up_to_the_batch(rows):
    batch = Batch(X, Y, WEIGHT, rows)
    parts = list(batch.split(2))
    assert [len(part) for part in parts] == ([2, 2, 2] if len(rows) == 6 else [2, 2, 1])
    assert_array_equal(np.concatenate([part.take_y() for part in parts]), batch.take_y())
    assert_array_equal(np.concatenate([p.take_weight() for p in parts]), batch.take_weight())


def test_blocks_of_a_batch(monkeypatch):
    monkeypatch.setattr("skmlp.network.batches.BLOCK_ROWS", 4)
    assert [len(block) for block in Batch(X, Y).blocks()] == [4, 2]
    assert [len(block) for block in blocks(range(9))] == [4, 4, 1]


@pytest.mark.parametrize("n", [1, 10, 11, 20, 25])
def test_pieces_cover_every_entry_once(monkeypatch, n):
    monkeypatch.setattr("skmlp.network.batches.PIECE", 10)
    a, b = np.zeros(n), np.arange(n)
    for piece, numbers in pieces(a, b):
        assert len(piece) == len(numbers) <= 10
        piece += numbers + 1
    assert_array_equal(a, b + 1)


def test_pieces_of_one_vector(monkeypatch):
    monkeypatch.setattr("skmlp.network.batches.PIECE", 10)
    assert [len(piece) for (piece,) in pieces(np.zeros(25))] == [10, 10, 5]
    assert [len(piece) for (piece,) in pieces(np.zeros(7))] == [7]


@pytest.mark.parametrize("scale", [1.0, 1e-300, 1e300])
def test_relative_weights_are_divided_by_the_largest_of_the_batch(scale):
    weight = np.array([1.0, 4.0, 2.0, 8.0, 0.0, 3.0]) * scale
    relative = Batch(X, Y, weight, np.array([0, 1, 2])).relative()
    assert_allclose(relative.take_weight(), [0.25, 1.0, 0.5])


def test_weights_that_are_all_zero_are_not_divided():
    assert_array_equal(Batch(X, Y, np.zeros(6)).relative().take_weight(), np.zeros(6))
