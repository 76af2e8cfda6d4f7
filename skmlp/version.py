"""The version of the package, and a report on its environment."""

import sklearn

from skmlp.compiled import DESCRIPTION

__all__ = ["__version__", "show_versions"]

__version__ = "0.1.0"


def show_versions() -> None:
    """Print the versions of skmlp and its dependencies, for bug reports.

    The line "passes" says whether the operations of a training step are compiled. They
    are computed with NumPy if skmlp was installed without a C compiler, or if the environment
    variable ``SKMLP_PURE`` is 1. The output of :func:`sklearn.show_versions` follows.

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
