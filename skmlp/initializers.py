"""First weights, scaled so that signals keep their size from layer to layer."""

import numpy as np

from skmlp.network import layer_views, n_parameters

__all__ = ["INITIALIZERS", "glorot_uniform", "he_uniform", "initial_parameters"]


def he_uniform(n_in, n_out):
    """Half-width of the uniform distribution of He et al. (2015), for relu."""
    return np.sqrt(6 / n_in)


def glorot_uniform(n_in, n_out):
    """Half-width of the uniform distribution of Glorot and Bengio (2010)."""
    return np.sqrt(6 / (n_in + n_out))


# A class not seen yet starts at a thousandth of an equal share.
LEAST_SHARE = 1e-3

INITIALIZERS = {
    "identity": glorot_uniform,
    "logistic": glorot_uniform,
    "sigmoid": glorot_uniform,
    "tanh": glorot_uniform,
    "relu": he_uniform,
}


def initial_parameters(layer_sizes, activation, class_shares, dtype, rng):
    """Draw first weights, and start the output at the shares of the classes.

    Each layer is drawn for the activation that follows it, the output layer as for
    "identity"; with no hidden layer, where the problem is convex, all weights start at
    0. Hidden biases are 0. Output biases are the logarithms of the class shares, so
    that training does not begin by unlearning that all classes are equally frequent.

    Parameters
    ----------
    layer_sizes : sequence of int
        Units of the input, of each hidden layer, and of the output.
    activation : str
        Activation of the hidden layers.
    class_shares : ndarray of shape (layer_sizes[-1],)
        Share of each class in the weight of all rows, from 0 to 1.
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
    2015, :arxiv:`1502.01852`. Bishop, "Neural Networks for Pattern Recognition", 1995, on
    biases and prior probabilities.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.initializers import initial_parameters
    >>> rng = np.random.default_rng(0)
    >>> initial_parameters((2, 1, 2), "relu", np.array([0.5, 0.5]), np.float64, rng).round(2)
    array([ 0.47, -0.8 , -1.3 , -1.37,  0.  ,  0.  ,  0.  ])
    """
    parameters = np.zeros(n_parameters(layer_sizes), dtype)
    W, b = layer_views(parameters, layer_sizes)
    hidden = [activation] * (len(W) - 1)
    if hidden:
        for W_i, name in zip(W, [*hidden, "identity"], strict=True):
            bound = INITIALIZERS[name](*W_i.shape)
            W_i[:] = rng.uniform(-bound, bound, W_i.shape)
    log_shares = np.log(np.maximum(class_shares, LEAST_SHARE / len(class_shares)))
    b[-1][:] = log_shares - log_shares.mean()
    return parameters
