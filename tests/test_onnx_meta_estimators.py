"""Meta-estimators of scikit-learn around our classifiers: nothing of them is lost in ONNX."""

import importlib

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import calibration
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.datasets import make_classification
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, Normalizer, OrdinalEncoder, StandardScaler

from skmlp import MLPSoftmaxClassifier, TabularEncoder, TabularMLPClassifier
from skmlp.export import to_onnx

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

onnxruntime = pytest.importorskip("onnxruntime")
skl2onnx = pytest.importorskip("skl2onnx")
importlib.import_module("skmlp.export.onnx")  # registers our converters


def network(**parameters):
    return MLPSoftmaxClassifier((8,), max_iter=25, random_state=0, **parameters)


def tabular():
    return TabularMLPClassifier((8,), n_folds=1, max_iter=5, random_state=0)


def scaled(clf):
    return make_pipeline(StandardScaler(), clf)


def problem(n_classes=2, dtype=np.float64, names=None):
    """Return data of classes of unequal frequency that overlap."""
    X, y = make_classification(
        300,
        6,
        n_informative=4,
        n_redundant=0,
        n_classes=n_classes,
        weights=[0.8, 0.1, 0.1][:n_classes],
        flip_y=0.15,
        random_state=1,
    )
    X = X * [1, 5, 1, 0.2, 1, 1] + [0, 1, -1, 0, 0, 3]
    return X.astype(dtype), y if names is None else np.array(names)[y]


def outputs_of(model, X):
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, {"X": X})


def check(clf, X, atol=1e-6):
    """Check that a model of ONNX predicts what a fitted classifier does."""
    label, P = outputs_of(to_onnx(clf, X[:2]), X)
    assert_array_equal(label, clf.predict(X))
    if hasattr(clf, "predict_proba"):
        assert_allclose(P, clf.predict_proba(X), rtol=0, atol=atol)


# Thresholds


def tuned(clf, **parameters):
    parameters = {"scoring": "balanced_accuracy", "cv": 2, **parameters}
    return TunedThresholdClassifierCV(clf, **parameters)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("names", [None, ["no", "yes"]])
@pytest.mark.parametrize("inner", [network, tabular, lambda: scaled(network())])
def test_a_tuned_threshold(inner, names, dtype):
    X, y = problem(dtype=dtype, names=names)
    clf = tuned(inner()).fit(X, y)
    by_half = clf.classes_[clf.predict_proba(X).argmax(axis=1)]
    assert (by_half != clf.predict(X)).sum() > 5
    check(clf, X)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda clf: GridSearchCV(tuned(clf), {"refit": [True]}, cv=2),
        lambda clf: tuned(GridSearchCV(clf, {"alpha": [0.1]}, cv=2)),
        lambda clf: scaled(tuned(clf)),
        lambda clf: tuned(clf, scoring=make_scorer(f1_score, pos_label=0)),
        lambda clf: tuned(CalibratedClassifierCV(clf, method="isotonic", cv=2)),
        lambda clf: FixedThresholdClassifier(clf, threshold=0.2),
        lambda clf: FixedThresholdClassifier(clf, threshold=0.8),
        lambda clf: FixedThresholdClassifier(clf),
        lambda clf: FixedThresholdClassifier(clf, threshold=0.95, pos_label=0),
        lambda clf: FixedThresholdClassifier(FrozenEstimator(clf.fit(*problem())), threshold=0.2),
    ],
)
def test_thresholds_within_and_around(wrap):
    X, y = problem()
    check(wrap(network()).fit(X, y), X)


def test_a_threshold_for_each_of_several_labels():
    X, y = problem(3)
    clf = MultiOutputClassifier(tuned(network())).fit(X, np.column_stack([y > 0, y > 1]))
    label, _ = outputs_of(to_onnx(clf, X[:1]), X)
    assert_array_equal(label, clf.predict(X))


def test_by_skl2onnx_a_threshold_is_kept_too():
    X, y = problem()
    clf = tuned(network()).fit(X, y)
    model = skl2onnx.to_onnx(clf, X[:1], options={"zipmap": False})
    assert_array_equal(outputs_of(model, X)[0], clf.predict(X))


@pytest.mark.parametrize("kind", [TunedThresholdClassifierCV, FixedThresholdClassifier])
def test_a_threshold_of_a_decision_function(kind):
    X, y = problem()
    clf = kind(network(), response_method="decision_function").fit(X, y)
    with pytest.raises(ValueError, match="fit it with response_method='predict_proba'"):
        to_onnx(clf, X[:1])


