"""Training: continuing from call to call, solvers and schedules."""

import warnings

import numpy as np
import pytest
from conftest import make
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from skmlp import MLPSoftmaxClassifier
from skmlp.network import Objective

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*Maximum iterations:sklearn.exceptions.ConvergenceWarning"
)


# Continuing


def test_partial_fit_is_fit_in_pieces(iris):
    X, y = iris
    parameters = {"alpha": 0.0, "learning_rate_init": 0.001, "tol": 0}
    whole = make(max_iter=5, **parameters).fit(X, y)
    pieces = make(max_iter=1, **parameters).fit(X, y)
    for _ in range(4):
        pieces.partial_fit(X, y)
    assert_array_equal(whole.parameters_, pieces.parameters_)
    assert whole.loss_curve_ == pieces.loss_curve_


def test_partial_fit_learns_classes_that_come_later(iris):
    X, y = iris
    clf = make(learning_rate_init=0.01).partial_fit(X[:100], y[:100], classes=[0, 1, 2])
    for _ in range(100):
        clf.partial_fit(X, y)
    assert clf.score(X, y) > 0.9


def test_partial_fit_needs_classes_first(iris):
    with pytest.raises(ValueError, match="first call to partial_fit needs classes"):
        make().partial_fit(*iris)


@pytest.mark.parametrize(
    "changed",
    [{"learning_rate_init": 0.1}, {"alpha": 100.0}, {"momentum": 0.1}, {"batch_size": 10}],
)
def test_parameters_changed_between_calls_take_effect(iris, changed):
    X, y = iris
    a, b = (make(solver="sgd").partial_fit(X, y, classes=[0, 1, 2]) for _ in range(2))
    b.set_params(**changed)
    for clf in (a, b):
        clf.partial_fit(X, y)
    assert not np.allclose(a.parameters_, b.parameters_, rtol=1e-6)


def test_the_solver_may_change_between_calls(iris):
    X, y = iris
    clf = make().partial_fit(X, y, classes=[0, 1, 2]).set_params(solver="sgd").partial_fit(X, y)
    assert np.isfinite(clf.parameters_).all()


def test_partial_fit_balances_the_rows_of_each_call(iris):
    X, y = iris
    X, y = X[:70], y[:70]
    weight = np.where(y == 0, 0.7, 1.75)
    a = make(class_weight="balanced").partial_fit(X, y, classes=[0, 1, 2])
    b = make().partial_fit(X, y, classes=[0, 1, 2], sample_weight=weight)
    assert_allclose(a.parameters_, b.parameters_, rtol=1e-10)


def test_partial_fit_does_not_exist_for_lbfgs():
    with pytest.raises(AttributeError, match="has no attribute 'partial_fit'"):
        make(solver="lbfgs").partial_fit  # noqa: B018


def test_warm_start_continues(iris):
    X, y = iris
    clf = make(warm_start=True).fit(X, y)
    first = clf.loss_
    clf.fit(X, y)
    assert clf.loss_ < first
    assert clf.n_iter_ == 15
    assert len(clf.loss_curve_) == 30


@pytest.mark.parametrize("change", [{"alpha": 100.0}, {"early_stopping": True, "scoring": "loss"}])
def test_warm_start_does_not_compare_with_another_objective(iris, change):
    clf = make(warm_start=True, learning_rate_init=0.01, early_stopping=True, max_iter=50)
    clf.fit(*iris)
    before = clf.parameters_.copy()
    clf.set_params(**{"early_stopping": False, "n_iter_no_change": 30} | change).fit(*iris)
    assert clf.n_iter_ > 31
    assert (clf.parameters_ != before).any()


def test_a_weight_counts_in_calls_of_one_row(binary):
    X, y = binary
    weight = np.where(y == 1, 9.0, 1.0)

    def stream(weight):
        clf = make(depth=0, solver="sgd", learning_rate_init=0.05, alpha=0.0)
        for _ in range(3):
            for i in range(len(y)):
                w = None if weight is None else weight[i : i + 1]
                clf.partial_fit(X[i : i + 1], y[i : i + 1], w, classes=[0, 1])
        return clf.predict_proba(X)[:, 1].mean()

    assert stream(weight) > stream(None) + 0.01


def test_a_call_without_weights_follows_one_with_them(iris):
    X, y = iris
    halved, reference = make(alpha=0.0), make(alpha=0.0)
    for weight in (np.full(len(y), 3.0), None):
        halved.partial_fit(X, y, weight, classes=[0, 1, 2])
    reference.partial_fit(X, y, classes=[0, 1, 2]).partial_fit(X, y, np.full(len(y), 1.0))
    assert halved.loss_curve_[0] == pytest.approx(reference.loss_curve_[0], rel=1e-4)
    assert halved.loss_curve_[1] == pytest.approx(reference.loss_curve_[1] / 2, rel=1e-2)


# The rows


@pytest.fixture
def rows_of_epochs(monkeypatch):
    """Return a function that fits, and returns the rows of each epoch, in order."""
    original, rows = Objective.data_term, []

    def recorded(self, parameters, batch, scale):
        rows.extend(batch.rows)
        return original(self, parameters, batch, scale)

    def fit(X, y, **parameters):
        clf = make(**parameters).fit(X, y)
        return np.reshape(rows, (clf.n_iter_, -1))

    monkeypatch.setattr(Objective, "data_term", recorded)
    return fit


