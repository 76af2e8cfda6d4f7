"""The classifier on any Dask cluster has the same results as on one machine."""

import copy
import pickle
import threading
import time
from types import SimpleNamespace

import joblib
import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlp import Checkpoint, MLPSoftmaxClassifier
from skmlp.estimator.auto import resolve_auto
from skmlp.estimator.settings import read_settings

dask = pytest.importorskip("dask")
pytest.importorskip("distributed")

import dask.array as da  # noqa: E402
from dask.sizeof import sizeof  # noqa: E402
from distributed import Client, LocalCluster, futures_of, wait  # noqa: E402

from skmlp.dask import DaskMLPSoftmaxClassifier, actors  # noqa: E402
from skmlp.dask.backend import ClusterBackend  # noqa: E402
from skmlp.dask.shard import Shard  # noqa: E402
from skmlp.dask.table import _assignments, _partitions  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SMALL = {"hidden_layer_sizes": (8,), "max_iter": 4, "batch_size": 64, "random_state": 0}


def threads(n_workers):
    """Start a cluster of threads in this process, which nevertheless do not share arrays."""
    return Client(n_workers=n_workers, processes=False, dashboard_address=":0")


@pytest.fixture(scope="module")
def client():
    with threads(3) as client:
        yield client


@pytest.fixture(scope="module", params=[1, 2, 3, 4])
def any_client(request):
    with threads(request.param) as client:
        yield client


def chunked(X, rows, columns=-1):
    return da.from_array(X, chunks=(rows, columns))


def both(X, y, dX, dy, fit=None, dask_fit=None, **parameters):
    """Fit on one machine and on the cluster; return both."""
    local = MLPSoftmaxClassifier(**{**SMALL, **parameters}).fit(X, y, **(fit or {}))
    remote = DaskMLPSoftmaxClassifier(**{**SMALL, **parameters})
    return local, remote.fit(dX, dy, **(dask_fit or fit or {}))


def assert_same(local, remote, rtol=1e-11):
    assert_allclose(remote.loss_curve_, local.loss_curve_, rtol=rtol)
    assert_allclose(remote.parameters_, local.parameters_, rtol=rtol, atol=rtol)
    assert_array_equal(remote.classes_, local.classes_)
    assert (remote.validation_scores_ is None) == (local.validation_scores_ is None)
    if local.validation_scores_ is not None:
        assert_allclose(remote.validation_scores_, local.validation_scores_, rtol=rtol)
        assert_allclose(remote.validation_loss_curve_, local.validation_loss_curve_, rtol=rtol)


WEIGHTS = np.linspace(0, 2, 150)


@pytest.mark.parametrize(
    "parameters",
    [
        {"solver": "adam"},
        {"solver": "adamw", "learning_rate": "cosine"},
        {"solver": "nadam", "max_grad_norm": 0.5},
        {"solver": "rmsprop", "label_smoothing": 0.1},
        {"solver": "sgd", "learning_rate": "adaptive", "shuffle": False},
        {"solver": "lbfgs", "class_weight": "balanced"},
        {"early_stopping": True, "class_weight": {0: 2.0, 1: 1.0, 2: 0.5}},
        {"early_stopping": True, "scoring": "loss", "solver": "lbfgs"},
        {"early_stopping": True, "scoring": "roc_auc_ovr"},
        {"dropout": 0.3, "input_dropout": 0.1, "hidden_layer_sizes": (8, 6)},
        {"depth": 0, "hidden_layer_sizes": 10, "alpha": 0.1},
        {"activation": ["tanh", "gelu"], "depth": 2, "hidden_layer_sizes": 5},
    ],
    ids=lambda parameters: "-".join(map(str, parameters.values())),
)
def test_every_way_of_training(any_client, iris, parameters):
    X, y = iris
    dX, dy = chunked(X, 40), da.from_array(y, chunks=60)
    weighted = {"sample_weight": WEIGHTS}
    assert_same(*both(X, y, dX, dy, weighted, **parameters))


def test_two_classes(any_client, binary):
    X, y = binary
    assert_same(*both(X, y, chunked(X, 30), da.from_array(y, chunks=30), early_stopping=True))


def test_dropout_of_minibatches_of_many_blocks(client):
    X = np.random.default_rng(0).standard_normal((5000, 4))
    y = (X[:, 0] > 0).astype(int)
    local, remote = both(X, y, chunked(X, 900), y, batch_size=4500, dropout=0.5, input_dropout=0.2)
    assert_same(local, remote)


def test_float32(client, digits):
    X, y = digits
    local, remote = both(X, y, chunked(X, 400), y, solver="sgd")
    assert remote.parameters_.dtype == np.float32
    assert_same(local, remote, rtol=1e-4)


@pytest.mark.parametrize("rows", [(150,), (1, 149), (50, 0, 60, 40), (0, 150), 7])
@pytest.mark.parametrize("columns", [-1, (1, 3)])
def test_partitions_of_any_size(client, iris, rows, columns):
    X, y = iris
    assert_same(*both(X, y, chunked(X, rows, columns), da.from_array(y, chunks=33)))


