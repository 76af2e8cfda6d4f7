"""When to stop: what is done as each epoch ends, by every solver.

Both minibatch solvers and L-BFGS (for which an iteration is an epoch) end an epoch in the
same way, ``Monitor.end_epoch``: it records the loss, validates, keeps the best parameters,
and counts the epochs without improvement.
"""

import math
import time
from collections.abc import Callable
from enum import Enum

import numpy as np

from skmlp.training.state import TrainingState

__all__ = ["DivergedError", "Monitor", "Stop"]


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


class DivergedError(Exception):
    """The loss, the parameters or the score are not finite."""


class Monitor:
    """Watches the epochs: records them, keeps parameters to fall back on, says when to stop.

    The parameters to fall back on are the best by the validation score, under early
    stopping, and of equal ones by the validation loss; otherwise those at the start of the
    epoch, at which the loss was finite.

    Parameters
    ----------
    parameters : ndarray of shape (n_parameters,)
        The parameters in training, changed in place by the solver.
    state : TrainingState
        Where to record, and where to keep the parameters to fall back on. Those of a training
        that continues are there already.
    tol : float
        The least improvement that counts.
    n_iter_no_change : int or inf
        Epochs without such an improvement before training stops.
    max_time : float, default=inf
        Seconds from now after which training stops, at the end of an epoch.
    validate : callable, default=None
        ``validate()`` returns the score and the loss, on validation data, of the parameters
        as they are; NaN where the outputs of the network are not finite.
    early_stopping : bool, default=False
        Whether it is the validation score that must improve, rather than the loss.
    report : callable, default=None
        ``report()``, called after each epoch; a true result stops training.
    """

    def __init__(
        self,
        parameters: np.ndarray,
        state: TrainingState,
        *,
        tol: float,
        n_iter_no_change: float,
        max_time: float = math.inf,
        validate: Callable[[], tuple[float, float]] | None = None,
        early_stopping: bool = False,
        report: Callable[[], object] | None = None,
    ):
        self.parameters = parameters
        self.history = state.history
        self.progress = state.progress
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.deadline = time.monotonic() + max_time
        self.validate = validate
        self.early_stopping = early_stopping
        self.report = report
        self.asked_to_stop = False
        if early_stopping != self.progress.early_stopping:
            self.progress.early_stopping, self.progress.best_epoch = early_stopping, None
            if early_stopping:  # scores of an interrupted training without it are of other weights
                self.progress.best_score, self.progress.n_stalled = None, 0
        if state.fallback is None:
            state.fallback = np.array(parameters)
        self.fallback = state.fallback

    def begin_epoch(self) -> None:
        """Keep the parameters, which have just given a finite loss, to fall back on."""
        if not self.early_stopping:
            self.fallback[:] = self.parameters

    def end_epoch(self, loss: float, n_samples: int, rate: float = math.nan) -> None:
        """Record an epoch; raise DivergedError if parameters or their score are not finite."""
        if not math.isfinite(self.parameters @ self.parameters):
            raise DivergedError
        score, validation_loss = math.nan, math.nan
        if self.validate is not None:
            score, validation_loss = self.validate()
            if math.isnan(score):
                raise DivergedError
        self.history.record(loss, score, validation_loss, rate, n_samples)
        progress = self.progress
        progress.n_epochs += 1
        best_score = -math.inf if progress.best_score is None else progress.best_score
        if self.early_stopping:
            improvement = score - best_score
            self._keep_if_best(score, validation_loss)
        else:
            improvement = progress.best_loss - loss
        progress.n_stalled = 0 if improvement >= self.tol else progress.n_stalled + 1
        progress.best_loss = min(progress.best_loss, loss)
        if self.validate is not None:
            progress.best_score = max(best_score, score)
        if self.report is not None:
            self.asked_to_stop = bool(self.report())

    def _keep_if_best(self, score, validation_loss):
        """Keep the parameters of the best score, of equal scores that of the least loss.

        Scores such as the accuracy have many ties.
        """
        progress = self.progress
        if progress.best_epoch is None or (score, -validation_loss) > (
            progress.best_score,
            -progress.loss_of_best,
        ):
            progress.best_epoch = len(self.history.loss_curve)
            progress.loss_of_best = validation_loss
            self.fallback[:] = self.parameters

    def verdict(self) -> Stop | None:
        """Return why to stop now, or None to continue, as always before the first epoch."""
        if self.progress.n_epochs == 0:
            return None
        if self.asked_to_stop:
            return Stop.CALLBACK
        if time.monotonic() > self.deadline:
            return Stop.MAX_TIME
        if self.progress.n_stalled > self.n_iter_no_change:
            return Stop.NO_IMPROVEMENT
        return None

    def restore(self) -> None:
        """Go back to the parameters to fall back on."""
        self.parameters[:] = self.fallback
