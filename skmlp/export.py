"""Networks from and for other libraries."""

import numpy as np

__all__ = ["binary_as_softmax", "to_torch"]


def binary_as_softmax(W, b):
    """Turn one logistic output unit into two softmax units with the same probabilities.

    ``sigmoid(o)`` is the second entry of ``softmax([-o/2, o/2])``.

    Parameters
    ----------
    W : ndarray of shape (n_in, 1)
        Weights of the output unit.
    b : ndarray of shape (1,)
        Its bias.

    Returns
    -------
    W : ndarray of shape (n_in, 2)
        Weights of the two units.
    b : ndarray of shape (2,)
        Their biases.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.export import binary_as_softmax
    >>> binary_as_softmax(np.array([[4.0]]), np.array([1.0]))
    (array([[-2.,  2.]]), array([-0.5,  0.5]))
    """
    return np.hstack([-W / 2, W / 2]), np.hstack([-b / 2, b / 2])


def to_torch(W, b, activations):
    """Build the same network in PyTorch.

    Parameters
    ----------
    W, b : list of ndarray
        Weights and biases of each layer.
    activations : list of str
        Activation of each hidden layer.

    Returns
    -------
    module : torch.nn.Sequential
        Gives the logits, in the dtype of the weights. Its parameters are copies.

    Raises
    ------
    ImportError
        If PyTorch is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise ImportError("to_torch needs PyTorch: pip install 'skmlp[torch]'") from error
    modules = {
        "identity": torch.nn.Identity,
        "logistic": torch.nn.Sigmoid,
        "sigmoid": torch.nn.Sigmoid,
        "tanh": torch.nn.Tanh,
        "relu": torch.nn.ReLU,
        "leaky_relu": torch.nn.LeakyReLU,
        "elu": torch.nn.ELU,
        "selu": torch.nn.SELU,
        "gelu": torch.nn.GELU,
        "silu": torch.nn.SiLU,
        "softplus": torch.nn.Softplus,
        "mish": torch.nn.Mish,
    }
    layers = []
    for W_i, b_i, name in zip(W, b, [*activations, None], strict=True):
        layer = torch.nn.Linear(*W_i.shape)
        layer.weight.data = torch.tensor(W_i.T.copy())
        layer.bias.data = torch.tensor(b_i.copy())
        layers.append(layer)
        if name is not None:
            layers.append(modules[name]())
    return torch.nn.Sequential(*layers)
