"""Conversion of the training state to dicts and arrays, which any file format can store."""

from inspect import signature
from typing import Any

import numpy as np

from skmlp.training.optimizers import OPTIMIZERS
from skmlp.training.schedules import SCHEDULES
from skmlp.training.state import History, Progress, TrainingState

__all__ = ["state_from_dict", "state_to_dict"]


def state_to_dict(state: TrainingState) -> dict[str, Any]:
    """Return a state as dicts, lists, numbers, strings and arrays that share its memory.

    Parameters
    ----------
    state : TrainingState
        The state.

    Returns
    -------
    values : dict
        Its attributes by name; the solver and the schedule include their names in ``OPTIMIZERS``
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
    """Return the state that `state_to_dict` converted to a dict.

    Parameters
    ----------
    values : dict
        The result of `state_to_dict`.

    Returns
    -------
    state : TrainingState
        The state.

    Raises
    ------
    KeyError, TypeError, ValueError
        If the dict is not such a result.
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
