"""scikit-learn's meta-estimators with skmlp's classifiers, converted completely to ONNX."""

import importlib

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import calibration
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.datasets import make_classification
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, Normalizer, OrdinalEncoder, StandardScaler
from sklearn.svm import SVC, LinearSVC, NuSVC

from skmlp import MLPSoftmaxClassifier, TabularEncoder, TabularMLPClassifier
from skmlp.export import to_onnx

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

onnxruntime = pytest.importorskip("onnxruntime")
skl2onnx = pytest.importorskip("skl2onnx")
importlib.import_module("skmlp.export.onnx")  # registers the converters


# skl2onnx uses attributes that scikit-learn has deprecated.
OF_SUPPORT_VECTORS = pytest.mark.filterwarnings("ignore:.*prob.*deprecated:FutureWarning")


def network(**parameters):
    return MLPSoftmaxClassifier((8,), max_iter=25, random_state=0, **parameters)


def tabular():
    return TabularMLPClassifier((8,), n_folds=1, max_iter=5, random_state=0)


def scaled(clf):
    return make_pipeline(StandardScaler(), clf)


def problem(n_classes=2, dtype=np.float64, names=None):
    """Return data with overlapping classes of unequal frequency."""
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
    """Check that the ONNX model of a fitted classifier has the same predictions."""
    label, P = outputs_of(to_onnx(clf, X[:2]), X)
    assert_array_equal(label, clf.predict(X))
    if hasattr(clf, "predict_proba"):
        assert_allclose(P, clf.predict_proba(X), rtol=0, atol=atol)


# Thresholds


def random_search(clf):
    name = "alpha" if isinstance(clf, MLPSoftmaxClassifier) else "memory"
    return RandomizedSearchCV(clf, {name: [None if name == "memory" else 0.1]}, n_iter=1, cv=2)


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
        lambda clf: tuned(LinearDiscriminantAnalysis()),
        lambda clf: VotingClassifier([("one", FixedThresholdClassifier(clf, threshold=0.2))]),
        lambda clf: VotingClassifier([("one", scaled(tuned(clf))), ("two", LogisticRegression())]),
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


def test_a_threshold_of_what_has_no_probabilities():
    X, y = problem()
    clf = tuned(scaled(LinearSVC())).fit(X, y)
    with pytest.raises(ValueError, match="wrap the LinearSVC in a CalibratedClassifierCV"):
        to_onnx(clf, X[:1])


def test_a_threshold_that_stacking_predicts_with():
    X, y = problem()
    last = FixedThresholdClassifier(network(), threshold=0.2)
    clf = StackingClassifier([("one", LogisticRegression())], last, cv=2).fit(X, y)
    with pytest.raises(ValueError, match=r"predicts by the threshold of a Fixed.*wrap the"):
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
        lambda: random_search(scaled(scaled(network()))),
        lambda: BaggingClassifier(scaled(network()), n_estimators=2, random_state=0),
        lambda: BaggingClassifier(random_search(network()), n_estimators=2, random_state=0),
        lambda: OneVsRestClassifier(GridSearchCV(network(), {"alpha": [0.1]}, cv=2)),
        lambda: VotingClassifier([("one", network())], voting="soft"),
    ],
)
def test_calibration(inner, method, n_classes):
    X, y = problem(n_classes)
    calibrated = CalibratedClassifierCV(inner(), method=method, cv=2)
    if method == "temperature" and not hasattr(calibration, "_TemperatureScaling"):
        pytest.skip("temperature scaling is newer than this scikit-learn")
    calibrated.fit(X, y)
    # TabularMLPClassifier returns float32, and isotonic regression is steep in parts.
    check(calibrated, X, atol=1e-4)


@pytest.mark.parametrize("inner", [network(), scaled(network())])
def test_calibration_of_a_fitted_classifier(inner):
    X, y = problem(3)
    check(CalibratedClassifierCV(FrozenEstimator(inner.fit(X, y))).fit(X, y), X)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("inner", [network(), scaled(network()), LogisticRegression()])
def test_calibration_of_a_classifier_that_is_used_elsewhere_too(inner, n_classes):
    X, y = problem(n_classes)
    inner.fit(X, y)
    calibrated = CalibratedClassifierCV(FrozenEstimator(inner)).fit(X, y)
    clf = StackingClassifier(
        [("one", calibrated), ("two", inner)], cv="prefit", stack_method="predict_proba"
    )
    check(clf.fit(X, y), X)


@OF_SUPPORT_VECTORS
@pytest.mark.parametrize("kind", [SVC, NuSVC])
def test_calibration_of_a_support_vector_machine_with_probabilities(kind):
    X, y = problem()
    machine = kind(**({"nu": 0.1} if kind is NuSVC else {}))
    check(CalibratedClassifierCV(machine, cv=2).fit(X, y), X, atol=1e-4)
    clf = CalibratedClassifierCV(machine.set_params(probability=True), cv=2).fit(X, y)
    with pytest.raises(ValueError, match=f"decision function of a {kind.__name__} with probabili"):
        to_onnx(clf, X[:1])


