import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skmlp.network import Network, n_parameters
from skmlp.objective import Objective
from skmlp.optimizers import SGD
from skmlp.schedules import Adaptive, Constant
from skmlp.training import History, Monitor, Stop, TrainingData, train_lbfgs, train_minibatches

RNG = np.random.default_rng(0)
X = RNG.standard_normal((20, 3))
Y = (X[:, 0] > 0).astype(int)
DATA = TrainingData(X, Y, None, range(20))
SIZES = (3, 4, 2)


@pytest.fixture
def objective():
    parameters = np.random.default_rng(1).standard_normal(n_parameters(SIZES))
    return Objective(Network(parameters, SIZES, ["tanh"]), l2=0.01)


def watch(objective, tol=1e-4, n_iter_no_change=10, **options):
    return Monitor(
        objective.network.parameters,
        History(),
        tol=tol,
        n_iter_no_change=n_iter_no_change,
        **options,
    )


def train(objective, monitor, schedule=None, max_iter=30, batch_size=20, data=DATA):
    return train_minibatches(
        objective,
        SGD(momentum=0),
        schedule or Constant(0.1),
        data,
        monitor,
        batch_size=batch_size,
        shuffle=False,
        rng=np.random.default_rng(0),
        max_iter=max_iter,
    )


def test_gradient_descent_decreases_the_loss(objective):
    monitor = watch(objective)
    assert train(objective, monitor) is Stop.MAX_ITER
    assert (np.diff(monitor.history.loss_curve) < 0).all()


def test_history_counts_epochs_and_samples(objective):
    monitor = watch(objective)
    train(objective, monitor, max_iter=3, batch_size=7)
    assert monitor.history.n_epochs == 3
    assert monitor.history.n_seen == 60
    assert len(monitor.history.loss_curve) == 3


def test_stops_when_out_of_patience(objective):
    monitor = watch(objective, tol=1e9, n_iter_no_change=4)
    assert train(objective, monitor) is Stop.NO_IMPROVEMENT
    assert monitor.history.n_epochs == 1 + 4 + 1  # the first epoch always improves


def test_a_schedule_that_reduces_goes_on(objective):
    monitor = watch(objective, tol=1e9, n_iter_no_change=1)
    schedule = Adaptive(0.1)
    assert train(objective, monitor, schedule, max_iter=100) is Stop.NO_IMPROVEMENT
    assert schedule.rate(0, 0) <= 1e-6


def test_the_best_validated_parameters_are_kept(objective):
    scores = iter([0.5, 0.9, 0.7, 0.9])
    seen = []

    def validate():
        seen.append(objective.network.parameters.copy())
        return next(scores), 1.0

    monitor = watch(objective, validate=validate, early_stopping=True)
    train(objective, monitor, max_iter=4)
    monitor.restore()
    assert monitor.history.best_score == 0.9
    assert_array_equal(objective.network.parameters, seen[1])


def test_divergence_falls_back_to_a_finite_loss(objective):
    with np.errstate(all="ignore"):
        monitor = watch(objective)
        stop = train(objective, monitor, Constant(1e308), max_iter=50)
    assert stop is Stop.DIVERGED
    parameters = objective.network.parameters
    assert np.isfinite(objective.loss_gradient(X, Y, rows=range(20)))
    assert np.isfinite(parameters).all()


def test_a_score_that_is_not_a_number_is_divergence(objective):
    monitor = watch(objective, validate=lambda: (np.nan, np.nan), early_stopping=True)
    before = objective.network.parameters.copy()
    assert train(objective, monitor) is Stop.DIVERGED
    assert_array_equal(objective.network.parameters, before)


def test_reports_every_epoch(objective):
    reports = []
    monitor = watch(objective, report=lambda m: reports.append(m.history.loss_curve[-1]))
    train(objective, monitor, max_iter=3)
    assert reports == monitor.history.loss_curve


def test_a_report_may_stop_training(objective):
    monitor = watch(objective, report=lambda m: m.history.n_epochs == 2)
    assert train(objective, monitor, max_iter=5) is Stop.CALLBACK
    assert monitor.history.n_epochs == 2


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


@pytest.mark.parametrize("solve", ["train", "lbfgs"])
def test_stops_when_the_time_is_up(objective, solve):
    monitor = watch(objective, max_time=0)
    assert globals()[solve](objective, monitor) is Stop.MAX_TIME
    assert monitor.history.n_epochs == 1


def test_gradients_are_cut(objective):
    before = objective.network.parameters.copy()
    train_minibatches(
        objective,
        SGD(momentum=0),
        Constant(1.0),
        DATA,
        watch(objective),
        batch_size=20,
        shuffle=False,
        rng=None,
        max_iter=1,
        max_grad_norm=1e-3,
    )
    step = np.linalg.norm(objective.network.parameters - before)
    assert step == pytest.approx(1e-3, rel=0.01)


def test_only_the_rows_named_are_trained_on(objective):
    poisoned = X.copy()
    poisoned[::2] = np.nan
    data = TrainingData(poisoned, Y, None, np.arange(1, 20, 2))
    assert train(objective, watch(objective), data=data) is Stop.MAX_ITER
    assert np.isfinite(objective.network.parameters).all()


def lbfgs(objective, monitor, max_iter=500, max_fun=10_000, gradient_tol=1e-8):
    return train_lbfgs(
        objective, DATA, monitor, max_iter=max_iter, max_fun=max_fun, gradient_tol=gradient_tol
    )


def test_lbfgs_finds_a_point_without_gradient(objective):
    monitor = watch(objective)
    assert lbfgs(objective, monitor) is Stop.CONVERGED
    loss = objective.loss_gradient(X, Y, rows=range(20))
    assert_allclose(objective.gradient, 0, atol=1e-5)
    assert monitor.history.loss_curve[-1] == pytest.approx(loss, rel=1e-12)


def test_lbfgs_records_each_iteration(objective):
    monitor = watch(objective)
    assert lbfgs(objective, monitor, max_iter=5) is Stop.MAX_ITER
    assert len(monitor.history.loss_curve) == monitor.history.n_epochs == 5


def test_lbfgs_stops_at_max_fun(objective):
    assert lbfgs(objective, watch(objective), max_fun=4) is Stop.MAX_FUN


def test_lbfgs_at_a_minimum_records_its_loss(objective):
    monitor = watch(objective)
    assert lbfgs(objective, monitor, gradient_tol=1e9) is Stop.CONVERGED
    assert monitor.history.n_epochs == 1


def test_lbfgs_stops_early_on_the_validation_score(objective):
    monitor = watch(objective, n_iter_no_change=2, validate=lambda: (0.5, 1), early_stopping=True)
    assert lbfgs(objective, monitor) is Stop.NO_IMPROVEMENT
    assert monitor.history.n_epochs == 1 + 2 + 1


def test_lbfgs_from_a_point_that_overflows(objective):
    objective.network.parameters[:] = 1e200
    with np.errstate(all="ignore"):
        assert lbfgs(objective, watch(objective)) is Stop.DIVERGED
