"""Data and helpers shared by the tests."""

import linecache
import sys

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris
from sklearn.preprocessing import StandardScaler

import skmlp.compiled
from skmlp import MLPSoftmaxClassifier
from skmlp.network import Batch, Network, Objective, n_parameters
from skmlp.training import Monitor, TrainingState

SOLVERS = ["adam", "sgd", "lbfgs"]


def make(**parameters):
    """Return a small estimator that is fitted quickly."""
    return MLPSoftmaxClassifier(
        **{"hidden_layer_sizes": (8,), "max_iter": 15, "random_state": 0, **parameters}
    )


def objects(*values):
    """Return a column of dtype object."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


@pytest.fixture(autouse=True)
def own_numbers(request):
    """Seed the global random numbers, so that tests do not depend on each other."""
    if hasattr(request.module, "RNG"):
        request.module.RNG = np.random.default_rng(0)


@pytest.fixture(params=["NumPy", "compiled"])
def either_pass(request, monkeypatch):
    """Run a test with NumPy's passes, and with those in C if they are compiled."""
    if request.param == "compiled" and not skmlp.compiled.COMPILED:
        pytest.skip("the passes are not compiled")
    monkeypatch.setattr("skmlp.compiled.COMPILED", request.param == "compiled")


# A small problem for the solvers, without an estimator.
_X = np.random.default_rng(0).standard_normal((20, 3))
DATA = Batch(_X, (_X[:, 0] > 0).astype(int))
SIZES = (3, 4, 2)


@pytest.fixture
def objective():
    parameters = np.random.default_rng(1).standard_normal(n_parameters(SIZES))
    return Objective(Network(parameters, SIZES, ["tanh"]), l2=0.01)


def watch(objective, tol=1e-4, n_iter_no_change=10, **options):
    """Return a monitor of the parameters of an objective."""
    state = TrainingState(np.random.default_rng(0), 0)
    parameters = objective.network.parameters
    return Monitor(parameters, state, tol=tol, n_iter_no_change=n_iter_no_change, **options)


def leaves_a_with(frame):
    """Check whether a line event is the end of a with statement.

    No signal can occur between the last line of its block and the call of ``__exit__``, which
    releases a lock.
    """
    first = min(start for start, _, line in frame.f_code.co_lines() if line == frame.f_lineno)
    source = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
    return source.lstrip().startswith("with ") and frame.f_lasti > first


class InterruptAfter:
    """Raise an error in the n-th line of skmlp that is run, as a signal may."""

    def __init__(self, n, error=KeyboardInterrupt):
        self.left = n
        self.error = error

    def __call__(self, frame, event, argument):
        if not frame.f_globals.get("__name__", "").startswith("skmlp."):
            return None
        if event == "line" and not leaves_a_with(frame):
            self.left -= 1
            if self.left == 0:
                raise self.error
        return self

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self)

    def __exit__(self, *error):
        sys.settrace(self.before)


@pytest.fixture(scope="session")
def iris():
    X, y = load_iris(return_X_y=True)
    return _read_only(StandardScaler().fit_transform(X), y)


@pytest.fixture(scope="session")
def binary(iris):
    X, y = iris
    return _read_only(X[:100, :2], y[:100])


@pytest.fixture(scope="session")
def digits():
    X, y = load_digits(return_X_y=True)
    return _read_only((X / 16).astype(np.float32), y)


def _read_only(*arrays):
    for array in arrays:
        array.flags.writeable = False
    return arrays
