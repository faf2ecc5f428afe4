"""Settings and requests that belong to nobody: a misspelt name there would cost a student something without a word."""

import difflib

from autograder.classroom import regrade, roster
from autograder.classroom.census import PARTS
from autograder.gradebook.coursedir import ClassError, ClassFolder


def about_nobody(place: ClassFolder) -> list[str]:
    """A sentence for each extension of a student who is not in the class, and for each request that no page will show."""
    try:
        people = roster.roster_of(place.path)
    except ClassError:  # the commands that need the roster say what is wrong with it
        people = {}
    known = people.keys() | {path.parent.name for path in place.path.glob("submitted/*/*")}
    known |= {path.name for path in (place.path / "dropped").glob("*")}
    found = []
    for student in sorted({student for student, _ in place.extensions()} - known) if people else ():
        near = difflib.get_close_matches(student, sorted(known), 1, 0.6)
        like = f"; did you mean {near[0]}?" if near else ""
        found.append(f"class.toml: [extensions] {student} is nobody of the class and has no effect{like}")
    for one in regrade.requests(place):
        home = place.path / "submitted" / one.student
        if not (home / one.assignment).is_dir() and not (home / one.assignment.split(PARTS)[0]).is_dir():
            found.append(
                f"regrade/{one.student}.toml: no page shows [{one.assignment}.{one.exercise}], because {one.student} handed in "
                f"nothing called {one.assignment}"
            )
    return found
