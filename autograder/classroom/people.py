"""Give a student another id everywhere, or take a student out of the class, with nothing lost.

Each step is done only where the old name still stands, so that the same command finishes what was interrupted. Grading again
afterwards is needed for the pages; scores and comments stay.
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


def places(place: ClassFolder, student: str) -> Iterator[Path]:
    """Everything in the class that is called like a student."""
    yield from (place.path / name / student for name in FOLDERS)
    yield from (place.path / folder / pattern.format(student) for folder, pattern in FILES)


def rename(place: ClassFolder, old: str, new: str) -> list[str]:
    """Call a student `new` in folders, gradebook, audit and deliveries. Returns what was done, and what is left to do by
    hand. Raises ClassError, with nothing done, when `new` is somebody else or no name for a folder."""
    for name in (old, new):
        if not name or (wrong := roster.bad_folder_name(name)):
            raise ClassError(f"{name!r} is no student: {wrong if name else 'say OLD=name NEW=name'}")
    if old == new:
        raise ClassError(f"OLD and NEW are both {old!r}")
    done: list[str] = []
    with permissions.private(place), locked(place):
        moves = list(zip(places(place, old), places(place, new), strict=True))
        taken = [target for source, target in moves if source.exists() and target.exists() and not same(source, target)]
        if taken:
            raise ClassError(
                f"{new} has a {taken[0].relative_to(place.path)} already: is {new} another student? To put two folders of one "
                f"student together, move what is in {taken[0].parent.name}/{old} into it by hand"
            )
        in_gradebook = place.graded() and rename_row(place, old, new)
        if not in_gradebook and not any(source.exists() for source, _ in moves):
            raise ClassError(f"there is no student {old!r}: nothing in {place.path} is called so")
        if in_gradebook:
            done.append("gradebook")
        with Audit(place.path) as audit:
            if any(name == old for name, _ in audit.known):
                audit.renamed(old, new)
                done.append("audit")
        with Deliveries(place.path) as known:
            known.add({"what": "renamed", "when": now(), "who": who(), "before": old, "after": new})
        for source, target in moves:
            if source.exists():
                source.rename(target)
                done.append(str(source.relative_to(place.path)))
    return [f"renamed: {', '.join(done)}", *mentions(place, old, new)]


def same(one: Path, other: Path) -> bool:
    """On a file system without upper and lower case Ada and ada are one file."""
    return one.samefile(other)


def rename_row(place: ClassFolder, old: str, new: str) -> bool:
    """Rename a student of the gradebook; False when there is none. Raises ClassError when both handed in the same."""
    with Records(place.db_url) as records:
        book = records.gradebook
        try:
            student = book.find_student(old)
        except MissingEntry:
            return False
        mine = {submission.assignment.name for submission in student.submissions}
        try:
            other = book.find_student(new)
        except MissingEntry:
            other = Student(
                id=new, first_name=student.first_name, last_name=student.last_name, email=student.email,
                lms_user_id=student.lms_user_id,
            )  # fmt: skip
            book.db.add(other)
            book.db.flush()
        both = mine & {submission.assignment.name for submission in other.submissions}
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


def drop(place: ClassFolder, student: str) -> list[str]:
    """Take a student out: their files move to dropped/<student>/, their rows leave the gradebook, and what these said is kept
    beside the files. Raises ClassError when there is no such student."""
    if not student or roster.bad_folder_name(student):
        raise ClassError(f"{student!r} is no student: say STUDENT=name")
    home = place.path / DROPPED / student
    with permissions.private(place), locked(place):
        files = [path for path in places(place, student) if path.exists()]
        rows = rows_of(place, student) if place.graded() else None
        if rows is None and not files:
            raise ClassError(f"there is no student {student!r}: nothing in {place.path} is called so")
        number = 1 + max((int(p.name) for p in home.glob("*") if p.name.isdecimal()), default=0)
        folder = home / str(number)
        folder.mkdir(parents=True)
        if rows is not None:
            try:
                replace(folder / "gradebook.json", json.dumps(rows, ensure_ascii=False, indent=1, default=str))
                with Records(place.db_url) as records:
                    records.gradebook.remove_student(student)
            except BaseException:  # the student is still there
                shutil.rmtree(folder)
                for empty in (home, home.parent):
                    with contextlib.suppress(OSError):
                        empty.rmdir()
                raise
        with Audit(place.path) as audit:
            if any(name == student for name, _ in audit.known):
                audit.dropped(student)
        for path in files:
            target = folder / path.relative_to(place.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
    kept = folder.relative_to(place.path)
    return [
        f"{student} is out of the gradebook; everything of theirs is in {kept}/",
        *mentions(place, student, ""),
    ]


def rows_of(place: ClassFolder, student: str) -> dict[str, Any] | None:
    """What the gradebook says of a student: {assignment: {score, cells: {grade_id: [auto, manual, extra]}, comments}}."""
    with Records(place.db_url) as records:
        try:
            found = records.gradebook.find_student(student)
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
            for submission in found.submissions
        }


def mentions(place: ClassFolder, old: str, new: str) -> list[str]:
    """What a person has to change by hand: files that people write, with their comments and order."""
    said = [*in_roster(place, old, new)]
    path = place.path / "class.toml"
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    except UnicodeDecodeError:
        text = ""
    if re.search(rf"(?<![\w-]){re.escape(old)}(?![\w-])", re.sub(r"(?m)^\s*#.*", "", text)):
        said.append(f"class.toml still says {old}: " + (f"change it to {new} by hand" if new else "take it out"))
    return [*said, f"next: make grade CLASS={shlex.quote(str(place.path))}"]


def in_roster(place: ClassFolder, old: str, new: str) -> Iterator[str]:
    """A sentence where students.csv still has a student. After a rename its row counts as the new id's (roster.with_renames)."""
    path = place.path / roster.NAME
    try:
        found = roster.load(path) if path.exists() else {}
        rows = {row.line: row for _, row in roster.rows(path)} if found else {}
    except ClassError:  # the next command that needs the roster says what is wrong with it
        return
    if new in found and roster.renames(place.path).get(old) == new:
        line = found[new].line
        if new.casefold() not in {name.casefold() for name in roster.ids(rows[line])}:
            yield f"{roster.NAME} still says {old} in line {line}: that row counts as {new}'s from now on, and in a new list too"
    if old not in found:
        return
    line = found[old].line
    if not new:
        yield f"{roster.NAME} still names {old} in line {line}: take the row out"
    elif rows[line].student:
        yield f"{roster.NAME} still says {old} in line {line}: change it to {new} by hand"
    else:
        yield (
            f"{roster.NAME} still says {old} in line {line}, as a login, number or address: add a column student_id, and "
            f"write {new} there in this line"
        )
