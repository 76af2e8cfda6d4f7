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
        places = range(len(self))[index]
        if not isinstance(index, slice):
            places, values = [places], [values]
        _write(self._name, {i: self[i] for i in places}, values)

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
    """Write values into views, one for each; nothing is written if one does not fit."""
    _write(name, dict(enumerate(views)), values)


def _write(name, views, values):
    values = list(values)
    if len(values) != len(views):
        raise ValueError(f"{name} must have {len(views)} entries, one a layer, got {len(values)}.")
    pairs = [
        # A copy, since what is assigned may be a view on the same vector.
        (i, view, np.array(value, dtype=view.dtype))
        for (i, view), value in zip(views.items(), values, strict=True)
    ]
    for i, view, value in pairs:
        if value.shape != view.shape:
            raise ValueError(
                f"{name}[{i}] must have the shape {view.shape} of its layer, got {value.shape}."
            )
        if not np.isfinite(value).all():
            raise ValueError(f"{name}[{i}] must have finite numbers.")
    for _, view, value in pairs:
        view[...] = value
