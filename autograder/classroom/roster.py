"""Read the roster, <CLASS>/students.csv, exported from an LMS or written by hand.

It may be Canvas's gradebook export, Gradescope's roster, Moodle's list of participants or grading worksheet (in English, German
or Chinese), or a plain list: with any of these headings, or without headings and one id per line. A row belongs to the folder
in submitted/ that its student_id names; without that column, to the folder named like its login, SIS or ID number, e-mail
address or the part of that address before the @.
"""

import csv
import difflib
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from autograder.classroom.deliveries import NAME as DELIVERIES
from autograder.classroom.deliveries import Deliveries
from autograder.gradebook.coursedir import ClassError
from autograder.intake.text import printable

NAME = "students.csv"
# Canvas: instructure/canvas-lms lib/gradebook_importer.rb. Moodle: mod/assign/gradingtable.php names the columns of the
# worksheet, mod/assign/lang/en/assign.php (recordid, hiddenuser, lastmodifiedgrade, lastmodifiedsubmission) and lang/en/moodle.php
# say them in English; the German and Chinese packs (de, zh_cn) translate them. zh_cn has two wordings, up to Moodle 3.4 and since.
HEADINGS = {  # field of Person -> possible headings of its column, in lower case
    "student": ("student_id", "student id"),
    "name": ("student", "name", "full name", "vollständiger name", "全名", "姓名"),
    "first": ("first name", "first_name", "firstname", "vorname", "名", "名字"),
    "last": ("last name", "last_name", "lastname", "surname", "nachname", "姓", "姓氏"),
    "email": ("email address", "email", "e-mail", "e-mail-adresse", "电子邮件地址", "电子邮件", "email地址", "邮箱"),
    "login": ("sis login id", "username", "login", "anmeldename", "用户名"),
    "canvas_id": ("id",),
    "sis_id": ("sis user id",),
    "section": ("section",),
    "id_number": ("id number", "id-nummer", "matrikelnummer", "学号", "编号", "id号"),
    "sid": ("sid",),
    "role": ("role",),
    "identifier": ("identifier", "标识符", "识别码"),
    "modified": ("last modified (grade)", "zuletzt geändert (bewertung)", "上次修改（评分）", "最后修改（教师）"),
    "handed_in": (
        "last modified (submission)", "zuletzt geändert (abgabe)", "上次修改（作业）", "最后修改（学生）",
    ),
}  # fmt: skip
NAMES = {heading: name for name, headings in HEADINGS.items() for heading in headings}
PARTICIPANT = re.compile(r"\D+(\d+)$")  # Moodle's identifier: "Participant 21", in German "Teilnehmer/in21" under "ID"
STAFF = ("instructor", "ta", "reader")  # roles in Gradescope's roster other than student
NOT_STUDENTS = ("points possible", "student, test")  # rows in Canvas's export that are not students
TOTALS = (
    "total", "totals", "sum", "average", "mean", "overall average", "summe", "gesamt", "durchschnitt", "合计", "总计", "总分", "平均",
    "平均分",
)  # fmt: skip
# What a spreadsheet shows instead of a long number, and its error values.
SPOILT = re.compile(r"#+|\d+[.,]?\d*E\+\d+|#(?:N/A|REF!|NAME\?|VALUE!|DIV/0!|NUM!|NULL!)")
MOST_BYTES = 20_000_000
WORKBOOK = (b"PK\3\4", b"\xd0\xcf\x11\xe0")  # first bytes of Excel files: .xlsx, .xls
MOST_NAME = 100  # bytes of a folder's name


