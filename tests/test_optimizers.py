import numpy as np
import pytest
from numpy.testing import assert_allclose

from skmlp.optimizers import SGD, Adam

RNG = np.random.default_rng(0)
GRADIENTS = RNG.standard_normal((20, 5))
RATE = 0.05


def run(optimizer, gradients=GRADIENTS, dtype=np.float64):
    theta = np.ones(5, dtype)
    for gradient in gradients.astype(dtype):
        optimizer.step(theta, gradient.copy(), RATE)
    return theta


@pytest.mark.parametrize("nesterov", [True, False])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_sgd_is_its_formula(momentum, nesterov):
    theta, v = np.ones(5), np.zeros(5)
    for gradient in GRADIENTS:
        v = momentum * v - RATE * gradient
        theta = theta + (momentum * v - RATE * gradient if nesterov else v)
    assert_allclose(run(SGD(momentum, nesterov)), theta, rtol=1e-12)


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.0, 0.5), (0.5, 0.0)])
def test_adam_is_its_formula(betas):
    beta_1, beta_2 = betas
    theta, m, v = np.ones(5), 0, 0
    for t, gradient in enumerate(GRADIENTS, start=1):
        m = beta_1 * m + (1 - beta_1) * gradient
        v = beta_2 * v + (1 - beta_2) * gradient**2
        rate = RATE * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        theta = theta - rate * m / (np.sqrt(v) + 1e-8)
    assert_allclose(run(Adam(beta_1, beta_2)), theta, rtol=1e-10)


@pytest.mark.parametrize("optimizer", [SGD(), Adam()])
def test_resumed_steps_equal_uninterrupted_ones(optimizer):
    make = type(optimizer)
    whole = run(make())
    theta, previous = np.ones(5), None
    for gradient in GRADIENTS:
        current = make()
        if previous is not None:
            current.resume(previous)
        current.step(theta, gradient.copy(), RATE)
        previous = current
    assert_allclose(theta, whole, rtol=1e-12)


def test_resumed_adam_keeps_its_means_when_betas_change():
    first = Adam(0.9, 0.999)
    first.step(np.ones(5), GRADIENTS[0].copy(), RATE)
    m, v = (1 - 0.9) * first.M, (1 - 0.999) * first.V
    second = Adam(0.5, 0.9)
    second.resume(first)
    assert_allclose((1 - 0.5) * second.M, m)
    assert_allclose((1 - 0.9) * second.V, v)


@pytest.mark.parametrize("optimizer", [SGD(), Adam()])
def test_float32_stays_float32(optimizer):
    assert run(optimizer, dtype=np.float32).dtype == np.float32
