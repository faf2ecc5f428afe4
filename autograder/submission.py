"""Grade one submission: admit, run, judge. What a worker does, and what both roads into the gradebook share.

The result is one notebook: the student's answers with the outputs of the run, in every graded test cell the
judge's verdict as the one output that nbgrader reads, on top a cell with the notes. Under
nb.metadata.descent.grading stands what the gradebook and the table need to know besides.
"""

import hashlib
import math
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output
from nbgrader.utils import determine_grade

from autograder import masters, notes
from autograder.admit import Admitted, admit_folder
from autograder.masters import Master
from autograder.matching import flags, is_test
from autograder.notes import Note, short
from autograder.refused import Refused

NOTES_ID = "grader-notes"
TITLE = {"en": "Notes from the grader", "zh": "评分说明"}
REFUSED = {"en": "This submission could not be graded", "zh": "这份提交无法评分"}


@dataclass(frozen=True)
class Job:
    """What a worker needs to grade one submission.

    key: names the submission together with all that its grade depends on. version: changes with the chapter.
    limits: settings.Settings that the class changes. steps: the function that runs and judges (tests: another).
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
    steps: str = "autograder.steps.run_and_judge"


@dataclass
class Judged:
    """A test cell's verdict: points, or None when only a person can tell, and what to show in the cell.
    why: the reason when the answer was not compared at all."""

    points: float | None
    outputs: list[NotebookNode]
    why: Note | None = None


def grade(job: Job) -> dict[str, Any]:
    """Grade one submission; returns plain data: score per grade_id, notes, timings, the notebook as text."""
    began = time.perf_counter()
    chapter = chapter_of(job.assignment, job.solutions, job.released, job.version)
    nb = grade_notebook(job, chapter)
    nb.metadata.descent.grading.seconds["all"] = round(time.perf_counter() - began, 3)
    return result_of(job, nb)


def result_of(job: Job, nb: NotebookNode) -> dict[str, Any]:
    about, text = nb.metadata.descent.grading, nbformat.writes(nb) + "\n"
    return {
        "key": job.key, "student": job.student, "assignment": job.assignment, "lang": about.lang,
        "refused": about.refused, "notes": about.notes, "waiting": about.waiting, "seconds": about.seconds,
        "scores": scores(nb), "sha": hashlib.sha256(text.encode()).hexdigest(), "notebook": text,
    }


def grade_notebook(job: Job, chapter: dict[str, Master]) -> NotebookNode:
    """The graded notebook of a submission; a refused one becomes the released notebook that says why."""
    began = time.perf_counter()
    try:
        admitted = admit_folder(Path(job.folder), f"{job.assignment}.ipynb",
                                {lang: master.released for lang, master in chapter.items()})
    except Refused as error:
        return refuse(chapter, error.reason)
    master = chapter[admitted.lang]
    nb = master.complete(admitted.nb)
    seconds = {"admit": round(time.perf_counter() - began, 3)}
    verdicts = named(job.steps)(nb, master, job, seconds)
    waiting = put_verdicts(nb, verdicts)
    admitted.notes += reasons(verdicts)
    return finish(nb, admitted, waiting, seconds)


def reasons(verdicts: dict[str, Judged]) -> list[Note]:
    """Why tests were not tried, each reason once with the tests it is about."""
    about: dict[str, list[str]] = {}
    whys = {verdict.why["en"]: verdict.why for verdict in verdicts.values() if verdict.why}
    for name, verdict in verdicts.items():
        if verdict.why:
            about.setdefault(verdict.why["en"], []).append(name)
    return [notes.not_tried(whys[text], names) for text, names in about.items()]


@lru_cache(maxsize=32)
def chapter_of(assignment: str, solutions: str, released: str, version: str) -> dict[str, Master]:
    """The masters of an assignment, read once per worker; another `version` reads them again."""
    return masters.load(assignment, Path(solutions), Path(released))


def put_verdicts(nb: NotebookNode, verdicts: dict[str, Judged]) -> list[str]:
    """Put each verdict into its test cell; returns the grade_ids that wait for a person.

    Raises ValueError when a score is no number in 0..points, or when nbgrader would read another score.
    """
    waiting = []
    for cell in nb.cells:
        if not is_test(cell):
            continue
        name, most = flags(cell)["grade_id"], float(flags(cell)["points"])
        verdict = verdicts[name]
        cell.outputs, cell.execution_count = list(verdict.outputs), None
        if verdict.points is None:
            waiting.append(name)
            cell.outputs.append(error_output("NotGraded", "not graded by machine: a person will look at it"))
            continue
        if not (math.isfinite(verdict.points) and 0 <= verdict.points <= most):
            raise ValueError(f"{name}: score {verdict.points!r} is not a number in 0..{most:g}")
        if not any(out.output_type in ("execute_result", "error") for out in cell.outputs):
            cell.outputs.append(new_output("execute_result", {"text/plain": repr(float(verdict.points))}))
        if determine_grade(cell)[0] != verdict.points:
            raise ValueError(f"{name}: nbgrader reads {determine_grade(cell)[0]!r} from outputs meant as {verdict.points!r}")
    return waiting


def finish(nb: NotebookNode, admitted: Admitted, waiting: list[str], seconds: dict[str, float]) -> NotebookNode:
    describe(nb, lang=admitted.lang, notes=admitted.notes, waiting=waiting, seconds=seconds)
    if admitted.notes:
        lines = [TITLE[admitted.lang] if admitted.lang in TITLE else TITLE["en"], ""]
        lines += [f"- {note.get(admitted.lang, note['en'])}" for note in admitted.notes]
        nb.cells.insert(0, new_markdown_cell("**" + lines[0] + "**\n" + "\n".join(lines[1:]), id=NOTES_ID))
    return nb


def refuse(chapter: dict[str, Master], reason: Note) -> NotebookNode:
    """The notebook of a submission that cannot be graded: nothing answered, no points, the reason on top."""
    master = chapter.get("en") or next(iter(chapter.values()))
    nb = master.complete(master.released)
    for cell in nb.cells:
        if is_test(cell):
            cell.outputs = [error_output("NotGraded", reason["en"])]
    text = "\n\n".join(f"**{REFUSED[lang]}**: {reason[lang]}" for lang in ("en", "zh"))
    nb.cells.insert(0, new_markdown_cell(text, id=NOTES_ID))
    describe(nb, lang="", notes=[], waiting=[], seconds={}, refused=reason)
    return nb


def lost(job: Job, why: str) -> dict[str, Any]:
    """The result of a submission that no worker could grade: no score at all, and a request for a person."""
    chapter = chapter_of(job.assignment, job.solutions, job.released, job.version)
    master = chapter.get("en") or next(iter(chapter.values()))
    nb = master.complete(master.released)
    note = {"en": f"No machine could grade this submission ({short(why, 200)}); a person has to. "
            "The answers are in the submitted file.",
            "zh": f"机器无法评阅这份提交（{short(why, 200)}），需要人工评阅。答案请看提交的原文件。"}
    for cell in nb.cells:
        if is_test(cell):
            cell.outputs = [error_output("NotGraded", note["en"])]
    nb.cells.insert(0, new_markdown_cell(f"**{note['en']}**\n\n**{note['zh']}**", id=NOTES_ID))
    describe(nb, lang="", notes=[note], waiting=list(master.points), seconds={})
    return {**result_of(job, nb), "lost": True}


def describe(nb: NotebookNode, *, lang: str, notes: list[Note], waiting: list[str], seconds: dict[str, float],
             refused: Note | None = None) -> None:
    """Keep with the notebook what the gradebook and the table must know about it."""
    nb.metadata = deepcopy(nb.metadata)
    nb.metadata.setdefault("descent", NotebookNode())["grading"] = nbformat.from_dict({
        "lang": lang, "notes": notes, "waiting": waiting, "refused": refused, "seconds": seconds})


def scores(nb: NotebookNode) -> dict[str, float | None]:
    """Score of every graded cell as nbgrader reads it; None waits for a person."""
    waiting = nb.metadata.descent.grading.waiting
    return {flags(c)["grade_id"]: None if flags(c)["grade_id"] in waiting else determine_grade(c)[0]
            for c in nb.cells if flags(c).get("grade")}


def error_output(name: str, text: str) -> NotebookNode:
    return new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"])


def named(dotted: str) -> Callable:
    """The function a dotted name stands for."""
    from importlib import import_module
    module, _, name = dotted.rpartition(".")
    return getattr(import_module(module), name)
