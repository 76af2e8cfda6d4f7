"""The rules that constructor parameters obey, and the sentences said when they do not."""

from collections.abc import Callable, Iterable
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np

from skmlp.activations import ACTIVATIONS

__all__ = ["InvalidParameterError", "check_parameters", "hidden_layer_sizes"]


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


def either(rule, value, words):
    return Rule(lambda v: v is value or rule.allows(v), f"{words} or {rule.words}")


NOT_NEGATIVE = real("from 0 up, and finite", lambda v: 0 <= v < np.inf)
POSITIVE = real("above 0, and finite", lambda v: 0 < v < np.inf)
FRACTION = real("from 0 to 1", lambda v: 0 <= v <= 1)
FRACTION_BELOW_1 = real("from 0 up and below 1", lambda v: 0 <= v < 1)
BOOLEAN = Rule(lambda v: isinstance(v, bool | np.bool_), "True or False")
COUNT = integer(1)

RULES = {
    "activation": one_of(*ACTIVATIONS),
    "depth": either(integer(0), None, "None"),
    "solver": one_of("adam", "sgd", "lbfgs"),
    "alpha": NOT_NEGATIVE,
    "batch_size": Rule(
        lambda v: COUNT.allows(v) or (isinstance(v, str) and v == "auto"),
        f"'auto' or {COUNT.words}",
    ),
    "learning_rate": one_of("constant", "invscaling", "adaptive"),
    "learning_rate_init": POSITIVE,
    "power_t": NOT_NEGATIVE,
    "max_iter": COUNT,
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
    hidden_layer_sizes(parameters["hidden_layer_sizes"], parameters["depth"])
    if parameters["early_stopping"] and parameters["validation_fraction"] == 0:
        raise InvalidParameterError(
            "early_stopping=True needs validation data, but validation_fraction=0 sets none "
            "aside: give a fraction above 0 and below 1, such as 0.1."
        )


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
    widths = tuple(sizes) if isinstance(sizes, Iterable) else (sizes,)
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
