"""Do jobs in a pool of processes and lose none when a process dies: `results(work, jobs, size, new_pool)`.

A pool is worker processes of this machine (local_pool.py) or the workers of a cluster (cluster.py). It says which job a
dead worker had. Such a job is done again when all others are done, alone, and so is one that met an Accident: its result
would not be the student's doing. After three attempts it yields a `Lost`.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from autograder.sandbox.accident import Accident

RETRIES = 2  # of a job whose worker died, after the first attempt
RECONNECTS = 5  # to a pool that went away, without any result between them
TICK = 2.0  # seconds between two looks at a pool's room
DIED = "the grading process died or did not come back"


class Pool(Protocol):
    """Where jobs are done."""

    def room(self) -> int:
        """How many jobs it can take now. Raises Gone."""

    def submit(self, work: Callable[[Any], Any], job: Any) -> None:
        """Begin work(job) in another process. Raises Gone."""

    def finished(self, seconds: float) -> list[tuple[Any, Any, Exception | None]]:
        """(job, result, error) of every job that has ended, after waiting `seconds` for the first; exactly one of
        result and error is None, unless `work` returned None. Raises Gone."""

    def close(self) -> None:
        """End every process of the pool at once, whatever it is doing."""


@dataclass(frozen=True)
class Lost:
    """What a job yields that has no result. error: what the grader itself raised, None when workers died."""

    why: str
    attempts: int
    error: BaseException | None = field(default=None, compare=False)


class Gone(Exception):
    """The whole pool went away (a cluster's scheduler), which is no job's fault."""


class Unfit(Exception):
    """A worker can do none of this run's work (another version, no walls); the message says why."""


class Died(Exception):
    """The worker of this job died, or was killed because the job took too long. attempts: workers that died of it."""

    def __init__(self, attempts: int = 1):
        super().__init__(attempts)
        self.attempts = attempts


def results(
    work: Callable[[Any], Any], jobs: Iterable[Any], size: int, new_pool: Callable[[int], Pool]
) -> Iterator[tuple[Any, Any]]:
    """Yield (job, work(job)) in the order in which jobs end, a `Lost` in place of a result that never came.

    `work` and the jobs cross to other processes. Jobs are taken from their iterable when the pool, new_pool(size), has
    room. Raises Gone when the pool went away and could not be replaced, Unfit when a worker must not be used.
    """
    disturbed: list[tuple[Any, Exception]] = []
    yield from each_once(work, jobs, size, new_pool, disturbed)
    for job, error in disturbed:
        for _ in range(RETRIES):
            again: list[tuple[Any, Exception]] = []
            yield from each_once(work, [job], 1, new_pool, again)
            if not again:
                break
            error = again[0][1]
        else:
            died = isinstance(error, Died)
            yield job, Lost(DIED if died else f"three times: {error}", RETRIES + 1, None if died else error)


def each_once(
    work: Callable,
    jobs: Iterable[Any],
    size: int,
    new_pool: Callable[[int], Pool],
    disturbed: list[tuple[Any, Exception]],
) -> Iterator[tuple[Any, Any]]:
    """All jobs once. Those whose worker died or that met an Accident go into `disturbed`; those of a pool that is gone are
    done by the next one."""
    waiting = iter(jobs)
    again: deque[Any] = deque()
    running: dict[int, Any] = {}  # by identity: jobs need not be hashable
    pool, failures = new_pool(size), 0
    try:
        while True:
            try:
                ended = [] if not fill(pool, work, waiting, again, running) else pool.finished(TICK)
            except Gone:
                failures += 1
                if failures > RECONNECTS:
                    raise
                pool.close()
                again.extend(running.values())
                running, pool = {}, new_pool(size)
                continue
            if not running:
                break
            ready = []
            for job, result, error in ended:
                del running[id(job)]
                if isinstance(error, Unfit):
                    raise error
                failures = 0
                if isinstance(error, Accident) or (isinstance(error, Died) and error.attempts <= RETRIES):
                    disturbed.append((job, error))
                else:
                    ready.append((job, outcome(result, error)))
            if ready:
                fill(pool, work, waiting, again, running)  # before our caller looks at these results
                yield from ready
    finally:
        pool.close()


def fill(pool: Pool, work: Callable, waiting: Iterator, again: deque, running: dict[int, Any]) -> int:
    """Submit jobs while there is room; returns how many are running. Raises Gone."""
    for _ in range(pool.room()):
        job = again.popleft() if again else next(waiting, fill)
        if job is fill:  # there are no more
            break
        running[id(job)] = job
        pool.submit(work, job)
    return len(running)


def outcome(result: Any, error: BaseException | None) -> Any:
    """The result; an exception of `work` is a mistake of the grader's and not the student's: a Lost."""
    if error is None:
        return result
    if isinstance(error, Died):
        return Lost(DIED, error.attempts)
    text = f"{type(error).__name__}: {error}"
    return Lost(
        f"the grader failed: {text if len(text) < 500 else '... ' + text[-500:]}", 1, error
    )  # the cause is at the end
