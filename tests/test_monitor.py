import math

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skmlp.training import Monitor, Stop, TrainingState
from skmlp.training.monitor import DivergedError


def make(tol=0.1, n_iter_no_change=2, **options):
    state = TrainingState(np.random.default_rng(0), 0)
    monitor = Monitor(np.zeros(3), state, tol=tol, n_iter_no_change=n_iter_no_change, **options)
    return monitor, state


def test_what_is_recorded():
    monitor, state = make(validate=lambda: (0.5, 0.7))
    monitor.end_epoch(1.0, 10, rate=0.1)
    monitor.end_epoch(0.5, 10, rate=0.2)
    history = state.history
    assert history.loss_curve == [1.0, 0.5]
    assert history.validation_scores == [0.5, 0.5]
    assert history.validation_losses == [0.7, 0.7]
    assert history.rates == [0.1, 0.2]
    assert history.n_seen == 20
    assert state.progress.n_epochs == 2
    assert (state.progress.best_loss, state.progress.best_score) == (0.5, 0.5)


def test_an_epoch_without_validation_or_rate_has_nan_there():
    monitor, state = make()
    monitor.end_epoch(1.0, 10)
    recorded = state.history.validation_scores + state.history.validation_losses
    assert all(map(math.isnan, [*recorded, *state.history.rates]))
    assert state.progress.best_score is None


@pytest.mark.parametrize(
    ("losses", "n_stalled"),
    [([1.0], 0), ([1.0, 0.95], 1), ([1.0, 0.95, 0.9], 2), ([1.0, 0.875], 0), ([1.0, 2.0, 0.5], 0)],
)
def test_an_improvement_is_at_least_tol_below_the_best(losses, n_stalled):
    monitor, state = make(tol=0.125)
    for loss in losses:
        monitor.end_epoch(loss, 1)
    assert state.progress.n_stalled == n_stalled


def test_stops_after_more_than_n_iter_no_change_epochs():
    monitor, _ = make(n_iter_no_change=2)
    for _ in range(3):
        monitor.end_epoch(1.0, 1)
        assert monitor.stop_reason() is None
    monitor.end_epoch(1.0, 1)
    assert monitor.stop_reason() is Stop.NO_IMPROVEMENT


def test_the_score_decides_under_early_stopping():
    scores = iter([0.1, 0.2, 0.3, 0.4])
    monitor, state = make(validate=lambda: (next(scores), 1.0), early_stopping=True)
    for loss in (1.0, 2.0, 3.0, 4.0):
        monitor.end_epoch(loss, 1)
    assert state.progress.n_stalled == 0
    assert state.progress.early_stopping


@pytest.mark.parametrize(
    ("epochs", "kept"),
    [
        ([(0.1, 1.0), (0.5, 1.0), (0.2, 0.1)], 1),  # the best score
        ([(0.5, 1.0), (0.5, 0.8), (0.5, 0.9)], 1),  # among equal scores, the lowest loss
        ([(0.5, 0.8), (0.5, 0.8), (0.2, 0.1)], 0),  # if losses are equal as well, the first
        ([(0.2, 0.1), (0.5, 0.9), (0.5, 0.8)], 2),  # the loss of another score has no effect
        ([(-math.inf, 0.9), (-math.inf, 0.7), (-math.inf, 0.8)], 1),  # a score like others
        ([(-math.inf, 0.1), (0.0, 0.7)], 1),
    ],
    ids=str,
)
def test_which_parameters_early_stopping_keeps(epochs, kept):
    validated = iter(epochs)
    monitor, state = make(validate=lambda: next(validated), early_stopping=True)
    for k in range(len(epochs)):
        monitor.begin_epoch()
        monitor.parameters[:] = k
        monitor.end_epoch(1.0, 1)
    assert state.progress.best_epoch == kept + 1
    monitor.restore()
    assert_array_equal(monitor.parameters, [kept] * 3)
    assert_array_equal(state.fallback, [kept] * 3)


def test_without_early_stopping_the_start_of_the_epoch_is_kept():
    monitor, _ = make()
    monitor.parameters[:] = 5
    monitor.begin_epoch()
    monitor.parameters[:] = 6
    monitor.restore()
    assert_array_equal(monitor.parameters, [5, 5, 5])


def test_parameters_kept_in_the_state_are_restored():
    state = TrainingState(np.random.default_rng(0), 0, fallback=np.ones(3))
    monitor = Monitor(np.zeros(3), state, tol=0, n_iter_no_change=1)
    monitor.restore()
    assert_array_equal(monitor.parameters, [1, 1, 1])


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_parameters_that_are_not_finite_are_divergence_and_not_recorded(broken):
    monitor, state = make()
    monitor.parameters[1] = broken
    with pytest.raises(DivergedError):
        monitor.end_epoch(1.0, 1)
    assert state.history.loss_curve == []


def test_before_the_first_epoch_nothing_stops():
    monitor, _ = make(max_time=-1)
    assert monitor.stop_reason() is None


def test_max_time_stops_training():
    monitor, _ = make(max_time=-1)
    monitor.end_epoch(1.0, 1)
    assert monitor.stop_reason() is Stop.MAX_TIME


def test_training_stops_once_max_time_is_exceeded(monkeypatch):
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    monitor, _ = make(max_time=5)
    monitor.end_epoch(1.0, 1)
    now = 105.0
    assert monitor.stop_reason() is None
    now = 105.5
    assert monitor.stop_reason() is Stop.MAX_TIME


@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_score_that_is_not_a_number_is_divergence_and_not_recorded(early_stopping):
    monitor, state = make(validate=lambda: (math.nan, 1.0), early_stopping=early_stopping)
    with pytest.raises(DivergedError):
        monitor.end_epoch(1.0, 1)
    assert state.history.loss_curve == []


@pytest.mark.parametrize(("answer", "stop"), [(True, Stop.CALLBACK), (None, None)])
def test_a_report_may_stop(answer, stop):
    monitor, _ = make(report=lambda: answer)
    monitor.end_epoch(1.0, 1)
    assert monitor.stop_reason() is stop
