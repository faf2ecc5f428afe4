"""The workers of a Dask scheduler as a pool (pool.py); Dask is an optional extra.

A submission travels as data (parcel.py), so that class, gradebook and journal stay with the coordinator, and no
folder has to be shared. The scheduler decides how often a job is tried whose workers die.
"""

import logging
import os
import queue
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograder import ROOT
from autograder.gradebook import versions
from autograder.gradebook.coursedir import ClassError
from autograder.grading import remote
from autograder.grading.job import Job
from autograder.grading.pool import TICK, Died, Gone, Unfit
from autograder.grading.submission import grade
from autograder.intake import parcel
from autograder.intake.limits import IntakeLimits

CONNECT_SECONDS = 60.0  # for the scheduler to answer, also when it is being started again
WORKER_SECONDS = 120.0  # without any worker
CURE = "Start them with `make scheduler` on one machine and `make worker CLUSTER={0}` on each that grades"


def cluster_pool(address: str, seconds: float) -> Callable[[int], "Cluster"]:
    """What makes the pool for pool.results. seconds: what one job may take. Raises ClassError when Dask is missing."""
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise ClassError(
            "CLUSTER needs Dask, which is not installed: `make grade` installs it, or run "
            ".venv/bin/pip install -r requirements-cluster.txt"
        ) from None
    return lambda size: Cluster(address, seconds, size)


class Cluster:
    """size: no more jobs at once than that. A Cluster that raised Gone is replaced by a new one."""

    def __init__(self, address: str, seconds: float, size: int):
        self.address, self.seconds, self.size = address, seconds, size
        self.counted_at = self.seen_at = 0.0  # when we last counted workers, and last saw one
        self.workers = self.running = 0
        self.ended: queue.SimpleQueue = queue.SimpleQueue()  # (job, Dask's future)
        self.client = connect(address)

    def room(self) -> int:
        """One job for each worker thread: none waits at a worker that may die of another. Raises Gone."""
        now = time.monotonic()
        if now - self.counted_at > TICK or not self.counted_at:
            try:
                self.workers = sum(self.client.nthreads().values())
            except Exception as error:  # whatever a closed connection raises
                raise self.gone() from error
            self.counted_at = now
            self.seen_at = now if self.workers else self.seen_at or now
        if not self.workers and now - self.seen_at > WORKER_SECONDS:
            raise Gone(
                f"the scheduler at {self.address} has had no worker for {WORKER_SECONDS:g} s. "
                + CURE.format(self.address)
            )
        return max(0, min(self.size, max(1, self.workers)) - self.running)

    def submit(self, work: Callable[[Job], Any], job: Job) -> None:
        """`work` is submission.grade or a test's; on the worker remote.grade calls it."""
        try:
            future = self.client.submit(remote.grade, self.pack(job), None if work is grade else work, pure=False)
            future.add_done_callback(lambda done: self.ended.put((job, done)))
        except Exception as error:
            raise self.gone() from error
        self.running += 1

    def finished(self, seconds: float) -> list[tuple[Job, Any, Exception | None]]:
        try:
            job, future = self.ended.get(timeout=seconds)
        except queue.Empty:
            return []
        self.running -= 1
        return [(job, *self.outcome(future))]

    def outcome(self, future: Any) -> tuple[Any, Exception | None]:
        from distributed.scheduler import KilledWorker

        try:
            error = future.exception()
            result: Any = None if error else future.result()
        except Exception as lost:  # cancelled: the scheduler went away
            raise self.gone() from lost
        if isinstance(error, KilledWorker):
            return None, Died(error.allowed_failures + 1)
        if isinstance(error, ModuleNotFoundError) or "deserialization" in str(error):
            return None, Unfit(
                f"scheduler or worker at {self.address} cannot import the grader ({error}). "
                + CURE.format(self.address)
            )
        if error is not None:
            return None, error
        return (None, Unfit(result["unfit"])) if "unfit" in result else (result, None)

    def pack(self, job: Job) -> dict:
        """All that a worker needs. Folders of the course are named as seen from the worker's copy of the course."""
        fields = asdict(job) | {"folder": ""}
        for name in ("solutions", "released"):
            place = Path(fields[name])
            fields[name] = str(place.relative_to(ROOT)) if place.is_relative_to(ROOT) else str(place)
            if job.adopted:
                fields[name] = ""  # it is sent: the class's folder is not looked for over there
        folder = parcel.pack(Path(job.folder), IntakeLimits.of(dict(job.limits)))
        return {
            "job": fields,
            "folder": folder,
            "chapter": parcel.pack_chapter(job.solutions, job.released, job.assignment) if job.adopted else None,
            "grader": versions.grader_version(),
            "ladder": os.environ.get(remote.LADDER),
            "seconds": self.seconds,
        }

    def gone(self) -> Gone:
        return Gone(f"the scheduler at {self.address} does not answer. " + CURE.format(self.address))

    def close(self) -> None:
        try:
            self.client.close(timeout=3)
        except Exception:  # noqa: S110  the connection is closed already
            pass


def connect(address: str) -> Any:
    """A client of the scheduler, when at least one worker is there. Raises Gone with what is missing."""
    from distributed import Client

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # our own messages name the cure
    end = time.monotonic() + CONNECT_SECONDS
    while True:
        try:
            client = Client(address, timeout=5, set_as_default=False, name="grade")
            break
        except (OSError, TimeoutError, ValueError) as error:
            if time.monotonic() > end or isinstance(error, ValueError):
                raise Gone(f"no scheduler answers at {address} ({error}). " + CURE.format(address)) from error
            time.sleep(0.5)
    try:
        client.wait_for_workers(1, timeout=WORKER_SECONDS)
    except Exception as error:
        client.close(timeout=3)
        raise Gone(
            f"no worker has joined the scheduler at {address} within {WORKER_SECONDS:g} s. " + CURE.format(address)
        ) from error
    return client
