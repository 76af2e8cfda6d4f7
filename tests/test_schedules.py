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
    assert schedule.reduce() is False


def test_inverse_scaling():
    schedule = InverseScaling(0.5, power_t=0.25)
    assert schedule.rate(0, 0) == 0.5
    assert schedule.rate(99, 0.9) == pytest.approx(0.5 / 100**0.25)
    assert schedule.reduce() is False


def test_adaptive_divides_by_5_down_to_its_minimum():
    schedule = Adaptive(0.01)
    rates = [schedule.rate(0, 0)]
    while schedule.reduce():
        rates.append(schedule.rate(0, 0))
    assert rates[1] == pytest.approx(0.002)
    assert rates[-1] <= 1e-6 < rates[-2]


@pytest.mark.parametrize(("rate", "reduced"), [(1.01e-6, True), (1e-6, False), (1e-7, False)])
def test_adaptive_reduces_only_rates_above_its_minimum(rate, reduced):
    schedule = Adaptive(rate)
    assert schedule.reduce() is reduced
    assert schedule.rate(0, 0) == pytest.approx(rate / 5 if reduced else rate)


def test_adaptive_resumes_with_a_new_initial_rate():
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


# The warm-up ends at 0.2; half of it at 0.1, and a quarter of the decrease at 0.4.
SHAPES = {
    Linear: {0.0: 0.0, 0.05: 0.25, 0.1: 0.5, 0.2: 1.0, 0.4: 0.75, 0.6: 0.5},
    Cosine: {0.0: 0.0, 0.05: 0.25, 0.1: 0.5, 0.2: 1.0, 0.4: (2 + 2**0.5) / 4, 0.6: 0.5},
    OneCycle: {0.0: 0.04, 0.1: 0.52, 0.2: 1.0, 0.4: (2 + 2**0.5) / 4, 0.6: 0.5},
}


@pytest.mark.parametrize("make", SHAPES)
def test_rates_of_fixed_length_schedules(make):
    schedule = make(10.0, warmup_fraction=0.2)
    rates = {fraction: schedule.rate(0, fraction) / 10 for fraction in SHAPES[make]}
    assert rates == pytest.approx(SHAPES[make])


def test_one_cycle_warms_up_as_half_a_cosine_wave():
    low, high = (OneCycle(1.0, 0.4).rate(0, fraction) for fraction in (0.1, 0.3))
    assert low == pytest.approx(0.04 + 0.96 * (2 - 2**0.5) / 4)
    assert high == pytest.approx(0.04 + 0.96 * (2 + 2**0.5) / 4)


def test_which_schedules_are_of_fixed_length():
    fixed_length = {name for name, schedule in SCHEDULES.items() if schedule.fixed_length}
    assert fixed_length == {"linear", "cosine", "onecycle"}
