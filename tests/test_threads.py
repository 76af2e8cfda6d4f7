import itertools
import sys
import threading
from contextlib import ExitStack

import pytest
from threadpoolctl import threadpool_info

from skmlp.training.threads import threads_for

SMALL = (200, (64, 100, 10))


def n_threads():
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


@pytest.fixture(autouse=True)
def unchanged_afterwards():
    before = n_threads()
    yield
    assert n_threads() == before


def test_one_thread_for_small_products():
    with threads_for(*SMALL):
        assert set(n_threads()) == {1}


def test_large_products_keep_the_setting():
    before = n_threads()
    with threads_for(4096, (784, 1024, 10)):
        assert n_threads() == before


def test_given_back_after_an_error():
    with pytest.raises(RuntimeError), threads_for(*SMALL):
        raise RuntimeError


def test_overlapping_uses_give_back_after_the_last():
    before = n_threads()
    first, second = ExitStack(), ExitStack()
    first.enter_context(threads_for(*SMALL))
    second.enter_context(threads_for(*SMALL))
    first.close()
    assert set(n_threads()) == {1}
    second.close()
    assert n_threads() == before


class InterruptAt:
    """Raises in the n-th line of the module that is run."""

    def __init__(self, n):
        self.left = n

    def __call__(self, frame, event, argument):
        if frame.f_globals.get("__name__") != threads_for.__module__:
            return None
        if event == "line":
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
        return self


def test_an_interruption_in_any_line_loses_no_threads_and_blocks_nobody():
    before, trace = n_threads(), sys.gettrace()
    for n in itertools.count(1):
        interrupt = InterruptAt(n)
        try:
            sys.settrace(interrupt)
            with threads_for(*SMALL):
                pass
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(trace)
        with threads_for(*SMALL):
            assert set(n_threads()) == {1}
        assert n_threads() == before
        if interrupt.left > 0:
            break
    assert n > 15


def test_uses_in_many_python_threads():
    def use():
        for _ in range(50):
            with threads_for(*SMALL):
                pass

    workers = [threading.Thread(target=use) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