@dataclass
class Person:
    """A student as the LMS describes them; unknown fields are empty."""

    student: str = ""
    name: str = ""
    first: str = ""
    last: str = ""
    email: str = ""
    login: str = ""
    canvas_id: str = ""
    sis_id: str = ""
    section: str = ""
    id_number: str = ""
    sid: str = ""
    role: str = ""
    identifier: str = ""
    modified: str = ""
    handed_in: str = ""
    line: int = field(default=0, compare=False)

    @property
    def no_student(self) -> bool:
        """True for a row that is not a student: maximum points, Canvas's test student, staff, a spreadsheet's totals."""
        texts = {value.strip(" :：").casefold() for value in self.texts if not re.fullmatch(r"[\d.,% ]*", value)}
        return (
            self.name.strip().casefold() in NOT_STUDENTS
            or self.role.casefold() in STAFF
            or bool(texts)
            and texts <= set(TOTALS)
        )

    @property
    def texts(self) -> list[str]:
        """The row's values, without empty ones."""
        return [value for value in vars(self).values() if isinstance(value, str) and value]

    @property
    def sortable(self) -> str:
        """ "Last name, first name", as Canvas lists students; a Chinese name has no comma."""
        return self.name or (self.full if self.chinese else ", ".join(filter(None, (self.last, self.first))))

    @property
    def full(self) -> str:
        if self.chinese:
            return self.name or self.last + self.first
        return self.name or " ".join(filter(None, (self.first, self.last)))

    @property
    def chinese(self) -> bool:
        return all(
            text and all(unicodedata.name(c, "").startswith("CJK UNIFIED") for c in text)
            for text in (self.first, self.last)
        )

    @property
    def participant(self) -> str:
        """The number in Moodle's identifier, which the names in its zips contain."""
        match = PARTICIPANT.search(self.identifier)
        return match[1] if match else self.identifier


def people(path: Path, gradebook_students: Iterable[Any]) -> dict[str, Person]:
    """student -> Person, for all students in the gradebook. Raises ClassError if students.csv cannot be used."""
    persons = {}
    for student in gradebook_students:
        persons[student.id] = Person(
            student.id,
            first=student.first_name or "",
            last=student.last_name or "",
            email=student.email or "",
            canvas_id=student.lms_user_id or "",
        )
    for student, row in listed(path, set(persons)).items():
        for name in [column.name for column in fields(Person)]:
            if value := getattr(row, name):
                setattr(persons[student], name, value)
        if row.name:
            persons[student].name = row.name
    for person in persons.values():
        person.login = person.login or person.student
        person.email = person.email or (person.student if "@" in person.student else "")
    return persons


def listed(path: Path, students: set[str]) -> dict[str, Person]:
    """student -> their row of students.csv; empty if there is no such file."""
    if not path.exists():
        return {}
    row_of: dict[str, Person] = {}
    lines = rows(path)
    by_name = with_renames(path.parent, [row for _, row in lines], {s.casefold(): s for s in sorted(students)})
    for number, row in lines:
        if row.no_student:
            continue
        student = owner(row, by_name)
        if student is None:
            continue
        if student in row_of:
            raise ClassError(
                f"{path}, line {number}: a second row for {student!r}. Add a column student_id that says "
                "which folder in submitted/ each row belongs to"
            )
        row.student = student
        row_of[student] = row
    if students and not row_of:
        raise ClassError(
            f"{path}: no row belongs to a folder in submitted/ (the first is {min(students)!r}). Add a "
            "column student_id with the names of the folders"
        )
    return row_of


def rows(path: Path) -> list[tuple[int, Person]]:
    """(line number, row) of every row; the file may use commas, semicolons or tabs. Raises ClassError."""
    text, delimiter, lines_above = table_of(text_of(path))
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        lines = [(reader.line_num + lines_above, cells) for cells in reader]
    except csv.Error as error:
        raise ClassError(f"{path} is no CSV file: {error} (line {reader.line_num + lines_above})") from None
    headings = [NAMES.get(cell.strip().casefold()) for cell in lines[0][1]] if lines else []
    if not any(headings):
        if any(len(cells) > 1 for _, cells in lines) or not all(is_id(cell) for _, cells in lines for cell in cells):
            raise ClassError(
                f"{path}: no heading is known. {unknown_headings(lines[0][1])}There may be: {', '.join(sorted(NAMES))}"
            )
        headings, lines = ["student"], [(0, ["student_id"]), *lines]
    numbered_rows = []
    for number, cells in lines[1:]:
        values: dict[str, str] = {}
        if any("\n" in cell for name, cell in zip(headings, cells, strict=False) if name):
            raise ClassError(
                f"{path}: in the row that ends in line {number} a name or an id goes on in the next line, and may hide other students. "
                "A quotation mark is missing, or one is too many"
            )
        for name, cell in zip(headings, cells, strict=False):
            if name and name not in values:
                values[name] = cell.strip()
        if "identifier" not in values and PARTICIPANT.fullmatch(values.get("canvas_id", "")):
            values["identifier"] = values.pop("canvas_id")
        for name in ("student", "login", "sis_id", "id_number", "sid", "canvas_id"):
            if SPOILT.fullmatch(values.get(name, "")):
                raise ClassError(
                    f"{path}, line {number}: {values[name]} stands where an id was; a spreadsheet has shortened it. Format the column "
                    "as text there, or export the list from the LMS again without opening it"
                )
        if any(values.values()):
            numbered_rows.append((number, Person(**values, line=number)))
    return numbered_rows