def test_a_calibration_of_which_a_fold_has_not_all_classes():
    X, y = problem(3)
    folds = [(np.flatnonzero(y < 2), np.arange(300)), (np.arange(300), np.arange(300))]
    clf = CalibratedClassifierCV(network(), cv=folds).fit(X, y)
    with pytest.raises(ValueError, match=r"CalibratedClassifierCV was fitted without some.*a cv"):
        to_onnx(clf, X[:1])


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


# Voting, stacking and bagging


@pytest.mark.parametrize("voting", ["soft", "hard"])
@pytest.mark.parametrize("weights", [None, [5, 1, 3, 1]])
def test_weights_of_voting_of_which_one_is_dropped(voting, weights):
    X, y = problem(3)
    some = [(f"{seed}", network().set_params(random_state=seed, max_iter=5)) for seed in range(3)]
    clf = VotingClassifier([("none", "drop"), *some], voting=voting, weights=weights).fit(X, y)
    check(clf, X)


@OF_SUPPORT_VECTORS
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("inner", [SVC, LinearSVC, RidgeClassifier, network])
def test_voting_by_labels(inner, n_classes):
    X, y = problem(n_classes, np.float32)
    some = [("one", inner()), ("two", inner()), ("three", LogisticRegression())]
    check(VotingClassifier(some).fit(X, y), X)
    check(VotingClassifier(some, weights=[1, 1, 3], flatten_transform=False).fit(X, y), X)


@pytest.mark.parametrize("voting", ["soft", "hard"])
def test_voting_of_searches_and_fitted_classifiers(voting):
    X, y = problem()
    frozen = FrozenEstimator(network().fit(X, y))
    some = [("one", random_search(network())), ("two", frozen), ("three", frozen)]
    check(VotingClassifier(some, voting=voting).fit(X, y), X)


@pytest.mark.parametrize(
    "clf", [lambda: random_search(network()), lambda: FrozenEstimator(network().fit(*problem()))]
)
def test_a_search_or_a_fitted_classifier_at_the_end_of_a_pipeline(clf):
    X, y = problem()
    check(scaled(clf()).fit(X, y), X)


class Unknown(GaussianNB):
    """A type that skl2onnx does not know."""


@pytest.mark.parametrize(
    "wrap",
    [
        lambda clf: VotingClassifier([("one", clf)]),
        lambda clf: VotingClassifier([("one", clf)], voting="soft"),
        lambda clf: StackingClassifier([("one", clf)], cv=2),
        lambda clf: BaggingClassifier(clf, n_estimators=2),
        lambda clf: OneVsOneClassifier(clf),
        lambda clf: OneVsRestClassifier(clf),
        lambda clf: CalibratedClassifierCV(clf, cv=2),
        lambda clf: FixedThresholdClassifier(clf),
    ],
)
def test_a_type_without_a_converter_is_named(wrap):
    X, y = problem()
    with pytest.raises(ValueError, match="A Unknown within another estimator cannot be converted"):
        to_onnx(wrap(Unknown()).fit(X, y), X[:1])


@pytest.mark.parametrize("passthrough", [True, False])
@pytest.mark.parametrize(
    ("n_classes", "method"), [(2, "predict_proba"), (3, "predict_proba"), (3, "decision_function")]
)
def test_stacking(n_classes, method, passthrough):
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
def test_stacking_by_a_method_that_skl2onnx_does_not_convert(n_classes, method):
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
def test_a_bagging_ensemble_over_some_of_the_features(inner, sampling, dtype):
    X, y = problem(3, dtype)
    bag = BaggingClassifier(inner(), n_estimators=2, random_state=0, **sampling).fit(X, y)
    check(bag, X)


def test_a_bagging_ensemble_of_which_one_has_not_seen_all_classes():
    X, y = problem(3)
    bag = BaggingClassifier(scaled(network()), n_estimators=3, max_samples=8, random_state=2)
    with pytest.raises(ValueError, match=r"fitted without some of the classes.*max_samples"):
        to_onnx(bag.fit(X, y), X[:1])


@pytest.mark.parametrize("inner", [network(), scaled(network()), QuadraticDiscriminantAnalysis()])
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
        (OrdinalEncoder(min_frequency=30), r"OrdinalEncoder\(min_frequency=30\)"),
        (OrdinalEncoder(max_categories=3), r"OrdinalEncoder\(max_categories=3\)"),
    ],
)
def test_parameters_of_steps_that_skl2onnx_loses(step, message):
    X, y = problem()
    X = X.round()
    with pytest.raises(ValueError, match=message):
        to_onnx(make_pipeline(step, network()).fit(X, y), X[:1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_are_divided_by_their_largest_value_of_either_sign(dtype):
    X, _ = problem(dtype=dtype)
    X[0] = 0
    normalizer = Normalizer("max").fit(X)
    model = skl2onnx.to_onnx(normalizer, X[:1])
    assert_allclose(outputs_of(model, X)[0], normalizer.transform(X), rtol=1e-6)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_probabilities_of_linear_discriminant_analysis(n_classes, dtype):
    X, y = problem(n_classes, dtype)
    check(LinearDiscriminantAnalysis().fit(X, y), X, atol=1e-5)


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
    with pytest.raises(ValueError, match=r"of 'some' in a Col.* not in their original order"):
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
