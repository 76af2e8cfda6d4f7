"""Converters of scikit-learn estimators whose converters in skl2onnx are incomplete.

Those of skl2onnx ignore a tuned threshold, for example, so that the ONNX model predicts other
labels. These reproduce the predictions or raise a ValueError, for all estimators within.
"""

import copy
from typing import Any

import numpy as np
import skl2onnx
from skl2onnx._parse import (
    _parse_sklearn,
    _parse_sklearn_column_transformer,
    _parse_sklearn_pipeline,
)
from skl2onnx._supported_operators import sklearn_operator_name_map
from skl2onnx.common._registration import get_converter, get_shape_calculator
from skl2onnx.common.data_types import Int64TensorType
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, Normalizer, OrdinalEncoder
from sklearn.svm import SVC, NuSVC

from skmlp.classifier import MLPSoftmaxClassifier
from skmlp.export.onnx.graph import Graph, concatenate
from skmlp.export.onnx.network import argmax_label
from skmlp.export.onnx.operators import (
    OPTIONS,
    OPTIONS_OF_NETWORK,
    SWITCH,
    conclude,
    dtype_of,
    inputs_of,
    labels_of,
    shape_classes,
)

__all__ = ["register_meta_estimators"]

# For steps with parameters that skl2onnx ignores, the values for which its conversion is correct.
CONVERTED_VALUES: dict[type, dict[str, tuple[Any, ...]]] = {
    MaxAbsScaler: {"clip": (False,)},
    OrdinalEncoder: {"min_frequency": (None,), "max_categories": (None,)},
}


def register_meta_estimators():
    """Register the converters of meta-estimators, and of steps before them."""
    register = skl2onnx.update_registered_converter
    options = {**OPTIONS, "output_class_labels": SWITCH}
    for kind, convert in (
        (TunedThresholdClassifierCV, _convert_threshold),
        (FixedThresholdClassifier, _convert_threshold),
        (CalibratedClassifierCV, _convert_calibrated),
    ):
        register(kind, f"Skmlp{kind.__name__}", shape_classes, convert, options=options)
    by_last = {"options": OPTIONS_OF_NETWORK, "parser": _parse_pipeline}
    of_any = get_shape_calculator("SklearnPipeline")
    register(Pipeline, "SkmlpPipeline", of_any, _convert_pipeline, **by_last)
    by_inner = {"options": "passthrough", "parser": _parse_inner}
    for kind in (RandomizedSearchCV, FrozenEstimator):
        register(kind, f"Skmlp{kind.__name__}", _shape_inner, _convert_inner, **by_inner)
    skl2onnx.update_registered_parser(ColumnTransformer, _parse_column_transformer)
    for kind, convert in (
        (VotingClassifier, _convert_voting),
        (StackingClassifier, _convert_stacking),
        (BaggingClassifier, _convert_bagging),
        (OneVsOneClassifier, _convert_one_vs_one),
        (OneVsRestClassifier, _convert_one_vs_rest),
        (Normalizer, _convert_normalizer),
        *((kind, _convert_step) for kind in CONVERTED_VALUES),
    ):
        _replace(kind, convert, f"Sklearn{kind.__name__}")
    _replace(LinearDiscriminantAnalysis, _convert_lda, "SklearnLinearClassifier")


def _replace(kind, convert, name):
    """Register a converter for a class that skl2onnx knows by `name`."""
    options = get_converter(name).get_allowed_options()
    alias, shape = f"Skmlp{kind.__name__}", get_shape_calculator(name)
    skl2onnx.update_registered_converter(kind, alias, shape, convert, options=options)


# Inner estimators


def _inner(estimator):
    """Return the estimator within a Pipeline, a search or a FrozenEstimator; else None."""
    if isinstance(estimator, Pipeline):
        return estimator[-1]
    if isinstance(estimator, GridSearchCV | RandomizedSearchCV):
        return estimator.best_estimator_
    return estimator.estimator if isinstance(estimator, FrozenEstimator) else None


def _innermost(estimator):
    inner = _inner(estimator)
    return estimator if inner is None else _innermost(inner)


