"""First weights, scaled so that signals keep their size from layer to layer."""

from itertools import pairwise

import numpy as np

from skmlp.network import layer_views, n_parameters

__all__ = ["INITIALIZERS", "glorot_uniform", "he_uniform", "initial_parameters"]


def he_uniform(n_in, n_out):
    """Half-width of the uniform distribution of He et al. (2015), for relu."""
    return np.sqrt(6 / n_in)


def glorot_uniform(n_in, n_out):
    """Half-width of the uniform distribution of Glorot and Bengio (2010)."""
    return np.sqrt(6 / (n_in + n_out))


INITIALIZERS = {
    "identity": glorot_uniform,
    "logistic": glorot_uniform,
    "sigmoid": glorot_uniform,
    "tanh": glorot_uniform,
    "relu": he_uniform,
}


def initial_parameters(layer_sizes, activation, dtype, rng):
    """Draw the weights of each layer for the activation that follows it; biases are 0.

    Parameters
    ----------
    layer_sizes : sequence of int
        Units of the input, of each hidden layer, and of the output.
    activation : str
        Activation of the hidden layers. The output layer is drawn as for "identity".
    dtype : dtype
        float32 or float64.
    rng : numpy.random.Generator
        Source of the random numbers.

    Returns
    -------
    parameters : ndarray of shape (n_parameters,)
        All weights, then all biases.

    References
    ----------
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010. He, Zhang, Ren and Sun, "Delving deep into rectifiers", ICCV
    2015, :arxiv:`1502.01852`.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.initializers import initial_parameters
    >>> rng = np.random.default_rng(0)
    >>> initial_parameters((6, 1), "relu", np.float64, rng).round(2)
    array([ 0.25, -0.43, -0.85, -0.9 ,  0.58,  0.76,  0.  ])
    """
    parameters = np.zeros(n_parameters(layer_sizes), dtype)
    W, _ = layer_views(parameters, layer_sizes)
    names = [activation] * (len(W) - 1) + ["identity"]
    for W_i, (n_in, n_out), name in zip(W, pairwise(layer_sizes), names, strict=True):
        bound = INITIALIZERS[name](n_in, n_out)
        W_i[:] = rng.uniform(-bound, bound, (n_in, n_out))
    return parameters
