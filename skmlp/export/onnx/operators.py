"""Common parts of converters for skl2onnx: reading an operator, and adding its graph to a model."""

import numpy as np
from onnx import numpy_helper
from skl2onnx.common.data_types import Int64TensorType, StringTensorType, guess_numpy_type
from skl2onnx.common.utils_classifier import get_label_classes

from skmlp.export.onnx.network import label_values

__all__ = [
    "OPTIONS",
    "OPTIONS_OF_NETWORK",
    "SWITCH",
    "conclude",
    "dtype_of",
    "inputs_of",
    "labels_of",
    "shape_classes",
]

SWITCH = [True, False]
OPTIONS = {"zipmap": [*SWITCH, "columns"], "nocl": SWITCH}
OPTIONS_OF_NETWORK = {**OPTIONS, "output_class_labels": SWITCH, "raw_scores": SWITCH}

# skl2onnx does not support the newest.
VERSIONS = {"ai.onnx.ml": 2}


def shape_classes(operator):
    """Set the types of the outputs of a classifier: labels, and a score for each class."""
    labels = labels_of(operator)
    n_samples = operator.inputs[0].get_first_dimension()
    of_label = StringTensorType if labels.dtype == object else Int64TensorType
    operator.outputs[0].type = of_label([n_samples])
    operator.outputs[1].type.shape = [n_samples, len(labels)]


def labels_of(operator):
    """Return the labels of a classifier as strings or integers, as in ONNX."""
    return label_values(get_label_classes(operator.scope_inst, operator.raw_operator))


def inputs_of(graph, operator):
    """Return the inputs of an operator as values of a graph."""
    return [graph.input(variable.full_name, dtype_of(variable)) for variable in operator.inputs]


def dtype_of(variable):
    """Return the dtype of a skl2onnx variable, object for strings."""
    dtype = np.dtype(guess_numpy_type(variable.type))
    return np.dtype(object) if dtype.kind == "U" else dtype


def conclude(graph, operator, container, *values):
    """Set the outputs of an operator, and add the graph to the model."""
    for variable, value in zip(operator.outputs, values, strict=True):
        value.named(variable.full_name)
    for name, array in graph.constants.items():
        container.initializers.append(numpy_helper.from_array(array, name))
    for node in graph.nodes:
        container.add_node(
            node.operator,
            node.inputs,
            node.output,
            op_domain=node.domain,
            op_version=VERSIONS.get(node.domain),
            **node.attributes,
        )
