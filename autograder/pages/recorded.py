"""The gradebook's data about submissions as plain dicts: workers write pages and never open the gradebook."""

from datetime import date, datetime
from typing import Any

from nbgrader.api import Assignment, BaseCell, Comment, Grade, SubmittedAssignment, SubmittedNotebook

from autograder.gradebook.coursedir import ClassError, ClassFolder
from autograder.gradebook.record import Records

KNOWN = {"contact", "questions_until"}


def recorded(
    records: Records, names: set[tuple[str, str]], late: dict[str, float]
) -> dict[tuple[str, str], dict[str, Any]]:
    """(student, assignment) -> the data of their page, for those of `names` that are in the gradebook.

    score (after the late penalty), max_score, penalty: points. scores: grade_id -> [points, most]. waits: grade_ids that
    a person still has to score; by_person: those scored by a person. comments: grade_id -> comment. late: the class's
    [late] settings and the seconds after the due date, None for a submission in time. handed_in: a time in UTC.
    """
    columns: tuple[Any, ...] = (
        SubmittedNotebook.late_submission_penalty,
        SubmittedNotebook.score,
        SubmittedNotebook.max_score,
        SubmittedAssignment.timestamp,
        SubmittedAssignment.extension,
        Assignment.duedate,
    )
    entries: dict[tuple[str, str], dict[str, Any]] = {}
    for student, assignment, penalty, score, most, time, extension, due in records.joined(
        SubmittedNotebook, names, *columns
    ):
        until = due + extension if due and extension else due
        seconds = (time - until).total_seconds() if time and until else 0.0
        entries[student, assignment] = {
            "student": student,
            "score": max(0.0, score - (penalty or 0)),
            "max_score": most,
            "penalty": penalty or 0,
            "scores": {},
            "waits": [],
            "by_person": [],
            "comments": {},
            "handed_in": f"{time:%Y-%m-%d %H:%M}" if time else "",
            "late": late | {"seconds": seconds, "extension": extension.total_seconds() / 86_400 if extension else 0}
            if seconds > 0
            else None,
        }
    columns = (BaseCell.name, Grade.score, Grade.max_score, Grade.needs_manual_grade, Grade.manual_score)
    for student, assignment, cell, score, most, waits, manual in records.joined(Grade, names, *columns):
        entry = entries[student, assignment]
        entry["scores"][cell] = [score or 0.0, most]
        if waits:
            entry["waits"].append(cell)
        elif manual is not None:
            entry["by_person"].append(cell)
    for student, assignment, cell, comment in records.joined(Comment, names, BaseCell.name, Comment.manual_comment):
        if comment:
            entries[student, assignment]["comments"][cell] = comment
    return entries


def late_policy(folder: ClassFolder) -> dict[str, float]:
    """[late] of class.toml with its defaults."""
    return {"percent_per_day": 0.0, "grace_minutes": 0.0, "at_most_percent": 100.0} | folder.settings().get("late", {})


def questions(folder: ClassFolder) -> dict[str, Any]:
    """[feedback] of class.toml: whom students ask about a grade, and until when. Raises ClassError.

    contact: a text. questions_until: a date for all assignments, or { 03_momentum = 2026-10-19 }.
    """
    table = folder.settings().get("feedback", {})
    until = table.get("questions_until", {}) if isinstance(table, dict) else {}
    dates = list(until.values()) if isinstance(until, dict) else [until]
    if (
        not isinstance(table, dict)
        or set(table) - KNOWN
        or not isinstance(table.get("contact", ""), str)
        or not all(isinstance(value, date) for value in dates)
    ):  # a datetime is a date
        raise ClassError(
            f'{folder.path / "class.toml"}: [feedback] may hold contact = "name@example.edu" and '
            "questions_until = 2026-10-19 or { 03_momentum = 2026-10-19 }, and nothing else"
        )
    return {"contact": table.get("contact", ""), "until": until}


def questions_until(questions: dict[str, Any], assignment: str) -> str:
    """The deadline for questions about an assignment, "" if class.toml has none."""
    until = questions["until"].get(assignment) if isinstance(questions["until"], dict) else questions["until"]
    return f"{until:%Y-%m-%d %H:%M}" if isinstance(until, datetime) else f"{until}" if until else ""
