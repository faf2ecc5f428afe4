"""Write down who gives a score or comment in formgrader, and when: nbgrader's gradebook keeps neither.

`keep` is called where formgrader's process reads its configuration (nbgrader_config.py). From then on each commit that
changes a person's field adds lines {"what": "score", ...} to the class's audit.jsonl, under the account that runs it.
"""

import contextlib
from pathlib import Path
from typing import Any

from nbgrader.api import Comment, Grade
from sqlalchemy import URL, event, inspect, make_url
from sqlalchemy.orm import Session

from autograder.gradebook.audit import NAME, now, who
from autograder.gradebook.coursedir import ClassFolder
from autograder.gradebook.journal import Journal

FIELDS = {Grade: ("manual_score", "extra_credit"), Comment: ("manual_comment",)}
PENDING = "descent_given"
_kept: dict[URL, Path] = {}  # of a gradebook -> its class


def keep(place: ClassFolder) -> None:
    """Write lines for this class from now on; a second call changes nothing."""
    if not _kept:
        event.listen(Session, "after_flush", collect)
        event.listen(Session, "after_commit", write)
        event.listen(Session, "after_rollback", lambda session: session.info.pop(PENDING, None))
    _kept[make_url(place.db_url)] = place.path


def folder_of(session: Session) -> Path | None:
    """The class whose gradebook a session has open."""
    bind = session.bind
    return _kept.get(bind.engine.url) if bind is not None else None  # as text, spaces and Chinese are quoted


def collect(session: Session, _: Any) -> None:
    """Remember what this flush changes; it counts when it is committed."""
    if folder_of(session) is None:
        return
    for row in session.dirty:
        for field in FIELDS.get(type(row), ()):
            history = inspect(row).attrs[field].history
            before, after = (
                value_of(field, values[0] if values else None) for values in (history.deleted, history.added)
            )
            if history.has_changes() and before != after:
                submission = row.notebook.assignment
                session.info.setdefault(PENDING, []).append(
                    {
                        "what": "score", "when": now(), "who": who(), "student": submission.student_id,
                        "assignment": submission.assignment.name, "cell": row.name, "field": field, "before": before,
                        "after": after,
                    }
                )  # fmt: skip


def value_of(field: str, value: Any) -> Any:
    """A score as a number: formgrader's page sends what was typed, as text."""
    return float(value) if field != "manual_comment" and value not in (None, "") else value


def write(session: Session) -> None:
    """Append what was committed. A score is never refused because its line cannot be written."""
    folder, lines = folder_of(session), session.info.pop(PENDING, None)
    if folder is not None and lines:
        with contextlib.suppress(OSError):
            journal = Journal(folder / NAME)
            try:
                journal.append(*lines)
            finally:
                journal.close()
