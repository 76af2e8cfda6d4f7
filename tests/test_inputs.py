import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skmlp.inputs import check_labels, check_weights, encode_labels, unique_labels

CLASSES = np.array(["a", "b"])
CODES = np.array([0, 0, 0, 1])


def test_several_labels_a_sample_are_refused():
    with pytest.raises(ValueError, match="MultiOutputClassifier"):
        check_labels(np.array([[0, 1], [1, 1]]))


def test_continuous_targets_are_refused():
    with pytest.raises(ValueError, match="Unknown label type"):
        check_labels(np.array([0.5, 1.5]))


def test_labels_that_do_not_sort():
    with pytest.raises(TypeError, match="types int, str"):
        unique_labels(np.array(["a", 1], dtype=object))


@pytest.mark.parametrize("y", [["b", "a", "b"], np.array(["b", "a", "b"], dtype=object)])
def test_encoding(y):
    assert_array_equal(encode_labels(np.asarray(y), CLASSES)[1], [1, 0, 1])


def test_unseen_labels_are_named():
    with pytest.raises(ValueError, match=r"\['c'\] are new"):
        encode_labels(np.array(["a", "c"]), CLASSES)


def test_no_weights():
    assert check_weights(None, None, CLASSES, CODES) is None


def test_a_number_for_every_sample():
    assert_array_equal(check_weights(2.0, None, CLASSES, CODES), 2.0)


def test_sample_and_class_weights_multiply():
    weight = check_weights([1, 2, 3, 4], {"a": 10.0, "b": 0.5}, CLASSES, CODES)
    assert_allclose(weight, [10, 20, 30, 2])


def test_balanced_classes_weigh_the_same():
    weight = check_weights([1, 2, 3, 4], "balanced", CLASSES, CODES)
    assert weight[:3].sum() == pytest.approx(weight[3:].sum())


def test_balanced_equals_scikit_learns():
    from sklearn.utils.class_weight import compute_sample_weight

    weight = check_weights(None, "balanced", CLASSES, CODES)
    assert_allclose(weight, compute_sample_weight("balanced", CODES))


def test_balanced_with_a_class_absent():
    weight = check_weights(None, "balanced", np.array([0, 1, 2]), np.array([0, 0, 2]))
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
        check_weights(weight, None, CLASSES, CODES)


@pytest.mark.parametrize("class_weight", [{"a": -1, "b": 1}, {"a": np.nan, "b": 1}])
def test_class_weights_refused(class_weight):
    with pytest.raises(ValueError, match="class_weight="):
        check_weights(None, class_weight, CLASSES, CODES)


def test_a_class_weight_of_no_class_is_refused():
    with pytest.raises(ValueError, match="class_weight"):
        check_weights(None, {"a": 1, "typo": 2}, CLASSES, CODES)


def test_given_weights_are_not_changed():
    weight = np.array([1.0, 2, 3, 4])
    check_weights(weight, "balanced", CLASSES, CODES)
    assert_array_equal(weight, [1, 2, 3, 4])
