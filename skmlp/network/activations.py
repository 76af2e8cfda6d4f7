"""The activation functions, in a dict by name.

Each activation is two short functions:

- ``apply(Z, out)`` writes ``H = sigma(Z)`` into `out`, which must not be `Z`;
- ``chain(dH, Z, H)`` turns the gradient with respect to H into that with respect to Z, in place,
  by the chain rule: ``dZ = dH * sigma'(Z)``.

Layers use `activate` and `chain`, which take the name and the biases, and may be compiled. To add
an activation, write the two functions, and add it to ``ACTIVATIONS`` and to the dict of each
exporter; with a line in the table of the same name in ``compiled/passes.c`` it is compiled.

Sources: leaky relu, Maas, Hannun and Ng, ICML 2013; elu, Clevert, Unterthiner and
Hochreiter, :arxiv:`1511.07289`; selu, Klambauer et al., :arxiv:`1706.02515`; gelu,
Hendrycks and Gimpel, :arxiv:`1606.08415`; silu, Elfwing, Uchibe and Doya,
:arxiv:`1702.03118`; softplus, Dugas et al., NIPS 2000; mish, Misra, :arxiv:`1908.08681`.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from skmlp.compiled import twin
from skmlp.network.memory import column_sums

__all__ = ["ACTIVATIONS", "Activation", "activate", "chain"]


class Activation(NamedTuple):
    """An activation function, its step of the chain rule, and its gain.

    Attributes
    ----------
    apply : callable
        ``apply(Z, out)`` writes ``sigma(Z)`` into `out` and returns it.
    chain : callable
        ``chain(dH, Z, H)`` multiplies `dH` by ``sigma'(Z)`` in place and returns it.
    gain : float
        Factor on the initial weights of its layer that keeps the mean square of H from layer to
        layer.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network import ACTIVATIONS
    >>> relu = ACTIVATIONS["relu"]
    >>> Z = np.array([[-2.0, 3.0]])
    >>> H = relu.apply(Z, np.empty_like(Z))
    >>> H
    array([[0., 3.]])
    >>> relu.chain(np.ones_like(Z), Z, H)
    array([[0., 1.]])
    """

    apply: Callable[..., np.ndarray]
    chain: Callable[..., np.ndarray]
    gain: float


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
    # In NumPy, the maximum with an array is three times as fast as with a number.
    out.fill(0)
    return np.maximum(Z, out, out=out)


def relu_chain(dH, Z, H):
    dH *= H > 0
    return dH


LEAK = 0.01


def leaky_relu(Z, out):
    np.multiply(Z, LEAK, out=out)
    return np.maximum(Z, out, out=out)


def leaky_relu_chain(dH, Z, H):
    dH *= np.where(Z > 0, Z.dtype.type(1), Z.dtype.type(LEAK))
    return dH


def elu(Z, out):
    # exp(Z) - 1 below 0, and Z above.
    np.expm1(np.minimum(Z, 0), out=out)
    return np.maximum(Z, out, out=out)


def elu_chain(dH, Z, H):
    dH *= np.minimum(H, 0) + 1
    return dH


# Constants that keep a mean of 0 and a variance of 1 from layer to layer.
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def selu(Z, out):
    np.expm1(np.minimum(Z, 0), out=out)
    out *= SELU_ALPHA
    out += np.maximum(Z, 0)
    out *= SELU_SCALE
    return out


def selu_chain(dH, Z, H):
    dH *= np.where(Z > 0, Z.dtype.type(SELU_SCALE), H + SELU_SCALE * SELU_ALPHA)
    return dH


def gelu(Z, out):
    # Z times the probability that a standard normal number is less than Z.
    ndtr(Z, out=out)
    out *= Z
    return out


def gelu_chain(dH, Z, H):
    density = np.exp(-0.5 * Z * Z)
    density *= 1 / math.sqrt(2 * math.pi)
    density *= Z
    density += ndtr(Z)
    dH *= density
    return dH


def silu(Z, out):
    logistic(Z, out)
    out *= Z
    return out


def silu_chain(dH, Z, H):
    S = logistic(Z, np.empty_like(Z))
    dH *= S + H * (1 - S)
    return dH


SOFTPLUS_LINEAR = 20.0  # linear above this value, as in PyTorch


def softplus(Z, out):
    np.log1p(np.exp(np.minimum(Z, SOFTPLUS_LINEAR)), out=out)
    np.copyto(out, Z, where=Z > SOFTPLUS_LINEAR)
    return out


def softplus_chain(dH, Z, H):
    S = logistic(Z, np.empty_like(Z))
    S[Z > SOFTPLUS_LINEAR] = 1
    dH *= S
    return dH


def mish(Z, out):
    softplus(Z, out)
    np.tanh(out, out=out)
    out *= Z
    return out


def mish_chain(dH, Z, H):
    T = np.tanh(softplus(Z, np.empty_like(Z)))
    S = logistic(Z, np.empty_like(Z))
    dH *= T + Z * S * (1 - T * T)
    return dH


# About half of the inputs become 0, which halves the mean square.
HALF_IS_CUT = math.sqrt(2)

LOGISTIC = Activation(logistic, logistic_chain, 1)

ACTIVATIONS = {
    "identity": Activation(identity, identity_chain, 1),
    "logistic": LOGISTIC,
    "sigmoid": LOGISTIC,
    "tanh": Activation(tanh, tanh_chain, 1),
    "relu": Activation(relu, relu_chain, HALF_IS_CUT),
    "leaky_relu": Activation(leaky_relu, leaky_relu_chain, HALF_IS_CUT),
    "elu": Activation(elu, elu_chain, HALF_IS_CUT),
    "selu": Activation(selu, selu_chain, 1),
    "gelu": Activation(gelu, gelu_chain, HALF_IS_CUT),
    "silu": Activation(silu, silu_chain, HALF_IS_CUT),
    "softplus": Activation(softplus, softplus_chain, HALF_IS_CUT),
    "mish": Activation(mish, mish_chain, HALF_IS_CUT),
}


@twin
def activate(name: str, Z: np.ndarray, b: np.ndarray, H: np.ndarray, /) -> np.ndarray:
    """Add biases, then apply an activation: ``Z += b`` and ``H = sigma(Z)``.

    Parameters
    ----------
    name : str
        A name of ``ACTIVATIONS``.
    Z : ndarray of shape (n_samples, n_units), dtype float32 or float64
        Products of inputs and weights, in C order; the biases are added in place.
    b : ndarray of shape (n_units,)
        Biases.
    H : ndarray of shape (n_samples, n_units)
        Where to write the activations.

    Returns
    -------
    H : ndarray of shape (n_samples, n_units)
        The same array.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network import activate
    >>> Z, b = np.array([[-1.0, 2.0]]), np.array([0.5, 0.5])
    >>> activate("relu", Z, b, np.empty_like(Z))
    array([[0. , 2.5]])
    """
    Z += b
    return ACTIVATIONS[name].apply(Z, H)


@twin
def chain(name: str, dH: np.ndarray, Z: np.ndarray, H: np.ndarray, db: np.ndarray, /) -> np.ndarray:
    """Backpropagate through `activate`: ``dZ = dH * sigma'(Z)``, and db, its column sums.

    Parameters
    ----------
    name : str
        A name of ``ACTIVATIONS``.
    dH : ndarray of shape (n_samples, n_units), dtype float32 or float64
        Gradient with respect to H, in C order, which is overwritten by dZ.
    Z, H : ndarray of shape (n_samples, n_units)
        The arrays after `activate`.
    db : ndarray of shape (n_units,)
        Where to write the gradient with respect to the biases.

    Returns
    -------
    dZ : ndarray of shape (n_samples, n_units)
        Gradient with respect to Z, in the array dH.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network import chain
    >>> Z, db = np.array([[-0.5, 2.5], [1.0, 1.0]]), np.empty(2)
    >>> chain("relu", np.ones((2, 2)), Z, np.maximum(Z, 0), db)
    array([[0., 1.],
           [1., 1.]])
    >>> db
    array([1., 2.])
    """
    dZ = ACTIVATIONS[name].chain(dH, Z, H)
    column_sums(dZ, out=db)
    return dZ