def _copied(estimator):
    """Return a copy of an estimator and of its inner estimators."""
    copied, inner = copy.copy(estimator), _inner(estimator)
    if isinstance(estimator, Pipeline):
        copied.steps = [*estimator.steps[:-1], (estimator.steps[-1][0], _copied(inner))]
    elif inner is not None:
        name = "estimator" if isinstance(estimator, FrozenEstimator) else "best_estimator_"
        setattr(copied, name, _copied(inner))
    return copied


def _has_threshold(estimator):
    return isinstance(_innermost(estimator), (TunedThresholdClassifierCV, FixedThresholdClassifier))


def _name_of(estimator):
    """Return the name of the converter of an estimator."""
    name = sklearn_operator_name_map.get(type(estimator))
    if name is None:
        raise ValueError(
            f"A {type(estimator).__name__} within another estimator cannot be converted to ONNX: "
            "skl2onnx has no converter for it."
        )
    return name


def _outputs(graph, scope, operator, estimator):
    """Return the labels of an estimator within a meta-estimator, and the scores of the classes."""
    inner = scope.declare_local_operator(_name_of(estimator), estimator)
    inner.inputs = operator.inputs
    label = scope.declare_local_variable("label", Int64TensorType())
    scores = scope.declare_local_variable("scores", type(operator.outputs[1].type)())
    for variable in (label, scores):
        inner.outputs.append(variable)
    return (
        graph.input(label.full_name, np.int64),
        graph.input(scores.full_name, dtype_of(scores)).cast(np.float64),
    )


def _gives_raw_scores(container, estimator):
    """Check whether the converter of an estimator supports its decision function."""
    inner = _innermost(estimator)
    if isinstance(inner, SVC | NuSVC) and hasattr(inner, "predict_proba"):
        return False  # skl2onnx returns probabilities anyway
    return container.has_options(inner, "raw_scores")


def _with_raw_scores(scope, container, estimator):
    """Return a copy of an estimator, converted to its decision function instead of probabilities.

    The estimator itself, which may be elsewhere in the model, keeps its probabilities.
    """
    copied = _copied(estimator)
    inner = _innermost(copied)
    if not _gives_raw_scores(container, inner):
        with_probabilities = " with probability=True" if isinstance(inner, SVC | NuSVC) else ""
        raise ValueError(
            f"The decision function of a {type(inner).__name__}{with_probabilities} cannot be "
            "converted to ONNX: use a meta-estimator that needs its probabilities, or convert that "
            "estimator alone."
        )
    # A Pipeline passes zipmap=False only to steps without options.
    options = {"zipmap": False, "raw_scores": True}
    own = {name: value for name, value in options.items() if container.has_options(inner, name)}
    for owner in (scope, container):
        owner.add_options(id(inner), own)
    return copied


def _is_asked_for_raw_scores(container, estimator):
    """Check whether the decision function of an estimator is requested, and it has one."""
    asked = container.get_options(estimator, {"raw_scores": False})["raw_scores"]
    return asked and hasattr(estimator, "decision_function")


def _convert_changed(name, scope, operator, container, **attributes):
    """Convert an estimator with the converter that skl2onnx knows by `name`, and new attributes."""
    estimator = operator.raw_operator
    changed = copy.copy(estimator)
    vars(changed).update(attributes)
    for owner in (scope, container):
        owner.add_options(id(changed), owner.get_options(estimator))
    operator.raw_operator = changed
    get_converter(name)(scope, operator, container)


# A Pipeline and its steps


def _parse_pipeline(scope, model, inputs, custom_parsers=None):
    """Parse a Pipeline as skl2onnx does, but pass on the option raw_scores as well as zipmap."""
    options = scope.get_options(model)
    if options.get("raw_scores"):
        inner = _innermost(model)
        allowed = scope._get_allowed_options(inner, fail=False) or ()
        if "raw_scores" not in allowed:
            raise ValueError(
                "The option raw_scores of a Pipeline is for a last step that has it, not for a "
                f"{type(inner).__name__}."
            )
        # If a Pipeline has other options by its id, converters do not receive those set here.
        is_lost = len(scope.options.get(id(model), ())) > 1
        if is_lost and not isinstance(inner, MLPSoftmaxClassifier):
            raise ValueError(
                "The option raw_scores of a Pipeline would be lost with other options: set it for "
                f"the {type(inner).__name__}, options={{id(step): {{'raw_scores': True}}}}."
            )
        own = {name: value for name, value in options.items() if name in allowed}
        scope.add_options(id(model[-1]), own)
    return _parse_sklearn_pipeline(scope, model, inputs, custom_parsers=custom_parsers)


