"""Who reads which essays: [graders] of class.toml splits what waits for a person, by student or by question.

[graders]
names = ["tutor1", "tutor2"]
by = "student"            # or "question"
anonymous = true          # lists show no student: formgrader numbers the submissions anyway
"""

import csv
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.api import BaseCell, Grade, SubmittedNotebook

from autograder.classroom import rubrics
from autograder.gradebook import permissions
from autograder.gradebook.coursedir import ClassError, ClassFolder
from autograder.gradebook.files import replace
from autograder.gradebook.record import Records, plain

NAME = "essays.csv"
COLUMNS = ("grader", "assignment", "cell", "student", "state", "score", "of", "where")
FORMGRADER = "/formgrader/submissions/{}/#{}"  # levels.js goes to the cell that the address ends with


@dataclass(frozen=True)
class Graders:
    """names: empty where a class names nobody. by: "student" or "question". questions: (assignment, cell) of those that take
    turns."""

    names: tuple[str, ...] = ()
    by: str = "student"
    anonymous: bool = False
    questions: tuple[tuple[str, str], ...] = tuple(rubrics.of_the_course())

    def reader(self, assignment: str, student: str, cell: str) -> str:
        """Who reads it. By student everybody's share stays the same when others come and go. By question readers take turns,
        so that two have one each of a chapter with two essays."""
        if not self.names:
            return ""
        if self.by == "question" and (assignment, cell) in self.questions:
            return self.names[self.questions.index((assignment, cell)) % len(self.names)]
        about = f"{assignment}\0{student if self.by == 'student' else cell}"
        return self.names[int.from_bytes(hashlib.sha256(about.encode()).digest()[:8], "big") % len(self.names)]


@dataclass(frozen=True)
class Essay:
    """A graded cell that waits for a person, or was read by one."""

    grader: str
    assignment: str
    cell: str
    student: str
    waits: bool
    score: float | None
    most: float
    where: str


def graders_of(place: ClassFolder) -> Graders:
    """[graders] of class.toml. Raises ClassError."""
    table: Any = place.settings().get("graders", {})
    names = table.get("names", []) if isinstance(table, dict) else None
    if (
        not isinstance(table, dict)
        or table.keys() - {"names", "by", "anonymous"}
        or not isinstance(names, list)
        or not all(isinstance(name, str) and name.strip() for name in names)
        or len(set(names)) != len(names)
        or table.get("by", "student") not in ("student", "question")
        or not isinstance(table.get("anonymous", False), bool)
    ):
        raise ClassError(
            f'{place.path / "class.toml"}: [graders] may hold names = ["tutor1", "tutor2"], by = "student" or "question" and '
            "anonymous = true or false, and nothing else"
        )
    questions = tuple(rubrics.rubrics_of(place))
    return Graders(tuple(names), table.get("by", "student"), table.get("anonymous", False), questions)


def essays(place: ClassFolder, *, chapter: str = "", grader: str = "") -> list[Essay]:
    """Every cell that a person has to score or has scored, by grader, assignment and cell; students of one cell in an order
    that says nothing. Raises ClassError."""
    settings = graders_of(place)
    if grader and grader not in settings.names:
        raise ClassError(f"GRADER={grader}: [graders] in class.toml names {', '.join(settings.names) or 'nobody'}")
    if not place.graded():
        raise ClassError(f"{place.path} has no gradebook yet: run make grade first")
    with Records(place.db_url) as records:
        columns = (
            BaseCell.name, SubmittedNotebook.id, Grade.manual_score, Grade.needs_manual_grade, Grade.max_score,
            BaseCell.type,
        )  # fmt: skip
        rows = [row for row in records.joined(Grade, None, *columns) if row[1].startswith(chapter)]
    found = []
    for student, assignment, cell, id, score, waits, most, _ in rows:
        if waits or score is not None:
            reader = settings.reader(assignment, student, cell)
            if not grader or reader == grader:
                shown = "" if settings.anonymous else student
                found.append(
                    Essay(reader, assignment, cell, shown, bool(waits), score, most, FORMGRADER.format(id, cell))
                )
    return sorted(found, key=lambda one: (one.grader, one.assignment, one.cell, one.where))


def write(place: ClassFolder, found: list[Essay]) -> Path:
    """Write <CLASS>/essays.csv."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for one in found:
        score = "" if one.score is None else f"{one.score:g}"
        state = "waits" if one.waits else "read"
        table.writerow(
            [plain(one.grader), one.assignment, one.cell, plain(one.student), state, score, f"{one.most:g}", one.where]
        )
    path = place.path / NAME
    with permissions.private(place):
        replace(path, out.getvalue())
    return path
