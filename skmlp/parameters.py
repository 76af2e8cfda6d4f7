"""The rules that constructor parameters obey, and the sentences said when they do not."""

from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np

from skmlp.activations import ACTIVATIONS
from skmlp.initializers import INITIALIZERS
from skmlp.optimizers import OPTIMIZERS
from skmlp.schedules import SCHEDULES

__all__ = ["InvalidParameterError", "check_parameters", "hidden_layer_sizes", "per_hidden_layer"]


class InvalidParameterError(ValueError, TypeError):
    """A parameter has a value that is not allowed.

    Both a ValueError and a TypeError, as in scikit-learn.
    """


class Rule(NamedTuple):
    allows: Callable
    words: str


def _is_integer(value):
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_real(value):
    return isinstance(value, Real) and not isinstance(value, bool)


def integer(low):
    return Rule(lambda v: _is_integer(v) and v >= low, f"an integer of at least {low}")


def real(words, holds):
    return Rule(lambda v: _is_real(v) and holds(v), f"a number {words}")


def one_of(*names):
    return Rule(
        lambda v: isinstance(v, str) and v in names, "one of " + ", ".join(map(repr, names))
    )


def none_or(rule):
    return Rule(lambda v: v is None or rule.allows(v), f"None or {rule.words}")


def one_or_several(rule):
    return Rule(
        lambda v: rule.allows(v) or (_is_sequence(v) and all(map(rule.allows, v))),
        f"{rule.words}; or a list of them, one for each hidden layer",
    )


def _is_sequence(value):
    if isinstance(value, np.ndarray):
        return value.ndim == 1
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


NOT_NEGATIVE = real("from 0 up, and finite", lambda v: 0 <= v < np.inf)
POSITIVE = real("above 0, and finite", lambda v: 0 < v < np.inf)
FRACTION = real("from 0 to 1", lambda v: 0 <= v <= 1)
FRACTION_BELOW_1 = real("from 0 up and below 1", lambda v: 0 <= v < 1)
BOOLEAN = Rule(lambda v: isinstance(v, bool | np.bool_), "True or False")
COUNT = integer(1)

RULES = {
    "activation": one_or_several(one_of(*ACTIVATIONS)),
    "depth": none_or(integer(0)),
    "initializer": one_of("auto", *INITIALIZERS),
    "dropout": one_or_several(FRACTION_BELOW_1),
    "input_dropout": FRACTION_BELOW_1,
    "label_smoothing": FRACTION_BELOW_1,
    "solver": one_of(*OPTIMIZERS, "lbfgs"),
    "weight_decay": NOT_NEGATIVE,
    "max_grad_norm": none_or(POSITIVE),
    "alpha": NOT_NEGATIVE,
    "batch_size": Rule(
        lambda v: COUNT.allows(v) or (isinstance(v, str) and v == "auto"),
        f"'auto' or {COUNT.words}",
    ),
    "learning_rate": one_of(*SCHEDULES),
    "learning_rate_init": POSITIVE,
    "warmup_fraction": FRACTION_BELOW_1,
    "power_t": NOT_NEGATIVE,
    "max_iter": COUNT,
    "max_time": none_or(POSITIVE),
    "dtype": Rule(
        lambda v: v is None or (isinstance(v, str) and v in ("float32", "float64")),
        "None, 'float32' or 'float64'",
    ),
    "shuffle": BOOLEAN,
    "random_state": Rule(
        lambda v: (
            v is None or isinstance(v, np.random.RandomState) or (_is_integer(v) and 0 <= v < 2**32)
        ),
        "None, a numpy.random.RandomState, or an integer from 0 to 2**32 - 1",
    ),
    "tol": NOT_NEGATIVE,
    "verbose": Rule(
        lambda v: BOOLEAN.allows(v) or integer(0).allows(v), "True, False, or an integer from 0 up"
    ),
    "warm_start": BOOLEAN,
    "momentum": FRACTION,
    "nesterovs_momentum": BOOLEAN,
    "early_stopping": BOOLEAN,
    "scoring": Rule(
        lambda v: v is None or isinstance(v, str) or callable(v),
        "None, 'loss', the name of a scikit-learn scorer, or a callable",
    ),
    "validation_fraction": FRACTION_BELOW_1,
    "beta_1": FRACTION_BELOW_1,
    "beta_2": FRACTION_BELOW_1,
    "epsilon": POSITIVE,
    "n_iter_no_change": Rule(
        lambda v: COUNT.allows(v) or (_is_real(v) and v == np.inf), f"{COUNT.words}, or numpy.inf"
    ),
    "max_fun": COUNT,
    "class_weight": Rule(
        lambda v: v is None or isinstance(v, dict) or (isinstance(v, str) and v == "balanced"),
        "None, 'balanced', or a dict from class label to weight",
    ),
}


