"""Messages about training: a line per epoch, and advice if training did not converge."""

import time

import numpy as np
from scipy.special import entr
from sklearn.exceptions import ConvergenceWarning

from skmlp.estimator.messages import warn
from skmlp.estimator.sample_weights import class_shares
from skmlp.training.monitor import Stop

__all__ = ["EpochPrinter", "conclude", "shortfall", "unit"]


class EpochPrinter:
    """Print a line per epoch, in aligned columns.

    Parameters
    ----------
    state : TrainingState
        State of the training, with the recorded epochs.
    """

    def __init__(self, state):
        self.state = state
        self.start = time.perf_counter()

    def __call__(self):
        """Print the line of the last recorded epoch."""
        history = self.state.history
        n_recorded = len(history.loss_curve)
        columns = [
            f"Iteration {self.state.progress.n_epochs:4d}",
            f"loss {history.loss_curve[-1]:10.6f}",
        ]
        if len(history.validation_scores) == n_recorded:
            columns.append(f"validation score {history.validation_scores[-1]:8.4f}")
            columns.append(f"validation loss {history.validation_losses[-1]:10.6f}")
        if len(history.rates) == n_recorded:
            columns.append(f"learning rate {history.rates[-1]:.2e}")
        columns.append(f"{time.perf_counter() - self.start:6.1f} s")
        print(" | ".join(columns), flush=True)


def unit(solver):
    """Return the name of what `n_iter_` counts."""
    return "iterations" if solver == "lbfgs" else "epochs"


def conclude(stop, settings, model, shortfall=None):
    """Warn if training did not converge or was no better than a constant; print why it stopped.

    Parameters
    ----------
    stop : Stop
        Why training stopped.
    settings : Settings
        The settings of the training.
    model : Model
        The trained model.
    shortfall : str or None
        The message if the model is no better than a constant.
    """
    if settings.verbose:
        n_epochs = model.state.progress.n_epochs
        print(f"Stopped after {n_epochs} {unit(settings.solver)}: {stop.value}.")
    sentences = [advice_on(stop, settings, model)]
    if shortfall is not None:
        sentences.append(f"{shortfall}.")
    if any(sentences):
        warn(" ".join(filter(None, sentences)), ConvergenceWarning)


def shortfall(settings, model, data, validation, cross_entropy):
    """Return a message if the trained model is no better than a constant, else None.

    Parameters
    ----------
    settings : Settings
        The settings of the training.
    model : Model
        The trained model.
    data : Batch
        The training data.
    validation : Validation or None
        The validation.
    cross_entropy : callable
        ``cross_entropy()`` computes the cross-entropy of the model on `data`, which takes time.
    """
    if model.state.progress.n_epochs == 0:
        return None
    return _shortfall_of_loss(settings, model, data, cross_entropy) or _shortfall_of_accuracy(
        model.state.progress, validation
    )


def _shortfall_of_loss(settings, model, data, cross_entropy):
    history, progress = model.state.history, model.state.progress
    shares, smoothing = class_shares(data, len(model.classes)), settings.label_smoothing
    smoothed = (1 - smoothing) * shares + smoothing / len(shares)
    kept = progress.best_epoch or len(history.loss_curve)
    if not _no_better(history.loss_curve[kept - 1], smoothed, data):
        return None
    loss = cross_entropy()  # the loss of the epoch contains the penalty
    if not _no_better(loss, shares, data):
        return None
    of_kept = " of the weights kept" if progress.early_stopping else ""
    return (
        f"The cross-entropy{of_kept}, {loss:.4g}, is no better than the {_entropy(shares):.4g} of "
        f"predicting the class frequencies for every X: {', '.join(_remedies(settings))}, or lower "
        f"alpha={settings.alpha} if the penalty is too strong"
    )


def _remedies(settings):
    yield "scale the features (StandardScaler)"
    if not settings.widths:
        yield "add a hidden layer (depth=1)"
    if settings.minibatches:
        yield "change learning_rate_init"
    yield "train longer"


def _shortfall_of_accuracy(progress, validation):
    by_accuracy = progress.early_stopping and validation.score == "accuracy"
    if by_accuracy and validation.predicts_one_class():
        return (
            "The weights kept by early stopping predict one class for all validation rows: "
            "use scoring='loss', or class_weight='balanced' if rare classes should count more"
        )
    return None


def _no_better(loss, shares, data):
    """Check whether a loss is no better than that of predicting the class frequencies.

    It must be better by a hundredth, or by more than an irrelevant parameter would gain by chance.
    """
    constant = _entropy(shares)
    gain = constant - loss
    return constant > 0 and not (gain >= 0.01 * constant or gain * len(data) >= 1)


def _entropy(shares):
    return float(entr(shares).sum())


def advice_on(stop, settings, model):
    """Return a message with advice if training stopped before it converged, else None."""
    n_epochs, losses = model.state.progress.n_epochs, model.state.history.loss_curve
    if stop is Stop.MAX_ITER:
        if settings.fixed_length:  # at its end, the rate is 0: training is complete
            kept_best = model.state.progress.early_stopping
            return None if kept_best else _too_large_steps(settings, losses, n_epochs)
        return (
            f"Maximum iterations (max_iter={settings.max_iter}) reached and the optimization "
            "hasn't converged yet. Raise max_iter, or scale the features to similar ranges."
        )
    if stop is Stop.MAX_TIME:
        also = ", or batch_size" if settings.minibatches else ""
        return (
            f"Maximum time (max_time={settings.max_time} s) reached after {n_epochs} "
            f"{unit(settings.solver)} and the optimization hasn't converged yet. "
            f"Raise max_time{also}."
        )
    if stop is Stop.MAX_FUN:
        return (
            f"Maximum evaluations (max_fun={settings.max_fun}) reached and the optimization hasn't "
            "converged yet. Raise max_fun, or scale the features to similar ranges."
        )
    if stop is Stop.LINE_SEARCH:
        also = ", or train in float64" if model.parameters.dtype == np.float32 else ""
        return (
            "L-BFGS stopped where it found no better point, with a gradient above "
            f"tol={settings.tol}. Raise tol, or scale the features to similar ranges{also}."
        )
    if stop is Stop.NO_IMPROVEMENT:
        return _too_large_steps(settings, losses, n_epochs)
    if stop is Stop.DIVERGED:
        also = ""
        if settings.minibatches:
            also = f"lower learning_rate_init={settings.learning_rate_init}, set max_grad_norm, "
        return (
            f"Training diverged: the loss was not finite after {n_epochs} {unit(settings.solver)}. "
            "The estimator keeps the last weights with a finite loss. Scale the features to "
            f"similar ranges, {also}or lower alpha={settings.alpha} if it is huge."
        )
    return None


def _too_large_steps(settings, losses, n_epochs):
    """Return a message with advice if the loss has grown, else None."""
    if losses[-1] <= losses[-n_epochs]:
        return None
    return (
        f"Training stopped with a loss of {losses[-1]:.3g}, above that of its first epoch, "
        f"{losses[-n_epochs]:.3g}: the steps are too large. Lower "
        f"learning_rate_init={settings.learning_rate_init}, set max_grad_norm, or scale the "
        "features to similar ranges."
    )
