"""The end of each epoch, and stopping criteria.

Both minibatch solvers and L-BFGS (for which an iteration is an epoch) end an epoch with
``Monitor.end_epoch``: it records the loss, validates, stores the best parameters, and counts the
epochs without improvement.
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
    MAX_TIME = "maximum time reached"
    CALLBACK = "a callback requested to stop"
    NO_IMPROVEMENT = "no improvement for n_iter_no_change epochs"
    CONVERGED = "L-BFGS found a minimum"
    MAX_FUN = "L-BFGS reached the maximum number of evaluations"
    LINE_SEARCH = "the line search of L-BFGS found no better point"
    DIVERGED = "the loss is not finite"


class DivergedError(Exception):
    """Raised if the loss, the parameters or the score are not finite."""


class Monitor:
    """Record the epochs, store fallback parameters, and decide when to stop.

    With early stopping, the fallback parameters are those with the best validation score, and
    among equal scores the lowest validation loss; otherwise those at the start of the epoch, for
    which the loss was finite.

    Parameters
    ----------
    parameters : ndarray of shape (n_parameters,)
        The parameters in training, changed in place by the solver.
    state : TrainingState
        State to record in, and to store the fallback parameters in. If training is resumed, it
        already has them.
    tol : float
        The smallest improvement that counts.
    n_iter_no_change : int or inf
        Number of epochs without such an improvement after which training stops.
    max_time : float, default=inf
        Maximum time in seconds from now; training stops at the end of the epoch.
    validate : callable, default=None
        ``validate()`` returns the score and the loss of the current parameters on validation data;
        NaN if the outputs of the network are not finite.
    early_stopping : bool, default=False
        Whether the validation score must improve, rather than the training loss.
    report : callable, default=None
        ``report()`` is called after each epoch; training stops if it returns True.
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
            if early_stopping:  # scores without early stopping are not those of the fallback
                self.progress.best_score, self.progress.n_stalled = None, 0
        if state.fallback is None:
            state.fallback = np.array(parameters)
        self.fallback = state.fallback

    def begin_epoch(self) -> None:
        """Store the parameters, whose loss is finite, as the fallback."""
        if not self.early_stopping:
            self.fallback[:] = self.parameters

    def end_epoch(self, loss: float, n_samples: int, rate: float = math.nan) -> None:
        """Record an epoch; raise a DivergedError if parameters or their score are not finite."""
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
        """Store the parameters if their score is the best, or equal with a lower loss.

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

    def stop_reason(self) -> Stop | None:
        """Return the reason to stop now, or None to continue; None before the first epoch."""
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
        """Restore the fallback parameters."""
        self.parameters[:] = self.fallback
