"""Regrade requests: python -m autograder.regrade FOLDER lists what waits; with --student ... --request a new one is written."""

import argparse
import sys

from autograder.classroom.regrade import add, requests, unknown
from autograder.gradebook.coursedir import ClassError, open_class
from autograder.gradebook.files import why
from autograder.grading.course import Course


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.regrade", description=__doc__)
    parser.add_argument("folder", help="the class")
    for name in ("student", "chapter", "exercise", "request"):
        parser.add_argument(f"--{name}", default="")
    options = parser.parse_args(arguments)
    try:
        if not options.folder:
            raise ClassError("say which class, CLASS=/path/to/myclass")
        class_folder = open_class(options.folder)
        if any((options.student, options.chapter, options.exercise, options.request)):
            if not all((options.student, options.chapter, options.exercise, options.request)):
                raise ClassError(
                    "a new request needs all four: STUDENT= CHAPTER= EXERCISE= REQUEST=; without any the list is shown"
                )
            chapters = Course().of_class(class_folder).assignments()
            names = [name for name in chapters if options.chapter and name.startswith(options.chapter)]
            if len(names) != 1:
                raise ClassError(
                    f"CHAPTER={options.chapter}: {'several chapters begin so' if names else 'no such chapter'}"
                )
            print(add(class_folder, options.student, names[0], options.exercise, options.request))
            if warning := unknown(class_folder, options.student, names[0], options.exercise):
                print(f"warning: {warning}", file=sys.stderr)
        waiting = [request for request in requests(class_folder) if request.waits]
    except (ClassError, OSError) as error:
        print(f"regrade: {why(error, options.folder)}", file=sys.stderr)
        return 2
    for request in waiting:
        print(f"{request.student}  {request.assignment}.{request.exercise}  {request.request}")
        if advice := unknown(class_folder, request.student, request.assignment, request.exercise):
            print(f"  {advice}")
    print(f"{len(waiting)} wait; decide in {class_folder.path / 'regrade'}/<student>.toml, change scores in formgrader")
    return 0


if __name__ == "__main__":
    sys.exit(main())
