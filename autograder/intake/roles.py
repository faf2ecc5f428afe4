"""The role of a course cell: what nbgrader's metadata and the cell's tags say about it.

Used on the course's own notebooks only. What a student's notebook says about its cells is never believed.
"""

from collections.abc import Iterable
from typing import Any

CourseCell = Any  # nbformat's, or an object with the same two attributes: cell_type and metadata
TEST = "test_"  # what the grade_id of a test begins with


def flags(cell: CourseCell) -> dict:
    """nbgrader's metadata of a cell: grade, solution, locked, points, grade_id; empty for an ordinary cell."""
    return cell.metadata.get("nbgrader", {})


def is_answer(cell: CourseCell) -> bool:
    """Does the student write this cell? Code, or the text of an essay."""
    return bool(flags(cell).get("solution"))


def is_test(cell: CourseCell) -> bool:
    """Does the judge run this cell for points (nbgrader's "autograder tests")?"""
    return cell.cell_type == "code" and bool(flags(cell).get("grade")) and not is_answer(cell)


def is_experiment(cell: CourseCell) -> bool:
    """Is this cell free to be changed and left out of grading?"""
    return "experiment" in cell.metadata.get("tags", ())


def answers_of(cells: Iterable[CourseCell]) -> dict[str, list[CourseCell]]:
    """{grade_id of a graded cell: the answers that it grades}. An essay grades itself, a test the answer that it is named
    after. Any other test grades the answers since the last such test that no test is named after, as the predictions of a
    sitting."""
    cells = list(cells)
    named = {flags(cell).get("grade_id"): cell for cell in cells if is_answer(cell)}
    tested = {flags(cell).get("grade_id", "").removeprefix(TEST) for cell in cells if is_test(cell)}
    answers: dict[str, list[CourseCell]] = {}
    untested: list[CourseCell] = []
    for cell in cells:
        grade_id = flags(cell).get("grade_id")
        if is_answer(cell) and grade_id not in tested and not flags(cell).get("grade"):
            untested.append(cell)
        if not flags(cell).get("grade") or grade_id is None:
            continue
        if is_answer(cell):
            answers[grade_id] = [cell]
        elif grade_id.removeprefix(TEST) in named:
            answers[grade_id] = [named[grade_id.removeprefix(TEST)]]
        else:
            answers[grade_id], untested = untested, []
    return answers
