"""Do jobs in worker processes, and lose nothing when a worker dies: `results(work, jobs, workers)`.

At most one job per worker is on its way, so a dead worker leaves few suspects. Each suspect is then done
again in a pool of one, where the next death names the guilty job: after two retries it yields a `Lost`, the
others their results. The executor is one of concurrent.futures; anything with the same `submit` can take its
place.
"""

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

from autograder import judge

RETRIES = 2
PRELOAD = ("autograder.steps", "autograder.feedback")


@dataclass(frozen=True)
class Lost:
    """No result: every worker that took the job died, or the job raised an error of the grader's own."""

    why: str
    attempts: int


def prepare_worker(coordinator: int) -> None:
    """In the worker: Ctrl-C is the coordinator's business, and no worker outlives the coordinator."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with, args=(coordinator,), daemon=True).start()
    judge.warm_up()


def end_with(process: int, seconds: float = 1.0) -> None:
    """End this process as soon as that one is gone. (A killed one cannot tell: its workers hold the pipe that
    their server watches, so server and workers would wait for each other for ever.)"""
    while True:
        try:
            os.kill(process, 0)
        except OSError:
            os._exit(1)
        time.sleep(seconds)


def local_executor(workers: int) -> Executor:
    """Worker processes of this machine, with the start method that lets each have a judge of its own, forked
    from a server that has imported what they need: a new worker is there at once."""
    judge.PRELOAD.extend(name for name in PRELOAD if name not in judge.PRELOAD)
    return ProcessPoolExecutor(workers, mp_context=judge.warm_up(), initializer=prepare_worker,
                               initargs=(os.getpid(),))


def results(work: Callable[[Any], Any], jobs: Iterable[Any], workers: int, seconds: float | None = None,
            executor: Callable[[int], Executor] = local_executor) -> Iterator[tuple[Any, Any]]:
    """Yield (job, work(job)) in the order in which they get ready; a `Lost` in place of a result that never
    came.

    `work` and the jobs cross to other processes. `seconds` is how long one job may take before its worker is
    killed as if it had died. Jobs whose worker died are done again, alone, at the end.
    """
    suspects: list[Any] = []
    yield from round_of(work, jobs, workers, seconds, executor, suspects)
    for job in suspects:
        yield job, alone(work, job, seconds, executor)


def round_of(work: Callable, jobs: Iterable[Any], workers: int, seconds: float | None,
             executor: Callable[[int], Executor], suspects: list[Any]) -> Iterator[tuple[Any, Any]]:
    """All jobs once; those whose worker died are put into `suspects`."""
    waiting = deque(jobs)
    pool, running, began = executor(workers), {}, {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                job = waiting.popleft()
                try:
                    future = pool.submit(work, job)
                except BrokenProcessPool:
                    waiting.appendleft(job)
                    break
                running[future], began[future] = job, time.monotonic()
            left = seconds and max(
                0.0, min((began[f] for f in running), default=0.0) + seconds - time.monotonic()
            )
            done = wait(running, timeout=left, return_when=FIRST_COMPLETED).done
            broken = not done
            for future in done:
                job = running.pop(future)
                if isinstance(future.exception(), BrokenProcessPool):
                    suspects.append(job)
                    broken = True
                else:
                    yield job, outcome(future)
            if broken:
                stop(pool)
                suspects.extend(running.values())
                pool, running = executor(workers), {}
    except BaseException:
        stop(pool)
        raise
    pool.shutdown()


def alone(work: Callable, job: Any, seconds: float | None, executor: Callable[[int], Executor]) -> Any:
    """Do one job in a pool of its own, again when the worker dies."""
    for _ in range(RETRIES):
        pool = executor(1)
        try:
            future = pool.submit(work, job)
            if wait([future], timeout=seconds).done and not isinstance(future.exception(), BrokenProcessPool):
                return outcome(future)
        finally:
            stop(pool)
    return Lost("the grading process died or did not come back", RETRIES + 1)


def outcome(future: Future) -> Any:
    """The result; an exception, which is a mistake of the grader's and not the student's, becomes a Lost."""
    error = future.exception()
    if error is None:
        return future.result()
    return Lost(f"the grader failed: {type(error).__name__}: {error}"[:500], 1)


def stop(pool: Executor) -> None:
    """End a pool at once, without waiting for what it is doing."""
    processes = list((getattr(pool, "_processes", None) or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.kill()
    for process in processes:
        process.join(5)
