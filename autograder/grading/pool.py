"""Do jobs in worker processes, and lose nothing when a worker dies: `results(work, jobs, workers)`.

At most one job per worker is on its way, so a dead worker leaves few suspects. Each suspect is then done
again in a pool of one, where the next death names the guilty job: after two retries it yields a `Lost`, the
others their results.

The executor is one of concurrent.futures: worker processes here, or cluster.py. One that knows by itself which
job killed its worker (Died) and ends a job that takes too long has a method `room`: how many jobs it takes now.
"""

import contextlib
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from autograder.judging import prepared, server
from autograder.sandbox import walls, zygote
from autograder.grading.submission import WITH_WALLS, WITHOUT_WALLS

RETRIES = 2
RECONNECTS = 5  # without any result or suspect between them
TICK = 2.0


@dataclass(frozen=True)
class Lost:
    """No result: every worker that took the job died, or the job raised an error of the grader's own."""

    why: str
    attempts: int
    error: BaseException | None = field(default=None, compare=False)


class Gone(BrokenExecutor):
    """The whole executor went away (a cluster's scheduler), which is no job's fault."""


class Unfit(Exception):
    """A worker can do none of this run's work (another version, no walls); the message says why."""


class Died(Exception):
    """So many workers died that had this job."""

    def __init__(self, attempts: int):
        super().__init__(attempts)
        self.attempts = attempts


