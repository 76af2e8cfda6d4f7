"""Conversion of whole estimators to ONNX models, with an input for each column of a table."""

import json
from itertools import islice

import numpy as np
import skl2onnx
from onnx import compose, helper
from skl2onnx.common.data_types import (
    DoubleTensorType,
    FloatTensorType,
    Int64TensorType,
    StringTensorType,
)
from sklearn.base import is_classifier
from sklearn.compose import ColumnTransformer

from skmlp.classifier import MLPSoftmaxClassifier
from skmlp.export.onnx.converters import register
from skmlp.export.onnx.graph import TYPES
from skmlp.export.onnx.inputs import Input, inputs_of
from skmlp.export.onnx.network import label_values
from skmlp.version import __version__

__all__ = ["convert"]

# The oldest versions with all operators used, so that old runtimes can load the model.
OPSETS = {"": 15, "ai.onnx.ml": 3}

TENSORS = {
    "float32": FloatTensorType,
    "float64": DoubleTensorType,
    "int64": Int64TensorType,
    "object": StringTensorType,
}


def convert(estimator, X):
    """Convert an estimator.

    Parameters
    ----------
    estimator : estimator
        The fitted estimator.
    X : array-like or data frame of shape (n_samples, n_features) or None
        A few rows; None is only possible for a network.

    Returns
    -------
    model : onnx.ModelProto
        The model.
    """
    register()  # also subclasses that were defined since the import
    inputs = _inputs(estimator, X)
    matrices = [inputs] if _sees_one_matrix(estimator, inputs) else [[column] for column in inputs]
    model = skl2onnx.to_onnx(
        estimator,
        initial_types=[_initial_type(columns) for columns in matrices],
        target_opset=OPSETS,
        options={"zipmap": False} if is_classifier(estimator) else None,
        name=type(estimator).__name__,
    )
    if not _has(inputs, model):
        model = _put_before(model, matrices)
    for value in (*model.graph.input, *model.graph.output):
        for dimension in value.type.tensor_type.shape.dim[:1]:
            dimension.dim_param = "n_samples"
    model.producer_name, model.producer_version = "skmlp", __version__
    kinds = {
        value.name: column.kind for value, column in zip(model.graph.input, inputs, strict=True)
    }
    model.metadata_props.add(key="kinds", value=json.dumps(kinds))
    classes = getattr(estimator, "classes_", None)
    if isinstance(classes, np.ndarray):  # a list with several labels per sample
        labels = json.dumps(label_values(classes).tolist())
        model.metadata_props.add(key="classes", value=labels)
    return model


def _inputs(estimator, X):
    if X is not None:
        return inputs_of(estimator, X)
    if not isinstance(estimator, MLPSoftmaxClassifier):
        raise ValueError(
            f"X=None is not enough for a {type(estimator).__name__}, whose inputs are columns of a "
            "table: pass a few rows, which give their names and types."
        )
    dtype = estimator.parameters_.dtype
    return [Input("X", dtype, dtype, "number", estimator.n_features_in_)]


def _sees_one_matrix(estimator, inputs):
    """Check whether columns can be one matrix: a ColumnTransformer selects them by name."""
    parts = (estimator, *estimator.get_params().values())
    by_name = any(isinstance(part, ColumnTransformer) for part in parts)
    return len({column.seen for column in inputs}) == 1 and not by_name


def _initial_type(columns):
    name = columns[0].name if len(columns) == 1 else "X"
    width = sum(column.width for column in columns)
    return name, TENSORS[columns[0].seen.name]([None, width])


def _has(inputs, model):
    """Check whether the inputs of a model have these names and types."""
    return [(column.name, TYPES[column.fed.name]) for column in inputs] == [
        (value.name, value.type.tensor_type.elem_type) for value in model.graph.input
    ]


def _put_before(model, matrices):
    """Replace the inputs of a model by columns, which are concatenated to its input matrices."""
    columns = [column for matrix in matrices for column in matrix]
    names = _distinct(columns, {output.name for output in model.graph.output})
    prefix = "_"
    while any(name.startswith(prefix) for name in names):
        prefix += "_"
    model = compose.add_prefix(model, prefix)
    nodes, values = [], list(names)
    for k, column in enumerate(columns):
        if column.fed != column.seen:
            values[k] = f"{prefix}{k}"  # names in skl2onnx do not start with a digit
            to = TYPES[column.seen.name]
            nodes.append(helper.make_node("Cast", [names[k]], [values[k]], to=to))
    unused = iter(values)
    for matrix, seen in zip(matrices, model.graph.input, strict=True):
        parts = list(islice(unused, len(matrix)))
        nodes.append(helper.make_node("Concat", parts, [seen.name], axis=1))
    nodes += model.graph.node
    for output in model.graph.output:
        inner, output.name = output.name, output.name.removeprefix(prefix)
        nodes.append(helper.make_node("Identity", [inner], [output.name]))
    del model.graph.node[:], model.graph.input[:]
    model.graph.node.extend(nodes)
    model.graph.input.extend(map(_described, columns, names))
    return model


def _distinct(columns, taken):
    """Return distinct names for the columns, which are not names of outputs."""
    names = []
    for column in columns:
        name = column.name
        while name in taken:
            name += "_"
        taken.add(name)
        names.append(name)
    return names


def _described(column, name):
    shape = [None, column.width]
    return helper.make_tensor_value_info(name, TYPES[column.fed.name], shape)
