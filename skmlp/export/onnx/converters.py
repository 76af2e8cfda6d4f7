"""Converters of skmlp's estimators for skl2onnx."""

import skl2onnx
from skl2onnx._parse import _apply_zipmap
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType

from skmlp.classifier import MLPSoftmaxClassifier
from skmlp.export.classifiers import warn_of_own_methods
from skmlp.export.onnx.graph import Graph, concatenate
from skmlp.export.onnx.meta_estimators import register_meta_estimators
from skmlp.export.onnx.network import argmax_label, logits
from skmlp.export.onnx.operators import (
    OPTIONS,
    OPTIONS_OF_NETWORK,
    conclude,
    dtype_of,
    inputs_of,
    labels_of,
    shape_classes,
)
from skmlp.export.onnx.tabular import Columns, encode, ensemble_probabilities
from skmlp.tabular.classifier import TabularMLPClassifier
from skmlp.tabular.encoder import TabularEncoder

__all__ = ["register"]


def register():
    """Register the converters of skmlp's estimators, and of meta-estimators around them."""
    register_meta_estimators()
    of_network = {"options": OPTIONS_OF_NETWORK}
    _register(MLPSoftmaxClassifier, shape_classes, _convert_network, **of_network)
    of_ensemble = {"options": OPTIONS, "parser": _parse_ensemble}
    _register(TabularMLPClassifier, shape_classes, _convert_ensemble, **of_ensemble)
    _register(TabularEncoder, _shape_columns, _convert_encoder, parser=_parse_encoder)


def _register(kind, shape, convert, **more):
    for each in _with_subclasses(kind):
        skl2onnx.update_registered_converter(
            each, _alias(each), shape, convert, overwrite=True, **more
        )


def _with_subclasses(kind):
    """Yield a class and its subclasses, since skl2onnx needs each to be registered."""
    yield kind
    for subclass in kind.__subclasses__():
        yield from _with_subclasses(subclass)


def _alias(kind):
    """Return the name of a class in skl2onnx: that of the skmlp class that it inherits from."""
    ours = (MLPSoftmaxClassifier, TabularMLPClassifier, TabularEncoder)
    return next(f"Skmlp{own.__name__}" for own in ours if issubclass(kind, own))


# Outputs: float32 from a table, for any type of its first column


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


def _shape_columns(operator):
    n_columns = len(operator.raw_operator.get_feature_names_out())
    operator.outputs[0].type.shape = [operator.inputs[0].get_first_dimension(), n_columns]


# Computation


def _convert_network(scope, operator, container):
    warn_of_own_methods(operator.raw_operator)
    graph, clf = Graph(scope.get_unique_variable_name), operator.raw_operator
    _widths(operator)  # checks them
    dtype = dtype_of(operator.outputs[1])
    X = concatenate([matrix.cast(dtype) for matrix in inputs_of(graph, operator)])
    O = logits(X, clf._model.network())
    if scope.get_options(clf, {"raw_scores": False})["raw_scores"]:
        scores = O if len(clf.classes_) > 2 else O * 2
    else:
        scores = O.then("Softmax", axis=1)
    conclude(graph, operator, container, argmax_label(O, labels_of(operator)), scores)


def _convert_ensemble(scope, operator, container):
    warn_of_own_methods(operator.raw_operator)
    graph, clf = Graph(scope.get_unique_variable_name), operator.raw_operator
    P = ensemble_probabilities(clf, _encoded(graph, operator, clf.encoder_))
    scores = P.cast(dtype_of(operator.outputs[1]))
    conclude(graph, operator, container, argmax_label(P, labels_of(operator)), scores)


def _convert_encoder(scope, operator, container):
    warn_of_own_methods(operator.raw_operator)
    graph = Graph(scope.get_unique_variable_name)
    conclude(graph, operator, container, _encoded(graph, operator, operator.raw_operator))


def _encoded(graph, operator, encoder):
    widths = _widths(operator)
    if None in widths:
        raise ValueError(
            f"The number of columns of several inputs of {type(operator.raw_operator).__name__} is "
            "not known: set it with initial_types."
        )
    return encode(encoder._model, Columns(inputs_of(graph, operator), widths))


def _widths(operator):
    """Return the number of columns of each input, whose sum is `n_features_in_`.

    Some steps of skl2onnx do not provide it: if one input lacks it, it has the remaining columns;
    if several do, the result is None.
    """
    estimator, names = operator.raw_operator, [column.raw_name for column in operator.inputs]
    who, n_fitted = type(estimator).__name__, estimator.n_features_in_
    widths = [_width(variable) for variable in operator.inputs]
    if widths.count(None) == 1:
        known = sum(width or 0 for width in widths)
        widths[widths.index(None)] = max(n_fitted - known, 1)
    if None in widths:
        return widths
    n_columns = sum(widths)
    if n_columns != n_fitted:
        raise ValueError(
            f"The inputs have {n_columns} columns, but {who} was fitted on {n_fitted}: pass one "
            "input for each, or one for all."
        )
    fitted = getattr(estimator, "feature_names_in_", None)
    if fitted is not None and len(names) == n_columns > 1 and names != fitted.tolist():
        raise ValueError(
            f"The inputs are {names}, but {who} was fitted on {fitted.tolist()}: they must have "
            "these names, in this order."
        )
    return widths


def _width(variable):
    shape = variable.type.shape
    return shape[1] if shape is not None and len(shape) == 2 else None
