"""Seconds an epoch of MLPSoftmaxClassifier, MLPClassifier, PyTorch and skorch.

    python docs/benchmarks/speed.py

Adam in float32 on the same data, network, batch size and number of epochs; no early stopping;
each contestant in turn, the median of five rounds. It writes epochs.csv, threads.csv and
scaling.csv.
"""

from functools import partial

from contestants import (
    CONTESTANTS,
    OURS,
    make_data,
    milliseconds,
    ours,
    time_in_turn,
    write_table,
)
from machine import describe_machine
from threadpoolctl import threadpool_limits

# rows, features, classes, hidden layers, batch size, activation, epochs
CELLS = [
    (150, 4, 3, (100,), 150, "relu", 1000),
    (1797, 64, 10, (100,), 200, "relu", 100),
    (1797, 64, 10, (100,), 200, "logistic", 100),
    (5000, 20, 5, (64,), 32, "relu", 20),
    (20000, 20, 5, (64, 64), 200, "relu", 20),
    (5000, 20, 5, (32,) * 8, 200, "relu", 30),
    (30000, 784, 10, (100,), 200, "relu", 4),
    (20000, 784, 10, (512, 512), 256, "relu", 3),
    (16384, 784, 10, (1024,) * 3, 1024, "relu", 2),
]


def seconds_an_epoch(cell, contestants=CONTESTANTS):
    n, d, n_classes, hidden, batch_size, activation, epochs = cell
    X, y = make_data(n, d, n_classes)
    fits = {
        name: partial(fit, X, y, hidden, activation, batch_size, epochs)
        for name, fit in contestants.items()
    }
    return {name: seconds / epochs for name, seconds in time_in_turn(fits).items()}


def describe(cell):
    n, d, _, hidden, batch_size, activation, _ = cell
    layers = f"{len(hidden)} x {hidden[0]}" if len(hidden) > 2 else "-".join(map(str, hidden))
    return f"{n} x {d}, hidden {layers}, batch {batch_size}, {activation}"


def training():
    rows = []
    for cell in CELLS:
        seconds = seconds_an_epoch(cell)
        mine = seconds.pop(OURS)
        ratios = [f"{peer / mine:.2f}" for peer in seconds.values()]
        rows.append([describe(cell), milliseconds(mine), *ratios])
        print(*rows[-1], sep="  ", flush=True)
    peers = [name for name in CONTESTANTS if name != OURS]
    write_table("epochs.csv", ["one epoch", "ours (ms)", *(f"{p} / ours" for p in peers)], rows)


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
            cell = (at["n"], 20, 5, hidden, at["batch"], "relu", epochs)
            for name, seconds in seconds_an_epoch(cell).items():
                rows.append([varied, value, name, f"{1000 * seconds:.3f}"])
        print("scaling", varied, flush=True)
    write_table("scaling.csv", ["varied", "value", "contestant", "ms an epoch"], rows)


def threads():
    """Time our epochs with the threads we choose and with one."""

    def on_one(*arguments):
        with threadpool_limits(1):
            ours(*arguments)

    border = (20000, 160, 5, (160, 160), 200, "relu", 5)  # products of just over 10 Mflop
    rows = []
    for cell in [*CELLS, border]:
        chosen, one = seconds_an_epoch(cell, {"chosen": ours, "one": on_one}).values()
        rows.append([describe(cell), milliseconds(chosen), f"{one / chosen:.2f}"])
        print(*rows[-1], sep="  ", flush=True)
    write_table("threads.csv", ["one epoch", "threads chosen (ms)", "one thread / chosen"], rows)


if __name__ == "__main__":
    print(describe_machine())
    training()
    threads()
    scaling()
