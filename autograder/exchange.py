"""A class on nbgrader's exchange: python -m autograder.exchange release|collect|give-back --class FOLDER [--chapter 03]"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from autograder.gradebook import exchange
from autograder.gradebook.coursedir import ClassError, ClassFolder, open_class
from autograder.gradebook.files import why
from autograder.grading.course import Course

LANGUAGES = ("en", "zh")


def give_back(folder: ClassFolder, chapter: str = "") -> list[str]:
    """Feedback through the exchange, for `make give-back TO=exchange`: sentences to show. Raises ClassError."""
    return exchange.give_back(folder, chapter, Course().of_class(folder).assignments())


def run(command: str, folder: ClassFolder, chapter: str, languages: str, again: bool) -> list[str]:
    """The sentences that a command has to say. Raises ClassError."""
    course = Course().of_class(folder)
    if command == "give-back":
        return give_back(folder, chapter)
    if command == "collect":
        return exchange.collect(folder, chapter, course.assignments())
    chosen = tuple(dict.fromkeys(languages.replace(",", " ").split()))
    if not chosen or set(chosen) - set(LANGUAGES):
        raise ClassError(f"LANG={languages} is not one of {', '.join(LANGUAGES)}, or both: LANG=en,zh")
    return exchange.release(folder, chapter, chosen, place_of(course), course.assignments(), again=again)


def place_of(course: Course) -> Callable[[str, str], Path]:
    """(assignment, lang) -> the folder of the student version."""

    def place(assignment: str, lang: str) -> Path:
        return course.places(assignment)[1] / lang / assignment

    return place


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.exchange", description=__doc__.split(":")[0])
    parser.add_argument("command", choices=("release", "collect", "give-back"))
    parser.add_argument("--class", dest="folder", default="", help="folder of the class")
    parser.add_argument("--chapter", default="", help="the assignment's name, or how it begins")
    parser.add_argument("--lang", default="en", help="release: en, zh, or en,zh: both side by side")
    parser.add_argument("--again", action="store_true", help="release: replace what differs from what was released")
    options = parser.parse_args(arguments)
    try:
        if not options.folder:
            raise ClassError("CLASS= is missing: the folder of the class")
        folder = open_class(options.folder)
        print("\n".join(run(options.command, folder, options.chapter, options.lang, options.again)))
    except (ClassError, OSError) as error:
        print(f"{options.command}: {why(error, options.folder)}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
