"""What fit learns: the network and the state of its training, apart from the estimator."""

from dataclasses import dataclass

import numpy as np
from sklearn.utils import check_random_state

from skmlp.network.activations import ACTIVATIONS
from skmlp.network.initializers import initial_parameters
from skmlp.network.layers import Network
from skmlp.training.state import TrainingState
from skmlp.training.threads import OneThread

__all__ = ["Model", "check_finite", "first_state"]


@dataclass
class Model:
    """All that a fitted estimator has besides the parameters of its constructor.

    It is put together apart from the estimator, which becomes it in one step: a call that is
    refused or interrupted on the way leaves the estimator as it was.
    """

    classes: np.ndarray
    layer_sizes: tuple[int, ...]
    activations: tuple[str, ...]
    parameters: np.ndarray
    state: TrainingState
    feature_names: np.ndarray | None = None

    @classmethod
    def first(cls, p, samples, data, state, of_stream):
        """Draw the first weights of a network for the rows to train on.

        Where they are the first of a stream, the shares of the classes are not known yet.
        """
        n_classes = len(samples.classes)
        layer_sizes = (data.X.shape[1], *p.widths, 1 if n_classes == 2 else n_classes)
        shares = None if of_stream else class_shares(data, n_classes)
        # Many small products: where other processes want the cores, seconds on two threads.
        with OneThread():
            parameters = initial_parameters(
                layer_sizes,
                p.activations,
                shares,
                p.dtype or _float_dtype(data.X.dtype),
                state.rng,
                p.initializer,
                data,
            )
        return cls(
            samples.classes,
            layer_sizes,
            tuple(p.activations),
            parameters,
            state,
            samples.feature_names,
        )

    @classmethod
    def of(cls, estimator, state):
        """Take up what a fitted estimator has learned, to go on from it in a state of its own."""
        parameters = estimator.parameters_
        if not parameters.flags.writeable:  # read as a memory map
            parameters = np.array(parameters)
        return cls(
            estimator.classes_,
            estimator.layer_sizes_,
            estimator.activations_,
            parameters,
            state,
            getattr(estimator, "feature_names_in_", None),
        )

    @classmethod
    def of_layers(cls, classes, W, b, activations, state, feature_names=None):
        """Join the weights and biases of layers; raise a ValueError where they are no network."""
        n_classes, n_features = len(classes), W[0].shape[0]
        layer_sizes = (n_features, *(b_i.size for b_i in b))
        for i, (W_i, b_i) in enumerate(zip(W, b, strict=True)):
            if W_i.shape != layer_sizes[i : i + 2] or b_i.shape != layer_sizes[i + 1 : i + 2]:
                raise ValueError(
                    f"Layer {i} has weights of shape {W_i.shape} and biases of shape {b_i.shape} "
                    f"after {layer_sizes[i]} units, which do not fit together."
                )
        if layer_sizes[-1] != (1 if n_classes == 2 else n_classes):
            raise ValueError(
                f"The last layer has {layer_sizes[-1]} units, which do not fit {n_classes} classes."
            )
        parameters = np.concatenate([A.ravel() for A in (*W, *b)])
        if parameters.dtype not in (np.float32, np.float64):
            raise ValueError(
                f"The weights are of type {parameters.dtype}: convert them to float32 or float64."
            )
        check_finite(parameters)
        return cls(classes, layer_sizes, tuple(activations), parameters, state, feature_names)

    def give_to(self, estimator):
        """Make the estimator this model, in one step that nothing can interrupt."""
        names = {} if self.feature_names is None else {"feature_names_in_": self.feature_names}
        before = {k: v for k, v in vars(estimator).items() if k != "feature_names_in_"}
        estimator.__dict__ = {
            **before,
            **names,
            "n_features_in_": self.layer_sizes[0],
            "classes_": self.classes,
            "layer_sizes_": self.layer_sizes,
            "activations_": self.activations,
            "parameters_": self.parameters,
            "_state": self.state,
        }

    def network(self, dropouts=None):
        """See the parameters as a network."""
        return Network(
            self.parameters, self.layer_sizes, self.activations, dropouts, len(self.classes)
        )

    def snapshot(self):
        """Give the attributes that change in training as if it were cut off here."""
        return {"parameters_": self.parameters.copy(), "_state": self.state.copy()}

    def check_settings(self, p):
        """Raise a ValueError where the constructor's parameters ask for another network."""
        asked = (self.layer_sizes[0], *p.widths, self.layer_sizes[-1])
        if asked != self.layer_sizes:
            raise ValueError(
                f"hidden_layer_sizes={p.hidden_layer_sizes!r} with depth={p.depth} now ask for "
                f"layers of {asked} units, but training goes on from a network of "
                f"{self.layer_sizes}: restore these parameters, or train anew with "
                "warm_start=False."
            )
        if _functions(p.activations) != _functions(self.activations):
            raise ValueError(
                f"activation={p.activation!r} is not that of the network from which training "
                f"goes on, {self.activations}: restore it, or train anew with warm_start=False."
            )
        if p.dtype not in (None, self.parameters.dtype.name):
            raise ValueError(
                f"dtype={p.dtype!r} is not that of the network from which training goes on, "
                f"{self.parameters.dtype.name!r}: restore it, or train anew with warm_start=False."
            )


def check_finite(parameters):
    """Raise a ValueError where weights are infinite or NaN."""
    if not np.isfinite(parameters).all():
        raise ValueError("The weights are not finite: train the network again.")


def first_state(random_state):
    """Give the state of a training that begins."""
    seed = check_random_state(random_state).randint(2**32, size=4, dtype=np.uint32)
    return TrainingState(np.random.default_rng(seed), int(seed[0]))


def class_shares(data, n_classes):
    """Give the share of each class in the weight of all rows."""
    data = data.relative()
    totals = np.bincount(data.take_y(), data.take_weight(), minlength=n_classes)
    return totals / totals.sum()


def _functions(names):
    return [ACTIVATIONS[name] for name in names]


def _float_dtype(dtype):
    """Choose the dtype to compute in: float32 for what it holds exactly, else float64."""
    return np.float32 if np.can_cast(dtype, np.float32) else np.float64
