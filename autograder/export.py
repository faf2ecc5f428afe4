"""Grades for another system: python -m autograder.export canvas [--class FOLDER] [--chapter 03] [--to FILE]

The same as `nbgrader export --exporter=autograder.pages.exports.plugins.Canvas` on that class.
"""

import argparse
import logging
import sys
from pathlib import Path

from autograder.classroom.choices import one_of
from autograder.gradebook.coursedir import SAMPLE, ClassError, open_class
from autograder.grading import selection

FORMATS = ("canvas", "moodle", "moodle-worksheet")


def export(format: str, folder: str | None, chapter: str = "", students: str = "", to: str = "") -> Path:
    """Write the file and return its path: <CLASS>/<format>.csv unless `to` names another."""
    place = open_class(folder)
    if not place.graded():
        raise ClassError(
            f"{place.path} has no gradebook yet: run `make grade" + (f" CLASS={folder}`" if folder else "`") + " first"
        )
    from autograder.gradebook.record import Records
    from autograder.pages.exports import plugins  # slow to import

    plugin = {"canvas": plugins.Canvas, "moodle": plugins.Moodle, "moodle-worksheet": plugins.MoodleWorksheet}[format]
    log = logging.getLogger("export")
    with Records(place.db_url) as records:
        names = [assignment.name for assignment in records.gradebook.assignments if assignment.name.startswith(chapter)]
        if not names:
            raise ClassError(f"no assignment in the gradebook begins with {chapter!r}")
        chosen = selection.students(students, {student.id for student in records.gradebook.students})
        made = plugin(
            to=to or str(place.path / plugin.default_name),
            assignment=names,
            student=sorted(chosen or ()),
            class_folder=str(place.path),
            log=log,
        )
        made.export(records.gradebook)
    return made.written


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.export", description=__doc__.splitlines()[0])
    parser.add_argument("format", help=", ".join(FORMATS))
    parser.add_argument("--class", dest="folder", help=f"folder of a class (default: {SAMPLE.name}, the sample class)")
    parser.add_argument("--chapter", default="", help="only assignments whose names begin so")
    parser.add_argument("--students", default="", help="only these: ids or patterns with commas between them")
    parser.add_argument("--to", default="", help="the file (default: canvas.csv, moodle.csv in the class's folder)")
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    try:
        one_of("FORMAT", options.format, FORMATS)
        print(export(options.format, options.folder, options.chapter, options.students, options.to))
    except (ClassError, OSError) as error:
        print(f"export: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
