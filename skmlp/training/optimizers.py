"""Minibatch solvers: a state, and a step that updates the parameters in place.

``step(parameters, gradient, rate, n_weights, l2)`` overwrites `gradient`. All vectors are flat,
with the `n_weights` weights before the biases, so that a step is a few operations on whole arrays.
It adds the gradient of the penalty ``l2/2 * ||W||^2`` on the weights in the same pass, and returns
the penalty.

A step is one pass over the vectors, a function that may be compiled: ``sgd``, ``adam``, ``nadam``
and ``rmsprop``. Their first arguments are the parameters, the gradient, and the solver's vectors;
then `n_weights`, `l2`, and a factor `shrinkage` on the weights, which is 1 without weight decay;
then the solver's constants.

To add a solver, write its pass and its class, and add it to ``OPTIMIZERS``; the names of its
constructor's arguments are those of the estimator's parameters.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import ClassVar, Self

import numpy as np

from skmlp.compiled import twin
from skmlp.network.batches import pieces
from skmlp.network.objective import penalise

__all__ = ["OPTIMIZERS", "SGD", "Adam", "AdamW", "NAdam", "Optimizer", "RMSprop", "clip_norm"]


def clip_norm(gradient: np.ndarray, max_norm: float) -> None:
    """Clip a gradient in place, so that its Euclidean norm is at most `max_norm`.

    Parameters
    ----------
    gradient : ndarray of shape (n_parameters,)
        The gradient, changed in place.
    max_norm : float
        The maximum norm, above 0.

    References
    ----------
    Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks",
    ICML 2013, :arxiv:`1211.5063`. The 1e-6 is PyTorch's.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.training import clip_norm
    >>> gradient = np.array([3.0, 4.0])
    >>> clip_norm(gradient, max_norm=1.0)
    >>> gradient.round(3)
    array([0.6, 0.8])
    """
    norm = math.sqrt(gradient @ gradient)
    if math.isinf(norm):  # the squares overflow, or the gradient is infinite
        peak = np.abs(gradient).max()
        norm = float(peak * np.linalg.norm(gradient / peak))
    if norm > max_norm:
        gradient *= max_norm / (norm + 1e-6)


def _pieces(
    n_weights: int, l2: float, shrinkage: float, *vectors: np.ndarray
) -> Iterator[tuple[float, tuple[np.ndarray, ...]]]:
    """Yield vectors in pieces, with penalised and shrunk weights, and the penalty of each piece."""
    for piece in pieces(*vectors):
        W, dW = (vector[: max(n_weights, 0)] for vector in piece[:2])
        penalty = penalise(W, dW, l2)
        if shrinkage != 1:
            W *= shrinkage
        n_weights -= len(piece[0])
        yield penalty, piece


@twin
def sgd(theta, gradient, v, n_weights, l2, shrinkage, momentum, rate, look_ahead, /):
    """Perform a step of `SGD`, with the last step `v`; return the penalty."""
    total = 0.0
    for penalty, (t, g, v_) in _pieces(n_weights, l2, shrinkage, theta, gradient, v):
        v_ *= momentum
        g *= rate
        v_ -= g
        if look_ahead:
            t -= g
            t += np.multiply(v_, momentum, out=g)
        else:
            t += v_
        total += penalty
    return total


@twin
def adam(theta, gradient, M, V, n_weights, l2, shrinkage, beta_1, beta_2, epsilon, rate, /):
    """Perform a step of `Adam`, with the decaying sums `M` and `V`; return the penalty."""
    total = 0.0
    for penalty, (t, g, m, v) in _pieces(n_weights, l2, shrinkage, theta, gradient, M, V):
        _decay_and_add(m, v, g, beta_1, beta_2)
        t -= _scaled(m, v, epsilon, rate, out=g)
        total += penalty
    return total


@twin
def nadam(
    theta,
    gradient,
    M,
    V,
    n_weights,
    l2,
    shrinkage,
    beta_1,
    beta_2,
    epsilon,
    rate,
    now,
    following,
    /,
):
    """Perform a step of `NAdam`, with factors of the gradient and of `M`; return the penalty."""
    total = 0.0
    for penalty, (t, g, m, v) in _pieces(n_weights, l2, shrinkage, theta, gradient, M, V):
        look_ahead = g * now
        _decay_and_add(m, v, g, beta_1, beta_2)
        look_ahead += m * following
        t -= _scaled(look_ahead, v, epsilon, rate, out=g)
        total += penalty
    return total


@twin
def rmsprop(theta, gradient, v, n_weights, l2, shrinkage, beta_2, epsilon, rate, share, /):
    """Perform a step of `RMSprop`, with the moving average `v`; return the penalty."""
    total = 0.0
    for penalty, (t, g, v_) in _pieces(n_weights, l2, shrinkage, theta, gradient, v):
        v_ *= beta_2
        v_ += share * g * g
        scale = np.sqrt(v_)
        scale += epsilon
        g /= scale
        g *= rate
        t -= g
        total += penalty
    return total


def _decay_and_add(M, V, g, beta_1, beta_2):
    """Update M and V, overwriting the gradient."""
    M *= beta_1
    M += g
    V *= beta_2
    g *= g
    V += g


def _scaled(numerator, V, epsilon, rate, out):
    """Compute ``rate * numerator / (sqrt(V) + epsilon)``."""
    np.sqrt(V, out=out)
    out += epsilon
    np.divide(numerator, out, out=out)
    out *= rate
    return out


class Optimizer(ABC):
    """A minibatch solver.

    Attributes
    ----------
    t : int
        Number of steps so far.
    vectors : list of ndarray of shape (n_parameters,)
        The state between steps, `n_vectors` vectors; empty before the first step.
    """

    update: ClassVar[Callable[..., float]]  # the pass over the vectors
    n_vectors: ClassVar[int]

    def __init__(self) -> None:
        self.t = 0
        self.vectors: list[np.ndarray] = []

    def step(
        self,
        parameters: np.ndarray,
        gradient: np.ndarray,
        rate: float,
        n_weights: int,
        l2: float = 0.0,
    ) -> float:
        """Update `parameters` in place with a step along `gradient`; return the penalty."""
        if self.t == 0:
            self.vectors = [np.zeros_like(parameters) for _ in range(self.n_vectors)]
        self.t += 1
        constants = self.constants(rate)
        return self.update(
            parameters, gradient, *self.vectors, n_weights, l2, self.shrinkage(rate), *constants
        )

    @abstractmethod
    def constants(self, rate: float) -> tuple[float, ...]:
        """Return the constants of the pass, for step `t`."""

    def shrinkage(self, rate: float) -> float:
        """Return the factor on the weights in a step: 1 without weight decay."""
        return 1.0

    def resume(self, previous: Self) -> None:
        """Continue from the state of another solver of this class."""
        self.t = previous.t
        self.vectors = [vector.copy() for vector in previous.vectors]


class SGD(Optimizer):
    """Stochastic gradient descent with momentum.

    ``v = momentum * v - rate * gradient``, then ``parameters += v``; with Nesterov's
    momentum the step looks ahead, ``parameters += momentum * v - rate * gradient``.

    Parameters
    ----------
    momentum : float, default=0.9
        Fraction of the last step to add to the next, in [0, 1]; 0 is gradient descent without
        momentum.
    nesterovs_momentum : bool, default=True
        Whether to use Nesterov's momentum.

    References
    ----------
    Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum
    in deep learning", ICML 2013.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.training import SGD
    >>> theta = np.array([1.0])
    >>> SGD(momentum=0).step(theta, gradient=2 * theta, rate=0.1, n_weights=1)
    0.0
    >>> theta
    array([0.8])
    """

    update = staticmethod(sgd)
    n_vectors = 1  # v

    def __init__(self, momentum: float = 0.9, nesterovs_momentum: bool = True):
        super().__init__()
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum

    def constants(self, rate: float) -> tuple[float, ...]:
        """Return the constants of the pass."""
        return self.momentum, rate, self.nesterovs_momentum


class Adam(Optimizer):
    """Adam: steps scaled by moving averages of the gradient and of its square.

    With these averages, ``m = beta_1 * m + (1 - beta_1) * gradient`` and
    ``v = beta_2 * v + (1 - beta_2) * gradient**2``, starting from 0, step t is
    ``parameters -= rate * sqrt(1 - beta_2**t) / (1 - beta_1**t) * m / (sqrt(v) + epsilon)``,
    the form at the end of section 2 of [1]_, which MLPClassifier uses as well.

    Parameters
    ----------
    beta_1 : float, default=0.9
        Decay rate of the moving average of the gradient, in [0, 1).
    beta_2 : float, default=0.999
        Decay rate of the moving average of its square, in [0, 1).
    epsilon : float, default=1e-8
        Added to the divisor for numerical stability; above 0.

    References
    ----------
    .. [1] Kingma and Ba, "Adam: A method for stochastic optimization", ICLR 2015,
       :arxiv:`1412.6980`.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.training import Adam
    >>> theta = np.array([1.0, -1.0])
    >>> Adam().step(theta, gradient=np.array([20.0, 0.3]), rate=0.1, n_weights=2)
    0.0
    >>> theta.round(6)
    array([ 0.9, -1.1])
    """

    update: ClassVar[Callable[..., float]] = staticmethod(adam)
    # M and V are decaying sums, with m = (1 - beta_1) * M and v = (1 - beta_2) * V: including these
    # factors in the rate saves passes over the vectors.
    n_vectors = 2

    def __init__(self, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8):
        super().__init__()
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def resume(self, previous: Self) -> None:
        """Continue from the state of another solver of this class."""
        super().resume(previous)
        if self.vectors:
            M, V = self.vectors
            M *= float((1 - previous.beta_1) / (1 - self.beta_1))
            V *= float((1 - previous.beta_2) / (1 - self.beta_2))

    def constants(self, rate: float) -> tuple[float, ...]:
        """Return the constants of the pass."""
        # The formula above adds epsilon to sqrt(v), not to sqrt(v_hat) as those below do.
        epsilon = self.epsilon / math.sqrt(1 - self.beta_2**self.t)
        return self._of_sums(epsilon, self._rate_of_M(rate))

    def _rate_of_M(self, rate):
        return rate * ((1 - self.beta_1) / (1 - self.beta_1**self.t))

    def _of_sums(self, epsilon, rate):
        """Convert epsilon and the rate from those for ``sqrt(v_hat)`` to those for ``sqrt(V)``."""
        scale = math.sqrt((1 - self.beta_2) / (1 - self.beta_2**self.t))  # sqrt(V) to sqrt(v_hat)
        return self.beta_1, self.beta_2, epsilon / scale, rate / scale


class AdamW(Adam):
    """Adam with decoupled weight decay: each step also shrinks the weights, not the biases.

    ``weights -= rate * weight_decay * weights``; then, with ``m_hat = m / (1 - beta_1**t)`` and
    ``v_hat = v / (1 - beta_2**t)``, ``parameters -= rate * m_hat / (sqrt(v_hat) + epsilon)``.

    Parameters
    ----------
    beta_1 : float, default=0.9
        Decay rate of the moving average of the gradient, in [0, 1).
    beta_2 : float, default=0.999
        Decay rate of the moving average of its square, in [0, 1).
    epsilon : float, default=1e-8
        Added to the divisor for numerical stability; above 0.
    weight_decay : float, default=0.01
        Decoupled weight decay per step, relative to the learning rate; at least 0.

    References
    ----------
    Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019,
    :arxiv:`1711.05101`.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.training import AdamW
    >>> theta = np.array([1.0, 1.0])
    >>> optimizer = AdamW(weight_decay=0.5)
    >>> optimizer.step(theta, gradient=np.zeros(2), rate=0.1, n_weights=1)
    0.0
    >>> theta
    array([0.95, 1.  ])
    """

    def __init__(
        self,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
    ):
        super().__init__(beta_1, beta_2, epsilon)
        self.weight_decay = weight_decay

    def constants(self, rate: float) -> tuple[float, ...]:
        """Return the constants of the pass."""
        return self._of_sums(self.epsilon, self._rate_of_M(rate))

    def shrinkage(self, rate: float) -> float:
        """Return the factor on the weights in a step."""
        return 1 - rate * self.weight_decay


class NAdam(Adam):
    """Adam with Nesterov's momentum, whose beta_1 increases over the first steps.

    With ``mu_t = beta_1 * (1 - 0.5 * 0.96**(0.004 * t))``, ``p_t = mu_1 * ... * mu_t``, and m and
    v_hat as in AdamW, step t is ``parameters -= rate * m_bar / (sqrt(v_hat) + epsilon)``, where
    ``m_bar = mu_{t+1} * m / (1 - p_{t+1}) + (1 - mu_t) * gradient / (1 - p_t)``.

    Parameters
    ----------
    beta_1 : float, default=0.9
        Decay rate of the moving average of the gradient, in [0, 1).
    beta_2 : float, default=0.999
        Decay rate of the moving average of its square, in [0, 1).
    epsilon : float, default=1e-8
        Added to the divisor for numerical stability; above 0.

    References
    ----------
    Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.training import NAdam
    >>> theta = np.array([1.0])
    >>> NAdam().step(theta, gradient=np.array([2.0]), rate=0.1, n_weights=1)
    0.0
    >>> theta.round(3)
    array([0.894])
    """

    WARM_UP = 0.004
    update = staticmethod(nadam)

    def __init__(self, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8):
        super().__init__(beta_1, beta_2, epsilon)
        self.product = 1.0  # product of the momenta so far

    def resume(self, previous: Self) -> None:
        """Continue from the state of another solver of this class."""
        super().resume(previous)
        self.product = previous.product

    def step(
        self,
        parameters: np.ndarray,
        gradient: np.ndarray,
        rate: float,
        n_weights: int,
        l2: float = 0.0,
    ) -> float:
        """Update `parameters` in place with a step along `gradient`; return the penalty."""
        self.product *= self._momentum(self.t + 1)
        return super().step(parameters, gradient, rate, n_weights, l2)

    def constants(self, rate: float) -> tuple[float, ...]:
        """Return the constants of the pass."""
        momentum, following = self._momentum(self.t), self._momentum(self.t + 1)
        share_now = (1 - momentum) / (1 - self.product)
        share_next = following * (1 - self.beta_1) / (1 - self.product * following)
        return *self._of_sums(self.epsilon, rate), share_now, share_next

    def _momentum(self, t):
        return self.beta_1 * (1 - 0.5 * 0.96 ** (t * self.WARM_UP))


class RMSprop(Optimizer):
    """RMSprop: steps along the gradient, scaled by a moving average of its square.

    ``v = beta_2 * v + (1 - beta_2) * gradient**2``, then
    ``parameters -= rate * gradient / (sqrt(v) + epsilon)``.

    Parameters
    ----------
    beta_2 : float, default=0.999
        Decay rate of the moving average of the squared gradient, in [0, 1).
    epsilon : float, default=1e-8
        Added to the divisor for numerical stability; above 0.

    References
    ----------
    Tieleman and Hinton, "Lecture 6.5: rmsprop", Neural Networks for Machine Learning, 2012.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.training import RMSprop
    >>> theta = np.array([1.0])
    >>> RMSprop(beta_2=0.99).step(theta, gradient=np.array([2.0]), rate=0.01, n_weights=1)
    0.0
    >>> theta.round(3)
    array([0.9])
    """

    update = staticmethod(rmsprop)
    n_vectors = 1  # v

    def __init__(self, beta_2: float = 0.999, epsilon: float = 1e-8):
        super().__init__()
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def constants(self, rate: float) -> tuple[float, ...]:
        """Return the constants of the pass."""
        return self.beta_2, self.epsilon, rate, 1 - self.beta_2


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "adam": Adam,
    "adamw": AdamW,
    "nadam": NAdam,
    "rmsprop": RMSprop,
}
