import pytest

from skmlp.schedules import Adaptive, Constant, InverseScaling


def test_constant():
    schedule = Constant(0.5)
    assert schedule.rate(0) == schedule.rate(10**6) == 0.5
    assert not schedule.reduce()


def test_inverse_scaling():
    schedule = InverseScaling(0.5, power_t=0.25)
    assert schedule.rate(0) == 0.5
    assert schedule.rate(99) == pytest.approx(0.5 / 100**0.25)
    assert not schedule.reduce()


def test_adaptive_divides_by_5_down_to_its_floor():
    schedule = Adaptive(0.01)
    rates = [schedule.rate(0)]
    while schedule.reduce():
        rates.append(schedule.rate(0))
    assert rates[1] == pytest.approx(0.002)
    assert rates[-1] <= 1e-6 < rates[-2]


def test_adaptive_resumes_under_a_new_first_rate():
    previous = Adaptive(0.01)
    previous.reduce()
    schedule = Adaptive(0.1)
    schedule.resume(previous)
    assert schedule.rate(0) == pytest.approx(0.02)
