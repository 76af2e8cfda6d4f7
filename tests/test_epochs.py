import numpy as np
import pytest
from conftest import DATA, watch
from numpy.testing import assert_array_equal

from skmlp.network import Batch, Objective
from skmlp.training import (
    SGD,
    Adaptive,
    Constant,
    Cosine,
    Linear,
    Minibatches,
    OneCycle,
    Stop,
    train_minibatches,
)

pytestmark = pytest.mark.usefixtures("either_pass")


def train(objective, monitor, schedule=None, max_iter=30, batch_size=20, data=DATA, **options):
    return train_minibatches(
        objective,
        Minibatches(data, batch_size),
        SGD(momentum=0),
        schedule or Constant(0.1),
        monitor,
        max_iter=max_iter,
        **options,
    )


# Minibatches


@pytest.mark.parametrize("rows", [range(10), np.array([7, 3, 9, 11, 2])], ids=str)
@pytest.mark.parametrize("batch_size", [1, 3, 100])
@pytest.mark.parametrize("rng", [None, np.random.default_rng(0)], ids=["in order", "shuffled"])
def test_an_epoch_has_every_row_once(rows, batch_size, rng):
    minibatches = Minibatches(DATA.select(rows), batch_size, rng)
    for _ in range(2):
        batches = list(minibatches)
        assert len(batches) == minibatches.n_steps
        assert all(len(batch) == batch_size for batch in batches[:-1])
        seen = np.concatenate([batch.rows for batch in batches])
        assert len(seen) == minibatches.n_samples
        assert_array_equal(np.sort(seen), np.sort(rows))


def orders(rng, batch_size=3):
    minibatches = Minibatches(DATA, batch_size, rng)
    return [np.concatenate([batch.rows for batch in minibatches]).tolist() for _ in range(3)]


@pytest.mark.parametrize("batch_size", [1, 3, 10, 19])
def test_each_epoch_is_in_a_new_random_order(batch_size):
    first, second, third = orders(np.random.default_rng(0), batch_size)
    assert first != second != third != first
    assert list(range(20)) not in (first, second, third)


def test_the_order_is_that_of_the_generator():
    assert orders(np.random.default_rng(5)) == orders(np.random.default_rng(5))
    assert orders(np.random.default_rng(5)) != orders(np.random.default_rng(6))


def test_without_a_generator_rows_keep_their_order():
    assert orders(None) == [list(range(20))] * 3


def test_one_batch_draws_nothing():
    rng = np.random.default_rng(0)
    list(Minibatches(DATA, 20, rng))
    assert rng.random() == np.random.default_rng(0).random()


def test_minibatches_of_some_rows_are_shuffled_too():
    rows = np.array([7, 3, 9, 11, 2, 18, 5])
    seen = np.concatenate(
        [b.rows for b in Minibatches(DATA.select(rows), 3, np.random.default_rng(0))]
    )
    assert seen.tolist() != rows.tolist()


# Epochs


def test_gradient_descent_decreases_the_loss(objective):
    monitor = watch(objective)
    assert train(objective, monitor) is Stop.MAX_ITER
    assert (np.diff(monitor.history.loss_curve) < 0).all()


def test_history_counts_epochs_and_samples(objective):
    monitor = watch(objective)
    train(objective, monitor, max_iter=3, batch_size=7)
    assert monitor.progress.n_epochs == 3
    assert monitor.history.n_seen == 60
    assert len(monitor.history.loss_curve) == 3


def test_stops_after_n_iter_no_change_epochs(objective):
    monitor = watch(objective, tol=1e9, n_iter_no_change=4)
    assert train(objective, monitor) is Stop.NO_IMPROVEMENT
    assert monitor.progress.n_epochs == 1 + 4 + 1  # the first epoch always improves


def test_a_schedule_that_reduces_continues(objective):
    monitor = watch(objective, tol=1e9, n_iter_no_change=1)
    schedule = Adaptive(0.1)
    assert train(objective, monitor, schedule, max_iter=100) is Stop.NO_IMPROVEMENT
    assert schedule.rate(0, 0) <= 1e-6


def test_a_rate_is_reduced_only_where_training_no_longer_improves(objective):
    monitor = watch(objective, tol=0)
    assert train(objective, monitor, Adaptive(0.1), max_iter=5) is Stop.MAX_ITER
    assert monitor.history.rates == [0.1] * 5
    monitor.report = lambda: True
    assert train(objective, monitor, Adaptive(0.1), max_iter=10) is Stop.CALLBACK


def test_patience_starts_again_after_the_rate_is_reduced(objective):
    monitor = watch(objective, tol=1e9, n_iter_no_change=2)
    train(objective, monitor, Adaptive(0.1), max_iter=8)
    expected = [0.1] * 4 + [0.02] * 3 + [0.004]  # the first epoch always improves
    assert monitor.history.rates == pytest.approx(expected)


def test_the_best_validated_parameters_are_kept(objective):
    scores = iter([0.5, 0.9, 0.7, 0.9])
    seen = []

    def validate():
        seen.append(objective.network.parameters.copy())
        return next(scores), 1.0

    monitor = watch(objective, validate=validate, early_stopping=True)
    train(objective, monitor, max_iter=4)
    monitor.restore()
    assert monitor.progress.best_score == 0.9
    assert_array_equal(objective.network.parameters, seen[1])


def test_divergence_falls_back_to_a_finite_loss(objective):
    with np.errstate(all="ignore"):
        monitor = watch(objective)
        stop = train(objective, monitor, Constant(1e308), max_iter=50)
    assert stop is Stop.DIVERGED
    parameters = objective.network.parameters
    assert np.isfinite(objective.loss_gradient(parameters, DATA)[0])
    assert np.isfinite(parameters).all()


