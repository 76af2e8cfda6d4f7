import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from skmlp.tabular.stacking import (
    BOUNDS_OF_LOG_INVERSE_TEMPERATURE,
    BOUNDS_OF_LOG_WEIGHT,
    PENALTY_ON_TEMPERATURES,
    PENALTY_ON_WEIGHTS,
    combine,
    fit_stacking,
)


def predictions(n_rows=60, n_classes=3, n_types=3, seed=0):
    """Return log-probabilities of types with different accuracy and confidence."""
    rng = np.random.default_rng(seed)
    y = rng.integers(n_classes, size=n_rows)
    accuracy, confidence = np.linspace(0, 2, n_types), np.linspace(6, 4, n_types)
    log_P = [
        log_softmax(s * (k * np.eye(n_classes)[y] + rng.normal(size=(n_rows, n_classes))), axis=1)
        for k, s in zip(accuracy, confidence, strict=True)
    ]
    return log_P, y, rng


def objective(theta, log_P, y, weight):
    w, inverse = softmax(theta[: len(log_P)]), np.exp(theta[len(log_P) :])
    w_squared, t_squared = (np.sum(half**2) for half in np.split(theta, 2))
    P = sum(w_k * softmax(L * c, axis=1) for L, w_k, c in zip(log_P, w, inverse, strict=True))
    penalty = PENALTY_ON_WEIGHTS * w_squared + PENALTY_ON_TEMPERATURES * t_squared
    return penalty - weight @ np.log(P[np.arange(len(y)), y])


@pytest.mark.parametrize("n_classes", [2, 4])
def test_no_weights_and_temperatures_have_a_smaller_loss(n_classes):
    log_P, y, rng = predictions(n_classes=n_classes)
    weight = rng.uniform(0.5, 2, size=len(y))
    weights, temperatures = fit_stacking(log_P, y, weight)
    # The weights are determined up to a factor, and the penalty makes their logarithms small.
    theta = np.concatenate([np.log(weights) - np.log(weights).mean(), -np.log(temperatures)])
    bounds = [BOUNDS_OF_LOG_WEIGHT] * 3 + [BOUNDS_OF_LOG_INVERSE_TEMPERATURE] * 3
    best = minimize(objective, np.zeros(6), args=(log_P, y, weight), bounds=bounds)
    assert objective(theta, log_P, y, weight) == pytest.approx(best.fun, abs=1e-3)


def test_the_temperature_of_an_overconfident_type_is_its_factor():
    rng = np.random.default_rng(0)
    log_P = log_softmax(rng.normal(size=(20_000, 2)), axis=1)
    y = (rng.random(20_000) < np.exp(log_P[:, 1])).astype(int)
    _, temperatures = fit_stacking([5 * log_P], y)
    assert temperatures[0] == pytest.approx(5, rel=0.05)


def test_equal_types_weigh_the_same():
    log_P, y, _ = predictions()
    weights, temperatures = fit_stacking([log_P[1], log_P[1]], y)
    assert weights[0] == pytest.approx(weights[1]) == pytest.approx(0.5)
    assert temperatures[0] == pytest.approx(temperatures[1])


def test_an_uninformative_type_weighs_little():
    log_P, y, _ = predictions(n_rows=500)
    weights, _ = fit_stacking(log_P, y)
    assert weights[2] > 0.8 > 0.1 > weights[0]


def test_an_integer_weight_is_repetition():
    log_P, y, rng = predictions()
    times = rng.integers(4, size=len(y))
    weighted = fit_stacking(log_P, y, times.astype(float))
    repeated = fit_stacking([L.repeat(times, axis=0) for L in log_P], y.repeat(times))
    np.testing.assert_allclose(weighted, repeated, rtol=1e-6)


def test_without_rows_all_types_weigh_the_same():
    nothing = np.empty((0, 3))
    weights, temperatures = fit_stacking([nothing, nothing], np.empty(0, int))
    np.testing.assert_array_equal(weights, [0.5, 0.5])
    np.testing.assert_array_equal(temperatures, [1, 1])


def test_without_rows_the_weights_are_the_prior():
    nothing = np.empty((0, 3))
    weights, _ = fit_stacking([nothing, nothing], np.empty(0, int), prior=[1, 4])
    np.testing.assert_allclose(weights, [0.2, 0.8])


def test_rows_outweigh_the_prior():
    log_P, y, _ = predictions(n_rows=500)
    weights, _ = fit_stacking(log_P, y, prior=[20, 1, 1])
    assert weights[2] > 0.8


def test_a_row_of_probability_0_keeps_the_result_finite():
    y = np.array([0] * 99 + [1])
    certain = np.tile([0.0, -1e4], (100, 1))
    weights, temperatures = fit_stacking([certain, certain], y)
    assert np.isfinite(weights).all()
    assert np.isfinite(temperatures).all()


def test_probabilities_are_averaged_not_logits():
    log_P, _, _ = predictions()
    P = combine(log_P, [0.5, 0.3, 0.2], [1, 2, 4])
    expected = (
        0.5 * np.exp(log_P[0])
        + 0.3 * softmax(log_P[1] / 2, axis=1)
        + 0.2 * softmax(log_P[2] / 4, axis=1)
    )
    np.testing.assert_allclose(P, expected)


@pytest.mark.parametrize(("sureness", "temperature"), [(0.2, 1), (10, 10), (500, 20)])
def test_temperatures_are_from_1_to_20(sureness, temperature):
    rng = np.random.default_rng(0)
    log_P = log_softmax(rng.normal(size=(20_000, 2)), axis=1)
    y = (rng.random(20_000) < np.exp(log_P[:, 1])).astype(int)
    _, (found,) = fit_stacking([sureness * log_P], y)
    assert found == pytest.approx(temperature, rel=0.05)
