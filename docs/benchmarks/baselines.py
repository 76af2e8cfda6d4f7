"""The same network, trained for the same epochs by each library, and how they are timed.

Each compared model has a process of its own, as whether skmlp is compiled is settled when it is
imported. The processes take turns, so that no two of them run at once.
"""

import csv
import os
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from itertools import islice, pairwise, product
from multiprocessing import get_context
from pathlib import Path
from unittest.mock import patch

import numpy as np
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

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

# Ours with the compiled extension, ours with NumPy alone, and scikit-learn's.
OURS, NUMPY, THEIRS = "compiled", "NumPy alone", "MLPClassifier"


def use_one_thread():
    """Limit BLAS, and PyTorch, to one thread for the rest of this process."""
    threadpool_limits(1)
    if torch is not None:
        torch.set_num_threads(1)


def make_data(n, d, n_classes, dtype=np.float32):
    """Return normal features, and classes that a linear function of them decides."""
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


def torch_epochs(X, y, hidden, activation, batch_size):
    """Train by a plain loop; yield the network after each epoch."""
    X, y = torch.from_numpy(X), torch.from_numpy(y)
    network = torch_network((X.shape[1], *hidden, y.max() + 1), activation, X.dtype)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001, fused=True)
    loss_of = torch.nn.CrossEntropyLoss()
    while True:
        for rows in torch.randperm(len(X)).split(batch_size):
            optimizer.zero_grad()
            loss_of(network(X[rows]), y[rows]).backward()
            optimizer.step()
        yield network


def pytorch(*arguments):
    *arguments, epochs = arguments
    for _ in islice(torch_epochs(*arguments), epochs):
        pass


def skorch_classifier(X, y, hidden, activation, batch_size, epochs):
    dtype = torch.from_numpy(X).dtype
    return skorch.NeuralNetClassifier(
        torch_network((X.shape[1], *hidden, y.max() + 1), activation, dtype),
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        optimizer__fused=True,
        lr=0.001,
        batch_size=batch_size,
        max_epochs=epochs,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    )


def with_skorch(X, y, *arguments):
    skorch_classifier(X, y, *arguments).fit(X, y)


MODELS = {OURS: ours, NUMPY: ours, THEIRS: partial(fit, MLPClassifier)}
if torch is not None:
    TORCH_ACTIVATIONS = {
        "relu": torch.nn.ReLU,
        "logistic": torch.nn.Sigmoid,
        "tanh": torch.nn.Tanh,
    }
    MODELS["PyTorch"] = pytorch
if skorch is not None:
    MODELS["skorch"] = with_skorch


def is_compiled():
    return COMPILED


@cache
def process(model):
    """Start the process of a model; skmlp is compiled in it unless it is NumPy alone."""
    pool = ProcessPoolExecutor(1, get_context("spawn"))
    with patch.dict(os.environ, {"SKMLP_PURE": "1"} if model == NUMPY else {}):
        compiled = pool.submit(is_compiled).result()
    if compiled == (model == NUMPY):
        raise SystemExit(f"skmlp is {'' if compiled else 'not '}compiled for {model!r}.")
    return pool


run = None  # what the process of a model repeats


def prepare(make_run):
    """Keep the function to be timed, and run it once to warm up."""
    global run
    run = make_run()
    run()


def seconds_of_run():
    time.sleep(0.1)  # until the threads of the previous model no longer wait for work
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def time_in_turn(make_runs, repeats=9):
    """Return the seconds of each model, round after round.

    `make_runs` maps the name of a model to a function which, called in its process, makes the data
    and returns the function that is timed.
    """
    for model, make_run in make_runs.items():
        process(model).submit(prepare, make_run).result()
    rounds = [
        [process(model).submit(seconds_of_run).result() for model in make_runs]
        for _ in range(repeats)
    ]
    return dict(zip(make_runs, np.transpose(rounds), strict=True))


def pairs(baselines):
    """Return what is compared with what: NumPy alone with compiled, and each baseline with both."""
    return [(NUMPY, OURS), *product(baselines, (OURS, NUMPY))]


def ratios(seconds, baselines):
    """Return the median ratios within a round; NaN for baselines that were not measured."""
    return [float(np.median(seconds.get(a, np.nan) / seconds[b])) for a, b in pairs(baselines)]


def header(case, baselines):
    return [
        case,
        *(f"{name} (ms)" for name in (OURS, NUMPY)),
        *(f"{a} / {b}" for a, b in pairs(baselines)),
    ]


def row(case, seconds, baselines, n=1):
    """Return a row of a table: our milliseconds divided by n, and the ratios."""
    mine = [milliseconds(np.median(seconds[name]) / n) for name in (OURS, NUMPY)]
    return [case, *mine, *map(two_digits, ratios(seconds, baselines))]


def two_digits(ratio):
    return "" if np.isnan(ratio) else f"{ratio:.2f}"


def milliseconds(seconds):
    """Format a time with three digits, and no exponent."""
    return f"{float(f'{1000 * seconds:.3g}'):g}"


def write_table(name, header, rows):
    """Write a CSV file beside this one."""
    with open(Path(__file__).with_name(name), "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
