"""Who is in the class: <CLASS>/students.csv, as another system exports it or written by hand.

It may be Canvas's gradebook export, Gradescope's roster, Moodle's list of participants or grading worksheet (in English, German
or Chinese), or a plain list: any of these headings, or no heading and one id in each line. A row belongs to the folder in submitted/ that
its student_id names; without that column, to the folder that is called like its login, its SIS or ID number, its e-mail
address or the part of that before the @.
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
HEADINGS = {  # field of Person -> the headings of its column, in small letters
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
STAFF = ("instructor", "ta", "reader")  # roles in Gradescope's roster that are no student's
NOT_STUDENTS = ("points possible", "student, test")  # rows in a file from Canvas that are about no student
TOTALS = (
    "total", "totals", "sum", "average", "mean", "overall average", "summe", "gesamt", "durchschnitt", "合计", "总计", "总分", "平均",
    "平均分",
)  # fmt: skip
# What a spreadsheet shows in place of a long number or of an error.
SPOILT = re.compile(r"#+|\d+[.,]?\d*E\+\d+|#(?:N/A|REF!|NAME\?|VALUE!|DIV/0!|NUM!|NULL!)")
MOST_BYTES = 20_000_000
WORKBOOK = (b"PK\3\4", b"\xd0\xcf\x11\xe0")  # how files of Excel begin, the new and the old ones
MOST_NAME = 100  # bytes of a folder's name


@dataclass
class Person:
    """A student as the other system knows them; empty where it is unknown."""

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
        """A row of the file that is about no student: points, Canvas's test student, staff, the total of a spreadsheet."""
        texts = {value.strip(" :：").casefold() for value in self.texts if not re.fullmatch(r"[\d.,% ]*", value)}
        return (
            self.name.strip().casefold() in NOT_STUDENTS
            or self.role.casefold() in STAFF
            or bool(texts)
            and texts <= set(TOTALS)
        )

    @property
    def texts(self) -> list[str]:
        """What the row says, where anything."""
        return [value for value in vars(self).values() if isinstance(value, str) and value]

    @property
    def sortable(self) -> str:
        """Last name, first name: as Canvas lists students. A Chinese name has no comma."""
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
        """The number of Moodle's identifier, which is in the names of its zip."""
        found = PARTICIPANT.search(self.identifier)
        return found[1] if found else self.identifier


def people(path: Path, gradebook_students: Iterable[Any]) -> dict[str, Person]:
    """student -> Person, for everybody in the gradebook. Raises ClassError for a students.csv that cannot be used."""
    found = {}
    for student in gradebook_students:
        found[student.id] = Person(
            student.id,
            first=student.first_name or "",
            last=student.last_name or "",
            email=student.email or "",
            canvas_id=student.lms_user_id or "",
        )
    for student, row in listed(path, set(found)).items():
        for name in [column.name for column in fields(Person)]:
            if value := getattr(row, name):
                setattr(found[student], name, value)
        if row.name:
            found[student].name = row.name
    for person in found.values():
        person.login = person.login or person.student
        person.email = person.email or (person.student if "@" in person.student else "")
    return found


def listed(path: Path, students: set[str]) -> dict[str, Person]:
    """student -> their row of students.csv; nothing where there is no such file."""
    if not path.exists():
        return {}
    found: dict[str, Person] = {}
    lines = rows(path)
    by_name = with_renames(path.parent, [row for _, row in lines], {s.casefold(): s for s in sorted(students)})
    for number, row in lines:
        if row.no_student:
            continue
        student = owner(row, by_name)
        if student is None:
            continue
        if student in found:
            raise ClassError(
                f"{path}, line {number}: a second row for {student!r}. Add a column student_id that says "
                "which folder in submitted/ each row belongs to"
            )
        row.student = student
        found[student] = row
    if students and not found:
        raise ClassError(
            f"{path}: no row belongs to a folder in submitted/ (the first is {min(students)!r}). Add a "
            "column student_id with the names of the folders"
        )
    return found


def rows(path: Path) -> list[tuple[int, Person]]:
    """(line, what it says) of every row, in whichever of comma, semicolon and tab the file uses. Raises ClassError."""
    text, delimiter, above = table_of(text_of(path))
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        lines = [(reader.line_num + above, cells) for cells in reader]
    except csv.Error as error:
        raise ClassError(f"{path} is no CSV file: {error} (line {reader.line_num + above})") from None
    headings = [NAMES.get(cell.strip().casefold()) for cell in lines[0][1]] if lines else []
    if not any(headings):
        if any(len(cells) > 1 for _, cells in lines) or not all(is_id(cell) for _, cells in lines for cell in cells):
            raise ClassError(
                f"{path}: no heading is known. {unknown_headings(lines[0][1])}There may be: {', '.join(sorted(NAMES))}"
            )
        headings, lines = ["student"], [(0, ["student_id"]), *lines]
    found = []
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
            found.append((number, Person(**values, line=number)))
    return found


