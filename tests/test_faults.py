"""Failures: interruptions, errors in user code, lack of memory, threads, forks."""

import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from conftest import InterruptAfter
from numpy.testing import assert_array_equal
from threadpoolctl import threadpool_info

from skmlp import MLPSoftmaxClassifier
from skmlp.training.threads import OneThread

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX only")


def make(**parameters):
    default = {"hidden_layer_sizes": 6, "max_iter": 4, "random_state": 0}
    return MLPSoftmaxClassifier(**default | parameters)


def places(method, *arguments, n=60):
    """Return n evenly spaced indices among the lines of skmlp that a call runs."""
    getattr(pickle.loads(pickle.dumps(method.__self__)), method.__name__)(
        *arguments
    )  # fills caches
    counter = InterruptAfter(0)
    clf = pickle.loads(pickle.dumps(method.__self__))
    with counter:
        getattr(clf, method.__name__)(*arguments)
    return np.unique(np.linspace(1, -counter.left - 1, n).astype(int))


@pytest.fixture(autouse=True)
def all_threads():
    """Restore the threads, which an interruption in an earlier test may have limited."""
    with OneThread():
        pass


def blas_threads():
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def assert_usable(clf, X):
    P = clf.predict_proba(X)
    assert np.isfinite(P).all()
    np.testing.assert_allclose(P.sum(axis=1), 1)
    assert len(clf.loss_curve_) >= clf.n_iter_
    pickle.loads(pickle.dumps(clf)).predict(X)


SETTINGS = [
    {},
    {"early_stopping": True, "solver": "sgd", "learning_rate": "adaptive"},
    {"solver": "lbfgs"},
    {"solver": "adamw", "dropout": 0.2, "learning_rate": "cosine"},
]


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_an_interruption_in_lines_throughout_a_first_fit(iris, setting):
    X, y = iris
    lines = places(make(**setting).fit, X, y)  # restores threads after an earlier interruption
    before = blas_threads()
    for n in lines:
        clf = make(**setting)
        with pytest.raises(KeyboardInterrupt), InterruptAfter(n):
            clf.fit(X, y)
        if hasattr(clf, "parameters_"):
            assert_usable(clf, X)
        assert clf.fit(X, y).n_iter_ == 4
    assert blas_threads() == before


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_an_interruption_in_lines_throughout_a_second_call(iris, method):
    X, y = iris
    first = make().partial_fit(X, y, classes=[0, 1, 2])
    stored = pickle.dumps(first)
    for n in places(getattr(first, method), X, y):
        clf = pickle.loads(stored)
        with pytest.raises(KeyboardInterrupt), InterruptAfter(n):
            getattr(clf, method)(X, y)
        assert_usable(clf, X)


def test_an_interruption_with_other_features_leaves_the_previous_model(iris):
    X, y = iris
    stored = pickle.dumps(make().fit(X, y))
    wider = np.hstack([X, X])
    for n in places(pickle.loads(stored).fit, wider, y):
        clf = pickle.loads(stored)
        with pytest.raises(KeyboardInterrupt), InterruptAfter(n):
            clf.fit(wider, y)
        assert_usable(clf, X if clf.n_features_in_ == 4 else wider)


def test_a_first_fit_that_fails_leaves_an_estimator_that_is_not_fitted(iris):
    def fail(*_):
        raise RuntimeError("no score today")

    clf = make(early_stopping=True, scoring=fail)
    before = dict(vars(clf))
    with pytest.raises(RuntimeError, match="no score today"):
        clf.fit(*iris)
    assert vars(clf) == before
    assert not hasattr(clf, "parameters_")


def test_a_refused_table_leaves_the_previous_model(iris):
    X, y = iris
    clf = make().fit(X, y)
    with pytest.raises(ValueError, match="Every weight is zero"):
        clf.fit(np.hstack([X, X]), y, sample_weight=np.zeros(len(y)))
    assert_usable(clf, X)


