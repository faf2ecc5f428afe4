"""Grade one submission: admit, run, judge. What a worker does, and what both roads into the gradebook
share."""

import gc
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from autograder.grading import outcome
from autograder.intake import masters, suspicion
from autograder.sandbox import limits_met
from autograder.intake.admit import admit_folder
from autograder.intake.limits import IntakeLimits
from autograder.intake.masters import Master
from autograder.intake.notes import note
from autograder.intake.refused import Refused


WITH_WALLS = "autograder.grading.run_and_judge.run_and_judge"
WITHOUT_WALLS = "autograder.grading.run_and_judge.run_and_judge_without_walls"


@dataclass(frozen=True)
class Job:
    """What a worker needs to grade one submission.

    key: names the submission together with all that its grade depends on. version: changes with the chapter.
    limits: settings.Settings that the class changes. steps: the function that runs and judges (tests:
    another). secret: the class's, where its folder cannot be seen (a cluster's worker).
    """

    student: str
    assignment: str
    folder: str
    class_folder: str
    solutions: str
    released: str
    key: str = ""
    version: str = ""
    limits: tuple[tuple[str, float], ...] = ()
    steps: str = WITH_WALLS
    secret: str = field(default="", repr=False)


def grade(job: Job) -> dict[str, Any]:
    """Grade one submission; returns plain data: score per grade_id, notes, timings, the notebook as text."""
    began = time.perf_counter()
    chapter = chapter_of(job.assignment, job.solutions, job.released, job.version)
    nb = grade_notebook(job, chapter)
    nb.metadata.descent.grading.seconds["all"] = round(time.perf_counter() - began, 3)
    return result_of(job, nb)


def grade_notebook(job: Job, chapter: dict[str, Master]) -> NotebookNode:
    """The graded notebook of a submission; a refused one becomes the released notebook that says why."""
    began = time.perf_counter()
    try:
        admitted = admit_folder(Path(job.folder), f"{job.assignment}.ipynb",
                                {lang: master.released for lang, master in chapter.items()},
                                IntakeLimits.of(dict(job.limits)))
    except Refused as error:
        return outcome.refuse(chapter, error.reason)
    master = chapter[admitted.lang]
    nb = master.complete(admitted.nb)
    signs = suspicion.signs(admitted.nb, master.released)
    seconds = {"admit": round(time.perf_counter() - began, 3)}
    verdicts = named(job.steps)(nb, master, job, seconds)
    waiting = outcome.put_verdicts(nb, verdicts)
    admitted.notes += outcome.reasons(verdicts)
    if job.steps == WITHOUT_WALLS:
        admitted.notes.append(note("no_walls"))
    graded = outcome.finish(nb, admitted, waiting, seconds)
    graded.metadata.descent.grading.update(
        signs=signs, limits=limits_met.limits_met(nb), tests={name: verdict.about for name, verdict in verdicts.items()})
    return graded


@lru_cache(maxsize=32)
def chapter_of(assignment: str, solutions: str, released: str, version: str) -> dict[str, Master]:
    """The masters of an assignment, read once per worker; another `version` reads them again."""
    found = masters.load(assignment, Path(solutions), Path(released))
    gc.freeze()  # it stays: no look for garbage goes through it again
    return found


def lost(job: Job, why: str) -> dict[str, Any]:
    """The result of a submission that no worker could grade: no score at all, and a request for a person."""
    nb = outcome.untried(chapter_of(job.assignment, job.solutions, job.released, job.version),
                         note("nobody_could", why=why))
    return {**result_of(job, nb), "lost": True}


def result_of(job: Job, nb: NotebookNode) -> dict[str, Any]:
    about, text = nb.metadata.descent.grading, text_of(nb)
    return {
        "key": job.key, "student": job.student, "assignment": job.assignment, "lang": about.lang,
        "refused": about.refused, "notes": about.notes, "waiting": about.waiting, "seconds": about.seconds,
        "signs": about.get("signs", []), "limits": about.get("limits", []), "tests": about.get("tests", {}),
        "scores": outcome.scores(nb), "sha": hashlib.sha256(text.encode()).hexdigest(), "notebook": text,
    }


def text_of(nb: NotebookNode) -> str:
    """A notebook of ours as a file's text: all on one line, which json writes many times faster than nbformat's."""
    return json.dumps(nb, sort_keys=True, ensure_ascii=False) + "\n"


def named(dotted: str) -> Callable:
    """The function a dotted name stands for."""
    module, _, name = dotted.rpartition(".")
    return getattr(import_module(module), name)
