"""Lists whose items are views: assigning to one writes into the view."""

import numpy as np

__all__ = ["Views", "write_through"]


class Views(list):
    """A list of views on one vector, such as the weights of each layer.

    ``views[i] = values`` writes the values into the vector. The list keeps its length.
    """

    def __init__(self, name, views):
        super().__init__(views)
        self._name = name

    def __setitem__(self, index, values):
        if isinstance(index, slice):
            write_through(self._name, self[index], values)
        else:
            _write(f"{self._name}[{index}]", self[index], values)

    def _refuse(self, *args, **kwargs):
        raise TypeError(
            f"{self._name} has one entry a layer, as views on parameters_: assign to an entry, "
            f"{self._name}[i] = values, or write into it, {self._name}[i][:] = values."
        )

    __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __reduce__(self):
        return list, (list(self),)  # a copy is a list of arrays


def write_through(name, views, values):
    """Write values into views, one for each."""
    values = list(values)
    if len(values) != len(views):
        raise ValueError(f"{name} must have {len(views)} entries, one a layer, got {len(values)}.")
    for i, (view, value) in enumerate(zip(views, values, strict=True)):
        _check_shape(f"{name}[{i}]", view, value)
    for view, value in zip(views, values, strict=True):
        view[...] = value


def _write(name, view, values):
    _check_shape(name, view, values)
    view[...] = values


def _check_shape(name, view, values):
    if np.shape(values) != view.shape:
        raise ValueError(
            f"{name} must have the shape {view.shape} of its layer, got {np.shape(values)}."
        )
