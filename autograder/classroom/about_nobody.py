"""Find settings and requests for unknown students: without a warning, a misspelt name would cost a student an extension."""

import difflib

from autograder.classroom import regrade, roster
from autograder.classroom.census import PARTS
from autograder.gradebook.coursedir import ClassError, ClassFolder


def about_nobody(class_folder: ClassFolder) -> list[str]:
    """A message for each extension of a student who is not in the class, and for each request that no page will show."""
    try:
        people = roster.roster_of(class_folder.path)
    except ClassError:  # the commands that need the roster report what is wrong with it
        people = {}
    in_class = people.keys() | {path.parent.name for path in class_folder.path.glob("submitted/*/*")}
    in_class |= {path.name for path in (class_folder.path / "dropped").glob("*")}
    messages = []
    for student in sorted({student for student, _ in class_folder.extensions()} - in_class) if people else ():
        similar = difflib.get_close_matches(student, sorted(in_class), 1, 0.6)
        hint = f"; did you mean {similar[0]}?" if similar else ""
        messages.append(f"class.toml: [extensions] {student} is nobody of the class and has no effect{hint}")
    for request in regrade.requests(class_folder):
        submissions = class_folder.path / "submitted" / request.student
        if (
            not (submissions / request.assignment).is_dir()
            and not (submissions / request.assignment.split(PARTS)[0]).is_dir()
        ):
            messages.append(
                f"regrade/{request.student}.toml: no page shows [{request.assignment}.{request.exercise}], because {request.student} handed in "
                f"nothing called {request.assignment}"
            )
    return messages
