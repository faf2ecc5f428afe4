"""The order in which an instructor looks at submissions: by severity, equal notes together, late ones counted apart."""

from collections.abc import Iterable
from dataclasses import dataclass

from autograder.grading.rows import READ, Row

ORDER = ("person", "refused", "left alone", "late", "waits", "graded", "not yet")
QUIET = ("graded", "waits", "late", "not yet")
LATE = "Late by "  # how rows.py begins the note about being late


@dataclass(frozen=True)
class Group:
    """Rows of one assignment with the same state and notes."""

    state: str
    assignment: str
    note: str
    rows: tuple[Row, ...]


def severity(row: Row) -> tuple[int, bool]:
    """Sort key: needs a person, refused, has a note, the rest."""
    return ORDER.index(row.state), not other_notes(row)


def is_late(row: Row) -> bool:
    return row.state == "late" or any(note.startswith(LATE) for note in row.notes)


def state_words(row: Row) -> str:
    """The state, with ", late" added unless the state itself is "late"."""
    return row.state + (", late" if is_late(row) and row.state != "late" else "")


def other_notes(row: Row) -> list[str]:
    """The notes except the one about being late, which differs from student to student."""
    return [note for note in row.notes if not note.startswith(LATE)]


def quiet(row: Row) -> bool:
    """True if it was graded before this run and has no note to look at."""
    return not row.new and row.state in QUIET and all(note.startswith((READ, LATE)) for note in row.notes)


def grouped(rows: Iterable[Row]) -> list[Group]:
    """Group rows with equal state, assignment and notes; the most severe first, then the largest."""
    members_by_note: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        members_by_note.setdefault((row.state, row.assignment, " ".join(other_notes(row))), []).append(row)
    groups = [Group(*key, tuple(members)) for key, members in members_by_note.items()]
    return sorted(groups, key=lambda group: (severity(group.rows[0]), -len(group.rows)))
