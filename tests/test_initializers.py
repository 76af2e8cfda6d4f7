import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skmlp.network import initial_parameters, layer_views

SIZES = (300, 200, 100, 4)
EVEN = np.full(4, 0.25)


def draw(activation="relu", sizes=SIZES, shares=EVEN, dtype=np.float64, initializer="auto"):
    activations = [activation] * (len(sizes) - 2)
    rng = np.random.default_rng(0)
    parameters = initial_parameters(sizes, activations, shares, dtype, rng, initializer)
    return parameters, *layer_views(parameters, sizes)


def half_width(name, n_in, n_out):
    return np.sqrt({"he": 6 / n_in, "glorot": 6 / (n_in + n_out), "lecun": 3 / n_in}[name])


@pytest.mark.parametrize(
    ("activation", "name"),
    [
        ("relu", "he"),
        ("leaky_relu", "he"),
        ("elu", "he"),
        ("gelu", "he"),
        ("silu", "he"),
        ("softplus", "he"),
        ("mish", "he"),
        ("tanh", "glorot"),
        ("logistic", "glorot"),
        ("sigmoid", "glorot"),
        ("identity", "glorot"),
    ],
)
def test_auto_draws_for_the_activation(activation, name):
    _, W, _ = draw(activation)
    for W_i in W[:-1]:
        assert np.abs(W_i).max() == pytest.approx(half_width(name, *W_i.shape), rel=0.001)
    of_output = 0.3 * half_width("glorot", *W[-1].shape)
    assert np.abs(W[-1]).max() == pytest.approx(of_output, rel=0.01)


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
@pytest.mark.parametrize("name", ["he", "glorot", "lecun"])
def test_named_initializers(name, distribution):
    _, W, _ = draw("tanh", initializer=f"{name}_{distribution}")
    for W_i in W[:-1]:
        assert W_i.mean() == pytest.approx(0, abs=0.02 * W_i.std())
        assert W_i.std() == pytest.approx(half_width(name, *W_i.shape) / np.sqrt(3), rel=0.02)
        extreme = np.abs(W_i).max() / W_i.std()
        assert (extreme > 3) == (distribution == "normal")


def test_selu_is_drawn_normal_as_lecun():
    _, W, _ = draw("selu")
    assert W[0].std() == pytest.approx(np.sqrt(1 / 300), rel=0.02)
    assert np.abs(W[0]).max() > 3 * W[0].std()


def test_each_layer_for_its_own_activation():
    rng = np.random.default_rng(0)
    parameters = initial_parameters(SIZES, ["tanh", "relu"], EVEN, np.float64, rng)
    W, _ = layer_views(parameters, SIZES)
    for W_i, name in zip(W, ["glorot", "he"], strict=False):
        assert np.abs(W_i).max() == pytest.approx(half_width(name, *W_i.shape), rel=0.001)


def test_hidden_biases_are_zero():
    _, _, b = draw()
    assert_array_equal(np.concatenate(b[:-1]), 0)


def test_first_probabilities_are_the_class_shares():
    shares = np.array([0.1, 0.2, 0.3, 0.4])
    _, _, b = draw(shares=shares)
    assert_allclose(np.exp(b[-1]) / np.exp(b[-1]).sum(), shares)


def test_a_class_not_seen_starts_at_a_thousandth_of_an_equal_share():
    _, _, b = draw(shares=np.array([0, 0, 0.5, 0.5]))
    assert_allclose(np.exp(b[-1] - b[-1][2]), [0.0005, 0.0005, 1, 1])


def test_first_output_biases_have_mean_zero():
    _, _, b = draw(shares=np.array([0.1, 0.2, 0.3, 0.4]))
    assert b[-1].mean() == pytest.approx(0)


def test_softmax_regression_starts_at_zero():
    parameters, _, _ = draw(sizes=(3, 4))
    assert_array_equal(parameters, 0)


def test_dtype():
    assert draw(dtype=np.float32)[0].dtype == np.float32
