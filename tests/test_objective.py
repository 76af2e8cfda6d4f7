import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.optimize import check_grad

from skmlp import batches
from skmlp.losses import cross_entropy
from skmlp.network import Network, n_parameters, n_weights
from skmlp.objective import Objective

RNG = np.random.default_rng(0)
X = RNG.standard_normal((12, 4))
Y = np.arange(12) % 3
WEIGHTS = {"unweighted": None, "weighted": RNG.uniform(0, 2, 12)}
ROWS = range(12)


def make_objective(activation="tanh", depth=2, l2=0.1):
    sizes = (4, *[5] * depth, 3)
    parameters = 0.5 * RNG.standard_normal(n_parameters(sizes))
    return Objective(Network(parameters, sizes, [activation] * depth), l2)


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("depth", [0, 1, 2, 3])
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_gradient(activation, depth, weight):
    assert gradient_error(make_objective(activation, depth), WEIGHTS[weight]) < 1e-6


def test_gradient_with_an_activation_for_each_layer():
    sizes = (4, 5, 6, 7, 3)
    parameters = 0.5 * RNG.standard_normal(n_parameters(sizes))
    network = Network(parameters, sizes, ["gelu", "tanh", "mish"])
    assert gradient_error(Objective(network)) < 1e-6


def gradient_error(objective, weight=None):
    theta = objective.network.parameters.copy()

    def at(theta):
        objective.network.parameters[:] = theta
        return objective.loss_gradient(X, Y, weight, rows=ROWS)

    def gradient(theta):
        at(theta)
        return objective.gradient.copy()

    return check_grad(at, gradient, theta)


def test_loss_is_the_formula():
    objective = make_objective(l2=0.3)
    w = WEIGHTS["weighted"]
    loss = objective.loss_gradient(X, Y, w, rows=ROWS)
    network = objective.network
    W = network.parameters[: n_weights(network.layer_sizes)]
    expected = np.mean(w * cross_entropy(network.forward(X), Y)) + 0.3 / 2 * np.sum(W**2)
    assert loss == pytest.approx(expected)


def test_biases_are_not_penalised():
    plain, penalised = make_objective(l2=0.0), make_objective(l2=7.0)
    penalised.network.parameters[:] = plain.network.parameters
    plain.loss_gradient(X, Y, rows=ROWS)
    penalised.loss_gradient(X, Y, rows=ROWS)
    n = n_weights(plain.network.layer_sizes)
    assert_array_equal(plain.gradient[n:], penalised.gradient[n:])
    assert not np.allclose(plain.gradient[:n], penalised.gradient[:n])


def test_blocks_add_up(monkeypatch):
    objective = make_objective()
    loss = objective.loss_gradient(X, Y, WEIGHTS["weighted"], rows=ROWS)
    gradient = objective.gradient.copy()
    monkeypatch.setattr("skmlp.objective.BLOCK_ROWS", 5)
    assert objective.loss_gradient(X, Y, WEIGHTS["weighted"], rows=ROWS) == pytest.approx(loss)
    assert_allclose(objective.gradient, gradient)


def test_batches_average_to_the_whole():
    objective = make_objective()
    w = WEIGHTS["weighted"]
    whole = objective.loss_gradient(X, Y, w, rows=ROWS)
    parts = [objective.loss_gradient(X, Y, w, rows=rows) for rows in batches.split(ROWS, 4)]
    assert np.mean(parts) == pytest.approx(whole)


@pytest.mark.parametrize("rows", [range(3, 9), np.array([8, 3, 3, 11])])
def test_only_the_rows_named_count(rows):
    objective = make_objective()
    w = WEIGHTS["weighted"]
    loss = objective.loss_gradient(X, Y, w, rows=rows)
    rows = np.array(rows)
    expected = objective.loss_gradient(X[rows], Y[rows], w[rows], rows=range(len(rows)))
    assert loss == pytest.approx(expected)


def test_sparse_rows_give_the_same():
    objective = make_objective()
    loss = objective.loss_gradient(X, Y, rows=ROWS)
    gradient = objective.gradient.copy()
    assert objective.loss_gradient(sparse.csr_array(X), Y, rows=ROWS) == pytest.approx(loss)
    assert_allclose(objective.gradient, gradient)
