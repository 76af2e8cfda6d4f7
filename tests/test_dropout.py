import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.optimize import check_grad

from skmlp.network import Batch, Network, Objective, n_parameters
from skmlp.network.dropout import Dropout, KeepAll, draw_mask

pytestmark = pytest.mark.usefixtures("either_pass")

RNG = np.random.default_rng(0)


def make(rate=0.3, seed=0):
    dropout = Dropout(rate, np.random.default_rng(seed))
    dropout.new_batch()
    return dropout


def kept_share(rate):
    """Return the fraction of entries to keep, a multiple of 2**-16."""
    return 1 - round(rate * 2**16) / 2**16


@pytest.mark.parametrize("rate", [0.01, 0.5, 0.9])
def test_the_rate_is_dropped_and_the_mean_kept(rate):
    H = make(rate).apply(np.ones((500, 400)))
    assert np.mean(H == 0) == pytest.approx(rate, abs=0.004)
    assert H.mean() == pytest.approx(1, abs=0.02)


def test_kept_entries_are_scaled():
    H = make(0.2).apply(np.full((50, 40), 2.0))
    assert_allclose(np.unique(H), [0, 2.0 / kept_share(0.2)])


def test_backward_drops_the_same_entries():
    dropout = make()
    H = dropout.apply(np.ones((5, 7)))
    assert_array_equal(dropout.backward(np.ones((5, 7))), H)


def test_input_is_not_changed():
    H = np.ones((5, 7))
    make().apply(H)
    assert_array_equal(H, 1)


def test_each_batch_has_a_new_mask():
    dropout, H = make(), np.ones((5, 7))
    first = dropout.apply(H)
    dropout.new_batch()
    assert not np.array_equal(dropout.apply(H), first)


def test_each_batch_begins_with_its_first_row():
    one, other = make(), make()
    one.apply(np.ones((3, 7)))
    for dropout in (one, other):
        dropout.new_batch()
    assert_array_equal(one.apply(np.ones((5, 7))), other.apply(np.ones((5, 7))))


def test_parts_of_a_batch_in_turn_are_the_whole():
    dropout = make()
    parts = [dropout.apply(np.ones((n_rows, 7))) for n_rows in (2, 5, 1)]
    assert_array_equal(np.vstack(parts), make().apply(np.ones((8, 7))))


def test_some_rows_of_a_batch_at_their_places_are_those_of_the_whole():
    class Some(Dropout):
        def _next_places(self, n_rows):
            return np.array([6, 1, 4])

    some = Some(0.3, np.random.default_rng(0))
    some.new_batch()
    assert_array_equal(some.apply(np.ones((3, 7))), make().apply(np.ones((8, 7)))[[6, 1, 4]])


@pytest.mark.parametrize("container", [sparse.csr_array, sparse.csr_matrix])
@pytest.mark.parametrize("width", [1, 3, 4, 30])
def test_a_sparse_table_is_dropped_as_a_dense_one(width, container):
    H = RNG.standard_normal((40, width)) * (RNG.random((40, width)) < 0.3)
    dense, stored = make(), make()
    for part in (H[:15], np.zeros((3, width)), H[15:]):
        assert_array_equal(stored.apply(container(part)).toarray(), dense.apply(part))


def test_the_order_of_stored_entries_does_not_count():
    H = sparse.csr_array(([1.0, 2.0, 3.0], [5, 0, 2], [0, 3]), shape=(1, 6))
    assert_array_equal(make().apply(H).toarray(), make().apply(H.toarray()))


