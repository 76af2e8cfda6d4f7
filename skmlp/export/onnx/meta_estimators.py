"""Converters of scikit-learn's estimators whose converters in skl2onnx lose something.

Those of skl2onnx drop a tuned threshold, for example, and the model of ONNX predicts other labels.
These keep what the estimator does, or raise a ValueError, whichever estimators are within.
"""

import copy
from typing import Any

import numpy as np
import skl2onnx
from skl2onnx._parse import _parse_sklearn_column_transformer, _parse_sklearn_pipeline
from skl2onnx._supported_operators import sklearn_operator_name_map
from skl2onnx.common._registration import get_converter, get_shape_calculator
from skl2onnx.common.data_types import Int64TensorType
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsOneClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, Normalizer, OrdinalEncoder

from skmlp.classifier import MLPSoftmaxClassifier
from skmlp.export.onnx.graph import Graph, concatenate
from skmlp.export.onnx.network import argmax_label
from skmlp.export.onnx.operators import (
    OPTIONS,
    OPTIONS_OF_NETWORK,
    SWITCH,
    conclude,
    dtype_of,
    labels_of,
    shape_classes,
)

__all__ = ["register_meta_estimators"]

# For steps with a parameter that skl2onnx does not read, the values for which it converts rightly.
CONVERTED_VALUES: dict[type, dict[str, tuple[Any, ...]]] = {
    Normalizer: {"norm": ("l1", "l2")},
    MaxAbsScaler: {"clip": (False,)},
    OrdinalEncoder: {"min_frequency": (None,), "max_categories": (None,)},
}


def register_meta_estimators():
    """Register the converters of meta-estimators."""
    options = {**OPTIONS, "output_class_labels": SWITCH}
    for kind in (TunedThresholdClassifierCV, FixedThresholdClassifier):
        _register(kind, "SkmlpThresholdClassifier", shape_classes, _convert_threshold, options)
    _register(
        CalibratedClassifierCV,
        "SkmlpCalibratedClassifierCV",
        shape_classes,
        _convert_calibrated,
        options,
    )
    _replace(VotingClassifier, _convert_voting)
    _replace(StackingClassifier, _convert_stacking)
    _replace(BaggingClassifier, _convert_bagging)
    _replace(OneVsOneClassifier, _convert_one_vs_one)
    _register(
        Pipeline,
        "SkmlpPipeline",
        get_shape_calculator("SklearnPipeline"),
        _convert_pipeline,
        OPTIONS_OF_NETWORK,
        parser=_parse_pipeline,
    )
    skl2onnx.update_registered_parser(ColumnTransformer, _parse_column_transformer)
    for kind in CONVERTED_VALUES:
        _replace(kind, _convert_step)


def _register(kind, alias, shape, convert, options, **more):
    skl2onnx.update_registered_converter(kind, alias, shape, convert, options=options, **more)


def _replace(kind, convert):
    """Register a converter that does something before that of skl2onnx."""
    name = f"Sklearn{kind.__name__}"
    options = get_converter(name).get_allowed_options()
    _register(kind, f"Skmlp{kind.__name__}", get_shape_calculator(name), convert, options)


# What is within


def _innermost(estimator):
    """Return the classifier that a Pipeline, a search or a frozen estimator predicts by."""
    while True:
        if isinstance(estimator, Pipeline):
            estimator = estimator[-1]
        elif isinstance(estimator, GridSearchCV):
            estimator = estimator.best_estimator_
        elif isinstance(estimator, FrozenEstimator):
            estimator = estimator.estimator
        else:
            return estimator


def _has_threshold(estimator):
    return isinstance(_innermost(estimator), (TunedThresholdClassifierCV, FixedThresholdClassifier))


def _scores(graph, scope, operator, estimator):
    """Return what an estimator within a meta-estimator gives for each class."""
    if isinstance(estimator, FrozenEstimator):
        return _scores(graph, scope, operator, estimator.estimator)
    inner = scope.declare_local_operator(sklearn_operator_name_map[type(estimator)], estimator)
    inner.inputs = operator.inputs
    label = scope.declare_local_variable("label", Int64TensorType())
    scores = scope.declare_local_variable("scores", type(operator.outputs[1].type)())
    for variable in (label, scores):
        inner.outputs.append(variable)
    return graph.input(scores.full_name, dtype_of(scores)).cast(np.float64)


def _ask_raw_scores(scope, container, estimator):
    """Let an estimator give its decision function instead of probabilities."""
    inner = _innermost(estimator)
    if not container.has_options(inner, "raw_scores"):
        raise ValueError(
            f"The decision function of a {type(inner).__name__} cannot be converted to ONNX: take "
            "a meta-estimator that uses its probabilities, or convert that estimator alone."
        )
    for owner in (scope, container):
        owner.add_options(id(inner), {"raw_scores": True})


