"""Models that are stored and loaded again."""

import pickle
import warnings
from pathlib import Path

import joblib
import numpy as np
import pytest
from conftest import make
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import InconsistentVersionWarning

from skmlp import MLPSoftmaxClassifier
from skmlp.estimator import persistence
from skmlp.training import OPTIMIZERS


@pytest.fixture(scope="module")
def fitted(iris):
    return MLPSoftmaxClassifier(tol=0.01, random_state=0).fit(*iris)


def test_round_trip(fitted, iris, tmp_path):
    joblib.dump(fitted, tmp_path / "model")
    for read in (pickle.loads(pickle.dumps(fitted)), joblib.load(tmp_path / "model")):
        assert_array_equal(read.predict_proba(iris[0]), fitted.predict_proba(iris[0]))


@pytest.mark.parametrize("solver", [*OPTIMIZERS, "lbfgs"])
@pytest.mark.parametrize("learning_rate", ["constant", "adaptive", "onecycle"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_model_that_is_read_continues_with_the_same_bits(iris, solver, learning_rate):
    if learning_rate == "adaptive" and solver not in ("sgd", "adam"):
        learning_rate = "invscaling" if solver == "lbfgs" else "linear"
    clf = make(solver=solver, learning_rate=learning_rate, warm_start=True).fit(*iris)
    read = pickle.loads(pickle.dumps(clf)).fit(*iris)
    assert_array_equal(read.parameters_, clf.fit(*iris).parameters_)
    assert read.loss_curve_ == clf.loss_curve_
    assert read.learning_rates_ == clf.learning_rates_


def kinds_within(value):
    """Return the types of all values in a container."""
    if isinstance(value, dict):
        return {dict}.union(*map(kinds_within, [*value.keys(), *value.values()]))
    if isinstance(value, list | tuple):
        return {type(value)}.union(*map(kinds_within, value))
    return {type(value)}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_only_containers_of_python_and_arrays_are_stored(iris):
    clf = make(early_stopping=True, class_weight="balanced").fit(*iris)
    known = {dict, list, tuple, str, int, float, bool, type(None), np.ndarray}
    assert kinds_within(clf.__getstate__()) <= known


def test_an_unfitted_estimator_can_be_stored():
    assert pickle.loads(pickle.dumps(MLPSoftmaxClassifier(alpha=0.5))).alpha == 0.5


def test_another_version_warns(fitted, monkeypatch):
    stored = pickle.dumps(fitted)
    monkeypatch.setattr(persistence, "__version__", "99.0")
    with pytest.warns(InconsistentVersionWarning, match=r"0\.1.*99\.0"):
        pickle.loads(stored)


def test_no_warning_with_the_same_version(fitted):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pickle.loads(pickle.dumps(fitted))


def test_a_model_of_the_oldest_versions_is_read():
    """Compare with the predictions that tests/data/store_model.py stored with these versions."""
    stored = joblib.load(Path(__file__).parent / "data" / "stored_model.joblib")
    clf, X, P = stored["model"], stored["X"], stored["P"]
    assert_allclose(clf.predict_proba(X), P, rtol=1e-5)
    clf.partial_fit(X, clf.predict(X))


def flip_a_bit_of_a_weight(seed):
    def damage(state):
        state["_model"]["parameters"] = state["_model"]["parameters"].copy()
        rng = np.random.default_rng(seed)
        parameters = state["_model"]["parameters"]
        parameters.view(np.uint8)[rng.integers(parameters.nbytes)] ^= 1 << rng.integers(8)

    return damage


def swap_classes(state):
    state["_model"]["classes"] = state["_model"]["classes"][::-1].copy()


def change_activation(state):
    state["_model"]["activations"] = ["tanh"]


def test_strings_of_numpy_are_sealed_like_those_of_python(fitted):
    state = fitted.__getstate__()
    model = state["_model"]
    model["activations"] = list(np.array(model["activations"]))
    model["layer_sizes"] = tuple(np.array(model["layer_sizes"]))
    MLPSoftmaxClassifier().__setstate__(state)


@pytest.mark.parametrize(
    "damage", [*map(flip_a_bit_of_a_weight, range(5)), swap_classes, change_activation]
)
def test_a_damaged_state_is_refused(fitted, damage):
    state = fitted.__getstate__()
    damage(state)
    with pytest.raises(ValueError, match="The stored MLPSoftmaxClassifier is damaged"):
        MLPSoftmaxClassifier().__setstate__(state)


def test_a_file_with_a_bit_flipped_is_refused_or_right(fitted, iris):
    stored = bytearray(pickle.dumps(fitted))
    right = fitted.predict_proba(iris[0])
    rng = np.random.default_rng(0)
    n_refused = 0
    for bit in rng.integers(8 * len(stored), size=200):
        stored[bit // 8] ^= 1 << bit % 8
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                read = pickle.loads(bytes(stored))
                assert_array_equal(read.predict_proba(iris[0]), right)
        except AssertionError:
            raise
        except Exception:
            n_refused += 1
        stored[bit // 8] ^= 1 << bit % 8
    assert n_refused > 20


@pytest.mark.parametrize("part", [0.1, 0.5, 0.99])
def test_a_truncated_file_is_refused(fitted, tmp_path, part):
    stored = pickle.dumps(fitted)
    with pytest.raises((pickle.UnpicklingError, EOFError)):
        pickle.loads(stored[: int(part * len(stored))])


def test_weights_that_are_not_finite_are_refused(fitted, iris):
    clf = pickle.loads(pickle.dumps(fitted))
    clf.coefs_[0][0, 0] = np.nan
    with pytest.raises(ValueError, match="the weights are not finite"):
        clf.predict(iris[0])


@pytest.mark.parametrize("solver", ["adam", "sgd", "rmsprop"])
def test_a_model_read_as_a_memory_map(iris, tmp_path, solver):
    X, y = iris
    clf = MLPSoftmaxClassifier(solver=solver, random_state=0).partial_fit(X, y, classes=[0, 1, 2])
    joblib.dump(clf, tmp_path / "model")
    mapped = joblib.load(tmp_path / "model", mmap_mode="r")
    assert isinstance(mapped.parameters_, np.memmap)
    assert_array_equal(mapped.predict_proba(X), clf.predict_proba(X))
    mapped.partial_fit(X, y)
    assert_array_equal(mapped.parameters_, clf.partial_fit(X, y).parameters_)
    assert_array_equal(joblib.load(tmp_path / "model").predict_proba(X)[0].sum().round(6), 1)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_memory_map_trained_on_with_early_stopping(iris, tmp_path):
    clf = MLPSoftmaxClassifier(
        early_stopping=True, warm_start=True, max_iter=5, random_state=0
    ).fit(*iris)
    joblib.dump(clf, tmp_path / "model")
    mapped = joblib.load(tmp_path / "model", mmap_mode="r").fit(*iris)
    assert_array_equal(mapped.validation_loss_curve_, clf.fit(*iris).validation_loss_curve_)


def test_unaligned_weights_predict(iris):
    clf = MLPSoftmaxClassifier((8,), max_iter=200, learning_rate="onecycle").fit(*iris)
    state = clf.__getstate__()
    parameters = state["_model"]["parameters"]
    memory = np.zeros(parameters.nbytes + 1, np.uint8)[1:].view(np.float64)
    memory[:] = parameters
    state["_model"]["parameters"] = memory
    copy = MLPSoftmaxClassifier()
    copy.__setstate__(state)
    assert_array_equal(copy.predict_proba(iris[0]), clf.predict_proba(iris[0]))
