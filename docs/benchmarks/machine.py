"""Description of the machine and of the package versions that a benchmark ran on."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from threadpoolctl import threadpool_info

import skmlp
from skmlp.compiled import DESCRIPTION


def _processor():
    try:
        with open("/proc/cpuinfo") as file:
            names = [line.partition(":")[2].strip() for line in file if "model name" in line]
        return names[0]
    except (OSError, IndexError):
        return platform.processor()


def _versions(others):
    for name in ("numpy", "scipy", "scikit-learn", "torch", "skorch", *others):
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            continue


def describe_machine(*others):
    """Return the processor, the number of cores, the versions, and the BLAS, as one sentence.

    Parameters
    ----------
    *others : str
        Names of further packages whose versions to include.
    """
    blas = {
        f"{pool['internal_api']} {pool['version']} ({pool.get('architecture', 'unknown')} kernels, "
        f"{pool['num_threads']} threads)"
        for pool in threadpool_info()
        if pool["user_api"] == "blas"
    }
    return (
        f"{_processor()}, {os.cpu_count()} cores; Python {platform.python_version()}, "
        f"skmlp {skmlp.__version__} (passes: {DESCRIPTION}), "
        f"{', '.join(_versions(others))}; BLAS: {', '.join(sorted(blas))}."
    )


def record_machine(name, *others):
    """Print the description of the machine, and write it to the file `name` in this folder."""
    description = describe_machine(*others)
    print(description)
    Path(__file__).with_name(name).write_text(description + "\n")
