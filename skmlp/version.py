"""The version of the package, and a report on its environment."""

import sklearn

from skmlp.compiled import DESCRIPTION

__all__ = ["__version__", "show_versions"]

__version__ = "0.1.0"


def show_versions() -> None:
    """Print debugging information for bug reports: versions, and whether the passes are compiled.

    The element-wise passes of a training step are compiled, or NumPy's if skmlp was installed
    without a C compiler or the environment variable ``SKMLP_PURE`` is 1. Then the output of
    :func:`sklearn.show_versions` follows.

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
