"""Training time and memory of TabularMLPClassifier on tables of 30 columns, by number of rows.

    python docs/benchmarks/large_tables.py

Each fit runs in a separate process, so that its peak memory is that of the table and the fit. The
results are written to large_tables.csv.
"""

import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd
from baselines import write_table
from machine import describe_machine

from skmlp import TabularMLPClassifier

SIZES = [10_000, 100_000, 1_000_000]


def make_table(n):
    """Return 20 numeric columns, 6 with missing values, 5 of counts, 5 of text, and classes."""
    rng = np.random.default_rng(0)
    numbers = rng.lognormal(size=(n, 20))
    counts = rng.poisson(3, size=(n, 5))
    words = rng.choice(np.array(["north", "east", "south", "west"], dtype=object), size=(n, 5))
    logit = np.log(numbers[:, 0] * numbers[:, 1]) * (words[:, 0] == "east")
    logit += np.sin(2 * np.log(numbers[:, 2])) + (counts[:, 0] > 3) * (numbers[:, 3] > 1)
    y = (rng.random(n) < 1 / (1 + np.exp(-2 * logit))).astype(int)
    numbers[:, :6][rng.random((n, 6)) < 0.1] = np.nan
    columns = [numbers, counts, words]
    table = pd.concat([pd.DataFrame(part).infer_objects() for part in columns], axis=1)
    return table.set_axis([f"c{j}" for j in range(30)], axis=1), y


def fit(n):
    """Return seconds of the clock and of the processors, gibibytes, and the score on new rows."""
    table, y = make_table(n + 10_000)
    train, test = slice(n), slice(n, None)
    clf = TabularMLPClassifier(n_jobs=2, random_state=0)
    start, busy = time.perf_counter(), time.process_time()
    clf.fit(table[train], y[train])
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    start = time.perf_counter()
    accuracy = clf.score(table[test], y[test])
    predicting = time.perf_counter() - start
    columns = len(clf.encoder_.get_feature_names_out())
    return (
        f"{n:,}",
        columns,
        f"{seconds:.0f}",
        f"{busy:.0f}",
        f"{peak:.2f}",
        f"{predicting:.2f}",
        f"{100 * accuracy:.1f}",
    )


def main():
    print(describe_machine())
    rows = []
    for n in SIZES:
        run = subprocess.run(
            [sys.executable, __file__, str(n)], capture_output=True, text=True, check=True
        )
        rows.append(run.stdout.strip().split(";"))
        print(*rows[-1], flush=True)
    header = [
        "rows",
        "encoded columns",
        "seconds, two threads",
        "seconds of processor time",
        "peak memory, GiB",
        "seconds to predict 10,000 rows",
        "accuracy",
    ]
    write_table("large_tables.csv", header, rows)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(*fit(int(sys.argv[1])), sep=";")
    else:
        main()
