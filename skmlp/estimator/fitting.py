"""A model, what it is trained on, and how, put together from the parameters and run."""

from collections.abc import Callable
from functools import cache, partial
from inspect import signature

import numpy as np
from scipy.special import entr

from skmlp.estimator.model import class_shares
from skmlp.estimator.reports import EpochPrinter, warn
from skmlp.estimator.weights import mean_weight
from skmlp.network.batches import BLOCK_ROWS, Batch
from skmlp.network.dropout import Dropout, KeepAll
from skmlp.network.objective import Objective
from skmlp.training.epochs import Minibatches, train_minibatches
from skmlp.training.lbfgs import train_lbfgs
from skmlp.training.monitor import Monitor
from skmlp.training.optimizers import OPTIMIZERS
from skmlp.training.schedules import SCHEDULES, Constant
from skmlp.training.threads import threads_for

__all__ = ["Training", "auto_batch_size", "settle_lengths"]


class Training:
    """A call of `fit` or `partial_fit`, ready to run.

    Parameters
    ----------
    p : SimpleNamespace
        The estimator's parameters, as `read_parameters` gives them, with lengths settled.
    model : Model
        What is trained, in place, from the state of the call that begins.
    data : Batch
        What to train on, weights as the user gave them.
    validation : Validation, default=None
        What to validate on.
    task : FitTask, default=None
        Whom to tell of each epoch.
    objective : type, default=Objective
        What computes the objective: ``objective(network, l2, smoothing)``.
    """

    def __init__(self, p, model, data, validation=None, task=None, objective=Objective):
        self.p = p
        self.model = model
        self.validation = validation
        state, n_samples = model.state, len(data)
        state.weigh(mean_weight(data), n_samples)
        mean = state.mean_weight
        self.data = _weighed_by(mean, data, model.parameters.dtype)
        dropouts = [Dropout(rate, state.rng) if rate else KeepAll() for rate in p.dropouts]
        self.objective = objective(
            model.network(dropouts), p.alpha / (mean * n_samples), p.label_smoothing
        )
        self.monitor = Monitor(
            model.parameters,
            state,
            tol=p.tol,
            n_iter_no_change=p.n_iter_no_change,
            max_time=p.max_time or np.inf,
            validate=validation,
            early_stopping=p.early_stopping and validation is not None,
            report=_reporter(p, model, task),
        )

    def run(self, max_iter):
        """Train; whatever ends it, leave the model with weights that are finite.

        Returns
        -------
        stop : Stop
            Why training stopped.
        """
        model, monitor = self.model, self.monitor
        threads = threads_for(min(self.p.batch_size, BLOCK_ROWS), model.layer_sizes)
        try:
            # Divergence is noticed, and said.
            with threads, np.errstate(over="ignore", invalid="ignore"):
                return self._solve(max_iter)
        finally:
            cut_off_in_mid_epoch = not np.isfinite(model.parameters).all()
            if monitor.early_stopping or cut_off_in_mid_epoch:
                monitor.restore()
            model.state.fallback = None

    def shortfall(self):
        """Say in what the trained model is no better than a constant; None if it is better."""
        history = self.model.state.history
        if history.n_epochs == 0:
            return None
        loss, constant = history.loss_curve[history.kept_epoch()], self._loss_of_a_constant()
        gain = constant - loss
        # Less than a hundredth, and than what a useless parameter gains by chance in all rows.
        if constant > 0 and gain < 0.01 * constant and gain * len(self.data) < 1:
            of_kept = " of the weights kept" if self.monitor.early_stopping else ""
            return (
                f"The loss{of_kept}, {loss:.4g}, is no better than the {constant:.4g} of "
                "predicting the shares of the classes whatever X is: scale the features "
                "(StandardScaler), change learning_rate_init, train longer, or lower alpha if it "
                "outweighs the data"
            )
        by_accuracy = self.monitor.early_stopping and self.validation.score == "accuracy"
        if by_accuracy and self.validation.predicts_one_class():
            return (
                "The weights kept by early stopping predict one class for all validation rows: "
                "take scoring='loss', or class_weight='balanced' if rare classes should count more"
            )
        return None

    def _loss_of_a_constant(self):
        shares = class_shares(self.data, len(self.model.classes))
        targets = (1 - self.p.label_smoothing) * shares + self.p.label_smoothing / len(shares)
        return float(entr(targets).sum())

    def _solve(self, max_iter):
        p, state = self.p, self.model.state
        if p.solver == "lbfgs":
            return train_lbfgs(
                self.objective,
                self.data,
                self.monitor,
                max_iter=max_iter,
                max_fun=p.max_fun,
                gradient_tol=p.tol,
            )
        state.optimizer = _resumed(_build(OPTIMIZERS[p.solver], p), state.optimizer)
        state.schedule = _resumed(_build(_schedule_class(p), p), state.schedule)
        return train_minibatches(
            self.objective,
            Minibatches(self.data, p.batch_size, state.rng if p.shuffle else None),
            state.optimizer,
            state.schedule,
            self.monitor,
            max_iter=max_iter,
            max_grad_norm=p.max_grad_norm,
        )


