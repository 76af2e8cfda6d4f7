import pytest

from skmlp import MLPSoftmaxClassifier
from skmlp.estimator.fitting import settle_lengths
from skmlp.estimator.parameters import read_parameters


def lengths(n_samples, **parameters):
    p = read_parameters(MLPSoftmaxClassifier(**parameters))
    settle_lengths(p, n_samples)
    return p.max_iter, p.batch_size


@pytest.mark.parametrize("learning_rate", ["linear", "cosine", "onecycle"])
@pytest.mark.parametrize(
    ("n_samples", "expected"),
    [
        (20, (100, 20)),
        (100, (75, 32)),
        (1000, (48, 64)),
        (10_000, (30, 256)),
        (1_000_000, (12, 256)),
        (10_000_000, (10, 256)),
    ],
)
def test_auto_with_a_planned_schedule(n_samples, expected, learning_rate):
    found = lengths(n_samples, max_iter="auto", learning_rate=learning_rate)
    assert found == expected


@pytest.mark.parametrize(("n_samples", "batch_size"), [(50, 50), (5000, 200)])
def test_auto_with_other_schedules_is_that_of_mlp_classifier(n_samples, batch_size):
    assert lengths(n_samples, max_iter="auto") == (200, batch_size)


def test_auto_with_lbfgs():
    found = lengths(5000, max_iter="auto", solver="lbfgs", learning_rate="onecycle")
    assert found == (200, 5000)


def test_numbers_stay_as_they_are():
    assert lengths(5000, max_iter=7, batch_size=9, learning_rate="onecycle") == (7, 9)


def test_the_epochs_of_auto_are_told(iris):
    clf = MLPSoftmaxClassifier(learning_rate="onecycle", max_iter="auto", random_state=0)
    assert clf.fit(*iris).n_iter_ == round(30 * (10_000 / 150) ** 0.2)


def test_early_stopping_keeps_the_best_epoch_of_a_schedule_that_runs_its_course(digits):
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
