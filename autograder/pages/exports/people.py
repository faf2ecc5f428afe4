"""Who the students are to Canvas or Moodle: <CLASS>/students.csv, and what the gradebook knows.

students.csv may be what Canvas exports from its gradebook, or Moodle's list of participants or grading worksheet, as
it is. A row belongs to the folder in submitted/ that its student_id names; without that column, to the folder that is
called like its login, its SIS or ID number, its e-mail address or the part of that before the @.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from autograder.gradebook.coursedir import ClassError

NAMES = {  # the heading of a column, in small letters -> field of Person
    "student_id": "student",
    "student": "name",
    "name": "name",
    "full name": "name",
    "first name": "first",
    "first_name": "first",
    "firstname": "first",
    "last name": "last",
    "last_name": "last",
    "lastname": "last",
    "surname": "last",
    "email address": "email",
    "email": "email",
    "id": "canvas_id",
    "sis user id": "sis_id",
    "sis login id": "login",
    "username": "login",
    "section": "section",
    "id number": "id_number",
    "identifier": "identifier",
    "last modified (grade)": "modified",
}
NOT_STUDENTS = ("points possible", "student, test")  # rows in a file from Canvas that are about no student


@dataclass
class Person:
    """A student as the other system knows them; empty where it is unknown."""

    student: str = ""
    name: str = ""
    first: str = ""
    last: str = ""
    email: str = ""
    login: str = ""
    canvas_id: str = ""
    sis_id: str = ""
    section: str = ""
    id_number: str = ""
    identifier: str = ""
    modified: str = ""

    @property
    def sortable(self) -> str:
        """Last name, first name: as Canvas lists students."""
        return self.name or ", ".join(filter(None, (self.last, self.first)))

    @property
    def full(self) -> str:
        return self.name or " ".join(filter(None, (self.first, self.last)))


def people(path: Path, gradebook_students: Iterable[Any]) -> dict[str, Person]:
    """student -> Person, for everybody in the gradebook. Raises ClassError for a students.csv that cannot be used."""
    found = {}
    for student in gradebook_students:
        found[student.id] = Person(
            student.id,
            first=student.first_name or "",
            last=student.last_name or "",
            email=student.email or "",
            canvas_id=student.lms_user_id or "",
        )
    for student, row in listed(path, set(found)).items():
        for field in fields(Person):
            if value := getattr(row, field.name):
                setattr(found[student], field.name, value)
        if row.name:
            found[student].name = row.name
    for person in found.values():
        person.login = person.login or person.student
        person.email = person.email or (person.student if "@" in person.student else "")
    return found


def listed(path: Path, students: set[str]) -> dict[str, Person]:
    """student -> their row of students.csv; nothing where there is no such file."""
    if not path.exists():
        return {}
    found: dict[str, Person] = {}
    by_name = {student.casefold(): student for student in sorted(students)}
    for number, row in rows(path):
        if row.name.strip().casefold() in NOT_STUDENTS:
            continue
        student = owner(row, by_name)
        if student is None:
            continue
        if student in found:
            raise ClassError(
                f"{path}, line {number}: a second row for {student!r}. Add a column student_id that says "
                "which folder in submitted/ each row belongs to"
            )
        row.student = student
        found[student] = row
    if students and not found:
        raise ClassError(
            f"{path}: no row belongs to a folder in submitted/ (the first is {min(students)!r}). Add a "
            "column student_id with the names of the folders"
        )
    return found


def rows(path: Path) -> list[tuple[int, Person]]:
    """(line, what it says) of every row, in whichever of comma, semicolon and tab the file uses."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ClassError(f'{path} is not UTF-8 ({error}): save it as "CSV UTF-8"') from None
    head = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=head.count))
    headings = [NAMES.get(name.strip().casefold()) for name in next(reader, [])]
    if not any(headings):
        raise ClassError(f"{path}: no heading is known. There may be: {', '.join(sorted(NAMES))}")
    found = []
    for cells in reader:
        values = {}
        for field, cell in zip(headings, cells, strict=False):
            if field and field not in values:
                values[field] = cell.strip()
        if any(values.values()):
            found.append((reader.line_num, Person(**values)))
    return found


def owner(row: Person, by_name: dict[str, str]) -> str | None:
    """The folder that a row belongs to."""
    names = (
        [row.student]
        if row.student
        else [row.login, row.sis_id, row.id_number, row.email, row.email.partition("@")[0], row.canvas_id]
    )
    return next((by_name[name.casefold()] for name in names if name and name.casefold() in by_name), None)
