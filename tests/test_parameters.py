import numpy as np
import pytest

from skmlp import MLPSoftmaxClassifier
from skmlp.estimator.rules import RULES, InvalidParameterError
from skmlp.estimator.settings import hidden_layer_sizes, read_settings

INVALID = {
    "hidden_layer_sizes": [0, (10, -1), 2.5, "wide", (True,), None],
    "activation": ["swish7", None, 3, ["relu", "swish7"]],
    "depth": [-1, 1.5, "2", True],
    "initializer": ["he", "zeros", None],
    "dropout": [-0.1, 1, np.nan, [0.5, 1.0], "half"],
    "input_dropout": [1.0, [0.1], None],
    "label_smoothing": [-0.1, 1.0],
    "solver": ["newton", None],
    "weight_decay": [-1, np.inf],
    "max_grad_norm": [0, -1, "1"],
    "warmup_fraction": [-0.1, 1.0],
    "max_time": [0, -1],
    "dtype": ["float16", np.float32, 32],
    "scoring": [3, ["accuracy"]],
    "alpha": [-1, np.nan, np.inf, "1", None],
    "batch_size": [0, -5, 1.5, "all", np.array([10])],
    "learning_rate": ["fast", 0.1],
    "learning_rate_init": [0, -1, np.nan, np.inf, "0.1"],
    "power_t": [-1, np.nan],
    "max_iter": [0, 1.5, np.inf, None],
    "shuffle": ["yes", 1],
    "random_state": [-1, 1.5, "seed", 2**32],
    "tol": [-1e-9, np.nan],
    "verbose": [-1, "loud"],
    "warm_start": ["no", 0],
    "momentum": [-0.1, 1.1, np.nan],
    "nesterovs_momentum": [None],
    "early_stopping": ["auto"],
    "validation_fraction": [-0.1, 1, 1.0, np.nan],
    "beta_1": [-0.1, 1],
    "beta_2": [-0.1, 1],
    "epsilon": [0, -1],
    "n_iter_no_change": [0, 2.5, -np.inf],
    "max_fun": [0, 1.5],
    "class_weight": ["even", 2, [1, 2]],
}


def test_every_parameter_has_invalid_values_here():
    assert set(INVALID) == set(MLPSoftmaxClassifier().get_params())
    assert set(RULES) == set(INVALID) - {"hidden_layer_sizes"}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in INVALID.items() for value in values]
)
def test_invalid_values_are_named_at_fit(name, value):
    clf = MLPSoftmaxClassifier(**{name: value})
    with pytest.raises(InvalidParameterError, match=f"^{name}=.*{name} must be"):
        clf.fit([[0.0], [1.0]], [0, 1])


def test_the_error_is_a_value_error_and_a_type_error():
    assert issubclass(InvalidParameterError, ValueError)
    assert issubclass(InvalidParameterError, TypeError)


@pytest.mark.parametrize(
    "parameters",
    [
        {"alpha": np.float32(0.1), "max_iter": np.int64(3), "shuffle": np.bool_(True)},
        {"hidden_layer_sizes": np.array([3, 4])},
        {"n_iter_no_change": np.inf},
        {"random_state": np.random.RandomState(0)},
        {"verbose": 10, "alpha": 0, "tol": 0, "momentum": 1},
    ],
)
def test_valid_values(parameters):
    read_settings(MLPSoftmaxClassifier(**parameters))


@pytest.mark.parametrize(
    ("sizes", "depth", "widths"),
    [
        (7, None, (7,)),
        ((), None, ()),
        ([7, 5], None, (7, 5)),
        (7, 0, ()),
        ((7,), 3, (7, 7, 7)),
        ((), 0, ()),
        (np.array([7]), np.int64(2), (7, 7)),
    ],
)
def test_widths(sizes, depth, widths):
    assert hidden_layer_sizes(sizes, depth) == widths


@pytest.mark.parametrize(("sizes", "depth"), [((7, 5), 2), ((7, 7), 2), ((), 1), ((7, 5), 0)])
def test_depth_that_contradicts_the_widths(sizes, depth):
    with pytest.raises(ValueError, match=r"hidden_layer_sizes=.* and depth=.* contradict"):
        hidden_layer_sizes(sizes, depth)


@pytest.mark.parametrize("name", ["hidden_layer_sizes", "activation", "dropout"])
@pytest.mark.parametrize(
    "make", [iter, set, lambda values: (v for v in values), lambda values: np.array(values[0])]
)
def test_only_sequences_give_a_value_for_each_layer(name, make):
    values = {"hidden_layer_sizes": [5, 6], "activation": ["relu", "tanh"], "dropout": [0.1, 0.2]}
    with pytest.raises(InvalidParameterError, match=f"{name}=.* is not allowed"):
        read_settings(MLPSoftmaxClassifier(**{name: make(values[name])}))


@pytest.mark.parametrize("name", ["activation", "dropout"])
def test_one_value_for_each_hidden_layer(name):
    value = {"activation": "tanh", "dropout": 0.1}[name]
    for wrong in ([], [value], [value] * 3):
        with pytest.raises(InvalidParameterError, match="the network has 2 hidden layers"):
            read_settings(MLPSoftmaxClassifier(depth=2, **{name: wrong}))
    read_settings(MLPSoftmaxClassifier(depth=2, **{name: [value] * 2}))


@pytest.mark.parametrize("setting", [{"dropout": 0.1}, {"input_dropout": 0.1}])
def test_no_dropout_with_lbfgs(setting):
    with pytest.raises(InvalidParameterError, match="set them to 0"):
        read_settings(MLPSoftmaxClassifier(solver="lbfgs", **setting))


@pytest.mark.parametrize("solver", ["adamw", "nadam", "rmsprop"])
@pytest.mark.parametrize("learning_rate", ["invscaling", "adaptive"])
def test_schedules_of_sgd_alone(solver, learning_rate):
    clf = MLPSoftmaxClassifier(solver=solver, learning_rate=learning_rate)
    with pytest.raises(InvalidParameterError, match="is for solver='sgd'"):
        read_settings(clf)
