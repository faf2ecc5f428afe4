"""Grade a notebook's own solution like a submission, to learn where each of its tests can run.

A test that gives the solution full points in the judge can run outside of the student's process. One that does so only
in the kernel cannot. One that does so in neither is itself wrong.
"""

import contextlib
import re
import tempfile
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.grading import submission
from autograder.grading.course import Course
from autograder.grading.failed_cells import label
from autograder.grading.in_kernel import TAG
from autograder.grading.job import Isolation, Job
from autograder.intake import masters
from autograder.intake.masters import Master
from autograder.intake.roles import flags, is_answer, is_test
from autograder.sandbox.reasons import TEXTS

MISSING = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")
FOR_TEACHERS = (
    "the test itself fails outside of the student's process, where files and modules of the notebook are not at hand"
)
OUTSIDE, INSIDE, WRONG = "outside", "in the kernel only", "wrong"


@dataclass(frozen=True)
class Test:
    """A test cell. where: OUTSIDE, INSIDE or WRONG. why: the judge's error, or the errors of judge and kernel. blank: the
    points that an unanswered notebook gets."""

    name: str
    points: float
    where: str
    why: str = ""
    blank: float = 0.0


@dataclass(frozen=True)
class Tried:
    """What became of a notebook's own solution. errors: a sentence for each cell, no test, that ends with an error."""

    tests: list[Test]
    errors: list[str]


def try_solution(
    master: Master, lang: str, isolation: Isolation = "walls", files: dict[str, bytes] | None = None
) -> Tried:
    """The result of each test cell of a chapter for the chapter's own solution. files: those that an adopted notebook
    reads. Raises Accident, CannotStart, NoWalls."""
    solved = answered(master)
    result = grade(master, solved, lang, isolation, files)
    judged = scores_of(result, master)
    failed = {name for name, points, _ in judged if points != master.points[name]}
    in_kernel = {
        name: (points, why)
        for name, points, why in graded(master, solved, lang, isolation, files, failed)
        if name in failed
    }
    inside = {name for name in failed if in_kernel[name][0] == master.points[name]}
    blank = {name: points for name, points, _ in graded(master, master.released, lang, isolation, files, inside)}
    results = []
    for name, _, why in judged:
        where = OUTSIDE if name not in failed else INSIDE if name in inside else WRONG
        if where == WRONG:
            why = f"judged: {why}; in the kernel: {in_kernel[name][1]}"
            if ": " not in in_kernel[name][1] and hidden(master, name):
                why += " (the test has hidden parts, which the text of the error could show: run the source notebook to see it)"
        results.append(Test(name, master.points[name], where, "" if where == OUTSIDE else why, blank[name] or 0.0))
    return Tried(results, errors_of(result))


def hidden(master: Master, name: str) -> bool:
    """Does this test hold something that students do not get?"""
    source, student = (
        next(cell.source for cell in nb.cells if flags(cell).get("grade_id") == name)
        for nb in (master.solution, master.released)
    )
    return source != student


def errors_of(result: NotebookNode) -> list[str]:
    """The cells before the tests that failed, and what to do where a module is missing: a test says only that some name is not
    defined."""
    errors = []
    for cell in result.cells:
        error = "" if cell.cell_type != "code" or is_test(cell) else error_of(cell)
        if error:
            errors.append(f"cell {label(cell)} ends with {error}")
            if module := MISSING.match(error):
                errors[-1] += (
                    f". Neither a file of this name lies beside the notebook, nor is it installed where grading runs. If "
                    f"it is a package: .venv/bin/python -m pip install {module[1].split('.')[0]}"
                )
    return errors


def answered(master: Master) -> NotebookNode:
    """The student version with the solution's answers, as a student would hand it in."""
    answers = {cell.id: cell.source for cell in master.solution.cells if is_answer(cell)}
    return NotebookNode(
        master.released,
        cells=[NotebookNode(cell, source=answers.get(cell.id, cell.source)) for cell in master.released.cells],
    )


def graded(
    master: Master,
    nb: NotebookNode,
    lang: str,
    isolation: Isolation,
    files: dict[str, bytes] | None = None,
    inside: Set[str] = frozenset(),
) -> list[tuple[str, float | None, str]]:
    """(grade_id, points, error) of every test cell of `nb`, graded as a submission. inside: tests to run in the kernel;
    no other does."""
    return scores_of(grade(master, nb, lang, isolation, files, inside), master)


def grade(
    master: Master,
    nb: NotebookNode,
    lang: str,
    isolation: Isolation,
    files: dict[str, bytes] | None = None,
    inside: Set[str] = frozenset(),
) -> NotebookNode:
    chapter = {lang: Master(tagged(master.released, inside), master.solution)}
    name = master.released.metadata.descent.get("chapter", "assignment")
    with handed_in(nb, name) as folder:
        beside = folder.parent / lang / name
        beside.mkdir(parents=True)
        for file, data in (files or {}).items():
            (beside / file).parent.mkdir(parents=True, exist_ok=True)
            (beside / file).write_bytes(data)
        job = Job("solution", name, str(folder), "", str(folder.parent), "trial", isolation=isolation, in_kernel=True)
        return submission.grade_notebook(job, chapter)


def scores_of(result: NotebookNode, master: Master) -> list[tuple[str, float | None, str]]:
    scores = result.metadata.descent.grading
    if scores.refused:
        return [(flags(c)["grade_id"], 0.0, scores.refused["en"]) for c in master.released.cells if is_test(c)]
    points = submission.outcome.scores(result)
    return [
        (name, points[name], error_of(cell, scores.tests.get(name, {}).get("line")))
        for cell in result.cells
        if is_test(cell)
        for name in [flags(cell)["grade_id"]]
    ]


def complaints(name: str, course: Course) -> list[str]:
    """A sentence for each test cell, in each language, that does not give the chapter's own solution full points when that
    is graded as a submission. Raises Accident, CannotStart, NoWalls."""
    return [
        f"{name} ({lang}), cell {test}: the chapter's own solution gets {0 if points is None else points:g} of "
        f"{master.points[test]:g} points when it is graded: {why or 'no error'} (docs/wire.md says what can cross)"
        for lang, master in masters.load(name, course.solutions, course.released).items()
        for test, points, why in graded(master, answered(master), lang, course.isolation)
        if points != master.points[test]
    ]


def tagged(nb: NotebookNode, inside: Set[str]) -> NotebookNode:
    """A copy in which exactly these tests are tagged to run in the kernel."""
    copy = nbformat.from_dict(nb)
    for cell in copy.cells:
        tags = [tag for tag in cell.metadata.get("tags", []) if tag != TAG]
        cell.metadata["tags"] = [*tags, TAG] if flags(cell).get("grade_id") in inside else tags
    return copy


@contextlib.contextmanager
def handed_in(nb: NotebookNode, name: str) -> Iterator[Path]:
    """A temporary folder with `nb` as a student's submission."""
    with tempfile.TemporaryDirectory(prefix="trial-") as root:
        folder = Path(root) / "submitted" / name
        folder.mkdir(parents=True)
        nbformat.write(nb, folder / f"{name}.ipynb")
        yield folder


def error_of(cell: NotebookNode, line: int | None = None) -> str:
    """The error in the outputs of a test cell, on one line, with the line of the test that raised it."""
    prefix = f"line {line}: " if line else ""
    for output in cell.outputs:
        if output.output_type == "error":
            text = FOR_TEACHERS if output.evalue == TEXTS["test_broken"][0] else f"{output.ename}: {output.evalue}"
            return f"{prefix}{text}".strip().rstrip(":")[:300]
    return ""
