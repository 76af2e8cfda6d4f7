"""The state of a training as dicts and arrays, which a file of any format can hold."""

from inspect import signature
from typing import Any

import numpy as np

from skmlp.training.optimizers import OPTIMIZERS
from skmlp.training.schedules import SCHEDULES
from skmlp.training.state import History, Progress, TrainingState

__all__ = ["state_from_dict", "state_to_dict"]


def state_to_dict(state: TrainingState) -> dict[str, Any]:
    """Return a state as dicts, lists, numbers, strings and arrays, which share its memory.

    Parameters
    ----------
    state : TrainingState
        The state.

    Returns
    -------
    values : dict
        Its attributes by name; a solver and a schedule also have their names of ``OPTIMIZERS``
        and ``SCHEDULES``.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.training import Constant, TrainingState
    >>> from skmlp.training.serialization import state_to_dict
    >>> state = TrainingState(np.random.default_rng(0), 7, schedule=Constant(0.1))
    >>> state_to_dict(state)["schedule"]
    {'name': 'constant', 'learning_rate_init': 0.1}
    """
    return {
        **vars(state),
        "rng": state.rng.bit_generator.state,
        "history": dict(vars(state.history)),
        "progress": dict(vars(state.progress)),
        "optimizer": _take_apart(state.optimizer, OPTIMIZERS),
        "schedule": _take_apart(state.schedule, SCHEDULES),
    }


def state_from_dict(values: dict[str, Any]) -> TrainingState:
    """Return the state that a dict was made of.

    Parameters
    ----------
    values : dict
        What `state_to_dict` returned.

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
    rng.bit_generator.state = values["rng"]
    return TrainingState(
        **{
            **values,
            "rng": rng,
            "history": History(**values["history"]),
            "progress": Progress(**values["progress"]),
            "optimizer": _put_together(values["optimizer"], OPTIMIZERS),
            "schedule": _put_together(values["schedule"], SCHEDULES),
        }
    )


def _take_apart(piece, table):
    if piece is None:
        return None
    name = next(name for name, kind in table.items() if kind is type(piece))
    return {"name": name, **vars(piece)}


def _put_together(values, table):
    if values is None:
        return None
    values = dict(values)
    kind = table[values.pop("name")]
    piece = kind(**{name: values[name] for name in signature(kind).parameters})
    vars(piece).update(values)
    return piece