def test_unknown_sizes_of_chunks(client, iris):
    X, y = iris
    dX, dy = chunked(X, 40), da.from_array(y, chunks=40)
    kept = dy != 1
    assert np.isnan(dX[kept].chunks[0]).all()
    assert_same(*both(X[y != 1], y[y != 1], dX[kept], dy[kept]))


@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csr_matrix])
def test_sparse_blocks(client, iris, kind):
    X, y = np.maximum(iris[0], 0), iris[1]
    dX = chunked(X, 40).map_blocks(kind)
    assert_same(*both(sparse.csr_array(X), y, dX, y, dropout=0.2, input_dropout=0.3))


@pytest.mark.parametrize("convert", [np.asarray, np.ndarray.tolist, sparse.csr_array])
def test_local_data(client, iris, convert):
    X, y = iris
    assert_same(*both(convert(X), y, convert(X), y.tolist(), early_stopping=True))


def test_frames(client, iris):
    pd = pytest.importorskip("pandas")
    dd = pytest.importorskip("dask.dataframe")
    X, y = pd.DataFrame(iris[0], columns=list("abcd")), pd.Series(iris[1]).map("class {}".format)
    w = pd.Series(WEIGHTS)
    split = [dd.from_pandas(data, npartitions=n) for n, data in enumerate((X, y, w), 2)]
    local, remote = both(
        X, y, *split[:2], {"sample_weight": w}, {"sample_weight": split[2]}, early_stopping=True
    )
    assert_same(local, remote)
    assert_array_equal(remote.feature_names_in_, list("abcd"))


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # within Dask, by pandas 3.1
def test_parquet(client, iris, tmp_path):
    pd = pytest.importorskip("pandas")
    dd = pytest.importorskip("dask.dataframe")
    pytest.importorskip("pyarrow")
    data = pd.DataFrame(iris[0], columns=list("abcd")).assign(label=iris[1])
    dd.from_pandas(data, npartitions=9).to_parquet(tmp_path / "table")
    table = dd.read_parquet(tmp_path / "table")
    local, remote = both(data[list("abcd")], data.label, table[list("abcd")], table.label)
    assert_same(local, remote)


def test_own_validation_data(client, iris):
    X, y = iris
    train, own = slice(0, 120, None), slice(90, 150)
    kept = {"X_val": X[own], "y_val": y[own], "sample_weight_val": WEIGHTS[own]}
    remote = {
        "X_val": chunked(X[own], 25),
        "y_val": da.from_array(y[own], chunks=11),
        "sample_weight_val": da.from_array(WEIGHTS[own], chunks=60),
    }
    assert_same(*both(X[train], y[train], chunked(X[train], 50), y[train], kept, remote))


@pytest.mark.filterwarnings("ignore:20 rows of the validation data")
@pytest.mark.parametrize("scoring", [None, "f1_macro"])
def test_own_validation_data_with_labels_that_are_unknown(client, iris, scoring):
    X, y = iris
    own = slice(80, 120)
    kept = {"X_val": X[own], "y_val": y[own]}
    remote = {"X_val": chunked(X[own], 25), "y_val": y[own]}
    local, remote = both(
        X[:100],
        y[:100],
        chunked(X[:100], 50),
        y[:100],
        kept,
        remote,
        scoring=scoring,
        early_stopping=True,
    )
    assert_same(local, remote)


def test_a_scorer_that_takes_weights(client, iris):
    X, y = iris
    fit = {"sample_weight": WEIGHTS}
    assert_same(*both(X, y, chunked(X, 50), y, fit, early_stopping=True, scoring="f1_macro"))


@pytest.mark.parametrize("kind", ["array", "frame", "made of a frame"])
def test_rows_stay_on_their_workers(client, iris, kind):
    X = chunked(iris[0], 30)
    if kind != "array":
        X = pytest.importorskip("dask.dataframe").from_dask_array(X, columns=list("abcd"))
    X = client.persist(X)
    wait(X)
    holders = {key[1]: where[0] for key, where in client.who_has(futures_of(X)).items()}
    if kind == "made of a frame":
        X = X[list("abc")] * 2
    assigned = _assignments(_partitions(X, client), X, client)
    assert {k: worker for worker, numbers in assigned for k in numbers} == holders


def test_lazy_rows_are_assigned_evenly(client, iris):
    X = chunked(iris[0], 25)
    assert [numbers for _, numbers in _assignments(_partitions(X, client), X, client)] == [
        [0, 1],
        [2, 3],
        [4, 5],
    ]


def test_workers_whose_numbers_have_other_dtypes(client, iris):
    X, y = iris[0].astype(np.float32), iris[1]
    single = da.from_delayed(dask.delayed(X[:100]), (100, 4), float)
    dX = da.concatenate([single, chunked(X[100:].astype(float), 50)])
    local, remote = both(X.astype(float), y, dX, y)
    assert remote.parameters_.dtype == np.float64
    assert_same(local, remote)