@pytest.mark.parametrize(
    "wrong", [{"validation_fraction": 0.001}, {"scoring": "no such score"}], ids=str
)
def test_a_fit_that_cannot_begin_leaves_the_previous_model(iris, wrong):
    X, y = iris
    clf = make().fit(X, y)
    before = clf.predict_proba(X)
    with pytest.raises(ValueError, match=r"validation_fraction|no such score"):
        clf.set_params(early_stopping=True, **wrong).fit(X, y)
    assert_array_equal(clf.predict_proba(X), before)


def test_partial_fit_continues_after_a_refused_warm_start(iris):
    X, y = iris
    clf = make(warm_start=True).fit(X, y, sample_weight=np.full(len(y), 10.0))
    untouched = pickle.loads(pickle.dumps(clf))
    with pytest.raises(ValueError, match="validation_fraction=0"):
        clf.set_params(early_stopping=True, validation_fraction=0.0).fit(X, y)
    clf.set_params(early_stopping=False).partial_fit(X, y)
    assert_array_equal(clf.parameters_, untouched.partial_fit(X, y).parameters_)


def test_weights_on_validation_rows_alone_leave_the_previous_model(iris):
    X, y = iris
    X = np.column_stack([X, np.arange(len(y)) / len(y)])  # no two rows are the same
    seen = []
    clf = make(early_stopping=True, scoring=lambda clf, X, y: len(seen.append(X) or X))
    clf.fit(X, y)
    before = clf.predict_proba(X)
    weight = np.isin(X[:, -1], seen[0][:, -1]).astype(float)
    assert 0 < weight.sum() < len(y)
    with pytest.raises(ValueError, match="all remaining training rows are zero"):
        clf.fit(X, y, sample_weight=weight)
    assert_array_equal(clf.predict_proba(X), before)


def test_an_interruption_restores_the_threads(digits):
    X, y = digits
    clf = make(hidden_layer_sizes=64, max_iter=1)
    lines = places(clf.fit, X, y)  # restores threads after an earlier interruption
    before = blas_threads()
    for n in lines:
        with pytest.raises(KeyboardInterrupt), InterruptAfter(n):
            clf.fit(X, y)
    clf.fit(X, y)
    assert blas_threads() == before


CTRL_C = """
import os, signal, threading, warnings
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell in the background ignores
import numpy as np
from skmlp import MLPSoftmaxClassifier
warnings.simplefilter("ignore")
X = np.random.default_rng(0).normal(size=(5000, 20))
clf = MLPSoftmaxClassifier(max_iter=10**6, n_iter_no_change=np.inf)
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    clf.fit(X, (X[:, 0] > 0))
except KeyboardInterrupt:
    assert np.isfinite(clf.predict_proba(X)).all() and clf.n_iter_ > 0
    print("usable")
"""


@posix
def test_a_real_ctrl_c():
    result = subprocess.run(
        [sys.executable, "-c", CTRL_C], capture_output=True, text=True, timeout=60
    )
    assert result.stdout.strip() == "usable", result.stderr


class FailingScorer:
    n_calls = 0

    def __call__(self, estimator, X, y):
        self.n_calls += 1
        if self.n_calls == 3:
            raise RuntimeError("the scorer failed")
        return 0.5


def test_a_scorer_that_fails_leaves_the_weights_so_far(iris):
    X, y = iris
    clf = make(early_stopping=True, scoring=FailingScorer())
    with pytest.raises(RuntimeError, match="the scorer failed"):
        clf.fit(X, y)
    assert_usable(clf, X)


def test_a_memory_error_is_raised(iris, monkeypatch):
    X, y = iris
    clf = make().fit(X, y)
    before = clf.predict_proba(X)

    def no_memory(*arguments):
        raise MemoryError

    monkeypatch.setattr("skmlp.estimator.model.initial_parameters", no_memory)
    with pytest.raises(MemoryError):
        clf.fit(X, y)
    assert_array_equal(clf.predict_proba(X), before)


