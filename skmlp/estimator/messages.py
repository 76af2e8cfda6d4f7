"""Warnings that point to the user's line, and errors that say what they are about."""

import sys
import warnings
from contextlib import contextmanager
from types import FrameType

from skmlp.estimator.compat import is_foreign

__all__ = ["called_from", "errors_that_say", "warn"]


def warn(message, category=UserWarning):
    """Warn as if from the line that called the estimator."""
    frame: FrameType | None = sys._getframe()
    level = 1
    while frame is not None and not is_foreign(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def called_from(*packages):
    """Check whether a function of a package of these names, as "model_selection", is running.

    Several libraries have a package of that name: scikit-learn, and those that extend it.
    """
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if set(packages) & set(frame.f_globals.get("__name__", "").split(".")):
            return True
        frame = frame.f_back
    return False


@contextmanager
def errors_that_say(before, after=""):
    """Add to a TypeError or ValueError what it is about and what to do; also a decorator."""
    try:
        yield
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{before}{error}{after}") from error
