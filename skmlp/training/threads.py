"""BLAS threads: one for products too small to share out.

Below some 10 Mflop a product takes longer on two threads than on one, and far longer when
other processes want the cores. The number of threads is a setting of the whole process, so
it is lowered while any fit or prediction wants it low, and given back when the last is done.
"""

import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from itertools import pairwise

from threadpoolctl import ThreadpoolController

__all__ = ["one_thread", "threads_for", "threads_for_products"]

# Floating-point operations of a product from which on BLAS gains by more threads.
WORTH_SHARING = 1e7

# Seconds to wait for the lock, which is held for microseconds, unless the whole machine halts.
PATIENCE = 10.0


class _Holder:
    """Wants one thread for as long as it is among the holders."""


_lock = threading.Lock()
_limiter = None
# Weak, so that a holder whose leave was interrupted does not count for ever.
_holders: weakref.WeakSet[_Holder] = weakref.WeakSet()


@contextmanager
def _alone():
    """Hold the lock; or a new one, where an interruption kept the last from being given back."""
    global _lock
    while not (lock := _lock).acquire(timeout=PATIENCE):
        if _lock is lock:
            _lock = threading.Lock()
    try:
        yield
    finally:
        lock.release()


@cache
def _controller():
    return ThreadpoolController()


# Entries of a matrix below which OpenBLAS multiplies it by a row on one thread by itself.
TINY = 9216


def threads_for_products(n_rows: int, layer_sizes: Sequence[int]) -> AbstractContextManager[None]:
    """Do as `threads_for`, which is not needed where there are tiny products and nothing else."""
    if n_rows * _largest_matrix(layer_sizes) < TINY:
        return nullcontext()
    return threads_for(n_rows, layer_sizes)


def _largest_matrix(layer_sizes):
    return max(n_in * n_out for n_in, n_out in pairwise(layer_sizes))


def threads_for(n_rows: int, layer_sizes: Sequence[int]) -> AbstractContextManager[None]:
    """Hold BLAS to the threads that suit the largest product of a step over `n_rows` rows.

    Examples
    --------
    >>> from skmlp.training.threads import threads_for
    >>> with threads_for(200, (64, 100, 10)):
    ...     pass  # products of 2.6 Mflop at most, on one thread
    """
    if 2.0 * n_rows * _largest_matrix(layer_sizes) >= WORTH_SHARING:
        return nullcontext()
    return one_thread()


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold BLAS to one thread."""
    holder = _Holder()
    try:
        _enter_single(holder)
        yield
    finally:
        _leave_single(holder)


def _enter_single(holder):
    global _limiter
    with _alone():
        if not _holders:
            _give_back()  # where the last leave was interrupted
            _limiter = _controller().limit(limits=1, user_api="blas")
        _holders.add(holder)


def _leave_single(holder):
    with _alone():
        _holders.discard(holder)
        if not _holders:
            _give_back()


def _give_back():
    global _limiter
    if _limiter is not None:
        _limiter.restore_original_limits()
        _limiter = None