def _convert_pipeline(scope, operator, container):
    """Convert a Pipeline within another estimator."""
    if _is_asked_for_raw_scores(container, operator.raw_operator):
        operator.raw_operator = _with_raw_scores(scope, container, operator.raw_operator)
    get_converter("SklearnPipeline")(scope, operator, container)


def _parse_inner(scope, model, inputs, custom_parsers=None):
    """Parse the inner estimator of a search or a FrozenEstimator."""
    inner = _inner(model)
    scope.add_options(id(inner), scope.get_options(model))
    return _parse_sklearn(scope, inner, inputs, custom_parsers=custom_parsers)


def _shape_inner(operator):
    """Set the types of the outputs of a search or a FrozenEstimator within another estimator."""
    inner = _inner(operator.raw_operator)
    operator.raw_operator = GridSearchCV(inner, {})
    operator.raw_operator.best_estimator_ = inner
    get_shape_calculator("SklearnGridSearchCV")(operator)


def _convert_inner(scope, operator, container):
    """Convert the inner estimator with the converter of GridSearchCV."""
    get_converter("SklearnGridSearchCV")(scope, operator, container)


def _convert_step(scope, operator, container):
    step = operator.raw_operator
    parameters = step.get_params()
    for name, converted in CONVERTED_VALUES[type(step)].items():
        value = parameters.get(name, converted[0])  # older scikit-learn lacks some
        if value not in converted:
            raise ValueError(
                f"{type(step).__name__}({name}={value!r}) cannot be converted to ONNX: skl2onnx "
                f"does not use {name}, which must be one of {converted}."
            )
    get_converter(f"Sklearn{type(step).__name__}")(scope, operator, container)


def _convert_normalizer(scope, operator, container):
    """Convert a Normalizer, with the absolute maximum for norm="max", which skl2onnx lacks."""
    if operator.raw_operator.norm != "max":
        get_converter("SklearnNormalizer")(scope, operator, container)
        return
    graph = Graph(scope.get_unique_variable_name)
    dtype = dtype_of(operator.outputs[0])
    X = concatenate([matrix.cast(dtype) for matrix in inputs_of(graph, operator)])
    sizes = X.then("Abs")
    place = sizes.then("ArgMax", dtype=np.int64, axis=1, keepdims=1)
    norm = sizes.then("GatherElements", place, axis=1)
    norm = norm.then("Equal", 0, dtype=bool).where(1, norm)
    conclude(graph, operator, container, X / norm)


def _parse_column_transformer(scope, model, inputs, custom_parsers=None):
    """Parse a ColumnTransformer; raise an error for a reordering that skl2onnx ignores."""
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
                    f"The columns {places} of {name!r} in a ColumnTransformer are all columns, but "
                    "not in their original order, which ONNX would ignore: pass them in that order."
                )
    return _parse_sklearn_column_transformer(scope, resolved, inputs, custom_parsers=custom_parsers)


def _places(columns, n_columns):
    """Return the indices of columns selected by a mask, a slice or negative indices; or names."""
    try:
        return np.arange(n_columns)[columns].tolist()
    except (IndexError, TypeError):
        return columns


# Thresholds


