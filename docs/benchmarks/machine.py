"""What the benchmarks ran on, in a few lines."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version

from threadpoolctl import threadpool_info


def _processor():
    try:
        with open("/proc/cpuinfo") as file:
            names = [line.partition(":")[2].strip() for line in file if "model name" in line]
        return names[0]
    except (OSError, IndexError):
        return platform.processor()


def _versions():
    for name in ("numpy", "scipy", "scikit-learn", "torch", "skorch"):
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            continue


def describe_machine():
    """Name the processor, the cores, the BLAS and the versions."""
    blas = {
        f"{pool['internal_api']} {pool['version']} ({pool.get('architecture', 'unknown')} kernels, "
        f"{pool['num_threads']} threads)"
        for pool in threadpool_info()
        if pool["user_api"] == "blas"
    }
    return (
        f"{_processor()}, {os.cpu_count()} cores; Python {platform.python_version()}, "
        f"{', '.join(_versions())}; BLAS: {', '.join(sorted(blas))}"
    )
