import numpy as np
import pytest
from conftest import DATA, SIZES, watch
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import OptimizeResult

from skmlp.network import Objective, n_parameters
from skmlp.training import Stop, train_lbfgs

pytestmark = pytest.mark.usefixtures("either_pass")


def lbfgs(objective, monitor, max_iter=500, max_fun=10_000, gradient_tol=1e-8):
    return train_lbfgs(
        objective, DATA, monitor, max_iter=max_iter, max_fun=max_fun, gradient_tol=gradient_tol
    )


def test_lbfgs_finds_a_point_without_gradient(objective):
    monitor = watch(objective)
    assert lbfgs(objective, monitor) is Stop.CONVERGED
    loss, gradient = objective.loss_gradient(objective.network.parameters, DATA)
    assert_allclose(gradient, 0, atol=1e-5)
    assert monitor.history.loss_curve[-1] == pytest.approx(loss, rel=1e-12)


def test_lbfgs_records_each_iteration(objective):
    monitor = watch(objective)
    assert lbfgs(objective, monitor, max_iter=5) is Stop.MAX_ITER
    assert len(monitor.history.loss_curve) == monitor.progress.n_epochs == 5


def test_lbfgs_stops_at_max_fun(objective):
    assert lbfgs(objective, watch(objective), max_fun=4) is Stop.MAX_FUN


def test_lbfgs_at_a_minimum_records_its_loss(objective):
    monitor = watch(objective)
    assert lbfgs(objective, monitor, gradient_tol=1e9) is Stop.CONVERGED
    assert monitor.progress.n_epochs == 1


def test_lbfgs_stops_early_on_the_validation_score(objective):
    monitor = watch(objective, n_iter_no_change=2, validate=lambda: (0.5, 1), early_stopping=True)
    assert lbfgs(objective, monitor) is Stop.NO_IMPROVEMENT
    assert monitor.progress.n_epochs == 1 + 2 + 1


def test_lbfgs_from_a_point_that_overflows(objective):
    objective.network.parameters[:] = 1e200
    with np.errstate(all="ignore"):
        assert lbfgs(objective, watch(objective)) is Stop.DIVERGED


def test_lbfgs_stops_after_max_time(objective):
    monitor = watch(objective, max_time=0)
    assert lbfgs(objective, monitor) is Stop.MAX_TIME
    assert monitor.progress.n_epochs == 1


def test_lbfgs_stops_when_a_report_returns_true(objective):
    monitor = watch(objective, report=lambda: True)
    assert lbfgs(objective, monitor) is Stop.CALLBACK
    assert monitor.progress.n_epochs == 1


def test_lbfgs_without_early_stopping_ignores_the_score(objective):
    monitor = watch(objective, n_iter_no_change=1, validate=lambda: (0.5, 1))
    assert lbfgs(objective, monitor) is Stop.CONVERGED
    assert monitor.progress.n_epochs > 5


def test_lbfgs_that_has_converged_runs_no_iterations(objective):
    monitor = watch(objective)
    monitor.progress.n_epochs = 5
    before = objective.network.parameters.copy()
    assert lbfgs(objective, monitor, max_iter=5) is Stop.MAX_ITER
    assert_array_equal(objective.network.parameters, before)


def test_lbfgs_that_continues_does_the_iterations_that_are_left(objective):
    monitor = watch(objective)
    monitor.progress.n_epochs = 2
    assert lbfgs(objective, monitor, max_iter=5) is Stop.MAX_ITER
    assert monitor.progress.n_epochs == 5
    assert len(monitor.history.loss_curve) == 3


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_lbfgs_whose_loss_is_no_longer_finite_falls_back_to_the_last_iteration(objective, broken):
    accepted = []

    class Breaking(Objective):
        def loss_gradient(self, parameters, batch):
            loss, gradient = super().loss_gradient(parameters, batch)
            return broken if len(accepted) >= 3 else loss, gradient

    monitor = watch(objective, report=lambda: accepted.append(objective.network.parameters.copy()))
    assert lbfgs(Breaking(objective.network), monitor) is Stop.DIVERGED
    assert_array_equal(objective.network.parameters, accepted[-1])
    assert len(accepted) == monitor.progress.n_epochs == 3


def test_lbfgs_whose_first_loss_is_not_finite(objective):
    class Broken(Objective):
        def loss_gradient(self, parameters, batch):
            return np.nan, np.zeros_like(parameters)

    monitor, before = watch(objective), objective.network.parameters.copy()
    assert lbfgs(Broken(objective.network), monitor) is Stop.DIVERGED
    assert_array_equal(objective.network.parameters, before)
    assert monitor.history.loss_curve == []


def test_an_interrupted_lbfgs_falls_back_to_the_last_iteration(objective):
    seen = []

    class Interrupted(Objective):
        def loss_gradient(self, parameters, batch):
            if len(seen) == 4:
                raise KeyboardInterrupt
            return super().loss_gradient(parameters, batch)

    def report():
        seen.append(objective.network.parameters.copy())

    monitor = watch(objective, report=report)
    with pytest.raises(KeyboardInterrupt):
        lbfgs(Interrupted(objective.network), monitor)
    assert_array_equal(objective.network.parameters, seen[-1])


def test_lbfgs_that_finds_no_better_point(objective, monkeypatch):
    """SciPy's line search fails only in rare cases, which depend on its version."""
    point = np.arange(n_parameters(SIZES))
    given_up = OptimizeResult(x=point, fun=1.0, nit=2, status=2)
    monkeypatch.setattr("skmlp.training.lbfgs.minimize", lambda *args, **options: given_up)
    assert lbfgs(objective, watch(objective)) is Stop.LINE_SEARCH
    assert_array_equal(objective.network.parameters, point)
