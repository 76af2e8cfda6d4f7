import numpy as np
import pytest
from conftest import make
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.ensemble import AdaBoostClassifier

from skmlp import MLPSoftmaxClassifier, TabularMLPClassifier
from skmlp.estimator.learning import strength_of_penalty
from skmlp.estimator.sample_weights import as_count, as_counts, check_weights, mean_weight
from skmlp.estimator.settings import read_settings

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

CLASSES = np.array(["a", "b"])
Y = np.array([0, 0, 0, 1])


def test_no_weights():
    assert check_weights(None, None, CLASSES, Y)[0] is None


def test_a_number_for_every_sample():
    assert_array_equal(check_weights(2.0, None, CLASSES, Y)[0], 2.0)


def test_sample_and_class_weights_multiply():
    weight, _ = check_weights([1, 2, 3, 4], {"a": 10.0, "b": 0.5}, CLASSES, Y)
    assert_allclose(weight, [10, 20, 30, 2])


def test_balanced_classes_weigh_the_same():
    weight, _ = check_weights([1, 2, 3, 4], "balanced", CLASSES, Y)
    assert weight[:3].sum() == pytest.approx(weight[3:].sum())


def test_balanced_equals_scikit_learns():
    from sklearn.utils.class_weight import compute_sample_weight

    weight, _ = check_weights(None, "balanced", CLASSES, Y)
    assert_allclose(weight, compute_sample_weight("balanced", Y))


def test_balanced_with_a_class_absent():
    weight, _ = check_weights(None, "balanced", np.array([0, 1, 2]), np.array([0, 0, 2]))
    assert_allclose(weight, [0.75, 0.75, 1.5])


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([1, 1, 1], r"shape \(3,\)"),
        ([[1], [1], [1], [1]], r"shape \(4, 1\)"),
        ([1, 1, 1, -1], "negative"),
        ([1, 1, 1, np.nan], "sample_weight contains NaN"),
        ([1, 1, 1, np.inf], "sample_weight contains infinity"),
        ([0, 0, 0, 0], "weight is zero"),
        (0, "weight is zero"),
    ],
)
def test_weights_refused(weight, message):
    with pytest.raises(ValueError, match=message):
        check_weights(weight, None, CLASSES, Y)


@pytest.mark.parametrize("class_weight", [{"a": -1, "b": 1}, {"a": np.nan, "b": 1}])
def test_class_weights_refused(class_weight):
    with pytest.raises(ValueError, match="class_weight="):
        check_weights(None, class_weight, CLASSES, Y)


def test_a_class_weight_of_no_class_is_refused():
    with pytest.raises(
        ValueError, match=r"class_weight has weights of \['c'\], which are not classes"
    ):
        check_weights(None, {"a": 1.0, "c": 2.0}, CLASSES, Y)


def test_given_weights_are_not_changed():
    weight = np.array([1.0, 2, 3, 4])
    check_weights(weight, "balanced", CLASSES, Y)
    assert_array_equal(weight, [1, 2, 3, 4])


@pytest.mark.parametrize("scale", [1.0, 1e-300, 1e300])
def test_the_mean_of_large_and_of_small_weights(scale):
    assert mean_weight(np.array([1.0, 2, 3]) * scale) == pytest.approx(2 * scale)


def test_the_mean_without_weights():
    assert mean_weight(None) == 1.0


# The scale of weights


@pytest.mark.parametrize(
    ("mean", "count"), [(1 / 150, 1), (0.99, 1), (1, 1), (2.5, 2.5), (10, 10), (10.1, 1), (1e5, 1)]
)
def test_weights_count_samples_where_their_mean_is_from_1_to_10(mean, count):
    assert as_count(mean) == count


def test_weights_are_scaled_to_counts():
    assert as_counts(None) is None
    assert_allclose(as_counts(np.array([2.0, 4])), [2, 4])
    assert_allclose(as_counts(np.array([0.2, 0.4])), [2 / 3, 4 / 3])
    assert_allclose(as_counts(np.array([2e-320, 4e-320])), [2 / 3, 4 / 3], rtol=1e-3)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("weight", [1 / 150, 1000.0])
def test_equal_weights_are_none(iris, solver, weight):
    X, y = iris
    clf = make(solver=solver, alpha=5.0)
    unweighted = clf.fit(X, y).predict_proba(X)
    weighted = clf.fit(X, y, np.full(len(y), weight)).predict_proba(X)
    assert_allclose(weighted, unweighted, rtol=1e-6)


def test_equal_weights_are_none_in_calls_of_partial_fit(iris):
    X, y = iris
    weighted, unweighted = make(alpha=5.0), make(alpha=5.0)
    for rows in (slice(0, 100), slice(100, 150)):
        weighted.partial_fit(X[rows], y[rows], np.full(len(y[rows]), 0.01), classes=[0, 1, 2])
        unweighted.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
    assert_allclose(weighted.predict_proba(X), unweighted.predict_proba(X), rtol=1e-9)


def test_the_penalty_is_relative_to_counts(iris):
    """A weight of 4 is four rows, so that alpha=4 is equivalent to alpha=1 without weights."""
    X, y = iris
    clf = make(solver="lbfgs", depth=0, tol=1e-9, max_iter=1000)
    fourfold = clf.set_params(alpha=4.0).fit(X, y, np.full(len(y), 4.0)).predict_proba(X)
    assert_allclose(clf.set_params(alpha=1.0).fit(X, y).predict_proba(X), fourfold, atol=1e-6)


def test_rows_of_weight_0_do_not_count_in_the_mean(iris):
    X, y = iris
    weight = np.where(np.arange(len(y)) % 2, 1.5, 0.0)
    clf = make(alpha=5.0)
    weighted = clf.fit(X, y, weight).predict_proba(X)
    assert_allclose(clf.fit(X[1::2], y[1::2], weight[1::2]).predict_proba(X), weighted, rtol=1e-9)


@pytest.mark.parametrize("parts", [1, 5, 150])
def test_the_penalty_counts_once_in_a_stream(iris, parts):
    """The penalty is relative to all rows so far, for any split of a stream into calls."""
    X, y = iris
    clf = make(alpha=3.0)
    for rows in np.array_split(np.arange(150), parts):
        clf.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
    settings = read_settings(clf)
    assert strength_of_penalty(settings, clf._model.state) == pytest.approx(3 / 150)


@pytest.mark.parametrize("base", [MLPSoftmaxClassifier(), TabularMLPClassifier(8, max_iter=5)])
def test_boosting_is_as_good_as_its_base_model(iris, base):
    """Its weights sum to 1: if they were counts, the penalty would dominate."""
    X, y = iris
    boosted = AdaBoostClassifier(base, n_estimators=2, random_state=0)
    assert boosted.fit(X, y).score(X, y) > 0.9
