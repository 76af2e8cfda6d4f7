"""Training that ends no better than a constant, or before it has converged, is said so once."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_wine
from sklearn.ensemble import AdaBoostClassifier
from sklearn.exceptions import ConvergenceWarning

from skmlp import MLPSoftmaxClassifier

NO_BETTER = "is no less than the .* of predicting the shares of the classes"


def warned(clf, X, y, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        clf.fit(X, y, **options)
    return [str(w.message) for w in caught if issubclass(w.category, ConvergenceWarning)]


@pytest.mark.parametrize("solver", ["adam", "sgd", "adamw", "rmsprop"])
def test_a_loss_above_that_of_a_constant(iris, solver):
    X, y = iris
    clf = MLPSoftmaxClassifier(
        solver=solver, learning_rate_init=50.0, activation="tanh", max_iter=30, random_state=0
    )
    (message,) = warned(clf, X, y)
    assert NO_BETTER.split(" the .*")[0] in message
    assert "of predicting the shares of the classes" in message
    assert "StandardScaler" in message


def test_weights_that_sum_to_1_with_a_penalty_of_1(iris):
    X, y = iris
    clf = MLPSoftmaxClassifier(solver="lbfgs", alpha=1.0, max_iter=1000, random_state=0)
    (message,) = warned(clf, X, y, sample_weight=np.full(150, 1 / 150))
    assert "of predicting the shares of the classes" in message
    assert "lower alpha" in message
    assert warned(clf, X, y) == []


def test_weights_of_boosting(iris):
    boosted = AdaBoostClassifier(
        MLPSoftmaxClassifier(solver="lbfgs", alpha=1.0, random_state=0), n_estimators=1
    )
    assert "of predicting the shares" in warned(boosted, *iris)[0]


def test_the_shares_are_weighted(iris):
    """Of weights 100 to 1, a constant has a loss of 0.1, which this network does not reach."""
    X, y = iris
    weight = np.where(y == 0, 100.0, 1.0)
    clf = MLPSoftmaxClassifier(learning_rate_init=1e-6, max_iter=20, random_state=0)
    messages = warned(clf, X * 3, y, sample_weight=weight)
    assert len(messages) == 1
    assert "of predicting the shares" in messages[0]


def test_label_smoothing_counts_in_the_constant(iris):
    clf = MLPSoftmaxClassifier(
        label_smoothing=0.9, learning_rate_init=0.01, max_iter=150, tol=0, random_state=0
    )
    (message,) = warned(clf, *iris)
    assert "predicting the shares" not in message


def test_one_class_alone_is_no_shortfall():
    assert all("shares" not in text for text in warned(MLPSoftmaxClassifier(), np.eye(4), [1] * 4))


def test_early_stopping_that_keeps_a_constant_predictor():
    rng = np.random.default_rng(0)
    y = (rng.random(400) < 0.1).astype(int)
    X = rng.normal(size=(400, 3)) + 0.3 * y[:, None]
    clf = MLPSoftmaxClassifier(early_stopping=True, max_iter=40, random_state=0)
    messages = warned(clf, X, y)
    assert len(np.unique(clf.predict(X))) == 1
    assert len(messages) == 1
    assert "kept by early stopping predict one class for all validation rows" in messages[0]


def test_the_advice_is_one_warning(iris):
    X, y = iris
    clf = MLPSoftmaxClassifier(max_iter=1, learning_rate_init=1e-9, random_state=0)
    (message,) = warned(clf, X * 5, y)
    assert message.startswith("Maximum iterations (max_iter=1) reached")
    assert "of predicting the shares" in message


def test_raw_features_are_learned_or_warned_of():
    X, y = load_wine(return_X_y=True)
    for seed in range(5):
        clf = MLPSoftmaxClassifier(random_state=seed)
        messages = warned(clf, X, y)
        assert clf.score(X, y) > 0.8 or "predicting the shares" in " ".join(messages)
