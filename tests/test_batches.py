import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from skmlp.batches import BatchMemory, split, take

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


@pytest.mark.parametrize("rows", [range(2, 5), np.array([4, 0, 4])], ids=str)
@pytest.mark.parametrize(
    "given",
    [
        np.asarray,
        np.asfortranarray,
        lambda table: np.repeat(table, 2, axis=1)[:, ::2],
        lambda table: table.astype(np.uint8),
        sparse.csr_array,
    ],
)
def test_batch_memory_takes_what_take_takes(given, rows):
    table = given(np.arange(24.0).reshape(6, 4))
    memory = BatchMemory(np.float64)
    for some in (rows, rows[:2], rows):
        taken, expected = memory.take(table, some), take(table, some, np.float64)
        assert taken.dtype == np.float64
        assert_array_equal(
            *(t if isinstance(t, np.ndarray) else t.toarray() for t in (taken, expected))
        )