@pytest.mark.parametrize("step", [5, 6, 7])
def test_divergence_in_an_epoch_falls_back_to_its_start(objective, step):
    """An epoch has three steps: the fifth is in the second epoch."""
    steps = []

    class Breaking(SGD):
        def step(self, parameters, *args):
            steps.append(parameters.copy())
            penalty = super().step(parameters, *args)
            if len(steps) == step:
                parameters[:] = np.nan
            return penalty

    minibatches = Minibatches(DATA, 8)
    optimizer, monitor = Breaking(momentum=0), watch(objective)
    stop = train_minibatches(objective, minibatches, optimizer, Constant(0.1), monitor, max_iter=9)
    assert stop is Stop.DIVERGED
    assert monitor.progress.n_epochs == (step - 1) // 3
    assert_array_equal(objective.network.parameters, steps[(step - 1) // 3 * 3])


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_a_loss_that_is_not_finite_is_divergence_whatever_its_gradient(objective, broken):
    class Broken(Objective):
        def data_term(self, parameters, batch, scale):
            return broken, np.ones_like(parameters)

    monitor, before = watch(objective), objective.network.parameters.copy()
    assert train(Broken(objective.network), monitor) is Stop.DIVERGED
    assert_array_equal(objective.network.parameters, before)
    assert monitor.history.loss_curve == []


def test_a_score_that_is_not_a_number_is_divergence(objective):
    monitor = watch(objective, validate=lambda: (np.nan, np.nan), early_stopping=True)
    before = objective.network.parameters.copy()
    assert train(objective, monitor) is Stop.DIVERGED
    assert_array_equal(objective.network.parameters, before)


def test_reports_every_epoch(objective):
    reports = []
    monitor = watch(objective)
    monitor.report = lambda: reports.append(monitor.history.loss_curve[-1])
    train(objective, monitor, max_iter=3)
    assert reports == monitor.history.loss_curve


def test_a_report_may_stop_training(objective):
    monitor = watch(objective)
    monitor.report = lambda: monitor.progress.n_epochs == 2
    assert train(objective, monitor, max_iter=5) is Stop.CALLBACK
    assert monitor.progress.n_epochs == 2


def test_rates_go_over_the_whole_training_step_by_step(objective):
    class Recorder(Constant):
        def rate(self, n_seen, fraction):
            seen.append((n_seen, round(fraction, 3)))
            return 0.1

    seen = []
    monitor = watch(objective)
    train(objective, monitor, Recorder(0.1), max_iter=2, batch_size=10)
    assert seen == [(0, 0.125), (0, 0.375), (20, 0.625), (20, 0.875)]
    assert monitor.history.rates == [0.1, 0.1]


def test_without_early_stopping_the_score_is_recorded_and_nothing_stops(objective):
    monitor = watch(objective, n_iter_no_change=1, validate=lambda: (0.5, 0.7))
    assert train(objective, monitor) is Stop.MAX_ITER
    assert monitor.history.validation_scores == [0.5] * 30
    assert monitor.history.validation_losses == [0.7] * 30


def test_stops_after_max_time(objective):
    monitor = watch(objective, max_time=0)
    assert train(objective, monitor) is Stop.MAX_TIME
    assert monitor.progress.n_epochs == 1


def test_gradients_are_clipped(objective):
    before = objective.network.parameters.copy()
    train(objective, watch(objective), Constant(1.0), max_iter=1, max_grad_norm=1e-3)
    step = np.linalg.norm(objective.network.parameters - before)
    assert step == pytest.approx(1e-3, rel=0.01)


def test_only_the_rows_of_the_batch_are_trained_on(objective):
    poisoned = DATA.X.copy()
    poisoned[::2] = np.nan
    data = Batch(poisoned, DATA.y, None, np.arange(1, 20, 2))
    assert train(objective, watch(objective), data=data) is Stop.MAX_ITER
    assert np.isfinite(objective.network.parameters).all()


def test_an_epoch_records_the_mean_loss_of_its_rows(objective):
    """Minibatches of 8, 8 and 4 rows: losses are weighted by the number of rows."""
    monitor = watch(objective)
    parameters, losses = objective.network.parameters.copy(), []
    train(objective, monitor, Constant(1e-300), max_iter=1, batch_size=8)
    for batch in Minibatches(DATA, 8):
        losses.append(objective.loss_gradient(parameters, batch)[0] * len(batch))
    assert monitor.history.loss_curve[0] == pytest.approx(sum(losses) / 20, rel=1e-12)


def test_every_parameter_is_trained_whatever_the_pieces(objective, monkeypatch):
    before = objective.network.parameters.copy()
    monkeypatch.setattr("skmlp.network.batches.PIECE", 5)
    train(objective, watch(objective), max_iter=1)
    assert (objective.network.parameters != before).all()


def test_continuing_counts_the_epochs_and_steps_that_were_done(objective):
    class Recorder(Constant):
        def rate(self, n_seen, fraction):
            fractions.append(round(fraction, 3))
            return 0.1

    fractions = []
    monitor = watch(objective)
    monitor.progress.n_epochs = 2
    assert train(objective, monitor, Recorder(0.1), max_iter=4, batch_size=10) is Stop.MAX_ITER
    assert fractions == [0.562, 0.688, 0.812, 0.938]


@pytest.mark.parametrize("schedule", [Linear, Cosine, OneCycle])
def test_a_schedule_of_fixed_length_is_completed(objective, schedule):
    monitor = watch(objective, tol=1e9, n_iter_no_change=1)
    assert train(objective, monitor, schedule(0.1, 0.2), max_iter=12) is Stop.MAX_ITER
    assert monitor.progress.n_epochs == 12
