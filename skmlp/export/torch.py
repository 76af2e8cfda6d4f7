"""Conversion from and to PyTorch."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from skmlp.classifier import MLPSoftmaxClassifier, check_classifier
from skmlp.estimator.extras import import_extra
from skmlp.estimator.labels import check_classes
from skmlp.estimator.model import Model, first_state
from skmlp.export.classifiers import fitted_classifier, warn_of_own_methods

__all__ = ["ACTIVATIONS_OF_TORCH", "from_torch", "to_torch"]

# The class in torch.nn for each activation, with its default settings.
ACTIVATIONS_OF_TORCH = {
    "identity": "Identity",
    "logistic": "Sigmoid",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "softplus": "Softplus",
    "mish": "Mish",
}


def to_torch(clf: MLPSoftmaxClassifier) -> Any:
    """Convert a fitted classifier to a PyTorch module.

    Parameters
    ----------
    clf : MLPSoftmaxClassifier or DaskMLPSoftmaxClassifier
        The fitted classifier.

    Returns
    -------
    module : torch.nn.Sequential
        A module that computes the logits, one column per class, in the dtype of ``parameters_``.
        Its parameters are copies. For two classes, a last layer, which is not trainable, computes
        two logits from one unit.

    Raises
    ------
    ImportError
        If PyTorch is not installed: ``pip install 'skmlp[torch]'``.
    TypeError
        If `clf` is something else.
    NotFittedError
        If `clf` is not fitted.

    See Also
    --------
    from_torch : The inverse conversion.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmlp import MLPSoftmaxClassifier
    >>> from skmlp.export import to_torch
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = MLPSoftmaxClassifier(random_state=0).fit(X, y)
    >>> to_torch(clf)  # doctest: +SKIP
    Sequential(
      (0): Linear(in_features=4, out_features=100, bias=True)
      (1): ReLU()
      (2): Linear(in_features=100, out_features=3, bias=True)
    )
    """
    check_classifier(clf)
    warn_of_own_methods(clf)
    torch = import_extra("torch", "torch", "to_torch")
    network = clf._model.network()

    def linear(W, b=None):
        layer = torch.nn.Linear(W.shape[0], W.shape[1], bias=b is not None)
        layer.weight.data = torch.tensor(W.T.copy())
        if b is not None:
            layer.bias.data = torch.tensor(b.copy())
        return layer

    layers = []
    for W, b, name in zip(network.W, network.b, [*network.activations, None], strict=True):
        layers.append(linear(W, b))
        if name is not None:
            layers.append(getattr(torch.nn, ACTIVATIONS_OF_TORCH[name])())
    if network.C is not None:
        layers.append(linear(network.C).requires_grad_(False))
    return torch.nn.Sequential(*layers)


def from_torch(module: Any, classes: ArrayLike) -> MLPSoftmaxClassifier:
    """Convert a trained PyTorch module to an MLPSoftmaxClassifier.

    Parameters
    ----------
    module : torch.nn.Sequential
        Layers of ``Linear`` and the activations that `to_torch` supports, with their default
        settings. The last layer has a logit for each class, or a single one for two classes: the
        log-odds of the second; ``Softmax``, ``LogSoftmax`` or ``Sigmoid`` may follow. Sequential
        modules may be nested. ``Dropout`` is ignored. Weights are float32 or float64.
    classes : array-like of shape (n_classes,)
        The label of each output.

    Returns
    -------
    clf : MLPSoftmaxClassifier
        A fitted classifier with the probabilities of ``module.eval()`` and copies of its weights,
        in their dtype. Two outputs are replaced by one unit, their difference; layers without an
        activation between them are multiplied. Training can continue with `partial_fit` or
        `warm_start`, with parameters that you set.

    Raises
    ------
    ImportError
        If PyTorch is not installed: ``pip install 'skmlp[torch]'``.
    TypeError
        If `module` is not a Sequential, or `classes` are not labels.
    ValueError
        If the module has other layers, or `classes` do not match its outputs.

    See Also
    --------
    to_torch : The inverse conversion.

    Examples
    --------
    >>> from skmlp.export import from_torch
    >>> from torch import nn  # doctest: +SKIP
    >>> module = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))  # doctest: +SKIP
    >>> # train it
    >>> clf = from_torch(module, ["a", "b", "c"])  # doctest: +SKIP
    """
    nn = import_extra("torch", "torch", "from_torch").nn
    given, labels = np.asarray(classes), check_classes(classes)
    if len(labels) < len(given):
        raise ValueError(f"classes={given} has a label twice: pass one for each output.")
    if not _is_sequential(nn, module):
        raise TypeError(f"module must be a torch.nn.Sequential, got {type(module).__name__}.")
    layers = [(name, layer) for name, layer in _leaves(nn, module) if type(layer) is not nn.Dropout]
    head = layers.pop() if layers and type(layers[-1][1]) in _heads(nn) else None
    W, b, activations = _read_layers(nn, layers)
    _check_outputs(nn, W[-1].shape[1], len(labels), head)
    W[-1], b[-1] = _output_units(W[-1], b[-1], np.argsort(given))
    model = Model.of_layers(labels, W, b, activations, first_state(None))
    several = len(set(activations)) > 1
    parameters = {
        "hidden_layer_sizes": model.layer_sizes[1:-1],
        "activation": activations if several else (activations or ["relu"])[0],
    }
    return fitted_classifier(parameters, model)


def _is_sequential(nn, module):
    """Check whether a module only passes the output of each layer to the next."""
    return getattr(type(module), "forward", None) is nn.Sequential.forward


def _leaves(nn, module, name="module"):
    """Yield each layer with its name, including nested modules; a layer may occur twice."""
    _check_no_hooks(name, module)
    if not _is_sequential(nn, module):
        yield name, module
        return
    for i, layer in enumerate(module):
        yield from _leaves(nn, layer, f"{name}[{i}]")


def _check_no_hooks(name, module):
    """Raise a ValueError if a module has hooks, which may change its outputs or weights."""
    if module._forward_hooks or module._forward_pre_hooks:
        raise ValueError(
            f"{name}, {module}, has hooks, as set by weight_norm, spectral_norm and prune: "
            "remove them, for example with torch.nn.utils.prune.remove."
        )
    if "forward" in vars(module):
        raise ValueError(f"{name}, {module}, has a custom forward method: remove it.")


def _heads(nn):
    return nn.Softmax, nn.LogSoftmax, nn.Sigmoid, nn.Identity


def _read_layers(nn, layers):
    """Return weights, biases and activations; adjacent linear layers are merged."""
    W: list[np.ndarray] = []
    b: list[np.ndarray] = []
    activations: list[str] = []
    for name, layer in layers:
        if type(layer) is nn.Linear:
            W_i, b_i = _read_linear(name, layer)
            if len(W) > len(activations):
                W_i, b_i = W.pop() @ W_i, b.pop() @ W_i + b_i
            W.append(W_i)
            b.append(b_i)
        else:
            activation = _read_activation(nn, name, layer)
            if len(W) == len(activations):
                raise ValueError(f"{name}, {layer}, must follow a Linear layer.")
            activations.append(activation)
    if len(W) == len(activations):
        raise ValueError("module must end with a Linear layer, which a Softmax may follow.")
    return W, b, activations


def _read_linear(name, layer):
    if str(layer.weight.dtype) not in ("torch.float32", "torch.float64"):
        raise ValueError(
            f"{name}, {layer}, is of {layer.weight.dtype}: convert the module with float() or "
            "double()."
        )
    W = layer.weight.numpy(force=True).T
    b = np.zeros(W.shape[1], W.dtype) if layer.bias is None else layer.bias.numpy(force=True)
    return W, b


def _read_activation(nn, name, layer):
    for activation, class_name in ACTIVATIONS_OF_TORCH.items():
        kind = getattr(nn, class_name)
        if type(layer) is kind:
            if _settings(layer) != _settings(kind()):
                raise ValueError(f"{name}, {layer}, must have the settings of {kind()}.")
            return activation
    known = dict.fromkeys(ACTIVATIONS_OF_TORCH.values())
    raise ValueError(
        f"{name}, {layer}, is not allowed: module must be a torch.nn.Sequential of Linear, "
        f"Dropout, {', '.join(known)}, and at the end Softmax or LogSoftmax, or for one output "
        "Sigmoid."
    )


def _settings(layer):
    """Return the settings of a layer that matter for prediction."""
    return {
        name: value
        for name, value in vars(layer).items()
        if not name.startswith("_") and name not in ("inplace", "training")
    }


def _check_outputs(nn, n_outputs, n_classes, head):
    one_for_two = (n_outputs, n_classes) == (1, 2)
    if n_outputs != n_classes and not one_for_two:
        raise ValueError(
            f"module has {n_outputs} outputs, but classes has {n_classes} labels: pass one for "
            "each output, or two for one output."
        )
    if head is None or type(head[1]) is nn.Identity:
        return
    name, layer = head
    if type(layer) is nn.Sigmoid:
        if not one_for_two:
            raise ValueError(
                f"{name}, {layer}, must follow one output, of two classes, but there are "
                f"{n_outputs}."
            )
    elif one_for_two or layer.dim not in (None, 1, -1):
        raise ValueError(
            f"{name}, {layer}, must have dim=1 and follow as many outputs as there are classes."
        )


def _output_units(W, b, order):
    """Sort the outputs by class; for two classes, return one unit, their difference.

    One unit for two classes is treated as two, of which the first is 0.
    """
    if W.shape[1] < len(order):
        W, b = np.hstack([0 * W, W]), np.hstack([0 * b, b])
    W, b = W[:, order], b[order]
    return (W, b) if len(order) != 2 else (W[:, 1:] - W[:, :1], b[1:] - b[:1])