def _weighed_by(mean, data, dtype):
    """Give the rows with weights relative to a mean."""
    if data.weight is None and mean == 1.0:
        return data
    weight = np.ones(len(data.y)) if data.weight is None else data.weight
    with np.errstate(over="ignore"):  # of rows for validation, which do not count here
        weight = (weight / mean).astype(dtype)
    return Batch(data.X, data.y, weight, data.rows)


def auto_batch_size(n_samples, planned):
    """Give the rows of a minibatch: with a planned schedule, some twentieth of them all."""
    return int(np.clip(2 ** round(np.log2(n_samples / 20)), 32, 256)) if planned else 200


def settle_lengths(p, n_samples, batch_rows=auto_batch_size):
    """Put numbers in place of "auto" for the epochs and for the rows of a minibatch.

    A planned schedule has those that did best on real tables of 500 to 30,000 rows; others have
    those of MLPClassifier.
    """
    planned = p.solver != "lbfgs" and SCHEDULES[p.learning_rate].planned
    if p.max_iter == "auto":
        epochs = int(np.clip(round(30 * (10_000 / n_samples) ** 0.2), 10, 100))
        p.max_iter = epochs if planned else 200
    if p.solver == "lbfgs":
        p.batch_size = n_samples
    elif p.batch_size == "auto":
        p.batch_size = min(batch_rows(n_samples, planned), n_samples)
    elif p.batch_size > n_samples:
        warn(
            f"batch_size={p.batch_size} is larger than the {n_samples} samples to train "
            "on: each epoch is one step over all of them."
        )
        p.batch_size = n_samples


def _reporter(p, model, task):
    """Give what is called as each epoch ends: it prints, and asks callbacks whether to stop."""
    reports: list[Callable] = []
    if p.verbose:
        reports.append(EpochPrinter(model.state.history))
    if task is not None:
        reports.append(partial(task.end_part, model.snapshot))

    def report():
        answers = [tell() for tell in reports]
        return any(answers)

    return report if reports else None


def _schedule_class(p):
    # As MLPClassifier has it, these two are heeded by "sgd" alone.
    if p.solver == "adam" and p.learning_rate in ("invscaling", "adaptive"):
        return Constant
    return SCHEDULES[p.learning_rate]


def _build(piece, p):
    """Build an optimiser or a schedule, whose arguments have the names of parameters."""
    return piece(**{name: getattr(p, name) for name in _argument_names(piece)})


@cache
def _argument_names(piece):
    return tuple(signature(piece).parameters)


def _resumed(new, previous):
    """Give `new` the state of `previous`, where that is one of its class."""
    if type(previous) is type(new):
        new.resume(previous)
    return new
