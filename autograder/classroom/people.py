"""Give a student another id everywhere, or take a student out of the class, without losing anything.

Each step is skipped if it was done before, so running the command again finishes an interrupted one. Scores and comments stay;
only the pages need another `make grade`.
"""

import contextlib
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbgrader.api import MissingEntry, Student, SubmittedAssignment

from autograder.classroom import roster
from autograder.classroom.deliveries import Deliveries
from autograder.gradebook import permissions
from autograder.gradebook.audit import Audit, now, who
from autograder.gradebook.coursedir import ClassError, ClassFolder
from autograder.gradebook.files import replace
from autograder.gradebook.lock import locked
from autograder.gradebook.record import Records

FOLDERS = ("submitted", "autograded", "feedback", "earlier")
FILES = (("progress", "{}.html"), ("regrade", "{}.toml"))
DROPPED = "dropped"


def places(class_folder: ClassFolder, student: str) -> Iterator[Path]:
    """All paths in the class that may bear a student's name."""
    yield from (class_folder.path / name / student for name in FOLDERS)
    yield from (class_folder.path / folder / pattern.format(student) for folder, pattern in FILES)


def rename(class_folder: ClassFolder, old: str, new: str) -> list[str]:
    """Rename a student in folders, gradebook, audit and deliveries. Returns messages: what was done, and what must be changed by
    hand. Raises ClassError, with nothing changed, if `new` is another student or cannot be a folder's name."""
    for name in (old, new):
        if not name or (problem := roster.bad_folder_name(name)):
            raise ClassError(f"{name!r} is no student: {problem if name else 'say OLD=name NEW=name'}")
    if old == new:
        raise ClassError(f"OLD and NEW are both {old!r}")
    done: list[str] = []
    with permissions.private(class_folder), locked(class_folder):
        moves = list(zip(places(class_folder, old), places(class_folder, new), strict=True))
        occupied = [
            target for source, target in moves if source.exists() and target.exists() and not same_file(source, target)
        ]
        if occupied:
            raise ClassError(
                f"{new} has a {occupied[0].relative_to(class_folder.path)} already: is {new} another student? To put two folders of one "
                f"student together, move what is in {occupied[0].parent.name}/{old} into it by hand"
            )
        in_gradebook = class_folder.graded() and rename_row(class_folder, old, new)
        if not in_gradebook and not any(source.exists() for source, _ in moves):
            raise ClassError(f"there is no student {old!r}: nothing in {class_folder.path} is called so")
        if in_gradebook:
            done.append("gradebook")
        with Audit(class_folder.path) as audit:
            if any(name == old for name, _ in audit.known):
                audit.renamed(old, new)
                done.append("audit")
        with Deliveries(class_folder.path) as deliveries:
            deliveries.add({"what": "renamed", "when": now(), "who": who(), "before": old, "after": new})
        for source, target in moves:
            if source.exists():
                source.rename(target)
                done.append(str(source.relative_to(class_folder.path)))
    return [f"renamed: {', '.join(done)}", *mentions(class_folder, old, new)]


def same_file(path: Path, other: Path) -> bool:
    """True for Ada and ada on a case-insensitive file system."""
    return path.samefile(other)


def rename_row(class_folder: ClassFolder, old: str, new: str) -> bool:
    """Rename a student in the gradebook; False if there is none. Raises ClassError if both ids have scores for one assignment."""
    with Records(class_folder.db_url) as records:
        book = records.gradebook
        try:
            student = book.find_student(old)
        except MissingEntry:
            return False
        assignments = {submission.assignment.name for submission in student.submissions}
        try:
            other = book.find_student(new)
        except MissingEntry:
            other = Student(
                id=new, first_name=student.first_name, last_name=student.last_name, email=student.email,
                lms_user_id=student.lms_user_id,
            )  # fmt: skip
            book.db.add(other)
            book.db.flush()
        both = assignments & {submission.assignment.name for submission in other.submissions}
        if both:
            records.rollback()
            raise ClassError(f"{old} and {new} both have scores for {', '.join(sorted(both))}: they are two students")
        book.db.query(SubmittedAssignment).filter(SubmittedAssignment.student_id == old).update(
            {"student_id": new}, synchronize_session=False
        )
        book.db.expire_all()
        book.db.delete(book.find_student(old))
        records.commit()
    return True


