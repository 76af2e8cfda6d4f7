"""Training: minibatch epochs, L-BFGS, and when to stop.

Both solvers end an epoch (for L-BFGS, an iteration) in the same way, ``Monitor.end_epoch``:
it records the loss, validates, keeps the best parameters, and counts the epochs without
improvement.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from skmlp.batches import split
from skmlp.optimizers import clip_norm

__all__ = ["History", "Monitor", "Stop", "TrainingData", "train_lbfgs", "train_minibatches"]


class Stop(Enum):
    """Why training stopped."""

    MAX_ITER = "all epochs done"
    MAX_TIME = "the time is up"
    CALLBACK = "a callback asked to stop"
    NO_IMPROVEMENT = "no improvement for n_iter_no_change epochs"
    CONVERGED = "L-BFGS found a minimum"
    MAX_FUN = "L-BFGS used up its evaluations"
    LINE_SEARCH = "L-BFGS found no better point along its line"
    DIVERGED = "the loss is not finite"


# What ends training by any solver at the end of an epoch.
AT_ONCE = {Stop.MAX_TIME, Stop.CALLBACK}


class TrainingData(NamedTuple):
    """What is trained on.

    Attributes
    ----------
    X : ndarray or CSR array of shape (n_samples, n_features)
        One sample a row.
    y : ndarray of shape (n_samples,), dtype int
        Column of each row's true class.
    weight : ndarray of shape (n_samples,) or None
        Weights, of mean 1 over all rows trained on.
    rows : range or ndarray of int
        The rows to train on; the others are left for validation.
    """

    X: object
    y: np.ndarray
    weight: np.ndarray | None
    rows: object


@dataclass
class History:
    """What has been recorded, an entry an epoch, over all calls that go on from each other.

    What an epoch does not have, such as a validation score, is NaN.
    """

    loss_curve: list = field(default_factory=list)
    validation_scores: list = field(default_factory=list)
    validation_losses: list = field(default_factory=list)
    rates: list = field(default_factory=list)
    best_loss: float = math.inf
    best_score: float = -math.inf
    n_stalled: int = 0  # epochs in a row without an improvement of tol
    n_seen: int = 0  # samples trained on, each counted in every epoch
    n_epochs: int = 0  # of this training
    n_weighed: int = 0  # rows in the mean weight
    mean_weight: float = 0.0  # of all rows since training began, each counted in every call

    def begin(self):
        """Begin a training whose losses and scores need not compare with those before."""
        self.best_loss, self.best_score = math.inf, -math.inf
        self.n_stalled = self.n_epochs = 0

    def forget_weights(self):
        """Begin a new mean of the weights."""
        self.n_weighed, self.mean_weight = 0, 0.0

    def weigh(self, mean, n_rows):
        """Count rows of a mean weight into the mean so far."""
        self.n_weighed += n_rows
        self.mean_weight += (mean - self.mean_weight) * (n_rows / self.n_weighed)


class Monitor:
    """Watches the epochs: records them, keeps parameters to fall back on, says when to stop.

    The parameters kept are the best by the validation score, under early stopping;
    otherwise those at the start of the epoch, at which the loss was finite.

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
    max_time : float, default=inf
        Seconds from now after which training stops, at the end of an epoch.
    validate : callable, default=None
        ``validate()`` gives the score and the loss, on validation data, of the parameters
        as they are; NaN where the outputs of the network are not finite.
    early_stopping : bool, default=False
        Whether it is the validation score that must improve, rather than the loss.
    report : callable, default=None
        ``report(monitor)``, called as each epoch ends; a true answer stops training.
    kept : ndarray of shape (n_parameters,), default=None
        Parameters to fall back on, from a training that goes on here. None takes those at
        the start.
    """

    def __init__(
        self,
        parameters: np.ndarray,
        history: History,
        *,
        tol: float,
        n_iter_no_change: float,
        max_time: float = math.inf,
        validate: Callable | None = None,
        early_stopping: bool = False,
        report: Callable | None = None,
        kept: np.ndarray | None = None,
    ):
        self.parameters = parameters
        self.history = history
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.deadline = time.monotonic() + max_time
        self.validate = validate
        self.early_stopping = early_stopping
        self.report = report
        self.kept = np.array(parameters if kept is None else kept)
        self.asked_to_stop = False

    def begin_epoch(self):
        """Remember the parameters, which have just given a finite loss."""
        if not self.early_stopping:
            self.kept[:] = self.parameters

    def end_epoch(self, loss, n_samples, rate=math.nan):
        """Record an epoch; raise DivergedError if parameters or their score are not finite."""
        if not math.isfinite(self.parameters @ self.parameters):
            raise DivergedError
        history = self.history
        score, validation_loss = math.nan, math.nan
        if self.validate is not None:
            score, validation_loss = self.validate()
            if math.isnan(score):
                raise DivergedError
        history.loss_curve.append(loss)
        history.validation_scores.append(score)
        history.validation_losses.append(validation_loss)
        history.rates.append(rate)
        history.n_epochs += 1
        history.n_seen += n_samples
        if self.early_stopping:
            improvement = score - history.best_score
            if improvement > 0:
                self.kept[:] = self.parameters
        else:
            improvement = history.best_loss - loss
        history.n_stalled = 0 if improvement >= self.tol else history.n_stalled + 1
        history.best_loss = min(history.best_loss, loss)
        history.best_score = max(history.best_score, score)  # -inf still, for a score of NaN
        if self.report is not None:
            self.asked_to_stop = bool(self.report(self))

    def verdict(self):
        """Say why to stop now, or None to go on, as is said before the first epoch."""
        if self.history.n_epochs == 0:
            return None
        if self.asked_to_stop:
            return Stop.CALLBACK
        if time.monotonic() > self.deadline:
            return Stop.MAX_TIME
        if self.history.n_stalled > self.n_iter_no_change:
            return Stop.NO_IMPROVEMENT
        return None

    def restore(self):
        """Go back to the parameters kept."""
        self.parameters[:] = self.kept


class DivergedError(Exception):
    """The loss, the parameters or the score are not finite."""


class StoppedError(Exception):
    """Training is to stop within a solver that can only be left by an exception."""

    def __init__(self, stop):
        super().__init__(stop.value)
        self.stop = stop


def train_minibatches(
    objective,
    optimizer,
    schedule,
    data,
    monitor,
    *,
    batch_size,
    shuffle,
    rng,
    max_iter,
    max_grad_norm=None,
):
    """Train by epochs of minibatches.

    Parameters
    ----------
    objective : Objective
        What to minimise.
    optimizer : SGD, Adam, ...
        Takes the steps.
    schedule : Constant, Cosine, ...
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
        Epochs at most, those counted in the history from the start included.
    max_grad_norm : float, default=None
        Length to which a longer gradient is cut.

    Returns
    -------
    stop : Stop
        Why training stopped.
    """
    network, gradient = objective.network, objective.gradient
    n_samples = len(data.rows)
    n_steps_an_epoch = math.ceil(n_samples / batch_size)
    n_steps = max_iter * n_steps_an_epoch
    shuffle = shuffle and batch_size < n_samples  # one batch has no order
    step = monitor.history.n_epochs * n_steps_an_epoch
    while (stop := _verdict(monitor, schedule, max_iter)) is None:
        order = shuffled(data.rows, rng) if shuffle else data.rows
        n_seen = monitor.history.n_seen
        total = 0.0
        try:
            for k, rows in enumerate(split(order, batch_size)):
                loss = objective.loss_gradient(data.X, data.y, data.weight, rows=rows)
                if not math.isfinite(loss):
                    raise DivergedError
                if k == 0:
                    monitor.begin_epoch()
                if max_grad_norm is not None:
                    clip_norm(gradient, max_grad_norm)
                rate = schedule.rate(n_seen, (step + 0.5) / n_steps)
                optimizer.step(network.parameters, gradient, rate, network.n_weights)
                total += loss * len(rows)
                step += 1
            monitor.end_epoch(total / n_samples, n_samples, rate)
        except DivergedError:
            monitor.restore()
            return Stop.DIVERGED
    return stop


def _verdict(monitor, schedule, max_iter):
    """Say why to stop now, or None to go on, where need be at a lower rate."""
    stop = monitor.verdict()
    if stop is Stop.NO_IMPROVEMENT and schedule.reduce():
        monitor.history.n_stalled = 0
        stop = None
    if stop is None and monitor.history.n_epochs >= max_iter:
        stop = Stop.MAX_ITER
    return stop


def shuffled(rows, rng):
    """Draw a random order of the rows."""
    return rng.permutation(len(rows) if isinstance(rows, range) else rows)


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
    if monitor.history.n_epochs >= max_iter:
        return Stop.MAX_ITER
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
        stop = monitor.verdict()
        if stop in AT_ONCE or (stop is Stop.NO_IMPROVEMENT and monitor.early_stopping):
            raise StoppedError(stop)

    try:
        result = minimize(
            loss_gradient,
            parameters.astype(np.float64),
            method="L-BFGS-B",
            jac=True,
            callback=end_iteration,
            options={
                "maxiter": max_iter - monitor.history.n_epochs,
                "maxfun": max_fun,
                "gtol": gradient_tol,
                "ftol": 64 * np.finfo(parameters.dtype).eps,
                "maxls": 50,
            },
        )
        if not math.isfinite(result.fun):
            raise DivergedError
        parameters[:] = result.x
        if result.nit == 0:  # the first point is a minimum already
            monitor.end_epoch(result.fun, len(data.rows))
    except DivergedError:
        monitor.restore()
        return Stop.DIVERGED
    except StoppedError as stopped:
        return stopped.stop
    except BaseException:  # the point may be a wild guess of the line search
        monitor.restore()
        raise
    if result.status == 1:
        return Stop.MAX_ITER if monitor.history.n_epochs >= max_iter else Stop.MAX_FUN
    return Stop.CONVERGED if result.status == 0 else Stop.LINE_SEARCH
