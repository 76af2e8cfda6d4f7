"""Actors on the workers, which are called until each has returned a result."""

import asyncio
import pickle
import time
from concurrent.futures import CancelledError, wait
from contextlib import contextmanager

import dask
from distributed.protocol import to_serialize

from skmlp.dask.shard import PROTOCOL, Shard

__all__ = ["POLL_SECONDS", "Actors", "is_closed", "keeping_a_worker", "wait_for_a_worker"]

# Seconds between checks whether a worker that has not answered yet is still running.
POLL_SECONDS = 1.0

# Seconds to wait for a worker if there is none, and for a scheduler that does not answer.
TIMEOUT_SECONDS = 60.0


class Actors:
    """One actor for each worker's rows. An actor that is lost is recreated on another worker.

    Parameters
    ----------
    client : distributed.Client
        The cluster.
    parts : list of Delayed
        The partitions of a table.
    assignments : list of tuple (str, list of int)
        For each actor, the address of a worker, and the indices of its partitions.
    """

    def __init__(self, client, parts, assignments):
        self.client = client
        self.parts = parts
        self.assignments = assignments
        self._preparations = {}
        self._ready = [None] * len(assignments)
        self._worker_of = [worker for worker, _ in assignments]
        self._futures = [self._send(g) for g in range(len(assignments))]

    def _send(self, g):
        worker, numbers = self._worker_of[g], self.assignments[g][1]
        rows = dask.delayed(Shard, pure=False)(numbers, *(self.parts[k] for k in numbers))
        # Only the actor is assigned to a worker. Its partitions may be loaded anywhere: otherwise
        # they would be lost with the worker. dask.annotate would also assign those that are arrays.
        (layer,) = rows.__dask_layers__()
        rows.dask.layers[layer].annotations = (
            {} if worker is None else {"workers": [worker], "allow_other_workers": True}
        )
        with dask.config.set(LARGE_GRAPH):
            return self.client.compute(rows, actors=True, optimize_graph=False)

    def _send_anywhere(self, g):
        self._worker_of[g] = None
        self._futures[g] = self._send(g)

    def prepare(self, role, questions):
        """Prepare actors for a role, and any that replace them later."""
        self._preparations[role] = questions
        self.ask("prepare", questions)

    def ask(self, method, questions):
        """Call a method of some actors.

        Parameters
        ----------
        method : str
            Name of a method of ``Shard``.
        questions : dict of int to tuple
            Arguments for each actor that is called.

        Returns
        -------
        answers : list
            The results, in the order of the questions.

        Raises
        ------
        RuntimeError
            If the rows cannot be computed again, there is no worker, or the client is closed.
        """
        self._last_seen = time.monotonic()
        check_open(self.client)
        asking = asyncio.run_coroutine_threadsafe(
            self._ask(method, questions), self.client.loop.asyncio_loop
        )
        try:
            while not wait([asking], timeout=POLL_SECONDS).done:
                check_open(self.client)  # its event loop may have been stopped as well
            return asking.result()
        except BaseException as error:  # also Ctrl-C: the other answers are no longer needed
            asking.cancel()
            self.release()
            if isinstance(error, Exception):
                check_open(self.client)  # closing a client cancels its futures
            raise

    def release(self):
        """Release the rows on the workers."""
        if self.client.status == "running":
            self.client.cancel(self._futures)

    async def _ask(self, method, questions):
        answers = (self._answer(g, method, arguments) for g, arguments in questions.items())
        return await asyncio.gather(*answers)

    async def _answer(self, g, method, arguments):
        start = time.monotonic()
        while True:
            try:
                return await self._called(g, await self._actor(g), method, arguments)
            except LostError as error:
                self._ready[g] = None
                is_up = self._futures[g].status == "finished"
                if is_up and time.monotonic() - start > TIMEOUT_SECONDS:
                    raise RuntimeError(UNREACHABLE.format(self.assignments[g][0])) from error
                await asyncio.sleep(POLL_SECONDS / 10)  # until Dask has noticed

    async def _actor(self, g):
        if self._ready[g] is None:
            actor = await self._loaded(g)
            for questions in self._preparations.values():
                if g in questions:
                    await self._called(g, actor, "prepare", questions[g])
            self._ready[g] = actor
        return self._ready[g]

    async def _loaded(self, g):
        """Wait for an actor or its replacement; errors in its data are raised unchanged."""

        def has_lost_its_worker(workers):
            # Dask never moves it to a worker that joins later, although it may run elsewhere.
            return self._worker_of[g] is not None and self._worker_of[g] not in workers

        while True:
            try:
                return await self._watched(self._futures[g], has_lost_its_worker)
            except CancelledError as error:
                raise RuntimeError(f"{GONE} {error}") from error
            except LostError:
                self._send_anywhere(g)
            except RuntimeError as error:
                if LOST not in str(error):
                    raise
                self._send_anywhere(g)

    async def _called(self, g, actor, method, arguments):
        """Call a method of an actor; raise a LostError if its worker is gone."""

        def is_given_up(workers):
            return self._futures[g].status != "finished"

        # Directly on the worker, which Dask's actors do only if the client is set to do so for all
        # its messages. Through the scheduler, a step would take twice as long.
        worker = self.client.rpc(actor._address)
        question = to_serialize(pickle.dumps((method, arguments), PROTOCOL))
        call = worker.actor_execute(function="answer", actor=actor.key, args=[question], kwargs={})
        try:
            answer = await self._watched(call, is_given_up)
        except (OSError, KeyError) as error:  # the worker is gone, or another runs at its address
            raise LostError from error
        if answer["status"] == "OK":
            return pickle.loads(answer["result"])
        failure = answer["exception"]
        if isinstance(failure, RuntimeError) and CLOSING in str(failure):
            raise LostError from failure
        raise failure

    async def _watched(self, answer, is_lost):
        """Wait for an answer; raise a LostError if the worker is lost."""
        task = asyncio.ensure_future(answer)
        try:
            while not (await asyncio.wait([task], timeout=POLL_SECONDS))[0]:
                workers = await self._workers()
                if workers and is_lost(workers):
                    raise LostError("The worker does not answer, and Dask has given it up.")
            return task.result()
        finally:
            task.cancel()

    async def _workers(self):
        """Return the workers; raise a RuntimeError if there has been none for too long."""
        try:
            workers = await asyncio.wait_for(self.client.scheduler.ncores(), TIMEOUT_SECONDS)
        except OSError:
            workers = None
        if workers:
            self._last_seen = time.monotonic()
        elif time.monotonic() - self._last_seen > TIMEOUT_SECONDS:
            who = "The scheduler did not answer" if workers is None else "There was no worker"
            raise RuntimeError(NO_WORKER.format(who, TIMEOUT_SECONDS))
        return workers


