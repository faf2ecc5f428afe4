"""Pack the feedback pages so that an LMS hands each to the right student: names as the LMS gave them to the submissions.

canvas   lovelaceada_101_5551_03_momentum.html     Upload Submissions: attached to that submission as a comment, under the
         name of the file that the student uploaded (instructure/canvas-lms app/models/abstract_assignment.rb,
         generate_comments_from_files and infer_comment_context_from_filename)
moodle   Ada Lovelace_21_assignsubmission_file/03_momentum.html     Upload multiple feedback files in a zip
folder   ada/index.html, ada/03_momentum/03_momentum.html     all chapters, links included, for any other way

Each student gets the chapter's page and, but on Canvas, the one over all chapters. A target is a function in TARGETS.
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
STAMP = (2026, 1, 1, 0, 0, 0)  # of every file, so that the same pages give the same bytes
RELATIVE = re.compile(r'<a href="(?!#|[a-z]+:)[^"]*">(.*?)</a>', re.S)


@dataclass
class Given:
    """path: the zip. students: who is in it. missing: a sentence for each student of the chapter who is not. steps: what to
    do with the zip. absent: who is on the roster and handed in nothing. older: whose page is about an earlier
    hand-in than the one that is there now."""

    path: Path
    steps: str
    students: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    older: list[str] = field(default_factory=list)


Pages = dict[str, dict[str, Path]]  # student -> name -> page
Target = Callable[[ClassFolder, str, Pages, Given], Iterator[tuple[str, bytes]]]


def canvas(place: ClassFolder, chapter: str, pages: Pages, given: Given) -> Iterator[tuple[str, bytes]]:
    given.steps = (
        "In Canvas: the assignment, Upload Submissions (beside Download Submissions), choose the zip. Canvas shows each page "
        f"under the name of the file that the student uploaded: tell them to save it as {chapter}.html."
    )
    names = names_from(place, chapter, "canvas")
    for student, files in each(pages, names, given, "it did not come with a zip of Canvas, which gives each a number"):
        for name, page in files.items():
            if name != ALL:  # both would have the name of the student's upload
                yield f"{names[student]}_{name}", alone(page)


def moodle(place: ClassFolder, chapter: str, pages: Pages, given: Given) -> Iterator[tuple[str, bytes]]:
    given.steps = "In Moodle: the assignment, View all submissions, Upload multiple feedback files in a zip."
    people, worksheet = roster.roster_of(place.path), roster.worksheet_of(place.path, chapter)
    if worksheet.exists():
        people, _ = roster.with_worksheet(people, worksheet)
    names = {
        student: f"{person.full.replace('_', ' ')}_{person.participant}_assignsubmission_file"
        for student, person in people.items()
        if person.participant
    } | names_from(place, chapter, "moodle")
    for student, files in each(
        pages, names, given, "neither a zip of Moodle nor its grading worksheet has their number"
    ):
        for name, page in files.items():
            yield f"{names[student]}/{name}", alone(page)


def folder(place: ClassFolder, chapter: str, pages: Pages, given: Given) -> Iterator[tuple[str, bytes]]:
    given.steps = "Each student's folder goes to that student; index.html is the page over all chapters."
    for student in pages:
        given.students.append(student)
        home = place.path / "feedback" / student
        for page in sorted(home.rglob("*.html")):
            yield f"{student}/{page.relative_to(home).as_posix()}", page.read_bytes()


TARGETS: dict[str, Target] = {"canvas": canvas, "moodle": moodle, "folder": folder}


def each(pages: Pages, names: dict[str, str], given: Given, why: str) -> Iterator[tuple[str, dict[str, Path]]]:
    """(student, files) of those whose name in the LMS is known; the others become sentences."""
    for student, files in pages.items():
        if student in names:
            given.students.append(student)
            yield student, files
        else:
            given.missing.append(f"{student}: no name for their page, {why}")


def names_from(place: ClassFolder, chapter: str, system: str) -> dict[str, str]:
    """student -> what the last zip of a system called their submission."""
    with Deliveries(place.path) as known:
        return {line["student"]: line["name"] for line in known.newest(chapter, system)}


def alone(page: Path) -> bytes:
    """A page that stands alone: links to other pages of ours become their text."""
    return RELATIVE.sub(r"\1", page.read_text(encoding="utf-8")).encode()


def give_back(place: ClassFolder, target: str, chapter: str, assignments: list[str]) -> Given:
    """Write <CLASS>/give-back/<chapter>-<target>.zip. Raises ClassError when no page is there or the chapter is not clear."""
    found, _ = submissions(place, set(assignments))
    chosen = sorted({one.assignment for one in found if one.assignment.startswith(chapter)})
    if not found and not chapter:
        raise ClassError(
            f"{place.path}/submitted holds no submission of a chapter that is built here: {', '.join(assignments)}"
        )
    if target == "folder" and not chapter:
        name = "all"
    elif len(chosen) != 1:
        raise ClassError(
            f"CHAPTER={chapter}: {'several chapters begin so' if chosen else 'nobody handed in such a chapter'} "
            f"({', '.join(chosen or sorted({one.assignment for one in found})) or 'there is no submission'})"
        )
    else:
        name = chosen[0]
    given = Given(place.path / "give-back" / f"{name}-{target}.zip", "")
    pages: Pages = {}
    without: dict[str, list[str]] = {}
    for one in found:
        if one.assignment not in chosen:
            continue
        page = place.place("feedback", one.student, one.assignment) / f"{one.assignment}.html"
        overview = place.path / "feedback" / one.student / "index.html"
        if page.exists():
            pages[one.student] = {page.name: page} | ({ALL: overview} if overview.exists() else {})
        else:
            without.setdefault(one.assignment, []).append(one.student)
    for assignment, students in without.items():
        given.missing.append(f"{', '.join(students)}: no feedback page for {assignment} yet, run make grade")
    if not pages:
        raise ClassError(f'{place.path} has no feedback page for {name}: run make grade CLASS="{place.path}" first')
    with permissions.private(place):
        files = list(TARGETS[target](place, name, pages, given))
        given.path.parent.mkdir(exist_ok=True)
        new = given.path.with_suffix(".new")
        try:
            with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as made:
                for path, data in sorted(files):
                    made.writestr(zipfile.ZipInfo(path, STAMP), data, zipfile.ZIP_DEFLATED)
            new.replace(given.path)
        except OSError:
            new.unlink(missing_ok=True)
            raise
    about = {(one.student, one.assignment) for one in found if one.assignment in chosen}
    handed_in = {student for student, _ in about}
    given.older = sorted(
        {student for students in handed_in_since(place.path, about, None).values() for student in students}
    )
    given.absent = sorted(roster.roster_of(place.path).keys() - handed_in)
    return given
