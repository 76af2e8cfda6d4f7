"""The warning about parameters that have no effect."""

import inspect
import warnings

import numpy as np
import pytest
from conftest import make
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_selection import RFECV
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    cross_val_score,
    validation_curve,
)
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlp import MLPSoftmaxClassifier, TabularMLPClassifier
from skmlp.estimator.unused import USES

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*Maximum iterations:sklearn.exceptions.ConvergenceWarning",
    "ignore:The cross-entropy:sklearn.exceptions.ConvergenceWarning",
)

WARNING = "These parameters have no effect"


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"weight_decay": 0.1}, r"weight_decay=0\.1 needs solver='adamw'\."),
        ({"weight_decay": 0.1, "solver": "nadam"}, "weight_decay"),
        ({"warmup_fraction": 0.3}, "warmup_fraction=0.3 needs learning_rate='linear', 'cosine' or"),
        ({"warmup_fraction": 0.3, "max_iter": "auto", "solver": "sgd"}, "warmup_fraction"),
        ({"warmup_fraction": 0.3, "learning_rate": "cosine", "solver": "lbfgs"}, "warmup_fraction"),
        ({"max_grad_norm": 1, "solver": "lbfgs"}, r"max_grad_norm=1\.0 needs a minibatch solver\."),
        ({"dropout": 0.2, "depth": 0}, r"dropout=0\.2 needs a hidden layer\."),
        ({"dropout": 0.2, "hidden_layer_sizes": ()}, "dropout"),
        ({"initializer": "he_normal", "depth": 0}, "initializer='he_normal' needs a hidden layer"),
        ({"scoring": "loss"}, "scoring='loss' needs early_stopping=True or X_val"),
    ],
    ids=str,
)
def test_a_parameter_that_is_not_used_is_named(iris, parameters, words):
    with pytest.warns(UserWarning, match=f"^{WARNING}: {words}"):
        make(**parameters).fit(*iris)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"weight_decay": 0.1, "solver": "adamw"},
        {"warmup_fraction": 0.3, "max_iter": "auto"},
        {"warmup_fraction": 0.3, "learning_rate": "linear", "solver": "sgd"},
        {"weight_decay": 0.0},
        {"warmup_fraction": 0, "learning_rate": "constant"},
        {"max_grad_norm": None, "solver": "lbfgs"},
        {"max_grad_norm": 1.0},
        {"dropout": 0.2},
        {"dropout": np.array([]), "depth": 0},
        {"dropout": 0.0, "depth": 0},
        {"input_dropout": 0.2, "depth": 0},
        {"label_smoothing": 0.1, "depth": 0, "solver": "lbfgs"},
        {"scoring": "loss", "early_stopping": True},
        {"solver": "lbfgs", "learning_rate_init": 0.1, "batch_size": 20, "momentum": 0.5},
    ],
    ids=str,
)
def test_no_warning_where_all_are_used_or_mlp_classifier_has_them(iris, parameters):
    with warnings.catch_warnings():
        warnings.filterwarnings("error", WARNING)
        make(**parameters).fit(*iris)


def test_scoring_is_used_with_validation_data(iris):
    make(scoring="loss").fit(*iris, X_val=iris[0], y_val=iris[1])


def test_one_warning_names_all(iris):
    clf = make(weight_decay=0.1, dropout=0.2, depth=0)
    with pytest.warns(UserWarning, match=WARNING) as caught:
        clf.fit(*iris)
    (message,) = [str(w.message) for w in caught if w.category is UserWarning]
    assert "weight_decay=0.1 needs" in message
    assert "dropout=0.2 needs" in message


def total_weight(clf):
    return abs(clf.coefs_[0]).sum(axis=1)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize(
    ("fixed", "searched"),
    [
        ({"weight_decay": 0.1}, {"solver": ["adam", "adamw"]}),
        ({"max_grad_norm": 1.0}, {"solver": ["adam", "lbfgs"]}),
        ({"dropout": 0.2}, {"depth": [0, 1]}),
    ],
    ids=str,
)
def test_no_warning_in_a_search(iris, fixed, searched, n_jobs):
    pipeline = make_pipeline(StandardScaler(), make(max_iter=2, **fixed))
    grid = {f"mlpsoftmaxclassifier__{name}": values for name, values in searched.items()}
    with warnings.catch_warnings(record=True) as caught:
        GridSearchCV(pipeline, grid, cv=2, n_jobs=n_jobs).fit(*iris)
    assert not any(WARNING in str(w.message) for w in caught)


@pytest.mark.parametrize(
    "run",
    [
        lambda clf, X, y: RandomizedSearchCV(clf, {"alpha": [1.0]}, n_iter=1, cv=2).fit(X, y),
        lambda clf, X, y: cross_val_score(clf, X, y, cv=2),
        lambda clf, X, y: validation_curve(clf, X, y, param_name="depth", param_range=[0, 1], cv=2),
        lambda clf, X, y: RFECV(clf, cv=2, importance_getter=total_weight).fit(X, y),
    ],
    ids=["random search", "cross-validation", "validation curve", "selection of features"],
)
def test_no_warning_in_other_ways_to_select(iris, run):
    run(make(max_iter=2, weight_decay=0.1), *iris)


def test_a_warning_within_another_estimator(iris):
    clf = CalibratedClassifierCV(make(max_iter=2, weight_decay=0.1), cv=2)
    with pytest.warns(UserWarning, match=WARNING):
        clf.fit(*iris)


def test_no_warning_of_the_base_models_of_a_table(iris):
    TabularMLPClassifier((8,), depth=1, n_folds=2, max_iter=2, random_state=0).fit(*iris)


def test_no_warning_of_what_a_subclass_sets_itself(iris):
    class Fixed(MLPSoftmaxClassifier):
        def __init__(self, alpha=2.0):
            super().__init__(8, alpha=alpha, weight_decay=0.1, max_iter=2)

    Fixed().fit(*iris)


def test_mlp_classifier_has_none_of_these_parameters():
    assert not set(USES) & set(inspect.signature(MLPClassifier).parameters)
