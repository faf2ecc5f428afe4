"""Put graded notebooks into nbgrader's gradebook, by nbgrader's own rules, in one open session.

Rows of an assignment, scores, comments and the cost of being late come from nbgrader (nbgrader_adapter.py). A score that
a person gave is never overwritten. Recording the same notebook twice changes nothing.
"""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.utils import parse_utc
from sqlalchemy import text
from traitlets.config import Config

from autograder.gradebook import decisions, nbgrader_adapter
from autograder.intake.masters import Master
from autograder.intake.roles import flags, is_answer

INDEXES = (
    "grade (notebook_id)",
    "comment (notebook_id)",
    "submitted_notebook (assignment_id)",
    "submitted_assignment (student_id)",
)  # nbgrader has none: each query about one student would read all rows
COLUMNS = ("student_id", "assignment", "score", "max_score", "note")


class Changed(Exception):
    """A chapter got other cells after submissions were recorded; the message says what to do."""


class Records:
    """The gradebook of a class, open: `with Records(db_url) as records`. Raises ClassError for a server that lets nobody in."""

    def __init__(self, db_url: str, config: Config | None = None):
        self.db_url, self.config = db_url, config or Config()
        nbgrader_adapter.check_server(db_url)
        nbgrader_adapter.stamp_version(db_url)
        self.gradebook = Gradebook(db_url)
        self.gradebook.db().expire_on_commit = False
        try:
            decisions.make_table(self.gradebook)
            for index in INDEXES:
                name = "descent_" + index.replace(" (", "_").rstrip(")")
                self.gradebook.db.execute(text(f"CREATE INDEX IF NOT EXISTS {name} ON {index}"))
            self.commit()
        except Exception:
            self.gradebook.close()
            raise

    def __enter__(self) -> "Records":
        return self

    def __exit__(self, *_: object) -> None:
        self.gradebook.close()

    def assignment(self, name: str, chapter: dict[str, Master], due: datetime | None = None) -> None:
        """Make or update the rows of an assignment from its master. `due` replaces the due date when given. Raises
        Changed."""
        self.gradebook.update_or_create_assignment(name, **({"duedate": parse_utc(due)} if due else {}))
        master = chapter.get("en") or next(iter(chapter.values()))
        try:
            nbgrader_adapter.save_cells(master.complete(master.released), name, self.db_url)
        except RuntimeError:
            raise Changed(
                f"{name} has other cells than when its submissions were recorded, and waits. See what changes: make migrate "
                f"CLASS=... CHAPTER={name} DRY=1; without DRY=1 it is done, and no score or comment of a person is lost"
            ) from None
        self.gradebook.db.expire_all()

    def save(self, nb: NotebookNode, student: str, assignment: str, timestamp: datetime | None = None) -> None:
        """Record one graded notebook; `commit` makes it last."""
        with nbgrader_adapter.one_transaction(self.gradebook):
            self.gradebook.update_or_create_student(student)
            with self.gradebook.db.no_autoflush:  # nbgrader links the new row before it adds it
                self.gradebook.update_or_create_submission(assignment, student)
        row = self.gradebook.find_submission_notebook(assignment, assignment, student)
        decided = decisions.known(self.gradebook, row)
        save_scores(nb, row, student, assignment)
        decisions.keep(self.gradebook, row, nb, decided)
        row.assignment.timestamp = timestamp
        self.gradebook.db.flush()
        self.late(row)

    def late(self, row: SubmittedNotebook) -> None:
        """Compute the cost of being late anew."""
        self.gradebook.db.refresh(row)
        row.late_submission_penalty = None
        row.late_submission_penalty = nbgrader_adapter.late_penalty(row, self.config)

    def undecided_rows(self) -> list[SubmittedNotebook]:
        """Submissions with a person's score that were recorded before `decisions` kept which text it belongs to."""
        rows = (
            self.gradebook.db.query(SubmittedNotebook)
            .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
            .filter(Grade.manual_score.isnot(None))
            .distinct()
            .all()
        )
        return [row for row in rows if not decisions.has_entry(self.gradebook, row)]

    def rows(self, assignment: str) -> list[SubmittedNotebook]:
        """Every recorded submission of an assignment."""
        return (
            self.gradebook.db.query(SubmittedNotebook)
            .join(SubmittedAssignment)
            .join(Assignment)
            .filter(Assignment.name == assignment)
            .all()
        )

    def row(self, student: str, assignment: str) -> SubmittedNotebook | None:
        try:
            return self.gradebook.find_submission_notebook(assignment, assignment, student)
        except MissingEntry:
            return None

    def states(self, names: set[tuple[str, str]] | None = None) -> Iterator[tuple[str, str, dict, float]]:
        """(student, assignment, {grade_id: [auto, manual, extra]}, penalty) of every recorded submission, or of
        these (student, assignment)."""
        rows = self.joined(
            Grade,
            names,
            BaseCell.name,
            Grade.auto_score,
            Grade.manual_score,
            Grade.extra_credit,
            SubmittedNotebook.late_submission_penalty,
        )
        for (student, assignment), recorded in groupby(rows, lambda row: (row[0], row[1])):
            cells = [row[2:] for row in recorded]
            yield student, assignment, {c[0]: list(c[1:4]) for c in cells}, cells[0][4] or 0.0

    def shown(self, names: set[tuple[str, str]]) -> dict[tuple[str, str], dict]:
        """What a page shows of each of these (student, assignment) that is recorded: {"scores": {grade_id: [score,
        of]}, "comments": {grade_id: text}, "penalty", "score" (less the penalty), "max_score"}."""
        pages: dict[tuple[str, str], dict] = {}
        for *name, penalty, score, most in self.joined(
            SubmittedNotebook,
            names,
            SubmittedNotebook.late_submission_penalty,
            SubmittedNotebook.score,
            SubmittedNotebook.max_score,
        ):
            pages[tuple(name)] = {
                "scores": {},
                "comments": {},
                "penalty": penalty or 0,
                "score": score - (penalty or 0),
                "max_score": most,
            }
        for student, assignment, cell, score, most in self.joined(
            Grade, names, BaseCell.name, Grade.score, Grade.max_score
        ):
            pages[student, assignment]["scores"][cell] = [score, most]
        for student, assignment, cell, comment in self.joined(Comment, names, BaseCell.name, Comment.comment):
            pages[student, assignment]["comments"][cell] = comment
        return pages

    def joined(self, table: Any, names: set[tuple[str, str]] | None, *columns: Any) -> Iterator[Any]:
        """Rows (student, assignment, *columns) of `table`: SubmittedNotebook, or Grade or Comment with their cells."""
        query = self.gradebook.db.query(SubmittedAssignment.student_id, Assignment.name, *columns).select_from(table)
        if table is not SubmittedNotebook:
            query = query.join(SubmittedNotebook, table.notebook_id == SubmittedNotebook.id).join(
                BaseCell, table.cell_id == BaseCell.id
            )
        query = query.join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id).join(
            Assignment, SubmittedAssignment.assignment_id == Assignment.id
        )
        if names is not None:
            query = query.filter(SubmittedAssignment.student_id.in_({student for student, _ in names}))
        rows = query.order_by(Assignment.name, SubmittedAssignment.student_id).yield_per(1000)
        return (row for row in rows if names is None or (row[0], row[1]) in names)

    def commit(self) -> None:
        self.gradebook.db.commit()

    def rollback(self) -> None:
        self.gradebook.db.rollback()


