"""scikit-learn's tests of MLPClassifier, run on MLPSoftmaxClassifier.

The test functions are those of the installed version of scikit-learn. These classification tests
are omitted:

- test_fit, test_gradient: set and call private attributes of MLPClassifier. Gradients are
  tested in test_objective.py, steps in test_oracles.py.
- test_learning_rate_warmstart, test_adaptive_learning_rate: use ``_optimizer``.
- test_n_iter_no_change, test_n_iter_no_change_inf: use ``_no_improvement_count``.
- test_alpha: compares the norms of each layer under two penalties. Here, training with a penalty
  ends with layers of equal norms, the last of which may have grown. MLPClassifier, at a lower rate,
  stays closer to its initial weights. test_oracles.py has another test instead.
- test_multilabel_classification, test_predict_proba_multilabel: a softmax predicts one
  class per sample; several labels per sample raise a ValueError.

All others test MLPRegressor.
"""

import pytest
import sklearn
import sklearn.neural_network.tests.test_mlp as sklearn_tests

from skmlp import MLPSoftmaxClassifier

NAMES = {
    "test_lbfgs_classification",
    "test_lbfgs_classification_maxfun",
    "test_partial_fit_classes_error",
    "test_partial_fit_classification",
    "test_partial_fit_unseen_classes",
    "test_partial_fit_errors",
    "test_predict_proba_binary",
    "test_predict_proba_multiclass",
    "test_sparse_matrices",
    "test_tolerance",
    "test_verbose_sgd",
    "test_early_stopping",
    "test_warm_start",
    "test_warm_start_full_iteration",
    "test_early_stopping_stratified",
    "test_mlp_early_stopping_string_labels",
    "test_mlp_classifier_dtypes_casting",
    "test_mlp_param_dtypes",
    "test_preserve_feature_names",
    "test_mlp_warm_start_with_early_stopping",
    "test_mlp_warm_start_no_convergence",
    "test_mlp_partial_fit_after_fit",
}

# The names of the estimator in those tests.
ESTIMATOR_ARGUMENTS = {"MLPEstimator", "Estimator"}

pytestmark = pytest.mark.filterwarnings("default")


def _parametrizations(function):
    """Return the arguments of each test of a function, one dict per test."""
    cases = [{}]
    for mark in getattr(function, "pytestmark", []):
        if mark.name != "parametrize":
            continue
        names = [name.strip() for name in mark.args[0].split(",")]
        values = [value if len(names) > 1 else (value,) for value in mark.args[1]]
        cases = [
            {**case, **dict(zip(names, value, strict=True))} for case in cases for value in values
        ]
    return [
        case
        for case in cases
        if not any(
            case[name] is sklearn_tests.MLPRegressor for name in case.keys() & ESTIMATOR_ARGUMENTS
        )
    ]


def _tests():
    for name in sorted(NAMES):
        function = getattr(sklearn_tests, name, None)
        for i, arguments in enumerate(_parametrizations(function) if function else []):
            yield pytest.param(function, arguments, id=f"{name}-{i}")


def test_all_tests_exist():
    """One was added after scikit-learn 1.6.0."""
    missing = {name for name in NAMES if not hasattr(sklearn_tests, name)}
    is_oldest = sklearn.__version__ == "1.6.0"
    assert missing == ({"test_mlp_early_stopping_string_labels"} if is_oldest else set())
    assert len(NAMES) >= 22


@pytest.mark.parametrize(("function", "arguments"), list(_tests()))
def test_as_mlp_classifier(function, arguments, monkeypatch, request):
    ours = dict.fromkeys(arguments.keys() & ESTIMATOR_ARGUMENTS, MLPSoftmaxClassifier)
    fixtures = {"capsys"} & set(function.__code__.co_varnames[: function.__code__.co_argcount])
    arguments = arguments | ours | {name: request.getfixturevalue(name) for name in fixtures}
    monkeypatch.setattr(sklearn_tests, "MLPClassifier", MLPSoftmaxClassifier)
    function(**arguments)