@contextmanager
def keeping_a_worker(client):
    """Wait for a worker, and keep the cluster from scaling down to none.

    An adaptive cluster starts a worker only for a task, and keeps workers that hold the result of
    a task.
    """
    task = client.submit(int, pure=False)
    try:
        wait_for_a_worker(client)
        yield
    finally:
        task.release()


def wait_for_a_worker(client):
    """Wait until a cluster has a worker: one that has just been started may have none.

    Raises
    ------
    RuntimeError
        If there is none in time, the scheduler is gone, or the client is closed.
    """
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not _running_workers(client):
        if time.monotonic() > deadline:
            raise RuntimeError(NO_WORKER.format("There was no worker", TIMEOUT_SECONDS))
        time.sleep(POLL_SECONDS / 10)


def _running_workers(client):
    """Return the workers that take tasks, asking the scheduler.

    ``Client.wait_for_workers`` would overwrite the cluster object's record of its workers, and the
    cluster object then fails if it loses one at that moment.
    """
    check_open(client)
    try:
        return client.sync(client.scheduler.ncores_running)
    except OSError as error:
        raise RuntimeError(CLOSED) from error


def check_open(client):
    """Raise a RuntimeError if a client is closed, as it is after it has lost its scheduler."""
    if is_closed(client):
        raise RuntimeError(CLOSED)


def is_closed(client):
    """Check whether a client is closed, or being closed."""
    return client.status in ("closing", "closed")


class LostError(Exception):
    """The worker of an actor is gone, or cannot be reached."""


# Dask's message if the worker of an actor is gone.
LOST = "Worker holding Actor was lost"

# The message of a worker that is being closed.
CLOSING = "cannot schedule new futures after shutdown"

# Local data are sent to the workers in the graph, so that they are not lost with a worker.
LARGE_GRAPH = {"distributed.admin.large-graph-warning-threshold": "1 TiB"}

GONE = (
    "Rows of the table are lost, and Dask cannot recompute them: they were on a worker that is "
    "gone, and the graph does not have the tasks that created them, or the scheduler is gone. Pass "
    "data that can be loaded again, for example with dask.dataframe.read_parquet."
)

CLOSED = "The Dask client is closed, or the scheduler is gone: training needs both until it ends."

NO_WORKER = "{} for {:.0f} s."

UNREACHABLE = (
    "The worker at {} cannot be reached from the client, which connects to the workers directly: "
    "run fit on a machine that can reach them, such as one of the cluster."
)
