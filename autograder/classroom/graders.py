"""Assign essays to graders: [graders] in class.toml divides the cells that a person scores, by student or by question.

[graders]
names = ["tutor1", "tutor2"]
by = "student"            # or "question"
anonymous = true          # lists without students; formgrader numbers submissions anyway
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
    """names: empty if the class names no graders. by: "student" or "question". questions: the essays, as (assignment, cell),
    that are dealt to the graders in turn."""

    names: tuple[str, ...] = ()
    by: str = "student"
    anonymous: bool = False
    questions: tuple[tuple[str, str], ...] = tuple(rubrics.of_the_course())

    def reader(self, assignment: str, student: str, cell: str) -> str:
        """The grader of a cell. By student, a hash decides, so assignments stay the same when students come and go. By question,
        essays are dealt in turn, so that two graders get one each in a chapter with two essays."""
        if not self.names:
            return ""
        if self.by == "question" and (assignment, cell) in self.questions:
            return self.names[self.questions.index((assignment, cell)) % len(self.names)]
        hashed = f"{assignment}\0{student if self.by == 'student' else cell}"
        return self.names[int.from_bytes(hashlib.sha256(hashed.encode()).digest()[:8], "big") % len(self.names)]


@dataclass(frozen=True)
class Essay:
    """A cell that a person has to score or has scored. most: its maximum points. where: its address in formgrader."""

    grader: str
    assignment: str
    cell: str
    student: str
    waits: bool
    score: float | None
    most: float
    where: str


def graders_of(class_folder: ClassFolder) -> Graders:
    """[graders] of class.toml. Raises ClassError."""
    table: Any = class_folder.settings().get("graders", {})
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
            f'{class_folder.path / "class.toml"}: [graders] may hold names = ["tutor1", "tutor2"], by = "student" or "question" and '
            "anonymous = true or false, and nothing else"
        )
    questions = tuple(rubrics.rubrics_of(class_folder))
    return Graders(tuple(names), table.get("by", "student"), table.get("anonymous", False), questions)


def essays(class_folder: ClassFolder, *, chapter: str = "", grader: str = "") -> list[Essay]:
    """Every cell that a person has to score or has scored, by grader, assignment and cell; within a cell, in an order that
    does not identify students. Raises ClassError."""
    settings = graders_of(class_folder)
    if grader and grader not in settings.names:
        raise ClassError(f"GRADER={grader}: [graders] in class.toml names {', '.join(settings.names) or 'nobody'}")
    if not class_folder.graded():
        raise ClassError(f"{class_folder.path} has no gradebook yet: run make grade first")
    with Records(class_folder.db_url) as records:
        columns = (
            BaseCell.name, SubmittedNotebook.id, Grade.manual_score, Grade.needs_manual_grade, Grade.max_score,
            BaseCell.type,
        )  # fmt: skip
        rows = [row for row in records.joined(Grade, None, *columns) if row[1].startswith(chapter)]
    listed = []
    for student, assignment, cell, id, score, waits, most, _ in rows:
        if waits or score is not None:
            reader = settings.reader(assignment, student, cell)
            if not grader or reader == grader:
                named = "" if settings.anonymous else student
                listed.append(
                    Essay(reader, assignment, cell, named, bool(waits), score, most, FORMGRADER.format(id, cell))
                )
    return sorted(listed, key=lambda essay: (essay.grader, essay.assignment, essay.cell, essay.where))


def write(class_folder: ClassFolder, listed: list[Essay]) -> Path:
    """Write <CLASS>/essays.csv."""
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\n")
    table.writerow(COLUMNS)
    for essay in listed:
        score = "" if essay.score is None else f"{essay.score:g}"
        state = "waits" if essay.waits else "read"
        grader, student = plain(essay.grader), plain(essay.student)
        table.writerow([grader, essay.assignment, essay.cell, student, state, score, f"{essay.most:g}", essay.where])
    path = class_folder.path / NAME
    with permissions.private(class_folder):
        replace(path, buffer.getvalue())
    return path
