"""The public interface of the estimator."""

import itertools
import pickle

import joblib
import numpy as np
import pytest
from conftest import make
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlp import MLPSoftmaxClassifier

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*Maximum iterations:sklearn.exceptions.ConvergenceWarning"
)


# Parameters


def test_parameters_are_those_of_mlp_classifier():
    ours, theirs = MLPSoftmaxClassifier().get_params(), MLPClassifier().get_params()
    changed = {"alpha", "learning_rate", "learning_rate_init", "max_iter"}
    assert {name for name, value in theirs.items() if ours[name] != value} == changed


@pytest.mark.parametrize(
    "parameters",
    [
        {"max_iter": np.int8(100), "batch_size": np.int8(10), "learning_rate": "linear"},
        {"alpha": np.float64(0.1), "beta_1": np.float64(0.9), "label_smoothing": np.float64(0.1)},
        {"solver": "lbfgs", "max_fun": np.int8(100), "tol": np.float32(1e-3)},
        {"hidden_layer_sizes": np.array([np.int8(100), np.int8(100)])},
    ],
    ids=str,
)
def test_numbers_of_numpy_are_like_those_of_python(iris, parameters):
    X, y = iris[0].astype(np.float32), iris[1]
    python = {
        name: value.tolist() if hasattr(value, "tolist") else value
        for name, value in parameters.items()
    }
    assert_array_equal(
        make(**parameters).fit(X, y).parameters_, make(**python).fit(X, y).parameters_
    )


# Reproducibility


@pytest.mark.parametrize(
    "setting", [{}, {"solver": "sgd"}, {"solver": "lbfgs"}, {"early_stopping": True}]
)
def test_same_random_state_same_bits(iris, setting):
    a, b = (make(**setting).fit(*iris) for _ in range(2))
    assert_array_equal(a.parameters_, b.parameters_)


def test_another_random_state_differs(iris):
    a, b = (make(random_state=seed).fit(*iris) for seed in (0, 1))
    assert not np.array_equal(a.parameters_, b.parameters_)


def test_a_random_state_instance_advances(iris):
    rng = np.random.RandomState(0)
    a, b = (make(random_state=rng).fit(*iris) for _ in range(2))
    assert not np.array_equal(a.parameters_, b.parameters_)


def test_memory_order_does_not_matter(iris):
    X, y = iris
    a, b = (make().fit(np.array(X, order=order), y) for order in "CF")
    assert_array_equal(a.parameters_, b.parameters_)


def test_round_trips(iris, tmp_path):
    X, y = iris
    pipeline = make_pipeline(StandardScaler(), make()).fit(X, y)
    P = pipeline.predict_proba(X)
    joblib.dump(pipeline, tmp_path / "pipeline.joblib")
    for copy in (
        pickle.loads(pickle.dumps(pipeline)),
        joblib.load(tmp_path / "pipeline.joblib"),
        clone(pipeline).fit(X, y),
    ):
        assert_array_equal(copy.predict_proba(X), P)


def test_training_continues_after_pickling(iris):
    X, y = iris
    clf = make().fit(X, y)
    copy = pickle.loads(pickle.dumps(clf))
    for estimator in (clf, copy):
        estimator.partial_fit(X, y)
    assert_array_equal(clf.parameters_, copy.parameters_)


# Interruptions


class Interrupt:
    """Raise KeyboardInterrupt at the n-th step of Adam."""

    def __init__(self, monkeypatch, step):
        from skmlp.training.optimizers import Adam

        counter, original = itertools.count(), Adam.step

        def interrupted(*args, **kwargs):
            if next(counter) == step:
                raise KeyboardInterrupt
            return original(*args, **kwargs)

        monkeypatch.setattr(Adam, "step", interrupted)


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("step", [0, 20])
def test_ctrl_c_leaves_a_usable_estimator(iris, monkeypatch, step, early_stopping):
    X, y = iris
    Interrupt(monkeypatch, step)
    clf = make(batch_size=50, max_iter=50, early_stopping=early_stopping)
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, y)
    assert np.isfinite(clf.predict_proba(X)).all()
    assert clf.n_iter_ == len(clf.loss_curve_) == step // 3


def test_ctrl_c_stops_a_grid_search(iris, monkeypatch):
    from sklearn.model_selection import GridSearchCV

    Interrupt(monkeypatch, 20)
    with pytest.raises(KeyboardInterrupt):
        GridSearchCV(make(), {"alpha": [0, 1]}).fit(*iris)
