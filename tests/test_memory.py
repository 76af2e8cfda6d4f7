import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from skmlp.network.batches import take
from skmlp.network.memory import BatchMemory, LayerMemory


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
    for some in (rows[:1], rows, rows[:2], rows):
        taken, expected = memory.take(table, some), take(table, some, np.float64)
        assert taken.dtype == np.float64
        assert_array_equal(
            *(t if isinstance(t, np.ndarray) else t.toarray() for t in (taken, expected))
        )


@pytest.mark.parametrize("dtype", [np.float64, np.uint8])
def test_batches_of_rows_use_the_same_memory(dtype):
    table, memory = np.ones((6, 4), dtype), BatchMemory(np.float64)
    first = memory.take(table, np.array([4, 0, 4]))
    for rows in ([1, 2, 3], [5, 5]):
        assert np.shares_memory(memory.take(table, np.array(rows)), first)


def test_layers_do_not_share_memory():
    memory = LayerMemory((3, 4, 5, 2), np.float64).for_rows(6).for_gradients()
    arrays = [*memory.Z, *memory.H[1:], *memory.dH[1:]]
    assert [a.shape for a in arrays] == [(6, w) for w in (4, 5, 2, 4, 5, 4, 5)]
    for k, array in enumerate(arrays):
        array[:] = k
    for k, array in enumerate(arrays):
        assert_array_equal(array, k)


def test_layers_grow_and_shrink_with_the_batch():
    memory = LayerMemory((3, 4, 2), np.float32)
    for n_rows in (1, 5, 9, 2, 9):
        shaped = memory.for_rows(n_rows).for_gradients()
        assert [Z.shape for Z in shaped.Z] == [(n_rows, 4), (n_rows, 2)]


def test_memory_is_reused():
    memory = LayerMemory((3, 4, 2), np.float64)
    shaped = memory.for_rows(9).for_gradients()
    first = [*shaped.Z, *shaped.H[1:], *shaped.dH[1:]]
    assert memory.for_rows(9).Z[0] is first[0]
    for n_rows in (2, 9):
        shaped = memory.for_rows(n_rows).for_gradients()
        assert shaped.n_rows == n_rows
        for array, again in zip(first, [*shaped.Z, *shaped.H[1:], *shaped.dH[1:]], strict=True):
            assert np.shares_memory(array, again)
