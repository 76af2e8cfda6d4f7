"""The values of "auto": number of epochs, batch size and learning rate."""

import numpy as np
import pytest
from conftest import make

from skmlp import MLPSoftmaxClassifier
from skmlp.estimator.auto import resolve_auto
from skmlp.estimator.settings import read_settings

PLANNED = ["adam", "adamw", "nadam", "rmsprop"]


def resolved(n_samples=5000, of_stream=False, **parameters):
    settings = read_settings(MLPSoftmaxClassifier(**parameters))
    return resolve_auto(settings, n_samples, of_stream=of_stream)


def lengths(n_samples, **parameters):
    settings = resolved(n_samples, **parameters)
    return settings.max_iter, settings.batch_size


@pytest.mark.parametrize(
    ("n_samples", "expected"),
    [
        (20, (150, 20)),
        (100, (150, 64)),
        (320, (100, 64)),
        (640, (60, 64)),
        (10_000, (60, 100)),
        (10_000_000, (60, 1024)),
    ],
)
def test_number_of_epochs_with_a_schedule_of_fixed_length(n_samples, expected):
    assert lengths(n_samples) == expected


@pytest.mark.parametrize("learning_rate", ["linear", "cosine", "onecycle"])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_a_schedule_by_name_is_also_of_fixed_length(learning_rate, solver):
    assert lengths(5000, learning_rate=learning_rate, solver=solver) == (60, 64)


def test_fewer_steps_per_epoch_make_more_epochs():
    assert lengths(5000, batch_size=500) == (60, 500)
    assert lengths(5000, batch_size=1000) == (100, 1000)


def test_the_rate_follows_the_batch_size():
    rates = [resolved(batch_size=size).learning_rate_init for size in (1, 64, 256, 1024)]
    assert rates == [0.02, 0.02, 0.04, 0.08]


def test_the_rate_follows_the_depth():
    rates = [resolved(depth=depth).learning_rate_init for depth in (0, 1, 4)]
    assert rates == [0.02, 0.02, 0.01]


@pytest.mark.parametrize(("n_samples", "batch_size"), [(50, 50), (5000, 200)])
@pytest.mark.parametrize("parameters", [{"solver": "sgd"}, {"learning_rate": "constant"}])
def test_other_settings_have_the_defaults_of_mlp_classifier(n_samples, batch_size, parameters):
    assert lengths(n_samples, **parameters) == (200, batch_size)


def test_lbfgs_takes_all_rows():
    assert lengths(5000, solver="lbfgs", learning_rate="onecycle") == (200, 5000)


def test_numbers_are_not_replaced():
    assert lengths(5000, max_iter=7, batch_size=9, learning_rate="onecycle") == (7, 9)


@pytest.mark.parametrize("solver", PLANNED)
def test_the_rate_with_a_schedule_of_fixed_length(solver):
    settings = resolved(solver=solver)
    assert (settings.learning_rate, settings.learning_rate_init) == ("onecycle", 0.02)


@pytest.mark.parametrize("solver", [*PLANNED, "sgd"])
def test_the_rate_where_max_iter_is_a_limit(solver):
    settings = resolved(solver=solver, max_iter=200)
    assert (settings.learning_rate, settings.learning_rate_init) == ("constant", 0.001)


@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
def test_sgd_and_lbfgs_have_no_schedule_of_fixed_length(solver):
    settings = resolved(solver=solver)
    assert (settings.learning_rate, settings.learning_rate_init) == ("constant", 0.001)


@pytest.mark.parametrize(("solver", "rate"), [("adam", 0.002), ("sgd", 0.001)])
def test_the_rate_of_a_stream(solver, rate):
    settings = resolved(solver=solver, of_stream=True)
    assert (settings.learning_rate, settings.learning_rate_init) == ("constant", rate)
    assert settings.max_iter == 1


def test_the_rate_of_a_schedule_by_name():
    assert resolved(max_iter=30, learning_rate="cosine").learning_rate_init == 0.02
    assert resolved(learning_rate="cosine", solver="sgd").learning_rate_init == 0.001


def test_a_rate_is_not_changed_by_an_automatic_schedule():
    settings = resolved(learning_rate_init=0.005)
    assert (settings.learning_rate, settings.learning_rate_init) == ("onecycle", 0.005)


# The values in force


def in_force(clf):
    return clf.max_iter_, clf.batch_size_, clf.learning_rate_, clf.learning_rate_init_


def test_resolved_values_are_attributes(iris):
    clf = MLPSoftmaxClassifier(random_state=0).fit(*iris)
    assert in_force(clf) == (150, 64, "onecycle", 0.02)
    assert clf.n_iter_ == 150
    clf.partial_fit(*iris)
    assert in_force(clf) == (1, 150, "constant", 0.002)


def test_parameters_are_not_changed(iris):
    clf = MLPSoftmaxClassifier(random_state=0)
    before = clf.get_params()
    assert clf.fit(*iris).get_params() == before


def test_resolved_values_of_numbers(iris):
    clf = make(max_iter=3, tol=0, batch_size=50, learning_rate_init=0.1, learning_rate="cosine")
    assert in_force(clf.fit(*iris)) == (3, 50, "cosine", 0.1)


def test_an_imported_network_has_no_resolved_values(iris):
    from sklearn.neural_network import MLPClassifier

    from skmlp.export import from_sklearn

    X, y = iris
    clf = from_sklearn(MLPClassifier(5, tol=0.1, random_state=0).fit(X, y))
    with pytest.raises(AttributeError, match="imported and has not been trained since"):
        _ = clf.max_iter_
    assert clf.partial_fit(X, y).batch_size_ == len(y)


# Results


def test_training_with_a_schedule_of_fixed_length_ends_without_a_warning(digits):
    X, y = digits
    clf = MLPSoftmaxClassifier(random_state=0).fit(X[:300], y[:300])  # warnings are errors
    assert clf.score(X[300:], y[300:]) > 0.85


def test_a_deep_network_learns(digits):
    X, y = digits
    clf = MLPSoftmaxClassifier(50, depth=20, random_state=0).fit(X[:900], y[:900])
    assert clf.score(X[900:], y[900:]) > 0.85


def test_a_repeated_row_counts_as_a_weight_of_2_where_all_rows_are_one_minibatch(iris):
    X, y = iris[0][::5], iris[1][::5]
    weight = np.where(y == 0, 2.0, 1.0)
    rows = np.repeat(np.arange(len(y)), weight.astype(int))
    weighted = MLPSoftmaxClassifier(random_state=0).fit(X, y, weight)
    repeated = MLPSoftmaxClassifier(random_state=0).fit(X[rows], y[rows])
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), atol=1e-9)
