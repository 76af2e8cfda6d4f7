"""The values of "auto": number of epochs, batch size, schedule and learning rate.

By default, the learning rate follows a one-cycle schedule of fixed length. The constants were
tuned together, on real tables of 250 to 34,000 training rows.
"""

import math
from collections.abc import Callable
from dataclasses import replace

from skmlp.estimator.messages import warn
from skmlp.estimator.settings import Settings

__all__ = [
    "AUTO",
    "EPOCHS",
    "RATE",
    "auto_batch_size",
    "auto_epochs",
    "fixed_length_rate",
    "hundredth",
    "resolve_auto",
]

# The parameters that may be "auto".
AUTO = ("max_iter", "batch_size", "learning_rate", "learning_rate_init")

# A minibatch is a hundredth of the rows; smaller ones than this would make steps inefficient.
MIN_BATCH_SIZE = 64
MAX_BATCH_SIZE = 1024
FIXED_LENGTH_EPOCHS = 60
# Small tables have few steps per epoch, and need more epochs. Tables of one minibatch all have the
# maximum, so that training with a weight of 2 is the same as with two copies of a row.
FIXED_LENGTH_STEPS = 500
MAX_EPOCHS = 150
FIXED_LENGTH_RATE = 0.02

STREAM_RATE = 0.002

# As in MLPClassifier.
BATCH_SIZE = 200
EPOCHS = 200
RATE = 0.001


def auto_batch_size(n_samples: int, fixed_length: bool) -> int:
    """Return the default number of rows in a minibatch.

    Parameters
    ----------
    n_samples : int
        Number of training rows.
    fixed_length : bool
        Whether the learning-rate schedule is of fixed length.

    Returns
    -------
    batch_size : int
        Number of rows, which may be larger than `n_samples`.

    Examples
    --------
    >>> from skmlp.estimator.auto import auto_batch_size
    >>> auto_batch_size(5000, fixed_length=True), auto_batch_size(5000, fixed_length=False)
    (64, 200)
    """
    if not fixed_length:
        return BATCH_SIZE
    return hundredth(n_samples, MIN_BATCH_SIZE, MAX_BATCH_SIZE)


def hundredth(n_samples: int, least: int, most: int) -> int:
    """Return a hundredth of the number of rows, limited to the given range."""
    return min(max(n_samples // 100, least), most)


def auto_epochs(n_steps: int) -> int:
    """Return the default number of epochs with a schedule of fixed length.

    Parameters
    ----------
    n_steps : int
        Number of minibatches in an epoch.

    Returns
    -------
    n_epochs : int
        60, or more if that is needed for 500 steps, up to 150.

    Examples
    --------
    >>> from skmlp.estimator.auto import auto_epochs
    >>> [auto_epochs(n_steps) for n_steps in (1, 5, 1000)]
    [150, 100, 60]
    """
    return min(max(FIXED_LENGTH_EPOCHS, math.ceil(FIXED_LENGTH_STEPS / n_steps)), MAX_EPOCHS)


def fixed_length_rate(batch_size: int, n_hidden: int) -> float:
    """Return the default for the highest learning rate of a schedule of fixed length.

    With larger minibatches there are fewer steps, and gradients are less noisy, so that larger
    steps are needed and possible. In a deep network the steps of all layers add up, so that they
    must be smaller. For solvers like Adam, both scale with the square root.

    Parameters
    ----------
    batch_size : int
        Rows in a minibatch.
    n_hidden : int
        Number of hidden layers.

    Returns
    -------
    rate : float
        0.02 for minibatches of at most 64 rows and one hidden layer.

    Examples
    --------
    >>> from skmlp.estimator.auto import fixed_length_rate
    >>> fixed_length_rate(64, 1), fixed_length_rate(256, 1), fixed_length_rate(256, 4)
    (0.02, 0.04, 0.02)
    """
    larger = max(1.0, batch_size / MIN_BATCH_SIZE)
    return FIXED_LENGTH_RATE * math.sqrt(larger / max(1, n_hidden))


def resolve_auto(
    settings: Settings,
    n_samples: int,
    auto_batch_size: Callable[[int, bool], int] = auto_batch_size,
    of_stream: bool = False,
) -> Settings:
    """Replace each "auto" by a value.

    Parameters
    ----------
    settings : Settings
        The settings as read from the estimator.
    n_samples : int
        Number of training rows.
    auto_batch_size : callable
        ``auto_batch_size(n_samples, fixed_length)`` returns the default batch size.
    of_stream : bool, default=False
        Whether the rows are a batch of a stream, to train on for one epoch.

    Returns
    -------
    settings : Settings
        The settings to train with.

    Warns
    -----
    UserWarning
        If the batch size is larger than the number of rows.
    """
    adaptive_steps = settings.solver not in ("sgd", "lbfgs")
    if settings.learning_rate == "auto":
        plan = adaptive_steps and settings.max_iter == "auto" and not of_stream
        settings = replace(settings, learning_rate="onecycle" if plan else "constant")
    elif settings.solver == "adam" and settings.learning_rate in ("invscaling", "adaptive"):
        settings = replace(settings, learning_rate="constant")  # as in MLPClassifier
    batch_size = _resolve_batch_size(settings, n_samples, auto_batch_size)
    max_iter, rate = settings.max_iter, settings.learning_rate_init
    if of_stream:
        max_iter = 1
    elif max_iter == "auto":
        max_iter = (
            auto_epochs(math.ceil(n_samples / batch_size)) if settings.fixed_length else EPOCHS
        )
    if rate == "auto":
        rate = RATE
        if adaptive_steps and of_stream:
            rate = STREAM_RATE
        elif adaptive_steps and settings.fixed_length:
            rate = fixed_length_rate(batch_size, len(settings.widths))
    return replace(settings, batch_size=batch_size, max_iter=max_iter, learning_rate_init=rate)


def _resolve_batch_size(settings, n_samples, auto_batch_size):
    if not settings.minibatches:
        return n_samples
    if settings.batch_size == "auto":
        return min(auto_batch_size(n_samples, settings.fixed_length), n_samples)
    if settings.batch_size > n_samples:
        warn(
            f"batch_size={settings.batch_size} is larger than the {n_samples} samples to train "
            "on: each epoch is one step over all of them."
        )
    return min(settings.batch_size, n_samples)