def test_warm_start(client, iris):
    X, y = iris
    local, remote = both(X, y, chunked(X, 50), y, warm_start=True, early_stopping=True)
    local.fit(X, y)
    remote.fit(chunked(X, (0, 100, 50)), y)
    assert len(remote.loss_curve_) == 8
    assert_same(local, remote)


def test_partial_fit(client, iris):
    X, y = iris
    local, remote = MLPSoftmaxClassifier(**SMALL), DaskMLPSoftmaxClassifier(**SMALL)
    for rows in (slice(0, 80), slice(60, 150)):
        local.partial_fit(X[rows], y[rows], WEIGHTS[rows], classes=[0, 1, 2])
        remote.partial_fit(chunked(X[rows], 30), y[rows], WEIGHTS[rows], classes=[0, 1, 2])
    assert_same(local, remote)


def test_partial_fit_is_hidden_for_lbfgs():
    assert not hasattr(DaskMLPSoftmaxClassifier(solver="lbfgs"), "partial_fit")


@pytest.mark.skipif(
    sklearn.__version__ < "1.9" and not hasattr(sklearn, "callback"), reason="scikit-learn < 1.9"
)
def test_callbacks_and_continuing_from_a_checkpoint(client, iris, tmp_path):
    X, y = iris
    path = tmp_path / "model.joblib"

    class InterruptAfter(Checkpoint):
        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            super().on_fit_task_end(estimator, context, fitted_estimator=fitted_estimator)
            assert estimator.score(chunked(X, 50), y) > 0
            if estimator.n_iter_ == 2:
                raise KeyboardInterrupt

    whole = MLPSoftmaxClassifier(**SMALL).fit(X, y)
    remote = DaskMLPSoftmaxClassifier(**SMALL).set_callbacks(InterruptAfter(path))
    with pytest.raises(KeyboardInterrupt):
        remote.fit(chunked(X, 50), y)
    assert remote.n_iter_ == 2
    again = joblib.load(path).set_params(warm_start=True).fit(chunked(X, 70), y)
    assert_same(whole, again)


def test_training_with_a_schedule_of_fixed_length_on_a_cluster(client):
    """Minibatches are larger than on one machine, and the rate scales with their square root."""
    settings = read_settings(DaskMLPSoftmaxClassifier())
    settings = resolve_auto(settings, 2_000_000, ClusterBackend(client).auto_batch_size)
    assert (settings.max_iter, settings.batch_size) == (60, 8192)
    assert settings.learning_rate_init == pytest.approx(0.02 * 128**0.5)


def test_the_rows_of_a_minibatch(client):
    auto = ClusterBackend(client).auto_batch_size
    assert [auto(n, fixed_length=False) for n in (1000, 100_000, 10**7)] == [200, 1000, 8192]
    X = np.random.default_rng(0).standard_normal((30_000, 2))
    y = (X[:, 0] > 0).astype(int)
    auto, given = (
        DaskMLPSoftmaxClassifier(**{**SMALL, "batch_size": size}).fit(X, y)
        for size in ("auto", 300)
    )
    assert_array_equal(auto.parameters_, given.parameters_)


# The estimator


def test_the_client_is_no_parameter(iris):
    with threads(1) as one, threads(1) as current:
        clf = DaskMLPSoftmaxClassifier(**SMALL)
        clf.client = one
        clf.fit(*iris)
        assert one.scheduler_info()["workers"].keys() != current.scheduler_info()["workers"].keys()
        assert "client" not in clf.get_params()
        assert clone(clf).client is None
        assert pickle.loads(pickle.dumps(clf)).client is None
        clone(clf).fit(*iris)  # on the current one


# Computations use the cluster of `clf.client`, which has the data and is not the current one


@pytest.fixture(params=["no current client", "another current client"])
def elsewhere(request, iris):
    """Return data on a cluster, and an estimator that was fitted to them."""
    options = {"n_workers": 1, "processes": False, "dashboard_address": ":0"}
    X, y = iris
    with Client(set_as_default=False, **options) as remote:
        vectors = da.from_array(y, 60), da.from_array(WEIGHTS, 40)
        dX, dy, dw = remote.persist([chunked(X, 50), *vectors])
        clf = DaskMLPSoftmaxClassifier(**SMALL)
        clf.client = remote
        clf.fit(dX, dy, dw)
        if request.param == "no current client":
            yield clf, dX, dy, dw
        else:
            with Client(**options):
                yield clf, dX, dy, dw


def test_score_is_computed_where_the_client_says(elsewhere, iris):
    clf, X, y, _ = elsewhere
    assert clf.score(X, y) == clf.to_local().score(*iris)
    assert clf.score(X, iris[1]) == clf.to_local().score(*iris)
    assert clf.score(iris[0], y) == clf.to_local().score(*iris)


def test_score_with_weights_is_computed_where_the_client_says(elsewhere, iris):
    clf, X, y, weight = elsewhere
    assert clf.score(X, y, weight) == pytest.approx(clf.to_local().score(*iris, WEIGHTS))


