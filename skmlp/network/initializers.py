"""First weights, scaled so that signals keep their size from layer to layer."""

from collections.abc import Callable

import numpy as np

from skmlp.network.activations import ACTIVATIONS
from skmlp.network.layers import layer_views, n_parameters

__all__ = ["INITIALIZERS", "initial_parameters"]

# Variance of the weights of a layer with n_in inputs and n_out outputs.
VARIANCES: dict[str, Callable] = {
    "he": lambda n_in, n_out: 2 / n_in,
    "glorot": lambda n_in, n_out: 2 / (n_in + n_out),
    "lecun": lambda n_in, n_out: 1 / n_in,
}

# Draws numbers of mean 0 and a variance.
DISTRIBUTIONS: dict[str, Callable] = {
    "normal": lambda rng, variance, shape: rng.normal(0, np.sqrt(variance), shape),
    "uniform": lambda rng, variance, shape: rng.uniform(
        -np.sqrt(3 * variance), np.sqrt(3 * variance), shape
    ),
}

INITIALIZERS = [f"{variance}_{name}" for variance in VARIANCES for name in DISTRIBUTIONS]

# The output has no activation, and is drawn as if it had the identity.
OUTPUT = ACTIVATIONS["identity"].initializer

# A class not seen yet starts at a thousandth of an equal share.
LEAST_SHARE = 1e-3

# First output weights are small, so that the first logits are little more than the biases
# where the features are scaled, and not wild where they are not.
OUTPUT_SCALE = 0.3


def draw(name, n_in, n_out, rng):
    """Draw the weights of one layer by the named initializer."""
    variance, distribution = name.split("_")
    return DISTRIBUTIONS[distribution](rng, VARIANCES[variance](n_in, n_out), (n_in, n_out))


def initial_parameters(layer_sizes, activations, class_shares, dtype, rng, initializer="auto"):
    """Draw first weights, and start the output at the shares of the classes.

    With "auto", each hidden layer is drawn for the activation that follows it. The output
    layer is always drawn as for "identity", at three tenths of the size; with no hidden layer,
    where the problem is convex, all weights start at 0. Hidden biases are 0. Output biases
    are the logarithms of the class shares. So the network starts near the class shares, and
    training does not begin by unlearning random outputs.

    Parameters
    ----------
    layer_sizes : sequence of int
        Units of the input, of each hidden layer, and of the output.
    activations : sequence of str
        Activation of each hidden layer.
    class_shares : ndarray of shape (layer_sizes[-1],)
        Share of each class in the weight of all rows, from 0 to 1.
    dtype : dtype
        float32 or float64.
    rng : numpy.random.Generator
        Source of the random numbers.
    initializer : str, default="auto"
        A name of ``INITIALIZERS`` for the hidden layers, or "auto".

    Returns
    -------
    parameters : ndarray of shape (n_parameters,)
        All weights, then all biases.

    References
    ----------
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010. He, Zhang, Ren and Sun, "Delving deep into rectifiers", ICCV
    2015, :arxiv:`1502.01852`. LeCun, Bottou, Orr and Müller, "Efficient backprop", 1998;
    for selu Klambauer et al., :arxiv:`1706.02515`. Bishop, "Neural Networks for Pattern
    Recognition", 1995, on biases and prior probabilities.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network import initial_parameters
    >>> rng = np.random.default_rng(0)
    >>> initial_parameters((2, 1, 2), ["relu"], np.array([0.5, 0.5]), float, rng).round(2)
    array([ 0.47, -0.8 , -0.39, -0.41,  0.  ,  0.  ,  0.  ])
    """
    parameters = np.zeros(n_parameters(layer_sizes), dtype)
    W, b = layer_views(parameters, layer_sizes)
    if activations:
        names = [
            ACTIVATIONS[name].initializer if initializer == "auto" else initializer
            for name in activations
        ]
        for W_i, name in zip(W, [*names, OUTPUT], strict=True):
            n_in, n_out = W_i.shape
            W_i[:] = draw(name, n_in, n_out, rng)
        W[-1] *= OUTPUT_SCALE
    log_shares = np.log(np.maximum(class_shares, LEAST_SHARE / len(class_shares)))
    b[-1][:] = log_shares - log_shares.mean()
    return parameters
