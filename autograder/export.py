"""Grades for another system: python -m autograder.export canvas [--class FOLDER] [--chapter 03] [--to FILE]

Exit code 0 when everybody with a score is in the file, 1 when somebody is missing, 2 when there is none.

The same as `nbgrader export --exporter=autograder.pages.exports.plugins.Canvas` on that class.
"""

import argparse
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import DatabaseError

from autograder.classroom.choices import one_of
from autograder.gradebook.coursedir import SAMPLE, ClassError, ClassFolder, class_argument, open_class
from autograder.gradebook.files import why
from autograder.grading import selection
from autograder.grading.course import Course

if TYPE_CHECKING:
    from autograder.pages.exports import plugins

FORMATS = ("canvas", "moodle", "moodle-worksheet")


def export(format: str, folder: str | None, chapter: str = "", students: str = "", to: str = "") -> Path:
    """Write the file and return its path: <CLASS>/<format>.csv unless `to` names another."""
    return exported(format, folder, chapter, students, to).written


def exported(
    format: str, folder: str | None, chapter: str = "", students: str = "", to: str = ""
) -> "plugins.ClassExport":
    """Write the file: `written` of the result is its path, `left_out` who has a score and could not be in it."""
    place = open_class(folder)
    if not place.graded():
        again = f"make grade {class_argument(place.path)}" if folder else "make grade"
        raise ClassError(f"{place.path} has no gradebook yet: run `{again}` first")
    from autograder.gradebook.record import Records
    from autograder.pages.exports import plugins  # slow to import

    plugin = {"canvas": plugins.Canvas, "moodle": plugins.Moodle, "moodle-worksheet": plugins.MoodleWorksheet}[format]
    log = logging.getLogger("export")
    with Records(place.db_url) as records:
        graded = [assignment.name for assignment in records.gradebook.assignments]
        names = [name for name in graded if name.startswith(chapter)]
        not_graded = [name for name in handed_in(place) if name.startswith(chapter) and name not in graded]
        if not graded and not not_graded:
            raise ClassError(f"nobody in {place.path} has a score yet: take in submissions, then make grade")
        if not names:
            raise ClassError(
                f"no assignment in the gradebook begins with {chapter!r}; there are: {', '.join(sorted(graded)) or 'none'}"
                + (f". Handed in, not graded: {', '.join(not_graded)}" if not_graded else "")
            )
        scored = {student.id for student in records.gradebook.students}
        student_ids = selection.students(
            students, scored | {path.name for path in (place.path / "submitted").iterdir()}
        )
        if student_ids is not None and not student_ids & scored:
            raise ClassError(f"STUDENTS={students!r}: none of them has a score yet: {', '.join(sorted(student_ids))}")
        exporter = plugin(
            to=to or str(place.path / plugin.default_name),
            assignment=names,
            student=sorted(student_ids & scored if student_ids else ()),
            asked=sorted(student_ids or ()),
            not_graded=not_graded,
            class_folder=str(place.path),
            log=log,
        )
        exporter.export(records.gradebook)
    for sentence in place.unknown_settings({*graded, *Course().of_class(place).assignments()}):
        log.warning("%s", sentence)
    return exporter


def handed_in(place: ClassFolder) -> list[str]:
    """The assignments of the course of which somebody handed in something."""
    folders = {path.name for path in (place.path / "submitted").glob("*/*") if path.is_dir()}
    return [name for name in Course().of_class(place).assignments() if name in folders]


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
        made = exported(options.format, options.folder, options.chapter, options.students, options.to)
    except (ClassError, OSError, DatabaseError) as error:
        print(f"export: {why(error, options.folder or SAMPLE)}", file=sys.stderr)
        return 2
    print(made.written)
    return 1 if made.left_out else 0


if __name__ == "__main__":
    sys.exit(main())
