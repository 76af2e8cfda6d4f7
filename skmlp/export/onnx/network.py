"""Layers, activations and labels of a network in ONNX."""

import numpy as np

from skmlp.network.activations import LEAK, SELU_ALPHA, SELU_SCALE, SOFTPLUS_LINEAR

__all__ = ["ACTIVATIONS_OF_ONNX", "argmax_label", "label_values", "logits"]


def logits(X, network):
    """Add the layers of a network to a graph; return the logits, one column per class."""
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
    """Return the labels as strings or integers, as in ONNX."""
    if classes.dtype.kind in "OUT":
        return classes.astype(object)
    if classes.dtype.kind not in "biuf" or not (classes.astype(np.int64) == classes).all():
        raise ValueError(
            f"classes_={classes} cannot be exported to ONNX: labels must be strings, booleans or "
            "whole numbers in the range of int64. Fit with such labels, for example y.astype(str)."
        )
    return classes.astype(np.int64)


def _exp_less_1(Z):
    """Return exp(Z) - 1 for Z below 0, and 0 above."""
    return Z.then("Min", 0).then("Exp") - 1


def _selu(Z):
    return (Z.then("Relu") + _exp_less_1(Z) * SELU_ALPHA) * SELU_SCALE


def _softplus(Z):
    curve = (Z.then("Min", SOFTPLUS_LINEAR).then("Exp") + 1).then("Log")
    return (Z > SOFTPLUS_LINEAR).where(Z, curve)


def _silu(Z):
    # Not Z * Sigmoid(Z), which ONNX Runtime 1.18 fuses to an operator that it lacks in float64.
    return Z / (Z.then("Neg").then("Exp") + 1)


def _normal_cdf(Z):
    """Return the cumulative distribution function of the standard normal distribution.

    Runtimes have no error function in float64. The convolution of a square wave with the normal
    density equals this function within 8.3 of a jump, up to 1e-16. Its Fourier series has 22 terms,
    sines of odd multiples, which are summed with Clenshaw's recurrence.
    """
    if Z.dtype == np.float32:
        return (Z * np.sqrt(0.5)).then("Erf") * 0.5 + 0.5
    n = np.arange(1, 45, 2)
    *weights, b = 2 / np.pi * np.exp(-0.5 * (n * np.pi / 17) ** 2) / n
    sine = (Z.clip(-8.3, 8.3) * (np.pi / 17)).then("Sin")
    u = sine * sine * -4 + 2  # 2 cos(2 angle), since runtimes lack the cosine
    b_next, b = b, u * b + weights.pop()
    while weights:
        b_next, b = b, u * b - b_next + weights.pop()
    return sine * (b + b_next) + 0.5


# With operators that old versions of ONNX Runtime have in float64. For the last entries, ONNX has
# operators that ONNX Runtime has only in float32, or only in newer versions.
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
