"""Begin a class: python -m autograder.new_class FOLDER [--roster students.csv] [--timezone Asia/Shanghai]

Makes the folder (mode 700), submitted/, a commented class.toml, students.csv and the secret. Again: changes nothing.
"""

import argparse
import shlex
import sys

from autograder.classroom.create import create
from autograder.gradebook.coursedir import ClassError
from autograder.gradebook.files import why
from autograder.grading.course import Course


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.new_class", description=__doc__.split("\n")[0])
    parser.add_argument("folder", help="the class's folder, outside of this project's build/")
    parser.add_argument(
        "--roster", default="", metavar="FILE", help="Canvas's or Moodle's list of students, or a plain one"
    )
    parser.add_argument("--timezone", default="", metavar="AREA/CITY", help="for dates without a zone (this machine's)")
    parser.add_argument(
        "--exchange", nargs=2, metavar=("COURSE", "FOLDER"), help="of a hub, for a new class.toml (install.sh gives it)"
    )
    options = parser.parse_args(arguments)
    if not options.folder:
        print("class: say which folder, CLASS=/path/to/myclass", file=sys.stderr)
        return 2
    try:
        result = create(options.folder, Course().assignments(), options.roster, options.timezone, options.exchange)
    except (ClassError, OSError, ValueError) as error:
        print(f"class: {why(error, options.folder)}", file=sys.stderr)
        return 2
    if not result.made:
        print(f"{result.folder} is a class already ({result.students} students); nothing was changed")
        return 0
    print(
        f"{result.folder}: made {', '.join(name or 'the folder' for name in result.made)}; {result.students} students"
    )
    for word, names in (("new on the roster", result.came), ("no longer on the roster", result.went)):
        if names:
            print(f"{word}: {', '.join(names)}")
    for name in result.went:
        if not (result.folder / "submitted" / name).is_dir():
            continue
        if new := result.same.get(name):
            print(
                f"{name} has handed in, and {new} has the same name or address. If the id changed: make rename "
                f'CLASS="{result.folder}" OLD={shlex.quote(name)} NEW={shlex.quote(new)}'
            )
        else:
            print(f'{name} has handed in. If they left: make drop CLASS="{result.folder}" STUDENT={shlex.quote(name)}')
    if not result.students:
        print(f'no roster yet: make class CLASS="{result.folder}" ROSTER=students.csv')
    source = f" FROM={result.system}" if result.system else ""
    print(f'next: read class.toml, then make intake CLASS="{result.folder}" ZIP=submissions.zip{source}')
    return 0


if __name__ == "__main__":
    sys.exit(main())
