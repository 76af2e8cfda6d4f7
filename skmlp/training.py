"""Training: minibatch epochs, L-BFGS, and when to stop.

Both solvers end an epoch (for L-BFGS, an iteration) in the same way, ``Monitor.end_epoch``:
it records the loss, validates, keeps the best parameters, and counts the epochs without
improvement.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from skmlp.batches import split

__all__ = ["History", "Monitor", "Stop", "TrainingData", "train_lbfgs", "train_minibatches"]


class Stop(Enum):
    """Why training stopped."""

    MAX_ITER = "all epochs done"
    NO_IMPROVEMENT = "no improvement for n_iter_no_change epochs"
    CONVERGED = "L-BFGS found a minimum"
    MAX_FUN = "L-BFGS used up its evaluations"
    LINE_SEARCH = "L-BFGS found no better point along its line"
    DIVERGED = "the loss is not finite"


class TrainingData(NamedTuple):
    """What is trained on.

    Attributes
    ----------
    X : ndarray or CSR array of shape (n_samples, n_features)
        One sample a row.
    y : ndarray of shape (n_samples,), dtype int
        Column of each row's true class.
    weight : ndarray of shape (n_samples,) or None
        Weights, of mean 1 over `rows`.
    rows : range or ndarray of int
        The rows to train on; the others are left for validation.
    """

    X: object
    y: np.ndarray
    weight: np.ndarray | None
    rows: object


@dataclass
class History:
    """What has been recorded, an entry an epoch, over all calls that go on from each other."""

    loss_curve: list = field(default_factory=list)
    validation_scores: list = field(default_factory=list)
    best_loss: float = math.inf
    best_score: float = -math.inf
    n_stalled: int = 0  # epochs in a row without an improvement of tol
    n_seen: int = 0  # samples trained on, each counted in every epoch
    n_epochs: int = 0  # of the last call


class Monitor:
    """Watches the epochs: records them, keeps parameters to fall back on, counts stalls.

    The parameters kept are the best by the validation score; without validation, those
    at the start of the epoch, at which the loss was finite.

    Parameters
    ----------
    parameters : ndarray of shape (n_parameters,)
        The parameters in training, changed in place by the solver.
    history : History
        Where to record.
    tol : float
        The least improvement that counts.
    n_iter_no_change : int or inf
        Epochs without such an improvement before training stops.
    validate : callable, default=None
        ``validate()`` gives the validation score of the parameters as they are, NaN where
        the outputs of the network are not finite.
    report : callable, default=None
        ``report(loss, score, rate)``, called as each epoch ends.
    """

    def __init__(
        self,
        parameters: np.ndarray,
        history: History,
        *,
        tol: float,
        n_iter_no_change: float,
        validate: Callable | None = None,
        report: Callable | None = None,
    ):
        self.parameters = parameters
        self.history = history
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.validate = validate
        self.report = report
        self.kept = parameters.copy()

    @property
    def out_of_patience(self):
        """Whether the last n_iter_no_change epochs brought no improvement of tol."""
        return self.history.n_stalled > self.n_iter_no_change

    def begin_epoch(self):
        """Remember the parameters, which have just given a finite loss."""
        if self.validate is None:
            self.kept[:] = self.parameters

    def end_epoch(self, loss, n_samples, rate=None):
        """Record an epoch; raise DivergedError if the parameters or their score are not finite."""
        if not math.isfinite(self.parameters @ self.parameters):
            raise DivergedError
        history = self.history
        history.n_epochs += 1
        history.n_seen += n_samples
        history.loss_curve.append(loss)
        score = None
        if self.validate is None:
            improvement = history.best_loss - loss
            improved_by_tol = improvement >= self.tol
        else:
            score = self.validate()
            if math.isnan(score):
                raise DivergedError
            history.validation_scores.append(score)
            improvement = score - history.best_score
            improved_by_tol = improvement >= self.tol
            if improvement > 0:
                history.best_score = score
                self.kept[:] = self.parameters
        history.n_stalled = 0 if improved_by_tol else history.n_stalled + 1
        history.best_loss = min(history.best_loss, loss)
        if self.report is not None:
            self.report(loss, score, rate)

    def restore(self):
        """Go back to the parameters kept."""
        self.parameters[:] = self.kept


class DivergedError(Exception):
    """The loss, the parameters or the score are not finite."""


class OutOfPatienceError(Exception):
    """The validation score has not improved for n_iter_no_change iterations."""


def train_minibatches(
    objective, optimizer, schedule, data, monitor, *, batch_size, shuffle, rng, max_iter
):
    """Train by epochs of minibatches.

    Parameters
    ----------
    objective : Objective
        What to minimise.
    optimizer : SGD or Adam
        Takes the steps.
    schedule : Constant, InverseScaling or Adaptive
        The learning rates.
    data : TrainingData
        What to train on.
    monitor : Monitor
        Told of each epoch.
    batch_size : int
        Rows a step, at least 1.
    shuffle : bool
        Whether each epoch takes the rows in a new random order.
    rng : numpy.random.Generator
        Source of that order.
    max_iter : int
        Epochs at most.

    Returns
    -------
    stop : Stop
        Why training stopped.
    """
    n_samples = len(data.rows)
    for _ in range(max_iter):
        batches = split(shuffled(data.rows, rng) if shuffle else data.rows, batch_size)
        rate = schedule.rate(monitor.history.n_seen)
        try:
            loss = run_epoch(objective, optimizer, rate, data, batches, monitor)
            monitor.end_epoch(loss / n_samples, n_samples, rate)
        except DivergedError:
            monitor.restore()
            return Stop.DIVERGED
        if monitor.out_of_patience:
            if not schedule.reduce():
                return Stop.NO_IMPROVEMENT
            monitor.history.n_stalled = 0
    return Stop.MAX_ITER


def shuffled(rows, rng):
    """Draw a random order of the rows."""
    return rng.permutation(len(rows) if isinstance(rows, range) else rows)


def run_epoch(objective, optimizer, rate, data, batches, monitor):
    """Take a step for each minibatch; return the sum of their losses over the samples."""
    total = 0.0
    for k, rows in enumerate(batches):
        loss = objective.loss_gradient(data.X, data.y, data.weight, rows=rows)
        if not math.isfinite(loss):
            raise DivergedError
        if k == 0:
            monitor.begin_epoch()
        optimizer.step(objective.network.parameters, objective.gradient, rate)
        total += loss * len(rows)
    return total


def train_lbfgs(objective, data, monitor, *, max_iter, max_fun, gradient_tol):
    """Train on all rows at once by L-BFGS, a quasi-Newton method [1]_.

    Parameters
    ----------
    objective : Objective
        What to minimise.
    data : TrainingData
        What to train on.
    monitor : Monitor
        Told of each iteration.
    max_iter : int
        Iterations at most.
    max_fun : int
        Evaluations of the objective at most.
    gradient_tol : float
        The largest entry of the gradient at which a point counts as a minimum.

    Returns
    -------
    stop : Stop
        Why training stopped.

    References
    ----------
    .. [1] Liu and Nocedal, "On the limited memory BFGS method for large scale
       optimization", Mathematical Programming 45, 1989.
    """
    parameters = objective.network.parameters
    loss = math.nan

    def loss_gradient(theta):
        nonlocal loss
        parameters[:] = theta
        loss = objective.loss_gradient(data.X, data.y, data.weight, rows=data.rows)
        return loss, objective.gradient.astype(np.float64)

    def end_iteration(theta):
        # The point accepted is the one evaluated last: `loss` is its loss.
        if not math.isfinite(loss):
            raise DivergedError
        monitor.begin_epoch()
        monitor.end_epoch(loss, len(data.rows))
        if monitor.validate is not None and monitor.out_of_patience:
            raise OutOfPatienceError

    try:
        result = minimize(
            loss_gradient,
            parameters.astype(np.float64),
            method="L-BFGS-B",
            jac=True,
            callback=end_iteration,
            options={
                "maxiter": max_iter,
                "maxfun": max_fun,
                "gtol": gradient_tol,
                "ftol": 64 * np.finfo(parameters.dtype).eps,
                "maxls": 50,
            },
        )
    except DivergedError:
        monitor.restore()
        return Stop.DIVERGED
    except OutOfPatienceError:
        return Stop.NO_IMPROVEMENT
    if not math.isfinite(result.fun):
        monitor.restore()
        return Stop.DIVERGED
    parameters[:] = result.x
    if result.nit == 0:  # the first point is a minimum already
        monitor.end_epoch(result.fun, len(data.rows))
    if result.status == 1:
        return Stop.MAX_ITER if result.nit >= max_iter else Stop.MAX_FUN
    return Stop.CONVERGED if result.status == 0 else Stop.LINE_SEARCH
