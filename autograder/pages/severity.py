"""What an instructor has to look at first: rows by severity, equal notes together, late ones counted by themselves."""

from collections.abc import Iterable
from dataclasses import dataclass

from autograder.grading.rows import READ, Row

ORDER = ("person", "refused", "left alone", "late", "waits", "graded", "not yet")
QUIET = ("graded", "waits", "late", "not yet")
LATE = "Late by "  # how rows.py begins the note about being late


@dataclass(frozen=True)
class Group:
    """Rows of one assignment and state that say the same."""

    state: str
    assignment: str
    note: str
    rows: tuple[Row, ...]


def severity(row: Row) -> tuple[int, bool]:
    """For sorting: what needs a person, what was refused, what has a note, the rest."""
    return ORDER.index(row.state), not other_notes(row)


def is_late(row: Row) -> bool:
    return row.state == "late" or any(note.startswith(LATE) for note in row.notes)


def state_words(row: Row) -> str:
    """The state, and that it is late where that is not all of it."""
    return row.state + (", late" if is_late(row) and row.state != "late" else "")


def other_notes(row: Row) -> list[str]:
    """The notes but that about being late, which differs from student to student."""
    return [note for note in row.notes if not note.startswith(LATE)]


def quiet(row: Row) -> bool:
    """Is there nothing about it but its score, and did it have that before this run?"""
    return not row.new and row.state in QUIET and all(note.startswith((READ, LATE)) for note in row.notes)


def grouped(rows: Iterable[Row]) -> list[Group]:
    """Equal states, assignments and notes together; the most severe first, then the largest."""
    found: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row.state, row.assignment, " ".join(other_notes(row))), []).append(row)
    groups = [Group(*key, tuple(members)) for key, members in found.items()]
    return sorted(groups, key=lambda group: (severity(group.rows[0]), -len(group.rows)))
