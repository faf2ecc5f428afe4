"""On a worker of a cluster: grade one parcel behind the walls of this machine, or say why not.

This file imports next to nothing, because the scheduler imports it too. A worker opens no gradebook and sees no class
folder: it gets a submission and the class's secret as data, and returns plain data.
"""

import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from autograder import ROOT

LADDER = "DESCENT_LADDER"  # cards depend on it, and so does a student's page


def grade(parcel: dict, work: Callable | None = None) -> dict:
    """The result of submission.grade (or `work`), or {"unfit": why this worker can do none of this run's work}."""
    from autograder.grading import submission
    from autograder.grading.job import Job
    from autograder.intake.parcel import unpacked, unpacked_chapter

    fields = parcel["job"]
    places = {name: str(ROOT / fields[name]) for name in ("solutions", "released")}  # an absolute one stays as it is
    with (
        unpacked(parcel["folder"], fields["assignment"]) as folder,
        unpacked_chapter(parcel["chapter"]) as sent,
        ended_after(parcel["seconds"]),
    ):
        places |= sent
        reason = unfit(parcel, places)
        if reason:
            return {"unfit": f"the worker on {socket.gethostname()} (process {os.getpid()}) {reason}"}
        limits = tuple((name, value) for name, value in fields["limits"])
        job = Job(**fields | places | {"folder": str(folder), "limits": limits})
        return json.loads(json.dumps((work or submission.grade)(job)))


def unfit(parcel: dict, places: dict[str, str]) -> str | None:
    """What keeps this worker from giving the grade that the coordinator's own machine would give."""
    from autograder.gradebook import versions
    from autograder.sandbox import probe

    fields = parcel["job"]
    if versions.grader_version() != parcel["grader"]:
        return (
            f"has another version of the course or another Python (grader {versions.grader_version()[:12]}, the "
            f"coordinator's is {parcel['grader'][:12]}): bring both to the same commit and the same Python, then "
            "start the worker again"
        )
    if (
        chapter_print(fields["assignment"], places["solutions"], places["released"], fields["version"])
        != fields["version"]
    ):
        return (
            f"has another {fields['assignment']} in {places['solutions']}: bring both machines to the same commit "
            "and run `make notebooks` there"
        )
    if os.environ.get(LADDER) != parcel["ladder"]:
        return f"runs with {LADDER}={os.environ.get(LADDER)}, the coordinator with {parcel['ladder']}: set it alike"
    if fields["isolation"] == "walls" and probe.look()[1]:
        return f"cannot run submissions safely: {probe.look()[1]}"
    return None


@lru_cache(maxsize=32)
def chapter_print(assignment: str, solutions: str, released: str, version: str) -> str:
    """The fingerprint of a chapter as this machine has it; another `version` looks again."""
    from autograder.intake import masters

    return masters.fingerprint(masters.load(assignment, Path(solutions), Path(released)))


@contextlib.contextmanager
def ended_after(seconds: float) -> Iterator[None]:
    """End this worker when its job takes longer: the scheduler sees it die and gives the job to another one."""
    timer = threading.Timer(seconds, os._exit, (1,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