def drop(class_folder: ClassFolder, student: str) -> list[str]:
    """Take a student out: move their files to dropped/<student>/, delete their rows from the gradebook, and save these rows beside
    the files. Raises ClassError if there is no such student."""
    if not student or roster.bad_folder_name(student):
        raise ClassError(f"{student!r} is no student: say STUDENT=name")
    dropped = class_folder.path / DROPPED / student
    with permissions.private(class_folder), locked(class_folder):
        files = [path for path in places(class_folder, student) if path.exists()]
        rows = rows_of(class_folder, student) if class_folder.graded() else None
        if rows is None and not files:
            raise ClassError(f"there is no student {student!r}: nothing in {class_folder.path} is called so")
        number = 1 + max((int(path.name) for path in dropped.glob("*") if path.name.isdecimal()), default=0)
        folder = dropped / str(number)
        folder.mkdir(parents=True)
        if rows is not None:
            try:
                replace(folder / "gradebook.json", json.dumps(rows, ensure_ascii=False, indent=1, default=str))
                with Records(class_folder.db_url) as records:
                    records.gradebook.remove_student(student)
            except BaseException:  # the student is still in the gradebook
                shutil.rmtree(folder)
                for parent in (dropped, dropped.parent):
                    with contextlib.suppress(OSError):
                        parent.rmdir()
                raise
        with Audit(class_folder.path) as audit:
            if any(name == student for name, _ in audit.known):
                audit.dropped(student)
        for path in files:
            target = folder / path.relative_to(class_folder.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
    return [
        f"{student} is out of the gradebook; everything of theirs is in {folder.relative_to(class_folder.path)}/",
        *mentions(class_folder, student, ""),
    ]


def rows_of(class_folder: ClassFolder, student: str) -> dict[str, Any] | None:
    """A student's rows in the gradebook: {assignment: {score, cells: {grade_id: [auto, manual, extra]}, comments}}."""
    with Records(class_folder.db_url) as records:
        try:
            row = records.gradebook.find_student(student)
        except MissingEntry:
            return None
        return {
            submission.assignment.name: {
                "score": submission.score,
                "late_submission_penalty": submission.late_submission_penalty,
                "timestamp": submission.timestamp,
                "cells": {
                    grade.name: [grade.auto_score, grade.manual_score, grade.extra_credit]
                    for notebook in submission.notebooks
                    for grade in notebook.grades
                },
                "comments": {
                    comment.name: comment.comment
                    for notebook in submission.notebooks
                    for comment in notebook.comments
                    if comment.comment
                },
            }
            for submission in row.submissions
        }


def mentions(class_folder: ClassFolder, old: str, new: str) -> list[str]:
    """Messages about files that only a person may change, since they have comments and an order: students.csv and class.toml."""
    messages = [*in_roster(class_folder, old, new)]
    path = class_folder.path / "class.toml"
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    except UnicodeDecodeError:
        text = ""
    if re.search(rf"(?<![\w-]){re.escape(old)}(?![\w-])", re.sub(r"(?m)^\s*#.*", "", text)):
        messages.append(f"class.toml still says {old}: " + (f"change it to {new} by hand" if new else "take it out"))
    return [*messages, f"next: make grade CLASS={shlex.quote(str(class_folder.path))}"]


def in_roster(class_folder: ClassFolder, old: str, new: str) -> Iterator[str]:
    """A message if students.csv still has the old id. After a rename its row counts as the new id's (roster.with_renames)."""
    path = class_folder.path / roster.NAME
    try:
        people = roster.load(path) if path.exists() else {}
        rows = {row.line: row for _, row in roster.rows(path)} if people else {}
    except ClassError:  # the next command that needs the roster reports what is wrong with it
        return
    if new in people and roster.renames(class_folder.path).get(old) == new:
        line = people[new].line
        if new.casefold() not in {name.casefold() for name in roster.ids(rows[line])}:
            yield f"{roster.NAME} still says {old} in line {line}: that row counts as {new}'s from now on, and in a new list too"
    if old not in people:
        return
    line = people[old].line
    if not new:
        yield f"{roster.NAME} still names {old} in line {line}: take the row out"
    elif rows[line].student:
        yield f"{roster.NAME} still says {old} in line {line}: change it to {new} by hand"
    else:
        yield (
            f"{roster.NAME} still says {old} in line {line}, as a login, number or address: add a column student_id, and "
            f"write {new} there in this line"
        )
