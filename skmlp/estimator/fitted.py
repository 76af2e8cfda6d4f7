"""Fitted attributes that are read from the model of an estimator."""

from collections.abc import Callable
from functools import wraps
from typing import Any

__all__ = ["fitted_property"]


def fitted_property(read: Callable[[Any], Any]) -> property:
    """Make a property that needs the model of a fitted estimator, ``_model``.

    Parameters
    ----------
    read : callable
        Returns the value, given the estimator.

    Returns
    -------
    attribute : property
        The property, which can be given a setter. It raises an AttributeError that says so where
        ``_model`` is None, so that `hasattr` is False before `fit`. Its docstring is empty, since
        numpydoc would show it in place of the description among the attributes of the class.

    Examples
    --------
    >>> from skmlp.estimator.fitted import fitted_property
    >>> class Estimator:
    ...     _model = None
    ...
    ...     @fitted_property
    ...     def classes_(self):
    ...         return self._model
    >>> estimator = Estimator()
    >>> hasattr(estimator, "classes_")
    False
    >>> estimator._model = ["a", "b"]
    >>> estimator.classes_
    ['a', 'b']
    """

    @wraps(read)
    def read_if_fitted(estimator: Any) -> Any:
        if estimator._model is None:
            raise AttributeError(
                f"{type(estimator).__name__} has no attribute {read.__name__!r}: it is not fitted "
                "yet, call fit first."
            )
        return read(estimator)

    return property(read_if_fitted, doc="")
