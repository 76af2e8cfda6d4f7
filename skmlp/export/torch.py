"""Networks for PyTorch."""

from typing import Any

from skmlp.network.activations import ACTIVATIONS

__all__ = ["to_torch"]


def to_torch(coefs, intercepts, activations) -> Any:
    """Build the same network in PyTorch.

    Parameters
    ----------
    coefs, intercepts : list of ndarray
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
    layers = []
    for W, b, name in zip(coefs, intercepts, [*activations, None], strict=True):
        layer = torch.nn.Linear(*W.shape)
        layer.weight.data = torch.tensor(W.T.copy())
        layer.bias.data = torch.tensor(b.copy())
        layers.append(layer)
        if name is not None:
            layers.append(getattr(torch.nn, ACTIVATIONS[name].torch)())
    return torch.nn.Sequential(*layers)
