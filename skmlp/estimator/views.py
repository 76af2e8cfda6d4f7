"""Lists of views: assigning to an item writes into the view."""

from typing import Any

import numpy as np

from skmlp.estimator.messages import errors_with_context
from skmlp.network.layers import layer_views

__all__ = ["Views", "as_weights"]

# Kinds of dtypes that NumPy would convert to floats: it would drop the imaginary parts of complex
# numbers, and parse strings.
NOT_REAL = {"c": "complex numbers", "O": "objects", "S": "bytes", "U": "strings"}


def as_weights(name: str, values: Any, view: np.ndarray) -> np.ndarray:
    """Return a copy of values that can be written into a view of the weights of a model.

    Parameters
    ----------
    name : str
        Name of the values in an error message.
    values : array-like
        The values that the user assigns.
    view : ndarray
        The view to write into.

    Returns
    -------
    array : ndarray
        The values, with the shape and dtype of the view.

    Raises
    ------
    ValueError
        If the values are not real, finite numbers of this shape.
    """
    with errors_with_context(f"{name} must have real numbers of shape {view.shape}: "):
        given = np.asarray(values)
        if given.dtype.kind not in "biuf":
            what = NOT_REAL.get(given.dtype.kind, "values")
            raise ValueError(f"could not convert {what} of dtype {given.dtype} to {view.dtype}.")
    if given.shape != view.shape:
        raise ValueError(f"{name} must have the shape {view.shape}, got {given.shape}.")
    # A copy, since the values may be a view of the same parameters.
    with np.errstate(over="ignore"):
        array = np.array(given, dtype=view.dtype)
    if np.ma.is_masked(values) or not np.isfinite(array).all():
        raise ValueError(f"{name} must have finite numbers of dtype {view.dtype}.")
    return array


class Views(list):
    """The weights, or the biases, of each layer of a model, as views of its parameters.

    ``views[i] = values`` writes the values into the parameters. The length of the list is fixed.
    If the values are not real, finite numbers of the layer's shape, an error is raised, and nothing
    is written. Values written into a part of a view, such as ``views[i][0]``, are not checked.

    Parameters
    ----------
    name : str
        Name of the list in an error message.
    model : Model
        The model.
    part : int
        0 for the weights, 1 for the biases.
    """

    def __init__(self, name, model, part):
        super().__init__()
        self._name = name
        self._model = model
        self._part = part
        self._view()

    def _view(self):
        super().__init__(layer_views(self._model.parameters, self._model.layer_sizes)[self._part])

    def write(self, values):
        """Write values into the views, one for each; if one is not valid, none is written."""
        self._write(range(len(self)), values)

    def __setitem__(self, index, values):
        try:
            places = range(len(self))[index]
        except IndexError:
            n = len(self)
            raise IndexError(f"{self._name}[{index}]: {self._name} has {n} entries.") from None
        if not isinstance(index, slice):
            places, values = [places], [values]
        self._write(places, values)

    def _write(self, places, values):
        with errors_with_context(f"{self._name} must be a list of arrays, one per layer: "):
            values = list(values)
        if len(values) != len(places):
            raise ValueError(
                f"{self._name} must have {len(places)} entries, one per layer, got {len(values)}."
            )
        arrays = [
            as_weights(f"{self._name}[{i}]", value, self[i])
            for i, value in zip(places, values, strict=True)
        ]
        self._model.make_writeable()
        self._view()
        for i, array in zip(places, arrays, strict=True):
            self[i][...] = array

    def _refuse(self, *args, **kwargs):
        raise TypeError(
            f"{self._name} has one entry per layer, as views of parameters_: assign to an entry, "
            f"{self._name}[i] = values, or write into it, {self._name}[i][:] = values."
        )

    __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __reduce__(self):
        return list, (list(self),)  # a copy is a list of arrays