def test_a_sparse_table_keeps_its_shape():
    assert make().apply(sparse.csr_array(np.eye(3, 5))).shape == (3, 5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(dtype):
    assert make().apply(np.ones((3, 4), dtype)).dtype == dtype


def test_keep_all_keeps_all():
    H = np.ones((2, 3))
    KeepAll().new_batch()
    assert KeepAll().apply(H) is KeepAll().backward(H) is H


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "gelu"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_gradient_through_dropout(activation, smoothing):
    sizes = (4, 6, 5, 3)
    X, y = RNG.standard_normal((10, 4)), np.arange(10) % 3
    theta = 0.5 * RNG.standard_normal(n_parameters(sizes))

    def at(theta):
        dropouts = [make(0.2, seed) for seed in range(3)]  # the same masks at each evaluation
        network = Network(theta.copy(), sizes, [activation] * 2, dropouts)
        objective = Objective(network, 0.1, smoothing)
        return objective.loss_gradient(network.parameters, Batch(X, y))

    assert check_grad(lambda t: at(t)[0], lambda t: at(t)[1], theta) < 1e-6


def test_a_rate_just_below_1_keeps_some():
    H = make(1 - 1e-6).apply(np.ones((2000, 2000)))
    assert_array_equal(np.unique(H), [0, 2**16])
    assert H.mean() == pytest.approx(1, abs=0.3)


def test_input_gradient_through_dropout():
    sizes = (4, 6, 3)
    theta = RNG.standard_normal(n_parameters(sizes))
    X, dO = RNG.standard_normal((5, 4)), RNG.standard_normal((5, 3))

    def network():
        return Network(theta, sizes, ["tanh"], [make(0.4, seed) for seed in range(2)])

    forward = network()
    forward.forward(X)
    dX = forward.input_gradient(dO)
    step = 1e-6
    for j in range(4):
        E = np.zeros_like(X)
        E[:, j] = step
        slope = (network().forward(X + E) - network().forward(X - E)) / (2 * step)
        assert_allclose(dX[:, j], (slope * dO).sum(axis=1), atol=1e-8)


def test_a_sparse_batch_without_entries():
    H = sparse.csr_array((3, 4))
    assert make().apply(H).nnz == 0


# The first five outputs of SplitMix64 from the state 1234567, as they are published.
PUBLISHED = [
    6457827717110365317,
    3203168211198807973,
    9817491932198370423,
    4593380528125082431,
    16408922859458223821,
]


@pytest.mark.parametrize("width", [4, 17])
def test_the_bits_are_those_of_splitmix64(width):
    key, n_words = 1234567 + 0x9E3779B97F4A7C15, (width + 3) // 4
    for counter, word in enumerate(PUBLISHED):
        place, column = counter // n_words, 4 * (counter % n_words)
        for unit in range(column, min(column + 4, width)):
            bits = word >> 16 * (unit - column) & 0xFFFF
            at, above = (
                draw_mask(key, np.array([place]), threshold, 1.0, np.empty((1, width)))
                for threshold in (bits, bits + 1)
            )
            assert (at[0, unit], above[0, unit]) == (1, 0)


def kept(key, n_rows=5000, width=40, threshold=2**14):
    """Return which units are kept, standardised to mean 0 and variance 1."""
    mask = draw_mask(key, np.arange(n_rows), threshold, 1.0, np.empty((n_rows, width)))
    share = 1 - threshold / 2**16
    return (mask - share) / np.sqrt(share * (1 - share))


def test_each_unit_and_each_row_is_kept_as_often():
    K = kept(0)
    for axis, n in enumerate(K.shape):
        assert np.abs(K.mean(axis)).max() < 4.5 / np.sqrt(n)


K = kept(0)
NEIGHBOURS = {
    **{f"unit {n} further": (K[:, n:], K[:, :-n]) for n in range(1, 9)},
    **{f"row {n} further": (K[n:], K[:-n]) for n in range(1, 5)},
    "last unit, and first of the next row": (K[:-1, -1], K[1:, 0]),
    "next key": (K, kept(1)),
    "key of another highest bit": (K, kept(2**63)),
}


@pytest.mark.parametrize("case", NEIGHBOURS)
def test_neighbours_are_independent(case):
    one, other = NEIGHBOURS[case]
    assert abs(np.mean(one * other)) < 4 / np.sqrt(one.size)


def make_objective():
    sizes = (4, 5, 3)
    theta = np.random.default_rng(0).standard_normal(n_parameters(sizes))
    return Objective(Network(theta, sizes, ["tanh"], [make(0.3, seed) for seed in range(2)]))


BATCH = Batch(np.random.default_rng(1).standard_normal((12, 4)), np.arange(12) % 3)


def test_an_objective_begins_a_batch_with_each_call():
    one, other = make_objective(), make_objective()
    theta = one.network.parameters
    one.data_term(theta, BATCH.select(range(5)))
    other.data_term(theta, BATCH)
    assert one.data_term(theta, BATCH)[0] == other.data_term(theta, BATCH)[0]


def test_blocks_are_dropped_as_the_whole_batch(monkeypatch):
    objective, in_blocks = make_objective(), make_objective()
    theta = objective.network.parameters
    loss, gradient = objective.data_term(theta, BATCH)
    monkeypatch.setattr("skmlp.network.batches.BLOCK_ROWS", 5)
    assert len(list(BATCH.blocks())) == 3
    loss_of_blocks, gradient_of_blocks = in_blocks.data_term(theta, BATCH)
    assert loss_of_blocks == pytest.approx(loss)
    assert_allclose(gradient_of_blocks, gradient, atol=1e-12)
