"""What is said of a training: a line an epoch, and what to change where it did not converge."""

import math
import sys
import time
import warnings

import numpy as np

from skmlp.schedules import SCHEDULES
from skmlp.training import Stop

__all__ = ["EpochPrinter", "advice_on", "unit", "warn"]


class EpochPrinter:
    """Prints an aligned line an epoch."""

    def __init__(self):
        self.start = time.perf_counter()

    def __call__(self, history):
        """Print the line of the epoch that was recorded last."""
        columns = [f"Iteration {history.n_epochs:4d}", f"loss {history.loss_curve[-1]:10.6f}"]
        if not math.isnan(history.validation_scores[-1]):
            columns.append(f"validation score {history.validation_scores[-1]:8.4f}")
            columns.append(f"validation loss {history.validation_losses[-1]:10.6f}")
        if not math.isnan(history.rates[-1]):
            columns.append(f"learning rate {history.rates[-1]:.2e}")
        columns.append(f"{time.perf_counter() - self.start:6.1f} s")
        print(" | ".join(columns), flush=True)


def unit(solver):
    """Name what `n_iter_` counts."""
    return "iterations" if solver == "lbfgs" else "epochs"


def advice_on(stop, clf):
    """Say why training stopped before it converged, and what to change; None if it converged."""
    minibatches = clf.solver != "lbfgs"
    if stop is Stop.MAX_ITER:
        if minibatches and SCHEDULES[clf.learning_rate].planned:
            return None  # a schedule that has run its course has converged by design
        return (
            f"Maximum iterations (max_iter={clf.max_iter}) reached and the optimization hasn't "
            "converged yet. Raise max_iter, or scale the features to similar ranges."
        )
    if stop is Stop.MAX_TIME:
        also = ", or batch_size" if minibatches else ""
        return (
            f"The time (max_time={clf.max_time} s) was up after {clf.n_iter_} {unit(clf.solver)} "
            f"and the optimization hasn't converged yet. Raise max_time{also}."
        )
    if stop is Stop.MAX_FUN:
        return (
            f"Maximum evaluations (max_fun={clf.max_fun}) reached and the optimization hasn't "
            "converged yet. Raise max_fun, or scale the features to similar ranges."
        )
    if stop is Stop.LINE_SEARCH:
        also = ", or train in float64" if clf.parameters_.dtype == np.float32 else ""
        return (
            "L-BFGS stopped where it found no better point, with a gradient above "
            f"tol={clf.tol}. Raise tol, or scale the features to similar ranges{also}."
        )
    losses = clf.loss_curve_[-clf.n_iter_ :]
    if stop is Stop.NO_IMPROVEMENT and losses[-1] > losses[0]:
        return (
            f"Training stopped with a loss of {losses[-1]:.3g}, above that of its first epoch, "
            f"{losses[0]:.3g}: the steps are too large. Lower "
            f"learning_rate_init={clf.learning_rate_init}, set max_grad_norm, or scale the "
            "features to similar ranges."
        )
    if stop is Stop.DIVERGED:
        also = ""
        if minibatches:
            also = f"lower learning_rate_init={clf.learning_rate_init}, set max_grad_norm, "
        return (
            f"Training diverged: the loss was not finite after {clf.n_iter_} {unit(clf.solver)}. "
            "The estimator keeps the last weights with a finite loss. Scale the features to "
            f"similar ranges, {also}or lower alpha={clf.alpha} if it is huge."
        )
    return None


def warn(message, category=UserWarning):
    """Warn as if from the line that called the estimator."""
    frame, level = sys._getframe(), 1
    while frame is not None and _is_ours(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def _is_ours(module):
    return module.startswith(("skmlp.", "sklearn.callback."))
