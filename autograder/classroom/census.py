"""Who is missing: students of the roster without a submission or without a score, folders of nobody, and rows of the gradebook
without a folder.

Grades must miss nobody without a word: exports, `make grade` and the report all say what this finds.
"""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from autograder.classroom import roster
from autograder.classroom.roster import Person
from autograder.gradebook.audit import NAME as AUDIT
from autograder.gradebook.audit import Audit
from autograder.gradebook.coursedir import ClassFolder
from autograder.gradebook.versions import submission_hash

MOST = 8  # students with their names in one sentence, beyond that their ids alone; folders with a sentence of their own
PARTS = "--"  # ps1--part is handed in as ps1 (grading.course.SEPARATOR)


@dataclass
class Census:
    """absent: on the roster, nothing handed in. strangers: folder -> those of the roster that it may be. ghosts: student ->
    assignments in the gradebook whose folder is gone. ungraded: assignment -> who handed it in and has no score. blank:
    assignment -> who handed in others of the wanted ones only. newer: assignment -> whose score is of an earlier hand-in. dropped: taken out of the class, still on the roster."""

    people: dict[str, Person] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    strangers: dict[str, list[Person]] = field(default_factory=dict)
    ghosts: dict[str, list[str]] = field(default_factory=dict)
    ungraded: dict[str, list[str]] = field(default_factory=dict)
    blank: dict[str, list[str]] = field(default_factory=dict)
    newer: dict[str, list[str]] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)

    def only(self, students: Iterable[str]) -> "Census":
        """The same about these students alone."""
        wanted = set(students)

        def chosen(lists: dict[str, list[str]]) -> dict[str, list[str]]:
            kept = {name: [student for student in found if student in wanted] for name, found in lists.items()}
            return {name: found for name, found in kept.items() if found}

        return Census(
            self.people,
            [student for student in self.absent if student in wanted],
            {student: near for student, near in self.strangers.items() if student in wanted},
            {student: names for student, names in self.ghosts.items() if student in wanted},
            chosen(self.ungraded),
            chosen(self.blank),
            chosen(self.newer),
            [student for student in self.dropped if student in wanted],
        )

    def gone(self) -> set[str]:
        """Ghosts that are nobody of the roster: renamed, or no longer in the class."""
        return {student for student in self.ghosts if self.people and student not in self.people}

    def sentences(self, folder: Path) -> list[str]:
        """What is to be said, each with what to do about it."""
        where = f"CLASS={shlex.quote(str(folder))}"
        said = []
        if self.absent and len(self.absent) == len(self.people):
            said.append(f"nobody of the roster ({len(self.people)}) has handed in anything yet")
        elif self.absent:
            said.append(f"{len(self.absent)} of the roster handed in nothing: {self.named(self.absent)}")
        for assignment, students in self.blank.items():
            said.append(f"{len(students)} handed in nothing for {assignment}, a blank cell: {self.named(students)}")
        for assignment, students in self.ungraded.items():
            said.append(
                f"{len(students)} handed in {assignment} and got no score yet: {self.named(students)}. Run make grade "
                f"{where} CHAPTER={assignment}"
            )
        for assignment, students in self.newer.items():
            said.append(
                f"{len(students)} handed in {assignment} again, and their scores are those of the earlier hand-in: "
                f"{self.named(students)}. Run make grade {where} CHAPTER={assignment}"
            )
        if self.dropped:
            said.append(
                f"dropped from the class, but still in {roster.NAME}: {self.named(self.dropped)}. Take their rows out"
            )
        for student, near in list(self.strangers.items())[:MOST]:
            like = f", perhaps {' or '.join(map(roster.shown, near))}" if near else ""
            new = shlex.quote(near[0].student) if near else "student"
            said.append(
                f"submitted/{student} is nobody of the roster{like}: make rename {where} OLD={shlex.quote(student)} NEW={new}, "
                f"or add a row to students.csv"
            )
        for student, names in list(self.ghosts.items())[:MOST]:
            what = (
                "is in the gradebook"
                if student in self.people or not self.people
                else "is in the gradebook, not on the roster"
            )
            said.append(
                f"{student} {what}, but submitted/{student}/{names[0]} is gone: was the folder renamed by hand? "
                f"make rename {where} OLD={shlex.quote(student)} NEW=student; is {student} no longer in the class? "
                f"make drop {where} STUDENT={shlex.quote(student)}"
            )
        for word, found in (
            ("folders in submitted/ are nobody of the roster", self.strangers),
            ("are in the gradebook without a folder", self.ghosts),
        ):
            if len(found) > MOST:
                said.append(f"{len(found) - MOST} more {word}: is students.csv the list of this class?")
        return said

    def named(self, students: list[str]) -> str:
        """All of them: with their names when they are few."""
        if len(students) > MOST:
            return ", ".join(students)
        return ", ".join(roster.shown(self.people[one]) if one in self.people else one for one in students)


