"""The same network, trained for the same epochs by each library, and how they are timed."""

import csv
import time
import warnings
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from sklearn.neural_network import MLPClassifier

from skmlp import MLPSoftmaxClassifier

warnings.filterwarnings("ignore", message="Maximum iterations|Stochastic Optimizer|lbfgs failed")

try:
    import torch
except ImportError:
    torch = None
try:
    import skorch
except ImportError:
    skorch = None

OURS, THEIRS = "MLPSoftmaxClassifier", "MLPClassifier"


def make_data(n, d, n_classes, dtype=np.float32):
    """Rows of normal numbers, with classes that a linear function of them decides."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, d)).astype(dtype)
    return X, (X @ rng.normal(size=(d, n_classes))).argmax(axis=1)


def fit(Class, X, y, hidden, activation, batch_size, epochs):
    Class(
        hidden, activation, batch_size=batch_size, max_iter=epochs, tol=0, n_iter_no_change=np.inf
    ).fit(X, y)


ours = partial(fit, MLPSoftmaxClassifier)


def torch_network(sizes, activation):
    layers = []
    for n_in, n_out in pairwise(sizes):
        layers += [torch.nn.Linear(n_in, n_out), TORCH_ACTIVATIONS[activation]()]
    return torch.nn.Sequential(*layers[:-1])


def pytorch(X, y, hidden, activation, batch_size, epochs):
    network = torch_network((X.shape[1], *hidden, y.max() + 1), activation)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001, fused=True)
    loss_of = torch.nn.CrossEntropyLoss()
    X, y = torch.from_numpy(X), torch.from_numpy(y)
    for _ in range(epochs):
        for rows in torch.randperm(len(X)).split(batch_size):
            optimizer.zero_grad()
            loss_of(network(X[rows]), y[rows]).backward()
            optimizer.step()


def with_skorch(X, y, hidden, activation, batch_size, epochs):
    network = torch_network((X.shape[1], *hidden, y.max() + 1), activation)
    skorch.NeuralNetClassifier(
        network,
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        optimizer__fused=True,
        lr=0.001,
        batch_size=batch_size,
        max_epochs=epochs,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    ).fit(X, y)


CONTESTANTS = {OURS: ours, THEIRS: partial(fit, MLPClassifier)}
if torch is not None:
    TORCH_ACTIVATIONS = {"relu": torch.nn.ReLU, "logistic": torch.nn.Sigmoid}
    CONTESTANTS["PyTorch"] = pytorch
if skorch is not None:
    CONTESTANTS["skorch"] = with_skorch


def time_in_turn(functions, repeats=5):
    """Run each function once for nothing, then all in turn; give the median seconds of each."""
    for function in functions.values():
        function()
    seconds = {name: [] for name in functions}
    for _ in range(repeats):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            seconds[name].append(time.perf_counter() - start)
    return {name: float(np.median(values)) for name, values in seconds.items()}


def milliseconds(seconds):
    """Write a time with three digits, and no exponent."""
    return f"{float(f'{1000 * seconds:.3g}'):g}"


def write_table(name, header, rows):
    """Write a CSV file beside this one."""
    with open(Path(__file__).with_name(name), "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
