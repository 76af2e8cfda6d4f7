"""The estimators in scikit-learn's meta-estimators."""

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier, StackingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier

from skmlp import MLPSoftmaxClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def clf():
    return MLPSoftmaxClassifier((16,), learning_rate_init=0.02, max_iter=30, random_state=0)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_grid_search_over_depth_and_activation(iris, clf, n_jobs):
    pipeline = Pipeline([("scale", StandardScaler()), ("mlp", clf)])
    grid = {"mlp__depth": [0, 1, 2, 3], "mlp__activation": ["relu", "tanh", "logistic"]}
    search = GridSearchCV(pipeline, grid, cv=3, n_jobs=n_jobs, error_score="raise").fit(*iris)
    assert search.best_score_ > 0.93
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_parallel_search_gives_the_same_scores(iris, clf):
    scores = [
        GridSearchCV(clf, {"depth": [0, 1, 2]}, cv=3, n_jobs=n_jobs)
        .fit(*iris)
        .cv_results_["mean_test_score"]
        .tolist()
        for n_jobs in (None, 2)
    ]
    assert scores[0] == scores[1]


def test_cross_val_score(iris, clf):
    assert cross_val_score(clf, *iris, cv=5).mean() > 0.93


@pytest.mark.parametrize(
    "wrap",
    [
        lambda clf: CalibratedClassifierCV(clf, cv=3),
        OneVsRestClassifier,
        lambda clf: BaggingClassifier(clf, n_estimators=3, random_state=0),
        lambda clf: AdaBoostClassifier(clf, n_estimators=3, random_state=0),
        lambda clf: StackingClassifier([("mlp", clf)], LogisticRegression(), cv=3),
        lambda clf: HalvingGridSearchCV(
            clf, {"alpha": [1e-4, 1e-2, 1]}, resource="max_iter", max_resources=30, random_state=0
        ),
    ],
    ids=["calibrated", "one-vs-rest", "bagging", "adaboost", "stacking", "halving"],
)
def test_wrapped(iris, clf, wrap):
    X, y = iris
    wrapped = wrap(clf).fit(X, y)
    assert wrapped.score(X, y) > 0.9
    assert wrapped.predict_proba(X).shape == (150, 3)


def test_self_training(iris, clf):
    X, y = iris
    partly = np.where(np.arange(150) % 3 == 0, y, -1)
    assert SelfTrainingClassifier(clf).fit(X, partly).score(X, y) > 0.8


def test_several_labels_by_multi_output(iris, clf):
    X, y = iris
    Y = np.column_stack([y == 0, y == 2]).astype(int)
    assert MultiOutputClassifier(clf).fit(X, Y).score(X, Y) > 0.8
