"""Pack feedback pages so that an LMS gives each to the right student, under the names that the LMS gave the submissions.

canvas   lovelaceada_101_5551_03_momentum.html     Upload Submissions: attached to that submission as a comment, under the
         name of the file that the student uploaded (instructure/canvas-lms app/models/abstract_assignment.rb,
         generate_comments_from_files and infer_comment_context_from_filename)
moodle   Ada Lovelace_21_assignsubmission_file/03_momentum.html     Upload multiple feedback files in a zip
folder   ada/index.html, ada/03_momentum/03_momentum.html     all chapters with their links, for any other system

Each student gets the chapter's page and, except on Canvas, the page over all chapters. TARGETS has a function per target.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from autograder.classroom import roster
from autograder.classroom.census import handed_in_since
from autograder.classroom.deliveries import Deliveries
from autograder.gradebook import permissions
from autograder.gradebook.coursedir import ClassError, ClassFolder, submissions

ALL = "all_chapters.html"
STAMP = (2026, 1, 1, 0, 0, 0)  # of every file, so that equal pages give equal bytes
RELATIVE = re.compile(r'<a href="(?!#|[a-z]+:)[^"]*">(.*?)</a>', re.S)


@dataclass
class Given:
    """A zip of feedback pages. path: the zip. steps: what to do with it. students: those with pages in it. missing: a message
    for each student of the chapter without one. absent: students on the roster without a submission. older: students whose
    page is about an earlier submission than their current one."""

    path: Path
    steps: str
    students: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    older: list[str] = field(default_factory=list)


Pages = dict[str, dict[str, Path]]  # student -> name -> page
Target = Callable[[ClassFolder, str, Pages, Given], Iterator[tuple[str, bytes]]]


def canvas(class_folder: ClassFolder, chapter: str, pages: Pages, given: Given) -> Iterator[tuple[str, bytes]]:
    given.steps = (
        "In Canvas: the assignment, Upload Submissions (beside Download Submissions), choose the zip. Canvas shows each page "
        f"under the name of the file that the student uploaded: tell them to save it as {chapter}.html."
    )
    names = names_from(class_folder, chapter, "canvas")
    for student, files in with_lms_names(
        pages, names, given, "it did not come with a zip of Canvas, which gives each a number"
    ):
        for name, page in files.items():
            if name != ALL:  # both would have the name of the student's upload
                yield f"{names[student]}_{name}", without_links(page)


def moodle(class_folder: ClassFolder, chapter: str, pages: Pages, given: Given) -> Iterator[tuple[str, bytes]]:
    given.steps = "In Moodle: the assignment, View all submissions, Upload multiple feedback files in a zip."
    people, worksheet = roster.roster_of(class_folder.path), roster.worksheet_of(class_folder.path, chapter)
    if worksheet.exists():
        people, _ = roster.with_worksheet(people, worksheet)
    names = {
        student: f"{person.full.replace('_', ' ')}_{person.participant}_assignsubmission_file"
        for student, person in people.items()
        if person.participant
    } | names_from(class_folder, chapter, "moodle")
    for student, files in with_lms_names(
        pages, names, given, "neither a zip of Moodle nor its grading worksheet has their number"
    ):
        for name, page in files.items():
            yield f"{names[student]}/{name}", without_links(page)


def folder(class_folder: ClassFolder, chapter: str, pages: Pages, given: Given) -> Iterator[tuple[str, bytes]]:
    given.steps = "Each student's folder goes to that student; index.html is the page over all chapters."
    for student in pages:
        given.students.append(student)
        own_folder = class_folder.path / "feedback" / student
        for page in sorted(own_folder.rglob("*.html")):
            yield f"{student}/{page.relative_to(own_folder).as_posix()}", page.read_bytes()


TARGETS: dict[str, Target] = {"canvas": canvas, "moodle": moodle, "folder": folder}


def with_lms_names(
    pages: Pages, names: dict[str, str], given: Given, why: str
) -> Iterator[tuple[str, dict[str, Path]]]:
    """(student, files) of the students with a name in the LMS; the others become messages in given.missing."""
    for student, files in pages.items():
        if student in names:
            given.students.append(student)
            yield student, files
        else:
            given.missing.append(f"{student}: no name for their page, {why}")


def names_from(class_folder: ClassFolder, chapter: str, system: str) -> dict[str, str]:
    """student -> the name of their submission in a system's last zip."""
    with Deliveries(class_folder.path) as deliveries:
        return {line["student"]: line["name"] for line in deliveries.newest(chapter, system)}


def without_links(page: Path) -> bytes:
    """A page whose links to our other pages are replaced by their text, since it is read alone."""
    return RELATIVE.sub(r"\1", page.read_text(encoding="utf-8")).encode()


def give_back(class_folder: ClassFolder, target: str, chapter: str, assignments: list[str]) -> Given:
    """Write <CLASS>/give-back/<chapter>-<target>.zip. Raises ClassError if there is no page or `chapter` is ambiguous."""
    submitted, _ = submissions(class_folder, set(assignments))
    chosen = sorted({entry.assignment for entry in submitted if entry.assignment.startswith(chapter)})
    if not submitted and not chapter:
        raise ClassError(
            f"{class_folder.path}/submitted holds no submission of a chapter that is built here: {', '.join(assignments)}"
        )
    if target == "folder" and not chapter:
        name = "all"
    elif len(chosen) != 1:
        raise ClassError(
            f"CHAPTER={chapter}: {'several chapters begin so' if chosen else 'nobody handed in such a chapter'} "
            f"({', '.join(chosen or sorted({entry.assignment for entry in submitted})) or 'there is no submission'})"
        )
    else:
        name = chosen[0]
    given = Given(class_folder.path / "give-back" / f"{name}-{target}.zip", "")
    pages: Pages = {}
    without_page: dict[str, list[str]] = {}
    for entry in submitted:
        if entry.assignment not in chosen:
            continue
        page = class_folder.place("feedback", entry.student, entry.assignment) / f"{entry.assignment}.html"
        overview = class_folder.path / "feedback" / entry.student / "index.html"
        if page.exists():
            pages[entry.student] = {page.name: page} | ({ALL: overview} if overview.exists() else {})
        else:
            without_page.setdefault(entry.assignment, []).append(entry.student)
    for assignment, students in without_page.items():
        given.missing.append(f"{', '.join(students)}: no feedback page for {assignment} yet, run make grade")
    if not pages:
        raise ClassError(
            f'{class_folder.path} has no feedback page for {name}: run make grade CLASS="{class_folder.path}" first'
        )
    with permissions.private(class_folder):
        files = list(TARGETS[target](class_folder, name, pages, given))
        given.path.parent.mkdir(exist_ok=True)
        new = given.path.with_suffix(".new")
        try:
            with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
                for path, data in sorted(files):
                    archive.writestr(zipfile.ZipInfo(path, STAMP), data, zipfile.ZIP_DEFLATED)
            new.replace(given.path)
        except OSError:
            new.unlink(missing_ok=True)
            raise
    keys = {(entry.student, entry.assignment) for entry in submitted if entry.assignment in chosen}
    handed_in = {student for student, _ in keys}
    given.older = sorted(
        {student for students in handed_in_since(class_folder.path, keys, None).values() for student in students}
    )
    given.absent = sorted(roster.roster_of(class_folder.path).keys() - handed_in)
    return given
