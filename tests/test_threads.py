import itertools
import os
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress

import pytest
from conftest import InterruptAfter
from threadpoolctl import threadpool_info, threadpool_limits

from skmlp.training import threads
from skmlp.training.threads import threads_for, threads_for_products

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


def test_tiny_products_keep_the_setting():
    before = n_threads()
    with threads_for_products(4, (100, 256, 256, 10)):
        assert n_threads() == before
    with threads_for_products(5, (100, 256, 256, 10)):
        assert set(n_threads()) == {1}


def test_other_pools_than_those_of_blas_are_left_alone():
    def others():
        return [pool for pool in threadpool_info() if pool["user_api"] != "blas"]

    before = others()
    with threads_for(*SMALL):
        assert others() == before


@pytest.mark.parametrize("sizes", [(3, 2, 5, 4), (4, 5, 3), (20, 1)], ids=str)
def test_a_product_is_shared_from_a_number_of_operations_on(monkeypatch, sizes):
    """The largest layer has 20 weights: 7 rows need 280 multiplications and additions."""
    before = n_threads()
    monkeypatch.setattr(threads, "WORTH_SHARING", 280)
    with threads_for(7, sizes):
        assert n_threads() == before
    monkeypatch.setattr(threads, "WORTH_SHARING", 281)
    with threads_for(7, sizes):
        assert set(n_threads()) == {1}


def test_threads_are_restored_after_an_error():
    with pytest.raises(RuntimeError), threads_for(*SMALL):
        raise RuntimeError


def test_overlapping_uses_restore_the_threads_after_the_last():
    before = n_threads()
    first, second = ExitStack(), ExitStack()
    first.enter_context(threads_for(*SMALL))
    second.enter_context(threads_for(*SMALL))
    first.close()
    assert set(n_threads()) == {1}
    second.close()
    assert n_threads() == before


def test_another_python_thread_may_be_the_last_to_leave():
    before = n_threads()
    entered, leave = threading.Event(), threading.Event()

    def use():
        with threads_for(*SMALL):
            entered.set()
            leave.wait()

    worker = threading.Thread(target=use)
    with threads_for(*SMALL):
        worker.start()
        entered.wait()
    assert set(n_threads()) == {1}
    leave.set()
    worker.join()
    assert n_threads() == before


def test_another_python_thread_may_set_the_threads_afterwards():
    def use():
        with threadpool_limits(limits=1, user_api="blas"):
            found.append(set(n_threads()))

    found = []
    with threads_for(*SMALL):
        pass
    worker = threading.Thread(target=use)
    worker.start()
    worker.join()
    assert found == [{1}]


def test_an_interruption_in_any_line_restores_the_threads_without_deadlock():
    before = n_threads()
    for n in itertools.count(1):
        interruption = InterruptAfter(n)
        with suppress(KeyboardInterrupt), interruption, threads_for(*SMALL):
            pass
        with threads_for(*SMALL):
            assert set(n_threads()) == {1}
        assert n_threads() == before
        if interruption.left > 0:  # all lines have been interrupted
            break
    assert n > 15


def test_a_setting_changed_between_uses_is_restored():
    with threads_for(*SMALL):
        pass
    with threadpool_limits(limits=1, user_api="blas"):
        before = n_threads()
        with threads_for(*SMALL):
            pass
        assert n_threads() == before


FORK = """
import os, threading
from threadpoolctl import threadpool_info, threadpool_limits
from skmlp.training import threads

def n_threads():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

def hold():
    with threads.OneThread(), threads._lock:  # as where it is entered at this moment
        held.set()
        leave.wait()

threadpool_limits(limits=2, user_api="blas")
held, leave = threading.Event(), threading.Event()
holder = threading.Thread(target=hold)
holder.start()
held.wait()
child = os.fork()
if child == 0:
    with threads.OneThread():
        one = n_threads() == {1}
    os._exit(not (one and n_threads() == {2}))
code = os.waitpid(child, 0)[1]
leave.set()
holder.join()
print(code, n_threads())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="POSIX only")
def test_a_forked_process_does_not_wait_for_threads_that_it_does_not_have():
    code = [sys.executable, "-W", "ignore", "-c", FORK]
    result = subprocess.run(code, capture_output=True, text=True, timeout=60)
    assert result.stdout.strip() == "0 {2}", result.stderr


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
