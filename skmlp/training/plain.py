"""The state of a training as plain containers, which a file of any format can hold."""

from inspect import signature
from typing import Any

import numpy as np

from skmlp.training.optimizers import OPTIMIZERS
from skmlp.training.schedules import SCHEDULES
from skmlp.training.state import History, TrainingState

__all__ = ["from_plain", "to_plain"]


def to_plain(state: TrainingState) -> dict[str, Any]:
    """Give a state as dicts, lists, numbers, strings and arrays, in the memory of the state.

    Parameters
    ----------
    state : TrainingState
        The state.

    Returns
    -------
    plain : dict
        Its attributes by name; a solver and a schedule have their names of ``OPTIMIZERS`` and
        ``SCHEDULES`` besides.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.training import Constant, TrainingState
    >>> from skmlp.training.plain import to_plain
    >>> state = TrainingState(np.random.default_rng(0), 7, schedule=Constant(0.1))
    >>> to_plain(state)["schedule"]
    {'name': 'constant', 'learning_rate_init': 0.1}
    """
    return {
        **vars(state),
        "rng": state.rng.bit_generator.state,
        "history": dict(vars(state.history)),
        "optimizer": _take_apart(state.optimizer, OPTIMIZERS),
        "schedule": _take_apart(state.schedule, SCHEDULES),
    }


def from_plain(plain: dict[str, Any]) -> TrainingState:
    """Put a state together again.

    Parameters
    ----------
    plain : dict
        What `to_plain` gave.

    Returns
    -------
    state : TrainingState
        The state.

    Raises
    ------
    KeyError, TypeError, ValueError
        If something else was given.
    """
    rng = np.random.Generator(np.random.PCG64(0))
    rng.bit_generator.state = plain["rng"]
    return TrainingState(
        **{
            **plain,
            "rng": rng,
            "history": History(**plain["history"]),
            "optimizer": _put_together(plain["optimizer"], OPTIMIZERS),
            "schedule": _put_together(plain["schedule"], SCHEDULES),
        }
    )


def _take_apart(piece, table):
    if piece is None:
        return None
    name = next(name for name, kind in table.items() if kind is type(piece))
    return {"name": name, **vars(piece)}


def _put_together(plain, table):
    if plain is None:
        return None
    values = dict(plain)
    kind = table[values.pop("name")]
    piece = kind(**{name: values[name] for name in signature(kind).parameters})
    vars(piece).update(values)
    return piece
