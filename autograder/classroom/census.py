"""Who is missing: students of the roster without a submission, folders of nobody, and rows of the gradebook without a folder.

Grades must miss nobody without a word: exports, `make grade` and the report all say what this finds.
"""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from autograder.classroom import roster
from autograder.classroom.roster import Person

MOST = 8  # names in one sentence


@dataclass
class Census:
    """absent: on the roster, nothing handed in. strangers: folder -> those of the roster that it may be. ghosts: student ->
    assignments in the gradebook whose folder is gone."""

    people: dict[str, Person] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    strangers: dict[str, list[Person]] = field(default_factory=dict)
    ghosts: dict[str, list[str]] = field(default_factory=dict)

    def only(self, students: Iterable[str]) -> "Census":
        """The same about these students alone."""
        wanted = set(students)
        return Census(
            self.people,
            [student for student in self.absent if student in wanted],
            {student: near for student, near in self.strangers.items() if student in wanted},
            {student: names for student, names in self.ghosts.items() if student in wanted},
        )

    def gone(self) -> set[str]:
        """Ghosts that are nobody of the roster: renamed, or no longer in the class."""
        return {student for student in self.ghosts if self.people and student not in self.people}

    def sentences(self, folder: Path) -> list[str]:
        """What is to be said, each with what to do about it."""
        where = f"CLASS={shlex.quote(str(folder))}"
        said = []
        if self.absent:
            shown = ", ".join(roster.shown(self.people[student]) for student in self.absent[:MOST])
            said.append(f"{len(self.absent)} of the roster handed in nothing: {shown}{more(self.absent)}")
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


def more(names: list[str]) -> str:
    return f" and {len(names) - MOST} more" if len(names) > MOST else ""


def census(folder: Path, recorded: Iterable[tuple[str, str]], assignments: Iterable[str] = ()) -> Census:
    """Compare the roster, the folders in submitted/ and what is in the gradebook, (student, assignment) each. assignments:
    only about these (none: all). Students who were dropped are not missed."""
    people = roster.roster_of(folder)
    dropped = {path.name for path in (folder / "dropped").glob("*")}
    wanted = set(assignments)
    places = [path for path in sorted((folder / "submitted").glob("*/*")) if path.is_dir()]
    handed_in = {(path.parent.name, path.name) for path in places if not wanted or path.name in wanted}
    folders = {
        path.name for path in (folder / "submitted").iterdir() if path.is_dir() and not path.name.startswith(".")
    }
    ghosts: dict[str, list[str]] = {}
    for student, assignment in sorted(recorded):
        if (student, assignment) not in handed_in and (not wanted or assignment in wanted):
            ghosts.setdefault(student, []).append(assignment)
    strangers: dict[str, list[Person]] = {}
    for name in sorted(folders - people.keys()) if people else ():
        strangers[name] = roster.nearest(name, people.values()) if len(strangers) < MOST else []  # it takes a while
    return Census(
        people,
        sorted(people.keys() - {student for student, _ in handed_in} - ghosts.keys() - dropped),
        strangers,
        ghosts,
    )
