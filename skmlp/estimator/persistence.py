"""The state of a pickled estimator, with the version of skmlp and a checksum.

A model is stored as dicts and arrays, so that readers with a list of trusted types need only the
estimator's class.
"""

import warnings
import zlib

import numpy as np
from sklearn.exceptions import InconsistentVersionWarning

from skmlp.estimator.model import Model
from skmlp.version import __version__

__all__ = ["seal", "unseal"]

# The attributes that determine the predictions.
LEARNED = ("classes", "layer_sizes", "activations", "parameters")


def checksum(model):
    """Return a checksum of all attributes of the model that determine its predictions."""
    number = 0
    for name in LEARNED:
        value = model[name]
        if isinstance(value, np.ndarray) and not value.dtype.hasobject:
            value = np.ascontiguousarray(value).view(np.uint8)
        else:
            # Python types, since the representation of NumPy scalars depends on the version.
            items = [v.item() if isinstance(v, np.generic) else v for v in value]
            value = repr(items).encode()
        number = zlib.crc32(value, number)
    return number


def seal(state):
    """Return the state of an estimator to pickle, with the version and, if fitted, a checksum.

    Examples
    --------
    >>> from skmlp.estimator.persistence import seal
    >>> sorted(seal({"alpha": 0.1}))
    ['_skmlp_version', 'alpha']
    """
    state = {**state, "_skmlp_version": __version__}
    if state.get("_model") is not None:
        model = state["_model"].to_dict()
        state.update(_model=model, _checksum=checksum(model))
    return state


def unseal(state, name):
    """Return the original state of an estimator, given the result of `seal`.

    Warns
    -----
    InconsistentVersionWarning
        If it was pickled with another version.

    Raises
    ------
    ValueError
        If the checksum does not match.
    """
    state = dict(state)
    version = state.pop("_skmlp_version", "unknown")
    if version != __version__:
        warnings.warn(
            InconsistentVersionWarning(
                estimator_name=name,
                current_sklearn_version=f"{__version__} (skmlp)",
                original_sklearn_version=f"{version} (skmlp)",
            ),
            stacklevel=3,
        )
    expected = state.pop("_checksum", None)
    if state.get("_model") is not None:
        if checksum(state["_model"]) != expected:
            raise ValueError(
                f"The stored {name} is damaged: its weights are not those that were saved. "
                "Restore the file from a copy, or train again."
            )
        state["_model"] = Model.from_dict(state["_model"])
    return state