def census(
    folder: Path,
    recorded: Iterable[tuple[str, str]],
    assignments: Iterable[str] = (),
    built: Iterable[str] = (),
    hashes: dict[tuple[str, str], str] | None = None,
) -> Census:
    """Compare the roster, the folders in submitted/ and what is in the gradebook, (student, assignment) each. assignments:
    only about these (none: all). built: the assignments that can be graded, where none is named. hashes: of
    submissions as they are now, where that is known already. Students who were dropped are not missed, but named while they
    are on the roster."""
    people = roster.roster_of(folder)
    dropped = {path.name for path in (folder / "dropped").glob("*")}
    wanted, scores = set(assignments), set(recorded)
    names = wanted | set(built) | {assignment for _, assignment in scores}
    places = [path for path in sorted((folder / "submitted").glob("*/*")) if path.is_dir()]
    handed_in = {(path.parent.name, path.name) for path in places}
    handed_in |= {(student, name) for student, whole in handed_in for name in names if name.startswith(whole + PARTS)}
    handed_in = {entry for entry in handed_in if not wanted or entry[1] in wanted}
    folders = {
        path.name for path in (folder / "submitted").iterdir() if path.is_dir() and not path.name.startswith(".")
    }
    ghosts: dict[str, list[str]] = {}
    for student, assignment in sorted(scores):
        if (student, assignment) not in handed_in and (not wanted or assignment in wanted):
            ghosts.setdefault(student, []).append(assignment)
    strangers: dict[str, list[Person]] = {}
    for name in sorted(folders - people.keys()) if people else ():
        strangers[name] = roster.nearest(name, people.values()) if len(strangers) < MOST else []  # it takes a while
    absent = people.keys() - {student for student, _ in handed_in} - ghosts.keys()
    ungraded = {
        name: sorted(student for student, one in handed_in - scores if one == name)
        for name in sorted(wanted or set(built))
    }
    here = (people.keys() | {student for student, _ in handed_in}) - absent
    blank = {
        name: sorted(here - {student for student, one in handed_in | scores if one == name}) for name in sorted(wanted)
    }
    return Census(
        people,
        sorted(absent - dropped),
        strangers,
        ghosts,
        {name: students for name, students in ungraded.items() if students},
        {name: students for name, students in blank.items() if students},
        handed_in_since(folder, scores & handed_in, hashes),
        sorted(absent & dropped),
    )


def handed_in_since(
    folder: Path, scores: set[tuple[str, str]], hashes: dict[tuple[str, str], str] | None
) -> dict[str, list[str]]:
    """assignment -> students whose files are no longer those that their grade was made from, however the new ones came:
    through an LMS, the exchange, or by hand."""
    found: dict[str, list[str]] = {}
    if not scores or not (folder / AUDIT).exists():
        return found
    limits = ClassFolder(folder).limits()
    with Audit(folder) as audit:
        for student, assignment in sorted(scores):
            graded = audit.state((student, assignment))["versions"].get("submission")
            if not graded:
                continue
            places = (folder / "submitted" / student / name for name in (assignment, assignment.split(PARTS)[0]))
            place = next((place for place in places if place.is_dir()), None)
            now = (hashes or {}).get((student, assignment)) or (submission_hash(place, limits) if place else graded)
            if now != graded:
                found.setdefault(assignment, []).append(student)
    return found
