"""Networks for PyTorch."""

from typing import Any

from skmlp.network.activations import ACTIVATIONS

__all__ = ["to_torch"]


def to_torch(network, activations) -> Any:
    """Build the same network in PyTorch.

    Parameters
    ----------
    network : Network
        The network.
    activations : list of str
        Activation of each hidden layer.

    Returns
    -------
    module : torch.nn.Sequential
        Gives the logits, one column a class, in the dtype of the weights. Its parameters are
        copies. For two classes, a last layer that is not trained makes two logits of one unit.

    Raises
    ------
    ImportError
        If PyTorch is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise ImportError("to_torch needs PyTorch: pip install 'skmlp[torch]'") from error

    def linear(W, b=None):
        layer = torch.nn.Linear(*W.shape, bias=b is not None)
        layer.weight.data = torch.tensor(W.T.copy())
        if b is not None:
            layer.bias.data = torch.tensor(b.copy())
        return layer

    layers = []
    for W, b, name in zip(network.W, network.b, [*activations, None], strict=True):
        layers.append(linear(W, b))
        if name is not None:
            layers.append(getattr(torch.nn, ACTIVATIONS[name].torch)())
    if network.C is not None:
        layers.append(linear(network.C).requires_grad_(False))
    return torch.nn.Sequential(*layers)
