"""The activation functions: a table from name to function and chain-rule step.

Each activation is two short functions:

- ``apply(Z, out)`` writes ``H = sigma(Z)`` into `out`, another array than `Z`;
- ``chain(dH, Z, H)`` turns the gradient at H into the gradient at Z, in place:
  ``dZ = dH * sigma'(Z)``.

To add one, write the two functions and a line in ``ACTIVATIONS``.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

__all__ = ["ACTIVATIONS", "Activation"]


class Activation(NamedTuple):
    """An activation function and its step of the chain rule.

    Attributes
    ----------
    apply : callable
        ``apply(Z, out)`` writes ``sigma(Z)`` into `out` and returns it.
    chain : callable
        ``chain(dH, Z, H)`` multiplies `dH` by ``sigma'(Z)`` in place and returns it.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.activations import ACTIVATIONS
    >>> relu = ACTIVATIONS["relu"]
    >>> Z = np.array([[-2.0, 3.0]])
    >>> H = relu.apply(Z, np.empty_like(Z))
    >>> H
    array([[0., 3.]])
    >>> relu.chain(np.ones_like(Z), Z, H)
    array([[0., 1.]])
    """

    apply: Callable
    chain: Callable


def identity(Z, out):
    np.copyto(out, Z)
    return out


def identity_chain(dH, Z, H):
    return dH


def logistic(Z, out):
    # tanh is many times faster than 1 / (1 + exp(-Z)) and cannot overflow.
    np.multiply(Z, 0.5, out=out)
    np.tanh(out, out=out)
    out *= 0.5
    out += 0.5
    return out


def logistic_chain(dH, Z, H):
    dH *= H
    dH *= 1 - H
    return dH


def tanh(Z, out):
    return np.tanh(Z, out=out)


def tanh_chain(dH, Z, H):
    dH *= 1 - H * H
    return dH


def relu(Z, out):
    # NumPy takes the maximum with an array three times as fast as with a number.
    out.fill(0)
    return np.maximum(Z, out, out=out)


def relu_chain(dH, Z, H):
    dH *= H > 0
    return dH


ACTIVATIONS = {
    "identity": Activation(identity, identity_chain),
    "logistic": Activation(logistic, logistic_chain),
    "sigmoid": Activation(logistic, logistic_chain),
    "tanh": Activation(tanh, tanh_chain),
    "relu": Activation(relu, relu_chain),
}