@pytest.mark.parametrize(
    "wrap",
    [
        lambda clf: VotingClassifier([("one", clf)]),
        lambda clf: VotingClassifier([("one", scaled(clf))]),
        lambda clf: StackingClassifier([("one", LogisticRegression())], clf, cv=2),
    ],
)
def test_a_threshold_whose_labels_a_meta_estimator_takes(wrap):
    X, y = problem()
    clf = wrap(FixedThresholdClassifier(network(), threshold=0.2)).fit(X, y)
    with pytest.raises(ValueError, match=r"predicts by the threshold of a Fixed.*put the"):
        to_onnx(clf, X[:1])


# Calibration


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("method", ["sigmoid", "isotonic", "temperature"])
@pytest.mark.parametrize(
    "inner",
    [
        network,
        tabular,
        lambda: scaled(network()),
        lambda: GridSearchCV(network(), {"alpha": [0.1]}, cv=2),
        lambda: BaggingClassifier(scaled(network()), n_estimators=2, random_state=0),
        lambda: VotingClassifier([("one", network())], voting="soft"),
    ],
)
def test_calibration(inner, method, n_classes):
    X, y = problem(n_classes)
    calibrated = CalibratedClassifierCV(inner(), method=method, cv=2)
    if method == "temperature" and not hasattr(calibration, "_TemperatureScaling"):
        pytest.skip("temperature scaling is newer than this scikit-learn")
    calibrated.fit(X, y)
    # TabularMLPClassifier gives float32, and isotonic regression has steep parts.
    check(calibrated, X, atol=1e-4)


def test_calibration_of_a_fitted_classifier():
    X, y = problem(3)
    check(CalibratedClassifierCV(FrozenEstimator(network().fit(X, y))).fit(X, y), X)


def test_an_isotonic_calibration_of_one_point():
    X, y = problem()
    clf = MLPSoftmaxClassifier((), max_iter=1).fit(X, y)
    clf.parameters_[:] = 0  # the same score for each row
    calibrated = CalibratedClassifierCV(FrozenEstimator(clf), method="isotonic").fit(X, y)
    check(calibrated, X)


def test_a_decision_function_that_skl2onnx_does_not_convert():
    X, y = problem()
    clf = CalibratedClassifierCV(tuned(network()), cv=2).fit(X, y)
    with pytest.raises(ValueError, match="decision function of a TunedThresholdClassifierCV"):
        to_onnx(clf, X[:1])


# Votes, stacks and bags


@pytest.mark.parametrize("voting", ["soft", "hard"])
@pytest.mark.parametrize("weights", [None, [5, 1, 3, 1]])
def test_weights_of_a_vote_of_which_one_is_dropped(voting, weights):
    X, y = problem(3)
    some = [(f"{seed}", network().set_params(random_state=seed, max_iter=5)) for seed in range(3)]
    clf = VotingClassifier([("none", "drop"), *some], voting=voting, weights=weights).fit(X, y)
    check(clf, X)


@pytest.mark.parametrize("passthrough", [True, False])
@pytest.mark.parametrize(
    ("n_classes", "method"), [(2, "predict_proba"), (3, "predict_proba"), (3, "decision_function")]
)
def test_a_stack(n_classes, method, passthrough):
    X, y = problem(n_classes)
    clf = StackingClassifier(
        [("one", network()), ("none", "drop"), ("two", scaled(network()))],
        LogisticRegression(max_iter=500),
        stack_method=method,
        passthrough=passthrough,
        cv=2,
    )
    check(clf.fit(X, y), X, atol=1e-5)


@pytest.mark.parametrize(("n_classes", "method"), [(2, "decision_function"), (3, "predict")])
def test_a_stack_by_a_method_that_skl2onnx_does_not_convert(n_classes, method):
    X, y = problem(n_classes)
    clf = StackingClassifier([("one", network())], stack_method=method, cv=2).fit(X, y)
    with pytest.raises(ValueError, match=f"method '{method}' of a MLPSoft.*'predict_proba'"):
        to_onnx(clf, X[:1])


