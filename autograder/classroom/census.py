"""Compare roster, submissions and gradebook: students without a submission or a score, folders that belong to no student, and
rows of the gradebook without a folder.

No student may be left out of the grades silently: exports, `make grade` and the report all print these messages.
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

MOST = 8  # students named in one message, more are listed by id only; also the folders that get a message each
PARTS = "--"  # ps1--part is handed in as ps1 (grading.course.SEPARATOR)


@dataclass
class Census:
    """The differences between roster, submissions and gradebook.

    absent: students on the roster without a submission
    strangers: folder of no student -> similar students on the roster
    ghosts: student -> assignments in the gradebook without a folder in submitted/
    ungraded: assignment -> students with a submission but no score
    blank: assignment -> students who handed in only other assignments
    newer: assignment -> students whose score belongs to an earlier submission
    dropped: students on the roster who were taken out of the class
    """

    people: dict[str, Person] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    strangers: dict[str, list[Person]] = field(default_factory=dict)
    ghosts: dict[str, list[str]] = field(default_factory=dict)
    ungraded: dict[str, list[str]] = field(default_factory=dict)
    blank: dict[str, list[str]] = field(default_factory=dict)
    newer: dict[str, list[str]] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)

    def only(self, students: Iterable[str]) -> "Census":
        """The same census for these students only."""
        selected = set(students)

        def selected_only(lists: dict[str, list[str]]) -> dict[str, list[str]]:
            kept = {name: [student for student in names if student in selected] for name, names in lists.items()}
            return {name: names for name, names in kept.items() if names}

        return Census(
            self.people,
            [student for student in self.absent if student in selected],
            {student: near for student, near in self.strangers.items() if student in selected},
            {student: names for student, names in self.ghosts.items() if student in selected},
            selected_only(self.ungraded),
            selected_only(self.blank),
            selected_only(self.newer),
            [student for student in self.dropped if student in selected],
        )

    def gone(self) -> set[str]:
        """Ghosts that are not on the roster: renamed, or no longer in the class."""
        return {student for student in self.ghosts if self.people and student not in self.people}

    def sentences(self, folder: Path) -> list[str]:
        """One message for each difference, with what to do about it."""
        where = f"CLASS={shlex.quote(str(folder))}"
        messages = []
        if self.absent and len(self.absent) == len(self.people):
            messages.append(f"nobody of the roster ({len(self.people)}) has handed in anything yet")
        elif self.absent:
            messages.append(f"{len(self.absent)} of the roster handed in nothing: {self.named(self.absent)}")
        for assignment, students in self.blank.items():
            messages.append(f"{len(students)} handed in nothing for {assignment}, a blank cell: {self.named(students)}")
        for assignment, students in self.ungraded.items():
            messages.append(
                f"{len(students)} handed in {assignment} and got no score yet: {self.named(students)}. Run make grade "
                f"{where} CHAPTER={assignment}"
            )
        for assignment, students in self.newer.items():
            messages.append(
                f"{len(students)} handed in {assignment} again, and their scores are those of the earlier hand-in: "
                f"{self.named(students)}. Run make grade {where} CHAPTER={assignment}"
            )
        if self.dropped:
            messages.append(
                f"dropped from the class, but still in {roster.NAME}: {self.named(self.dropped)}. Take their rows out"
            )
        for student, near in list(self.strangers.items())[:MOST]:
            guess = f", perhaps {' or '.join(map(roster.shown, near))}" if near else ""
            new_id = shlex.quote(near[0].student) if near else "student"
            messages.append(
                f"submitted/{student} is nobody of the roster{guess}: make rename {where} OLD={shlex.quote(student)} NEW={new_id}, "
                f"or add a row to students.csv"
            )
        for student, names in list(self.ghosts.items())[:MOST]:
            where_found = (
                "is in the gradebook"
                if student in self.people or not self.people
                else "is in the gradebook, not on the roster"
            )
            messages.append(
                f"{student} {where_found}, but submitted/{student}/{names[0]} is gone: was the folder renamed by hand? "
                f"make rename {where} OLD={shlex.quote(student)} NEW=student; is {student} no longer in the class? "
                f"make drop {where} STUDENT={shlex.quote(student)}"
            )
        for description, entries in (
            ("folders in submitted/ are nobody of the roster", self.strangers),
            ("are in the gradebook without a folder", self.ghosts),
        ):
            if len(entries) > MOST:
                messages.append(f"{len(entries) - MOST} more {description}: is students.csv the list of this class?")
        return messages

    def named(self, students: list[str]) -> str:
        """The students as a list: with their names if there are at most MOST."""
        if len(students) > MOST:
            return ", ".join(students)
        return ", ".join(
            roster.shown(self.people[student]) if student in self.people else student for student in students
        )


def census(
    folder: Path,
    recorded: Iterable[tuple[str, str]],
    assignments: Iterable[str] = (),
    built: Iterable[str] = (),
    hashes: dict[tuple[str, str], str] | None = None,
) -> Census:
    """Compare the roster, the folders in submitted/ and the gradebook.

    recorded: (student, assignment) of every score in the gradebook. assignments: only these; empty for all. built: assignments
    that can be graded, for when `assignments` is empty. hashes: (student, assignment) -> hash of the present submission, as
    far as computed. Dropped students do not count as absent; those still on the roster are in `dropped`.
    """
    people = roster.roster_of(folder)
    dropped = {path.name for path in (folder / "dropped").glob("*")}
    selected, scores = set(assignments), set(recorded)
    names = selected | set(built) | {assignment for _, assignment in scores}
    paths = [path for path in sorted((folder / "submitted").glob("*/*")) if path.is_dir()]
    handed_in = {(path.parent.name, path.name) for path in paths}
    handed_in |= {(student, name) for student, base in handed_in for name in names if name.startswith(base + PARTS)}
    handed_in = {entry for entry in handed_in if not selected or entry[1] in selected}
    folders = {
        path.name for path in (folder / "submitted").iterdir() if path.is_dir() and not path.name.startswith(".")
    }
    ghosts: dict[str, list[str]] = {}
    for student, assignment in sorted(scores):
        if (student, assignment) not in handed_in and (not selected or assignment in selected):
            ghosts.setdefault(student, []).append(assignment)
    strangers: dict[str, list[Person]] = {}
    for name in sorted(folders - people.keys()) if people else ():
        strangers[name] = (
            roster.nearest(name, people.values()) if len(strangers) < MOST else []
        )  # slow, so only for those with a message
    absent = people.keys() - {student for student, _ in handed_in} - ghosts.keys()
    ungraded = {
        name: sorted(student for student, assignment in handed_in - scores if assignment == name)
        for name in sorted(selected or set(built))
    }
    present = (people.keys() | {student for student, _ in handed_in}) - absent
    blank = {
        name: sorted(present - {student for student, assignment in handed_in | scores if assignment == name})
        for name in sorted(selected)
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
    """assignment -> students whose files are not those that were graded, however the new ones came: through an LMS, the exchange
    or by hand."""
    changed: dict[str, list[str]] = {}
    if not scores or not (folder / AUDIT).exists():
        return changed
    limits = ClassFolder(folder).limits()
    with Audit(folder) as audit:
        for student, assignment in sorted(scores):
            graded_hash = audit.state((student, assignment))["versions"].get("submission")
            if not graded_hash:
                continue
            paths = (folder / "submitted" / student / name for name in (assignment, assignment.split(PARTS)[0]))
            path = next((path for path in paths if path.is_dir()), None)
            present_hash = (hashes or {}).get((student, assignment))
            present_hash = present_hash or (submission_hash(path, limits) if path else graded_hash)
            if present_hash != graded_hash:
                changed.setdefault(assignment, []).append(student)
    return changed
