"""nbgrader's exporter writes what Canvas and Moodle import:

    cd autograder
    PYTHONPATH=.. DESCENT_CLASS=/path/to/class ../.venv/bin/nbgrader export \\
        --exporter=autograder.pages.exports.plugins.Canvas --to=canvas.csv

Columns as Canvas's and Moodle's own importers look for them (instructure/canvas-lms lib/gradebook_importer.rb;
moodle/moodle grade/import/csv, mod/assign/feedback/offline/importgradeslib.php). Texts that a spreadsheet would run as formulas get an apostrophe.
"""

import csv
import io
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.plugins import ExportPlugin
from traitlets import List, Unicode

from autograder.classroom.census import census
from autograder.classroom.roster import Person, people, roster_of, with_worksheet, worksheet_of, worksheet_titles
from autograder.gradebook.coursedir import ClassError, ClassFolder, class_from_environment
from autograder.gradebook.files import replace
from autograder.gradebook.record import plain
from autograder.pages.exports.scores import Column, columns, number


class ClassExport(ExportPlugin):
    """Base of the exporters: reads the class, writes the file. Subclasses make the table."""

    default_name = "grades.csv"
    roster: Path | None = None
    written: Path
    left_out: list[str]  # students with a score who have no row in the file
    class_folder = Unicode("", help="Folder of the class; without it DESCENT_CLASS, or the sample class.").tag(
        config=True
    )
    not_graded = List(Unicode(), help="Assignments that were asked for and have no score yet: warned of.")
    asked = List(Unicode(), help="Students that were asked for, also those without a score; empty: all.")

    def export(self, gradebook: Gradebook) -> None:
        folder = ClassFolder(Path(self.class_folder)) if self.class_folder else class_from_environment()
        try:
            assignments = columns(
                gradebook, titles(folder), list(map(str, self.assignment)), list(map(str, self.student))
            )
        except LookupError as error:
            raise ClassError(str(error)) from None
        handed_in = {student for column in assignments for student in column.scores}
        self.roster = folder.path / "students.csv"
        persons = people(self.roster, gradebook.students)
        handed_in -= self.warn_of_missing(folder, assignments)
        self.left_out = []
        rows = [persons[student] for student in sorted(handed_in)]
        table = self.table(rows, assignments)
        for column in assignments:
            if waits := sum(score.waits for score in column.scores.values()):
                self.log.warning("%s: %d scores still lack the points of an essay", column.name, waits)
        self.written = Path(self.to or self.default_name)
        replace(self.written, as_csv(table))
        self.log.info("%d students, %d assignments: %s", len(table) - 1, len(assignments), self.written)

    def warn_of_missing(self, folder: ClassFolder, assignments: list[Column]) -> set[str]:
        """Warn of students of the roster who are not in the file, and of unknown ones; returns the unknown ones."""
        try:
            missing = census(
                folder.path, recorded_in(assignments), {column.name for column in assignments} | set(self.not_graded)
            )
        except ClassError as error:  # this roster has no usable ids; the export can still use its names
            self.log.warning("nobody knows who is missing: %s", error)
            return set()
        if students := self.asked or self.student:
            missing = missing.only(map(str, students))
        for sentence in missing.sentences(folder.path):
            self.log.warning("%s", sentence)
        return missing.gone()

    def table(self, rows: list[Person], assignments: list[Column]) -> list[list]:
        raise NotImplementedError

    def guard(self, rows: list[Person], names: tuple[str, ...]) -> None:
        """Warn of identifiers that two students share, since the LMS would give both grades to one of them, and of those
        that were escaped because a spreadsheet would run them as formulas, since the LMS will not recognize them."""
        for name in names:
            for value, students in shared(rows, name).items():
                self.log.warning("%s have the same %s, %r: tell them apart in students.csv before you import this file",
                                 " and ".join(students), name, value)  # fmt: skip
        for person in rows:
            for name in names:
                if plain(getattr(person, name)) != getattr(person, name):
                    self.log.warning(
                        "%r of %r begins like a formula or has odd characters: it is written as %r and will "
                        "not be recognized",
                        getattr(person, name),
                        person.student,
                        plain(getattr(person, name)),
                    )


class Canvas(ClassExport):
    """Canvas: Grades, Import. A blank cell changes nothing there."""

    default_name = "canvas.csv"

    def table(self, rows: list[Person], assignments: list[Column]) -> list[list]:
        self.guard(rows, ("canvas_id", "sis_id", "login"))
        head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *(column.title for column in assignments)]
        points = ["    Points Possible", "", "", "", "", *(number(column.max_points) for column in assignments)]
        return [
            head,
            points,
            *(
                [
                    person.sortable or person.student,
                    person.canvas_id,
                    person.sis_id,
                    person.login,
                    person.section,
                    *(grade(column, person) for column in assignments),
                ]
                for person in rows
            ),
        ]


