import threading

import numpy as np
import pytest
from sklearn.metrics import log_loss
from threadpoolctl import threadpool_info, threadpool_limits

from skmlp.network.piecewise import PiecewiseColumns, PiecewiseTable
from skmlp.tabular.base_models import ALPHAS, train
from skmlp.tabular.ensemble import PLANS, Ensemble, _resolve_auto

SETTINGS = {
    "hidden_layer_sizes": (4,),
    "depth": None,
    "weight_decay": 0.1,
    "learning_rate_init": 0.01,
    "max_iter": 2,
    "batch_size": "auto",
}


def make(n, n_folds="auto", weight=None, **settings):
    rng = np.random.RandomState(0)
    values = rng.normal(size=(n, 3)).astype(np.float32)
    y = (values[:, 0] > 0).astype(int)
    columns = PiecewiseColumns(np.array([2], np.int64), *np.ones((2, 2), np.float32))
    table = PiecewiseTable(values, columns)
    return Ensemble(table, y, weight, np.array([0, 1]), SETTINGS | settings, n_folds, rng)


@pytest.mark.parametrize(
    ("n_rows", "n_folds"),
    [(49, 1), (50, 5), (600, 5), (601, 4), (2200, 4), (2201, 3), (10_000, 3), (10_001, 2)],
)
def test_folds_by_rows(n_rows, n_folds):
    assert len(make(n_rows).folds) == n_folds


@pytest.mark.parametrize(
    ("n_rows", "epochs", "batch_size"),
    [(400, 41, 32), (1300, 37, 64), (10_000, 30, 256), (100_000, 19, 256), (10**7, 10, 256)],
)
def test_lengths_by_rows(n_rows, epochs, batch_size):
    settings = {**SETTINGS, "max_iter": "auto", "batch_size": "auto"}
    resolved = _resolve_auto(settings, PLANS[0], n_rows, n_rows)["decayed"]
    assert resolved == {**settings, "max_iter": epochs, "batch_size": batch_size}


def test_lengths_that_are_set_are_kept():
    kept = make(10_001, max_iter=7, batch_size=9).settings
    assert {(of["max_iter"], of["batch_size"]) for of in kept.values()} == {(7, 9)}


@pytest.mark.parametrize(
    ("n_rows", "names"),
    [
        (600, ["decayed", "scaled", "linear"]),
        (601, ["piecewise", "decayed", "scaled", "linear"]),
    ],
)
def test_base_models_come_fold_by_fold(n_rows, names):
    ensemble = make(n_rows, n_folds=2)
    assert list(ensemble.train(1)) == [(name, fold) for fold in (0, 1) for name in names]


def test_types_are_trained_on_their_columns():
    ensemble = make(601, n_folds=1)
    list(ensemble.train(1))
    columns = {name: members[0].n_features_in_ for name, members in ensemble.members.items()}
    assert columns == {"piecewise": 4, "decayed": 4, "scaled": 2, "linear": 2}


@pytest.mark.parametrize(("n_rows", "width"), [(2200, 4), (2201, 6), (10_000, 6), (10_001, 8)])
@pytest.mark.parametrize("sizes", [{"hidden_layer_sizes": [4, 4]}, {"depth": 2}])
def test_scaled_networks_are_wider_on_more_rows(n_rows, width, sizes):
    settings = make(n_rows, **{"hidden_layer_sizes": 4, **sizes}).settings
    assert settings["scaled"]["hidden_layer_sizes"] == [width, width]
    assert settings["scaled"]["depth"] is None


@pytest.mark.parametrize(("n_rows", "epochs"), [(10_000, 30), (10_001, 75)])
def test_piecewise_networks_have_more_epochs_on_many_rows(n_rows, epochs):
    settings = make(n_rows, max_iter="auto").settings
    assert settings["piecewise"]["max_iter"] == epochs
    assert settings["decayed"]["max_iter"] == settings["scaled"]["max_iter"] == 30


@pytest.mark.parametrize("n_rows", [30, 200])
def test_the_penalty_is_chosen_for_few_rows(n_rows):
    ensemble = make(n_rows)
    list(ensemble.train(1))
    # The classes are separable, so that the smallest penalty is the best.
    assert {member.alpha for member in ensemble.members["linear"]} == {min(ALPHAS)}


def test_the_penalty_is_not_chosen_for_more_rows():
    ensemble = make(201, n_folds=1)
    list(ensemble.train(1))
    assert ensemble.members["linear"][0].alpha == 3


def test_losses_are_weighted():
    weight = np.random.default_rng(0).uniform(size=100)
    ensemble = make(100, n_folds=1, weight=weight)
    list(ensemble.train(1))
    _, rows = ensemble.folds[0]
    data = ensemble.compact_columns
    P = ensemble.members["linear"][0].predict_proba(data.X[rows])
    expected = log_loss(data.y[rows], P, sample_weight=weight[rows])
    assert ensemble.loss("linear", 0) == pytest.approx(expected)
    assert ensemble.model(None).validation_losses["linear"] == [pytest.approx(expected)]


@pytest.mark.parametrize(("n_rows", "linear"), [(200, 10 / 11), (201, 1 / 3)])
def test_few_rows_favour_the_linear_type(n_rows, linear):
    ensemble = make(n_rows, n_folds=1)
    list(ensemble.train(1))
    same = np.full((len(ensemble.folds[0][1]), 2), np.log(0.5))
    ensemble.log_P = {name: [same] for name in ensemble.log_P}
    assert ensemble.model(None).weights["linear"] == pytest.approx(linear)


# Threads of BLAS


def blas_threads():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


@pytest.fixture
def two_threads():
    with threadpool_limits(2, "blas"):
        yield


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_base_models_are_trained_with_one_thread(n_jobs, two_threads, monkeypatch):
    found = []

    def noting(*arguments):
        found.append(blas_threads())
        return train(*arguments)

    monkeypatch.setattr("skmlp.tabular.ensemble.train", noting)
    list(make(100, n_folds=1).train(n_jobs))
    assert found == [{1}] * 3
    assert blas_threads() == {2}


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_threads_are_restored_after_an_error_in_training(error, two_threads, monkeypatch):
    def failing(*arguments):
        raise error

    monkeypatch.setattr("skmlp.tabular.ensemble.train", failing)
    with pytest.raises(error):
        list(make(100).train(1))
    assert blas_threads() == {2}


def consume_one(ensemble):
    for _ in ensemble.train(1):
        raise KeyboardInterrupt


def test_threads_are_restored_after_an_interruption_between_base_models(two_threads):
    with pytest.raises(KeyboardInterrupt):
        consume_one(make(100))
    assert blas_threads() == {2}


def test_ensembles_in_several_python_threads():
    def fit(i):
        ensemble = make(100, n_folds=1)
        list(ensemble.train(1))
        losses[i] = ensemble.model(None).validation_losses

    before, losses = blas_threads(), [None] * 3
    workers = [threading.Thread(target=fit, args=(i,)) for i in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert losses[0] == losses[1] == losses[2] is not None
    assert blas_threads() == before
