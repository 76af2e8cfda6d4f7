"""Networks for ONNX."""

from functools import partial
from typing import Any

import numpy as np

from skmlp.estimator.extras import import_extra
from skmlp.estimator.files import write_whole
from skmlp.export.graph import Graph
from skmlp.network.activations import ACTIVATIONS, LEAK, SELU_ALPHA, SELU_SCALE, SOFTPLUS_LINEAR
from skmlp.version import __version__

__all__ = ["argmax_label", "label_values", "logits", "to_onnx"]

# The oldest that have all operators used, so that old runtimes read the model.
OPSET, IR_VERSION = 13, 7


def to_onnx(network, classes, path=None) -> Any:
    """Build the same network in ONNX.

    Parameters
    ----------
    network : Network
        The network.
    classes : ndarray of shape (n_classes,)
        The labels.
    path : str or path-like, default=None
        Where to write the model; None writes nothing.

    Returns
    -------
    model : onnx.ModelProto
        Takes "X", gives "label" and "probabilities".

    Raises
    ------
    ImportError
        If onnx is not installed.
    ValueError
        If the labels are no strings, whole numbers or booleans.
    """
    onnx = import_extra("onnx", "onnx", "to_onnx")
    from onnx import helper, numpy_helper

    graph = Graph()
    X = graph.input("X", network.parameters.dtype)
    O = logits(X, network)
    label = argmax_label(O, label_values(classes)).named("label")
    P = O.then("Softmax", axis=1).named("probabilities")

    def described(value, *shape):
        kind = helper.np_dtype_to_tensor_dtype(value.dtype)
        return helper.make_tensor_value_info(value.name, kind, ["n_samples", *shape])

    model = helper.make_model(
        helper.make_graph(
            [
                helper.make_node(node.operator, node.inputs, [node.output], **node.attributes)
                for node in graph.nodes
            ],
            "MLPSoftmaxClassifier",
            [described(X, network.layer_sizes[0])],
            [described(label), described(P, len(classes))],
            [numpy_helper.from_array(array, name) for name, array in graph.constants.items()],
        ),
        producer_name="skmlp",
        producer_version=__version__,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    if path is not None:
        write_whole(path, partial(onnx.save, model))
    return model


def logits(X, network):
    """Add the layers of a network to a graph; give the logits, one column a class."""
    H = X
    for W, b, name in zip(network.W, network.b, [*network.activations, None], strict=True):
        H = H.then("Gemm", W, b)
        if name is not None:
            H = _activate(H, ACTIVATIONS[name].onnx)
    return H if network.C is None else H * network.C


def argmax_label(scores, labels):
    """Give the label of the largest score of each row."""
    place = scores.then("ArgMax", dtype=np.int64, axis=1, keepdims=0)
    return scores.graph.constant(labels).then("Gather", place)


def label_values(classes):
    """Give the labels as ONNX holds them: texts, or integers."""
    if classes.dtype.kind in "OUT":
        return classes.astype(object)
    if classes.dtype.kind not in "biuf" or not (classes.astype(np.int64) == classes).all():
        raise ValueError(
            f"classes_={classes} cannot be exported to ONNX: labels must be strings, booleans or "
            "whole numbers within int64. Fit on such labels, for example y.astype(str)."
        )
    return classes.astype(np.int64)


def _activate(Z, operator):
    return FORMULAS[operator](Z) if operator in FORMULAS else Z.then(operator)


def _exp_less_1(Z):
    """Give exp(Z) - 1 up to 0, and 0 from there on."""
    return Z.then("Min", 0).then("Exp") - 1


def _selu(Z):
    return (Z.then("Relu") + _exp_less_1(Z) * SELU_ALPHA) * SELU_SCALE


def _softplus(Z):
    curve = (Z.then("Min", SOFTPLUS_LINEAR).then("Exp") + 1).then("Log")
    return (Z > SOFTPLUS_LINEAR).where(Z, curve)


def _swish(Z):
    # Not Z times its Sigmoid, of which ONNX Runtime 1.18 makes what it lacks in float64.
    return Z / (Z.then("Neg").then("Exp") + 1)


def _normal_cdf(Z):
    """Give the probability that a standard normal number is less than Z.

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


# Of these, ONNX Runtime has no operator in float64, or only newer versions have one.
FORMULAS = {
    "LeakyRelu": lambda Z: Z.then("Max", Z * LEAK),
    "Elu": lambda Z: Z.then("Max", _exp_less_1(Z)),
    "Selu": _selu,
    "Gelu": lambda Z: Z * _normal_cdf(Z),
    "Swish": _swish,
    "Softplus": _softplus,
    "Mish": lambda Z: Z * _softplus(Z).then("Tanh"),
}
