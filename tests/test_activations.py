import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit
from scipy.stats import norm

from skmlp.network import ACTIVATIONS, activate, chain

pytestmark = pytest.mark.usefixtures("either_pass")

REFERENCES = {
    "identity": lambda Z: Z,
    "logistic": expit,
    "sigmoid": expit,
    "tanh": np.tanh,
    "relu": lambda Z: np.where(Z > 0, Z, 0),
    "leaky_relu": lambda Z: np.where(Z > 0, Z, 0.01 * Z),
    "elu": lambda Z: np.where(Z > 0, Z, np.expm1(Z)),
    "selu": lambda Z: 1.0507009873554805 * np.where(Z > 0, Z, 1.6732632423543772 * np.expm1(Z)),
    "gelu": lambda Z: Z * norm.cdf(Z),
    "silu": lambda Z: Z * expit(Z),
    "softplus": lambda Z: np.where(Z > 20, Z, np.logaddexp(0, Z)),
    "mish": lambda Z: Z * np.tanh(np.logaddexp(0, Z)),
}
TORCH_NAMES = {"logistic": "sigmoid"}
NAMES = sorted(ACTIVATIONS)


def apply(name, Z):
    """Apply an activation, with biases of 0."""
    return activate(name, Z.copy(), np.zeros(Z.shape[1], Z.dtype), np.empty_like(Z))


def go_back(name, dH, Z, H):
    """Backpropagate through an activation; ignore the gradient with respect to the biases."""
    return chain(name, dH, Z, H, np.empty(Z.shape[1], Z.dtype))


@pytest.mark.parametrize("name", NAMES)
def test_values(name):
    Z = np.linspace(-30, 30, 601).reshape(1, -1)
    H = apply(name, Z)
    assert_allclose(H, REFERENCES[name](Z), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_chain_is_the_derivative(name):
    Z = np.linspace(-3, 3, 20).reshape(4, 5)
    step = 1e-6
    numerical = (apply(name, Z + step) - apply(name, Z - step)) / (2 * step)
    dH = np.full_like(Z, 2.0)
    dZ = go_back(name, dH, Z, apply(name, Z))
    assert dZ is dH
    assert_allclose(dZ, 2 * numerical, atol=1e-8)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"identity"}))
def test_agrees_with_pytorch(name):
    torch = pytest.importorskip("torch")
    Z = np.append(np.linspace(-40, 40, 4001), [-1e4, 0.0, 20.0, 20.01, 1e4])[None]
    H = apply(name, Z)
    Z_torch = torch.tensor(Z, requires_grad=True)
    function = TORCH_NAMES.get(name, name)
    H_torch = getattr(torch, function, None) or getattr(torch.nn.functional, function)
    H_torch = H_torch(Z_torch)
    H_torch.sum().backward()
    assert_allclose(H, H_torch.detach().numpy(), rtol=1e-12, atol=1e-12)
    dZ = go_back(name, np.ones_like(Z), Z, H)
    assert_allclose(dZ, Z_torch.grad.numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_finite_far_from_zero_and_dtype_kept(name, dtype):
    Z = np.array([[-1e4, -0.0, 0.0, 1e4]], dtype)
    H = apply(name, Z)
    dZ = go_back(name, np.ones_like(Z), Z, H)
    assert H.dtype == dZ.dtype == dtype
    assert np.isfinite(H).all()
    assert np.isfinite(dZ).all()


@pytest.mark.parametrize("name", NAMES)
def test_biases_are_added_and_their_gradient_is_the_column_sums(name):
    before, b, H = np.linspace(-2, 2, 6).reshape(2, 3), np.array([0.5, -1.0, 0.0]), np.empty((2, 3))
    Z, db = before.copy(), np.empty(3)
    assert activate(name, Z, b, H) is H
    assert_array_equal(Z, before + b)
    assert_allclose(H, apply(name, before + b), rtol=1e-15)
    dZ = chain(name, np.ones((2, 3)), Z, H, db)
    assert_allclose(db, dZ.sum(axis=0), rtol=1e-14)
