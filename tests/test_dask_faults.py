"""Failures on a cluster: the result is still correct, or there is a clear error soon."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent import futures

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skmlp import MLPSoftmaxClassifier

pytest.importorskip("dask")
pytest.importorskip("distributed")

import dask
import dask.array as da
from distributed import Client, LocalCluster

from skmlp.dask import DaskMLPSoftmaxClassifier
from skmlp.dask.actors import Actors

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.skipif(os.name != "posix", reason="kills processes by signals"),
]

LONG = {"hidden_layer_sizes": (8,), "max_iter": 10, "batch_size": 40, "random_state": 0}


@pytest.fixture(scope="module")
def client():
    settings = {
        "distributed.scheduler.worker-ttl": "6s",
        "distributed.scheduler.allowed-failures": 30,  # a busy machine causes failures as well
        "distributed.deploy.lost-worker-timeout": "1h",  # otherwise a slow worker is not replaced
        "distributed.worker.preload": ["skmlp.dask"],  # a slow import looks like a freeze
        "logging.distributed": "critical",
    }
    with (
        dask.config.set(settings),
        LocalCluster(n_workers=3, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def workers(client):
    """Return the process of each worker, once there are three."""
    client.wait_for_workers(3, timeout=100)
    return client.run(os.getpid, on_error="ignore")


@pytest.fixture(scope="module")
def local(iris):
    return MLPSoftmaxClassifier(**LONG).fit(*iris)


def chunked(X):
    """Return a table in partitions that Dask can recompute."""
    return da.from_array(X, chunks=(40, -1))


def at_step(monkeypatch, n, action):
    """Run an action before the n-th call to the workers."""
    ask, asked = Actors.ask, []

    def ask_after(self, *question):
        asked.append(question)
        if len(asked) == n:
            action()
        return ask(self, *question)

    monkeypatch.setattr(Actors, "ask", ask_after)
    return asked


def assert_is(clf, local):
    assert_allclose(clf.parameters_, local.parameters_, rtol=1e-11, atol=1e-12)
    assert_allclose(clf.loss_curve_, local.loss_curve_, rtol=1e-11)


def signal_to(pid, number):
    return lambda: os.kill(pid, number)


@pytest.mark.parametrize("n", [1, 2, 3, 20])  # to load, to prepare, to take the first step, ...
def test_a_worker_that_is_killed(client, workers, iris, local, monkeypatch, n):
    at_step(monkeypatch, n, signal_to(list(workers.values())[n % 3], signal.SIGKILL))
    assert_is(DaskMLPSoftmaxClassifier(**LONG).fit(chunked(iris[0]), iris[1]), local)


def slow(part):
    time.sleep(1)
    return part


@pytest.mark.parametrize("lazy", [True, False])
def test_all_are_killed_while_they_load(client, workers, iris, local, monkeypatch, lazy):
    def kill_all():
        for pid in workers.values():
            os.kill(pid, signal.SIGKILL)

    at_step(monkeypatch, 1, kill_all)
    X = chunked(iris[0]).map_blocks(slow, dtype=float) if lazy else iris[0]
    assert_is(DaskMLPSoftmaxClassifier(**LONG).fit(X, iris[1]), local)


def test_local_data_when_a_worker_is_killed(client, workers, iris, local, monkeypatch):
    at_step(monkeypatch, 10, signal_to(workers.popitem()[1], signal.SIGKILL))
    assert_is(DaskMLPSoftmaxClassifier(**LONG).fit(*iris), local)


def test_validation_continues_when_a_worker_is_killed(client, workers, iris, monkeypatch):
    parameters = {**LONG, "early_stopping": True, "dropout": 0.3, "scoring": "roc_auc_ovr"}
    local = MLPSoftmaxClassifier(**parameters).fit(*iris)
    at_step(monkeypatch, 12, signal_to(workers.popitem()[1], signal.SIGKILL))
    clf = DaskMLPSoftmaxClassifier(**parameters).fit(chunked(iris[0]), iris[1])
    assert_is(clf, local)
    assert_allclose(clf.validation_scores_, local.validation_scores_)


def test_a_worker_that_freezes(client, workers, iris, local, monkeypatch):
    at_step(monkeypatch, 10, signal_to(workers.popitem()[1], signal.SIGSTOP))
    start = time.monotonic()
    assert_is(DaskMLPSoftmaxClassifier(**LONG).fit(chunked(iris[0]), iris[1]), local)
    assert time.monotonic() - start < 60


def test_a_worker_that_is_to_retire_stays(client, workers, iris, local, monkeypatch):
    def retire():
        client.retire_workers([next(iter(workers))], close_workers=False)

    at_step(monkeypatch, 10, retire)
    assert_is(DaskMLPSoftmaxClassifier(**LONG).fit(chunked(iris[0]), iris[1]), local)


def test_a_worker_that_comes_late(client, workers, iris, local, monkeypatch):
    def grow():
        client.cluster.scale(len(client.cluster.worker_spec) + 1)
        client.wait_for_workers(len(workers) + 1, timeout=60)

    at_step(monkeypatch, 10, grow)
    assert_is(DaskMLPSoftmaxClassifier(**LONG).fit(chunked(iris[0]), iris[1]), local)


def test_rows_that_cannot_be_made_again(client, workers, iris, monkeypatch):
    address = min(workers)  # where the only actor will be as well
    part = client.scatter(iris[0], workers=[address])
    X = da.from_delayed(part, iris[0].shape, float)
    at_step(monkeypatch, 10, signal_to(workers[address], signal.SIGKILL))
    clf = DaskMLPSoftmaxClassifier(**LONG)
    with pytest.raises(RuntimeError, match="Rows of the table are lost"):
        clf.fit(X, iris[1])
    assert np.isfinite(clf.parameters_).all()  # the weights so far


def test_classes_that_one_worker_alone_has(client, workers, iris):
    X, y = iris
    order = np.argsort(y, kind="stable")
    local = MLPSoftmaxClassifier(**LONG).fit(X[order], y[order])
    assert_is(
        DaskMLPSoftmaxClassifier(**LONG).fit(da.from_array(X[order], (50, 4)), y[order]), local
    )


def test_two_fits_at_once(client, workers, iris, local):
    fitted = []

    def fit():
        fitted.append(DaskMLPSoftmaxClassifier(**LONG).fit(chunked(iris[0]), iris[1]))

    threads = [threading.Thread(target=fit) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fitted) == 2
    for clf in fitted:
        assert_is(clf, local)


def test_a_client_that_is_not_the_current_one(client, workers, iris, local, monkeypatch):
    clf = DaskMLPSoftmaxClassifier(**LONG)
    clf.client = client
    at_step(monkeypatch, 10, signal_to(workers.popitem()[1], signal.SIGKILL))
    with Client(n_workers=1, processes=False, dashboard_address=":0"):
        assert_is(clf.fit(chunked(iris[0]), iris[1]), local)


def test_ctrl_c(client, workers, iris, monkeypatch):
    waited = []

    def interrupted(*arguments, **options):
        waited.append(1)
        if len(waited) == 30:
            raise KeyboardInterrupt
        return futures.wait(*arguments, **options)

    monkeypatch.setattr("skmlp.dask.actors.wait", interrupted)
    clf = DaskMLPSoftmaxClassifier(**{**LONG, "max_iter": 1000})
    with pytest.raises(KeyboardInterrupt):
        clf.fit(chunked(iris[0]), iris[1])
    assert 0 < clf.n_iter_ < 1000
    assert_all_released(client)


def assert_all_released(client):
    def n_actors(dask_worker):
        return len(dask_worker.state.actors)

    deadline = time.monotonic() + 60
    while sum(client.run(n_actors).values()):
        assert time.monotonic() < deadline
        time.sleep(0.1)


FIT_FOR_LONG = """
import sys
import numpy as np
from distributed import Client
from skmlp.dask import DaskMLPSoftmaxClassifier