def prepare_worker(coordinator: int, steps: str = "") -> None:
    """In the worker: Ctrl-C is the coordinator's business, and no worker outlives the coordinator. What takes long
    to get ready for `steps` (submission.WITH_WALLS, ...) begins now."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if steps in (WITH_WALLS, WITHOUT_WALLS):
        prepared.settle()  # before there is a second thread
    threading.Thread(target=end_with, args=(coordinator,), daemon=True).start()
    if steps == WITH_WALLS:
        with contextlib.suppress(OSError, walls.NoWalls):  # the first submission meets it again, and has a word for it
            zygote.ours()


def end_with(process: int, seconds: float = 1.0) -> None:
    """End this process as soon as that one is gone. (A killed one cannot tell: its workers hold the pipe that
    their server watches, so server and workers would wait for each other for ever.)"""
    while True:
        try:
            os.kill(process, 0)
        except OSError:
            os._exit(1)
        time.sleep(seconds)


def local_executor(workers: int, steps: str = "") -> Executor:
    """Worker processes of this machine, forked from a server that has imported what they and their judges need: a
    new worker is there at once. steps: what they are to do with submissions, if they are."""
    return ProcessPoolExecutor(workers, mp_context=server.warm_up(server.WORKERS), initializer=prepare_worker,
                               initargs=(os.getpid(), steps))


@contextlib.contextmanager
def begun(workers: int, steps: str) -> Iterator[Callable[[int], Executor]]:
    """local_executor for `steps`, except that so many workers (0: none) begin now, and the first executor of
    that size has them."""
    unused = [local_executor(workers, steps)] if workers else []
    for pool in unused:
        for _ in range(workers):
            pool.submit(os.getpid)  # a process begins with its first job
    try:
        yield lambda number: unused.pop() if unused and number == workers else local_executor(number, steps)
    finally:
        for pool in unused:
            stop(pool)


def results(work: Callable[[Any], Any], jobs: Iterable[Any], workers: int, seconds: float | None = None,
            executor: Callable[[int], Executor] = local_executor) -> Iterator[tuple[Any, Any]]:
    """Yield (job, work(job)) in the order in which they get ready; a `Lost` in place of a result that never
    came.

    `work` and the jobs cross to other processes. `seconds` is how long one job may take before its worker is
    killed as if it had died. Jobs whose worker died are done again, alone, at the end. Jobs are taken from
    their iterable when there is room for them.

    Raises Gone when the executor went away and could not be had again, Unfit when a worker must not be used.
    """
    suspects: list[Any] = []
    yield from round_of(work, jobs, workers, seconds, executor, suspects)
    for job in suspects:
        yield job, alone(work, job, seconds, executor)


def round_of(work: Callable, jobs: Iterable[Any], workers: int, seconds: float | None,
             executor: Callable[[int], Executor], suspects: list[Any]) -> Iterator[tuple[Any, Any]]:
    """All jobs once; those whose worker died are put into `suspects`, those whose executor is gone are done
    again."""
    waiting, again = iter(jobs), deque()
    pool, running, began, idle, ready = executor(workers), {}, {}, 0, []
    try:
        while True:
            broken = fill(pool, work, waiting, again, running, began, workers)
            yield from ready  # now that the workers have something to do
            ready = []
            if not running and not again:
                break
            known = len(suspects)
            done = wait(running, timeout=patience(pool, running, began, seconds), return_when=FIRST_COMPLETED).done
            for future in done:
                job, error = running.pop(future), failure(future)
                del began[future]
                if isinstance(error, Unfit):
                    raise error
                if isinstance(error, Gone):
                    again.append(job)
                    broken = error
                elif isinstance(error, BrokenExecutor):
                    suspects.append(job)
                    broken = broken or error
                else:
                    idle = 0
                    ready.append((job, outcome(future)))
            if not done and overdue(pool, running, began, seconds):
                broken = TimeoutError()
            if broken:
                stop(pool)
                (again if isinstance(broken, Gone) else suspects).extend(running.values())
                idle = 0 if len(suspects) > known else idle + 1
                if idle > RECONNECTS:
                    raise broken
                pool, running, began = executor(workers), {}, {}
    except BaseException:
        stop(pool)
        raise
    pool.shutdown()


def fill(pool: Executor, work: Callable, waiting: Iterator, again: deque, running: dict, began: dict,
         workers: int) -> BaseException | None:
    """Submit jobs while there is room; the error when the executor takes none any more."""
    try:
        while len(running) < (pool.room() if hasattr(pool, "room") else workers):
            if not again:
                again.extend(islice(waiting, 1))
            if not again:
                return None
            future = pool.submit(work, again[0])
            running[future], began[future] = again.popleft(), time.monotonic()
    except BrokenExecutor as error:
        return error
    return None


def patience(pool: Executor, running: dict, began: dict, seconds: float | None) -> float | None:
    """How long to wait for the next result. An executor whose room changes is asked again now and then."""
    if hasattr(pool, "room"):
        return TICK
    return seconds and max(0.0, min((began[f] for f in running), default=0.0) + seconds - time.monotonic())


def overdue(pool: Executor, running: dict, began: dict, seconds: float | None) -> bool:
    """Has a job taken longer than it may? (An executor with `room` sees to that on the worker's machine.)"""
    late = seconds and any(began[f] + seconds <= time.monotonic() for f in running)
    return bool(late) and not hasattr(pool, "room")


def alone(work: Callable, job: Any, seconds: float | None, executor: Callable[[int], Executor]) -> Any:
    """Do one job in a pool of its own, again when the worker dies."""
    for _ in range(RETRIES):
        pool = executor(1)
        try:
            future = pool.submit(work, job)
            if wait([future], timeout=seconds).done and not isinstance(failure(future), BrokenExecutor):
                return outcome(future)
        except BrokenExecutor:
            pass
        finally:
            stop(pool)
    return Lost("the grading process died or did not come back", RETRIES + 1)


def failure(future: Future) -> BaseException | None:
    """The error of a future that is done, None for one with a result."""
    return Gone("it was given up") if future.cancelled() else future.exception()


def outcome(future: Future) -> Any:
    """The result; an exception, which is a mistake of the grader's and not the student's, becomes a Lost."""
    error = failure(future)
    if error is None:
        return future.result()
    if isinstance(error, Died):
        return Lost("the grading process died or did not come back", error.attempts)
    return Lost(f"the grader failed: {type(error).__name__}: {error}"[:500], 1, error)


def stop(pool: Executor) -> None:
    """End a pool at once, without waiting for what it is doing."""
    processes = list((getattr(pool, "_processes", None) or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.kill()
    for process in processes:
        process.join(5)