def _convert_threshold(scope, operator, container):
    clf = operator.raw_operator
    estimator = getattr(clf, "estimator_", clf.estimator)
    has_probabilities = hasattr(estimator, "predict_proba")
    if clf.response_method == "decision_function" or not has_probabilities:
        inner = type(_innermost(estimator)).__name__
        with_probabilities = "fit it with response_method='predict_proba'"
        calibrated = f"wrap the {inner} in a CalibratedClassifierCV"
        raise ValueError(
            f"The threshold of a {type(clf).__name__} is for the decision function of a "
            f"{inner}, which cannot be converted to ONNX: "
            f"{with_probabilities if has_probabilities else calibrated}."
        )
    positive, threshold = _threshold(clf)
    graph = Graph(scope.get_unique_variable_name)
    _, P = _outputs(graph, scope, operator, estimator)
    is_less = P.then("Gather", graph.constant(np.int64(positive)), axis=1) < threshold
    labels = graph.constant(labels_of(operator)[[positive, 1 - positive]])
    label = labels.then("Gather", is_less.cast(np.int64))
    conclude(graph, operator, container, label, P.cast(dtype_of(operator.outputs[1])))


def _threshold(clf):
    """Return the index of the positive class, and the threshold on its probability."""
    if isinstance(clf, TunedThresholdClassifierCV):
        label, threshold = clf._curve_scorer._get_pos_label(), clf.best_threshold_
    else:
        label, threshold = clf.pos_label, 0.5 if clf.threshold == "auto" else clf.threshold
    return (1 if label is None else clf.classes_.tolist().index(label)), threshold


# Calibration


def _convert_calibrated(scope, operator, container):
    graph, clf = Graph(scope.get_unique_variable_name), operator.raw_operator
    parts = []
    estimators = [fitted.estimator for fitted in clf.calibrated_classifiers_]
    _check_classes(clf, estimators, "use a cv with each class in each fold")
    for fitted, estimator in zip(clf.calibrated_classifiers_, estimators, strict=True):
        is_raw = hasattr(estimator, "decision_function")
        if is_raw:
            estimator = _with_raw_scores(scope, container, estimator)
        _, scores = _outputs(graph, scope, operator, estimator)
        parts.append(_calibrated(fitted, scores, is_raw))
    first, *others = parts
    P = first.then("Sum", *others) / len(parts)
    label = argmax_label(P, labels_of(operator))
    conclude(graph, operator, container, label, P.cast(dtype_of(operator.outputs[1])))


def _calibrated(fitted, scores, is_raw):
    """Return the calibrated probabilities for scores."""
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
    """Interpolate linearly between the points of an isotonic regression, and clip beyond them."""
    x, y = (
        np.asarray(points, float) for points in (isotonic.X_thresholds_, isotonic.y_thresholds_)
    )
    if len(x) == 1:
        return score * 0 + y[0]
    passed = ((score - x[:-1]) / np.diff(x)).clip(0, 1)
    return passed.then("MatMul", np.diff(y)[:, None]) + y[0]


def _convert_lda(scope, operator, container):
    """Convert an LDA classifier; for two classes, skl2onnx doubles the logit."""
    lda = operator.raw_operator
    if len(lda.classes_) > 2 or _is_asked_for_raw_scores(container, lda):
        get_converter("SklearnLinearClassifier")(scope, operator, container)
        return
    graph, dtype = Graph(scope.get_unique_variable_name), dtype_of(operator.outputs[1])
    X = concatenate([matrix.cast(dtype) for matrix in inputs_of(graph, operator)])
    O = X.then("Gemm", np.pad(lda.coef_.T, [(0, 0), (1, 0)]), np.pad(lda.intercept_, (1, 0)))
    label = argmax_label(O, labels_of(operator))
    conclude(graph, operator, container, label, O.then("Softmax", axis=1))


# Ensembles


def _convert_voting(scope, operator, container):
    """Convert the estimators that are not dropped, with their weights."""
    voting = operator.raw_operator
    _check_converters(voting.estimators_)
    weights = np.ones(len(voting.estimators_))
    if voting.weights is not None:
        is_kept = [estimator != "drop" for _, estimator in voting.estimators]
        weights = np.asarray(voting.weights, float)[is_kept]
    if voting.voting == "hard":
        _convert_hard_vote(scope, operator, container, weights)
    else:
        # flatten_transform has an effect only on `transform`.
        changed = {"weights": weights, "flatten_transform": False}
        _convert_changed("SklearnVotingClassifier", scope, operator, container, **changed)


