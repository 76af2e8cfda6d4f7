"""Output and warnings of a fit."""

import re
import warnings

import numpy as np
import pytest
from conftest import make
from sklearn.datasets import load_wine
from sklearn.exceptions import ConvergenceWarning

from skmlp import MLPSoftmaxClassifier

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*Maximum iterations:sklearn.exceptions.ConvergenceWarning"
)


# Warnings


def test_an_increased_loss_is_reported(iris):
    clf = make(solver="sgd", activation="identity", learning_rate_init=1e3)
    with pytest.warns(ConvergenceWarning, match="above that of its first epoch"):
        clf.fit(iris[0] * 100, iris[1])


def test_messages_of_lbfgs_name_what_it_uses(iris):
    with pytest.warns(ConvergenceWarning) as caught:
        make(solver="lbfgs", max_time=1e-9).fit(*iris)
    assert "1 iterations" in str(caught[0].message)
    assert "batch_size" not in str(caught[0].message)
    assert "iterations" in make(solver="lbfgs", max_iter=200, tol=0.1).fit(*iris).summary()


def test_max_iter_is_reported_once_with_advice(iris):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        make(max_iter=2).fit(*iris)
    (warning,) = caught
    assert warning.category is ConvergenceWarning
    assert re.search(r"max_iter=2\) reached .* Raise max_iter", str(warning.message))
    assert warning.filename == __file__


def test_a_warning_where_code_has_no_module(iris):
    X, y = iris
    with pytest.warns(ConvergenceWarning):
        exec("clf.fit(X, y)", {"clf": make(max_iter=2), "X": X, "y": y})


def test_a_batch_larger_than_the_data(iris):
    with pytest.warns(UserWarning, match="batch_size=1000 is larger than the 150 samples"):
        make(batch_size=1000).fit(*iris)


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_divergence_warns_and_keeps_finite_weights(iris, dtype, early_stopping):
    X, y = iris[0].astype(dtype), iris[1]
    clf = make(
        solver="sgd",
        activation="identity",
        learning_rate_init=1e6,
        early_stopping=early_stopping,
        depth=3,
    )
    with np.errstate(all="ignore"), pytest.warns(ConvergenceWarning, match="Training diverged"):
        clf.fit(X, y)
    assert np.isfinite(clf.predict_proba(X)).all()


def test_max_time(digits):
    clf = make(max_time=1e-9, max_iter=10_000)
    with pytest.warns(ConvergenceWarning, match="reached after 1 epochs"):
        clf.fit(*digits)


# Printing


def test_verbose_prints_aligned_lines(iris, capsys):
    make(verbose=True, max_iter=11, learning_rate_init=0.1).fit(iris[0] * 10, iris[1])
    *epochs, last = capsys.readouterr().out.splitlines()
    assert len(epochs) == 11
    assert len({line.index("| learning") for line in epochs}) == 1
    assert len({line.index(".") for line in epochs}) == 1
    assert all(
        re.match(r"Iteration +\d+ \| loss +\d+\.\d+ \| learning rate .* s$", line)
        for line in epochs
    )
    assert last == "Stopped after 11 epochs: all epochs done."


def test_verbose_prints_the_validation_score(iris, capsys):
    clf = make(verbose=True, early_stopping=True, max_iter=2).fit(*iris)
    printed = capsys.readouterr().out
    for score, loss in zip(clf.validation_scores_, clf.validation_loss_curve_, strict=True):
        assert f"| validation score {score:8.4f} | validation loss {loss:10.6f} |" in printed


def test_silent_by_default(iris, capsys):
    make().fit(*iris)
    assert capsys.readouterr().out == ""


# No better than a constant


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
    assert "of predicting the class frequencies" in message
    assert "StandardScaler" in message


def test_a_linear_model_of_a_truth_that_is_not_linear():
    clf = MLPSoftmaxClassifier(depth=0, solver="lbfgs", random_state=0)
    (message,) = warned(
        clf, np.tile([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], (9, 1)), [0, 1, 1, 0] * 9
    )
    assert "add a hidden layer (depth=1)" in message
    assert "learning_rate_init" not in message


def test_a_penalty_that_outweighs_the_data(iris):
    clf = MLPSoftmaxClassifier(alpha=1e4, random_state=0)
    (message,) = warned(clf, *iris)
    assert "of predicting the class frequencies" in message
    assert "lower alpha=10000.0 if the penalty is too strong" in message


