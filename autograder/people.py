"""python -m autograder.people rename FOLDER OLD NEW | drop FOLDER STUDENT: another id for a student, or out of the class."""

import argparse
import sys

from nbgrader.api import InvalidEntry
from sqlalchemy.exc import DatabaseError

from autograder.classroom import people
from autograder.gradebook.coursedir import ClassError, open_class
from autograder.gradebook.files import why


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.people", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    rename = commands.add_parser("rename", help="another id, everywhere")
    drop = commands.add_parser("drop", help="out of the class; everything is kept in dropped/")
    for command in (rename, drop):
        command.add_argument("folder", help="the class")
        command.add_argument("student")
    rename.add_argument("new")
    options = parser.parse_args(arguments)
    try:
        if not options.folder:
            raise ClassError("say which class, CLASS=/path/to/myclass")
        class_folder = open_class(options.folder)
        if options.command == "rename":
            lines = people.rename(class_folder, options.student, options.new)
        else:
            lines = people.drop(class_folder, options.student)
    except (ClassError, OSError, DatabaseError, InvalidEntry) as error:
        print(f"{options.command}: {why(error, options.folder)}", file=sys.stderr)
        return 2
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
