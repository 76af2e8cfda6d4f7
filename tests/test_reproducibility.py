"""The same random_state and number of threads give the same bits."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from joblib import Parallel, delayed
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import cross_val_predict
from sklearn.utils import check_random_state

import skmlp
from skmlp import MLPSoftmaxClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def make(**parameters):
    return MLPSoftmaxClassifier(
        **{"hidden_layer_sizes": (20, 20), "dropout": 0.1, "max_iter": 5, "random_state": 0}
        | parameters
    )


SCRIPT = """
import warnings, zlib
from sklearn.datasets import load_iris
from skmlp import MLPSoftmaxClassifier
warnings.simplefilter("ignore")
X, y = load_iris(return_X_y=True)
clf = MLPSoftmaxClassifier((20, 20), dropout=0.1, max_iter=5, random_state=0, early_stopping=True)
print(zlib.crc32(clf.fit(X, y).parameters_.tobytes()), zlib.crc32(clf.predict_proba(X).tobytes()))
"""


def test_across_processes_and_hash_seeds():
    path = os.path.dirname(os.path.dirname(skmlp.__file__))
    found = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(found) == 1


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_across_n_jobs(iris, solver):
    X, y = iris
    clf = make(solver=solver, dropout=0)
    one, two = (
        cross_val_predict(clf, X, y, cv=2, n_jobs=n_jobs, method="predict_proba")
        for n_jobs in (1, 2)
    )
    assert_array_equal(one, two)


def _fitted(clf, X, y):
    return clone(clf).fit(X, y).parameters_


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_in_workers_of_joblib(iris, backend):
    X, y = iris
    expected = _fitted(make(), X, y)
    for found in Parallel(2, backend=backend)(delayed(_fitted)(make(), X, y) for _ in range(4)):
        assert_array_equal(found, expected)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize(
    "given",
    [
        np.asfortranarray,
        lambda X: np.repeat(X, 2, axis=1)[:, ::2],
        lambda X: X[::-1].copy()[::-1],
        lambda X: X.astype(">f8"),
        lambda X: X.tolist(),
        pd.DataFrame,
        lambda X: pd.DataFrame(X).convert_dtypes(),
    ],
)
def test_across_containers_and_memory_orders(iris, solver, given):
    X, y = iris
    clf = make(solver=solver, dropout=0)
    expected = clf.fit(X, y).predict_proba(X)
    assert_array_equal(clf.fit(given(X), y).predict_proba(given(X)), expected)


def test_other_random_numbers_are_not_touched(iris):
    before = check_random_state(None).get_state()
    make().fit(*iris)
    for found, expected in zip(check_random_state(None).get_state(), before, strict=True):
        assert_array_equal(found, expected)


# Written on Linux, x86-64, with NumPy 2.4 and OpenBLAS.
STORED = [0.5835438570499794, 0.49472460521584755, 0.48611365383450206, 0.4096239061985299]


def test_stored_probabilities_hold_on_this_platform():
    """Random numbers are NumPy's and the same everywhere; sums differ in their last digits."""
    X = np.linspace(-1, 1, 40).reshape(10, 4) ** 3
    clf = make(alpha=1e-4, dropout=0, activation="tanh", dtype="float64").fit(X, np.arange(10) % 2)
    assert_allclose(clf.predict_proba(X)[::3, 0], STORED, rtol=1e-9)
