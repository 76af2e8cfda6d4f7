"""Optional dependencies, each installed by an extra."""

from importlib import import_module
from typing import Any

__all__ = ["import_extra"]


def import_extra(module: str, extra: str, wanted_by: str) -> Any:
    """Import a module; if it is missing, raise an ImportError that says how to install it."""
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise ImportError(f"{wanted_by} needs {package}: pip install 'skmlp[{extra}]'") from error
