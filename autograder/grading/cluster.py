"""Workers on other machines: Dask's executor behind the interface of pool.py (an optional extra).

A submission travels as data (parcel.py), so that class, gradebook and journal stay with the coordinator, and no
folder has to be shared. The scheduler's own rules say how often a job is tried whose workers die.
"""

import logging
import os
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import asdict
from pathlib import Path

from autograder.gradebook import versions
from autograder.grading import remote
from autograder.intake import parcel
from autograder.intake.limits import IntakeLimits
from autograder import ROOT
from autograder.gradebook.coursedir import ClassError
from autograder.grading.pool import TICK, Died, Gone, Unfit
from autograder.grading.submission import Job

CONNECT_SECONDS = 60.0  # for the scheduler to answer, also when it is being started again
WORKER_SECONDS = 120.0  # without any worker
CURE = "Start them with `make scheduler` on one machine and `make worker CLUSTER={0}` on each that grades"


def cluster_executor(address: str, secret: str, seconds: float) -> Callable[[int], "Cluster"]:
    """What makes the executor for pool.results. secret: the class's. seconds: what one job may take.

    Raises ClassError when Dask is not installed."""
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise ClassError("CLUSTER needs Dask, which is not installed: make grade installs it, or say "
                         ".venv/bin/pip install -r requirements-cluster.txt") from None
    return lambda workers: Cluster(address, secret, seconds)


class Cluster(Executor):
    """The workers of a Dask scheduler; a new one after each Gone."""

    def __init__(self, address: str, secret: str, seconds: float):
        self.address, self.secret, self.seconds = address, secret, seconds
        self.asked = self.seen = self.size = 0
        self.client = connect(address)
        self.dask = self.client.get_executor(pure=False)

    def room(self) -> int:
        """One job for each worker thread: none waits at a worker that may die of another's. Raises Gone."""
        now = time.monotonic()
        if now - self.asked > TICK or not self.asked:
            try:
                self.size = sum(self.client.nthreads().values())
            except Exception as error:  # whatever a closed connection raises
                raise self.gone() from error
            self.asked = now
            self.seen = now if self.size else self.seen or now
        if not self.size and now - self.seen > WORKER_SECONDS:
            raise Gone(f"the scheduler at {self.address} has had no worker for {WORKER_SECONDS:g} s. "
                       + CURE.format(self.address))
        return max(1, self.size)

    def submit(self, function: Callable, job: Job) -> Future:  # type: ignore[override]
        """`function` is submission.grade; the worker's part of it is remote.grade."""
        content, result = self.pack(job), Future()
        try:
            self.dask.submit(remote.grade, content).add_done_callback(lambda done: self.hand_over(done, result))
        except Exception as error:
            raise self.gone() from error
        return result

    def pack(self, job: Job) -> dict:
        """All that a worker needs. Folders of the course are named as seen from its own copy of the course."""
        terms = asdict(job) | {"class_folder": "", "secret": self.secret, "folder": ""}
        for name in ("solutions", "released"):
            place = Path(terms[name])
            terms[name] = str(place.relative_to(ROOT)) if place.is_relative_to(ROOT) else str(place)
        return {"job": terms, "folder": parcel.pack(Path(job.folder), IntakeLimits.of(dict(job.limits))), "grader": versions.grader_version(),
                "ladder": os.environ.get(remote.LADDER), "seconds": self.seconds}

    def hand_over(self, done: Future, result: Future) -> None:
        from distributed.scheduler import KilledWorker

        error = self.gone() if done.cancelled() else done.exception()
        if isinstance(error, KilledWorker):
            error = Died(error.allowed_failures + 1)
        elif isinstance(error, ModuleNotFoundError) or "deserialization" in str(error):
            error = Unfit(f"scheduler or worker at {self.address} cannot import the grader ({error}). "
                          + CURE.format(self.address))
        elif error is None and "unfit" in done.result():
            error = Unfit(done.result()["unfit"])
        if error is None:
            result.set_result(done.result())
        else:
            result.set_exception(error)

    def gone(self) -> Gone:
        return Gone(f"the scheduler at {self.address} does not answer. " + CURE.format(self.address))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        try:
            self.client.close(timeout=3)
        except Exception:  # noqa: S110  whoever is gone needs no good-bye
            pass


def connect(address: str):
    """A client of the scheduler, when at least one worker is there. Raises Gone with what is missing."""
    from distributed import Client

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is said by us
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
        raise Gone(f"no worker has joined the scheduler at {address} within {WORKER_SECONDS:g} s. "
                   + CURE.format(address)) from error
    return client
