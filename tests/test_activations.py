import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit

from skmlp.activations import ACTIVATIONS

REFERENCES = {
    "identity": lambda Z: Z,
    "logistic": expit,
    "sigmoid": expit,
    "tanh": np.tanh,
    "relu": lambda Z: np.where(Z > 0, Z, 0),
}
NAMES = sorted(ACTIVATIONS)


@pytest.mark.parametrize("name", NAMES)
def test_values(name):
    Z = np.linspace(-30, 30, 601).reshape(1, -1)
    H = ACTIVATIONS[name].apply(Z, np.empty_like(Z))
    assert_allclose(H, REFERENCES[name](Z), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", NAMES)
def test_chain_is_the_derivative(name):
    Z = np.linspace(-3, 3, 20).reshape(4, 5)
    apply, chain = ACTIVATIONS[name]
    step = 1e-6
    numerical = (apply(Z + step, np.empty_like(Z)) - apply(Z - step, np.empty_like(Z))) / (2 * step)
    dH = np.full_like(Z, 2.0)
    dZ = chain(dH, Z, apply(Z, np.empty_like(Z)))
    assert dZ is dH
    assert_allclose(dZ, 2 * numerical, atol=1e-8)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_finite_far_from_zero_and_dtype_kept(name, dtype):
    Z = np.array([[-1e4, -0.0, 0.0, 1e4]], dtype)
    apply, chain = ACTIVATIONS[name]
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