def table_of(text: str) -> tuple[str, str, int]:
    """(the table in a CSV file, its delimiter, number of lines above it): Excel may write "sep=;" above the table, and on some
    systems it ends lines with a carriage return only."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    separator = re.match(r"sep=([,;\t])\n", text, re.IGNORECASE)
    if separator:
        return text[separator.end() :], separator[1], 1
    return text, max(",;\t", key=text.split("\n", 1)[0].count), 0


GRADE = ("grade", "bewertung", "成绩")  # headings of a worksheet's grades


def worksheet_titles(path: Path) -> dict[str, str]:
    """The headings of a Moodle grading worksheet: identifier, name, email, grade, most, modified, comment -> heading, without
    those that are absent. Moodle imports only headings in the language of its site. The column of comments follows the time of
    the grade, the highest grade follows the grade (mod/assign/gradingtable.php)."""
    text, delimiter, _ = table_of(text_of(path))
    row = [cell.strip() for cell in next(csv.reader(io.StringIO(text), delimiter=delimiter), [])]
    titles = {NAMES[cell.casefold()]: cell for cell in reversed(row) if cell.casefold() in NAMES}
    if "canvas_id" in titles and "identifier" not in titles:  # "ID", the heading in German
        titles["identifier"] = titles["canvas_id"]
    titles |= dict([("grade", cell) for cell in row if cell.casefold() in GRADE][:1])
    for name, previous in (("most", "grade"), ("comment", "modified")):
        column = row.index(titles[previous]) + 1 if previous in titles else len(row)
        if column < len(row):
            titles[name] = row[column]
    return titles


def unknown_headings(cells: list[str]) -> str:
    """A message about headings that may be misspelt: "'Studnet': did you mean 'student'? "."""
    similar = {cell.strip(): difflib.get_close_matches(cell.strip().casefold(), NAMES, 1, 0.7) for cell in cells}
    return "".join(
        f"{cell[:40]!r}: did you mean {headings[0]!r}? "
        for cell, headings in similar.items()
        if headings and cell.casefold() not in NAMES
    )


def text_of(path: Path) -> str:
    """The file's text: UTF-8, UTF-16 with a byte order mark or GB 18030, all of which Excel writes. Raises ClassError."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ClassError(f"{path} has more than {MOST_BYTES / 1e6:g} MB: that is no list of students")
        data = path.read_bytes()
    except OSError as error:
        raise ClassError(f"{path} cannot be read: {error.strerror}") from None
    if data.startswith(WORKBOOK):
        raise ClassError(f'{path} is a workbook, not a CSV file: in Excel choose Save As, "CSV UTF-8"')
    if data.lstrip()[:1] == b"<":
        raise ClassError(f"{path} is a web page, not a CSV file: log in to the LMS again and export the list once more")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    if encoding != "utf-16" and b"\0" in data:
        raise ClassError(f'{path} is not UTF-8 (it holds bytes of 0): save it as "CSV UTF-8"')
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if (text := in_gb18030(data)) is not None:
            return text
        raise ClassError(f'{path} is not UTF-8 ({error}): save it as "CSV UTF-8"') from None


