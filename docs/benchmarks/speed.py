"""Milliseconds an epoch of MLPSoftmaxClassifier, MLPClassifier, PyTorch and skorch.

    python docs/benchmarks/speed.py

Adam on the same data, network, batch size and number of epochs; no early stopping. What is timed is
a whole fit, with all that it does before the first epoch; an epoch is its share of that. The
models take turns; ratios are medians of those within a round. It writes epochs.csv,
epoch_ratios.csv, threads.csv and scaling.csv, and machine.txt, which says where they were measured.
"""

from functools import partial

import numpy as np
from baselines import (
    MODELS,
    NUMPY,
    OURS,
    header,
    make_data,
    milliseconds,
    ours,
    ratios,
    row,
    time_in_turn,
    two_digits,
    write_table,
)
from machine import record_machine
from threadpoolctl import threadpool_limits

# rows, features, classes, hidden layers, batch size, activation, dtype, epochs
CELLS = [
    (150, 4, 3, (100,), 150, "relu", "float32", 1000),
    (1797, 64, 10, (100,), 200, "relu", "float32", 100),
    (1797, 64, 10, (100,), 200, "logistic", "float32", 100),
    (1797, 64, 10, (100, 100), 200, "tanh", "float32", 100),
    (1797, 64, 10, (100,), 200, "relu", "float64", 100),
    (5000, 20, 2, (64,), 32, "relu", "float32", 20),
    (20000, 20, 2, (64, 64), 200, "relu", "float32", 20),
    (5000, 20, 2, (32,) * 8, 200, "relu", "float32", 30),
    (30000, 784, 10, (100,), 200, "relu", "float32", 4),
    (20000, 784, 10, (512, 512), 256, "relu", "float32", 3),
    (16384, 784, 10, (1024,) * 3, 1024, "relu", "float32", 2),
]
BASELINES = [name for name in MODELS if name not in (OURS, NUMPY)]


def make_fit(fit, cell):
    n, d, n_classes, hidden, batch_size, activation, dtype, epochs = cell
    X, y = make_data(n, d, n_classes, dtype)
    return partial(fit, X, y, hidden, activation, batch_size, epochs)


def time_fits(cell, models=MODELS, repeats=9):
    """Return the seconds of each model's fits, all epochs together."""
    return time_in_turn(
        {name: partial(make_fit, fit, cell) for name, fit in models.items()}, repeats
    )


def describe(cell):
    n, d, _, hidden, batch_size, activation, dtype, _ = cell
    layers = f"{len(hidden)} x {hidden[0]}" if len(hidden) > 2 else "-".join(map(str, hidden))
    precision = "" if dtype == "float32" else f", {dtype}"
    return f"{n} x {d}, hidden {layers}, batch {batch_size}, {activation}{precision}"


def training():
    rows, logarithms = [], []
    for cell in CELLS:
        seconds = time_fits(cell)
        rows.append(row(describe(cell), seconds, BASELINES, n=cell[-1]))
        logarithms.append(np.log(ratios(seconds, BASELINES)))
        print(*rows[-1], sep="  ", flush=True)
    means = np.exp(np.mean(logarithms, axis=0))
    rows.append(["geometric mean", "", "", *map(two_digits, means)])
    print(*rows[-1], sep="  ", flush=True)
    names = header("one epoch", BASELINES)
    write_table("epochs.csv", names[:4], [row[:4] for row in rows])
    write_table("epoch_ratios.csv", names[:1] + names[4:], [row[:1] + row[4:] for row in rows])


def scaling():
    base = {"n": 5000, "width": 64, "depth": 1, "batch": 200}
    grids = {
        "n": [500, 2000, 8000, 32000],
        "width": [16, 64, 256, 1024],
        "depth": [1, 2, 4, 8],
        "batch": [16, 64, 256, 1024],
    }
    rows = []
    for varied, values in grids.items():
        for value in values:
            at = base | {varied: value}
            steps = at["n"] / at["batch"]
            epochs = max(1, int(2000 / steps / max(1, at["width"] / 64) / at["depth"]))
            hidden = (at["width"],) * at["depth"]
            cell = (at["n"], 20, 5, hidden, at["batch"], "relu", "float32", epochs)
            for name, seconds in time_fits(cell, repeats=5).items():
                rows.append([varied, value, name, f"{1000 * np.median(seconds) / epochs:.3f}"])
        print("scaling", varied, flush=True)
    write_table("scaling.csv", ["varied", "value", "model", "ms an epoch"], rows)


def on_one_thread(*arguments):
    with threadpool_limits(1):
        ours(*arguments)


def threads():
    """Time our epochs with the threads that are chosen by default and with one."""
    border = (20000, 160, 5, (160, 160), 200, "relu", "float32", 5)  # products of over 10 Mflop
    rows = []
    for cell in [*CELLS, border]:
        fits = {OURS: ours, "one thread": on_one_thread}
        chosen, one = time_fits(cell, fits, repeats=5).values()
        ratio = two_digits(np.median(one / chosen))
        rows.append([describe(cell), milliseconds(np.median(chosen) / cell[-1]), ratio])
        print(*rows[-1], sep="  ", flush=True)
    write_table("threads.csv", ["one epoch", "threads chosen (ms)", "one thread / chosen"], rows)


if __name__ == "__main__":
    record_machine("machine.txt")
    training()
    threads()
    scaling()
