import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skmlp.initializers import initial_parameters
from skmlp.network import layer_views

SIZES = (300, 200, 100, 4)
EVEN = np.full(4, 0.25)


def draw(activation="relu", sizes=SIZES, shares=EVEN, dtype=np.float64):
    parameters = initial_parameters(sizes, activation, shares, dtype, np.random.default_rng(0))
    return parameters, *layer_views(parameters, sizes)


def test_relu_is_drawn_as_he():
    _, W, _ = draw("relu")
    for W_i in W[:-1]:
        assert W_i.std() == pytest.approx(np.sqrt(2 / W_i.shape[0]), rel=0.02)


@pytest.mark.parametrize("activation", ["tanh", "logistic", "sigmoid", "identity"])
def test_others_are_drawn_as_glorot(activation):
    _, W, _ = draw(activation)
    for W_i in W[:-1]:
        assert W_i.std() == pytest.approx(np.sqrt(2 / sum(W_i.shape)), rel=0.02)


def test_hidden_biases_are_zero():
    _, _, b = draw()
    assert_array_equal(np.concatenate(b[:-1]), 0)


def test_first_probabilities_are_the_class_shares():
    shares = np.array([0.1, 0.2, 0.3, 0.4])
    _, _, b = draw(shares=shares)
    assert_allclose(np.exp(b[-1]) / np.exp(b[-1]).sum(), shares)


def test_a_class_not_seen_starts_finite():
    _, _, b = draw(shares=np.array([0, 0, 0.5, 0.5]))
    assert np.isfinite(b[-1]).all()


def test_softmax_regression_starts_at_zero():
    parameters, _, _ = draw(sizes=(3, 4))
    assert_array_equal(parameters, 0)


def test_dtype():
    assert draw(dtype=np.float32)[0].dtype == np.float32
