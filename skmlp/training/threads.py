"""BLAS threads: one for products too small to share out.

Below some 10 Mflop a product takes longer on two threads than on one, and far longer when
other processes want the cores. The number of threads is a setting of the whole process, so
it is lowered while any fit or prediction wants it low, and restored when the last is done.
threadpoolctl's own limits do not overlap: of two fits in two Python threads, the first to end
would restore the number while the other still runs, and the second set one for good.
"""

import os
import threading
import weakref
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from itertools import pairwise
from typing import Any

from threadpoolctl import ThreadpoolController

__all__ = ["OneThread", "available_threads", "threads_for", "threads_for_products"]

# Floating-point operations of a product from which on BLAS gains by more threads.
WORTH_SHARING = 1e7

# Multiplications of a product up to which OpenBLAS, from 0.3.27 on, takes one thread by itself.
TINY = 2**18


class OneThread:
    """Limits BLAS to one thread while it is entered.

    Examples
    --------
    >>> from skmlp.training.threads import OneThread
    >>> with OneThread():
    ...     pass
    """

    def __enter__(self) -> None:
        with _lock:
            if not _holders:
                _restore()  # where the last exit was interrupted
                _limit()
            _holders.add(self)

    def __exit__(self, *error: object) -> None:
        with _lock:
            _holders.discard(self)
            if not _holders:
                _restore()


# Reentrant: a Ctrl-C in the moment in which it is acquired may leave it with the main thread.
_lock = threading.RLock()
# Weak, so that a holder whose exit was interrupted does not count for ever.
_holders: weakref.WeakSet[OneThread] = weakref.WeakSet()
# The libraries that are limited, and the number of threads to restore in each.
_original: list[tuple[Any, int]] = []


def _forget_other_threads():
    """Forget, in a forked process, who holds the lock and the limit in threads it does not have."""
    global _lock, _holders
    _lock, _holders = threading.RLock(), weakref.WeakSet()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_other_threads)


@cache
def _libraries():
    return ThreadpoolController().select(user_api="blas").lib_controllers


def _limit():
    global _original
    numbers = [(library, library.get_num_threads()) for library in _libraries()]
    _original = [(library, n_threads) for library, n_threads in numbers if n_threads != 1]
    for library, _ in _original:
        _set_threads(library, 1)


def _restore():
    global _original
    for library, n_threads in _original:
        _set_threads(library, n_threads)
    _original = []


def _set_threads(library, n_threads):
    library.set_num_threads(n_threads)
    # From threadpoolctl 3.8 on, the Python thread that was the first to set a number is the only
    # one that can: another, which may be the last to exit, could not restore it.
    if hasattr(library, "clear_controlling_thread"):
        library.clear_controlling_thread()


def available_threads() -> int:
    """Return the number of threads that BLAS may use.

    It follows OMP_NUM_THREADS, the limits by threadpoolctl, and those of the workers of a search.
    """
    return max((library.get_num_threads() for library in _libraries()), default=1)


def threads_for_products(n_rows: int, layer_sizes: Sequence[int]) -> AbstractContextManager[None]:
    """Do as `threads_for`, which is not needed where there are tiny products and nothing else."""
    if n_rows * _largest_matrix(layer_sizes) <= TINY:
        return nullcontext()
    return threads_for(n_rows, layer_sizes)


def _largest_matrix(layer_sizes):
    return max(n_in * n_out for n_in, n_out in pairwise(layer_sizes))


def threads_for(n_rows: int, layer_sizes: Sequence[int]) -> AbstractContextManager[None]:
    """Limit BLAS to the threads that suit the largest product of a step over `n_rows` rows.

    Examples
    --------
    >>> from skmlp.training.threads import threads_for
    >>> with threads_for(200, (64, 100, 10)):
    ...     pass  # products of 2.6 Mflop at most, on one thread
    """
    if 2.0 * n_rows * _largest_matrix(layer_sizes) >= WORTH_SHARING:
        return nullcontext()
    return OneThread()
