"""The role of a course cell: what nbgrader's metadata and the cell's tags say about it.

Used on the course's own notebooks only. What a student's notebook says about its cells is never believed.
"""

from typing import Any

CourseCell = Any  # nbformat's, or an object with the same two attributes: cell_type and metadata


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
