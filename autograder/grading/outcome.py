"""What grading makes of a submission: one notebook that the gradebook, formgrader and the feedback page read.

The student's answers with the outputs of the run, in every test cell the judge's verdict as the one output
that nbgrader reads, on top a cell with the notes. nb.metadata.descent.grading holds what has no place in a
cell.
"""

import math
from copy import deepcopy
from dataclasses import dataclass, field

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output
from nbgrader.utils import determine_grade

from autograder.intake.admit import Admitted
from autograder.intake.masters import Master
from autograder.intake.notes import Note, note
from autograder.intake.roles import flags, is_test

NOTES_ID = "grader-notes"
TITLE = {"en": "Notes from the grader", "zh": "评分说明"}
REFUSED = {"en": "This submission could not be graded", "zh": "这份提交无法评分"}


@dataclass
class Judged:
    """A test cell's verdict: points, or None when only a person can tell, and what to show in the cell.
    why: the reason when the answer was not compared at all. details: what the instructor's report counts, as
    plain data (exercise, mistake, failed, missing, score, seconds, reason)."""

    points: float | None
    outputs: list[NotebookNode]
    why: Note | None = None
    details: dict = field(default_factory=dict)


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
        read = determine_grade(cell)[0]
        if read != verdict.points:
            raise ValueError(f"{name}: nbgrader reads {read!r} from outputs that mean {verdict.points!r}")
    return waiting


def reasons(verdicts: dict[str, Judged]) -> list[Note]:
    """Why tests were not tried, each reason once with the tests it is about."""
    about: dict[str, list[str]] = {}
    whys = {verdict.why["en"]: verdict.why for verdict in verdicts.values() if verdict.why}
    for name, verdict in verdicts.items():
        if verdict.why:
            about.setdefault(verdict.why["en"], []).append(name)
    return [note("not_tried", ids=names, reason=whys[text]) for text, names in about.items()]


def finish(nb: NotebookNode, admitted: Admitted, waiting: list[str], seconds: dict[str, float]) -> NotebookNode:
    describe(nb, lang=admitted.lang, notes=admitted.notes, waiting=waiting, seconds=seconds)
    if admitted.notes:
        lines = [TITLE[admitted.lang] if admitted.lang in TITLE else TITLE["en"], ""]
        lines += [f"- {text.get(admitted.lang, text['en'])}" for text in admitted.notes]
        nb.cells.insert(0, new_markdown_cell("**" + lines[0] + "**\n" + "\n".join(lines[1:]), id=NOTES_ID))
    return nb


def refuse(chapter: dict[str, Master], reason: Note) -> NotebookNode:
    """The notebook of a submission that cannot be graded: nothing answered, no points, the reason on top."""
    nb = not_graded(chapter, reason, {lang: f"**{REFUSED[lang]}**: {reason[lang]}" for lang in REFUSED})
    describe(nb, lang="", notes=[], waiting=[], seconds={}, refused=reason)
    return nb


def untried(chapter: dict[str, Master], note: Note) -> NotebookNode:
    """The notebook of a submission that no worker came back with: every score waits for a person."""
    nb = not_graded(chapter, note, {lang: f"**{note[lang]}**" for lang in note})
    describe(
        nb,
        lang="",
        notes=[note],
        waiting=[flags(c)["grade_id"] for c in nb.cells if flags(c).get("grade")],
        seconds={},
    )
    return nb


def not_graded(chapter: dict[str, Master], why: Note, on_top: Note) -> NotebookNode:
    """The released notebook with `why` in every test cell, so that none of them can be read as passed."""
    master = chapter.get("en") or next(iter(chapter.values()))
    nb = master.complete(master.released)
    for cell in nb.cells:
        if is_test(cell):
            cell.outputs = [error_output("NotGraded", why["en"])]
    nb.cells.insert(0, new_markdown_cell("\n\n".join(on_top.values()), id=NOTES_ID))
    return nb


def describe(
    nb: NotebookNode,
    *,
    lang: str,
    notes: list[Note],
    waiting: list[str],
    seconds: dict[str, float],
    refused: Note | None = None,
) -> None:
    """Keep with the notebook what the gradebook and the table must know about it."""
    nb.metadata = deepcopy(nb.metadata)
    nb.metadata.setdefault("descent", NotebookNode())["grading"] = nbformat.from_dict(
        {"lang": lang, "notes": notes, "waiting": waiting, "refused": refused, "seconds": seconds}
    )


def scores(nb: NotebookNode) -> dict[str, float | None]:
    """Score of every graded cell as nbgrader reads it; None waits for a person."""
    waiting = nb.metadata.descent.grading.waiting
    return {
        flags(c)["grade_id"]: None if flags(c)["grade_id"] in waiting else determine_grade(c)[0]
        for c in nb.cells
        if flags(c).get("grade")
    }


def error_output(name: str, text: str) -> NotebookNode:
    return new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"])
