"""The fitted model: the network and the state of its training, apart from the estimator."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike
from sklearn.utils import check_random_state

from skmlp.estimator.sample_weights import class_shares
from skmlp.estimator.settings import Settings
from skmlp.network.activations import ACTIVATIONS
from skmlp.network.batches import Batch
from skmlp.network.initializers import initial_parameters
from skmlp.network.layers import Network
from skmlp.training.serialization import state_from_dict, state_to_dict
from skmlp.training.state import TrainingState
from skmlp.training.threads import OneThread

__all__ = ["Model", "check_finite", "first_state"]


@dataclass
class Model:
    """The fitted state of an estimator: all that is not a parameter of its constructor.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        The labels, sorted.
    layer_sizes : tuple of int
        Number of units of the input, of each hidden layer, and of the output.
    activations : tuple of str
        Activation of each hidden layer.
    parameters : ndarray of shape (n_parameters,)
        All weights, then all biases. Training changes them in place.
    state : TrainingState
        The rest of the training state.
    feature_names : ndarray of shape (n_features,) or None
        Names of the features, if X had names that are all strings.
    """

    classes: np.ndarray
    layer_sizes: tuple[int, ...]
    activations: tuple[str, ...]
    parameters: np.ndarray
    state: TrainingState
    feature_names: np.ndarray | None = None

    @classmethod
    def initial(
        cls,
        settings: Settings,
        classes: np.ndarray,
        data: Batch,
        state: TrainingState,
        *,
        feature_names: np.ndarray | None = None,
        of_stream: bool = False,
    ) -> Self:
        """Return a model with initial weights for the training rows.

        If they are the first batch of a stream, the class frequencies are not known yet.
        """
        n_classes = len(classes)
        layer_sizes = (data.X.shape[1], *settings.widths, 1 if n_classes == 2 else n_classes)
        shares = None if of_stream else class_shares(data, n_classes)
        # On several threads, these many small products are slow if other processes use the cores.
        with OneThread():
            parameters = initial_parameters(
                layer_sizes,
                settings.activations,
                shares,
                settings.dtype or _float_dtype(data.X.dtype),
                state.rng,
                settings.initializer,
                data,
            )
        return cls(classes, layer_sizes, settings.activations, parameters, state, feature_names)

    @classmethod
    def of_layers(cls, classes, W, b, activations, state, feature_names=None) -> Self:
        """Return a model with these layers; raise a ValueError if their shapes do not match."""
        n_classes, n_features = len(classes), W[0].shape[0]
        layer_sizes = (n_features, *(b_i.size for b_i in b))
        for i, (W_i, b_i) in enumerate(zip(W, b, strict=True)):
            if W_i.shape != layer_sizes[i : i + 2] or b_i.shape != layer_sizes[i + 1 : i + 2]:
                raise ValueError(
                    f"Layer {i} has weights of shape {W_i.shape} and biases of shape {b_i.shape} "
                    f"after {layer_sizes[i]} units, which do not match."
                )
        if layer_sizes[-1] != (1 if n_classes == 2 else n_classes):
            raise ValueError(
                f"The last layer has {layer_sizes[-1]} units, but there are {n_classes} classes."
            )
        parameters = np.concatenate([A.ravel() for A in (*W, *b)])
        if parameters.dtype not in (np.float32, np.float64):
            raise ValueError(
                f"The weights are of type {parameters.dtype}: convert them to float32 or float64."
            )
        check_finite(parameters)
        return cls(classes, layer_sizes, tuple(activations), parameters, state, feature_names)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Return the model that `to_dict` converted to a dict."""
        # Parameters in a buffer of another library may be unaligned.
        parameters = np.require(values["parameters"], requirements="A")
        state = state_from_dict(values["state"])
        return cls(**{**values, "parameters": parameters, "state": state})

    def to_dict(self) -> dict[str, Any]:
        """Return the model as dicts and arrays that share its memory."""
        return {**vars(self), "state": state_to_dict(self.state)}

    def continued(self, settings: Settings, state: TrainingState) -> Self:
        """Return the model for further training, with another state and the same parameters.

        Raises
        ------
        ValueError
            If the settings do not match the network.
        """
        self._check_same_network(settings)
        model = replace(self, state=state)
        if state.interrupted:  # if the call fails, training can still be resumed
            model.parameters = np.array(self.parameters)
        model.make_writeable()
        return model

    def make_writeable(self) -> None:
        """Copy parameters that were loaded as a read-only memory map."""
        if not self.parameters.flags.writeable:
            self.parameters = np.array(self.parameters)

    def network(self, dropouts=None) -> Network:
        """Return the network, whose weights are views of the parameters."""
        return Network(
            self.parameters, self.layer_sizes, self.activations, dropouts, len(self.classes)
        )

    def snapshot(self) -> Self:
        """Return a copy that further training does not change."""
        return replace(self, parameters=self.parameters.copy(), state=self.state.copy())

    def _check_same_network(self, settings):
        asked = (self.layer_sizes[0], *settings.widths, self.layer_sizes[-1])
        if asked != self.layer_sizes:
            raise ValueError(
                f"hidden_layer_sizes and depth now give layers of {asked} units, but training "
                f"continues from a network with layers of {self.layer_sizes} units: restore these "
                "parameters, or call fit with warm_start=False to start again."
            )
        if _functions(settings.activations) != _functions(self.activations):
            raise ValueError(
                f"activation={settings.activations} is not that of the network from which "
                f"training continues, {self.activations}: restore it, or call fit with "
                "warm_start=False to start again."
            )
        if settings.dtype not in (None, self.parameters.dtype.name):
            raise ValueError(
                f"dtype={settings.dtype!r} is not that of the network from which training "
                f"continues, {self.parameters.dtype.name!r}: restore it, or call fit with "
                "warm_start=False to start again."
            )


def check_finite(parameters: np.ndarray) -> None:
    """Raise a ValueError if weights are infinite or NaN."""
    if not np.isfinite(parameters).all():
        raise ValueError("The weights are not finite: train the network again.")


def first_state(random_state: Any) -> TrainingState:
    """Return the state at the start of training."""
    seed = check_random_state(random_state).randint(2**32, size=4, dtype=np.uint32)
    return TrainingState(np.random.default_rng(seed), int(seed[0]))


def _functions(names):
    return [ACTIVATIONS[name] for name in names]


def _float_dtype(dtype: DTypeLike) -> type[np.floating]:
    """Return the dtype to compute in: float32 for types that it holds exactly, else float64."""
    return np.float32 if np.can_cast(dtype, np.float32) else np.float64
