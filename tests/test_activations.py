import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit
from scipy.stats import norm

from skmlp.network import ACTIVATIONS

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


@pytest.mark.parametrize("name", NAMES)
def test_values(name):
    Z = np.linspace(-30, 30, 601).reshape(1, -1)
    out = np.empty_like(Z)
    H = ACTIVATIONS[name].apply(Z, out)
    assert H is out
    assert_allclose(H, REFERENCES[name](Z), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_chain_is_the_derivative(name):
    Z = np.linspace(-3, 3, 20).reshape(4, 5)
    apply, chain = ACTIVATIONS[name][:2]
    step = 1e-6
    numerical = (apply(Z + step, np.empty_like(Z)) - apply(Z - step, np.empty_like(Z))) / (2 * step)
    dH = np.full_like(Z, 2.0)
    dZ = chain(dH, Z, apply(Z, np.empty_like(Z)))
    assert dZ is dH
    assert_allclose(dZ, 2 * numerical, atol=1e-8)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"identity"}))
def test_agrees_with_pytorch(name):
    torch = pytest.importorskip("torch")
    Z = np.append(np.linspace(-40, 40, 4001), [-1e4, 0.0, 20.0, 20.01, 1e4])[None]
    apply, chain = ACTIVATIONS[name][:2]
    H = apply(Z, np.empty_like(Z))
    Z_torch = torch.tensor(Z, requires_grad=True)
    function = TORCH_NAMES.get(name, name)
    H_torch = getattr(torch, function, None) or getattr(torch.nn.functional, function)
    H_torch = H_torch(Z_torch)
    H_torch.sum().backward()
    assert_allclose(H, H_torch.detach().numpy(), rtol=1e-12, atol=1e-12)
    assert_allclose(chain(np.ones_like(Z), Z, H), Z_torch.grad.numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_finite_far_from_zero_and_dtype_kept(name, dtype):
    Z = np.array([[-1e4, -0.0, 0.0, 1e4]], dtype)
    apply, chain = ACTIVATIONS[name][:2]
    H = apply(Z, np.empty_like(Z))
    dZ = chain(np.ones_like(Z), Z, H)
    assert H.dtype == dZ.dtype == dtype
    assert np.isfinite(H).all()
    assert np.isfinite(dZ).all()


@pytest.mark.parametrize("name", NAMES)
def test_apply_leaves_its_input_alone(name):
    Z = np.linspace(-2, 2, 6).reshape(2, 3)
    before = Z.copy()
    ACTIVATIONS[name].apply(Z, np.empty_like(Z))
    assert_array_equal(Z, before)