def test_predictions_stay_lazy_for_the_client_to_compute(elsewhere, iris):
    clf, X, y, _ = elsewhere
    lazy = clf.predict_proba(X), clf.hidden_activations(X), clf.input_gradients(X, y)
    local = clf.to_local()
    expected = (
        local.predict_proba(iris[0]),
        local.hidden_activations(iris[0]),
        local.input_gradients(*iris),
    )
    for result, array in zip(clf.client.gather(clf.client.compute(lazy)), expected, strict=True):
        assert_allclose(result, array)


def test_labels_of_gradients_are_computed_where_the_client_says(elsewhere, iris):
    clf, _, y, _ = elsewhere
    assert_array_equal(clf.input_gradients(iris[0], y), clf.to_local().input_gradients(*iris))


def test_classes_are_computed_where_the_client_says(elsewhere):
    clf, X, y, _ = elsewhere
    other = DaskMLPSoftmaxClassifier(**SMALL)
    other.client = clf.client
    assert other.partial_fit(X, y, classes=da.unique(y)).classes_.tolist() == [0, 1, 2]


def test_a_copy_keeps_the_client(elsewhere):
    clf, X, y, _ = elsewhere
    assert copy.copy(clf).score(X, y) == clf.score(X, y)


@pytest.mark.skipif(
    sklearn.__version__ < "1.9" and not hasattr(sklearn, "callback"), reason="scikit-learn < 1.9"
)
def test_callbacks_compute_where_the_client_says(elsewhere):
    clf, X, y, _ = elsewhere
    scores = []

    class Score(Checkpoint):
        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            scores.append((estimator.score(X, y), fitted_estimator.score(X, y)))

    other = DaskMLPSoftmaxClassifier(**SMALL).set_callbacks(Score("unused"))
    other.client = clf.client
    other.fit(X, y)
    assert scores[-1] == (other.score(X, y),) * 2


def test_nothing_is_sent_to_another_cluster(iris):
    X, y = chunked(iris[0], 50), da.from_array(iris[1], 60)
    clf = DaskMLPSoftmaxClassifier(**SMALL, early_stopping=True, scoring="f1_macro")
    with threads(2) as clf.client, threads(1) as other:
        clf.fit(X, y).score(X, y)
        clf.predict(X), clf.hidden_activations(X), clf.input_gradients(X, y), repr(clf)
        sent = other.run_on_scheduler(lambda dask_scheduler: dask_scheduler.transition_counter)
    assert sent == 0


def test_a_search_uses_the_current_client(elsewhere, iris):
    clf, _, _, _ = elsewhere
    with clf.client.as_current():
        search = GridSearchCV(clf, {"alpha": [1.0, 2.0]}, cv=2, error_score="raise").fit(*iris)
    assert search.best_score_ > 0


def test_score_with_a_client_that_is_closed(client, iris):
    clf = DaskMLPSoftmaxClassifier(**SMALL).fit(*iris)
    with threads(1) as clf.client:
        pass
    with pytest.raises(RuntimeError, match="only an asynchronous or closed Dask client"):
        clf.score(chunked(iris[0], 50), iris[1])


def test_fits_within_tasks_that_keep_every_thread_busy(client, iris):
    X, y = iris
    busy = 2 * sum(client.nthreads().values())

    def fit(seed):
        clf = DaskMLPSoftmaxClassifier(**{**SMALL, "random_state": seed})
        return clf.fit(chunked(X, 50), y).parameters_

    results = client.gather(client.map(fit, range(busy)))
    assert_allclose(results[0], MLPSoftmaxClassifier(**SMALL).fit(X, y).parameters_, rtol=1e-11)


def test_without_a_client(iris, monkeypatch):
    def none():
        raise ValueError

    monkeypatch.setattr("skmlp.dask.backend.get_client", none)
    with pytest.raises(RuntimeError, match=r"no Dask client: .*Client\(\)"):
        DaskMLPSoftmaxClassifier(**SMALL).fit(*iris)


def test_an_asynchronous_client_is_refused(iris):
    clf = DaskMLPSoftmaxClassifier(**SMALL)
    clf.client = SimpleNamespace(asynchronous=True, status="running")
    with pytest.raises(RuntimeError, match="only an asynchronous or closed Dask client"):
        clf.fit(*iris)


@pytest.mark.parametrize("lazy", [True, False])
def test_a_worker_that_is_waited_for(iris, lazy):
    parts = [da.from_array(part, 50) if lazy else part for part in iris]
    with LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as cluster:
        clf = DaskMLPSoftmaxClassifier(**SMALL)
        with Client(cluster) as clf.client:
            threading.Timer(0.5, cluster.scale, [1]).start()
            clf.fit(*parts)
    assert clf.n_iter_ == 4


