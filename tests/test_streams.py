"""Data in a stream of small batches."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import scale

from skmlp import MLPSoftmaxClassifier


def stream(clf, X, y, size, n_passes=1, **options):
    """Train on a stream; return the accuracy on each batch before training on it."""
    classes, right = np.unique(y), 0
    for _ in range(n_passes):
        for start in range(0, len(y), size):
            rows = slice(start, start + size)
            if hasattr(clf, "classes_"):
                right += (clf.predict(X[rows]) == y[rows]).sum()
            clf.partial_fit(X[rows], y[rows], classes=classes, **options)
    return right / (n_passes * len(y))


@pytest.mark.parametrize("order", ["shuffled", "sorted"])
@pytest.mark.parametrize("size", [1, 5, 50])
def test_a_stream_is_learned_about_as_well_as_by_mlp_classifier(iris, size, order):
    X, y = iris
    found = []
    for seed in range(3 if size == 1 else 10):
        rows = (
            np.random.default_rng(seed).permutation(150) if order == "shuffled" else np.arange(150)
        )
        for estimator in (MLPSoftmaxClassifier, MLPClassifier):
            clf = estimator(learning_rate_init=0.01, random_state=seed)
            found.append(stream(clf, X[rows], y[rows], size, n_passes=3))
    ours, theirs = np.reshape(found, (-1, 2)).mean(axis=0)
    assert ours > theirs - 0.05


@pytest.mark.parametrize("size", [1, 10])
def test_the_defaults_learn_a_stream_no_worse_than_those_of_mlp_classifier(size):
    X, y = load_wine(return_X_y=True)
    X, found = scale(X), []
    for seed in range(3):
        rows = np.random.default_rng(seed).permutation(len(y))
        for estimator in (MLPSoftmaxClassifier, MLPClassifier):
            found.append(stream(estimator(random_state=seed), X[rows], y[rows], size))
    ours, theirs = np.reshape(found, (-1, 2)).mean(axis=0)
    assert ours > theirs - 0.02


@pytest.mark.parametrize("size", [5, 50])
def test_a_stream_sorted_by_class_recovers(digits, size):
    X, y = digits
    order = np.argsort(y, kind="stable")
    clf = MLPSoftmaxClassifier(random_state=0)
    stream(clf, X[order], y[order], size)
    shuffled = np.random.default_rng(0).permutation(len(y))
    stream(clf, X[shuffled], y[shuffled], 50, n_passes=5)
    assert clf.score(X, y) > 0.85


def test_the_first_call_does_not_set_the_class_frequencies(iris):
    X, y = iris
    clf = MLPSoftmaxClassifier(random_state=0, learning_rate_init=1e-9)
    clf.partial_fit(X[:5], y[:5], classes=[0, 1, 2])
    assert_allclose(clf.intercepts_[-1], 0, atol=1e-6)


def imbalanced():
    rng = np.random.default_rng(0)
    y = (rng.random(2000) < 0.05).astype(int)
    return rng.normal(size=(2000, 4)) + 1.5 * y[:, None], y


@pytest.mark.parametrize("size", [1, 10, 500])
def test_balanced_weights_count_over_the_calls(size):
    X, y = imbalanced()
    clf = MLPSoftmaxClassifier(
        class_weight="balanced", learning_rate_init=0.01 if size < 500 else 0.1, random_state=0
    )
    stream(clf, X, y, size)
    whole = LogisticRegression(class_weight="balanced").fit(X, y)
    expected = recall_score(y, whole.predict(X))
    assert recall_score(y, clf.predict(X)) > expected - 0.15


def test_balanced_weights_are_those_of_all_rows_so_far(iris):
    X, y = iris
    rows = np.r_[0:30, 50:60, 100:105]
    balanced = MLPSoftmaxClassifier(class_weight="balanced", random_state=0)
    balanced.partial_fit(X[:40], y[:40], classes=[0, 1, 2]).partial_fit(X[rows], y[rows])
    by_hand = MLPSoftmaxClassifier(random_state=0)
    by_hand.partial_fit(X[:40], y[:40], classes=[0, 1, 2])
    weight = (85 / 3 / np.array([70, 10, 5]))[y[rows]]
    by_hand.partial_fit(X[rows], y[rows], weight)
    assert_allclose(balanced.parameters_, by_hand.parameters_, rtol=1e-9)


def test_a_refused_call_does_not_count(iris):
    X, y = iris
    clf = MLPSoftmaxClassifier(class_weight="balanced", random_state=0)
    clf.partial_fit(X, y, classes=[0, 1, 2])
    untouched = pickle.loads(pickle.dumps(clf))
    with pytest.raises(ValueError, match="weight is zero"):
        clf.partial_fit(X[:9], y[:9], np.zeros(9))
    for model in (clf, untouched):
        model.partial_fit(X[:60], y[:60])
    assert_array_equal(clf.parameters_, untouched.parameters_)


def test_a_call_adds_two_numbers_to_what_is_stored(iris):
    """The loss and the learning rate, nine bytes each in a pickle."""
    X, y = iris
    clf = MLPSoftmaxClassifier(4, random_state=0).partial_fit(X, y, classes=[0, 1, 2])
    for _ in range(300):  # so that the size of the integers in the pickle no longer changes
        clf.partial_fit(X[:1], y[:1])
    before = len(pickle.dumps(clf))
    for _ in range(1000):
        clf.partial_fit(X[:1], y[:1])
    assert (len(pickle.dumps(clf)) - before) / 1000 < 20
