import numpy as np
import pytest

from skmlp.training.schedules import (
    SCHEDULES,
    Adaptive,
    Constant,
    Cosine,
    InverseScaling,
    Linear,
    OneCycle,
)


def test_constant():
    schedule = Constant(0.5)
    assert schedule.rate(0, 0) == schedule.rate(10**6, 0.9) == 0.5
    assert not schedule.reduce()


def test_inverse_scaling():
    schedule = InverseScaling(0.5, power_t=0.25)
    assert schedule.rate(0, 0) == 0.5
    assert schedule.rate(99, 0.9) == pytest.approx(0.5 / 100**0.25)
    assert not schedule.reduce()


def test_adaptive_divides_by_5_down_to_its_floor():
    schedule = Adaptive(0.01)
    rates = [schedule.rate(0, 0)]
    while schedule.reduce():
        rates.append(schedule.rate(0, 0))
    assert rates[1] == pytest.approx(0.002)
    assert rates[-1] <= 1e-6 < rates[-2]


def test_adaptive_resumes_under_a_new_first_rate():
    previous = Adaptive(0.01)
    previous.reduce()
    schedule = Adaptive(0.1)
    schedule.resume(previous)
    assert schedule.rate(0, 0) == pytest.approx(0.02)


@pytest.mark.parametrize("make", [Linear, Cosine, OneCycle])
@pytest.mark.parametrize("warmup", [0.0, 0.3])
def test_rises_over_the_warm_up_and_falls_to_zero(make, warmup):
    schedule = make(0.5, warmup)
    fractions = np.linspace(0, 1, 101)[:-1]
    rates = np.array([schedule.rate(0, fraction) for fraction in fractions])
    assert rates.argmax() == round(100 * warmup)
    assert rates.max() == pytest.approx(0.5)
    assert (np.diff(rates[fractions <= warmup]) > 0).all()
    assert (np.diff(rates[fractions >= warmup]) < 0).all()
    assert rates[-1] < 0.02 * 0.5


def test_one_cycle_starts_at_a_25th():
    assert OneCycle(0.5, 0.3).rate(0, 0.0) == pytest.approx(0.02)


def test_the_shapes_differ():
    rates = {name: SCHEDULES[name](1.0, 0.0).rate(0, 0.25) for name in ("linear", "cosine")}
    assert rates == pytest.approx({"linear": 0.75, "cosine": (1 + np.sqrt(0.5)) / 2})