def test_training_with_a_schedule_of_fixed_length_whose_loss_grows(digits):
    (message,) = warned(MLPSoftmaxClassifier(learning_rate_init=1.0, random_state=0), *digits)
    assert "above that of its first epoch" in message


def test_a_penalty_on_initial_weights_does_not_warn(digits):
    """With few rows, the loss is mostly penalty, but the cross-entropy is below a constant's."""
    X, y = digits[0][:30], digits[1][:30]
    clf = MLPSoftmaxClassifier(max_iter=20, random_state=0)
    (message,) = warned(clf, X, y)
    assert clf.loss_ > np.log(10)
    assert "predicting the class frequencies" not in message


def test_the_class_frequencies_are_weighted(iris):
    """With weights 100 to 1, a constant has a loss of 0.1, which this network does not reach."""
    X, y = iris
    weight = np.where(y == 0, 100.0, 1.0)
    clf = MLPSoftmaxClassifier(learning_rate_init=1e-6, max_iter=20, random_state=0)
    messages = warned(clf, X * 3, y, sample_weight=weight)
    assert len(messages) == 1
    assert "of predicting the class frequencies" in messages[0]


def test_label_smoothing_counts_in_the_constant(iris):
    clf = MLPSoftmaxClassifier(
        label_smoothing=0.9, learning_rate_init=0.01, max_iter=150, tol=0, random_state=0
    )
    (message,) = warned(clf, *iris)
    assert "predicting the class frequencies" not in message


def test_one_class_does_not_warn():
    assert all(
        "frequencies" not in text for text in warned(MLPSoftmaxClassifier(), np.eye(4), [1] * 4)
    )


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
    assert "of predicting the class frequencies" in message


def test_raw_features_are_learned_or_warned_of():
    X, y = load_wine(return_X_y=True)
    for seed in range(5):
        clf = MLPSoftmaxClassifier(random_state=seed)
        messages = warned(clf, X, y)
        assert clf.score(X, y) > 0.8 or "predicting the class frequencies" in " ".join(messages)


def test_a_weak_signal_in_many_rows_does_not_warn():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40_000, 3))
    y = rng.random(40_000) < 0.5 + 0.02 * X[:, 0]
    assert warned(MLPSoftmaxClassifier(depth=0, solver="lbfgs"), X, y) == []


def test_a_rare_class_scored_by_the_loss_does_not_warn():
    rng = np.random.default_rng(0)
    y = (rng.random(2000) < 0.02).astype(int)
    X = rng.normal(size=(2000, 5)) + 1.5 * y[:, None]
    clf = MLPSoftmaxClassifier(early_stopping=True, scoring="loss", random_state=0)
    assert warned(clf, X, y) == []


# The epoch that is kept


def best_in_epoch(best):
    """Return a scorer with the best score in a given epoch, for any model."""
    epochs = iter(range(1, 1000))
    return lambda clf, X, y: -float(abs(next(epochs) - best))


def kept_loss(clf):
    return "The cross-entropy of the weights kept, "


def test_a_kept_epoch_no_better_than_a_constant_before_better_ones(iris):
    X, y = iris
    clf = MLPSoftmaxClassifier(
        early_stopping=True, scoring=best_in_epoch(1), n_iter_no_change=200, max_iter=200, tol=0
    )
    clf.set_params(alpha=1e-4, learning_rate_init=0.003, initializer="he_normal", random_state=0)
    (message,) = warned(clf, X, y)
    assert clf.best_epoch_ == 1
    assert clf.loss_curve_[-1] < 0.3 < 1.0 < clf.loss_curve_[0]
    assert kept_loss(clf) in message


def test_a_kept_epoch_better_than_a_constant_before_worse_ones(iris):
    X, y = iris
    clf = MLPSoftmaxClassifier(
        activation="tanh", alpha=1e-4, early_stopping=True, scoring=best_in_epoch(2), max_iter=30
    )
    # The warm-up is so long that the rate becomes too high.
    clf.set_params(learning_rate="linear", warmup_fraction=0.9, learning_rate_init=3.0)
    messages = warned(clf.set_params(random_state=0), X, y)
    assert clf.best_epoch_ == 2
    assert clf.loss_curve_[1] < 0.5 < np.log(3) < clf.loss_curve_[-1]
    assert messages == []