@pytest.mark.parametrize("lazy", [True, False])
def test_a_worker_that_never_comes(iris, monkeypatch, lazy):
    monkeypatch.setattr("skmlp.dask.actors.TIMEOUT_SECONDS", 0.5)
    parts = [da.from_array(part, 50) if lazy else part for part in iris]
    clf = DaskMLPSoftmaxClassifier(**SMALL)
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as cluster,
        Client(cluster) as clf.client,
        pytest.raises(RuntimeError, match="There was no worker for 0 s"),
    ):
        clf.fit(*parts)


# An adaptive cluster, which has no worker until there is a task


@pytest.fixture(scope="module")
def adaptive():
    """Return the client of a cluster that scales quickly between zero and one worker."""
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        cluster.adapt(minimum=0, maximum=1, interval="20ms", wait_count=2)
        yield client


def wait_until_none_is_left(client):
    deadline = time.monotonic() + 20
    while client.nthreads():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def on_adaptive(adaptive):
    """Return an estimator of a cluster that has no worker."""
    wait_until_none_is_left(adaptive)
    clf = DaskMLPSoftmaxClassifier(**SMALL)
    clf.client = adaptive
    return clf


@pytest.mark.parametrize("lazy_X", [True, False])
@pytest.mark.parametrize("lazy_y", [True, False])
def test_fit_on_a_cluster_that_scales_from_no_workers(on_adaptive, iris, lazy_X, lazy_y):
    X, y = iris
    given = chunked(X, 50) if lazy_X else X, da.from_array(y, 60) if lazy_y else y
    assert_same(MLPSoftmaxClassifier(**SMALL).fit(X, y), on_adaptive.fit(*given))


def test_partial_fit_on_a_cluster_that_scales_from_no_workers(on_adaptive, iris):
    X, y = iris
    labels = da.from_array(y, 60)
    local = MLPSoftmaxClassifier(**SMALL).partial_fit(X, y, classes=[0, 1, 2])
    remote = on_adaptive.partial_fit(chunked(X, 50), labels, classes=da.unique(labels))
    assert_same(local, remote)


def test_a_cluster_that_scales_to_no_workers_between_two_fits(on_adaptive, adaptive, iris):
    X, y = iris
    local = MLPSoftmaxClassifier(**SMALL, warm_start=True)
    on_adaptive.set_params(warm_start=True)
    for _ in range(2):
        local.fit(X, y)
        on_adaptive.fit(chunked(X, 50), y)
        wait_until_none_is_left(adaptive)
    assert_same(local, on_adaptive)


def test_a_cluster_does_not_scale_to_no_workers_in_a_fit(on_adaptive, adaptive, iris, monkeypatch):
    counts, collect = [], ClusterBackend.collect

    def collect_slowly(self, *vectors):
        values = collect(self, *vectors)
        time.sleep(0.3)  # the labels are collected, the rows not yet loaded
        counts.append(len(adaptive.nthreads()))
        return values

    monkeypatch.setattr(ClusterBackend, "collect", collect_slowly)
    on_adaptive.fit(chunked(iris[0], 50), da.from_array(iris[1], 60))
    assert counts == [1]


def test_a_cluster_grows_again_in_a_fit(on_adaptive, adaptive, iris, monkeypatch):
    ask, asked = actors.Actors.ask, []

    def ask_after(self, *question):
        asked.append(question)
        if len(asked) == 8:
            adaptive.cluster.scale(0)  # as if its workers were lost
        return ask(self, *question)

    monkeypatch.setattr(actors.Actors, "ask", ask_after)
    assert_same(
        MLPSoftmaxClassifier(**SMALL).fit(*iris), on_adaptive.fit(chunked(iris[0], 50), iris[1])
    )
    assert len(asked) > 8


def test_what_made_a_cluster_grow_is_released(on_adaptive, adaptive, iris):
    with pytest.raises(ValueError, match="X has 150 rows, but y has 10"):
        on_adaptive.fit(chunked(iris[0], 50), iris[1][:10])
    wait_until_none_is_left(adaptive)


def test_the_rows_count_in_what_a_cluster_needs_to_store(client, iris):
    shard = Shard([0], iris[0])
    assert sizeof(shard) >= shard.X.nbytes


def test_a_worker_that_cannot_be_reached(client, iris, monkeypatch):
    async def unreachable(*_):
        raise actors.LostError

    monkeypatch.setattr(actors.Actors, "_called", unreachable)
    monkeypatch.setattr(actors, "TIMEOUT_SECONDS", 0.3)
    with pytest.raises(RuntimeError, match=r"The worker at .* cannot be reached from the client"):
        DaskMLPSoftmaxClassifier(**SMALL).fit(*iris)


def test_to_local(client, iris):
    X, y = iris
    remote = DaskMLPSoftmaxClassifier(**SMALL).fit(X, y)
    local = remote.to_local()
    assert type(local) is MLPSoftmaxClassifier
    assert local.get_params() == remote.get_params()
    assert_array_equal(local.predict_proba(X), remote.predict_proba(X))
    assert local.loss_curve_ == remote.loss_curve_
    local.parameters_[:] = 0
    assert remote.parameters_.any()
    with pytest.raises(NotFittedError):
        DaskMLPSoftmaxClassifier().to_local()


