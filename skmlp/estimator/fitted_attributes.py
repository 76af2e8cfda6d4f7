"""The fitted attributes, which are properties of the model."""

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from skmlp.estimator.model import Model
from skmlp.estimator.reports import unit
from skmlp.estimator.views import Views, as_weights

__all__ = ["FittedAttributes", "fitted_property"]


def fitted_property(read: Callable[[Any], Any]) -> property:
    """Return a property that needs the model of a fitted estimator, ``_model``.

    Parameters
    ----------
    read : callable
        Takes the estimator and returns the value.

    Returns
    -------
    attribute : property
        The property. It raises an AttributeError if ``_model`` is None, so that `hasattr` is False
        before `fit`. Its docstring is empty: otherwise numpydoc would show it instead of the
        description in the class docstring.

    Examples
    --------
    >>> from skmlp.estimator.fitted_attributes import fitted_property
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
                "yet. Call fit first."
            )
        return read(estimator)

    return property(read_if_fitted, doc="")


class FittedAttributes:
    """The fitted attributes of a network, each a property of its model."""

    solver: str
    _model: Model | Any = None

    def __sklearn_is_fitted__(self) -> bool:
        return self._model is not None

    @fitted_property
    def classes_(self) -> np.ndarray:
        """The labels, sorted."""
        return self._model.classes

    @fitted_property
    def layer_sizes_(self) -> tuple[int, ...]:
        """Number of units of the input, of each hidden layer, and of the output."""
        return self._model.layer_sizes

    @fitted_property
    def activations_(self) -> tuple[str, ...]:
        """Activation of each hidden layer."""
        return self._model.activations

    @fitted_property
    def parameters_(self) -> np.ndarray:
        """All weights, then all biases."""
        return self._model.parameters

    @parameters_.setter  # type: ignore[no-redef]
    def parameters_(self, values: ArrayLike) -> None:
        array = as_weights("parameters_", values, self.parameters_)
        self._model.make_writeable()
        self._model.parameters[:] = array

    @fitted_property
    def n_features_in_(self) -> int:
        """Number of features of X."""
        return self._model.layer_sizes[0]

    @fitted_property
    def feature_names_in_(self) -> np.ndarray:
        """Names of the features, if X has names that are all strings."""
        if self._model.feature_names is None:
            raise AttributeError(
                f"{type(self).__name__} has no attribute 'feature_names_in_': X had no "
                "feature names in fit, or names that are not all strings."
            )
        return self._model.feature_names

    @fitted_property
    def coefs_(self) -> list[np.ndarray]:
        """Weights of each layer, as views of ``parameters_``."""
        return Views("coefs_", self._model, 0)

    @coefs_.setter  # type: ignore[no-redef]
    def coefs_(self, values: list[np.ndarray]) -> None:
        self.coefs_.write(values)

    @fitted_property
    def intercepts_(self) -> list[np.ndarray]:
        """Biases of each layer, as views of ``parameters_``."""
        return Views("intercepts_", self._model, 1)

    @intercepts_.setter  # type: ignore[no-redef]
    def intercepts_(self, values: list[np.ndarray]) -> None:
        self.intercepts_.write(values)

    @fitted_property
    def n_layers_(self) -> int:
        """Number of layers, including input and output."""
        return len(self.layer_sizes_)

    @fitted_property
    def n_outputs_(self) -> int:
        """Number of output units."""
        return self.layer_sizes_[-1]

    @fitted_property
    def out_activation_(self) -> str:
        """Activation of the output: "softmax", or for two classes "logistic"."""
        return "logistic" if len(self.classes_) == 2 else "softmax"

    @fitted_property
    def loss_curve_(self) -> list[float]:
        """J in each epoch."""
        return list(self._model.state.history.loss_curve)

    @fitted_property
    def loss_(self) -> float:
        """J in the last epoch; NaN if there was none."""
        losses = self._model.state.history.loss_curve
        return losses[-1] if losses else math.nan

    @fitted_property
    def best_loss_(self) -> float | None:
        """Minimum of ``loss_curve_``; None with `early_stopping`."""
        state = self._model.state
        return (
            None if state.progress.early_stopping else min(state.history.loss_curve, default=None)
        )

    @fitted_property
    def validation_scores_(self) -> list[float] | None:
        """Validation score in each epoch."""
        return self._curve("validation_scores") or None

    @fitted_property
    def validation_loss_curve_(self) -> list[float] | None:
        """Cross-entropy on the validation data in each epoch."""
        return self._curve("validation_losses") or None

    @fitted_property
    def best_validation_score_(self) -> float | None:
        """Maximum validation score of the last training."""
        return self._model.state.progress.best_score

    @fitted_property
    def best_epoch_(self) -> int | None:
        """Epoch of ``loss_curve_``, from 1, whose weights early stopping kept."""
        return self._model.state.progress.best_epoch

    @fitted_property
    def learning_rates_(self) -> list[float]:
        """Learning rate of the last step of each epoch."""
        return self._curve("rates")

    @fitted_property
    def max_iter_(self) -> int:
        """The `max_iter` of the last call."""
        return self._in_force("max_iter")

    @fitted_property
    def batch_size_(self) -> int:
        """The `batch_size` of the last call."""
        return self._in_force("batch_size")

    @fitted_property
    def learning_rate_(self) -> str:
        """The `learning_rate` of the last call."""
        return self._in_force("learning_rate")

    @fitted_property
    def learning_rate_init_(self) -> float:
        """The `learning_rate_init` of the last call."""
        return self._in_force("learning_rate_init")

    @fitted_property
    def n_iter_(self) -> int:
        """Number of epochs (for "lbfgs", of iterations) of the last call."""
        return self._model.state.progress.n_epochs

    @fitted_property
    def t_(self) -> int:
        """Number of samples seen in training, counted in every epoch."""
        return self._model.state.history.n_seen

    def summary(self) -> str:
        """Return a one-line summary of the network: layers, parameters, epochs, loss.

        Returns
        -------
        summary : str
            The summary.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skmlp import MLPSoftmaxClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> clf = MLPSoftmaxClassifier((50, 20), random_state=0).fit(X, y)
        >>> clf.summary()
        'layers 4-50-20-3 (relu, relu), 1,333 parameters, 150 epochs, loss 0.1664'
        """
        check_is_fitted(self)
        layers = "-".join(map(str, self.layer_sizes_))
        activations = f" ({', '.join(self.activations_)})" if self.activations_ else ""
        return (
            f"layers {layers}{activations}, {self.parameters_.size:,} parameters, "
            f"{self.n_iter_} {unit(self.solver)}, loss {self.loss_:.4f}"
        )

    def _in_force(self, name: str) -> Any:
        """Return the value of a parameter in the last call, with "auto" replaced."""
        values = self._model.state.in_force
        if not values:
            raise AttributeError(
                f"{type(self).__name__} has no attribute '{name}_': the network was imported and "
                "has not been trained since."
            )
        return values[name]

    def _curve(self, name: str) -> list[float]:
        """Return a curve with an entry for every epoch; empty if nothing was ever recorded."""
        history = self._model.state.history
        values = getattr(history, name)
        missing = len(history.loss_curve) - len(values) if values else 0
        return values + [math.nan] * missing
