"""Grade one submission: admit, run, judge. What a worker does for `make grade`, and nbgrader's commands for one."""

import gc
import hashlib
import json
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from autograder.grading import in_kernel, outcome, run_and_judge
from autograder.grading.job import Job
from autograder.intake import masters, suspicion
from autograder.intake.admit import admit_folder
from autograder.intake.limits import IntakeLimits
from autograder.intake.masters import Master
from autograder.intake.notes import note
from autograder.intake.refused import Refused
from autograder.intake.roles import answers_of
from autograder.intake.text import is_blank
from autograder.sandbox import limits_met

Judge = Callable[[NotebookNode, Master, Job, dict[str, float]], dict[str, outcome.Judged]]  # run_and_judge, or a test's


def grade(job: Job, judge: Judge = run_and_judge.run_and_judge) -> dict[str, Any]:
    """Grade one submission; returns plain data: score per grade_id, notes, timings, the notebook as text."""
    began = time.perf_counter()
    chapter = chapter_of(job.assignment, job.solutions, job.released, job.version)
    nb = grade_notebook(job, chapter, judge)
    nb.metadata.descent.grading.seconds["all"] = round(time.perf_counter() - began, 3)
    return result_of(job, nb)


def grade_notebook(job: Job, chapter: dict[str, Master], judge: Judge = run_and_judge.run_and_judge) -> NotebookNode:
    """The graded notebook of a submission; a refused one becomes the released notebook that says why."""
    began, cpu_before = time.perf_counter(), time.thread_time()
    try:
        admitted = admit_folder(
            Path(job.folder),
            f"{job.assignment}.ipynb",
            {lang: master.released for lang, master in chapter.items()},
            IntakeLimits.of(dict(job.limits)),
            adopted=masters.adopted_as(chapter),
        )
    except Refused as error:
        return outcome.refuse(chapter, error.reason)
    master = chapter[admitted.lang]
    nb = master.complete(admitted.nb)
    signs = suspicion.signs(admitted.nb, master.released)
    blank = unanswered(admitted.nb, master.released)
    seconds = {
        "admit": round(time.perf_counter() - began, 3),
        "admit_cpu": round(time.thread_time() - cpu_before, 3),  # busy neighbours do not shorten the time of the tests
    }
    verdicts = judge(nb, master, job, seconds)
    waiting = outcome.put_verdicts(nb, verdicts)
    admitted.notes += outcome.reasons(verdicts)
    if job.isolation == "none":
        admitted.notes.append(note("no_walls"))
    if job.in_kernel and (names := in_kernel.tests_of(nb)):
        admitted.notes.append(note("in_kernel", ids=sorted(names)))
    graded = outcome.finish(nb, admitted, waiting, seconds)
    graded.metadata.descent.grading.update(
        signs=signs,
        unanswered=blank,
        requests=admitted.requests,
        limits=limits_met.limits_met(nb),
        tests={name: verdict.details for name, verdict in verdicts.items()},
    )
    return graded


def unanswered(nb: NotebookNode, released: NotebookNode) -> list[str]:
    """The grade_id of each graded cell whose answers are all blank or as they were released."""
    stubs = {cell.id: cell.source for cell in released.cells}
    return [
        grade_id
        for grade_id, answers in answers_of(nb.cells).items()
        if answers and all(is_blank(cell.source, stubs.get(cell.id, "")) for cell in answers)
    ]


@lru_cache(maxsize=32)
def chapter_of(assignment: str, solutions: str, released: str, version: str) -> dict[str, Master]:
    """The masters of an assignment, read once per worker; another `version` reads them again."""
    chapter = masters.load(assignment, Path(solutions), Path(released))
    gc.freeze()  # the garbage collector need not visit it again: it stays
    return chapter


def lost(job: Job, why: str) -> dict[str, Any]:
    """The result of a submission that no worker could grade: no score at all, and a request for a person."""
    nb = outcome.untried(
        chapter_of(job.assignment, job.solutions, job.released, job.version), note("nobody_could", why=why)
    )
    return {**result_of(job, nb), "lost": True}


def result_of(job: Job, nb: NotebookNode) -> dict[str, Any]:
    grading, text = nb.metadata.descent.grading, text_of(nb)
    return {
        "key": job.key,
        "student": job.student,
        "assignment": job.assignment,
        "lang": grading.lang,
        "refused": grading.refused,
        "notes": grading.notes,
        "waiting": grading.waiting,
        "seconds": grading.seconds,
        "signs": grading.get("signs", []),
        "unanswered": grading.get("unanswered", []),
        "requests": grading.get("requests", []),
        "limits": grading.get("limits", []),
        "tests": grading.get("tests", {}),
        "scores": outcome.scores(nb),
        "sha": hashlib.sha256(text.encode()).hexdigest(),
        "notebook": text,
    }


def text_of(nb: NotebookNode) -> str:
    """A notebook of ours as a file's text: all on one line, which json writes many times faster than nbformat does."""
    return json.dumps(nb, sort_keys=True, ensure_ascii=False) + "\n"
