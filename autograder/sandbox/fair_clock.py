"""Time limits that a busy machine cannot make stricter.

A cell or a test is charged the time that passed minus the time that its process was ready to run and waited for a CPU
(/proc/PID/schedstat), but at least the CPU time of the whole process tree. So sleeping counts, other submissions do
not, and a student's own background processes do. Wall time is only a backstop.
"""

import os
import time
from collections.abc import Iterable

BACKSTOP, MIN_BACKSTOP = 10, 60.0  # times the limit, in wall time, and at least so many seconds
FIRST_LOOK = 0.5  # seconds after which the CPU time of process trees begins to count
SHORT = 0.1  # seconds; what took less is never looked at
CHECK_SECONDS = 0.25  # between two looks at /proc after the limit has passed in wall time
TICKS = os.sysconf("SC_CLK_TCK")


class Starved(TimeoutError):
    """The machine was too busy: the backstop passed, and the processes had got less CPU time than the limit."""

    code = "starved"  # of the WireError that it becomes


class FairClock:
    """Runs from its creation. limit: seconds. pids: processes that take turns, whose main threads do the work.
    roots: processes whose CPU time, with all their descendants', counts. serving: this thread works for the processes
    meanwhile, on their CPU, so its CPU time counts, too (a cell can print more than we can read in the same time)."""

    def __init__(self, limit: float, *, pids: Iterable[int], roots: Iterable[int] = (), serving: bool = False):
        self.limit, self.pids, self.roots, self.serving = limit, tuple(pids), tuple(roots), serving
        self.began, self.own_before = time.monotonic(), time.thread_time()
        self.waited = sum(map(waiting_seconds, self.pids))
        self.used_before: float | None = None  # CPU time of the trees, as of FIRST_LOOK

    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def charged(self) -> float:
        """Seconds charged so far, after FIRST_LOOK."""
        return max(self.without_waiting(), self.cpu_used())

    def without_waiting(self) -> float:
        """The time that passed minus the time that the processes have waited for a CPU, except for our own work."""
        waited = sum(map(waiting_seconds, self.pids)) - self.waited - self.own_used()
        return self.elapsed() - max(0.0, waited)

    def cpu_used(self) -> float:
        return sum(map(cpu_seconds, self.roots)) + self.own_used() - (self.used_before or 0.0)

    def own_used(self) -> float:
        return time.thread_time() - self.own_before if self.serving else 0.0

    def spent(self) -> float:
        """Seconds to charge for what is done now: wall time if it was short, which needs no look at /proc."""
        return self.elapsed() if self.used_before is None else self.charged()

    def waits(self) -> float:
        """Of the seconds `spent`, those that the processes have waited for a CPU: 0 where `spent` leaves them out, and for
        what was so short that it costs no look at /proc."""
        if self.used_before is not None or self.elapsed() < SHORT:
            return 0.0
        return self.elapsed() - self.without_waiting()

    def remaining(self) -> float:
        """Seconds after which the limit may have been reached: wait so long, then ask again.

        Raises TimeoutError when the limit has been reached, Starved at the backstop.
        """
        elapsed = self.elapsed()
        if self.used_before is None:  # most cells and tests end before, and cost no walk through the process trees
            if elapsed < min(FIRST_LOOK, self.limit):
                return min(FIRST_LOOK, self.limit) - elapsed
            self.used_before = sum(map(cpu_seconds, self.roots)) + self.own_used()
        if elapsed < self.limit:
            return self.limit - elapsed
        # The system adds a wait to schedstat when it is over. Of a process that is waiting or running now we know only
        # what it has used.
        busy = any(is_runnable(pid) for pid in self.pids if pid != os.getpid())
        charged = self.cpu_used() if busy else self.charged()
        if charged >= self.limit:
            raise TimeoutError
        if elapsed > max(MIN_BACKSTOP, BACKSTOP * self.limit):
            raise Starved
        return max(0.01, min(CHECK_SECONDS, self.limit - charged))

    def expired(self) -> bool:
        """Whether the limit has been reached. Raises Starved at the backstop."""
        try:
            self.remaining()
        except Starved:
            raise
        except TimeoutError:
            return True
        return False


class RunClock:
    """What a run of many cells is charged in all. A short cell is charged its wall time, which needs no look at /proc; on a
    very busy machine that adds up to many times what a notebook has used. pid: the kernel. root: its tree of processes."""

    def __init__(self, pid: int, root: int):
        self.watched: tuple[int | str, ...] = (pid, "thread-self")  # these two share a CPU and take turns
        self.root = root
        self.began, self.waited_before, self.used_before = time.monotonic(), self.waited(), self.used()

    def waited(self) -> float:
        return sum(map(waiting_seconds, self.watched))

    def used(self) -> float:
        return cpu_seconds(self.root) + time.thread_time()

    def charged(self) -> float:
        """The time that passed minus the waits for other programs, but at least the CPU time of the tree and of this
        thread. While one process of the tree runs, both that we watch may wait for it: such waits are not subtracted."""
        used = self.used() - self.used_before
        for_others = max(0.0, self.waited() - self.waited_before - 2 * used)
        return max(used, time.monotonic() - self.began - for_others)


def waiting_seconds(pid: int | str) -> float:
    """How long the main thread of a process, or "thread-self", has waited for a CPU, 0 if the system does not say."""
    try:
        with open(f"/proc/{pid}/schedstat") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def is_runnable(pid: int) -> bool:
    """Whether a process runs or waits for a CPU."""
    try:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
            return file.read().rpartition(")")[2].split()[0] == "R"
    except (OSError, IndexError):
        return False


def cpu_seconds(root: int) -> float:
    """CPU time of a process, of its descendants, and of their children that have been waited for."""
    try:
        with open(f"/proc/{root}/stat", encoding="latin-1") as file:  # a process chooses its own name
            ticks = sum(map(int, file.read().rpartition(")")[2].split()[11:15]))
        children = [int(child) for thread in os.listdir(f"/proc/{root}/task") for child in children_of(root, thread)]
    except (OSError, ValueError):
        return 0.0
    return ticks / TICKS + sum(map(cpu_seconds, children))


def newest_child(pid: int) -> int:
    """The child of a process that it has forked last, 0 if there is none."""
    return (children(pid) or [0])[-1]


def children(pid: int) -> list[int]:
    """The children of a process with one thread, in the order in which it forked or adopted them."""
    return [int(child) for child in children_of(pid, str(pid))]


def children_of(pid: int, thread: str) -> list[str]:
    try:
        with open(f"/proc/{pid}/task/{thread}/children") as file:
            return file.read().split()
    except OSError:
        return []
