"""L-BFGS, a quasi-Newton method, on all rows at once."""

import math

import numpy as np
from scipy.optimize import minimize

from skmlp.network.batches import Batch
from skmlp.network.objective import Objective
from skmlp.training.monitor import DivergedError, Monitor, Stop

__all__ = ["train_lbfgs"]

# What ends training by any solver at the end of an epoch.
AT_ONCE = {Stop.MAX_TIME, Stop.CALLBACK}


class StoppedError(Exception):
    """Training is to stop within a solver that can only be left by an exception."""

    def __init__(self, stop: Stop):
        super().__init__(stop.value)
        self.stop = stop


def train_lbfgs(
    objective: Objective,
    data: Batch,
    monitor: Monitor,
    *,
    max_iter: int,
    max_fun: int,
    gradient_tol: float,
) -> Stop:
    """Train on all rows at once by L-BFGS [1]_.

    Parameters
    ----------
    objective : Objective
        What to minimise.
    data : Batch
        What to train on.
    monitor : Monitor
        Holds the parameters; told of each iteration.
    max_iter : int
        Iterations at most, those counted in the progress from the start included.
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
    if monitor.progress.n_epochs >= max_iter:
        return Stop.MAX_ITER
    parameters = monitor.parameters
    loss = math.nan

    def loss_gradient(theta):
        nonlocal loss
        parameters[:] = theta
        loss, gradient = objective.loss_gradient(parameters, data)
        return loss, gradient.astype(np.float64)

    def end_iteration(theta):
        # The point accepted is the one evaluated last: `loss` is its loss.
        if not math.isfinite(loss):
            raise DivergedError
        monitor.begin_epoch()
        monitor.end_epoch(loss, len(data))
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
                "maxiter": max_iter - monitor.progress.n_epochs,
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
            monitor.end_epoch(result.fun, len(data))
    except DivergedError:
        monitor.restore()
        return Stop.DIVERGED
    except StoppedError as stopped:
        return stopped.stop
    except BaseException:  # the point may be a wild guess of the line search
        monitor.restore()
        raise
    if result.status == 1:
        return Stop.MAX_ITER if monitor.progress.n_epochs >= max_iter else Stop.MAX_FUN
    return Stop.CONVERGED if result.status == 0 else Stop.LINE_SEARCH
