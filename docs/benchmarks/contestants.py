"""The same network, trained for the same epochs by each library, and how they are timed.

Each contestant has a process of its own, as whether passes are compiled is settled when skmlp is
imported; the processes take turns, so that no two of them are at work at once.
"""

import csv
import os
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from itertools import pairwise, product
from multiprocessing import get_context
from pathlib import Path
from unittest.mock import patch

import numpy as np
from sklearn.neural_network import MLPClassifier

from skmlp import MLPSoftmaxClassifier
from skmlp.compiled import COMPILED

warnings.filterwarnings("ignore", message="Maximum iterations|Stochastic Optimizer|lbfgs failed")

try:
    import torch
except ImportError:
    torch = None
try:
    import skorch
except ImportError:
    skorch = None

# Ours with compiled passes, ours with NumPy alone, and scikit-learn's.
OURS, NUMPY, THEIRS = "compiled", "NumPy alone", "MLPClassifier"


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


def torch_network(sizes, activation, dtype):
    layers = []
    for n_in, n_out in pairwise(sizes):
        layers += [torch.nn.Linear(n_in, n_out), TORCH_ACTIVATIONS[activation]()]
    return torch.nn.Sequential(*layers[:-1]).to(dtype)


def pytorch(X, y, hidden, activation, batch_size, epochs):
    X, y = torch.from_numpy(X), torch.from_numpy(y)
    network = torch_network((X.shape[1], *hidden, y.max() + 1), activation, X.dtype)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001, fused=True)
    loss_of = torch.nn.CrossEntropyLoss()
    for _ in range(epochs):
        for rows in torch.randperm(len(X)).split(batch_size):
            optimizer.zero_grad()
            loss_of(network(X[rows]), y[rows]).backward()
            optimizer.step()


def with_skorch(X, y, hidden, activation, batch_size, epochs):
    dtype = torch.from_numpy(X).dtype
    network = torch_network((X.shape[1], *hidden, y.max() + 1), activation, dtype)
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


CONTESTANTS = {OURS: ours, NUMPY: ours, THEIRS: partial(fit, MLPClassifier)}
if torch is not None:
    TORCH_ACTIVATIONS = {
        "relu": torch.nn.ReLU,
        "logistic": torch.nn.Sigmoid,
        "tanh": torch.nn.Tanh,
    }
    CONTESTANTS["PyTorch"] = pytorch
if skorch is not None:
    CONTESTANTS["skorch"] = with_skorch


def passes_are_compiled():
    return COMPILED


@cache
def process(contestant):
    """Start the process of a contestant; passes are compiled in it unless it is NumPy alone."""
    pool = ProcessPoolExecutor(1, get_context("spawn"))
    with patch.dict(os.environ, {"SKMLP_PURE": "1"} if contestant == NUMPY else {}):
        compiled = pool.submit(passes_are_compiled).result()
    if compiled == (contestant == NUMPY):
        raise SystemExit(f"Passes are {'' if compiled else 'not '}compiled for {contestant!r}.")
    return pool


run = None  # what the process of a contestant repeats


def prepare(make_run):
    """Keep what is to be timed, and run it once for nothing."""
    global run
    run = make_run()
    run()


def seconds_of_run():
    time.sleep(0.1)  # until the threads of the contestant before no longer wait for work
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def time_in_turn(make_runs, repeats=9):
    """Give the seconds of each contestant, round after round.

    Of each contestant there is a function which, called in its process, makes the data and gives
    the function that is timed.
    """
    for contestant, make_run in make_runs.items():
        process(contestant).submit(prepare, make_run).result()
    rounds = [
        [process(contestant).submit(seconds_of_run).result() for contestant in make_runs]
        for _ in range(repeats)
    ]
    return dict(zip(make_runs, np.transpose(rounds), strict=True))


def pairs(peers):
    """Give who is compared with whom: NumPy alone with ours, and each peer with both."""
    return [(NUMPY, OURS), *product(peers, (OURS, NUMPY))]


def ratios(seconds, peers):
    """Give the medians of the ratios within a round, nan for peers that were not measured."""
    return [float(np.median(seconds.get(a, np.nan) / seconds[b])) for a, b in pairs(peers)]


def header(case, peers):
    return [
        case,
        *(f"{name} (ms)" for name in (OURS, NUMPY)),
        *(f"{a} / {b}" for a, b in pairs(peers)),
    ]


def row(case, seconds, peers, n=1):
    """Give a line of a table: our milliseconds for each of n, and the ratios."""
    mine = [milliseconds(np.median(seconds[name]) / n) for name in (OURS, NUMPY)]
    return [case, *mine, *map(two_digits, ratios(seconds, peers))]


def two_digits(ratio):
    return "" if np.isnan(ratio) else f"{ratio:.2f}"


def milliseconds(seconds):
    """Write a time with three digits, and no exponent."""
    return f"{float(f'{1000 * seconds:.3g}'):g}"


def write_table(name, header, rows):
    """Write a CSV file beside this one."""
    with open(Path(__file__).with_name(name), "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
