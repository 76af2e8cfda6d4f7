"""The fitted attributes that are read off the network and the state of its training."""

import math
from typing import TYPE_CHECKING

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skmlp.estimator.reports import unit
from skmlp.estimator.views import Views, write_through
from skmlp.network.layers import layer_views

if TYPE_CHECKING:
    from skmlp.training.state import TrainingState

__all__ = ["Records"]


class Records:
    """Fitted attributes that are kept elsewhere: views to write into, records to read."""

    solver: str
    classes_: np.ndarray
    layer_sizes_: tuple[int, ...]
    activations_: tuple[str, ...]
    parameters_: np.ndarray
    _state: "TrainingState"

    @property
    def coefs_(self) -> list[np.ndarray]:
        """Weights of each layer, as views on ``parameters_``."""
        return Views("coefs_", layer_views(self.parameters_, self.layer_sizes_)[0])

    @coefs_.setter
    def coefs_(self, values: list[np.ndarray]) -> None:
        write_through("coefs_", self.coefs_, values)

    @property
    def intercepts_(self) -> list[np.ndarray]:
        """Biases of each layer, as views on ``parameters_``."""
        return Views("intercepts_", layer_views(self.parameters_, self.layer_sizes_)[1])

    @intercepts_.setter
    def intercepts_(self, values: list[np.ndarray]) -> None:
        write_through("intercepts_", self.intercepts_, values)

    @property
    def n_layers_(self) -> int:
        """Number of layers, input and output included."""
        return len(self.layer_sizes_)

    @property
    def n_outputs_(self) -> int:
        """Units of the output."""
        return self.layer_sizes_[-1]

    @property
    def out_activation_(self) -> str:
        """What makes probabilities of the outputs: "softmax", or for two classes "logistic"."""
        return "logistic" if len(self.classes_) == 2 else "softmax"

    @property
    def loss_curve_(self) -> list[float]:
        """J in each epoch."""
        return list(self._state.history.loss_curve)

    @property
    def loss_(self) -> float:
        """J in the last epoch; NaN if there was none."""
        losses = self._state.history.loss_curve
        return losses[-1] if losses else math.nan

    @property
    def best_loss_(self) -> float | None:
        """The least of ``loss_curve_``; None with `early_stopping`."""
        history = self._state.history
        return None if history.by_score else min(history.loss_curve, default=None)

    @property
    def validation_scores_(self) -> list[float] | None:
        """Validation score in each epoch."""
        return self._record("validation_scores") or None

    @property
    def validation_loss_curve_(self) -> list[float] | None:
        """Cross-entropy on the validation data in each epoch."""
        return self._record("validation_losses") or None

    @property
    def best_validation_score_(self) -> float | None:
        """The greatest validation score of the last training."""
        best = self._state.history.best_score
        return best if best > -math.inf else None

    @property
    def best_epoch_(self) -> int | None:
        """Epoch of ``loss_curve_``, from 1, whose weights early stopping kept."""
        history = self._state.history
        return history.kept_epoch() + 1 if history.by_score and history.n_epochs else None

    @property
    def learning_rates_(self) -> list[float]:
        """Learning rate of the last step of each epoch."""
        return self._record("rates")

    @property
    def n_iter_(self) -> int:
        """Epochs (for "lbfgs", iterations) of the last call."""
        return self._state.history.n_epochs

    @property
    def t_(self) -> int:
        """Samples trained on, each counted in every epoch."""
        return self._state.history.n_seen

    def summary(self) -> str:
        """Describe the network in one line: layers, parameters, epochs, loss.

        Returns
        -------
        line : str
            The line.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skmlp import MLPSoftmaxClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> clf = MLPSoftmaxClassifier((50, 20), tol=0.01, random_state=0).fit(X, y)
        >>> clf.summary()
        'layers 4-50-20-3 (relu, relu), 1,333 parameters, 65 epochs, loss 0.4729'
        """
        check_is_fitted(self, "parameters_")
        layers = "-".join(map(str, self.layer_sizes_))
        activations = f" ({', '.join(self.activations_)})" if self.activations_ else ""
        return (
            f"layers {layers}{activations}, {self.parameters_.size:,} parameters, "
            f"{self.n_iter_} {unit(self.solver)}, loss {self.loss_:.4f}"
        )

    def _record(self, name: str) -> list[float]:
        """Give a record with a place for every epoch; empty if there was never anything."""
        history = self._state.history
        values = getattr(history, name)
        missing = len(history.loss_curve) - len(values) if values else 0
        return values + [math.nan] * missing
