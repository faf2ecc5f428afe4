"""Give feedback back: python -m autograder.give_back FOLDER --to canvas|moodle|folder|exchange [--chapter 03]

For an LMS the pages are packed under its names; through nbgrader's exchange they go to the students' own accounts.

Exit code 0 when everybody who handed in is in the zip, 1 when somebody is missing, 2 when there is none.
"""

import argparse
import sys

from sqlalchemy.exc import DatabaseError

from autograder import exchange
from autograder.classroom.choices import one_of
from autograder.classroom.give_back import TARGETS, give_back
from autograder.gradebook.coursedir import ClassError, class_argument, open_class
from autograder.gradebook.files import why
from autograder.grading.course import Course


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.give_back", description=__doc__.split("\n")[0])
    parser.add_argument("folder", help="the class")
    parser.add_argument("--to", default="", help=", ".join((*TARGETS, "exchange")))
    parser.add_argument("--chapter", default="", help="what the chapter's name begins with")
    options = parser.parse_args(arguments)
    try:
        if not options.folder:
            raise ClassError("say which class, CLASS=/path/to/myclass")
        one_of("TO", options.to, (*TARGETS, "exchange"))
        folder = open_class(options.folder)
        if options.to == "exchange":
            print("\n".join(exchange.give_back(folder, options.chapter)))
            return 0
        returned = give_back(folder, options.to, options.chapter, Course().of_class(folder).assignments())
    except (ClassError, OSError, DatabaseError) as error:
        print(f"give-back: {why(error, options.folder)}", file=sys.stderr)
        return 2
    print(f"{returned.path}: pages of {len(returned.students)} students. {returned.steps}")
    for sentence in returned.missing:
        print(f"NOT IN IT: {sentence}", file=sys.stderr)
    if returned.older:
        print(
            f"IN IT WITH THE PAGE OF AN EARLIER HAND-IN: {', '.join(returned.older)}. Run make grade {class_argument(folder.path)} and this "
            "command again",
            file=sys.stderr,
        )
    if returned.absent:
        print(f"on the roster, nothing handed in: {', '.join(returned.absent)}")
    return 1 if returned.missing or returned.older else 0


if __name__ == "__main__":
    sys.exit(main())