with Client(sys.argv[1]):
    X = np.random.default_rng(0).standard_normal((1000, 4))
    clf = DaskMLPSoftmaxClassifier(max_iter=100_000, tol=0, verbose=True, n_iter_no_change=np.inf)
    clf.fit(X, X[:, 0] > 0)
"""


def test_a_client_that_is_killed_leaves_the_workers_free(client, workers):
    command = [sys.executable, "-c", FIT_FOR_LONG, client.scheduler.address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().startswith("Iteration")
        process.kill()
    assert_all_released(client)


def test_nothing_is_left_of_a_fit_that_fails(client, workers, iris):
    X = np.array(iris[0])
    X[100] = np.nan
    with pytest.raises(ValueError, match="In partition 2: "):
        DaskMLPSoftmaxClassifier(**LONG).fit(chunked(X), iris[1])
    assert_all_released(client)


def test_tls(iris, local):
    pytest.importorskip("cryptography")
    with (
        LocalCluster(n_workers=2, dashboard_address=":0", security=True) as cluster,
        Client(cluster) as client,
    ):
        assert all(address.startswith("tls://") for address in client.nthreads())
        assert_is(DaskMLPSoftmaxClassifier(**LONG).fit(chunked(iris[0]), iris[1]), local)


@contextlib.contextmanager
def own_processes(folder, n_workers=2, *options):
    """Start a scheduler, and workers without a nanny, which would restart them."""
    file = str(folder / "scheduler.json")
    scheduler = ["scheduler", "--port", "0", "--no-dashboard", "--no-jupyter"]
    worker = ["worker", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    commands = [scheduler, *[worker] * n_workers]
    with contextlib.ExitStack() as stack:
        processes = []
        for command in commands:
            started = subprocess.Popen(
                [sys.executable, "-m", "dask", *command, "--scheduler-file", file, *options],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            processes.append(stack.enter_context(started))
            stack.callback(started.kill)
        yield file, processes


def test_no_worker_is_left(tmp_path, iris, monkeypatch):
    monkeypatch.setattr("skmlp.dask.actors.TIMEOUT_SECONDS", 8.0)
    with own_processes(tmp_path) as (file, (_, *workers)), Client(scheduler_file=file) as client:
        client.wait_for_workers(2, timeout=60)
        at_step(monkeypatch, 20, lambda: [worker.kill() for worker in workers])
        clf = DaskMLPSoftmaxClassifier(**LONG)
        start = time.monotonic()
        with pytest.raises(RuntimeError, match="There was no worker for 8 s"):
            clf.fit(chunked(iris[0]), iris[1])
        assert time.monotonic() - start < 60
        assert clf.n_iter_ > 0


def test_no_worker_is_left_to_collect_the_labels(tmp_path, iris, monkeypatch):
    monkeypatch.setattr("skmlp.dask.actors.TIMEOUT_SECONDS", 3.0)

    def load(block):
        time.sleep(60)
        return block

    y = da.from_array(iris[1]).map_blocks(load, meta=iris[1][:0])
    with own_processes(tmp_path, 1) as (file, (_, worker)), Client(scheduler_file=file) as client:
        client.wait_for_workers(1, timeout=60)
        threading.Timer(1.0, worker.kill).start()
        with pytest.raises(RuntimeError, match="There was no worker"):
            DaskMLPSoftmaxClassifier(**LONG).fit(iris[0], y)


def test_the_scheduler_is_gone(tmp_path, iris, monkeypatch):
    with (
        own_processes(tmp_path) as (file, (scheduler, *_)),
        # A client that closes by itself would remain the current client.
        Client(scheduler_file=file, timeout="5s", set_as_default=False) as client,
    ):
        client.wait_for_workers(2, timeout=60)
        at_step(monkeypatch, 20, scheduler.kill)
        start = time.monotonic()
        endless = {"max_iter": 10**7, "n_iter_no_change": np.inf}
        clf = DaskMLPSoftmaxClassifier(**{**LONG, **endless})
        clf.client = client
        with pytest.raises(RuntimeError, match="the scheduler is gone"):
            clf.fit(chunked(iris[0]), iris[1])
        assert time.monotonic() - start < 60