def test_from_local(client, iris):
    X, y = iris
    local = MLPSoftmaxClassifier(**SMALL).fit(X, y)
    remote = DaskMLPSoftmaxClassifier.from_local(local)
    assert type(remote) is DaskMLPSoftmaxClassifier
    assert remote.get_params() == local.get_params()
    assert_same(local.partial_fit(X, y), remote.partial_fit(chunked(X, 50), y))
    assert not np.shares_memory(local.parameters_, remote.parameters_)
    with pytest.raises(NotFittedError):
        DaskMLPSoftmaxClassifier.from_local(MLPSoftmaxClassifier())
    with pytest.raises(TypeError, match="clf must be an MLPSoftmaxClassifier, got StandardScaler"):
        DaskMLPSoftmaxClassifier.from_local(StandardScaler())


@pytest.mark.parametrize("direct", [None, True, False])
def test_the_client_is_left_as_it_was(client, iris, monkeypatch, direct):
    monkeypatch.setattr(client, "direct_to_workers", direct)
    DaskMLPSoftmaxClassifier(**SMALL).fit(chunked(iris[0], 50), iris[1])
    assert client.direct_to_workers is direct


def test_in_a_pipeline_and_a_grid_search(client, iris):
    X, y = iris
    pipeline = make_pipeline(StandardScaler(), DaskMLPSoftmaxClassifier(**SMALL))
    search = GridSearchCV(pipeline, {"daskmlpsoftmaxclassifier__depth": [None]}, cv=2).fit(X, y)
    assert search.best_score_ > 0


def test_nothing_is_left_on_the_workers(client, iris):
    clf = DaskMLPSoftmaxClassifier(**SMALL).fit(chunked(iris[0], 50), iris[1])
    assert clf.score(*iris) > 0

    def actors(dask_worker):
        return len(dask_worker.state.actors)

    for _ in range(100):
        left = sum(client.run(actors).values())
        if not left:
            break
        time.sleep(0.05)
    assert left == 0


# Invalid input


def test_a_nan_is_named_by_its_partition(client, iris):
    X = np.array(iris[0])
    X[120, 2] = np.nan
    with pytest.raises(ValueError, match=r"In partition 2: Input X contains NaN"):
        DaskMLPSoftmaxClassifier(**SMALL).fit(chunked(X, 50), iris[1])


def test_text_is_named_by_partition_and_column(client):
    pd = pytest.importorskip("pandas")
    dd = pytest.importorskip("dask.dataframe")
    table = dd.from_pandas(pd.DataFrame({"a": [1.0, 2, 3, 4], "b": list("pqrs")}), npartitions=2)
    with pytest.raises(ValueError, match=r"In partition [01]: Column 'b' of X holds text"):
        DaskMLPSoftmaxClassifier(**SMALL).fit(table, [0, 1, 0, 1])


@pytest.mark.parametrize(
    ("y", "error", "words"),
    [
        (None, ValueError, "requires y to be passed"),
        (np.zeros(149), ValueError, "X has 150 rows, but y has 149"),
        (np.full(150, np.nan), ValueError, "Input y contains NaN"),
        (np.linspace(0, 1, 150), ValueError, "Unknown label type: continuous"),
        (["a", None] * 75, TypeError, "missing labels"),
    ],
)
def test_labels_that_cannot_be_trained_on(client, iris, y, error, words):
    with pytest.raises(error, match=words):
        DaskMLPSoftmaxClassifier(**SMALL).fit(chunked(iris[0], 50), y)


def test_a_wrong_parameter_is_refused_before_anything_is_loaded():
    def load():
        raise AssertionError

    X = da.from_delayed(dask.delayed(load)(), (150, 4), float)
    with pytest.raises(ValueError, match="alpha"):
        DaskMLPSoftmaxClassifier(alpha=-1).fit(X, [0, 1] * 75)


def test_validation_data_of_another_width(client, iris):
    X, y = iris
    with pytest.raises(ValueError, match="X_val has 3 features, but X has 4"):
        DaskMLPSoftmaxClassifier(**SMALL).fit(X, y, X_val=X[:, :3], y_val=y)


def test_names_that_changed(client, iris):
    pd = pytest.importorskip("pandas")
    X, y = pd.DataFrame(iris[0], columns=list("abcd")), iris[1]
    clf = DaskMLPSoftmaxClassifier(**SMALL, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="feature names should match"):
        clf.fit(X[list("bacd")], y)


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (da.zeros(150), "of type Array, with ndim=1"),
        (da.zeros((150, 4, 2)), "of type Array, with ndim=3"),
    ],
)
def test_what_is_no_table(client, iris, X, words):
    clf = DaskMLPSoftmaxClassifier(**SMALL).fit(*iris)
    for ask in (lambda: clone(clf).fit(X, iris[1]), lambda: clf.predict(X)):
        with pytest.raises(ValueError, match=words):
            ask()