class Moodle(ClassExport):
    """Moodle: Grades, Import, CSV file.

    Moodle gives the grades of a row without an identifier to the student of the row before: a column of identifiers
    is written only when every row has one. The login is always there; where students.csv has none it is the folder's
    name.
    """

    default_name = "moodle.csv"
    identifiers = {"Username": "login", "ID number": "id_number", "Email address": "email"}

    def table(self, rows: list[Person], assignments: list[Column]) -> list[list]:
        names = {}
        for title, name in self.identifiers.items():
            without = [person.student for person in rows if not getattr(person, name)]
            if not without:
                names[title] = name
            elif len(without) < len(rows):
                self.log.warning(
                    "no column %r: %d students have none (%s)", title, len(without), ", ".join(without[:5])
                )
        self.guard(rows, tuple(names.values()))
        head = ["First name", "Last name", *names]
        for column in assignments:
            head += [f"{column.title} (Real)", f"{column.title} (Feedback)"]
        lines = []
        for person in rows:
            first, last = (person.first, person.last) if person.first or person.last else ("", person.name)
            line = [first, last, *(getattr(person, name) for name in names.values())]
            for column in assignments:
                line += [grade(column, person), comment(column, person)]
            lines.append(line)
        return [head, *lines]


class MoodleWorksheet(ClassExport):
    """Moodle: one assignment, Upload grading worksheet. It was downloaded from there: worksheets/<assignment>.csv, or students.csv.

    The importer (mod/assign/feedback/offline/importgradeslib.php) finds identifier, grade and time of the grade by their
    headings in the language of the person who uploads.
    """

    default_name = "moodle-worksheet.csv"
    titles = {  # where the worksheet does not say them in the language of the site
        "identifier": "Identifier", "name": "Full name", "email": "Email address", "grade": "Grade", "most": "Maximum Grade",
        "modified": "Last modified (grade)", "comment": "Feedback comments",
    }  # fmt: skip

    def table(self, rows: list[Person], assignments: list[Column]) -> list[list]:
        if len(assignments) != 1:
            raise ClassError(
                f"a grading worksheet is about one assignment, not {len(assignments)}: give CHAPTER=03, for example"
            )
        worksheet = self.roster
        if self.roster and (saved := worksheet_of(self.roster.parent, assignments[0].name)).exists():
            worksheet = saved
            everybody = roster_of(self.roster.parent) | {person.student: person for person in rows}
            merged, _ = with_worksheet(everybody, saved)
            rows = [merged[person.student] for person in rows]
        twice = {student for students in shared(rows, "identifier").values() for student in students}
        without = [person.student for person in rows if not person.identifier or person.student in twice]
        cure = (
            f"download the grading worksheet of the assignment from Moodle and save it as worksheets/{assignments[0].name}.csv in the "
            "class's folder"
        )
        if without and len(without) == len(rows):
            raise ClassError(f"no student has an Identifier of their own: {cure}")
        if without:
            self.left_out = without
            self.log.warning(
                "NOT IN THE FILE, no Identifier of their own in the grading worksheet: %s. Is it the newest? %s. Or type their grades into "
                "Moodle", ", ".join(without), cure[0].upper() + cure[1:],
            )  # fmt: skip
            rows = [person for person in rows if person.student not in without]
        own_titles = worksheet_titles(worksheet) if worksheet and worksheet.exists() else {}
        head = [own_titles.get(name, title) for name, title in self.titles.items()]
        return [
            head,
            *(
                [
                    person.identifier,
                    person.full,
                    person.email,
                    grade(assignments[0], person),
                    number(assignments[0].max_points),
                    person.modified.strip("-"),
                    comment(assignments[0], person),
                ]
                for person in rows
            ),
        ]


def shared(rows: list[Person], name: str) -> dict[str, list[str]]:
    """Values of an identifier that two or more students share -> those students."""
    by_value: dict[str, list[str]] = {}
    for person in rows:
        if value := getattr(person, name).casefold():
            by_value.setdefault(value, []).append(person.student)
    return {value: students for value, students in by_value.items() if len(students) > 1}


def recorded_in(assignments: list[Column]) -> list[tuple[str, str]]:
    """(student, assignment) of every score."""
    return [(student, column.name) for column in assignments for student in column.scores]


def grade(column: Column, person: Person) -> str:
    score = column.scores.get(person.student)
    return "" if score is None else number(score.points)


def comment(column: Column, person: Person) -> str:
    score = column.scores.get(person.student)
    return "" if score is None else score.comment


def titles(folder: ClassFolder) -> dict[str, str]:
    """[columns] of class.toml: an assignment's title in the other system, 03_momentum = "Momentum (4711)"."""
    column_titles = folder.settings().get("columns", {})
    if not isinstance(column_titles, dict) or not all(
        isinstance(title, str) and title.strip() for title in column_titles.values()
    ):
        raise ClassError(f'{folder.path / "class.toml"}: [columns] holds assignment = "title" and nothing else')
    return column_titles


def as_csv(table: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([[plain(cell) for cell in line] for line in table])
    return out.getvalue()
