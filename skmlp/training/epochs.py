"""Training in epochs of minibatches."""

import math
from collections.abc import Iterator

import numpy as np

from skmlp.network.batches import Batch, split
from skmlp.network.objective import Objective
from skmlp.training.monitor import DivergedError, Monitor, Stop
from skmlp.training.optimizers import Optimizer, clip_norm
from skmlp.training.schedules import Constant

__all__ = ["Minibatches", "train_minibatches"]


class Minibatches:
    """The minibatches of an epoch, shuffled again in each iteration over them.

    Parameters
    ----------
    data : Batch
        The training rows.
    batch_size : int
        Rows per minibatch, at least 1.
    rng : numpy.random.Generator or None
        Random numbers for the order of the rows; with None, rows are not shuffled.

    Attributes
    ----------
    n_samples : int
        Rows per epoch.
    n_steps : int
        Minibatches per epoch.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network import Batch
    >>> from skmlp.training import Minibatches
    >>> minibatches = Minibatches(Batch(np.eye(5), np.arange(5)), 2, np.random.default_rng(0))
    >>> [batch.rows.tolist() for batch in minibatches]
    [[2, 4], [3, 0], [1]]
    """

    def __init__(self, data: Batch, batch_size: int, rng: np.random.Generator | None = None):
        self.data = data
        self.batch_size = batch_size
        self.rng = rng
        self.n_samples = len(data)
        self.n_steps = math.ceil(self.n_samples / batch_size)

    def __iter__(self) -> Iterator[Batch]:
        rows = self.data.rows
        if self.rng is not None and self.n_steps > 1:  # the order within one batch has no effect
            rows = self.rng.permutation(len(rows) if isinstance(rows, range) else rows)
        return map(self.data.select, split(rows, self.batch_size))


def train_minibatches(
    objective: Objective,
    minibatches: Minibatches,
    optimizer: Optimizer,
    schedule: Constant,
    monitor: Monitor,
    *,
    max_iter: int,
    max_grad_norm: float | None = None,
) -> Stop:
    """Train in epochs of minibatches.

    Parameters
    ----------
    objective : Objective
        The objective to minimise.
    minibatches : Minibatches
        The training rows.
    optimizer : SGD, Adam, ...
        The solver.
    schedule : Constant, Cosine, ...
        The learning-rate schedule.
    monitor : Monitor
        Has the parameters, and is called at the end of each epoch.
    max_iter : int
        Maximum number of epochs, including those of a training that is resumed.
    max_grad_norm : float, default=None
        Maximum norm of the gradient; longer gradients are clipped.

    Returns
    -------
    stop : Stop
        Why training stopped.
    """
    parameters, history, progress = monitor.parameters, monitor.history, monitor.progress
    n_samples = minibatches.n_samples
    n_steps = max_iter * minibatches.n_steps
    step = progress.n_epochs * minibatches.n_steps
    # With clipping, the penalty is part of the gradient; otherwise the solver adds it.
    l2 = objective.l2 if max_grad_norm is None else 0.0
    while (stop := _stop_reason(monitor, schedule, max_iter)) is None:
        total = 0.0
        try:
            for k, batch in enumerate(minibatches):
                loss, gradient = objective.data_term(parameters, batch, 1 / len(batch))
                if not math.isfinite(loss):
                    raise DivergedError
                if k == 0:
                    monitor.begin_epoch()
                if max_grad_norm is not None:
                    loss += objective.penalise(parameters, gradient)
                    clip_norm(gradient, max_grad_norm)
                rate = schedule.rate(history.n_seen, (step + 0.5) / n_steps)
                loss += optimizer.step(parameters, gradient, rate, objective.n_weights, l2)
                total += loss * len(batch)
                step += 1
            if not math.isfinite(total):
                raise DivergedError
            monitor.end_epoch(total / n_samples, n_samples, rate)
        except DivergedError:
            monitor.restore()
            return Stop.DIVERGED
    return stop


def _stop_reason(monitor, schedule, max_iter):
    """Return the reason to stop now, or None to continue, after lowering the rate if needed.

    A schedule of fixed length does not stop without an improvement: while its rate is high, the
    loss may not decrease.
    """
    stop = monitor.stop_reason()
    if stop is Stop.NO_IMPROVEMENT and (schedule.fixed_length or schedule.reduce()):
        monitor.progress.n_stalled = 0
        stop = None
    if stop is None and monitor.progress.n_epochs >= max_iter:
        stop = Stop.MAX_ITER
    return stop
