"""scikit-learn's own checks of an estimator."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from skmlp import MLPSoftmaxClassifier, TabularMLPClassifier

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
    {"depth": 2, "solver": "lbfgs", "activation": "tanh", "alpha": 1e-4},
    {"hidden_layer_sizes": ()},
    {"class_weight": "balanced"},
    {"shuffle": False},
    {"dropout": 0.1, "input_dropout": 0.1},
    {"solver": "adamw", "learning_rate": "onecycle"},
    {"solver": "nadam"},
    {"solver": "rmsprop"},
    {"early_stopping": True, "validation_fraction": 0.4},
]


CALL_PARTIAL_FIT = [
    "check_estimators_partial_fit_n_features",
    "check_fit_score_takes_y",
    "check_n_features_in_after_fitting",
]
COUNT_WEIGHTS = [
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weight_equivalence_on_sparse_data",
]


def expected_to_fail(clf):
    """Return the checks that cannot pass, with the reasons."""
    expected = {}
    if clf.early_stopping or clf.learning_rate == "onecycle":
        expected |= dict.fromkeys(CALL_PARTIAL_FIT, "partial_fit is refused")
    if clf.early_stopping or clf.dropout:
        reason = (
            "rows are split, or units dropped, at random, and more rows take more random numbers"
        )
        expected |= dict.fromkeys(COUNT_WEIGHTS, reason)
    return expected


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(
    [MLPSoftmaxClassifier(**setting) for setting in SETTINGS],
    expected_failed_checks=expected_to_fail,
)
def test_estimator(estimator, check):
    check(estimator)


@parametrize_with_checks([TabularMLPClassifier(32, n_folds=1)])
def test_tabular_classifier(estimator, check):
    check(estimator)
