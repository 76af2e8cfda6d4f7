"""scikit-learn's own checks of an estimator."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from skmlp import MLPSoftmaxClassifier

SETTINGS = [
    {},
    {"solver": "sgd"},
    {"solver": "sgd", "learning_rate": "adaptive", "nesterovs_momentum": False},
    {"solver": "lbfgs"},
    {"activation": "tanh"},
    {"activation": "logistic"},
    {"activation": "sigmoid"},
    {"activation": "identity"},
    {"depth": 0},
    {"depth": 2},
    {"depth": 2, "solver": "lbfgs"},
    {"hidden_layer_sizes": ()},
    {"class_weight": "balanced"},
    {"shuffle": False},
]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks([MLPSoftmaxClassifier(**setting) for setting in SETTINGS])
def test_estimator(estimator, check):
    check(estimator)
