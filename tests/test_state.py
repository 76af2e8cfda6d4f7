import math

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skmlp.training import History, Progress, TrainingState


def trained():
    return TrainingState(
        np.random.default_rng(0),
        split_seed=7,
        history=History(loss_curve=[1.0], n_seen=10),
        progress=Progress(n_epochs=1, n_stalled=3, best_loss=1.0, best_score=0.5, best_epoch=1),
        optimizer=["Adam"],
        schedule=["Constant"],
        mean_weight=2.0,
        n_weighed=5,
    )


def test_a_mean_in_groups_is_the_mean_of_all():
    state = TrainingState(np.random.default_rng(0), 0)
    for mean, n_rows in ((3.0, 2), (6.0, 1), (0.0, 3)):
        state.weigh(mean, n_rows)
    assert state.n_weighed == 6
    assert state.mean_weight == pytest.approx(2.0)


def test_a_training_that_begins_compares_with_nothing_before():
    state = trained().for_fit()
    progress = state.progress
    assert (progress.best_loss, progress.best_score, progress.best_epoch) == (math.inf, None, None)
    assert progress.n_stalled == progress.n_epochs == 0
    assert state.optimizer is state.schedule is None
    assert (state.mean_weight, state.n_weighed) == (0.0, 0)


def test_a_training_that_begins_keeps_what_was_recorded():
    state = trained().for_fit()
    assert state.history.loss_curve == [1.0]
    assert state.history.n_seen == 10
    assert state.split_seed == 7


def test_an_interrupted_training_is_resumed():
    before = trained()
    before.fallback = np.ones(2)
    state = before.for_fit()
    assert (state.history, state.progress) == (before.history, before.progress)
    assert state.optimizer == ["Adam"]
    assert_array_equal(state.fallback, before.fallback)
    state.fallback[:] = state.rng.random(2)
    assert_array_equal(before.fallback, 1.0)
    assert_array_equal(before.rng.random(2), trained().rng.random(2))
    assert (state.mean_weight, state.n_weighed) == (0.0, 0)  # the mean weight starts again


def test_a_call_that_continues_counts_its_own_epochs():
    before = trained()
    before.fallback = np.ones(2)
    state = before.for_partial_fit()
    assert state.progress.n_epochs == 0
    assert state.progress.n_stalled == 3
    assert state.optimizer == ["Adam"]
    assert state.fallback is None
    assert (state.mean_weight, state.n_weighed) == (2.0, 5)


@pytest.mark.parametrize("go", [TrainingState.for_fit, TrainingState.for_partial_fit])
def test_continuing_leaves_the_state_before_as_it_was(go):
    before = trained()
    go(before).progress.n_epochs = 9
    assert (before.history, before.progress) == (trained().history, trained().progress)
    assert before.optimizer == ["Adam"]


def test_a_copy_is_independent():
    state = trained()
    copied = state.copy()
    copied.history.loss_curve.append(2.0)
    assert state.history.loss_curve == [1.0]
    assert_array_equal(copied.rng.random(3), state.rng.random(3))