# A Pipeline and its steps


def _parse_pipeline(scope, model, inputs, custom_parsers=None):
    """Parse a Pipeline as skl2onnx does, which hands on zipmap, but not raw_scores."""
    options = scope.get_options(model)
    if options.get("raw_scores"):
        inner = _innermost(model)
        if not isinstance(inner, MLPSoftmaxClassifier):
            raise ValueError(
                "The option raw_scores of a Pipeline is for an MLPSoftmaxClassifier as its last "
                f"step, not for a {type(inner).__name__}: give it to that step by its id, "
                "options={id(pipeline[-1]): {'raw_scores': True}}."
            )
        scope.add_options(id(model[-1]), options)
    return _parse_sklearn_pipeline(scope, model, inputs, custom_parsers=custom_parsers)


def _convert_pipeline(scope, operator, container):
    """Convert a Pipeline within another estimator, likewise."""
    pipeline = operator.raw_operator
    asked = container.get_options(pipeline, {"raw_scores": False})["raw_scores"]
    if asked and hasattr(pipeline, "decision_function"):
        _ask_raw_scores(scope, container, pipeline)
    get_converter("SklearnPipeline")(scope, operator, container)


def _convert_step(scope, operator, container):
    step = operator.raw_operator
    parameters = step.get_params()
    for name, converted in CONVERTED_VALUES[type(step)].items():
        value = parameters.get(name, converted[0])  # some are new in scikit-learn
        if value not in converted:
            raise ValueError(
                f"{type(step).__name__}({name}={value!r}) cannot be converted to ONNX: skl2onnx "
                f"does not use {name}, which must be one of {converted}."
            )
    get_converter(f"Sklearn{type(step).__name__}")(scope, operator, container)


def _parse_column_transformer(scope, model, inputs, custom_parsers=None):
    """Parse a ColumnTransformer as skl2onnx does, which takes all columns in their order alone."""
    resolved = copy.copy(model)
    resolved.transformers_ = [
        (name, transformer, _places(columns, model.n_features_in_))
        for name, transformer, columns in model.transformers_
        if transformer != "drop"
    ]
    if len(inputs) == 1:
        for name, _, places in resolved.transformers_:
            in_order = list(range(model.n_features_in_))
            if isinstance(places, list) and len(places) == len(in_order) and places != in_order:
                raise ValueError(
                    f"The columns {places} of {name!r} in a ColumnTransformer are all, in another "
                    "order, which the model of ONNX would not keep: give them in their order."
                )
    return _parse_sklearn_column_transformer(scope, resolved, inputs, custom_parsers=custom_parsers)


def _places(columns, n_columns):
    """Return the numbers of columns that are given by a mask, a slice or from the end; or names."""
    try:
        return np.arange(n_columns)[columns].tolist()
    except (IndexError, TypeError):
        return columns


# Thresholds


def _convert_threshold(scope, operator, container):
    clf = operator.raw_operator
    estimator = getattr(clf, "estimator_", clf.estimator)
    if clf.response_method == "decision_function" or not hasattr(estimator, "predict_proba"):
        raise ValueError(
            f"The threshold of a {type(clf).__name__} is one of the decision function of "
            f"{type(estimator).__name__}, which cannot be converted to ONNX: fit it with "
            "response_method='predict_proba'."
        )
    positive, threshold = _threshold(clf)
    graph = Graph(scope.get_unique_variable_name)
    P = _scores(graph, scope, operator, estimator)
    is_less = P.then("Gather", graph.constant(np.int64(positive)), axis=1) < threshold
    labels = graph.constant(labels_of(operator)[[positive, 1 - positive]])
    label = labels.then("Gather", is_less.cast(np.int64))
    conclude(graph, operator, container, label, P.cast(dtype_of(operator.outputs[1])))


def _threshold(clf):
    """Return the place of the positive class, and the probability from which it is predicted."""
    if isinstance(clf, TunedThresholdClassifierCV):
        label, threshold = clf._curve_scorer._get_pos_label(), clf.best_threshold_
    else:
        label, threshold = clf.pos_label, 0.5 if clf.threshold == "auto" else clf.threshold
    return (1 if label is None else clf.classes_.tolist().index(label)), threshold


# Calibration


