"""The rules for constructor parameters, and the errors if one is violated."""

from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np

from skmlp.network.activations import ACTIVATIONS
from skmlp.network.initializers import INITIALIZERS
from skmlp.training.optimizers import OPTIMIZERS
from skmlp.training.schedules import SCHEDULES

__all__ = ["RULES", "InvalidParameterError", "Rule", "is_sequence", "read_by"]


class InvalidParameterError(ValueError, TypeError):
    """Raised if a parameter has a value that is not allowed.

    It is both a ValueError and a TypeError, as in scikit-learn.
    """


class Rule(NamedTuple):
    """The allowed values of a parameter, as code and in words, and its conversion to Python."""

    allows: Callable
    words: str
    convert: Callable = lambda value: value


def _is_integer(value):
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_real(value):
    return isinstance(value, Real) and not isinstance(value, bool)


def integer(low):
    return Rule(lambda v: _is_integer(v) and v >= low, f"an integer of at least {low}", int)


def real(words, holds):
    return Rule(lambda v: _is_real(v) and holds(v), f"a number {words}", float)


def one_of(*names):
    return Rule(
        lambda v: isinstance(v, str) and v in names, "one of " + ", ".join(map(repr, names)), str
    )


def none_or(rule):
    return Rule(
        lambda v: v is None or rule.allows(v),
        f"None or {rule.words}",
        lambda v: None if v is None else rule.convert(v),
    )


def auto_or(rule):
    return Rule(
        lambda v: (isinstance(v, str) and v == "auto") or rule.allows(v),
        f"'auto' or {rule.words}",
        lambda v: v if isinstance(v, str) else rule.convert(v),
    )


def one_or_several(rule):
    return Rule(
        lambda v: rule.allows(v) or (is_sequence(v) and all(map(rule.allows, v))),
        f"{rule.words}; or a list of them, one for each hidden layer",
        lambda v: list(map(rule.convert, v)) if is_sequence(v) else rule.convert(v),
    )


def is_sequence(value):
    """Check whether a value is a list, a tuple or a vector, but not a string."""
    if isinstance(value, np.ndarray):
        return value.ndim == 1
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


NOT_NEGATIVE = real("of at least 0, and finite", lambda v: 0 <= v < np.inf)
POSITIVE = real("above 0, and finite", lambda v: 0 < v < np.inf)
FRACTION = real("in [0, 1]", lambda v: 0 <= v <= 1)
FRACTION_BELOW_1 = real("in [0, 1)", lambda v: 0 <= v < 1)
BOOLEAN = Rule(lambda v: isinstance(v, bool | np.bool_), "True or False", bool)
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
    "batch_size": auto_or(COUNT),
    "learning_rate": one_of("auto", *SCHEDULES),
    "learning_rate_init": auto_or(POSITIVE),
    "warmup_fraction": FRACTION_BELOW_1,
    "power_t": NOT_NEGATIVE,
    "max_iter": auto_or(COUNT),
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
        lambda v: BOOLEAN.allows(v) or integer(0).allows(v),
        "True, False, or an integer of at least 0",
        bool,
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
        lambda v: COUNT.allows(v) or (_is_real(v) and v == np.inf),
        f"{COUNT.words}, or numpy.inf",
        float,
    ),
    "max_fun": COUNT,
    "class_weight": Rule(
        lambda v: v is None or isinstance(v, dict) or (isinstance(v, str) and v == "balanced"),
        "None, 'balanced', or a dict from class label to weight",
    ),
}


def read_by(rules: dict[str, Rule], estimator: Any) -> dict[str, Any]:
    """Return the parameters of an estimator that have a rule, converted to Python types.

    Raises
    ------
    InvalidParameterError
        If a parameter violates its rule. The message has the parameter, its value and the allowed
        values.
    """
    values = {}
    for name, rule in rules.items():
        value = getattr(estimator, name)
        if not rule.allows(value):
            raise InvalidParameterError(
                f"{name}={value!r} is not allowed: {name} must be {rule.words}."
            )
        values[name] = rule.convert(value)
    return values
