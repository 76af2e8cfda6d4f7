"""What a stored model is sealed with: the version that wrote it, and a checksum.

The state of its training is stored as plain containers: readers that ask which types to trust need
to know the estimator's alone.
"""

import warnings
import zlib

import numpy as np
from sklearn.exceptions import InconsistentVersionWarning

from skmlp.training.plain import from_plain, to_plain
from skmlp.version import __version__

__all__ = ["seal", "unseal"]

# What prediction depends on.
LEARNED = ("classes_", "layer_sizes_", "activations_", "parameters_")


def checksum(state):
    """Give a number that changes with anything in the state that prediction depends on."""
    number = 0
    for name in LEARNED:
        value = state[name]
        if isinstance(value, np.ndarray) and not value.dtype.hasobject:
            value = np.ascontiguousarray(value).view(np.uint8)
        else:
            # Plain Python, since NumPy's scalars are not written alike by all its versions.
            plain = [v.item() if isinstance(v, np.generic) else v for v in value]
            value = repr(plain).encode()
        number = zlib.crc32(value, number)
    return number


def seal(state):
    """Return the state of an estimator to store: with a version and, if fitted, a checksum.

    Examples
    --------
    >>> from skmlp.estimator.persistence import seal
    >>> sorted(seal({"alpha": 0.1}))
    ['_skmlp_version', 'alpha']
    """
    state = {**state, "_skmlp_version": __version__}
    if "parameters_" in state:
        state["_checksum"] = checksum(state)
        state["_state"] = to_plain(state["_state"])
    return state


def unseal(state, name):
    """Return the state of an estimator as it was before it was sealed.

    Warns
    -----
    InconsistentVersionWarning
        If another version wrote it.

    Raises
    ------
    ValueError
        If it is not what was stored.
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
    if "parameters_" in state:
        if checksum(state) != expected:
            raise ValueError(
                f"The stored {name} is damaged: its weights are not those that were written. "
                "Restore the file from a copy, or train again."
            )
        # Those that came in a buffer of another's may lie at an odd address.
        state["parameters_"] = np.require(state["parameters_"], requirements="A")
        if isinstance(state["_state"], dict):  # it was stored as an object before
            state["_state"] = from_plain(state["_state"])
    return state
