"""The rules that constructor parameters obey, and the sentences said when they do not."""

from collections.abc import Callable, Sequence
from numbers import Integral, Real
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from skmlp.network.activations import ACTIVATIONS
from skmlp.network.initializers import INITIALIZERS
from skmlp.training.optimizers import OPTIMIZERS
from skmlp.training.schedules import SCHEDULES

__all__ = ["InvalidParameterError", "hidden_layer_sizes", "read_by", "read_parameters"]


class InvalidParameterError(ValueError, TypeError):
    """A parameter has a value that is not allowed.

    Both a ValueError and a TypeError, as in scikit-learn.
    """


class Rule(NamedTuple):
    """What a parameter may be, in code and in words, and how it becomes a plain value."""

    allows: Callable
    words: str
    plain: Callable = lambda value: value


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
        lambda v: None if v is None else rule.plain(v),
    )


def auto_or(rule):
    return Rule(
        lambda v: (isinstance(v, str) and v == "auto") or rule.allows(v),
        f"'auto' or {rule.words}",
        lambda v: v if isinstance(v, str) else rule.plain(v),
    )


def one_or_several(rule):
    return Rule(
        lambda v: rule.allows(v) or (_is_sequence(v) and all(map(rule.allows, v))),
        f"{rule.words}; or a list of them, one for each hidden layer",
        lambda v: list(map(rule.plain, v)) if _is_sequence(v) else rule.plain(v),
    )


def _is_sequence(value):
    if isinstance(value, np.ndarray):
        return value.ndim == 1
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


NOT_NEGATIVE = real("from 0 up, and finite", lambda v: 0 <= v < np.inf)
POSITIVE = real("above 0, and finite", lambda v: 0 < v < np.inf)
FRACTION = real("from 0 to 1", lambda v: 0 <= v <= 1)
FRACTION_BELOW_1 = real("from 0 up and below 1", lambda v: 0 <= v < 1)
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
    "learning_rate": one_of(*SCHEDULES),
    "learning_rate_init": POSITIVE,
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
        "True, False, or an integer from 0 up",
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


def read_parameters(estimator):
    """Read the parameters of an estimator as plain values of Python.

    Returns
    -------
    p : SimpleNamespace
        The parameters by name. For the hidden layers there are besides a tuple `widths` and a
        list `activations`; for all layers a list `dropouts`, that of the features first.

    Raises
    ------
    InvalidParameterError
        If a parameter breaks its rule. The message names the parameter, the value seen and
        what is allowed.

    Examples
    --------
    >>> from skmlp import MLPSoftmaxClassifier
    >>> from skmlp.estimator.parameters import read_parameters
    >>> p = read_parameters(MLPSoftmaxClassifier(100, depth=2, dropout=0.1))
    >>> p.widths, p.activations, p.dropouts
    ((100, 100), ['relu', 'relu'], [0.0, 0.1, 0.1])
    """
    p = read_by(RULES, estimator)
    p.hidden_layer_sizes = estimator.hidden_layer_sizes
    p.widths = hidden_layer_sizes(p.hidden_layer_sizes, p.depth)
    p.activations = _per_hidden_layer("activation", p)
    p.dropouts = [p.input_dropout, *_per_hidden_layer("dropout", p)]
    if p.solver == "lbfgs" and any(p.dropouts):
        raise InvalidParameterError(
            "solver='lbfgs' needs the same loss at every evaluation, which dropout and "
            "input_dropout change at random: set them to 0, or use a minibatch solver."
        )
    if p.learning_rate in ("invscaling", "adaptive") and p.solver not in ("sgd", "adam", "lbfgs"):
        raise InvalidParameterError(
            f"learning_rate={p.learning_rate!r} is for solver='sgd', not for "
            f"solver={p.solver!r}: use 'constant', 'linear', 'cosine' or 'onecycle'."
        )
    return p


def read_by(rules, estimator):
    """Read those parameters of an estimator that there are rules for, as plain values."""
    p = SimpleNamespace()
    for name, rule in rules.items():
        value = getattr(estimator, name)
        if not rule.allows(value):
            raise InvalidParameterError(
                f"{name}={value!r} is not allowed: {name} must be {rule.words}."
            )
        setattr(p, name, rule.plain(value))
    return p


def _per_hidden_layer(name, p):
    """Give a parameter's value for each hidden layer, where one value may stand for all."""
    value, n_hidden = getattr(p, name), len(p.widths)
    if not isinstance(value, list):
        return [value] * n_hidden
    if len(value) != n_hidden:
        raise InvalidParameterError(
            f"{name}={value!r} has {len(value)} values, but the network has {n_hidden} hidden "
            "layers: give one value for each, or one for all."
        )
    return value


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
    >>> from skmlp.estimator.parameters import hidden_layer_sizes
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
    return widths * depth