def table_of(text: str) -> tuple[str, str, int]:
    """(the table in a CSV file, its delimiter, lines above it): Excel writes "sep=;" above, and on some systems ends lines
    with a carriage return alone."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    said = re.match(r"sep=([,;\t])\n", text, re.IGNORECASE)
    if said:
        return text[said.end() :], said[1], 1
    return text, max(",;\t", key=text.split("\n", 1)[0].count), 0


GRADE = ("grade", "bewertung", "成绩")  # headings of a worksheet's grades


def worksheet_titles(path: Path) -> dict[str, str]:
    """What Moodle's grading worksheet calls its columns, in the language that the site had: identifier, name, email, grade, most,
    modified, comment -> heading. Moodle takes back only the headings of that language; an absent one is left out. Comments stand
    behind the time of the grade, the highest grade behind the grade (mod/assign/gradingtable.php)."""
    text, delimiter, _ = table_of(text_of(path))
    row = [cell.strip() for cell in next(csv.reader(io.StringIO(text), delimiter=delimiter), [])]
    found = {NAMES[cell.casefold()]: cell for cell in reversed(row) if cell.casefold() in NAMES}
    if "canvas_id" in found and "identifier" not in found:  # "ID", as the German worksheet has it
        found["identifier"] = found["canvas_id"]
    found |= dict([("grade", cell) for cell in row if cell.casefold() in GRADE][:1])
    for name, before in (("most", "grade"), ("comment", "modified")):
        place = row.index(found[before]) + 1 if before in found else len(row)
        if place < len(row):
            found[name] = row[place]
    return found


def unknown_headings(cells: list[str]) -> str:
    """A sentence about headings that may be misspelt: "Studnet: did you mean student? "."""
    near = {cell.strip(): difflib.get_close_matches(cell.strip().casefold(), NAMES, 1, 0.7) for cell in cells}
    return "".join(
        f"{cell[:40]!r}: did you mean {found[0]!r}? "
        for cell, found in near.items()
        if found and cell.casefold() not in NAMES
    )


def text_of(path: Path) -> str:
    """The file's text. Raises ClassError for what is no text in UTF-8 (or UTF-16 with its mark, as Excel writes)."""
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
    """The text of a file in GB18030, as a Chinese Excel saves CSV files; None unless a heading in Chinese is known, because
    bytes of most other encodings can be read as Chinese characters, too."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return None
    head = re.split(r"[,;\t]", table_of(text)[0].split("\n", 1)[0])
    cells = {cell.strip(' "').casefold() for cell in head}
    return text if any(cell in NAMES and not cell.isascii() for cell in cells) else None


def is_id(text: str) -> bool:
    """Can this stand in a list of ids without a heading?"""
    return not text.strip() or re.fullmatch(r"[\w.@+-]+", text.strip()) is not None


def owner(row: Person, by_name: dict[str, str]) -> str | None:
    """The folder that a row belongs to."""
    return next((by_name[name.casefold()] for name in ids(row) if name and name.casefold() in by_name), None)


def ids(row: Person) -> list[str]:
    """What the folder of this student may be called, the surest first; some are empty."""
    if row.student:
        return [row.student]
    return [row.login, row.sis_id, row.id_number, row.email, row.email.partition("@")[0], row.sid, row.canvas_id]


def with_renames(folder: Path, people_found: list[Person], by_name: dict[str, str]) -> dict[str, str]:
    """by_name with the old ids of students whom `make rename` has given another one: the list of the LMS keeps the old id.
    An old id that has a folder, or whose new id has a row of its own, is somebody else's by now."""
    found, named = dict(by_name), {value.casefold() for person in people_found for value in ids(person)}
    after = renames(folder)
    for before in after:
        new = before
        for _ in after:  # ada -> adda -> adele
            new = after.get(new, new)
        if new != before and new.casefold() not in named:
            found.setdefault(before.casefold(), new)
    return found


def renames(folder: Path) -> dict[str, str]:
    """What `make rename` has done in a class: old id -> new id, of each old id the last."""
    if not (folder / DELIVERIES).exists():
        return {}
    with Deliveries(folder) as known:
        return {line["before"]: line["after"] for line in known.journal.entries() if line.get("what") == "renamed"}


def load(path: Path, folders: Iterable[str] = ()) -> dict[str, Person]:
    """student id -> Person, of everybody in the file: the id is the name of the student's folder, one of `folders` if a row
    belongs to one.

    Raises ClassError for a file without students, a row that names nobody, two rows of one id, and an id that cannot be
    the name of a folder.
    """
    people_found = [person for _, person in rows(path) if not person.no_student]
    if not people_found:
        raise ClassError(
            f"{path} names no student: it holds no line of one under its headings. Export the list from the LMS again, or write "
            "one id in each line"
        )
    local = Counter(person.email.partition("@")[0].casefold() for person in people_found)
    by_name = with_renames(path.parent, people_found, {folder.casefold(): folder for folder in sorted(folders)})
    found: dict[str, Person] = {}
    lines: dict[str, int] = {}
    for person in people_found:
        mailbox = person.email.partition("@")[0]
        student = (
            owner(person, by_name)
            or person.student
            or person.login
            or person.sis_id
            or person.id_number
            or (mailbox if local[mailbox.casefold()] == 1 else person.email)
            or person.sid
            or person.canvas_id
        )
        if not student:
            raise ClassError(
                f"{path}, line {person.line}: nothing identifies this student ({person.full or 'no name'}). Add a column "
                "student_id, or one with logins, ID numbers or e-mail addresses"
            )
        if wrong := bad_folder_name(student):
            raise ClassError(f"{path}, line {person.line}: {student!r} cannot be the name of a folder: {wrong}")
        same = unicodedata.normalize("NFC", student).casefold()  # some file systems take both for one name
        if same in lines:
            raise ClassError(
                f"{path}, lines {lines[same]} and {person.line}: two rows for {student!r}. Delete one, or add "
                "a column student_id that tells them apart"
            )
        lines[same] = person.line
        person.student = student
        found[student] = person
    return found


