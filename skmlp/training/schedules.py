"""Learning-rate schedules.

``rate(n_seen, fraction)`` returns the rate of a step, given the number of samples seen before its
epoch, and the fraction of all steps done, in [0, 1). ``reduce()`` is called when training no longer
improves: it lowers the rate and returns True, or returns False, and training stops.

To add a schedule, write its class and add it to ``SCHEDULES``; the names of its constructor's
arguments are those of the estimator's parameters.
"""

import math
from typing import Self

__all__ = [
    "SCHEDULES",
    "Adaptive",
    "Constant",
    "Cosine",
    "InverseScaling",
    "Linear",
    "OneCycle",
]


class Constant:
    """Constant learning rate.

    Parameters
    ----------
    learning_rate_init : float
        The rate, above 0.

    Examples
    --------
    >>> from skmlp.training import Constant
    >>> Constant(0.1).rate(n_seen=500, fraction=0.5)
    0.1
    """

    fixed_length = False  # of fixed length, at whose end the rate is 0

    def __init__(self, learning_rate_init: float):
        self.learning_rate_init = learning_rate_init

    def rate(self, n_seen: int, fraction: float) -> float:
        """Return the rate of a step."""
        return self.learning_rate_init

    def reduce(self) -> bool:
        """Return False: the rate cannot be lowered."""
        return False

    def resume(self, previous: Self) -> None:
        """Continue from the state of another schedule of this class."""


class InverseScaling(Constant):
    """``learning_rate_init / (n_seen + 1) ** power_t``, as in MLPClassifier.

    Parameters
    ----------
    learning_rate_init : float
        The initial rate, above 0.
    power_t : float
        The exponent, at least 0.

    Examples
    --------
    >>> from skmlp.training import InverseScaling
    >>> round(InverseScaling(0.1, power_t=0.5).rate(n_seen=99, fraction=0.5), 4)
    0.01
    """

    def __init__(self, learning_rate_init: float, power_t: float):
        super().__init__(learning_rate_init)
        self.power_t = power_t

    def rate(self, n_seen: int, fraction: float) -> float:
        """Return the rate of a step."""
        return self.learning_rate_init * float(n_seen + 1) ** -self.power_t


class Adaptive(Constant):
    """Divide the rate by 5 each time that training no longer improves, down to 1e-6.

    Parameters
    ----------
    learning_rate_init : float
        The initial rate, above 0.

    Examples
    --------
    >>> from skmlp.training import Adaptive
    >>> schedule = Adaptive(0.1)
    >>> schedule.reduce(), round(schedule.rate(n_seen=500, fraction=0.5), 3)
    (True, 0.02)
    """

    LOWEST_RATE = 1e-6

    def __init__(self, learning_rate_init: float):
        super().__init__(learning_rate_init)
        self.factor = 1.0

    def rate(self, n_seen: int, fraction: float) -> float:
        """Return the rate of a step."""
        return self.learning_rate_init * self.factor

    def reduce(self) -> bool:
        """Divide the rate by 5, unless it is already 1e-6 or less."""
        if self.learning_rate_init * self.factor <= self.LOWEST_RATE:
            return False
        self.factor /= 5
        return True

    def resume(self, previous: Self) -> None:
        """Continue from the state of another schedule of this class."""
        self.factor = previous.factor


class Linear(Constant):
    """Linear increase to the highest rate, then linear decrease to 0.

    Parameters
    ----------
    learning_rate_init : float
        The highest rate, above 0.
    warmup_fraction : float
        Fraction of all steps during which the rate rises, in [0, 1).

    Examples
    --------
    >>> from skmlp.training import Linear
    >>> schedule = Linear(0.1, warmup_fraction=0.2)
    >>> [round(schedule.rate(0, fraction), 3) for fraction in (0.1, 0.2, 0.6, 0.9)]
    [0.05, 0.1, 0.05, 0.013]
    """

    fixed_length = True
    FIRST_RATE = 0.0  # relative to the highest

    def __init__(self, learning_rate_init: float, warmup_fraction: float):
        super().__init__(learning_rate_init)
        self.warmup_fraction = warmup_fraction

    def rate(self, n_seen: int, fraction: float) -> float:
        """Return the rate of a step."""
        warmup = self.warmup_fraction
        if fraction < warmup:
            part = self.FIRST_RATE + (1 - self.FIRST_RATE) * self._rise(fraction / warmup)
        else:
            part = self._fall((fraction - warmup) / (1 - warmup))
        return self.learning_rate_init * part

    def _rise(self, x):
        return x

    def _fall(self, x):
        return 1 - x


class Cosine(Linear):
    """Linear increase to the highest rate, then a decrease to 0 as half a cosine wave.

    Parameters
    ----------
    learning_rate_init : float
        The highest rate, above 0.
    warmup_fraction : float
        Fraction of all steps during which the rate rises, in [0, 1).

    References
    ----------
    Loshchilov and Hutter, "SGDR: Stochastic gradient descent with warm restarts", ICLR
    2017, :arxiv:`1608.03983`.

    Examples
    --------
    >>> from skmlp.training import Cosine
    >>> schedule = Cosine(0.1, warmup_fraction=0.0)
    >>> [round(schedule.rate(0, fraction), 3) for fraction in (0.0, 0.25, 0.5, 0.75)]
    [0.1, 0.085, 0.05, 0.015]
    """

    def _fall(self, x):
        return (1 + math.cos(math.pi * x)) / 2


class OneCycle(Cosine):
    """Increase from 1/25 of the highest rate, then a decrease to 0, each as half a cosine wave.

    Parameters
    ----------
    learning_rate_init : float
        The highest rate, above 0.
    warmup_fraction : float
        Fraction of all steps during which the rate rises, in [0, 1).

    References
    ----------
    Smith and Topin, "Super-convergence: very fast training of neural networks using large
    learning rates", 2018, :arxiv:`1708.07120`.

    Examples
    --------
    >>> from skmlp.training import OneCycle
    >>> schedule = OneCycle(0.1, warmup_fraction=0.2)
    >>> [round(schedule.rate(0, fraction), 3) for fraction in (0.0, 0.1, 0.2, 0.6)]
    [0.004, 0.052, 0.1, 0.05]
    """

    FIRST_RATE = 1 / 25

    def _rise(self, x):
        return (1 - math.cos(math.pi * x)) / 2


SCHEDULES: dict[str, type[Constant]] = {
    "constant": Constant,
    "invscaling": InverseScaling,
    "adaptive": Adaptive,
    "linear": Linear,
    "cosine": Cosine,
    "onecycle": OneCycle,
}
