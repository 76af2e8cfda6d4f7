"""Minibatch solvers: a state, and a step that moves the parameters in place.

``step(parameters, gradient, rate)`` uses `gradient` as scratch memory: its values are
gone afterwards. All vectors are flat, so a step is a few operations on whole arrays.
"""

import numpy as np

__all__ = ["SGD", "Adam"]


class SGD:
    """Stochastic gradient descent with momentum.

    ``v = momentum * v - rate * gradient``, then ``parameters += v``; with Nesterov's
    momentum the step looks ahead, ``parameters += momentum * v - rate * gradient``.

    Parameters
    ----------
    momentum : float, default=0.9
        How much of the last step is kept, in [0, 1]; 0 is plain gradient descent.
    nesterov : bool, default=True
        Whether to look ahead.

    References
    ----------
    Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum
    in deep learning", ICML 2013.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.optimizers import SGD
    >>> theta = np.array([1.0])
    >>> SGD(momentum=0).step(theta, gradient=2 * theta, rate=0.1)
    >>> theta
    array([0.8])
    """

    def __init__(self, momentum=0.9, nesterov=True):
        self.momentum = momentum
        self.nesterov = nesterov
        self.velocity = None

    def resume(self, previous):
        """Go on from the state of another optimiser of this class."""
        self.velocity = previous.velocity

    def step(self, parameters, gradient, rate):
        """Move `parameters` one step along `gradient`, in place."""
        if self.velocity is None:
            self.velocity = np.zeros_like(parameters)
        v = self.velocity
        v *= self.momentum
        gradient *= rate
        v -= gradient
        if self.nesterov:
            parameters -= gradient
            np.multiply(v, self.momentum, out=gradient)
            parameters += gradient
        else:
            parameters += v


class Adam:
    """Adam: steps scaled by running means of the gradient and of its square.

    With m and v those means and t the number of the step,
    ``parameters -= rate * sqrt(1 - beta_2**t) / (1 - beta_1**t) * m / (sqrt(v) + epsilon)``,
    the form that [1]_ gives at the end of its section 2.

    Parameters
    ----------
    beta_1 : float, default=0.9
        Decay of the mean of the gradient, in [0, 1).
    beta_2 : float, default=0.999
        Decay of the mean of its square, in [0, 1).
    epsilon : float, default=1e-8
        Keeps the division from zero; above 0.

    References
    ----------
    .. [1] Kingma and Ba, "Adam: A method for stochastic optimization", ICLR 2015,
       :arxiv:`1412.6980`.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.optimizers import Adam
    >>> theta = np.array([1.0, -1.0])
    >>> Adam().step(theta, gradient=np.array([20.0, 0.3]), rate=0.1)
    >>> theta.round(6)
    array([ 0.9, -1.1])
    """

    def __init__(self, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.t = 0
        self.M = None
        self.V = None

    def resume(self, previous):
        """Go on from the state of another optimiser of this class."""
        self.t, self.M, self.V = previous.t, previous.M, previous.V
        if self.t > 0:
            self.M *= (1 - previous.beta_1) / (1 - self.beta_1)
            self.V *= (1 - previous.beta_2) / (1 - self.beta_2)

    def step(self, parameters, gradient, rate):
        """Move `parameters` one step along `gradient`, in place."""
        if self.M is None:
            self.M, self.V = np.zeros_like(parameters), np.zeros_like(parameters)
        self.t += 1
        # M and V are plain decaying sums, m = (1 - beta_1) * M and v = (1 - beta_2) * V:
        # the constants move into the rate, which saves passes over the vectors.
        scale_m, scale_v = 1 - self.beta_1, (1 - self.beta_2) ** 0.5
        correction = (1 - self.beta_2**self.t) ** 0.5 / (1 - self.beta_1**self.t)

        self.M *= self.beta_1
        self.M += gradient
        self.V *= self.beta_2
        gradient *= gradient
        self.V += gradient
        update = np.sqrt(self.V, out=gradient)
        update += self.epsilon / scale_v
        np.divide(self.M, update, out=update)
        update *= rate * correction * scale_m / scale_v
        parameters -= update
