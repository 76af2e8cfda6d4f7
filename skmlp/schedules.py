"""Learning rates: how large the next step is.

``rate(n_seen)`` gives the rate of an epoch from the number of samples trained on before
it. ``reduce()`` is asked when training no longer improves: it lowers the rate and answers
True, or answers False, and training stops.
"""

__all__ = ["Adaptive", "Constant", "InverseScaling"]


class Constant:
    """The same rate throughout.

    Parameters
    ----------
    rate_init : float
        The rate, above 0.

    Examples
    --------
    >>> from skmlp.schedules import Constant
    >>> Constant(0.1).rate(n_seen=500)
    0.1
    """

    def __init__(self, rate_init):
        self.rate_init = rate_init

    def rate(self, n_seen):
        """Rate of an epoch before which `n_seen` samples were trained on."""
        return self.rate_init

    def reduce(self):
        """Answer that the rate cannot be lowered."""
        return False

    def resume(self, previous):
        """Go on from the state of another schedule of this class."""


class InverseScaling(Constant):
    """``rate_init / (n_seen + 1) ** power_t``, as MLPClassifier has it.

    Parameters
    ----------
    rate_init : float
        The first rate, above 0.
    power_t : float
        The exponent, at least 0.

    Examples
    --------
    >>> from skmlp.schedules import InverseScaling
    >>> InverseScaling(0.1, power_t=0.5).rate(n_seen=99)
    0.01
    """

    def __init__(self, rate_init, power_t):
        super().__init__(rate_init)
        self.power_t = power_t

    def rate(self, n_seen):
        """Rate of an epoch before which `n_seen` samples were trained on."""
        return self.rate_init / (n_seen + 1) ** self.power_t


class Adaptive(Constant):
    """A fifth of the rate each time that training no longer improves, down to 1e-6.

    Parameters
    ----------
    rate_init : float
        The first rate, above 0.

    Examples
    --------
    >>> from skmlp.schedules import Adaptive
    >>> schedule = Adaptive(0.1)
    >>> schedule.reduce(), round(schedule.rate(n_seen=500), 3)
    (True, 0.02)
    """

    LOWEST_RATE = 1e-6

    def __init__(self, rate_init):
        super().__init__(rate_init)
        self.factor = 1.0

    def rate(self, n_seen):
        """Rate of an epoch before which `n_seen` samples were trained on."""
        return self.rate_init * self.factor

    def reduce(self):
        """Divide the rate by 5, unless it is 1e-6 or less already."""
        if self.rate_init * self.factor <= self.LOWEST_RATE:
            return False
        self.factor /= 5
        return True

    def resume(self, previous):
        """Go on from the state of another schedule of this class."""
        self.factor = previous.factor