def _convert_hard_vote(scope, operator, container, weights):
    """Convert hard voting; the score of a class is its fraction of the votes."""
    graph, voting = Graph(scope.get_unique_variable_name), operator.raw_operator
    codes, votes = np.arange(len(voting.classes_)), []
    for estimator, weight in zip(voting.estimators_, weights, strict=True):
        label, _ = _outputs(graph, scope, operator, estimator)
        label = label.then("Reshape", [-1, 1])
        votes.append(label.then("Equal", codes, dtype=bool).cast(np.float64) * weight)
    first, *others = votes
    total = first.then("Sum", *others)
    label, P = argmax_label(total, labels_of(operator)), total / weights.sum()
    conclude(graph, operator, container, label, P.cast(dtype_of(operator.outputs[1])))


def _convert_stacking(scope, operator, container):
    stacking = operator.raw_operator
    members, final = list(stacking.estimators_), stacking.final_estimator_
    _check_converters([*members, final])
    _check_no_threshold(stacking, final)
    for k, (estimator, method) in enumerate(zip(members, stacking.stack_method_, strict=True)):
        is_raw = method == "decision_function"
        ours = isinstance(_innermost(estimator), MLPSoftmaxClassifier)
        if method == "predict" or (is_raw and ours and len(stacking.classes_) == 2):
            raise ValueError(
                f"A StackingClassifier cannot be converted to ONNX with the method {method!r} of a "
                f"{type(estimator).__name__}: fit it with stack_method='predict_proba'."
            )
        if is_raw:
            members[k] = _with_raw_scores(scope, container, estimator)
    if _is_asked_for_raw_scores(container, stacking):
        final = _with_raw_scores(scope, container, final)
    changed = {"estimators_": members, "final_estimator_": final}
    _convert_changed("SklearnStackingClassifier", scope, operator, container, **changed)


def _convert_one_vs_one(scope, operator, container):
    """Convert with decision functions, which break ties between classes."""
    members = list(operator.raw_operator.estimators_)
    _check_converters(members)
    for k, estimator in enumerate(members):
        if hasattr(estimator, "decision_function") and (
            _has_threshold(estimator) or _gives_raw_scores(container, estimator)
        ):
            members[k] = _with_raw_scores(scope, container, estimator)
    changed = {"estimators_": members}
    _convert_changed("SklearnOneVsOneClassifier", scope, operator, container, **changed)


def _convert_one_vs_rest(scope, operator, container):
    _convert_members("SklearnOneVsRestClassifier", scope, operator, container)


def _convert_bagging(scope, operator, container):
    bagging = operator.raw_operator
    _check_classes(bagging, bagging.estimators_, "use a larger max_samples")
    _convert_members("SklearnBaggingClassifier", scope, operator, container)


def _convert_members(name, scope, operator, container):
    """Convert with the members' decision functions if the ensemble's is requested."""
    ensemble = operator.raw_operator
    members = list(ensemble.estimators_)
    _check_converters(members)
    if _is_asked_for_raw_scores(container, ensemble):
        members = [_with_raw_scores(scope, container, estimator) for estimator in members]
    _convert_changed(name, scope, operator, container, estimators_=members)


def _check_converters(estimators):
    """Raise an error with the first estimator that has no converter."""
    for estimator in estimators:
        _name_of(estimator)


def _check_classes(meta_estimator, estimators, advice):
    """Raise an error if an estimator was fitted without some of the classes."""
    every = meta_estimator.classes_
    for estimator in estimators:
        if len(getattr(estimator, "classes_", every)) < len(every):
            raise ValueError(
                f"A {type(estimator).__name__} of this {type(meta_estimator).__name__} was fitted "
                f"without some of the classes, which cannot be converted to ONNX: {advice}."
            )


def _check_no_threshold(stacking, final):
    """Raise an error if the labels depend on a threshold, which the model would ignore."""
    if _has_threshold(final):
        raise ValueError(
            "A StackingClassifier that predicts by the threshold of a "
            f"{type(_innermost(final)).__name__} cannot be converted to ONNX: wrap the "
            "StackingClassifier in it instead."
        )
