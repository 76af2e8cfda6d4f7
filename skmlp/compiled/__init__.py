"""The passes of a training step in C, where they were compiled.

A step is matrix products, which are NumPy's, and passes over rows and parameters. Each pass is a
function of NumPy with a twin in ``passes.c``, of the same name and arguments, that reads and writes
memory once where NumPy does so for each operation. The functions of NumPy say what is computed;
they serve wherever there is no compiler, or the environment variable ``SKMLP_PURE`` is set.
"""

import os
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import TypeVar, cast

__all__ = ["COMPILED", "DESCRIPTION", "twin"]


def _load():
    """Return the extension, or None, and its description."""
    if os.environ.get("SKMLP_PURE", "0") not in ("", "0"):
        return None, "NumPy, as SKMLP_PURE is set"
    try:
        return import_module("skmlp.compiled.passes"), "compiled"
    except ImportError as error:  # it was not compiled, or not for this machine
        return None, f"NumPy, as there is no extension: {error}"


_passes, DESCRIPTION = _load()

COMPILED = _passes is not None

Pass = TypeVar("Pass", bound=Callable)


def twin(function: Pass) -> Pass:
    """Let a pass be its twin in C where ``COMPILED``, and the function of NumPy elsewhere.

    Parameters
    ----------
    function : callable
        A pass of NumPy, called by position alone. It stays at hand as ``__wrapped__``.

    Returns
    -------
    function : callable
        What takes the same arguments and does the same. Where the twin gives NotImplemented, as
        for an activation that it does not know, the function of NumPy is called.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network import activate
    >>> Z, b = np.array([[-1.0, 2.0]]), np.array([0.5, 0.5])
    >>> activate("relu", Z, b, np.empty_like(Z))  # compiled, where that is possible
    array([[0. , 2.5]])
    """
    compiled = getattr(_passes, function.__name__, None)
    if compiled is None:
        return function

    @wraps(function)
    def call(*arguments):
        result = compiled(*arguments) if COMPILED else NotImplemented
        return function(*arguments) if result is NotImplemented else result

    return cast(Pass, call)
