import copy

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skmlp.training import OPTIMIZERS, SCHEDULES, History, Progress, TrainingState
from skmlp.training.serialization import state_from_dict, state_to_dict


def trained(**parts):
    rng = np.random.default_rng(3)
    rng.integers(10, dtype=np.uint32)  # half of 64 random bits remain buffered
    history = History(loss_curve=[1.0, 0.5], validation_scores=[0.5], n_seen=20)
    parts = {"history": history, "progress": Progress(n_epochs=2), **parts}
    return TrainingState(rng, split_seed=7, mean_weight=2.0, n_weighed=5, **parts)


def test_round_trip():
    state = trained(fallback=np.ones(2), class_totals=np.array([1.0, 2.0]))
    again = state_from_dict(state_to_dict(state))
    assert (again.history, again.progress) == (state.history, state.progress)
    for name in ("split_seed", "optimizer", "schedule", "mean_weight", "n_weighed"):
        assert getattr(again, name) == getattr(state, name)
    assert_array_equal(again.fallback, state.fallback)
    assert_array_equal(again.class_totals, state.class_totals)
    assert_array_equal(
        again.rng.integers(10, size=3, dtype=np.uint32),
        state.rng.integers(10, size=3, dtype=np.uint32),
    )


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_a_solver_continues_with_the_same_steps(name):
    optimizer = OPTIMIZERS[name]()
    theta = np.array([1.0, -1.0])
    optimizer.step(theta, np.array([0.5, 2.0]), rate=0.1, n_weights=1)
    again = state_from_dict(copy.deepcopy(state_to_dict(trained(optimizer=optimizer)))).optimizer
    assert type(again) is OPTIMIZERS[name]
    first, second = theta.copy(), theta.copy()
    for solver, parameters in ((optimizer, first), (again, second)):
        solver.step(parameters, np.array([1.0, 0.3]), rate=0.1, n_weights=1, l2=0.1)
    assert_array_equal(first, second)


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_a_schedule_continues_at_the_same_rate(name):
    values = {"learning_rate_init": 0.1, "power_t": 0.3, "warmup_fraction": 0.2}
    wanted = {"invscaling": ["power_t"], "constant": [], "adaptive": []}
    names = ["learning_rate_init", *wanted.get(name, ["warmup_fraction"])]
    schedule = SCHEDULES[name](**{name: values[name] for name in names})
    schedule.reduce()
    again = state_from_dict(state_to_dict(trained(schedule=schedule))).schedule
    assert type(again) is SCHEDULES[name]
    assert [again.rate(9, part) for part in (0.1, 0.7)] == [
        schedule.rate(9, part) for part in (0.1, 0.7)
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"optimizer": {"name": "unheard_of"}},
        {"schedule": {"name": "linear"}},
        {"history": {"unheard_of": 1}},
        {"progress": {"unheard_of": 1}},
        {"rng": {"bit_generator": "MT19937"}},
        {"unheard_of": 1},
    ],
)
def test_an_invalid_state_is_refused(change):
    with pytest.raises((KeyError, TypeError, ValueError)):
        state_from_dict({**state_to_dict(trained()), **change})
