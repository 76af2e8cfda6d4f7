"""What limits a step of training: its matrix products, and the rate at which they run.

    python docs/benchmarks/limits.py

For the networks of speed.py it counts the floating-point operations of the matrix products of a
step, times the step and the products alone, and compares their rate with that of a product of two
large matrices. It writes limits.csv; for three of the networks, the time of the other parts of a
step to parts.csv; and to rates.csv how fast NumPy and PyTorch multiply matrices. All is measured on
one thread.
"""

import itertools
import timeit

import numpy as np
from baselines import NUMPY, OURS, make_data, process, torch, use_one_thread, write_table
from machine import describe_machine
from speed import CELLS, describe

from skmlp.network import Batch, Network, Objective, initial_parameters, output_loss
from skmlp.network.memory import BatchMemory
from skmlp.training import Adam

L2 = 1e-6
CELLS_WITH_PARTS = [CELLS[1], CELLS[5], CELLS[-1]]


def microseconds(function):
    """Time a function, in short pieces: the shortest is not interrupted by other processes."""
    function()
    once = timeit.timeit(function, number=2) / 2
    number = max(1, int(0.005 / once))
    repeat = max(5, min(100, int(1 / (number * once))))
    return 1e6 * min(timeit.repeat(function, number=number, repeat=repeat)) / number


def peak(dtype):
    """Return the Gflop/s of a product of two large matrices."""
    A, B = np.ones((1500, 1500), dtype), np.ones((1500, 1500), dtype)
    return 2 * 1500**3 / microseconds(lambda: A @ B) / 1e3


def product_rates(rows, n_in, n_out):
    """Return the Gflop/s of X @ W, X.T @ dZ and dZ @ W.T, by library."""
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


def operations(sizes, batch_size):
    """Count the floating-point operations of the matrix products of a step."""
    weights = [n_in * n_out for n_in, n_out in itertools.pairwise(sizes)]
    return 2 * batch_size * (3 * sum(weights) - weights[0])  # no gradient at X


def layer_sizes(cell):
    _, d, n_classes, hidden, *_ = cell
    return (d, *hidden, 1 if n_classes == 2 else n_classes)


def measure(cell):
    """Return the microseconds of a step, and of its parts."""
    use_one_thread()
    n, d, n_classes, hidden, batch_size, activation, dtype, _ = cell
    X, y = make_data(n, d, n_classes, dtype)
    sizes, activations, rng = (
        layer_sizes(cell),
        [activation] * len(hidden),
        np.random.default_rng(0),
    )
    theta = initial_parameters(sizes, activations, None, X.dtype, rng)
    network = Network(theta, sizes, activations, n_classes=n_classes)
    objective, adam, memory = Objective(network, L2), Adam(), BatchMemory(X.dtype)
    batches = rng.permutation(n)[: n // batch_size * batch_size].reshape(-1, batch_size)
    turn = itertools.cycle(batches)

    def step():
        batch = Batch(X, y, None, next(turn))
        _, gradient = objective.data_term(theta, batch, 1 / batch_size)
        adam.step(theta, gradient, 1e-4, objective.n_weights, L2)

    whole = microseconds(step)
    Z, gradient = network.Z[-1].copy("F"), objective.gradient.copy()
    labels, b, db = y[batches[0]], network.b[-1], np.empty_like(network.b[-1])

    def loss():
        output_loss(Z, b, n_classes, labels, None, 1 / batch_size, 0.0, db)

    def adam_step():
        np.copyto(objective.gradient, gradient)  # a step overwrites it
        adam.step(theta, objective.gradient, 1e-4, objective.n_weights, L2)

    products = list(products_of_a_step(network))
    parts = {
        "matrix products": microseconds(lambda: [A.dot(B, out) for A, B, out in products]),
        "rows of the minibatch": microseconds(lambda: memory.take(X, next(turn))),
        "cross-entropy and its gradient": microseconds(loss),
        "Adam with the penalty": microseconds(adam_step),
    }
    parts["the rest (activations, Python)"] = whole - sum(parts.values())
    return whole, parts


def products_of_a_step(network):
    """Yield the factors of each matrix product of a step, and an array for the result."""
    for i, (A, W, Z) in enumerate(zip(network.A, network.W, network.Z, strict=True)):
        if i + 1 < len(network.W):
            yield A, W, Z
        else:
            yield W.T, A.T, Z.T  # logits lie column by column
        yield A.T, Z, np.empty_like(W)
        if i > 0:
            yield Z, W.T, np.empty(A.shape, A.dtype)


def measure_all():
    """Return, by network, what `measure` returns for compiled and for NumPy alone."""
    results = {}
    for cell in CELLS:
        results[cell] = [process(name).submit(measure, cell).result() for name in (OURS, NUMPY)]
        print(describe(cell), results[cell], flush=True)
    return results


def limits(results):
    for cell, ((whole, parts), (whole_numpy, _)) in results.items():
        flops = operations(layer_sizes(cell), cell[4])
        rate, highest = flops / parts["matrix products"] / 1e3, peak(cell[6])
        yield [
            describe(cell),
            f"{flops / 1e6:.1f}",
            f"{whole:.0f}",
            f"{whole_numpy:.0f}",
            f"{100 * parts['matrix products'] / whole:.0f} %",
            f"{rate:.0f}",
            f"{highest:.0f}",
            f"{whole * highest * 1e3 / flops:.2f}",
        ]


def parts_of_a_step(results):
    for cell in CELLS_WITH_PARTS:
        (_, parts), (_, parts_numpy) = results[cell]
        for part, time in parts.items():
            yield [describe(cell), part, f"{time:.1f}", f"{parts_numpy[part]:.1f}"]


def rates():
    for sizes in [(200, 64, 100), (200, 784, 100), (256, 784, 512), (1024, 1024, 1024)]:
        for library, values in product_rates(*sizes).items():
            yield [" x ".join(map(str, sizes)), library, *(f"{v:.0f}" for v in values)]


def main():
    print(describe_machine())
    use_one_thread()
    results = measure_all()
    header = [
        "a step",
        "Mflop",
        *(f"µs, {name}" for name in (OURS, NUMPY)),
        "products",
        "Gflop/s",
        "peak",
        "limit",
    ]
    write_table("limits.csv", header, limits(results))
    header = ["a step", "part", *(f"µs, {name}" for name in (OURS, NUMPY))]
    write_table("parts.csv", header, parts_of_a_step(results))
    write_table("rates.csv", ["rows x in x out", "library", "X W", "X' dZ", "dZ W'"], rates())


if __name__ == "__main__":
    main()
