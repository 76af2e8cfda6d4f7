import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.optimize import check_grad

from skmlp.network import Batch, Network, Objective, cross_entropy, n_parameters, n_weights

pytestmark = pytest.mark.usefixtures("either_pass")

RNG = np.random.default_rng(0)
X = RNG.standard_normal((12, 4))
Y = np.arange(12) % 3
WEIGHTS = {"unweighted": None, "weighted": RNG.uniform(0, 2, 12)}


def batch(weight=None, rows=None):
    return Batch(X, Y, weight, rows)


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
    def at(theta):
        return objective.loss_gradient(theta, batch(weight))

    return check_grad(
        lambda theta: at(theta)[0],
        lambda theta: at(theta)[1].copy(),
        objective.network.parameters.copy(),
    )


def at(objective, batch):
    """Return loss and gradient at the network's parameters."""
    loss, gradient = objective.loss_gradient(objective.network.parameters, batch)
    return loss, gradient.copy()


def test_loss_is_the_formula():
    objective = make_objective(l2=0.3)
    w = WEIGHTS["weighted"]
    loss, _ = at(objective, batch(w))
    network = objective.network
    W = network.parameters[: n_weights(network.layer_sizes)]
    expected = np.mean(w * cross_entropy(network.forward(X), Y)) + 0.3 / 2 * np.sum(W**2)
    assert loss == pytest.approx(expected)


def test_biases_are_not_penalised():
    reference, penalised = make_objective(l2=0.0), make_objective(l2=7.0)
    theta = reference.network.parameters
    _, gradient = reference.loss_gradient(theta, batch())
    _, of_penalised = penalised.loss_gradient(theta, batch())
    n = n_weights(reference.network.layer_sizes)
    assert reference.n_weights == n
    assert_array_equal(gradient[n:], of_penalised[n:])
    assert_allclose(of_penalised[:n], gradient[:n] + 7.0 * theta[:n])


@pytest.mark.parametrize("n", [5, 13])
def test_the_penalty_counts_every_weight_whatever_the_pieces(monkeypatch, n):
    objective = make_objective(l2=2.0)
    theta = objective.network.parameters
    monkeypatch.setattr("skmlp.network.batches.PIECE", n)
    gradient = np.zeros_like(theta)
    penalty = objective.penalise(theta, gradient)
    W = theta[: objective.n_weights]
    assert penalty == pytest.approx(W @ W)
    assert_allclose(gradient[: len(W)], 2.0 * W)
    assert_array_equal(gradient[len(W) :], 0)


@pytest.mark.parametrize("size", [1, 5])
def test_blocks_add_up(monkeypatch, size):
    objective = make_objective()
    loss, gradient = at(objective, batch(WEIGHTS["weighted"]))
    monkeypatch.setattr("skmlp.network.batches.BLOCK_ROWS", size)
    by_block = at(objective, batch(WEIGHTS["weighted"]))
    assert by_block[0] == pytest.approx(loss)
    assert_allclose(by_block[1], gradient)


def test_batches_average_to_the_whole():
    objective = make_objective()
    whole = batch(WEIGHTS["weighted"])
    loss, gradient = at(objective, whole)
    parts = [at(objective, part) for part in whole.split(4)]
    assert np.mean([part[0] for part in parts]) == pytest.approx(loss)
    assert_allclose(np.mean([part[1] for part in parts], axis=0), gradient)


def test_data_terms_of_parts_add_up_to_that_of_the_whole():
    objective = make_objective()
    theta = objective.network.parameters
    whole = batch(WEIGHTS["weighted"])
    loss, gradient = objective.data_term(theta, whole)
    gradient = gradient.copy()
    parts = [
        (value, at_part.copy())
        for value, at_part in (objective.data_term(theta, part) for part in whole.split(5))
    ]
    assert sum(part[0] for part in parts) == pytest.approx(loss)
    assert_allclose(sum(part[1] for part in parts), gradient)


def test_the_scale_of_a_data_term():
    objective = make_objective()
    theta = objective.network.parameters
    loss, gradient = objective.data_term(theta, batch())
    gradient = gradient.copy()
    halved = objective.data_term(theta, batch(), scale=0.5)
    assert halved[0] == pytest.approx(loss / 2)
    assert_allclose(halved[1], gradient / 2)


def test_the_parameters_passed_are_used():
    objective, other = make_objective(), make_objective()
    theta = other.network.parameters
    assert at(other, batch())[0] == objective.loss_gradient(theta, batch())[0]


@pytest.mark.parametrize("rows", [range(3, 9), np.array([8, 3, 3, 11])], ids=str)
def test_only_the_rows_of_the_batch_are_used(rows):
    objective = make_objective()
    w = WEIGHTS["weighted"]
    loss, gradient = at(objective, batch(w, rows))
    rows = np.array(rows)
    expected = at(objective, Batch(X[rows], Y[rows], w[rows]))
    assert loss == pytest.approx(expected[0])
    assert_allclose(gradient, expected[1])


def test_sparse_rows_give_the_same():
    objective = make_objective()
    loss, gradient = at(objective, batch())
    by_sparse = at(objective, Batch(sparse.csr_array(X), Y))
    assert by_sparse[0] == pytest.approx(loss)
    assert_allclose(by_sparse[1], gradient)


def test_labels_smoothed_are_a_mixture_of_targets():
    objective = make_objective(l2=0.0)
    theta, K, s = objective.network.parameters, 3, 0.3
    smooth = Objective(objective.network, smoothing=s).data_term(theta, batch())[0]
    by_class = [objective.data_term(theta, Batch(X, np.full(12, k)))[0] for k in range(K)]
    assert smooth == pytest.approx(
        (1 - s) * objective.data_term(theta, batch())[0] + s * np.mean(by_class)
    )


def test_many_blocks_add_up_in_float32_as_in_float64(monkeypatch):
    monkeypatch.setattr("skmlp.network.batches.BLOCK_ROWS", 1)
    X = np.random.default_rng(0).uniform(0.5, 1.5, (3000, 2))
    y = np.zeros(len(X), int)  # of one class, so that the gradients do not cancel

    def of(dtype):
        parameters = np.array([0.1, 0.2, -0.1, 0.3, 0.0, 0.1], dtype)
        objective = Objective(Network(parameters, (2, 2), []))
        return objective.loss_gradient(parameters, Batch(X.astype(dtype), y))

    (loss, gradient), (expected_loss, expected) = of(np.float32), of(np.float64)
    assert gradient.dtype == np.float32
    assert loss == pytest.approx(expected_loss, rel=3e-7)
    assert_allclose(gradient, expected, rtol=3e-7)
