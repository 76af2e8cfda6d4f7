import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skmlp.estimator.sample_weights import check_weights, mean_weight
from skmlp.network import Batch

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
    with pytest.raises(ValueError, match="class_weight"):
        check_weights(None, {"a": 1, "typo": 2}, CLASSES, Y)


def test_given_weights_are_not_changed():
    weight = np.array([1.0, 2, 3, 4])
    check_weights(weight, "balanced", CLASSES, Y)
    assert_array_equal(weight, [1, 2, 3, 4])


@pytest.mark.parametrize("scale", [1.0, 1e-300, 1e300])
def test_the_mean_of_large_and_of_small_weights(scale):
    assert mean_weight(np.array([1.0, 2, 3]) * scale) == pytest.approx(2 * scale)


def test_the_mean_without_weights():
    assert mean_weight(None) == 1.0
