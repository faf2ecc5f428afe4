"""Bring a class to a new release of its chapters: python -m autograder.migrate FOLDER [--chapter 03] [--dry]

Scores and comments of people stay with their cells; what belongs to a cell that is gone is kept in <CLASS>/migrations/.
"""

import argparse
import sys

from nbgrader.api import InvalidEntry
from sqlalchemy.exc import DatabaseError

from autograder.classroom.upgrade import upgrade
from autograder.gradebook.coursedir import ClassError, class_argument, open_class
from autograder.gradebook.files import why
from autograder.grading.course import Course
from autograder.intake.masters import Stale


def main(arguments: list[str] | None = None, course: Course | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.migrate", description=__doc__.split("\n")[0])
    parser.add_argument("folder", help="the class")
    parser.add_argument("--chapter", default="", help="only chapters whose names begin so")
    parser.add_argument(
        "--renamed", action="append", default=[], metavar="OLD=NEW", help="a cell has another grade_id now"
    )
    parser.add_argument("--dry", action="store_true", help="say what would change, change nothing")
    options = parser.parse_args(arguments)
    course = course or Course()
    try:
        if not options.folder:
            raise ClassError("say which class, CLASS=/path/to/myclass")
        renamed = dict(pair.partition("=")[::2] for pair in options.renamed)
        class_folder = open_class(options.folder)
        done = upgrade(
            class_folder,
            course.of_class(class_folder).places,
            chapter=options.chapter,
            renamed=renamed,
            dry=options.dry,
        )
    except (ClassError, Stale, OSError, DatabaseError, InvalidEntry) as error:
        print(f"migrate: {why(error, options.folder)}", file=sys.stderr)
        return 2
    for plan in done.plans:
        print("\n".join(plan.sentences()))
    if not done.plans:
        print("every chapter has the cells that its submissions were recorded for: nothing to migrate")
    elif not any(plan.needed for plan in done.plans):
        print(f"nothing to migrate: the next make grade {class_argument(class_folder.path)} takes the new points over")
    elif options.dry:
        print("nothing was changed; without DRY=1 it is done")
    else:
        print(
            f"done; before it: {class_folder.path / 'migrations'}. next: make grade {class_argument(class_folder.path)}, which grades these anew"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
