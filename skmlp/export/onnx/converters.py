"""Converters for skl2onnx, which make models of ONNX of what holds our estimators."""

import numpy as np
import skl2onnx
from onnx import numpy_helper
from skl2onnx._parse import _apply_zipmap, _parse_sklearn_pipeline
from skl2onnx.common.data_types import (
    FloatTensorType,
    Int64TensorType,
    StringTensorType,
    guess_numpy_type,
)
from skl2onnx.common.utils_classifier import get_label_classes
from sklearn.pipeline import Pipeline

from skmlp.classifier import MLPSoftmaxClassifier
from skmlp.export.onnx.graph import Graph, concatenate
from skmlp.export.onnx.network import argmax_label, label_values, logits
from skmlp.export.onnx.tabular import Columns, encode, ensemble_probabilities
from skmlp.tabular.classifier import TabularMLPClassifier
from skmlp.tabular.encoder import TabularEncoder

__all__ = ["register"]

# skl2onnx refuses the newest.
VERSIONS = {"ai.onnx.ml": 2}

SWITCH = [True, False]
OPTIONS = {"zipmap": [*SWITCH, "columns"], "nocl": SWITCH}
OPTIONS_OF_NETWORK = {**OPTIONS, "output_class_labels": SWITCH, "raw_scores": SWITCH}


def register():
    """Register the converter of each of our estimators, and what a Pipeline tells its last step."""
    skl2onnx.update_registered_parser(Pipeline, _parse_pipeline)
    of_network = {"options": OPTIONS_OF_NETWORK}
    _register(MLPSoftmaxClassifier, _shape_classes, _convert_network, **of_network)
    of_ensemble = {"options": OPTIONS, "parser": _parse_ensemble}
    _register(TabularMLPClassifier, _shape_classes, _convert_ensemble, **of_ensemble)
    _register(TabularEncoder, _shape_columns, _convert_encoder, parser=_parse_encoder)


def _register(kind, shape, convert, **more):
    for each in _with_subclasses(kind):
        skl2onnx.update_registered_converter(
            each, _alias(each), shape, convert, overwrite=True, **more
        )


def _with_subclasses(kind):
    """Yield a class and all that are made of it, such as that for a cluster: skl2onnx asks each."""
    yield kind
    for subclass in kind.__subclasses__():
        yield from _with_subclasses(subclass)


def _alias(kind):
    """Return the name of a class in skl2onnx: that of our class that it inherits from."""
    ours = (MLPSoftmaxClassifier, TabularMLPClassifier, TabularEncoder)
    return next(f"Skmlp{own.__name__}" for own in ours if issubclass(kind, own))


def _parse_pipeline(scope, model, inputs, custom_parsers=None):
    """Parse a Pipeline as skl2onnx does, which hands on zipmap, but not raw_scores."""
    asked = scope.get_options(model, {"raw_scores": False})["raw_scores"]
    if asked and isinstance(model[-1], MLPSoftmaxClassifier):
        scope.add_options(id(model[-1]), {"raw_scores": True})
    return _parse_sklearn_pipeline(scope, model, inputs, custom_parsers=custom_parsers)


# Outputs: float32 from a table, whatever its first column is


def _parse_encoder(scope, model, inputs, custom_parsers=None):
    return _declare(scope, model, inputs, variable=FloatTensorType())


def _parse_ensemble(scope, model, inputs, custom_parsers=None):
    of_scores = FloatTensorType()
    outputs = _declare(scope, model, inputs, label=Int64TensorType(), probabilities=of_scores)
    zipmap = scope.get_options(model, {"zipmap": True})["zipmap"]
    return _apply_zipmap(zipmap, scope, model, of_scores, outputs) if zipmap else outputs


def _declare(scope, model, inputs, **types):
    operator = scope.declare_local_operator(_alias(type(model)), model)
    operator.inputs = inputs
    for name, of_output in types.items():
        operator.outputs.append(scope.declare_local_variable(name, of_output))
    return operator.outputs


def _shape_classes(operator):
    labels = _labels(operator)
    n_samples = operator.inputs[0].get_first_dimension()
    of_label = StringTensorType if labels.dtype == object else Int64TensorType
    operator.outputs[0].type = of_label([n_samples])
    operator.outputs[1].type.shape = [n_samples, len(labels)]


def _shape_columns(operator):
    n_columns = len(operator.raw_operator.get_feature_names_out())
    operator.outputs[0].type.shape = [operator.inputs[0].get_first_dimension(), n_columns]


# What is computed


def _convert_network(scope, operator, container):
    graph, clf = Graph(scope.get_unique_variable_name), operator.raw_operator
    _check_columns(operator)
    dtype = _dtype(operator.outputs[1])
    X = concatenate([matrix.cast(dtype) for matrix in _inputs(graph, operator)])
    O = logits(X, clf._model.network())
    if scope.get_options(clf, {"raw_scores": False})["raw_scores"]:
        scores = O if len(clf.classes_) > 2 else O * 2
    else:
        scores = O.then("Softmax", axis=1)
    _conclude(graph, operator, container, argmax_label(O, _labels(operator)), scores)


def _convert_ensemble(scope, operator, container):
    graph, clf = Graph(scope.get_unique_variable_name), operator.raw_operator
    P = ensemble_probabilities(clf, _encoded(graph, operator, clf.encoder_))
    scores = P.cast(_dtype(operator.outputs[1]))
    _conclude(graph, operator, container, argmax_label(P, _labels(operator)), scores)


def _convert_encoder(scope, operator, container):
    graph = Graph(scope.get_unique_variable_name)
    _conclude(graph, operator, container, _encoded(graph, operator, operator.raw_operator))


def _labels(operator):
    return label_values(get_label_classes(operator.scope_inst, operator.raw_operator))


def _encoded(graph, operator, encoder):
    _check_columns(operator)
    widths = [variable.type.shape[1] for variable in operator.inputs]
    return encode(encoder._plan, Columns(_inputs(graph, operator), widths))


def _check_columns(operator):
    """Raise an error unless an estimator was fitted on these columns."""
    estimator, names = operator.raw_operator, [column.raw_name for column in operator.inputs]
    who = type(estimator).__name__
    widths = [variable.type.shape[1] for variable in operator.inputs]
    if None in widths:  # of some steps before, skl2onnx does not know
        return
    n_columns = sum(widths)
    if n_columns != estimator.n_features_in_:
        raise ValueError(
            f"The inputs have {n_columns} columns, but {who} was fitted on "
            f"{estimator.n_features_in_}: give an input for each, or one for all."
        )
    fitted = getattr(estimator, "feature_names_in_", None)
    if fitted is not None and len(names) == n_columns > 1 and names != fitted.tolist():
        raise ValueError(
            f"The inputs are {names}, but {who} was fitted on {fitted.tolist()}: give them these "
            "names, in this order."
        )


def _inputs(graph, operator):
    return [graph.input(variable.full_name, _dtype(variable)) for variable in operator.inputs]


def _dtype(variable):
    dtype = np.dtype(guess_numpy_type(variable.type))
    return np.dtype(object) if dtype.kind == "U" else dtype


def _conclude(graph, operator, container, *values):
    """Make values the outputs of an operator, and add the graph to the model."""
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
