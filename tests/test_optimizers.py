from inspect import signature

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skmlp.training.optimizers import OPTIMIZERS, SGD, Adam, AdamW, NAdam, RMSprop, clip_norm

pytestmark = pytest.mark.usefixtures("either_pass")

RNG = np.random.default_rng(0)
GRADIENTS = RNG.standard_normal((20, 5))
RATE = 0.05
N_WEIGHTS = 3


def run(optimizer, gradients=GRADIENTS, dtype=np.float64):
    theta = np.ones(5, dtype)
    for gradient in gradients.astype(dtype):
        optimizer.step(theta, gradient.copy(), RATE, N_WEIGHTS)
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


@pytest.mark.parametrize("make", OPTIMIZERS.values())
def test_resumed_steps_equal_uninterrupted_ones(make):
    whole = run(make())
    theta, previous = np.ones(5), None
    for gradient in GRADIENTS:
        current = make()
        if previous is not None:
            current.resume(previous)
        current.step(theta, gradient.copy(), RATE, N_WEIGHTS)
        previous = current
    assert_allclose(theta, whole, rtol=1e-12)


def test_resumed_adam_keeps_its_means_when_betas_change():
    first = Adam(0.9, 0.999)
    first.step(np.ones(5), GRADIENTS[0].copy(), RATE, N_WEIGHTS)
    M, V = first.vectors
    m, v = (1 - 0.9) * M, (1 - 0.999) * V
    second = Adam(0.5, 0.9)
    second.resume(first)
    M, V = second.vectors
    assert_allclose((1 - 0.5) * M, m)
    assert_allclose((1 - 0.9) * V, v)


@pytest.mark.parametrize("make", OPTIMIZERS.values())
def test_float32_stays_float32(make):
    assert run(make(), dtype=np.float32).dtype == np.float32


@pytest.mark.parametrize("max_norm", [None, 0.7])
@pytest.mark.parametrize(
    ("make", "name", "options"),
    [
        (
            lambda: AdamW(0.8, 0.99, 1e-6, weight_decay=0.2),
            "AdamW",
            {"betas": (0.8, 0.99), "eps": 1e-6},
        ),
        (NAdam, "NAdam", {}),
        (lambda: RMSprop(0.99), "RMSprop", {"alpha": 0.99}),
        (lambda: SGD(0.9, False), "SGD", {"momentum": 0.9}),
        (lambda: SGD(0.9, True), "SGD", {"momentum": 0.9, "nesterov": True}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_steps_of_pytorch(make, name, options, max_norm, request):
    torch = pytest.importorskip("torch")
    torch.set_default_dtype(torch.float64)
    request.addfinalizer(lambda: torch.set_default_dtype(torch.float32))
    ours, theta = make(), np.ones(5)
    weights, biases = (torch.ones(n, requires_grad=True) for n in (N_WEIGHTS, 5 - N_WEIGHTS))
    decay = {"weight_decay": 0.2 if name == "AdamW" else 0.0}
    groups = [{"params": [weights], **decay}, {"params": [biases], "weight_decay": 0.0}]
    theirs = getattr(torch.optim, name)(groups, lr=RATE, **options)
    for gradient in GRADIENTS.copy():
        weights.grad = torch.tensor(gradient[:N_WEIGHTS].copy())
        biases.grad = torch.tensor(gradient[N_WEIGHTS:].copy())
        if max_norm is not None:
            torch.nn.utils.clip_grad_norm_([weights, biases], max_norm)
            clip_norm(gradient, max_norm)
        theirs.step()
        ours.step(theta, gradient, RATE, N_WEIGHTS)
    expected = torch.cat([weights, biases]).detach().numpy()
    assert_allclose(theta, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("max_norm", [10.0, 5.0])
def test_a_gradient_that_is_not_longer_is_not_clipped(max_norm):
    gradient = np.array([3.0, 4.0])
    clip_norm(gradient, max_norm)
    assert_array_equal(gradient, [3.0, 4.0])


def test_a_long_gradient_is_clipped_to_the_norm():
    gradient = np.array([3.0, 4.0])
    clip_norm(gradient, 0.001)
    assert_allclose(gradient, [0.0006, 0.0008], rtol=1e-6)
    assert np.linalg.norm(gradient) < 0.001


def test_adamw_is_its_formula():
    theta, m, v = np.ones(5), 0, 0
    for t, gradient in enumerate(GRADIENTS, start=1):
        theta[:N_WEIGHTS] -= RATE * 0.2 * theta[:N_WEIGHTS]
        m = 0.8 * m + 0.2 * gradient
        v = 0.99 * v + 0.01 * gradient**2
        theta = theta - RATE * (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.99**t)) + 0.01)
    assert_allclose(run(AdamW(0.8, 0.99, 0.01, weight_decay=0.2)), theta, rtol=1e-10)


def test_nadam_is_its_formula():
    def momentum(t):
        return 0.8 * (1 - 0.5 * 0.96 ** (0.004 * t))

    theta, m, v, product = np.ones(5), 0, 0, 1
    for t, gradient in enumerate(GRADIENTS, start=1):
        product *= momentum(t)
        m = 0.8 * m + 0.2 * gradient
        v = 0.99 * v + 0.01 * gradient**2
        ahead = momentum(t + 1) * m / (1 - product * momentum(t + 1))
        ahead = ahead + (1 - momentum(t)) * gradient / (1 - product)
        theta = theta - RATE * ahead / (np.sqrt(v / (1 - 0.99**t)) + 0.01)
    assert_allclose(run(NAdam(0.8, 0.99, 0.01)), theta, rtol=1e-10)


def test_rmsprop_is_its_formula():
    theta, v = np.ones(5), 0
    for gradient in GRADIENTS:
        v = 0.9 * v + 0.1 * gradient**2
        theta = theta - RATE * gradient / (np.sqrt(v) + 0.01)
    assert_allclose(run(RMSprop(0.9, 0.01)), theta, rtol=1e-10)


@pytest.mark.parametrize("make", OPTIMIZERS.values())
def test_defaults_are_those_of_the_estimator(make):
    from skmlp import MLPSoftmaxClassifier

    parameters = MLPSoftmaxClassifier().get_params()
    for name, argument in signature(make).parameters.items():
        assert argument.default == parameters[name]


@pytest.mark.parametrize("make", OPTIMIZERS.values())
def test_resuming_from_no_step_is_a_new_start(make):
    resumed = make()
    resumed.resume(make())
    assert_allclose(run(resumed), run(make()), rtol=0)


@pytest.mark.parametrize("make", OPTIMIZERS.values())
def test_resumed_state_is_its_own(make):
    first, second = make(), make()
    first.step(np.ones(5), GRADIENTS[0].copy(), RATE, N_WEIGHTS)
    second.resume(first)
    expected = run(second)
    third = make()
    third.resume(first)
    assert_allclose(run(third), expected, rtol=0)


@pytest.mark.parametrize(("dtype", "huge"), [(np.float32, 1e25), (np.float64, 1e200)])
def test_clipping_a_gradient_whose_square_overflows(dtype, huge):
    gradient = np.full(4, huge, dtype)
    with np.errstate(over="ignore"):
        clip_norm(gradient, max_norm=1.0)
    assert_allclose(gradient, 0.5, rtol=1e-5)
