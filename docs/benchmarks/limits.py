"""What limits a step of training: its operations and bytes, the machine's rates, and a profile.

    python docs/benchmarks/limits.py

For three networks it counts the floating-point operations of the matrix products and the bytes that
a step must move, measures how fast this machine multiplies matrices and copies memory, and times
the parts of a step, with compiled passes and with NumPy alone, each in a process of its own. It
writes limits.csv and parts.csv, and to rates.csv how fast NumPy and PyTorch multiply matrices of
such sizes.
"""

import itertools
import timeit

import numpy as np
from contestants import NUMPY, OURS, make_data, process, torch, write_table
from machine import describe_machine

from skmlp.network import (
    Batch,
    Network,
    Objective,
    initial_parameters,
    softmax_cross_entropy,
)
from skmlp.network.batches import take
from skmlp.network.memory import BatchMemory
from skmlp.training import Adam
from skmlp.training.threads import threads_for

# rows, features, hidden layers, batch size
CELLS = [
    (1797, 64, (100,), 200),
    (30000, 784, (100,), 200),
    (16384, 784, (1024,) * 3, 1024),
]
N_CLASSES = 10
L2 = 1e-6


def microseconds(function):
    function()
    once = timeit.timeit(function, number=2) / 2
    number = max(2, min(2000, int(0.3 / once)))
    return 1e6 * min(timeit.repeat(function, number=number, repeat=5)) / number


def product_rate():
    """Give the Gflop/s of a product of two large float32 matrices."""
    A, B = np.ones((2000, 2000), np.float32), np.ones((2000, 2000), np.float32)
    return 2 * 2000**3 / microseconds(lambda: A @ B) / 1e3


def copy_rate():
    """Give the GB/s, read and written, of a copy that no cache holds."""
    a, b = np.ones(2**26, np.float32), np.empty(2**26, np.float32)
    return 2 * a.nbytes / microseconds(lambda: np.copyto(b, a)) / 1e3


def product_rates(rows, n_in, n_out):
    """Give the Gflop/s of X @ W, X.T @ dZ and dZ @ W.T, by library."""
    X, W, dZ = (
        np.ones(shape, np.float32) for shape in [(rows, n_in), (n_in, n_out), (rows, n_out)]
    )
    libraries = {"NumPy": (X, W, dZ)}
    if torch is not None:
        libraries["PyTorch"] = tuple(map(torch.from_numpy, (X, W, dZ)))

    def rates(X, W, dZ):
        for product in (lambda: X @ W, lambda: X.T @ dZ, lambda: dZ @ W.T):
            yield 2 * rows * n_in * n_out / microseconds(product) / 1e3

    return {name: list(rates(*matrices)) for name, matrices in libraries.items()}


def count(cell):
    """Give the operations of the matrix products of a step, and the bytes that it moves."""
    _, d, hidden, batch_size = cell
    sizes = (d, *hidden, N_CLASSES)
    pairs = list(itertools.pairwise(sizes))
    weights = sum(n_in * n_out for n_in, n_out in pairs)
    flops = 2 * batch_size * (3 * weights - pairs[0][0] * pairs[0][1])
    # Rows once; each layer's Z, H and dH written and read; gradient, m, v and weights likewise.
    n_parameters = weights + sum(sizes[1:])
    return flops, 4 * (2 * batch_size * d + 6 * batch_size * sum(sizes[1:]) + 8 * n_parameters)