LIMITED = """
import resource, warnings
import numpy as np
from skmlp import MLPSoftmaxClassifier
warnings.simplefilter("ignore")
X = np.random.default_rng(0).normal(size=(1000, 20))
y = X[:, 0] > 0
MLPSoftmaxClassifier(max_iter=2).fit(X, y)
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 300 * 2**20, used + 300 * 2**20))
clf = MLPSoftmaxClassifier(max_iter=2)
clf.fit(X, y)
try:
    MLPSoftmaxClassifier(10**8).fit(X, y)
except MemoryError:
    print("MemoryError")
print(clf.score(X, y) > 0.3)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux only")
def test_under_a_memory_limit():
    result = subprocess.run(
        [sys.executable, "-c", LIMITED], capture_output=True, text=True, timeout=60
    )
    assert result.stdout.split() == ["MemoryError", "True"], result.stderr


FORK = """
import os, warnings
import numpy as np
from skmlp import MLPSoftmaxClassifier
warnings.simplefilter("ignore")
X = np.random.default_rng(0).normal(size=(3000, 300)).astype(np.float32)
clf = MLPSoftmaxClassifier(300, max_iter=1, batch_size=1000).fit(X, X[:, 0] > 0)
child = os.fork()
clf.partial_fit(X, X[:, 0] > 0)
if child == 0:
    os._exit(0)
print(os.waitpid(child, 0)[1])
"""


@posix
def test_a_fork_after_a_fit_does_not_hang():
    result = subprocess.run(
        [sys.executable, "-c", FORK], capture_output=True, text=True, timeout=60
    )
    assert result.stdout.strip() == "0", result.stderr


def test_predictions_from_many_threads_have_the_same_bits(digits):
    X, y = digits
    clf = make(hidden_layer_sizes=(64, 32)).fit(X, y)
    serial = clf.predict_proba(X)
    with ThreadPoolExecutor(8) as pool:
        for P in pool.map(clf.predict_proba, [X] * 40):
            assert_array_equal(P, serial)


def test_fits_in_many_threads_do_not_disturb_each_other(digits):
    X, y = digits
    before = blas_threads()
    serial = [make(random_state=seed).fit(X, y).parameters_ for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        parallel = pool.map(lambda seed: make(random_state=seed).fit(X, y).parameters_, range(8))
        for ours, alone in zip(parallel, serial, strict=True):
            assert_array_equal(ours, alone)
    assert blas_threads() == before


def test_predicting_while_another_thread_trains(iris):
    X, y = iris
    clf = make().fit(X, y)
    done = threading.Event()

    def train():
        while not done.is_set():
            clf.partial_fit(X, y)

    trainer = threading.Thread(target=train)
    trainer.start()
    try:
        for _ in range(50):
            assert np.isfinite(clf.predict_proba(X)).all()
    finally:
        done.set()
        trainer.join()


def test_weights_are_finite_when_interrupted_after_a_huge_step(iris, monkeypatch):
    def wild(self, parameters, *args):
        parameters[:] = np.inf
        raise KeyboardInterrupt

    monkeypatch.setattr("skmlp.training.optimizers.Adam.step", wild)
    clf = MLPSoftmaxClassifier(max_iter=2, random_state=0)
    with pytest.raises(KeyboardInterrupt):
        clf.fit(*iris)
    assert np.isfinite(clf.predict_proba(iris[0])).all()


def test_an_interrupted_lbfgs_falls_back_to_a_point_it_accepted(iris, monkeypatch):
    from skmlp.network import Objective

    original, n_calls = Objective.loss_gradient, 0

    def interrupted(self, *args, **kwargs):
        nonlocal n_calls
        n_calls += 1
        if n_calls == 7:
            self.network.parameters[:] = 1e3
            raise KeyboardInterrupt
        return original(self, *args, **kwargs)

    monkeypatch.setattr(Objective, "loss_gradient", interrupted)
    clf = MLPSoftmaxClassifier(solver="lbfgs", max_iter=50, random_state=0)
    with pytest.raises(KeyboardInterrupt):
        clf.fit(*iris)
    assert clf.parameters_.max() < 1e3