def save_scores(nb: NotebookNode, row: SubmittedNotebook, student: str, assignment: str) -> None:
    """nbgrader's scores and comments, and two things that nbgrader has no field for: a test that waits for a person, and
    the reason why a submission was refused."""
    nbgrader_adapter.save_scores(nb, row, student, assignment)
    grading = nb.metadata.descent.grading
    for grade in row.grades:
        if grade.name in grading.waiting:
            grade.auto_score, grade.needs_manual_grade = None, True
    if grading.refused:
        first = next((flags(cell)["grade_id"] for cell in nb.cells if is_answer(cell)), None)
        for comment in row.comments:
            if comment.name == first:
                comment.auto_comment = f"{grading.refused['en']}\n\n{grading.refused['zh']}"


def grades_csv(rows: list[dict]) -> str:
    """A table for spreadsheets: every text quoted, and none that a spreadsheet would take for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([plain(row[c]) if isinstance(row[c], str) else row[c] for c in COLUMNS])
    return out.getvalue()


def plain(text: str) -> str:
    """Text that no spreadsheet runs: a leading =, +, -, @ gets an apostrophe; control characters go."""
    text = "".join(c if c.isprintable() else " " for c in text)
    return "'" + text if text.lstrip()[:1] in ("=", "+", "-", "@", "＝", "＋", "－", "＠") else text