def in_gb18030(data: bytes) -> str | None:
    """The text of a CSV file in GB 18030, as a Chinese Excel saves it. None unless it has one of our Chinese headings: most other
    encodings can be decoded as Chinese characters, too."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return None
    first_row = re.split(r"[,;\t]", table_of(text)[0].split("\n", 1)[0])
    cells = {cell.strip(' "').casefold() for cell in first_row}
    return text if any(cell in NAMES and not cell.isascii() for cell in cells) else None


def is_id(text: str) -> bool:
    """True if the text may be a line in a list of ids without a heading."""
    return not text.strip() or re.fullmatch(r"[\w.@+-]+", text.strip()) is not None


def owner(row: Person, by_name: dict[str, str]) -> str | None:
    """The student (folder) that a row belongs to."""
    return next((by_name[name.casefold()] for name in ids(row) if name and name.casefold() in by_name), None)


def ids(row: Person) -> list[str]:
    """Possible names of the student's folder, the most reliable first; some are empty."""
    if row.student:
        return [row.student]
    return [row.login, row.sis_id, row.id_number, row.email, row.email.partition("@")[0], row.sid, row.canvas_id]


def with_renames(folder: Path, persons: list[Person], by_name: dict[str, str]) -> dict[str, str]:
    """Add to by_name the old ids of students whom `make rename` has renamed, since the LMS's list keeps them. Not added: an old
    id that has a folder, or whose new id has its own row; then it is another student's."""
    extended, ids_in_rows = dict(by_name), {value.casefold() for person in persons for value in ids(person)}
    new_ids = renames(folder)
    for old in new_ids:
        new = old
        for _ in new_ids:  # follow chains: ada -> adda -> adele
            new = new_ids.get(new, new)
        if new != old and new.casefold() not in ids_in_rows:
            extended.setdefault(old.casefold(), new)
    return extended


def renames(folder: Path) -> dict[str, str]:
    """The renames in a class: old id -> new id, the last one for each old id."""
    if not (folder / DELIVERIES).exists():
        return {}
    with Deliveries(folder) as deliveries:
        return {line["before"]: line["after"] for line in deliveries.journal.entries() if line.get("what") == "renamed"}


def load(path: Path, folders: Iterable[str] = ()) -> dict[str, Person]:
    """student id -> Person, for all students in the file. The id is the name of the student's folder: one of `folders` if the
    row belongs to one.

    Raises ClassError for a file without students, a row without an id, two rows with one id, and an id that cannot be the
    name of a folder.
    """
    persons = [person for _, person in rows(path) if not person.no_student]
    if not persons:
        raise ClassError(
            f"{path} names no student: it holds no line of one under its headings. Export the list from the LMS again, or write "
            "one id in each line"
        )
    mailboxes = Counter(person.email.partition("@")[0].casefold() for person in persons)
    by_name = with_renames(path.parent, persons, {folder.casefold(): folder for folder in sorted(folders)})
    by_student: dict[str, Person] = {}
    lines: dict[str, int] = {}
    for person in persons:
        mailbox = person.email.partition("@")[0]
        student = (
            owner(person, by_name)
            or person.student
            or person.login
            or person.sis_id
            or person.id_number
            or (mailbox if mailboxes[mailbox.casefold()] == 1 else person.email)
            or person.sid
            or person.canvas_id
        )
        if not student:
            raise ClassError(
                f"{path}, line {person.line}: nothing identifies this student ({person.full or 'no name'}). Add a column "
                "student_id, or one with logins, ID numbers or e-mail addresses"
            )
        if problem := bad_folder_name(student):
            raise ClassError(f"{path}, line {person.line}: {student!r} cannot be the name of a folder: {problem}")
        normalized = unicodedata.normalize("NFC", student).casefold()  # equal names on some file systems
        if normalized in lines:
            raise ClassError(
                f"{path}, lines {lines[normalized]} and {person.line}: two rows for {student!r}. Delete one, or add "
                "a column student_id that tells them apart"
            )
        lines[normalized] = person.line
        person.student = student
        by_student[student] = person
    return by_student


def roster_of(folder: Path) -> dict[str, Person]:
    """The roster of a class, empty if it has no students.csv. Raises ClassError."""
    path = folder / NAME
    if not path.exists():
        return {}
    return load(path, {entry.name for entry in (folder / "submitted").glob("*") if entry.is_dir()})


