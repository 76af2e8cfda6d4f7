"""The format of the files of `save`: a rule for each field, which `load` checks."""

import json
import reprlib
from inspect import signature
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from skmlp.estimator.auto import AUTO
from skmlp.estimator.model import Model
from skmlp.estimator.rules import (
    BOOLEAN,
    COUNT,
    FRACTION,
    NOT_NEGATIVE,
    POSITIVE,
    RULES,
    Rule,
    integer,
    none_or,
    one_of,
    one_or_several,
    real,
)
from skmlp.network.activations import ACTIVATIONS
from skmlp.training.optimizers import OPTIMIZERS
from skmlp.training.schedules import SCHEDULES

__all__ = ["PARAMETERS", "check_fields", "fields_of"]


class ListOf(NamedTuple):
    """A list whose items, which have a name in errors, satisfy a rule, with the allowed lengths."""

    item: str
    rule: Rule
    lengths: range | None = None


TEXT = Rule(lambda v: isinstance(v, str), "a string")
NUMBER = real("or NaN", lambda v: True)
NOTHING = Rule(lambda v: v is None, "None")

PARAMETERS = {**RULES, "hidden_layer_sizes": one_or_several(COUNT)}
# Values in use, with "auto" replaced; and the state of a solver or a schedule.
RESOLVED = {
    **RULES,
    "max_iter": COUNT,
    "batch_size": COUNT,
    "learning_rate": one_of(*SCHEDULES),
    "learning_rate_init": POSITIVE,
    "t": integer(0),
    "product": FRACTION,
    "factor": FRACTION,
}
RNG = {
    "bit_generator": one_of("PCG64"),
    "state": {
        "state": Rule(lambda v: _is_below(v, 2**128), "an integer of 128 bits"),
        "inc": Rule(lambda v: _is_below(v, 2**128) and v % 2 == 1, "an odd integer of 128 bits"),
    },
    "has_uint32": Rule(lambda v: _is_below(v, 2), "0 or 1"),
    "uinteger": Rule(lambda v: _is_below(v, 2**32), "an integer of 32 bits"),
}


def fields_of(content: dict[str, Any], model: Model) -> dict[str, Any]:
    """Return the rules for the content of a file.

    Parameters
    ----------
    content : dict
        The content, some of which determines the rules for the rest: the constructor parameters,
        which may be fewer than this version has; the names of the solver and the schedule; and
        fields that may be None or empty.
    model : Model
        The network with the weights in the file.

    Returns
    -------
    fields : dict
        A rule for each field: a Rule, a ListOf, or a dict of the rules for the fields of an
        object.
    """
    theta, state = model.parameters, content["state"]
    weights = Rule(lambda v: v.dtype == theta.dtype and v.size, f"of {theta.dtype}, and not empty")
    names = ListOf("name of a feature", TEXT, _exactly(model.layer_sizes[0]))
    optimizer = state["optimizer"]
    n_vectors = OPTIMIZERS[optimizer["name"]].n_vectors if optimizer and optimizer["t"] else 0
    array = _array(theta.dtype, theta.shape)  # not finite if training diverged
    vectors = ListOf("vector of the solver", array, _exactly(n_vectors))
    n_epochs = len(state["history"]["loss_curve"])
    upto = range(n_epochs + 1)  # empty if no epoch has had a value
    return {
        "skmlp": TEXT,
        "parameters": {name: PARAMETERS[name] for name in content["parameters"]},
        "coefs": ListOf("matrix of weights", weights),
        "intercepts": ListOf("vector of biases", weights),
        "activations": ListOf("activation", one_of(*ACTIVATIONS)),
        "classes": Rule(
            lambda v: _are_classes(v, model.classes), "labels of the dtype, sorted, each once"
        ),
        "feature_names": NOTHING if content["feature_names"] is None else names,
        "state": {
            "rng": RNG,
            "split_seed": RNG["uinteger"],
            "history": {
                "loss_curve": ListOf("loss", NUMBER),
                "validation_scores": ListOf("validation score", NUMBER, upto),
                "validation_losses": ListOf("validation loss", NUMBER, upto),
                "rates": ListOf("learning rate", NUMBER, upto),
                "n_seen": integer(0),
            },
            "progress": {
                "n_epochs": integer(0),
                "n_stalled": integer(0),
                "best_loss": NUMBER,
                "best_score": none_or(NUMBER),
                "early_stopping": BOOLEAN,
                "best_epoch": none_or(
                    Rule(lambda v: COUNT.allows(v) and v <= n_epochs, f"one of {n_epochs} epochs")
                ),
                "loss_of_best": NUMBER,
            },
            "optimizer": _state_of(optimizer, OPTIMIZERS, {**RESOLVED, "vectors": vectors}),
            "schedule": _state_of(state["schedule"], SCHEDULES, RESOLVED),
            "fallback": none_or(_array(theta.dtype, theta.shape, np.isfinite, "finite numbers")),
            "in_force": {name: RESOLVED[name] for name in AUTO} if state["in_force"] != {} else {},
            "mean_weight": NOT_NEGATIVE,
            "n_weighed": integer(0),
            "class_totals": none_or(
                _array(
                    np.dtype(float), model.classes.shape, lambda v: v >= 0, "numbers of at least 0"
                )
            ),
        },
    }


