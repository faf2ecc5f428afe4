"""Every score in the gradebook, in two queries: one query for each submission takes minutes in a large class."""

from dataclasses import dataclass, field
from typing import Any

from nbgrader.api import Assignment, BaseCell, Grade, SubmittedAssignment, SubmittedNotebook

from autograder.gradebook.record import Records


@dataclass(frozen=True)
class Mark:
    """The score of one graded cell; None waits for a person. by_person: somebody gave it by hand."""

    score: float | None
    by_person: bool


@dataclass
class Recorded:
    """One submission in the gradebook: its id there, and its marks by grade_id."""

    id: str
    marks: dict[str, Mark] = field(default_factory=dict)


def recorded(records: Records) -> dict[tuple[str, str], Recorded]:
    """(student, assignment) -> its entry in the gradebook."""
    ask = records.gradebook.db.query
    submissions = {
        (student, assignment): Recorded(id)
        for student, assignment, id in joined(
            ask(SubmittedAssignment.student_id, Assignment.name, SubmittedNotebook.id).select_from(SubmittedNotebook)
        )
    }
    rows = joined(
        ask(
            SubmittedAssignment.student_id,
            Assignment.name,
            BaseCell.name,
            Grade.score,
            Grade.manual_score,
            Grade.needs_manual_grade,
        )
        .select_from(Grade)
        .join(BaseCell, Grade.cell_id == BaseCell.id)
        .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
    )
    for student, assignment, name, score, manual, waits in rows.yield_per(1000):
        submissions[student, assignment].marks[name] = Mark(None if waits else score, manual is not None)
    return submissions


def joined(query: Any) -> Any:
    return query.join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id).join(
        Assignment, SubmittedAssignment.assignment_id == Assignment.id
    )