@pytest.mark.parametrize(
    "inner",
    [
        network,
        tabular,
        lambda: scaled(network()),
        lambda: make_pipeline(TabularEncoder(), network()),
        lambda: CalibratedClassifierCV(network(), method="isotonic", cv=2),
        lambda: GridSearchCV(network(), {"alpha": [0.1]}, cv=2),
        lambda: OneVsRestClassifier(network()),
    ],
)
@pytest.mark.parametrize("sampling", [{"max_features": 0.5}, {"bootstrap_features": True}])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_bag_over_some_of_the_features(inner, sampling, dtype):
    X, y = problem(3, dtype)
    bag = BaggingClassifier(inner(), n_estimators=2, random_state=0, **sampling).fit(X, y)
    check(bag, X)


def test_a_bag_of_which_one_has_not_seen_all_classes():
    X, y = problem(3)
    bag = BaggingClassifier(scaled(network()), n_estimators=3, max_samples=8, random_state=2)
    with pytest.raises(ValueError, match=r"fitted without some of the classes.*max_samples"):
        to_onnx(bag.fit(X, y), X[:1])


@pytest.mark.parametrize("inner", [network(), scaled(network())])
def test_one_against_one(inner):
    X, y = problem(3)
    clf = OneVsOneClassifier(inner).fit(X, y)
    label, _ = outputs_of(to_onnx(clf, X[:1]), X)
    assert_array_equal(label.ravel(), clf.predict(X))


def test_a_threshold_in_one_against_one():
    X, y = problem(3)
    clf = OneVsOneClassifier(tuned(network())).fit(X, y)
    with pytest.raises(ValueError, match="decision function of a TunedThresholdClassifierCV"):
        to_onnx(clf, X[:1])


# Steps and their columns


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (Normalizer("max"), r"Normalizer\(norm='max'\) .* one of \('l1', 'l2'\)"),
        (OrdinalEncoder(min_frequency=30), r"OrdinalEncoder\(min_frequency=30\)"),
        (OrdinalEncoder(max_categories=3), r"OrdinalEncoder\(max_categories=3\)"),
    ],
)
def test_parameters_of_steps_that_skl2onnx_loses(step, message):
    X, y = problem()
    X = X.round()
    with pytest.raises(ValueError, match=message):
        to_onnx(make_pipeline(step, network()).fit(X, y), X[:1])


def test_a_scaler_that_clips():
    if "clip" not in MaxAbsScaler().get_params():
        pytest.skip("clip is newer than this scikit-learn")
    X, y = problem()
    for clip in (False, True):
        clf = make_pipeline(MaxAbsScaler(clip=clip), network()).fit(X, y)
        if clip:
            with pytest.raises(ValueError, match=r"MaxAbsScaler\(clip=True\)"):
                to_onnx(clf, X[:1])
        else:
            check(clf, X)


def on_columns(columns):
    return make_pipeline(ColumnTransformer([("some", StandardScaler(), columns)]), network())


@pytest.mark.parametrize(
    "columns",
    [
        [True, False, True, False, False, True],
        np.array([True, False, True, False, False, True]),
        slice(1, None),
        slice(-3, -1),
        [-1, 0],
        [3, 1],
        list(range(6)),
    ],
)
def test_columns_by_masks_slices_and_numbers(columns):
    X, y = problem()
    check(on_columns(columns).fit(X, y), X)


@pytest.mark.parametrize("columns", [[2, 0, 1, 5, 4, 3], [2, 2, 1, 3, 4, 5]])
def test_all_columns_in_another_order(columns):
    X, y = problem()
    with pytest.raises(ValueError, match=r"of 'some' in a ColumnTransformer are all, in another"):
        to_onnx(on_columns(columns).fit(X, y), X[:1])


def test_several_inputs_of_which_one_has_an_unknown_width():
    types = importlib.import_module("skl2onnx.common.data_types")
    X, y = problem()
    clf = tabular().fit(X, y)
    of_types = [("a", types.DoubleTensorType([None, 2])), ("b", types.DoubleTensorType())]
    model = skl2onnx.to_onnx(clf, initial_types=of_types, options={"zipmap": False})
    session = onnxruntime.InferenceSession(model.SerializeToString())
    P = session.run(None, {"a": X[:, :2], "b": X[:, 2:]})[1]
    assert_allclose(P, clf.predict_proba(X), rtol=0, atol=1e-6)


def test_several_inputs_of_unknown_width():
    types = importlib.import_module("skl2onnx.common.data_types")
    clf = tabular().fit(*problem())
    of_types = [(name, types.DoubleTensorType([None, None])) for name in "ab"]
    with pytest.raises(ValueError, match="number of columns of several inputs of TabularMLP"):
        skl2onnx.to_onnx(clf, initial_types=of_types)