def check_fields(value: Any, fields: Any, name: str) -> None:
    """Raise a ValueError with the first field that violates its rule.

    Parameters
    ----------
    value : object
        The value.
    fields : Rule, ListOf or dict
        Its rule, or the rules for its content.
    name : str
        Name of the value in the error message.
    """
    if isinstance(fields, dict):
        names = ", ".join(sorted(fields)) or "none"
        _require(isinstance(value, dict), name, value, "an object")
        _require(value.keys() == fields.keys(), name, sorted(value), f"of these fields: {names}")
        for key, rule in fields.items():
            check_fields(value[key], rule, f"{name}.{key}")
    elif isinstance(fields, ListOf):
        lengths = fields.lengths or _exactly(len(value))
        words = f"a list of {' to '.join(map(str, sorted({lengths[0], lengths[-1]})))} items"
        _require(isinstance(value, list) and len(value) in lengths, name, value, words)
        for item in value:
            check_fields(item, fields.rule, fields.item)
    else:
        _require(fields.allows(value), name, value, fields.words)


def _require(holds, name, value, words):
    if not holds:
        raise ValueError(f"{name} {reprlib.repr(value)} is not allowed: it must be {words}.")


def _exactly(n):
    return range(n, n + 1)


def _is_below(value, limit):
    return integer(0).allows(value) and value < limit


def _array(dtype, shape, holds=np.isreal, words="real numbers"):
    """Return the rule for an array, with a condition on its numbers."""
    return Rule(
        lambda v: (
            isinstance(v, np.ndarray) and (v.dtype, v.shape) == (dtype, shape) and holds(v).all()
        ),
        f"an array of {dtype} of shape {shape}, of {words}",
    )


def _are_classes(stored, classes):
    """Check whether a stored object with a dtype and labels is that of the classes."""
    labels = classes.tolist()
    return (
        classes.ndim == 1
        and all(isinstance(label, bool | int | float | str) for label in labels)
        and all(a < b for a, b in pairwise(labels))
        # Compared as JSON, in which 1, 1.0 and true differ.
        and json.dumps(stored) == json.dumps({"dtype": classes.dtype.str, "labels": labels})
    )


def _state_of(piece, table, rules):
    """Return the rules for the state of a solver or a schedule, which may be None."""
    if piece is None:
        return NOTHING
    kind = table[piece["name"]]
    attributes = vars(kind(**dict.fromkeys(signature(kind).parameters, 0.5)))  # for their names
    return {"name": one_of(*table), **{name: rules[name] for name in attributes}}
