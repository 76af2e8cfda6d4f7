"""Training with L-BFGS, a quasi-Newton method that uses all rows in each iteration."""

import math

import numpy as np
from scipy.optimize import minimize

from skmlp.network.batches import Batch
from skmlp.network.objective import Objective
from skmlp.training.monitor import DivergedError, Monitor, Stop

__all__ = ["train_lbfgs"]

# The reasons to stop at the end of an epoch, with any solver.
AT_ONCE = {Stop.MAX_TIME, Stop.CALLBACK}


class StoppedError(Exception):
    """Raised to stop training within a solver that can only be left with an exception."""

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
    """Train on all rows with L-BFGS [1]_.

    Parameters
    ----------
    objective : Objective
        The objective to minimise.
    data : Batch
        The training rows.
    monitor : Monitor
        Has the parameters, and is called at the end of each iteration.
    max_iter : int
        Maximum number of iterations, including those of a training that is resumed.
    max_fun : int
        Maximum number of evaluations of the objective.
    gradient_tol : float
        Training has converged when no entry of the gradient is larger in magnitude.

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
        # The accepted point was the last to be evaluated: `loss` is its loss.
        if not math.isfinite(loss):
            raise DivergedError
        monitor.begin_epoch()
        monitor.end_epoch(loss, len(data))
        stop = monitor.stop_reason()
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
        if result.nit == 0:  # the initial point is already a minimum
            monitor.end_epoch(result.fun, len(data))
    except DivergedError:
        monitor.restore()
        return Stop.DIVERGED
    except StoppedError as stopped:
        return stopped.stop
    except BaseException:  # the point may be an arbitrary one of the line search
        monitor.restore()
        raise
    if result.status == 1:
        return Stop.MAX_ITER if monitor.progress.n_epochs >= max_iter else Stop.MAX_FUN
    return Stop.CONVERGED if result.status == 0 else Stop.LINE_SEARCH
