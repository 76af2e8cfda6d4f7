import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.optimize import check_grad

from skmlp.network import Batch, Network, Objective, n_parameters
from skmlp.network.dropout import Dropout, KeepAll

pytestmark = pytest.mark.usefixtures("either_pass")

RNG = np.random.default_rng(0)


def make(rate=0.3, seed=0):
    return Dropout(rate, np.random.default_rng(seed))


def kept_share(rate):
    """Give the share of entries kept, of which there are 2**16 steps."""
    return 1 - round(rate * 2**16) / 2**16


@pytest.mark.parametrize("rate", [0.01, 0.5, 0.9])
def test_the_rate_is_left_out_and_the_mean_kept(rate):
    H = make(rate).apply(np.ones((500, 400)))
    assert np.mean(H == 0) == pytest.approx(rate, abs=0.004)
    assert H.mean() == pytest.approx(1, abs=0.02)


def test_kept_entries_are_scaled():
    H = make(0.2).apply(np.full((50, 40), 2.0))
    assert_allclose(np.unique(H), [0, 2.0 / kept_share(0.2)])


def test_backward_leaves_out_the_same_entries():
    dropout = make()
    H = dropout.apply(np.ones((5, 7)))
    assert_array_equal(dropout.backward(np.ones((5, 7))), H)


def test_input_is_not_changed():
    H = np.ones((5, 7))
    make().apply(H)
    assert_array_equal(H, 1)


def test_each_step_leaves_out_others():
    dropout = make()
    assert not np.array_equal(dropout.apply(np.ones((5, 7))), dropout.apply(np.ones((5, 7))))


def test_sparse_entries():
    S = sparse.random(40, 30, density=0.5, format="csr", random_state=0)
    dropped = make().apply(S)
    kept = dropped.toarray() != 0
    assert 0.5 < kept.sum() / S.nnz < 0.9
    assert_allclose(dropped.toarray()[kept], S.toarray()[kept] / kept_share(0.3))


def test_a_sparse_table_keeps_its_shape():
    assert make().apply(sparse.csr_array(np.eye(3, 5))).shape == (3, 5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(dtype):
    assert make().apply(np.ones((3, 4), dtype)).dtype == dtype


def test_keep_all_keeps_all():
    H = np.ones((2, 3))
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
    H = Dropout(1 - 1e-6, np.random.default_rng(0)).apply(np.ones((2000, 2000)))
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


def test_a_sparse_batch_without_entries_goes_through():
    H = sparse.csr_array((3, 4))
    assert make().apply(H).nnz == 0
