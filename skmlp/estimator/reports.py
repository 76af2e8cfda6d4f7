"""What is said of a training: a line an epoch, and what to change where it did not converge."""

import sys
import time
import warnings
from contextlib import contextmanager
from types import FrameType

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skmlp.estimator.compat import is_foreign
from skmlp.training.monitor import Stop
from skmlp.training.schedules import SCHEDULES

__all__ = ["EpochPrinter", "conclude", "errors_that_say", "unit", "warn"]


class EpochPrinter:
    """Prints an aligned line an epoch.

    Parameters
    ----------
    history : History
        Where the epochs are recorded.
    """

    def __init__(self, history):
        self.history = history
        self.start = time.perf_counter()

    def __call__(self):
        """Print the line of the epoch that was recorded last."""
        history = self.history
        n_recorded = len(history.loss_curve)
        columns = [f"Iteration {history.n_epochs:4d}", f"loss {history.loss_curve[-1]:10.6f}"]
        if len(history.validation_scores) == n_recorded:
            columns.append(f"validation score {history.validation_scores[-1]:8.4f}")
            columns.append(f"validation loss {history.validation_losses[-1]:10.6f}")
        if len(history.rates) == n_recorded:
            columns.append(f"learning rate {history.rates[-1]:.2e}")
        columns.append(f"{time.perf_counter() - self.start:6.1f} s")
        print(" | ".join(columns), flush=True)


def unit(solver):
    """Name what `n_iter_` counts."""
    return "iterations" if solver == "lbfgs" else "epochs"


def conclude(stop, p, model, shortfall=None):
    """Say why training stopped, and warn where it did not converge, or to no better than nothing.

    Parameters
    ----------
    stop : Stop
        Why training stopped.
    p : SimpleNamespace
        The estimator's parameters.
    model : Model
        What was trained.
    shortfall : str or None
        In what it is no better than a constant.
    """
    if p.verbose:
        print(f"Stopped after {model.state.history.n_epochs} {unit(p.solver)}: {stop.value}.")
    sentences = [advice_on(stop, p, model)]
    if shortfall is not None:
        sentences.append(f"{shortfall}.")
    if any(sentences):
        warn(" ".join(filter(None, sentences)), ConvergenceWarning)


def advice_on(stop, p, model):
    """Say why training stopped before it converged, and what to change; None if it converged."""
    minibatches = p.solver != "lbfgs"
    n_epochs, losses = model.state.history.n_epochs, model.state.history.loss_curve
    if stop is Stop.MAX_ITER:
        if minibatches and SCHEDULES[p.learning_rate].planned:
            return None  # a schedule that has run its course has converged by design
        return (
            f"Maximum iterations (max_iter={p.max_iter}) reached and the optimization hasn't "
            "converged yet. Raise max_iter, or scale the features to similar ranges."
        )
    if stop is Stop.MAX_TIME:
        also = ", or batch_size" if minibatches else ""
        return (
            f"The time (max_time={p.max_time} s) was up after {n_epochs} {unit(p.solver)} "
            f"and the optimization hasn't converged yet. Raise max_time{also}."
        )
    if stop is Stop.MAX_FUN:
        return (
            f"Maximum evaluations (max_fun={p.max_fun}) reached and the optimization hasn't "
            "converged yet. Raise max_fun, or scale the features to similar ranges."
        )
    if stop is Stop.LINE_SEARCH:
        also = ", or train in float64" if model.parameters.dtype == np.float32 else ""
        return (
            "L-BFGS stopped where it found no better point, with a gradient above "
            f"tol={p.tol}. Raise tol, or scale the features to similar ranges{also}."
        )
    if stop is Stop.NO_IMPROVEMENT and losses[-1] > losses[-n_epochs]:
        return (
            f"Training stopped with a loss of {losses[-1]:.3g}, above that of its first epoch, "
            f"{losses[-n_epochs]:.3g}: the steps are too large. Lower "
            f"learning_rate_init={p.learning_rate_init}, set max_grad_norm, or scale the "
            "features to similar ranges."
        )
    if stop is Stop.DIVERGED:
        also = ""
        if minibatches:
            also = f"lower learning_rate_init={p.learning_rate_init}, set max_grad_norm, "
        return (
            f"Training diverged: the loss was not finite after {n_epochs} {unit(p.solver)}. "
            "The estimator keeps the last weights with a finite loss. Scale the features to "
            f"similar ranges, {also}or lower alpha={p.alpha} if it is huge."
        )
    return None


def warn(message, category=UserWarning):
    """Warn as if from the line that called the estimator."""
    frame: FrameType | None = sys._getframe()
    level = 1
    while frame is not None and not is_foreign(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


@contextmanager
def errors_that_say(before, after=""):
    """Add to a TypeError or ValueError what it is about and what to do; also a decorator."""
    try:
        yield
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{before}{error}{after}") from error
