"""The version of the package, and what it runs on."""

import sklearn

from skmlp.compiled import DESCRIPTION

__all__ = ["__version__", "show_versions"]

__version__ = "0.1.0"


def show_versions() -> None:
    """Print what to say in a report of a bug: versions, and whether the passes are compiled.

    The element-wise passes of a training step are compiled, or NumPy's where skmlp was
    installed without a C compiler or the environment variable ``SKMLP_PURE`` is 1. What follows
    is what :func:`sklearn.show_versions` prints.

    Examples
    --------
    >>> import skmlp
    >>> skmlp.show_versions()  # doctest: +ELLIPSIS
    <BLANKLINE>
    skmlp:
       version: ...
        passes: ...
    <BLANKLINE>
    System:
    ...
    """
    print(f"\nskmlp:\n   version: {__version__}\n    passes: {DESCRIPTION}")
    sklearn.show_versions()
