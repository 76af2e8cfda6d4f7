"""What limits a step of training: its operations and bytes, the machine's rates, and a profile.

    python docs/benchmarks/limits.py

For three networks it counts the floating-point operations of the matrix products and the bytes that
a step must move, measures how fast this machine multiplies matrices and copies memory, and times
the parts of a step. It writes limits.csv and parts.csv, and to rates.csv how fast NumPy and PyTorch
multiply matrices of such sizes.
"""

import itertools
import timeit

import numpy as np
from contestants import make_data, torch, write_table
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


def measure(cell):
    n, d, hidden, batch_size = cell
    X, y = make_data(n, d, N_CLASSES)
    sizes = (d, *hidden, N_CLASSES)
    rng = np.random.default_rng(0)
    theta = initial_parameters(sizes, ["relu"] * len(hidden), np.full(10, 0.1), np.float32, rng)
    network = Network(theta, sizes, ["relu"] * len(hidden))
    objective, adam = Objective(network, 1e-6), Adam()
    batches = rng.permutation(n)[: n // batch_size * batch_size].reshape(-1, batch_size)
    turn, memory = itertools.cycle(batches), BatchMemory(np.float32)

    def step():
        _, gradient = objective.loss_gradient(theta, Batch(X, y, None, next(turn)))
        adam.step(theta, gradient, 1e-4, objective.n_weights)

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
            adam.step(theta, objective.gradient, 1e-4, objective.n_weights)

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
                lambda: softmax_cross_entropy(logits, labels, None, 1 / batch_size)
            ),
            "penalty": microseconds(lambda: objective.penalise(theta, objective.gradient)),
            "Adam": microseconds(adam_step),
        }
    parts["the rest (activations, biases, Python)"] = whole - sum(parts.values())
    pairs = list(itertools.pairwise(sizes))
    weights = sum(n_in * n_out for n_in, n_out in pairs)
    flops = 2 * batch_size * (3 * weights - pairs[0][0] * pairs[0][1])
    # Rows once; each layer's Z, H and dH written and read; gradient, m, v and weights likewise.
    n_bytes = 4 * (2 * batch_size * d + 6 * batch_size * sum(sizes[1:]) + 8 * len(theta))
    return whole, flops, n_bytes, parts


def main():
    print(describe_machine())
    gflops, gigabytes = product_rate(), copy_rate()
    print(f"{gflops:.0f} Gflop/s, {gigabytes:.1f} GB/s")
    limits, profile = [], []
    for cell in CELLS:
        n, d, hidden, batch_size = cell
        whole, flops, n_bytes, parts = measure(cell)
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
                f"{100 * least / whole:.0f} %",
            ]
        )
        for part, microseconds_of_part in parts.items():
            profile.append(
                [
                    case,
                    part,
                    f"{microseconds_of_part:.0f}",
                    f"{100 * microseconds_of_part / whole:.0f} %",
                ]
            )
        print(*limits[-1], parts, sep="  ", flush=True)
    write_table(
        "limits.csv",
        [
            "a step",
            "Mflop",
            "MB",
            f"µs at {gflops:.0f} Gflop/s",
            f"µs at {gigabytes:.0f} GB/s",
            "µs measured",
            "share of the limit",
        ],
        limits,
    )
    write_table("parts.csv", ["a step", "part", "µs", "share"], profile)
    rates = []
    for sizes in [(200, 64, 100), (200, 784, 100), (256, 784, 512), (1024, 1024, 1024)]:
        for library, values in product_rates(*sizes).items():
            rates.append([" x ".join(map(str, sizes)), library, *(f"{v:.0f}" for v in values)])
            print(*rates[-1], sep="  ", flush=True)
    write_table("rates.csv", ["rows x in x out", "library", "X W", "X' dZ", "dZ W'"], rates)


if __name__ == "__main__":
    main()
