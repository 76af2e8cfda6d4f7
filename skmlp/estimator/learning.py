"""Training of a model: set up the objective, the solver and the monitor, and run them."""

from collections.abc import Callable
from functools import cache
from inspect import signature

import numpy as np

from skmlp.estimator.auto import AUTO
from skmlp.estimator.backend import LocalBackend
from skmlp.estimator.model import Model
from skmlp.estimator.sample_weights import as_count, mean_weight
from skmlp.estimator.settings import Settings
from skmlp.network.batches import BLOCK_ROWS, Batch
from skmlp.network.dropout import Dropout, KeepAll
from skmlp.training.epochs import Minibatches, train_minibatches
from skmlp.training.lbfgs import train_lbfgs
from skmlp.training.monitor import Monitor, Stop
from skmlp.training.optimizers import OPTIMIZERS
from skmlp.training.state import TrainingState
from skmlp.training.threads import threads_for
from skmlp.training.validation import Validation

__all__ = ["learn", "strength_of_penalty"]


def learn(
    settings: Settings,
    model: Model,
    data: Batch,
    validation: Validation | None = None,
    *,
    report: Callable[[], object] | None = None,
    backend: LocalBackend | None = None,
) -> Stop:
    """Train a model in place.

    However training ends, the weights of the model are finite: if a step made them infinite, those
    before the step are restored; with early stopping, those of the best epoch; if an error occurs
    in the first epoch of the call, those before the call.

    Parameters
    ----------
    settings : Settings
        The settings, without "auto".
    model : Model
        The model to train, with the state at the start of the call.
    data : Batch
        The training rows, with the user's weights.
    validation : Validation, default=None
        Validation after each epoch.
    report : callable, default=None
        ``report()`` is called after each epoch; training stops if it returns True.
    backend : LocalBackend, default=None
        Access to the rows; None is for rows in the memory of this process.

    Returns
    -------
    stop : Stop
        Why training stopped.
    """
    state, n_samples, n_epochs = model.state, len(data), model.state.progress.n_epochs
    state.in_force = {name: getattr(settings, name) for name in AUTO}
    state.weigh(mean_weight(data.take_weight()), n_samples)
    data = _with_relative_weights(data, state.mean_weight, model.parameters.dtype)
    dropouts = [Dropout(rate, state.rng) if rate else KeepAll() for rate in settings.dropouts]
    l2 = strength_of_penalty(settings, state)
    backend = backend or LocalBackend()
    objective = backend.objective(model.network(dropouts), l2, settings.label_smoothing)
    monitor = Monitor(
        model.parameters,
        state,
        tol=settings.tol,
        n_iter_no_change=settings.n_iter_no_change,
        max_time=settings.max_time or np.inf,
        validate=validation,
        early_stopping=settings.early_stopping and validation is not None,
        report=report,
    )
    threads = threads_for(min(settings.batch_size, BLOCK_ROWS), model.layer_sizes)
    try:
        with threads, np.errstate(over="ignore", invalid="ignore"):  # divergence is reported
            return _solve(settings, objective, data, state, monitor)
    except Exception:
        if state.progress.n_epochs == n_epochs:
            monitor.restore()
        raise
    finally:
        cut_off_in_mid_epoch = not np.isfinite(model.parameters).all()
        if monitor.early_stopping or cut_off_in_mid_epoch:
            monitor.restore()
        state.fallback = None


def strength_of_penalty(settings: Settings, state: TrainingState) -> float:
    """Return `alpha` divided by the number of samples so far, or by their total weight."""
    return settings.alpha / (as_count(state.mean_weight) * state.n_weighed)


def _solve(settings, objective, data, state, monitor):
    if not settings.minibatches:
        return train_lbfgs(
            objective,
            data,
            monitor,
            max_iter=settings.max_iter,
            max_fun=settings.max_fun,
            gradient_tol=settings.tol,
        )
    state.optimizer = _resumed(_build(OPTIMIZERS[settings.solver], settings), state.optimizer)
    state.schedule = _resumed(_build(settings.schedule, settings), state.schedule)
    return train_minibatches(
        objective,
        Minibatches(data, settings.batch_size, state.rng if settings.shuffle else None),
        state.optimizer,
        state.schedule,
        monitor,
        max_iter=settings.max_iter,
        max_grad_norm=settings.max_grad_norm,
    )


def _with_relative_weights(data, mean, dtype):
    """Divide the weights of the rows by their mean."""
    if data.weight is None and mean == 1.0:
        return data
    weight = np.ones(len(data.y)) if data.weight is None else data.weight
    with np.errstate(over="ignore"):  # in weights of validation rows, which are not used here
        weight = (weight / mean).astype(dtype)
    return Batch(data.X, data.y, weight, data.rows)


def _build(piece, settings):
    """Create a solver or a schedule, whose arguments have the names of settings."""
    return piece(**{name: getattr(settings, name) for name in _argument_names(piece)})


@cache
def _argument_names(piece):
    return tuple(signature(piece).parameters)


def _resumed(new, previous):
    """Return `new` with the state of `previous`, if both are of the same class."""
    if type(previous) is type(new):
        new.resume(previous)
    return new
