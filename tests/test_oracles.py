"""The same results as other implementations, from the same initial weights."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import make_moons
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier

from skmlp import MLPSoftmaxClassifier, softmax
from skmlp.export import from_sklearn

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("either_pass"),
]


def warm(Estimator, X, y, **parameters):
    """Return an estimator whose next fit continues from weights that can be set."""
    return Estimator(warm_start=True, max_iter=1, **parameters).fit(X, y)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("alpha", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_logistic_regression(iris, n_classes, alpha, weighted):
    X, y = iris
    X, y = X[: 50 * n_classes], y[: 50 * n_classes]
    weight = np.random.default_rng(0).uniform(0, 3, len(y)) if weighted else None
    ours = MLPSoftmaxClassifier((), solver="lbfgs", alpha=alpha, tol=1e-10, max_iter=5000)
    ours.fit(X, y, sample_weight=weight)
    theirs = LogisticRegression(C=1 / alpha, tol=1e-10, max_iter=5000)
    theirs.fit(X, y, sample_weight=weight)
    coef = ours.coefs_[0].T
    if n_classes == 2:
        assert_allclose(coef, theirs.coef_, atol=1e-5)
        assert_allclose(ours.intercepts_[0], theirs.intercept_, atol=1e-5)
    else:
        assert_allclose(
            coef - coef.mean(axis=0), theirs.coef_ - theirs.coef_.mean(axis=0), atol=1e-5
        )
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)


SOLVERS = [
    {"solver": "adam", "learning_rate_init": 0.01},
    {"solver": "adam", "learning_rate_init": 0.01, "beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3},
    {"solver": "sgd", "learning_rate_init": 0.1, "nesterovs_momentum": True},
    {"solver": "sgd", "learning_rate_init": 0.1, "nesterovs_momentum": False, "momentum": 0.5},
    {"solver": "sgd", "learning_rate_init": 0.1, "learning_rate": "invscaling", "power_t": 0.3},
    {"solver": "sgd", "learning_rate_init": 0.05, "learning_rate": "adaptive", "tol": 0.05},
]


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
@pytest.mark.parametrize("solver", SOLVERS, ids=str)
def test_the_path_of_mlp_classifier(iris, solver, activation, n_classes):
    X, y = (part[-50 * n_classes :] for part in iris)
    batch_size = 10 * n_classes  # all minibatches have the same number of rows
    theirs = MLPClassifier(
        hidden_layer_sizes=(7, 5),
        activation=activation,
        alpha=0.3,
        batch_size=batch_size,
        shuffle=False,
        random_state=0,
        n_iter_no_change=3,
        max_iter=1,
        warm_start=True,
        **solver,
    ).fit(X, y)
    theirs.t_, theirs.best_loss_ = 0, np.inf  # as if its weights were the initial ones
    # MLPClassifier divides alpha by the rows of a minibatch, not by those of all data.
    ours = from_sklearn(theirs).set_params(alpha=0.3 * len(X) / batch_size)
    for clf in (ours, theirs):
        clf.set_params(max_iter=20)
    theirs.fit(X, y)
    ours.fit(X, y)
    assert ours.n_iter_ == theirs.n_iter_
    assert_allclose(ours.loss_curve_[1:], theirs.loss_curve_[1:], rtol=1e-10)
    for ours_i, theirs_i in zip(
        ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True
    ):
        assert_allclose(ours_i, theirs_i, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    "solver",
    [{"solver": "adam"}, {"solver": "sgd"}, {"solver": "sgd", "nesterovs_momentum": False}],
)
def test_the_path_of_pytorch(iris, solver):
    torch = pytest.importorskip("torch")
    X, y = iris
    rate, epochs, batch_size = 0.01, 10, 30
    ours = warm(
        MLPSoftmaxClassifier,
        X,
        y,
        hidden_layer_sizes=(7, 5),
        activation="tanh",
        alpha=0.0,
        learning_rate_init=rate,
        batch_size=batch_size,
        shuffle=False,
        epsilon=1e-16,
        random_state=0,
        **solver,
    )
    layers = []
    for W, b in zip(ours.coefs_, ours.intercepts_, strict=True):
        layer = torch.nn.Linear(*W.shape, dtype=torch.float64)
        layer.weight.data = torch.tensor(W.T.copy())
        layer.bias.data = torch.tensor(b.copy())
        layers += [layer, torch.nn.Tanh()]
    net = torch.nn.Sequential(*layers[:-1])
    if solver["solver"] == "adam":
        optimizer = torch.optim.Adam(net.parameters(), lr=rate, eps=1e-16)
    else:
        nesterov = solver.get("nesterovs_momentum", True)
        optimizer = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9, nesterov=nesterov)
    X_torch, y_torch = torch.tensor(X.copy()), torch.tensor(y.copy())
    for _ in range(epochs):
        for start in range(0, len(X), batch_size):
            rows = slice(start, start + batch_size)
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(net(X_torch[rows]), y_torch[rows]).backward()
            optimizer.step()
    ours.set_params(max_iter=epochs).fit(X, y)
    assert_allclose(
        ours.decision_function(X), net(X_torch).detach().numpy(), rtol=1e-10, atol=1e-10
    )


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_integer_weights_equal_repeated_rows(iris, solver):
    X, y = iris
    X, y = X[::3], y[::3]
    weight = np.random.default_rng(0).integers(0, 4, len(y))
    clf = MLPSoftmaxClassifier(
        (6,), solver=solver, activation="tanh", max_iter=30, batch_size=1000, random_state=0
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "batch_size=1000")
        weighted = clf.fit(X, y, sample_weight=weight).predict_proba(X)
        repeated = clf.fit(np.repeat(X, weight, axis=0), np.repeat(y, weight)).predict_proba(X)
    assert_allclose(weighted, repeated, atol=1e-8)


@pytest.mark.parametrize(
    ("solver", "parameters"),
    [
        ("adam", {}),
        ("adamw", {"weight_decay": 0.0}),
        ("nadam", {}),
        ("rmsprop", {}),
        ("sgd", {"learning_rate_init": 0.5}),
    ],
)
def test_minibatches_end_at_logistic_regression(iris, solver, parameters):
    X, y = iris
    clf = MLPSoftmaxClassifier(
        depth=0,
        solver=solver,
        learning_rate="onecycle",
        max_iter=1000,
        random_state=0,
        **parameters,
    ).fit(X, y)
    theirs = LogisticRegression(C=1 / clf.alpha).fit(X, y)
    assert_allclose(clf.predict_proba(X), theirs.predict_proba(X), atol=0.01)


def test_a_larger_penalty_makes_smaller_weights(digits):
    X, y = digits[0][:300], digits[1][:300]
    networks = [MLPSoftmaxClassifier(alpha=a, random_state=0).fit(X, y) for a in (0.0, 1.0, 10.0)]
    sizes = [sum((W**2).sum() for W in network.coefs_) for network in networks]
    assert sizes[0] > 2 * sizes[1] > 4 * sizes[2]


@pytest.mark.parametrize("batch_size", [1, 32, 100])
def test_weights_have_the_same_effect_at_every_batch_size(iris, batch_size):
    X, y = iris
    X, y = X[50:, :2], y[50:]
    weight = np.where(y == 2, 5.0, 1.0)
    clf = MLPSoftmaxClassifier(
        (),
        solver="sgd",
        alpha=1.0,
        momentum=0,
        learning_rate_init=0.004 * batch_size,  # the same total step per epoch
        batch_size=batch_size,
        max_iter=400,
        tol=0,
        n_iter_no_change=np.inf,
        random_state=0,
    )
    P = clf.fit(X, y, sample_weight=weight).predict_proba(X)
    optimum = MLPSoftmaxClassifier((), solver="lbfgs", alpha=1.0, tol=1e-9, max_iter=1000)
    assert_allclose(P, optimum.fit(X, y, sample_weight=weight).predict_proba(X), atol=0.02)
    assert np.abs(P - optimum.fit(X, y).predict_proba(X)).max() > 0.3


def test_class_weights_equal_sample_weights(iris):
    X, y = iris
    clf = MLPSoftmaxClassifier((6,), max_iter=10, random_state=0)
    by_class = clf.set_params(class_weight={2: 3.0}).fit(X, y).predict_proba(X)
    clf.set_params(class_weight=None)
    by_sample = clf.fit(X, y, sample_weight=np.where(y == 2, 3.0, 1.0)).predict_proba(X)
    assert_allclose(by_class, by_sample, rtol=1e-12)


def test_log_probabilities_are_those_of_the_logits(iris):
    X, y = iris
    clf = MLPSoftmaxClassifier(max_iter=20, random_state=0).fit(X, y)
    assert_allclose(clf.predict_proba(X), softmax(clf.decision_function(X)), rtol=1e-12)
    assert_allclose(np.exp(clf.predict_log_proba(X)), clf.predict_proba(X), rtol=1e-12)


@pytest.mark.parametrize(
    "setting",
    [
        {"learning_rate": "invscaling", "learning_rate_init": 0.1},
        {"learning_rate": "adaptive", "learning_rate_init": 0.3, "batch_size": 8},
    ],
    ids=str,
)
def test_the_same_learning_rate_is_the_same_step_on_two_classes(setting):
    """From different initial weights, both learn two moons about equally well with SGD."""
    X, y = make_moons(400, noise=0.2, random_state=0)
    X = X / X.std(axis=0)
    losses = []
    for seed in range(3):
        for estimator in (MLPSoftmaxClassifier, MLPClassifier):
            clf = estimator(solver="sgd", alpha=1e-4, random_state=seed, **setting).fit(X, y)
            losses.append(log_loss(y, clf.predict_proba(X)))
    ours, theirs = np.reshape(losses, (-1, 2)).mean(axis=0)
    assert ours < theirs + 0.06
