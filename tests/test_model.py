"""The network of a fit, and when a call can continue from it."""

import numpy as np
import pytest
from conftest import make
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_info, threadpool_limits

from skmlp import MLPSoftmaxClassifier
from skmlp.network.initializers import initial_parameters

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*Maximum iterations:sklearn.exceptions.ConvergenceWarning"
)


# Initial weights


def test_initial_weights_are_drawn_on_one_thread(iris, monkeypatch):
    def drawn(*args):
        pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
        assert {pool["num_threads"] for pool in pools} == {1}
        return initial_parameters(*args)

    with threadpool_limits(limits=2, user_api="blas"):
        monkeypatch.setattr("skmlp.estimator.model.initial_parameters", drawn)
        make().fit(*iris)


# Continuing


def test_partial_fit_with_other_classes(iris):
    clf = make().partial_fit(*iris, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="differ from those of the network"):
        clf.partial_fit(*iris, classes=[0, 1])


def test_partial_fit_with_an_unseen_label(iris):
    X, y = iris
    clf = make().fit(X[:100], y[:100])
    with pytest.raises(ValueError, match=r"\[2\] are new"):
        clf.partial_fit(X, y)


@pytest.mark.parametrize("changed", [{"hidden_layer_sizes": (9,)}, {"depth": 2}])
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_changed_architecture_is_refused(iris, changed, method):
    clf = make(warm_start=True).fit(*iris).set_params(**changed)
    message = r"now give layers of \(4, .*warm_start=False"
    with pytest.raises(ValueError, match=message):
        getattr(clf, method)(*iris)


def test_warm_start_with_other_classes(iris):
    X, y = iris
    clf = make(warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="same classes as in the previous call"):
        clf.fit(X[:100], y[:100])


def test_warm_start_with_another_dtype(iris):
    clf = make(warm_start=True).fit(*iris)
    with pytest.raises(ValueError, match=r"dtype='float32' is not that of the network"):
        clf.set_params(dtype="float32").fit(*iris)


def test_warm_start_knows_both_names_of_the_logistic(iris):
    clf = make(warm_start=True, activation="sigmoid", max_iter=2).fit(*iris)
    assert clf.set_params(activation="logistic").fit(*iris).n_iter_ == 2


def test_a_changed_activation_is_refused(iris):
    clf = make().fit(*iris).set_params(activation="tanh")
    with pytest.raises(ValueError, match=r"activation=\('tanh',\) is not that of the network"):
        clf.partial_fit(*iris)


# Its layers


def test_depth_repeats_the_width(iris):
    clf = make(hidden_layer_sizes=6, depth=3).fit(*iris)
    assert clf.layer_sizes_ == (4, 6, 6, 6, 3)
    assert clf.n_layers_ == 5


@pytest.mark.parametrize("setting", [{"depth": 0}, {"hidden_layer_sizes": ()}])
def test_no_hidden_layer(iris, setting):
    clf = make(**setting).fit(*iris)
    assert [W.shape for W in clf.coefs_] == [(4, 3)]


def test_sigmoid_is_logistic(iris):
    a, b = (make(activation=name).fit(*iris) for name in ("sigmoid", "logistic"))
    assert_array_equal(a.parameters_, b.parameters_)


@pytest.mark.parametrize("scale", [True, False], ids=["standardised", "raw"])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_deep_network_trains(digits, scale, activation):
    X, y = digits
    X = StandardScaler().fit_transform(X) if scale else X * 16
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    clf = MLPSoftmaxClassifier(50, activation, depth=20, max_iter=60, random_state=0)
    assert clf.fit(X_train, y_train).score(X_test, y_test) > 0.9


def test_an_activation_for_each_layer(iris):
    X, y = iris
    clf = make(hidden_layer_sizes=(6, 5), activation=["relu", "tanh"]).fit(X, y)
    (W0, W1, W2), (b0, b1, b2) = clf.coefs_, clf.intercepts_
    expected = np.tanh(np.maximum(X @ W0 + b0, 0) @ W1 + b1) @ W2 + b2
    assert_allclose(clf.decision_function(X), expected)
