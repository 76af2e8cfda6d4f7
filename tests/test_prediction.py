"""Predictions, hidden activations and input gradients, one block of rows at a time."""

import numpy as np
import pytest
from conftest import make
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import DataConversionWarning, NotFittedError

from skmlp import log_softmax

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*Maximum iterations:sklearn.exceptions.ConvergenceWarning"
)


# Predictions


@pytest.mark.parametrize("n_classes", [1, 2, 3])
def test_prediction_shapes(iris, n_classes):
    X, y = iris
    X, y = X[: 50 * n_classes], y[: 50 * n_classes]
    clf = make().fit(X, y)
    shape = (len(X), n_classes)
    assert clf.predict_proba(X).shape == clf.predict_log_proba(X).shape == shape
    assert clf.decision_function(X).shape == (shape if n_classes != 2 else (len(X),))
    assert clf.predict(X).shape == (len(X),)


def test_prediction_is_the_largest_logit(iris):
    X, y = iris
    clf = make().fit(X, y)
    assert_array_equal(clf.predict(X), clf.decision_function(X).argmax(axis=1))
    assert_array_equal(clf.predict(X), clf.predict_proba(X).argmax(axis=1))


def test_binary_decision_is_the_log_odds(binary):
    X, y = binary
    clf = make().fit(X, y)
    P = clf.predict_proba(X)
    assert_allclose(clf.decision_function(X), np.log(P[:, 1] / P[:, 0]))


def test_probabilities_are_never_zero(iris):
    X, y = iris
    clf = make().fit(X, y)
    clf.parameters_ *= 1e4
    P, O = clf.predict_proba(X), clf.decision_function(X)
    assert (P > 0).all()
    assert_array_equal(P.argsort(axis=1), O.argsort(axis=1))
    assert_allclose(clf.predict_log_proba(X), log_softmax(O))
    assert np.isfinite(clf.predict_log_proba(X)).all()


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr("skmlp.network.batches.BLOCK_ROWS", 40)


PREDICTIONS = {
    "predict": lambda clf, X, y: clf.predict(X),
    "predict_proba": lambda clf, X, y: clf.predict_proba(X),
    "predict_log_proba": lambda clf, X, y: clf.predict_log_proba(X),
    "decision_function": lambda clf, X, y: clf.decision_function(X),
    "hidden_activations": lambda clf, X, y: clf.hidden_activations(X, 0),
    "gradients of the largest logit": lambda clf, X, y: clf.input_gradients(X),
    "gradients of a logit": lambda clf, X, y: clf.input_gradients(X, 1),
    "gradients of the loss": lambda clf, X, y: clf.input_gradients(X, y),
}


@pytest.mark.parametrize("predict", PREDICTIONS.values(), ids=PREDICTIONS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-5), (np.float64, 1e-12)])
def test_rows_are_predicted_alike_in_every_block(iris, predict, dtype, tolerance, small_blocks):
    """150 rows are three blocks of 40 and one of 30; each row alone is a block of 1."""
    X, y = iris[0].astype(dtype), iris[1]
    clf = make().fit(X, y)
    alone = np.concatenate([predict(clf, X[i : i + 1], y[i : i + 1]) for i in range(len(X))])
    assert_allclose(predict(clf, X, y), alone, atol=tolerance)


@pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "predict_log_proba", "decision_function"]
)
def test_not_fitted(method):
    with pytest.raises(NotFittedError):
        getattr(make(), method)([[0.0]])


def test_outputs_that_overflow_are_refused(iris):
    clf = make().fit(iris[0].astype(np.float32), iris[1])
    with (
        np.errstate(all="ignore"),
        pytest.raises(ValueError, match="outputs are not finite for some rows"),
    ):
        clf.predict_proba(np.full((1, 4), 3e38, np.float32))


def test_prediction_keeps_the_activation_of_the_fit(iris):
    X, y = iris
    clf = make().fit(X, y)
    P = clf.predict_proba(X)
    assert_array_equal(clf.set_params(activation="tanh").predict_proba(X), P)


# Hidden activations


@pytest.mark.parametrize(("layer", "width"), [(0, 6), (1, 5), (-1, 5), (-2, 6)])
def test_hidden_activations(iris, layer, width):
    X, y = iris
    clf = make(hidden_layer_sizes=(6, 5), activation="tanh").fit(X, y)
    H = clf.hidden_activations(X, layer)
    (W0, W1, _), (b0, b1, _) = clf.coefs_, clf.intercepts_
    expected = np.tanh(X @ W0 + b0)
    if width == 5:
        expected = np.tanh(expected @ W1 + b1)
    assert_allclose(H, expected)


@pytest.mark.parametrize("layer", [2, -3, 0.0, "first"])
def test_hidden_activations_of_no_such_layer(iris, layer):
    clf = make(hidden_layer_sizes=(6, 5)).fit(*iris)
    with pytest.raises(ValueError, match=f"layer={layer!r} does not exist"):
        clf.hidden_activations(iris[0], layer)


# Input gradients


@pytest.mark.parametrize("shape", ["column", "table"])
def test_input_gradients_of_labels_in_a_column(iris, shape):
    X, y = iris
    clf = make(max_iter=5).fit(X, y)
    column = pytest.importorskip("pandas").DataFrame({"y": y}) if shape == "table" else y[:, None]
    with pytest.warns(DataConversionWarning):
        found = clf.input_gradients(X, column)
    assert_array_equal(found, clf.input_gradients(X, y))


def numerical_input_gradients(function, X, step=1e-6):
    dX = np.empty_like(X)
    for j in range(X.shape[1]):
        E = np.zeros_like(X)
        E[:, j] = step
        dX[:, j] = (function(X + E) - function(X - E)) / (2 * step)
    return dX


@pytest.mark.parametrize("depth", [0, 2])
@pytest.mark.parametrize("target", [None, "b", "labels"])
def test_input_gradients(iris, depth, target):
    X, codes = (part[::5].copy() for part in iris)
    y = np.array(["a", "b", "c"])[codes]
    clf = make(activation="tanh", depth=depth).fit(X, y)
    if target == "labels":
        target = y

        def function(X):
            return -clf.predict_log_proba(X)[np.arange(len(X)), codes]
    else:
        largest = clf.decision_function(X).argmax(axis=1)
        column = largest if target is None else 1

        def function(X):
            return clf.decision_function(X)[np.arange(len(X)), column]

    expected = numerical_input_gradients(function, X)
    assert_allclose(clf.input_gradients(X, target), expected, atol=1e-7)


def test_input_gradients_of_a_wrong_target(iris):
    X, y = iris
    clf = make().fit(X, y)
    with pytest.raises(ValueError, match=r"\[9\] are new"):
        clf.input_gradients(X, 9)
    with pytest.raises(ValueError, match="target has 3 labels, but X has 150"):
        clf.input_gradients(X, [0, 1, 2])