def roster_of(folder: Path) -> dict[str, Person]:
    """The roster of a class, nobody when it has no students.csv. Raises ClassError."""
    path = folder / NAME
    if not path.exists():
        return {}
    return load(path, {place.name for place in (folder / "submitted").glob("*") if place.is_dir()})


def with_worksheet(people: dict[str, Person], worksheet: Path) -> tuple[dict[str, Person], list[str]]:
    """The roster with the numbers and times of one assignment's grading worksheet: Moodle gives a student another number in
    each assignment. Also the rows that belong to nobody, as sentences. Raises ClassError for a file that is no worksheet."""
    found = without_worksheet(people)
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
    sure = set(owners.values())
    for line, row in lines:  # a name counts only for those whom no id or address found: two people may have one name
        if owners[line] is None and row.full:
            named = [one for one, person in people.items() if spellings(row) & spellings(person)]
            owners[line] = named[0] if len(named) == 1 and named[0] not in sure else None
    strangers: list[str] = []
    claims = Counter(owners.values())
    for line, row in lines:
        whose = owners[line]
        if whose is None:
            strangers.append(f"{worksheet.name}, line {line}: {row.full or row.identifier} is nobody of the roster")
        elif claims[whose] > 1:
            strangers.append(
                f"{worksheet.name}, line {line}: {row.full or row.identifier} may be {whose}, but so may another row: neither is used"
            )
        else:
            found[whose] = replace(
                found[whose], identifier=row.identifier, modified=row.modified, handed_in=row.handed_in
            )
    return found, strangers


def without_worksheet(people: dict[str, Person]) -> dict[str, Person]:
    """The roster without what belongs to one assignment of Moodle's."""
    return {student: replace(person, identifier="", modified="", handed_in="") for student, person in people.items()}


def worksheet_of(folder: Path, assignment: str) -> Path:
    """Where a class keeps Moodle's grading worksheet of an assignment: `make intake WORKSHEET=` puts it there."""
    return folder / "worksheets" / f"{assignment}.csv"


def system_of(people: Iterable[Person]) -> str:
    """The LMS whose columns a roster has: moodle (Identifier), canvas (its own ID), gradescope (SID), "" where none is there."""
    listed = list(people)
    if any(person.identifier for person in listed):
        return "moodle"
    if any(person.canvas_id for person in listed):
        return "canvas"
    return "gradescope" if any(person.sid for person in listed) else ""


def bad_folder_name(name: str) -> str:
    """Why a text cannot be a student's folder, "" when it can."""
    if name.startswith("."):
        return "it begins with a dot"
    if any(c in "/\\\0" for c in printable(name, instead="\0")):
        return "it holds a slash or a character that is not printable"
    if len(name.encode("utf-8", "replace")) > MOST_NAME:
        return f"it has more than {MOST_NAME} bytes"
    return "" if name.isascii() or not any("\ud800" <= c <= "\udfff" for c in name) else "it is not UTF-8"


def squeezed(name: str) -> str:
    """A name as it can be compared: small letters and digits, without accents, spaces and punctuation."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in plain if c.isalnum())


def spellings(person: Person) -> set[str]:
    """What another system may call this student in the name of a file: squeezed first and last name in both orders."""
    first, last = person.first, person.last
    if person.name and not (first and last):
        if "," in person.name:
            last, _, first = person.name.partition(",")
        else:
            first, _, last = person.name.rpartition(" ")
    both = {squeezed(first + last), squeezed(last + first)}
    return {text for text in both | {squeezed(person.name), squeezed(person.student)} if text}


def nearest(text: str, students: Iterable[Person], most: int = 3) -> list[Person]:
    """Students whose name or id looks like `text`, the likeliest first."""
    wanted, scored = squeezed(text), []
    for person in students:
        texts = spellings(person) | {squeezed(person.login), squeezed(person.email.partition("@")[0])} - {""}
        scored.append(
            (max(difflib.SequenceMatcher(None, wanted, one).ratio() for one in texts), person.student, person)
        )
    return [
        person for ratio, _, person in sorted(scored, key=lambda entry: (-entry[0], entry[1]))[:most] if ratio >= 0.6
    ]


def shown(person: Person) -> str:
    """A student in a sentence: "ada (Lovelace, Ada)"."""
    return f"{person.student} ({person.sortable})" if person.sortable else person.student
