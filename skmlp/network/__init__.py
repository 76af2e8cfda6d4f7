"""The mathematics: layers, activations, losses, weight initialisation, and the objective.

It needs only NumPy and SciPy. Start with ``layers``: the forward pass and backpropagation.
"""

from skmlp.network.activations import ACTIVATIONS, Activation, activate, chain
from skmlp.network.batches import Batch
from skmlp.network.dropout import Dropout, KeepAll
from skmlp.network.initializers import initial_parameters
from skmlp.network.layers import Network, layer_views, linear, n_parameters, n_weights
from skmlp.network.losses import (
    cross_entropy,
    log_softmax,
    output_loss,
    softmax,
    softmax_cross_entropy,
)
from skmlp.network.objective import Objective

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "Batch",
    "Dropout",
    "KeepAll",
    "Network",
    "Objective",
    "activate",
    "chain",
    "cross_entropy",
    "initial_parameters",
    "layer_views",
    "linear",
    "log_softmax",
    "n_parameters",
    "n_weights",
    "output_loss",
    "softmax",
    "softmax_cross_entropy",
]