def measure(cell):
    """Give the microseconds of a step, and of its parts."""
    n, d, hidden, batch_size = cell
    X, y = make_data(n, d, N_CLASSES)
    sizes = (d, *hidden, N_CLASSES)
    rng = np.random.default_rng(0)
    theta = initial_parameters(sizes, ["relu"] * len(hidden), np.full(10, 0.1), np.float32, rng)
    network = Network(theta, sizes, ["relu"] * len(hidden))
    objective, adam = Objective(network, L2), Adam()
    batches = rng.permutation(n)[: n // batch_size * batch_size].reshape(-1, batch_size)
    turn, memory = itertools.cycle(batches), BatchMemory(np.float32)

    def step():
        batch = Batch(X, y, None, next(turn))
        _, gradient = objective.data_term(theta, batch, 1 / batch_size)
        adam.step(theta, gradient, 1e-4, objective.n_weights, L2)

    with threads_for(batch_size, sizes):
        whole = microseconds(step)
        batch, labels = take(X, batches[0]), take(y, batches[0])
        O = network.forward(batch)
        logits = O.copy(order="F")
        W, Z, A = network.W, network.Z, network.A
        dW = [np.empty_like(W_i) for W_i in W]
        dH = [np.empty_like(A_i) for A_i in A]
        gradient = objective.gradient.copy()

        def adam_step():
            np.copyto(objective.gradient, gradient)  # a step uses it up
            adam.step(theta, objective.gradient, 1e-4, objective.n_weights, L2)

        def products():
            for W_i, Z_i, A_i, dW_i, dH_i in zip(W, Z, A, dW, dH, strict=True):
                np.matmul(A_i, W_i, out=Z_i)
                np.matmul(A_i.T, Z_i, out=dW_i)
                if A_i is not A[0]:
                    np.matmul(Z_i, W_i.T, out=dH_i)

        parts = {
            "matrix products": microseconds(products),
            "taking the rows": microseconds(lambda: memory.take(X, next(turn))),
            "softmax and cross-entropy": microseconds(
                lambda: softmax_cross_entropy(logits, labels, None, 1 / batch_size, 0.0)
            ),
            "Adam with the penalty": microseconds(adam_step),
        }
    parts["the rest (activations, biases, Python)"] = whole - sum(parts.values())
    return whole, parts


def main():
    print(describe_machine())
    gflops, gigabytes = product_rate(), copy_rate()
    print(f"{gflops:.0f} Gflop/s, {gigabytes:.1f} GB/s")
    limits, profile = [], []
    for cell in CELLS:
        n, d, hidden, batch_size = cell
        flops, n_bytes = count(cell)
        whole, parts = process(OURS).submit(measure, cell).result()
        whole_numpy, parts_numpy = process(NUMPY).submit(measure, cell).result()
        least = flops / gflops / 1e3
        layers = "-".join(map(str, hidden))
        case = f"{n} x {d}, hidden {layers}, batch {batch_size}"
        limits.append(
            [
                case,
                f"{flops / 1e6:.1f}",
                f"{n_bytes / 1e6:.2f}",
                f"{least:.0f}",
                f"{n_bytes / gigabytes / 1e3:.0f}",
                f"{whole:.0f}",
                f"{whole_numpy:.0f}",
                f"{100 * least / whole:.0f} %",
                f"{100 * least / whole_numpy:.0f} %",
            ]
        )
        for part, time in parts.items():
            profile.append([case, part, f"{time:.0f}", f"{parts_numpy[part]:.0f}"])
        print(*limits[-1], parts, parts_numpy, sep="  ", flush=True)
    write_table(
        "limits.csv",
        [
            "a step",
            "Mflop",
            "MB",
            f"µs at {gflops:.0f} Gflop/s",
            f"µs at {gigabytes:.0f} GB/s",
            *(f"µs, {name}" for name in (OURS, NUMPY)),
            *(f"share of the limit, {name}" for name in (OURS, NUMPY)),
        ],
        limits,
    )
    write_table(
        "parts.csv", ["a step", "part", *(f"µs, {name}" for name in (OURS, NUMPY))], profile
    )
    rates = []
    for sizes in [(200, 64, 100), (200, 784, 100), (256, 784, 512), (1024, 1024, 1024)]:
        for library, values in product_rates(*sizes).items():
            rates.append([" x ".join(map(str, sizes)), library, *(f"{v:.0f}" for v in values)])
            print(*rates[-1], sep="  ", flush=True)
    write_table("rates.csv", ["rows x in x out", "library", "X W", "X' dZ", "dZ W'"], rates)


if __name__ == "__main__":
    main()
