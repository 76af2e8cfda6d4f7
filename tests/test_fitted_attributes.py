"""Fitted attributes and the summary."""

import pickle

import pytest
from conftest import SOLVERS, make
from numpy.testing import assert_array_equal
from sklearn.neural_network import MLPClassifier

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*Maximum iterations:sklearn.exceptions.ConvergenceWarning"
)


# Attributes


@pytest.mark.parametrize("solver", SOLVERS)
def test_fitted_attributes(iris, solver):
    X, y = iris
    clf = make(solver=solver).fit(X, y)
    assert_array_equal(clf.classes_, [0, 1, 2])
    assert len(clf.loss_curve_) == clf.n_iter_ == 15
    assert clf.loss_ == clf.loss_curve_[-1]
    assert clf.best_loss_ == min(clf.loss_curve_)
    assert clf.t_ == 15 * len(X)
    assert (clf.n_layers_, clf.n_outputs_, clf.n_features_in_) == (3, 3, 4)
    assert clf.out_activation_ == "softmax"
    assert clf.validation_scores_ is clf.best_validation_score_ is None


def test_same_fitted_attributes_as_mlp_classifier(iris):
    theirs = MLPClassifier((8,), max_iter=15).fit(*iris)
    ours = make().fit(*iris)
    public = {name for name in vars(theirs) if name.endswith("_") and not name.startswith("_")}
    assert all(hasattr(ours, name) for name in public)


def test_coefs_are_views_also_after_pickling(iris):
    X, y = iris
    clf = pickle.loads(pickle.dumps(make().fit(X, y)))
    for view in clf.coefs_ + clf.intercepts_:
        view[:] = 0
    assert_array_equal(clf.decision_function(X), 0)


def test_learning_rates_are_recorded(iris):
    assert make().fit(*iris).learning_rates_ == [0.001] * 15
    assert make(solver="lbfgs").fit(*iris).learning_rates_ == []


# The summary


@pytest.mark.filterwarnings("ignore:The loss:sklearn.exceptions.ConvergenceWarning")
def test_summary_in_one_line(iris):
    clf = make(hidden_layer_sizes=(7,), activation="tanh", tol=1).fit(*iris)
    assert clf.summary() == (
        f"layers 4-7-3 (tanh), 59 parameters, {clf.n_iter_} epochs, loss {clf.loss_:.4f}"
    )


def test_summary_without_a_hidden_layer(iris):
    assert make(depth=0, tol=1).fit(*iris).summary().startswith("layers 4-3, 15 parameters, ")