def with_worksheet(people: dict[str, Person], worksheet: Path) -> tuple[dict[str, Person], list[str]]:
    """(the roster with numbers and times from one assignment's grading worksheet, messages about rows of no student). Moodle
    numbers students anew in each assignment. Raises ClassError if the file is not a worksheet."""
    updated = without_worksheet(people)
    by_id = {student.casefold(): student for student in people}
    for name in ("login", "sis_id", "id_number", "email"):
        for student, person in people.items():
            if value := getattr(person, name):
                by_id.setdefault(value.casefold(), student)
    lines = rows(worksheet)
    if not any(row.identifier for _, row in lines):
        raise ClassError(
            f"{worksheet} is no grading worksheet: it has no identifiers. In Moodle: the assignment, View all submissions, "
            "Download grading worksheet"
        )
    owners = {line: owner(row, by_id) for line, row in lines}
    matched_by_id = set(owners.values())
    for line, row in lines:  # match by name only what no id or address has matched: two people may have the same name
        if owners[line] is None and row.full:
            namesakes = [student for student, person in people.items() if spellings(row) & spellings(person)]
            owners[line] = namesakes[0] if len(namesakes) == 1 and namesakes[0] not in matched_by_id else None
    messages: list[str] = []
    claims = Counter(owners.values())
    for line, row in lines:
        matched = owners[line]
        if matched is None:
            messages.append(f"{worksheet.name}, line {line}: {row.full or row.identifier} is nobody of the roster")
        elif claims[matched] > 1:
            messages.append(
                f"{worksheet.name}, line {line}: {row.full or row.identifier} may be {matched}, but so may another row: neither is used"
            )
        else:
            updated[matched] = replace(
                updated[matched], identifier=row.identifier, modified=row.modified, handed_in=row.handed_in
            )
    return updated, messages


def without_worksheet(people: dict[str, Person]) -> dict[str, Person]:
    """The roster without the numbers and times of a Moodle assignment."""
    return {student: replace(person, identifier="", modified="", handed_in="") for student, person in people.items()}


def worksheet_of(folder: Path, assignment: str) -> Path:
    """The path of an assignment's Moodle grading worksheet, where `make intake WORKSHEET=` saves it."""
    return folder / "worksheets" / f"{assignment}.csv"


def system_of(people: Iterable[Person]) -> str:
    """The LMS whose columns a roster has: moodle (Identifier), canvas (its own ID), gradescope (SID), "" if it has none."""
    persons = list(people)
    if any(person.identifier for person in persons):
        return "moodle"
    if any(person.canvas_id for person in persons):
        return "canvas"
    return "gradescope" if any(person.sid for person in persons) else ""


def bad_folder_name(name: str) -> str:
    """Why a text cannot be the name of a student's folder, "" if it can."""
    if name.startswith("."):
        return "it begins with a dot"
    if any(c in "/\\\0" for c in printable(name, instead="\0")):
        return "it holds a slash or a character that is not printable"
    if len(name.encode("utf-8", "replace")) > MOST_NAME:
        return f"it has more than {MOST_NAME} bytes"
    return "" if name.isascii() or not any("\ud800" <= c <= "\udfff" for c in name) else "it is not UTF-8"


def squeezed(name: str) -> str:
    """A name for comparison: lower-case letters and digits, without accents, spaces and punctuation."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in plain if c.isalnum())


def spellings(person: Person) -> set[str]:
    """The student's name as another system may write it in a file name: squeezed, in both orders."""
    first, last = person.first, person.last
    if person.name and not (first and last):
        if "," in person.name:
            last, _, first = person.name.partition(",")
        else:
            first, _, last = person.name.rpartition(" ")
    both_orders = {squeezed(first + last), squeezed(last + first)}
    return {text for text in both_orders | {squeezed(person.name), squeezed(person.student)} if text}


def nearest(text: str, students: Iterable[Person], most: int = 3) -> list[Person]:
    """Students whose name or id is similar to `text`, the most similar first."""
    target, scored = squeezed(text), []
    for person in students:
        texts = spellings(person) | {squeezed(person.login), squeezed(person.email.partition("@")[0])} - {""}
        ratio = max(difflib.SequenceMatcher(None, target, candidate).ratio() for candidate in texts)
        scored.append((ratio, person.student, person))
    return [
        person for ratio, _, person in sorted(scored, key=lambda entry: (-entry[0], entry[1]))[:most] if ratio >= 0.6
    ]


def shown(person: Person) -> str:
    """A student in a message: "ada (Lovelace, Ada)"."""
    return f"{person.student} ({person.sortable})" if person.sortable else person.student