def test_nothing_at_all_is_no_table(client):
    with pytest.raises(TypeError, match="got scalar"):
        DaskMLPSoftmaxClassifier(**SMALL).fit(None, [0, 1])


def futures_in(kind):
    return lambda client, X: kind([client.scatter(X[:100]), client.scatter(X[100:])])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda client, X: client.scatter(X), "got a Future: create a Dask collection"),
        (futures_in(list), "got a list of Future objects: create a Dask collection"),
        (futures_in(tuple), "got a tuple of Future objects"),
        (lambda client, X: dask.delayed(X), "got a Delayed.*: create a Dask collection"),
        (lambda client, X: [dask.delayed(X)], "got a list of Delayed"),
        (lambda client, X: None, "got scalar of type NoneType"),
    ],
    ids=["future", "list", "tuple", "delayed", "list of delayed", "none"],
)
def test_lazy_values_that_are_no_table(client, iris, make, words):
    X, clf = make(client, iris[0]), DaskMLPSoftmaxClassifier(**SMALL).fit(*iris)
    for ask in (
        lambda: clone(clf).fit(X, iris[1]),
        lambda: clone(clf).partial_fit(X, iris[1], classes=[0, 1, 2]),
        lambda: clf.predict(X),
        lambda: clf.score(X, iris[1]),
        lambda: clf.input_gradients(X),
    ):
        with pytest.raises(TypeError, match=f"X must be a Dask array or DataFrame, .*{words}"):
            ask()


def test_a_nan_in_the_validation_data_is_reported_as_such(client, iris):
    X_val = np.full((10, 4), np.nan)
    with pytest.raises(
        ValueError, match=r"In the validation data, .*: In partition \d: Input X contains"
    ):
        DaskMLPSoftmaxClassifier(**SMALL).fit(*iris, X_val=chunked(X_val, 5), y_val=[0, 1] * 5)


def test_a_client_that_is_closed(iris):
    clf = DaskMLPSoftmaxClassifier(**SMALL)
    with threads(1) as clf.client:
        pass
    with pytest.raises(RuntimeError, match="or closed Dask client"):
        clf.fit(*iris)


ENDLESS = {**SMALL, "max_iter": 10**7, "tol": 0, "n_iter_no_change": np.inf}


@pytest.mark.parametrize("lazy", [True, False])
@pytest.mark.parametrize("own_cluster", [True, False])
def test_a_client_that_is_closed_in_mid_fit(iris, lazy, own_cluster):
    clf = DaskMLPSoftmaxClassifier(**ENDLESS)
    with LocalCluster(n_workers=1, processes=False, dashboard_address=":0") as cluster:
        clf.client = threads(1) if own_cluster else Client(cluster)

        def close_soon():
            while getattr(clf, "n_iter_", 0) < 5:
                time.sleep(0.01)
            clf.client.close()

        closing = threading.Thread(target=close_soon)
        closing.start()
        with pytest.raises(RuntimeError, match="The Dask client is closed"):
            clf.fit(chunked(iris[0], 50) if lazy else iris[0], iris[1])
        closing.join()
    assert clf.n_iter_ >= 5
    assert np.isfinite(clf.parameters_).all()


def test_a_client_that_is_closed_while_it_waits_for_a_worker(iris):
    clf = DaskMLPSoftmaxClassifier(**SMALL)
    with LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as cluster:
        clf.client = Client(cluster)
        closing = threading.Timer(0.3, clf.client.close)
        closing.start()
        with pytest.raises(RuntimeError, match="The Dask client is closed"):
            clf.fit(*iris)
        closing.join()


def test_an_error_of_the_data_is_the_users(client):
    def load():
        raise OSError("disk on fire")

    X = da.from_delayed(dask.delayed(load)(), (4, 2), float)
    with pytest.raises(OSError, match="disk on fire"):
        DaskMLPSoftmaxClassifier(**SMALL).fit(X, [0, 1, 0, 1])


def test_divergence_is_reported(client, iris):
    X, y = iris
    clf = DaskMLPSoftmaxClassifier(**{**SMALL, "solver": "sgd", "learning_rate_init": 1e200})
    with pytest.warns(sklearn.exceptions.ConvergenceWarning, match="diverged"):
        clf.fit(X, y)
    assert np.isfinite(clf.parameters_).all()


# Memory that the workers release


@pytest.fixture
def assert_released(client):
    """Return a function that waits until the workers hold only what they did before the test."""

    def names(dask_worker):
        return [*dask_worker.state.actors, *dask_worker.data]

    def held():
        return set().union(*client.run(names).values())

    def check():
        deadline = time.monotonic() + 5
        while held() - before:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    before = held()
    return check


