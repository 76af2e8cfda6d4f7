"""Warnings with the user's line, and errors with context."""

import sys
import warnings
from contextlib import contextmanager
from types import FrameType

from skmlp.estimator.compat import is_foreign

__all__ = ["called_from", "errors_with_context", "warn"]


def warn(message, category=UserWarning):
    """Warn with the line that called the estimator."""
    frame: FrameType | None = sys._getframe()
    level = 1
    while frame is not None and not is_foreign(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def called_from(*packages):
    """Check whether the call comes from a package with one of these names.

    An example is "model_selection", which scikit-learn and libraries that extend it have.
    """
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if set(packages) & set(frame.f_globals.get("__name__", "").split(".")):
            return True
        frame = frame.f_back
    return False


@contextmanager
def errors_with_context(before, after=""):
    """Add context and advice to the message of a TypeError or ValueError; also a decorator."""
    try:
        yield
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{before}{error}{after}") from error