def _convert_calibrated(scope, operator, container):
    graph, clf = Graph(scope.get_unique_variable_name), operator.raw_operator
    parts = []
    for fitted in clf.calibrated_classifiers_:
        estimator = fitted.estimator
        if len(estimator.classes_) < len(clf.classes_):
            raise ValueError(
                f"A {type(estimator).__name__} of this CalibratedClassifierCV knows the classes "
                f"{estimator.classes_} of {clf.classes_} alone, which cannot be converted to "
                "ONNX: take a cv that has each class in each fold."
            )
        is_raw = hasattr(estimator, "decision_function")
        if is_raw:
            _ask_raw_scores(scope, container, estimator)
        scores = _scores(graph, scope, operator, estimator)
        parts.append(_calibrated(fitted, scores, is_raw))
    first, *others = parts
    P = first.then("Sum", *others) / len(parts)
    label = argmax_label(P, labels_of(operator))
    conclude(graph, operator, container, label, P.cast(dtype_of(operator.outputs[1])))


def _calibrated(fitted, scores, is_raw):
    """Return the probabilities that a calibrated classifier makes of scores."""
    calibrators, n_classes = fitted.calibrators, len(fitted.classes)
    if fitted.method == "temperature":
        Z = scores if is_raw else (scores + 1e-12).then("Log")
        return (Z * float(calibrators[0].beta_)).then("Softmax", axis=1)
    if n_classes == 2:
        scores = scores.columns([1])
    if fitted.method == "sigmoid":
        slope = [calibrator.a_ for calibrator in calibrators]
        P = (scores * np.negative(slope) - [calibrator.b_ for calibrator in calibrators]).then(
            "Sigmoid"
        )
    else:
        P = concatenate(
            [_interpolated(scores.columns([k]), each) for k, each in enumerate(calibrators)]
        )
    if n_classes == 2:
        return concatenate([P * -1 + 1, P])
    total = P.then("MatMul", np.ones((n_classes, n_classes)))
    return total.then("Equal", 0, dtype=bool).where(1 / n_classes, P / total)


def _interpolated(score, isotonic):
    """Interpolate linearly between the points of an isotonic regression, constant beyond them."""
    x, y = (
        np.asarray(points, float) for points in (isotonic.X_thresholds_, isotonic.y_thresholds_)
    )
    if len(x) == 1:
        return score * 0 + y[0]
    passed = ((score - x[:-1]) / np.diff(x)).clip(0, 1)
    return passed.then("MatMul", np.diff(y)[:, None]) + y[0]


# Ensembles


def _convert_voting(scope, operator, container):
    """Convert the estimators that are not dropped, with their weights."""
    voting = operator.raw_operator
    if voting.voting == "hard":
        _check_no_threshold(voting, voting.estimators_)
    kept = copy.copy(voting)
    kept.flatten_transform = False  # it is for `transform` alone
    if voting.weights is not None:
        is_kept = [estimator != "drop" for _, estimator in voting.estimators]
        kept.weights = np.asarray(voting.weights, float)[is_kept]
    scope.add_options(id(kept), scope.get_options(voting))
    operator.raw_operator = kept
    get_converter("SklearnVotingClassifier")(scope, operator, container)


def _convert_stacking(scope, operator, container):
    stacking = operator.raw_operator
    _check_no_threshold(stacking, [stacking.final_estimator_])
    for estimator, method in zip(stacking.estimators_, stacking.stack_method_, strict=True):
        is_raw = method == "decision_function"
        ours = isinstance(_innermost(estimator), MLPSoftmaxClassifier)
        if method == "predict" or (is_raw and ours and len(stacking.classes_) == 2):
            raise ValueError(
                f"A StackingClassifier cannot be converted to ONNX with the method {method!r} of a "
                f"{type(estimator).__name__}: fit it with stack_method='predict_proba'."
            )
        if is_raw:
            _ask_raw_scores(scope, container, estimator)
    get_converter("SklearnStackingClassifier")(scope, operator, container)


def _convert_one_vs_one(scope, operator, container):
    """Convert with decision functions, which decide between classes of equally many votes."""
    for estimator in operator.raw_operator.estimators_:
        if hasattr(estimator, "decision_function"):
            _ask_raw_scores(scope, container, estimator)
    get_converter("SklearnOneVsOneClassifier")(scope, operator, container)


def _convert_bagging(scope, operator, container):
    bagging = operator.raw_operator
    for estimator in bagging.estimators_:
        if len(getattr(estimator, "classes_", bagging.classes_)) < len(bagging.classes_):
            raise ValueError(
                f"A {type(estimator).__name__} of this BaggingClassifier was fitted without some "
                "of the classes, which cannot be converted to ONNX: take a larger max_samples."
            )
    get_converter("SklearnBaggingClassifier")(scope, operator, container)


def _check_no_threshold(meta_estimator, estimators):
    """Raise an error where a meta-estimator takes labels that the model would not take."""
    for estimator in estimators:
        if _has_threshold(estimator):
            raise ValueError(
                f"A {type(meta_estimator).__name__} that predicts by the threshold of a "
                f"{type(_innermost(estimator)).__name__} cannot be converted to ONNX: put the "
                f"{type(meta_estimator).__name__} within it."
            )