@pytest.mark.parametrize("early_stopping", [False, True])
def test_each_epoch_takes_the_rows_in_a_new_order(iris, rows_of_epochs, early_stopping):
    epochs = rows_of_epochs(*iris, batch_size=40, max_iter=3, early_stopping=early_stopping)
    assert epochs.shape == (3, 135 if early_stopping else 150)
    assert_array_equal(np.sort(epochs, axis=1), [np.unique(epochs)] * 3)
    assert not (np.diff(epochs, axis=0) == 0).all(axis=1).any()
    assert (np.abs(np.diff(epochs, axis=1)) > 1).mean() > 0.9


def test_without_shuffling_rows_keep_their_order(iris, rows_of_epochs):
    epochs = rows_of_epochs(*iris, batch_size=40, max_iter=3, shuffle=False)
    assert_array_equal(epochs, [np.arange(150)] * 3)


# Regularisation, solvers, schedules


@pytest.mark.parametrize("setting", [{"dropout": 0.3}, {"input_dropout": 0.3}, {"dropout": [0.3]}])
def test_dropout_changes_training_and_not_prediction(iris, setting):
    X, y = iris
    clf, reference = make(**setting).fit(X, y), make().fit(X, y)
    assert not np.allclose(clf.parameters_, reference.parameters_)
    assert_array_equal(clf.predict_proba(X), clf.predict_proba(X))


@pytest.mark.filterwarnings("ignore:These parameters have no effect:UserWarning")
def test_dropout_is_ignored_where_there_is_no_hidden_layer(iris):
    a, b = (make(depth=0, dropout=rate).fit(*iris) for rate in (0.0, 0.5))
    assert_array_equal(a.parameters_, b.parameters_)


def test_dropout_of_a_sparse_table_is_that_of_the_dense_one(digits):
    X, y = (part[:300] for part in digits)
    setting = {"input_dropout": 0.2, "dropout": 0.1, "learning_rate_init": 0.02, "max_iter": 40}
    stored, dense = (make(**setting).fit(table, y) for table in (sparse.csr_array(X), X))
    assert dense.score(X, y) > 0.8
    assert_allclose(stored.loss_curve_, dense.loss_curve_, rtol=1e-3)


def test_label_smoothing_keeps_probabilities_from_the_extremes(iris):
    X, y = iris
    reference, smooth = (
        make(learning_rate_init=0.05, max_iter=100, label_smoothing=s).fit(X, y) for s in (0, 0.3)
    )
    assert smooth.predict_proba(X).max() < 0.97 < 0.99 < reference.predict_proba(X).max()


@pytest.mark.parametrize("solver", ["adamw", "nadam", "rmsprop"])
def test_further_solvers_train(digits, solver):
    X, y = digits
    clf = make(solver=solver, hidden_layer_sizes=(50,), max_iter=20, tol=0).fit(X, y)
    assert clf.score(X, y) > 0.9


def test_weight_decay_shrinks_weights(iris):
    small, large = (make(solver="adamw", weight_decay=d).fit(*iris) for d in (0.0, 10.0))
    norms = [sum(np.sum(W**2) for W in clf.coefs_) for clf in (small, large)]
    assert norms[1] < 0.8 * norms[0]


def test_max_grad_norm_keeps_a_diverging_fit_finite(iris):
    X, y = iris
    setting = {"solver": "sgd", "activation": "identity", "depth": 3, "learning_rate_init": 1.0}
    clf = make(max_grad_norm=0.1, **setting).fit(X, y)
    assert np.isfinite(clf.loss_curve_).all()


@pytest.mark.parametrize("learning_rate", ["linear", "cosine", "onecycle"])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_schedules_of_fixed_length(iris, learning_rate, solver):
    clf = make(learning_rate=learning_rate, solver=solver, learning_rate_init=0.01, tol=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the schedule is completed: there is no warning
        clf.fit(*iris)
    rates = np.array(clf.learning_rates_)
    assert len(rates) == clf.n_iter_ == 15
    assert 0.007 < rates.max() <= 0.01
    assert (np.diff(rates[2:]) < 0).all()


def test_schedules_of_fixed_length_are_not_for_partial_fit(iris):
    with pytest.raises(ValueError, match="a schedule of fixed length"):
        make(learning_rate="cosine").partial_fit(*iris, classes=[0, 1, 2])


def test_early_stopping_keeps_the_best_epoch_of_a_schedule_of_fixed_length(digits):
    clf = MLPSoftmaxClassifier(
        learning_rate="onecycle",
        learning_rate_init=0.01,
        max_iter=30,
        n_iter_no_change=1,
        early_stopping=True,
        random_state=0,
    ).fit(*digits)
    assert clf.n_iter_ == 30
    assert clf.best_validation_score_ == max(clf.validation_scores_)
    assert clf.learning_rates_[-1] < 1e-4


def test_balancing_counts_the_calls_before_it_began(iris):
    X, y = iris
    first, second = slice(0, 70), slice(70, 150)  # of classes of 50, 20 and of 30, 50 rows
    balanced, weighted = (
        make().partial_fit(X[first], y[first], classes=[0, 1, 2]) for _ in range(2)
    )
    balanced.set_params(class_weight="balanced").partial_fit(X[second], y[second])
    weighted.partial_fit(X[second], y[second], np.ones(80))  # now all three have 50 rows
    assert_allclose(balanced.parameters_, weighted.parameters_, rtol=1e-9)
