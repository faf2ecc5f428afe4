"""Take in what an LMS delivers: python -m autograder.take_in FOLDER ZIP [--from canvas|moodle|folder|gradescope]

Exit code 0 when everything found its student, 1 when something is left, 2 when nothing could be taken.
"""

import argparse
import sys

from autograder.classroom.choices import one_of
from autograder.classroom.lms_names import SYSTEMS
from autograder.classroom.take_in import Taken, take_in
from autograder.gradebook.coursedir import ClassError, class_argument, open_class
from autograder.gradebook.files import why
from autograder.grading.course import Course

MOST_NAMES = 12


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.take_in", description=__doc__.split("\n")[0])
    parser.add_argument("folder", help="the class")
    parser.add_argument("zip", help="what the LMS gave, or a folder of it")
    parser.add_argument("--from", dest="system", default="", help=f"{', '.join(SYSTEMS)}; without it: by the names")
    parser.add_argument("--chapter", default="", help="without it: as the notebooks say")
    parser.add_argument("--worksheet", default="", help="Moodle's grading worksheet of the assignment")
    parser.add_argument("--older", action="store_true", help="take also what something newer has replaced")
    options = parser.parse_args(arguments)
    try:
        if options.system:
            one_of("FROM", options.system, SYSTEMS)
        place = open_class(options.folder) if options.folder else None
        if place is None:
            raise ClassError("say which class, CLASS=/path/to/myclass")
        taken = take_in(
            place,
            options.zip,
            Course().of_class(place).assignments(),
            options.system,
            options.chapter,
            options.older,
            options.worksheet,
        )
    except (ClassError, OSError, ValueError) as error:
        print(f"intake: {why(error, options.folder)}", file=sys.stderr)
        return 2
    show(taken)
    if taken.new or taken.again:
        print(f"next: make grade {class_argument(place.path)}")
    return 0 if taken.complete else 1


def handed_in(taken: Taken) -> int:
    return len(taken.new) + len(taken.again) + len(taken.unchanged)


def show(taken: Taken) -> None:
    counts = {"new": taken.new, "handed in again": taken.again, "unchanged": taken.unchanged}
    print(
        f"{taken.assignment or 'nothing'} from {taken.system}: "
        + ", ".join(f"{len(names)} {word}" for word, names in counts.items())
    )
    timed = taken.system == "gradescope" or (taken.system == "moodle" and len(taken.undated) < handed_in(taken))
    if taken.dated:
        print(f"when they were handed in: {len(taken.dated)} times written")
    elif not timed and taken.system == "moodle" and (taken.new or taken.again):
        print(
            "when they were handed in: unknown, so being late costs nothing. Moodle says it in the grading worksheet of the assignment: "
            "the same command with WORKSHEET=file.csv adds the times"
        )
    for word, names in (
        ("older than what is there, left alone (ARGS=--older takes them)", taken.older),
        ("marked as late", taken.late),
        ("without a time, so being late costs them nothing", taken.undated if timed else []),
        ("left out, nobody of the class as class.toml says", taken.nobody),
        ("on the roster, nothing handed in", taken.absent),
    ):
        if names:
            more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
            print(f"{word}: {', '.join(names[:MOST_NAMES])}{more}")
    for word, sentences in (("warning", taken.warnings), ("UNMATCHED", taken.unmatched), ("LEFT OUT", taken.left_out)):
        for sentence in sentences:
            print(f"{word}: {sentence}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