def check_parameters(estimator):
    """Raise InvalidParameterError if a parameter of the estimator breaks its rule.

    The message names the parameter, the value seen and what is allowed.
    """
    parameters = estimator.get_params(deep=False)
    for name, rule in RULES.items():
        if not rule.allows(parameters[name]):
            raise InvalidParameterError(
                f"{name}={parameters[name]!r} is not allowed: {name} must be {rule.words}."
            )
    n_hidden = len(hidden_layer_sizes(parameters["hidden_layer_sizes"], parameters["depth"]))
    dropout = parameters["input_dropout"], *per_hidden_layer("dropout", parameters, n_hidden)
    per_hidden_layer("activation", parameters, n_hidden)
    solver, schedule = parameters["solver"], parameters["learning_rate"]
    if solver == "lbfgs" and any(dropout):
        raise InvalidParameterError(
            "solver='lbfgs' needs the same loss at every evaluation, which dropout and "
            "input_dropout change at random: set them to 0, or use a minibatch solver."
        )
    if schedule in ("invscaling", "adaptive") and solver not in ("sgd", "adam", "lbfgs"):
        raise InvalidParameterError(
            f"learning_rate={schedule!r} is for solver='sgd', not for solver={solver!r}: use "
            "'constant', 'linear', 'cosine' or 'onecycle'."
        )


def per_hidden_layer(name, parameters, n_hidden):
    """Give a parameter's value for each hidden layer, where one value may stand for all.

    Raises
    ------
    InvalidParameterError
        If a list does not have one value for each of the `n_hidden` layers.

    Examples
    --------
    >>> from skmlp.parameters import per_hidden_layer
    >>> per_hidden_layer("dropout", {"dropout": 0.1}, n_hidden=2)
    [0.1, 0.1]
    """
    value = parameters[name]
    if not _is_sequence(value):
        return [value] * n_hidden
    if len(value) != n_hidden:
        raise InvalidParameterError(
            f"{name}={value!r} has {len(value)} values, but the network has {n_hidden} hidden "
            "layers: give one value for each, or one for all."
        )
    return list(value)


def hidden_layer_sizes(sizes, depth):
    """Work out the width of each hidden layer from the parameters of these names.

    Parameters
    ----------
    sizes : int or sequence of int
        Width of each hidden layer; with `depth`, the one width they all get.
    depth : int or None
        Number of hidden layers; None takes it from `sizes`.

    Returns
    -------
    widths : tuple of int
        Width of each hidden layer.

    Raises
    ------
    InvalidParameterError
        If a width is not an integer of at least 1, or `depth` contradicts `sizes`.

    Examples
    --------
    >>> from skmlp.parameters import hidden_layer_sizes
    >>> hidden_layer_sizes((100,), depth=3)
    (100, 100, 100)
    """
    widths = tuple(sizes) if _is_sequence(sizes) else (sizes,)
    if not all(map(COUNT.allows, widths)):
        raise InvalidParameterError(
            f"hidden_layer_sizes={sizes!r} is not allowed: hidden_layer_sizes must be {COUNT.words}"
            ", or a sequence of them, one for each hidden layer."
        )
    widths = tuple(map(int, widths))
    if depth is None or len(widths) == depth == 0:
        return widths
    if len(widths) != 1:
        raise InvalidParameterError(
            f"hidden_layer_sizes={sizes!r} and depth={depth} contradict each other: with depth, "
            "hidden_layer_sizes must hold one width, which every hidden layer gets. Give one "
            "width, such as (100,), or depth=None."
        )
    return widths * int(depth)
