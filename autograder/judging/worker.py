"""The resources of one grading process: a zygote, a judge forkserver, and the CPU that it is pinned to."""

import contextlib
import multiprocessing
import os
import threading
from collections.abc import Iterator

from autograder.judging import judge_forkserver
from autograder.judging.judge_forkserver import JudgeForkserver
from autograder.sandbox import cgroup, cpu_affinity, walls
from autograder.sandbox.zygote import Zygote

CURRENT = threading.local()


class Worker:
    """One for each thread that grades; a pool's worker has one thread. Its processes end with it.

    A new worker forks its judge forkserver from itself (`start`). Fork copies one thread and everything in memory, so
    this must come before the process has a second thread or has seen a submission: afterwards it raises RuntimeError.
    """

    def __init__(self):
        self.owner = os.getpid()
        self.cpu = cpu_affinity.UNPINNED
        self.group: cgroup.Group | None = None
        self._zygote: Zygote | None = None
        self._judges: JudgeForkserver | None = None

    def start(self, *, sandbox: bool) -> None:
        """In a new process: start the processes that take long to start. sandbox: the zygote too. Raises RuntimeError."""
        if self._zygote or self._judges or len(os.listdir("/proc/self/task")) > 1:
            raise RuntimeError(
                "Worker.start must come first in a process: it forks, and now there is a second thread "
                "or a submission's data"
            )
        self.group = cgroup.join() if sandbox else None
        self._judges = JudgeForkserver(multiprocessing.get_context("fork"))
        if sandbox:
            with contextlib.suppress(OSError, walls.NoWalls):  # the first submission raises it again and reports it
                self.zygote()

    def zygote(self) -> Zygote:
        """Started if necessary. Raises NoWalls, OSError."""
        if self._zygote is None:
            self._zygote = Zygote()
        return self._zygote

    def judges(self) -> JudgeForkserver:
        """Started if necessary, from multiprocessing's forkserver."""
        if self._judges is None:
            self._judges = JudgeForkserver(judge_forkserver.start_multiprocessing())
        return self._judges

    @contextlib.contextmanager
    def pinned(self) -> Iterator[None]:
        """For one submission: pin this thread, and so its kernel and judge, to a CPU that no other worker uses."""
        with cpu_affinity.pin_thread() as self.cpu:
            try:
                yield
            finally:
                self.cpu = cpu_affinity.UNPINNED


def current() -> Worker:
    """This thread's worker. A process forked from its owner gets one of its own."""
    worker = getattr(CURRENT, "worker", None)
    if worker is None or worker.owner != os.getpid():
        worker = CURRENT.worker = Worker()
    return worker
