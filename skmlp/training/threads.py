"""Limit BLAS to one thread for small matrix products.

Below some 10 Mflop, a product takes longer on two threads than on one, and much longer if other
processes use the cores. The number of threads is a setting of the whole process: it is lowered
while any fit or prediction needs that, and restored when the last one ends. The limits of
threadpoolctl cannot overlap: with two fits in two Python threads, the first to end would restore
the number while the other still runs, and the second would then set one thread permanently.
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

# Minimum number of floating-point operations of a product that is faster on several threads.
WORTH_SHARING = 1e7

# Up to this number of multiplications, OpenBLAS from 0.3.27 on uses one thread by itself.
TINY = 2**18


class OneThread:
    """Context manager that limits BLAS to one thread.

    Examples
    --------
    >>> from skmlp.training.threads import OneThread
    >>> with OneThread():
    ...     pass
    """

    def __enter__(self) -> None:
        with _lock:
            if not _holders:
                _restore()  # if the last exit was interrupted
                _limit()
            _holders.add(self)

    def __exit__(self, *error: object) -> None:
        with _lock:
            _holders.discard(self)
            if not _holders:
                _restore()


# Reentrant: after a Ctrl-C while it is being acquired, the main thread may still hold it.
_lock = threading.RLock()
# Weak, so that a holder whose exit was interrupted does not count forever.
_holders: weakref.WeakSet[OneThread] = weakref.WeakSet()
# The libraries that are limited, and the number of threads to restore in each.
_original: list[tuple[Any, int]] = []


def _forget_other_threads():
    """Reset the lock and the limit in a forked process, which lacks the threads that hold them."""
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
    # From threadpoolctl 3.8 on, only the first Python thread that set a number can set it again:
    # another thread, which may be the last to exit, could not restore it.
    if hasattr(library, "clear_controlling_thread"):
        library.clear_controlling_thread()


def available_threads() -> int:
    """Return the number of threads that BLAS may use.

    It respects OMP_NUM_THREADS, limits of threadpoolctl, and those of the workers of a search.
    """
    return max((library.get_num_threads() for library in _libraries()), default=1)


def threads_for_products(n_rows: int, layer_sizes: Sequence[int]) -> AbstractContextManager[None]:
    """Return `threads_for`, or a context without effect if there are only tiny products."""
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
    ...     pass  # products of at most 2.6 Mflop, on one thread
    """
    if 2.0 * n_rows * _largest_matrix(layer_sizes) >= WORTH_SHARING:
        return nullcontext()
    return OneThread()