@pytest.mark.parametrize(
    ("given", "parameters"),
    [
        ({"y": [0, 1] * 7}, {}),
        ({"y": np.linspace(0, 1, 150)}, {}),
        ({"sample_weight": np.full(150, -1.0)}, {}),
        ({"X_val": da.ones((150, 3), chunks=(50, 3)), "y_val": [0, 1] * 75}, {}),
        ({"X_val": da.ones((150, 4), chunks=(50, 4)), "y_val": [0, 1] * 7}, {}),
        ({}, {"early_stopping": True, "validation_fraction": 0.0}),
        ({}, {"early_stopping": True, "scoring": "roc_auc"}),
    ],
    ids=["length", "labels", "weights", "width of X_val", "length of y_val", "split", "scoring"],
)
def test_nothing_is_left_of_a_fit_that_is_refused(client, iris, assert_released, given, parameters):
    data = {"X": chunked(iris[0], 50), "y": iris[1]} | given
    with pytest.raises(ValueError, match=r"\w") as caught:
        DaskMLPSoftmaxClassifier(**SMALL, **parameters).fit(**data)
    assert_released()
    del caught  # the error refers to the data


def test_nothing_is_left_of_validation_data_where_x_is_refused(client, iris, assert_released):
    X, y = iris
    broken = np.where(np.arange(600).reshape(150, 4) == 500, np.nan, X)
    own = {"X_val": chunked(X, 50), "y_val": y}
    with pytest.raises(ValueError, match="In partition 2: Input X contains NaN") as caught:
        DaskMLPSoftmaxClassifier(**SMALL).fit(chunked(broken, 50), y, **own)
    assert_released()
    del caught


def test_nothing_is_left_of_partial_fit(client, iris, assert_released):
    X, y = iris
    DaskMLPSoftmaxClassifier(**SMALL).partial_fit(chunked(X, 50), y, classes=[0, 1, 2])
    assert_released()
    with pytest.raises(ValueError, match="classes") as caught:
        DaskMLPSoftmaxClassifier(**SMALL).partial_fit(chunked(X, 50), y, classes=[0, 1])
    assert_released()
    del caught


def test_nothing_is_left_where_a_scorer_keeps_its_rows(client, iris, assert_released):
    kept = []

    def scoring(clf, X, y):
        kept.append(X)
        return 0.5

    X, y = iris
    own = {"X_val": chunked(X, 50), "y_val": y}
    DaskMLPSoftmaxClassifier(**SMALL, scoring=scoring).fit(chunked(X, 50), y, **own)
    assert len(kept) == SMALL["max_iter"]
    assert_released()


def test_nothing_is_left_where_a_scorer_fails_in_the_middle(client, iris, assert_released):
    kept = []

    def scoring(clf, X, y):
        kept.append(X)
        if len(kept) == 3:
            raise RuntimeError("no more")
        return 0.5

    clf = DaskMLPSoftmaxClassifier(**SMALL, scoring=scoring, early_stopping=True)
    with pytest.raises(RuntimeError, match="no more"):
        clf.fit(chunked(iris[0], 50), iris[1])
    assert_released()


# Partitions of which some are empty


@pytest.mark.parametrize("rows", [(0, 50, 0, 50, 0, 50), (50, 0, 50, 0, 50, 0), (0, 0, 0, 150)])
@pytest.mark.parametrize("how", ["warm_start", "partial_fit"])
def test_training_continues_whichever_partitions_are_empty(client, iris, rows, how):
    X, y = iris
    local, remote = both(X, y, chunked(X, 50), y, warm_start=True)
    for clf, table in ((local, X), (remote, chunked(X, rows))):
        (clf.fit if how == "warm_start" else clf.partial_fit)(table, y)
    assert_same(local, remote)


def test_names_of_a_frame_whose_first_partitions_are_empty(client, iris):
    pd = pytest.importorskip("pandas")
    dd = pytest.importorskip("dask.dataframe")
    X, y = pd.DataFrame(iris[0], columns=list("abcd")), iris[1]
    table = dd.from_pandas(X.assign(row=range(150)), npartitions=6)
    some = table[table.row >= 60][list("abcd")]
    clf = DaskMLPSoftmaxClassifier(**SMALL, warm_start=True).fit(some, y[60:]).fit(some, y[60:])
    assert clf.feature_names_in_.tolist() == list("abcd")
    with pytest.raises(ValueError, match="feature names should match"):
        clf.fit(some[list("bacd")], y[60:])


# Weights in validation


def test_weights_of_classes_count_on_validation_data(client, iris):
    X, y = iris
    own, w = slice(90, 150), WEIGHTS[90:150]
    fit = {"X_val": X[own], "y_val": y[own], "sample_weight_val": w}
    remote = fit | {"X_val": chunked(X[own], 25)}
    parameters = {"class_weight": {0: 3.0, 1: 1.0, 2: 0.2}, "label_smoothing": 0.2, "dropout": 0.3}
    local, remote = both(X, y, chunked(X, 50), y, fit, remote, **parameters)
    assert_same(local, remote)
    weight = w * np.where(y[own] == 1, 1.0, 0.2)
    assert remote.validation_scores_[-1] == pytest.approx(local.score(X[own], y[own], weight))
