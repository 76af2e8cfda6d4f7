"""Packages that one part alone needs, each installed by an extra of its own."""

from importlib import import_module
from typing import Any

__all__ = ["import_extra"]


def import_extra(module: str, extra: str, wanted_by: str) -> Any:
    """Import a module where it is used; where it is missing, say how to install it."""
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise ImportError(f"{wanted_by} needs {package}: pip install 'skmlp[{extra}]'") from error
