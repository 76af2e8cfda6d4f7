from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skmlp import MLPSoftmaxClassifier, TabularMLPClassifier
from skmlp.estimator.labels import check_labels, encode_labels

CLASSES = np.array(["a", "b"])


def test_several_labels_per_sample_are_refused():
    with pytest.raises(ValueError, match="MultiOutputClassifier"):
        check_labels(np.array([[0, 1], [1, 1]]))


def test_continuous_targets_are_refused():
    with pytest.raises(ValueError, match="Unknown label type"):
        check_labels(np.array([0.5, 1.5]))


def test_labels_that_do_not_sort():
    with pytest.raises(TypeError, match="types int, str"):
        encode_labels(np.array(["a", 1], dtype=object))


@pytest.mark.parametrize("estimator", [MLPSoftmaxClassifier(), TabularMLPClassifier()])
def test_labels_that_are_intervals(estimator):
    pd = pytest.importorskip("pandas")
    y = pd.cut(np.arange(6), 2)
    with pytest.raises(TypeError, match=r"y has labels of type Interval.*y\.astype\(str\)"):
        estimator.fit(np.arange(6)[:, None], y)


def test_labels_that_are_other_objects():
    with pytest.raises(TypeError, match="y has labels of type Fraction, such as 1/2"):
        check_labels(np.array([Fraction(1, 2), Fraction(1, 3)]))


@pytest.mark.parametrize("y", [["b", "a", "b"], np.array(["b", "a", "b"], dtype=object)])
def test_encoding(y):
    assert_array_equal(encode_labels(np.asarray(y), CLASSES)[1], [1, 0, 1])


def test_unseen_labels_are_named():
    with pytest.raises(ValueError, match=r"\['c'\] are new"):
        encode_labels(np.array(["a", "c"]), CLASSES)
