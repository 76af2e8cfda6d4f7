"""Lists whose items are views: assigning to one writes into the view."""

import numpy as np

from skmlp.network.layers import layer_views

__all__ = ["Views"]


class Views(list):
    """The weights, or the biases, of each layer of a model, as views on its parameters.

    ``views[i] = values`` writes the values into the parameters. The list keeps its length.

    Parameters
    ----------
    name : str
        What an error calls the list.
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
        """Write values into the views, one for each; nothing is written if one does not fit."""
        self._write(dict(enumerate(self)), values)

    def __setitem__(self, index, values):
        places = range(len(self))[index]
        if not isinstance(index, slice):
            places, values = [places], [values]
        self._write({i: self[i] for i in places}, values)

    def _write(self, views, values):
        name, values = self._name, list(values)
        if len(values) != len(views):
            raise ValueError(
                f"{name} must have {len(views)} entries, one a layer, got {len(values)}."
            )
        # Copies, since what is assigned may be a view on the same parameters.
        arrays = {
            i: np.array(value, dtype=view.dtype)
            for (i, view), value in zip(views.items(), values, strict=True)
        }
        for i, array in arrays.items():
            if array.shape != views[i].shape:
                raise ValueError(
                    f"{name}[{i}] must have the shape {views[i].shape} of its layer, "
                    f"got {array.shape}."
                )
            if not np.isfinite(array).all():
                raise ValueError(f"{name}[{i}] must have finite numbers.")
        self._model.make_writeable()
        self._view()
        for i, array in arrays.items():
            self[i][...] = array

    def _refuse(self, *args, **kwargs):
        raise TypeError(
            f"{self._name} has one entry a layer, as views on parameters_: assign to an entry, "
            f"{self._name}[i] = values, or write into it, {self._name}[i][:] = values."
        )

    __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __reduce__(self):
        return list, (list(self),)  # a copy is a list of arrays
