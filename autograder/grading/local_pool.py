"""WorkerProcess processes of this machine: a pool (pool.py) in which each worker has a pipe of its own.

A dead worker thus names its job and breaks nothing that others use. (A pool whose workers share one pipe, such as
concurrent.futures' or pebble's, breaks or hangs when a worker is killed while it sends a result.)
"""

import contextlib
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkContext, ForkServerContext
from multiprocessing.process import BaseProcess
from typing import Any

from autograder.grading.pool import RETRIES, Died, Pool
from autograder.judging import judge_forkserver
from autograder.judging import worker as workers
from autograder.sandbox.fair_clock import waiting_seconds

IMPORTS = (
    "autograder.grading.local_pool",
    "autograder.grading.submission",
)  # of the server that workers are forked from
NOTHING = object()  # an idle worker's job
END_SECONDS = 5.0  # for an idle worker to end by itself, with what it has started


@dataclass
class WorkerProcess:
    process: BaseProcess
    pipe: Connection
    job: Any = NOTHING
    began: float = 0.0
    waited: float = 0.0  # seconds for a CPU, before the job began
    deadline: float = float("inf")

    def is_overdue(self, seconds: float) -> bool:
        """Whether the job has taken so many seconds, without those that the process waited for a CPU. Moves the deadline."""
        if time.monotonic() < self.deadline:
            return False
        waited = max(0.0, waiting_seconds(self.process.pid or 0) - self.waited)
        self.deadline = self.began + seconds + waited
        return time.monotonic() >= self.deadline


class LocalPool:
    """size: workers. isolation: how they run submissions ("walls", "none"), None when they do something else.
    seconds: what one job may take, not counting waits for a CPU; then its worker is killed as if it had died.
    retry_overdue: whether such a job is done again. context: multiprocessing's; workers are forked from a server that has imported what they and their judges need,
    so that a new worker is there at once."""

    def __init__(
        self,
        size: int,
        *,
        isolation: str | None = None,
        seconds: float = float("inf"),
        retry_overdue: bool = True,
        context: ForkContext | ForkServerContext | None = None,
    ):
        self.isolation, self.seconds = isolation, seconds
        self.umask = current_umask()
        self.overdue = Died(1 if retry_overdue else RETRIES + 1)
        self.context = context or judge_forkserver.start_multiprocessing(*IMPORTS)
        self.workers = [self.start() for _ in range(size)]

    def start(self) -> WorkerProcess:
        ours, theirs = self.context.Pipe()
        process = self.context.Process(target=serve, args=(theirs, os.getpid(), self.isolation, self.umask))
        process.start()
        theirs.close()
        return WorkerProcess(process, ours)

    def room(self) -> int:
        return sum(worker.job is NOTHING for worker in self.workers)

    def submit(self, work: Callable[[Any], Any], job: Any) -> None:
        worker = next(worker for worker in self.workers if worker.job is NOTHING)
        if not worker.process.is_alive():  # it was killed while it had nothing to do
            worker = self.replace(worker)
        worker.job, worker.began, worker.waited = job, time.monotonic(), waiting_seconds(worker.process.pid or 0)
        worker.deadline = worker.began + self.seconds
        with contextlib.suppress(OSError):  # it has just been killed: `finished` says so
            worker.pipe.send_bytes(pickle.dumps((work, job)))

    def finished(self, seconds: float) -> list[tuple[Any, Any, Exception | None]]:
        busy = [worker for worker in self.workers if worker.job is not NOTHING]
        left = min([worker.deadline for worker in busy], default=0.0) - time.monotonic()
        ready = wait(
            [end for worker in busy for end in (worker.pipe, worker.process.sentinel)], max(0.0, min(seconds, left))
        )
        ended = []
        for worker in busy:
            if worker.pipe in ready or worker.process.sentinel in ready or worker.is_overdue(self.seconds):
                ended.append((worker.job, *self.take(worker)))
        return ended

    def take(self, worker: WorkerProcess) -> tuple[Any, Exception | None]:
        """What a worker sent, or Died; the worker then has no job, or is a new one."""
        try:
            if worker.pipe.poll():
                result, error = pickle.loads(
                    worker.pipe.recv_bytes()
                )  # from our own process, which ran no student's code
                worker.job, worker.deadline = NOTHING, float("inf")
                return result, error
        except (OSError, EOFError):
            pass
        overdue = worker.process.is_alive()
        self.replace(worker)
        return None, self.overdue if overdue else Died()

    def replace(self, worker: WorkerProcess) -> WorkerProcess:
        kill([worker])
        self.workers[self.workers.index(worker)] = new = self.start()
        return new

    def close(self) -> None:
        for worker in self.workers:
            worker.pipe.close()
        for worker in self.workers:
            if worker.job is NOTHING:
                worker.process.join(END_SECONDS)  # it ends its zygote and its judges first
        kill(self.workers)
        self.workers = []


def current_umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def kill(workers: list[WorkerProcess]) -> None:
    for worker in workers:
        worker.process.kill()
    for worker in workers:
        worker.process.join()
        worker.pipe.close()


@contextlib.contextmanager
def started_early(size: int, **options: Any) -> Iterator[Callable[[int], Pool]]:
    """LocalPool with these options, except that `size` workers (0: none) start now and the first pool of that size
    has them."""
    unused = [LocalPool(size, **options)] if size else []
    try:
        yield lambda number: unused.pop() if unused and number == size else LocalPool(number, **options)
    finally:
        for pool in unused:
            pool.close()


# -- in a worker


def serve(pipe: Connection, coordinator: int, isolation: str | None, umask: int) -> None:
    """Do one job after the other until the pipe closes."""
    os.umask(0o022 if isolation else umask)  # the sandbox's folders are for another user, pages for the class's readers
    prepare_worker(coordinator, isolation)
    while True:
        try:
            message = pipe.recv_bytes()
        except EOFError:
            return
        answer: tuple[Any, Exception | None]
        try:
            work, job = pickle.loads(message)
            answer = work(job), None
        except Exception as error:
            answer = None, sendable(error)
        with contextlib.suppress(BrokenPipeError):
            pipe.send_bytes(pickle.dumps(answer))


def sendable(error: Exception) -> Exception:
    """The error itself if it survives a pipe, else its text."""
    try:
        return pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")


def prepare_worker(coordinator: int, isolation: str | None) -> None:
    """Leave Ctrl-C to the coordinator, end with it, and start now what the first submission needs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if isolation:
        workers.current().start(sandbox=isolation == "walls")  # before there is a second thread
    threading.Thread(target=end_with, args=(coordinator,), daemon=True).start()


def end_with(process: int, seconds: float = 1.0) -> None:
    """End this process as soon as that one is gone: a worker that grades does not see that its pipe has closed."""
    while True:
        try:
            os.kill(process, 0)
        except OSError:
            os._exit(1)
        time.sleep(seconds)
