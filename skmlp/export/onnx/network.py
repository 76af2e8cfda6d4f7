"""Layers, activations and labels of a network in ONNX."""

import numpy as np

from skmlp.network.activations import LEAK, SELU_ALPHA, SELU_SCALE, SOFTPLUS_LINEAR

__all__ = ["ACTIVATIONS_OF_ONNX", "argmax_label", "label_values", "logits"]


def logits(X, network):
    """Add the layers of a network to a graph; return the logits, one column a class."""
    H = X
    for W, b, name in zip(network.W, network.b, [*network.activations, None], strict=True):
        H = H.then("Gemm", W, b)
        if name is not None:
            H = ACTIVATIONS_OF_ONNX[name](H)
    return H if network.C is None else H * network.C


def argmax_label(scores, labels):
    """Return the label of the largest score of each row."""
    place = scores.then("ArgMax", dtype=np.int64, axis=1, keepdims=0)
    return scores.graph.constant(labels).then("Gather", place)


def label_values(classes):
    """Return the labels as ONNX holds them: strings, or integers."""
    if classes.dtype.kind in "OUT":
        return classes.astype(object)
    if classes.dtype.kind not in "biuf" or not (classes.astype(np.int64) == classes).all():
        raise ValueError(
            f"classes_={classes} cannot be exported to ONNX: labels must be strings, booleans or "
            "whole numbers within int64. Fit on such labels, for example y.astype(str)."
        )
    return classes.astype(np.int64)


def _exp_less_1(Z):
    """Return exp(Z) - 1 up to 0, and 0 from there on."""
    return Z.then("Min", 0).then("Exp") - 1


def _selu(Z):
    return (Z.then("Relu") + _exp_less_1(Z) * SELU_ALPHA) * SELU_SCALE


def _softplus(Z):
    curve = (Z.then("Min", SOFTPLUS_LINEAR).then("Exp") + 1).then("Log")
    return (Z > SOFTPLUS_LINEAR).where(Z, curve)


def _silu(Z):
    # Not Z times its Sigmoid, of which ONNX Runtime 1.18 makes what it lacks in float64.
    return Z / (Z.then("Neg").then("Exp") + 1)


def _normal_cdf(Z):
    """Return the probability that a standard normal number is less than Z.

    Runtimes have no error function in float64. A square wave that normal noise blurs is this
    probability, but for 1e-16, up to 8.3 around a jump of it; its Fourier series has 22 terms,
    sines of odd multiples, which Clenshaw's recurrence sums up.
    """
    if Z.dtype == np.float32:
        return (Z * np.sqrt(0.5)).then("Erf") * 0.5 + 0.5
    n = np.arange(1, 45, 2)
    *weights, b = 2 / np.pi * np.exp(-0.5 * (n * np.pi / 17) ** 2) / n
    sine = (Z.clip(-8.3, 8.3) * (np.pi / 17)).then("Sin")
    u = sine * sine * -4 + 2  # twice the cosine of twice the angle, where runtimes have no cosine
    b_next, b = b, u * b + weights.pop()
    while weights:
        b_next, b = b, u * b - b_next + weights.pop()
    return sine * (b + b_next) + 0.5


# By operators that ONNX Runtime has in float64, in old versions, too: those of ONNX for the lower
# ones of this table it has in float32 alone, or in newer versions alone.
ACTIVATIONS_OF_ONNX = {
    "identity": lambda Z: Z,
    "logistic": lambda Z: Z.then("Sigmoid"),
    "sigmoid": lambda Z: Z.then("Sigmoid"),
    "tanh": lambda Z: Z.then("Tanh"),
    "relu": lambda Z: Z.then("Relu"),
    "leaky_relu": lambda Z: Z.then("Max", Z * LEAK),
    "elu": lambda Z: Z.then("Max", _exp_less_1(Z)),
    "selu": _selu,
    "gelu": lambda Z: Z * _normal_cdf(Z),
    "silu": _silu,
    "softplus": _softplus,
    "mish": lambda Z: Z * _softplus(Z).then("Tanh"),
}
