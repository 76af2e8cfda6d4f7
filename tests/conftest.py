"""Data and helpers shared by the tests."""

import sys

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris
from sklearn.preprocessing import StandardScaler

from skmlp import MLPSoftmaxClassifier

SOLVERS = ["adam", "sgd", "lbfgs"]


def make(**parameters):
    """Give a small estimator, quickly fitted."""
    return MLPSoftmaxClassifier(
        **{"hidden_layer_sizes": (8,), "max_iter": 15, "random_state": 0, **parameters}
    )


class InterruptAfter:
    """Raises in the n-th line of our code that is run."""

    def __init__(self, n, error=KeyboardInterrupt):
        self.left = n
        self.error = error

    def __call__(self, frame, event, argument):
        if not frame.f_globals.get("__name__", "").startswith("skmlp."):
            return None
        if event == "line":
            self.left -= 1
            if self.left == 0:
                raise self.error
        return self

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self)

    def __exit__(self, *error):
        sys.settrace(self.before)


@pytest.fixture
def impatient(monkeypatch):
    """Do not wait long for a lock that an interruption kept from being given back."""
    monkeypatch.setattr("skmlp.training.threads.PATIENCE", 0.2)


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
