import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skmlp.estimator.labels import check_labels, encode_labels

CLASSES = np.array(["a", "b"])


def test_several_labels_a_sample_are_refused():
    with pytest.raises(ValueError, match="MultiOutputClassifier"):
        check_labels(np.array([[0, 1], [1, 1]]))


def test_continuous_targets_are_refused():
    with pytest.raises(ValueError, match="Unknown label type"):
        check_labels(np.array([0.5, 1.5]))


def test_labels_that_do_not_sort():
    with pytest.raises(TypeError, match="types int, str"):
        encode_labels(np.array(["a", 1], dtype=object))


@pytest.mark.parametrize("y", [["b", "a", "b"], np.array(["b", "a", "b"], dtype=object)])
def test_encoding(y):
    assert_array_equal(encode_labels(np.asarray(y), CLASSES)[1], [1, 0, 1])


def test_unseen_labels_are_named():
    with pytest.raises(ValueError, match=r"\['c'\] are new"):
        encode_labels(np.array(["a", "c"]), CLASSES)
