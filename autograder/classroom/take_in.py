"""Take an LMS's zip into submitted/: match students, keep resubmissions and late flags, and report what matches no student.

Files are first copied to a folder beside submitted/. Then each submission moves to its place with one rename, so that a full
disk or a power cut leaves only complete submissions; running the command again continues from there.
"""

import contextlib
import re
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.classroom import archive, roster
from autograder.classroom.archive import Entry, LeftOut
from autograder.classroom.deliveries import Deliveries, hash_of
from autograder.classroom.lms_names import METADATA, SYSTEMS, Delivery, deliveries, gradescopes_list, recognized
from autograder.gradebook import permissions
from autograder.gradebook.audit import now, who
from autograder.gradebook.coursedir import ClassError, ClassFolder
from autograder.gradebook.files import replace as replace_file
from autograder.gradebook.lock import locked
from autograder.gradebook.timestamps import LATE, NAME, NO_TIME, parse_time, read_timestamp
from autograder.intake.limits import IntakeLimits

STAGING = ".intake-"
EARLIER = "earlier"
NOBODY = ""  # [names] "guest_49999" = "": a guest or a test account, left out silently
MOST_WRONG = 3  # notebooks of another chapter than CHAPTER=; with more, the zip counts as that of another assignment
# Fields of the roster that may be a student's id in Gradescope.
GRADESCOPE_IDS = ("student", "login", "email", "sis_id", "id_number", "sid", "canvas_id")
CHAPTER = re.compile(rb'"chapter"\s*:\s*"([\w-]{1,80})"')
MOST_SEARCHED = 20_000_000  # bytes of a notebook in which its chapter is searched


@dataclass
class Taken:
    """The result of taking in a zip: lists of students' ids, except for

    unmatched, warnings: messages
    left_out: "name: reason"
    nobody: the LMS's names of those whom class.toml calls nobody

    again: an earlier submission was replaced. older: not taken, since a newer one had replaced it. absent: on the roster without
    a submission. dated, undated: with or without a time of submission.
    """

    assignment: str = ""
    system: str = ""
    new: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    older: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    nobody: list[str] = field(default_factory=list)
    dated: list[str] = field(default_factory=list)
    undated: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return not self.unmatched and not self.left_out


def take_in(
    class_folder: ClassFolder,
    source: str,
    assignments: list[str],
    system: str = "",
    chapter: str = "",
    older: bool = False,
    worksheet: str = "",
) -> Taken:
    """Take a zip or folder into the class.

    system: one of SYSTEMS, or "" to detect it. chapter: prefix of the assignment's name, or "" to read it from the notebooks.
    older: take in submissions even if a newer one had replaced them. worksheet: Moodle's grading worksheet of the
    assignment, with the students' numbers and times of submission.
    Raises ClassError, OSError; then every submission is either unchanged or completely taken in.
    """
    path = Path(source).expanduser().resolve()
    if not source:
        raise ClassError("say what to take in: ZIP=submissions.zip (or a folder)")
    people, names = roster.roster_of(class_folder.path), aliases(class_folder)
    limits = IntakeLimits.of(class_folder.limits())
    with permissions.private(class_folder), locked(class_folder), contextlib.ExitStack() as stack:
        for leftover in class_folder.path.glob(f"{STAGING}*"):
            shutil.rmtree(leftover)
        entries = stack.enter_context(archive.opened(path))
        taken = Taken(left_out=[f"{entry.name}: {entry.why}" for entry in entries if isinstance(entry, LeftOut)])
        files = [entry for entry in entries if isinstance(entry, Entry)]
        in_submitted = path == class_folder.path / "submitted"
        if in_submitted:  # folders that are in their place already are left alone
            lms_named = unzipped(class_folder)
            files = [entry for entry in files if entry.parts[0] in lms_named]
            taken.left_out = []
        if not files:
            raise ClassError(f"{path} holds no file that a student handed in")
        taken.system = system or system_of(files, set(people), path)
        parsed, unparsed = deliveries(files, taken.system, set(people), set(assignments))
        if not parsed and system and (other := other_system(files, system)):
            raise ClassError(
                f"{path}: its names are those of {other.capitalize()}, not of FROM={system}: say FROM={other}"
            )
        zips = [name for name, _ in unparsed if name.lower().endswith(".zip")]
        if not parsed and zips:
            raise ClassError(f"{path} holds {archive.shown(zips[0])} and no submission: give that zip itself as ZIP=")
        taken.left_out += [f"{archive.shown(name)}: {why}" for name, why in unparsed]
        if taken.system != "folder" and not people:
            raise ClassError(
                f"{class_folder.path} has no students.csv, so that nobody knows who {parsed[0].who if parsed else 'anybody'} is: "
                f'make class CLASS="{class_folder.path}" ROSTER=students.csv'
            )
        if taken.system == "moodle":
            people = with_moodle_numbers(people, worksheet, parsed, taken)
        elif worksheet:
            raise ClassError(f"WORKSHEET={worksheet}: a grading worksheet is Moodle's, and {path.name} is not")
        matched = match_all(parsed, taken.system, people, names, taken)
        with tempfile.TemporaryDirectory(prefix=STAGING, dir=class_folder.path) as staging:
            staged = [
                (delivery, student, stage(delivery, Path(staging) / str(number), limits, taken))
                for number, (delivery, student) in enumerate(matched)
            ]
            taken.assignment = assignment_of(staged, assignments, chapter, taken)
            with Deliveries(class_folder.path) as journal:
                for delivery, student, folder in staged:
                    put(class_folder, journal, taken, delivery, student, folder, path.name, people, older)
        if worksheet and taken.assignment:
            replace_file(
                roster.worksheet_of(class_folder.path, taken.assignment), roster.text_of(Path(worksheet).expanduser())
            )
        if in_submitted:
            clear_away(class_folder, [delivery for delivery, _, _ in staged])
        if not taken.assignment:
            return taken
        handed_in = {
            folder.parent.name for folder in class_folder.path.glob(f"submitted/*/{glob_escape(taken.assignment)}")
        }
        taken.absent = sorted(set(people) - handed_in)
    return taken


def with_moodle_numbers(
    people: dict[str, roster.Person], worksheet: str, parsed: list[Delivery], taken: Taken
) -> dict[str, roster.Person]:
    """The roster with Moodle's numbers and times of this assignment. If students.csv is the worksheet of another assignment, no
    number matches; then its numbers and times are dropped."""
    if worksheet:
        people, warnings = roster.with_worksheet(people, Path(worksheet).expanduser())
        taken.warnings += warnings
    numbers = {person.participant for person in people.values() if person.identifier}
    if numbers and not numbers & {delivery.user for delivery in parsed}:
        if worksheet:
            raise ClassError(
                f"WORKSHEET={worksheet}: none of its numbers is in the zip, so it is of another assignment. Nothing was taken. "
                "Download that of this assignment: View all submissions, Download grading worksheet"
            )
        taken.warnings.append(
            "students.csv is the grading worksheet of another assignment: its numbers and times are not used. Give that of this "
            "assignment with WORKSHEET="
        )
        people = roster.without_worksheet(people)
    return people


def glob_escape(name: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", name)


def aliases(class_folder: ClassFolder) -> dict[str, str]:
    """[names] of class.toml: name in a zip -> student. Raises ClassError."""
    table = class_folder.settings().get("names", {})
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise ClassError(
            f'{class_folder.path / "class.toml"}: [names] holds "name in the zip" = "student" and nothing else'
        )
    return table


def system_of(files: list[Entry], students: set[str], path: Path) -> str:
    """The system whose names most files have. Raises ClassError if no system is recognized."""
    counts = Counter(filter(None, (recognized(entry.parts) for entry in files)))
    if gradescopes_list(files, students):
        return "gradescope"
    if counts and counts.most_common(1)[0][1] * 2 > len(files):
        return counts.most_common(1)[0][0]
    if any(part in students for entry in files for part in entry.parts[:2]):
        return "folder"
    raise ClassError(
        f"{path}: its names ({files[0].name[:80]}, ...) are those of no known system: say which with "
        f"FROM={'|'.join(SYSTEMS)}"
    )


def other_system(files: list[Entry], system: str) -> str:
    """The system whose names all files have, if it is not `system`; else ""."""
    systems = {recognized(entry.parts) for entry in files}
    return systems.pop() if len(systems) == 1 and system not in systems else ""


def match_all(
    parsed: list[Delivery], system: str, people: dict[str, roster.Person], names: dict[str, str], taken: Taken
) -> list[tuple[Delivery, str]]:
    """Each delivery with its student; those without one are reported in `taken`."""
    matched: dict[tuple[str, str], tuple[Delivery, str]] = {}
    for delivery in parsed:
        student, why = owner(delivery, system, people, names)
        if not student:
            taken.unmatched += [why] if why else []
            taken.nobody += [] if why else [archive.shown(delivery.key)]
        elif (student, delivery.assignment) in matched:
            other = matched[student, delivery.assignment][0]
            taken.unmatched.append(f"{delivery.key} and {other.key} are both {student}: only {other.key} was taken")
        else:
            matched[student, delivery.assignment] = (delivery, student)
    return list(matched.values())


def owner(delivery: Delivery, system: str, people: dict[str, roster.Person], names: dict[str, str]) -> tuple[str, str]:
    """(student, ""), or ("", why no student matches), or ("", "") if class.toml says that it is nobody."""
    for key in (delivery.key, delivery.who):
        if key in names:
            if names[key] == NOBODY:
                return "", ""
            if people and names[key] not in people:
                return "", f'{key}: [names] in class.toml says "{names[key]}", who is not on the roster'
            return names[key], ""
    if not people:
        problem = roster.bad_folder_name(delivery.who)
        if problem:
            return "", f"{archive.shown(delivery.who)}: no name for a folder, {problem}"
        return delivery.who, ""
    if system == "folder" and delivery.who in people:
        return delivery.who, ""
    number_field = {"canvas": "canvas_id", "moodle": "participant"}.get(system, "")  # the field equal to delivery.user
    other_ids = {text.casefold() for text in delivery.also}
    by_id = [
        person
        for person in people.values()
        if (number_field and delivery.user and delivery.user == getattr(person, number_field))
        or other_ids & {getattr(person, name).casefold() for name in GRADESCOPE_IDS} - {""}
    ]
    if len(by_id) == 1:
        return by_id[0].student, ""
    namesake = people.get(delivery.who)  # students may choose their name in an LMS, so a number is more reliable
    if namesake and not (number_field and delivery.user and getattr(namesake, number_field)):
        return delivery.who, ""
    name = roster.squeezed(delivery.who)
    by_name = [
        person
        for person in people.values()
        if name in roster.spellings(person)
        and not (number_field and delivery.user and getattr(person, number_field))  # another number: another student
    ]
    if len(by_name) == 1:
        return by_name[0].student, ""
    if by_name:
        namesakes = " and ".join(map(roster.shown, by_name))
        hint = "The grading worksheet tells them apart: WORKSHEET=file.csv. " if system == "moodle" else ""
        return "", f"{delivery.key}: {namesakes} have this name. {hint}{advice(delivery)}"
    near = roster.nearest(delivery.who, people.values())
    guess = f"; nearest: {', '.join(map(roster.shown, near))}" if near else ""
    guest = f'; if it is nobody of the class: "{archive.shown(delivery.key)}" = ""'
    return "", f"{archive.shown(delivery.key)}: nobody on the roster{guess}. {advice(delivery, near)}{guest}"


def advice(delivery: Delivery, near: list[roster.Person] | None = None) -> str:
    student = near[0].student if near else "student"
    return f'If you know who it is: "{archive.shown(delivery.key)}" = "{student}" under [names] in class.toml'


def stage(delivery: Delivery, folder: Path, limits: IntakeLimits, taken: Taken) -> Path:
    """Copy the files of a delivery into a new folder."""
    folder.mkdir()
    bytes_left = 2 * limits.submission_bytes
    for count, (parts, entry) in enumerate(delivery.files):
        parts = tuple(map(archive.short, parts))
        target = free_name(folder.joinpath(*parts))
        if any(parent.is_file() for parent in target.parents):  # a file has the name of this folder
            target = free_name(folder / parts[-1])
        if count >= limits.submission_files:
            taken.left_out.append(f"{entry.name}: more than {limits.submission_files} files of one student")
            break
        if not archive.copy(entry, target, min(limits.submission_bytes, bytes_left)):
            taken.left_out.append(f"{entry.name}: bigger than a submission may be (submission_bytes)")
            continue
        bytes_left -= target.stat().st_size
    return folder


def free_name(path: Path) -> Path:
    """The path itself, or numbered if a file of that name exists."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem} ({number})")
    return free


def assignment_of(staged: list[tuple[Delivery, str, Path]], assignments: list[str], chapter: str, taken: Taken) -> str:
    """The assignment that was delivered: the one that `chapter` asks for, else that of most notebooks. Raises ClassError."""
    if not staged and not chapter:
        return ""
    chapters_of = {student: chapters_in(folder, assignments) for _, student, folder in staged}
    if chapter:
        candidates = [name for name in assignments if name == chapter]
        candidates = candidates or [name for name in assignments if name.startswith(chapter)]
        if len(candidates) != 1:
            raise ClassError(
                f"CHAPTER={chapter}: {' and '.join(candidates) or 'no chapter'} begins so: there are {', '.join(assignments)}"
            )
        assignment = candidates[0]
        others = Counter(
            name for names in chapters_of.values() if assignment not in names for name in sorted(names)[:1]
        )
        if others and sum(others.values()) > max(MOST_WRONG, len(chapters_of) / 2):
            wrong, count = others.most_common(1)[0]
            raise ClassError(
                f"CHAPTER={chapter}, but {count} of {len(chapters_of)} notebooks are of {wrong}: is it the zip of that assignment? Nothing "
                f"was taken. Say CHAPTER={wrong}, or leave CHAPTER away"
            )
    elif all(delivery.assignment for delivery, _, _ in staged) and staged:
        return staged[0][0].assignment
    else:
        counts = Counter(name for names in chapters_of.values() for name in names)
        most = counts.most_common(2)
        if len(most) == 2 and most[0][1] == most[1][1]:
            raise ClassError(
                f"the notebooks are of several chapters ({', '.join(sorted(counts))}), none of them most: say for which one this is, "
                f"such as CHAPTER={min(counts)}"
            )
        if not most:
            raise ClassError("the notebooks do not say of which chapter they are: say it with CHAPTER=03, for example")
        assignment = most[0][0]
    students_by_chapter: dict[str, list[str]] = {}
    for student, names in chapters_of.items():
        if names and assignment not in names:
            students_by_chapter.setdefault(", ".join(sorted(names)), []).append(student)
    for other_chapters, students in students_by_chapter.items():
        taken.warnings.append(
            f"handed in a notebook of {other_chapters} for {assignment}, ask for the right one: {', '.join(students)}"
        )
    return assignment


def chapters_in(folder: Path, assignments: list[str]) -> set[str]:
    """The chapters of a submission's notebooks, by their metadata, else by their file names."""
    chapters: set[str] = set()
    for path in folder.rglob("*"):
        if path.is_file() and ".ipynb" in path.name.lower():
            with open(path, "rb") as file:
                data = file.read(MOST_SEARCHED)
            in_metadata = {text.decode() for text in CHAPTER.findall(data)} & set(assignments)
            chapters |= in_metadata or {name for name in assignments if path.name.startswith(name)}
    return chapters


def put(
    class_folder: ClassFolder,
    journal: Deliveries,
    taken: Taken,
    delivery: Delivery,
    student: str,
    folder: Path,
    source: str,
    people: dict[str, roster.Person],
    older: bool,
) -> None:
    """Move a staged submission into submitted/, unless it is there already or a newer one has replaced it."""
    assignment = delivery.assignment or taken.assignment
    if not any(folder.rglob("*")):
        return
    target, content = class_folder.place("submitted", student, assignment), hash_of(folder)
    before = journal.of(student, assignment)
    line: dict[str, Any] = {
        "what": "taken", "when": now(), "who": who(), "from": taken.system, "zip": source, "student": student,
        "assignment": assignment, "name": delivery.name, "late": delivery.late, "hash": content,
    }  # fmt: skip
    if delivery.late:
        taken.late.append(student)
    time = time_of(delivery, people.get(student), class_folder.timezone())
    if target.is_dir() and hash_of(target) == content:
        taken.unchanged.append(student)
        if time not in ("", f"{LATE}\n") and not has_time(
            target, class_folder.timezone()
        ):  # a worksheet was given later
            (target / NAME).write_text(time, encoding="utf-8")
            taken.dated.append(student)
        elif not has_time(target, class_folder.timezone()):
            taken.undated.append(student)
        if not before or any(before[-1].get(key) != line[key] for key in ("from", "name", "late", "hash")):
            journal.add(line)
        return
    if target.exists() and any(entry["hash"] == content for entry in before) and not older:
        taken.older.append(student)
        return
    if time:
        (folder / NAME).write_text(time, encoding="utf-8")
    (taken.dated if time not in ("", f"{LATE}\n") else taken.undated).append(student)
    replaces = target.exists() or target.is_symlink()
    if replaces:
        put_away(class_folder, student, assignment)
    target.parent.mkdir(parents=True, exist_ok=True)
    folder.rename(target)
    journal.add(line)
    (taken.again if replaces else taken.new).append(student)


def time_of(delivery: Delivery, person: roster.Person | None, zone: str | None) -> str:
    """The text of timestamp.txt: the time that the LMS gives, "late" if it tells only that, else ""."""
    if delivery.time is not None:
        return f"{delivery.time.isoformat(sep=' ', timespec='seconds')}\n"
    if person is not None and person.handed_in.strip("- "):
        try:
            return f"{parse_time(person.handed_in, zone)} UTC\n"
        except NO_TIME:
            return person.handed_in + "\n"  # a note on the page will say what is wrong with it
    return f"{LATE}\n" if delivery.late else ""


def has_time(folder: Path, zone: str | None) -> bool:
    return read_timestamp(folder, zone)[0] is not None


def put_away(class_folder: ClassFolder, student: str, assignment: str) -> None:
    """Keep a submission that is replaced, as <CLASS>/earlier/<student>/<assignment>/1, 2, ..."""
    folder = class_folder.path / EARLIER / student / assignment
    folder.mkdir(parents=True, exist_ok=True)
    number = 1 + max((int(path.name) for path in folder.iterdir() if path.name.isdecimal()), default=0)
    class_folder.place("submitted", student, assignment).rename(folder / str(number))


def clear_away(class_folder: ClassFolder, taken: list[Delivery]) -> None:
    """Move files that were unzipped into submitted/ and have been taken in to earlier/unzipped/."""
    base = class_folder.path / "submitted"
    for delivery in taken:
        for _, entry in delivery.files:
            if entry.origin is not None and entry.origin.exists():
                target = class_folder.path / EARLIER / "unzipped" / entry.origin.relative_to(base)
                target.parent.mkdir(parents=True, exist_ok=True)
                entry.origin.rename(free_name(target))
                for parent in entry.origin.parents:
                    if parent == base or any(parent.iterdir()):
                        break
                    parent.rmdir()


def unzipped(class_folder: ClassFolder) -> dict[str, str]:
    """Files and folders in submitted/ that were unzipped there under an LMS's names: name -> system."""
    systems = {}
    for path in sorted((class_folder.path / "submitted").iterdir()):
        if path.is_symlink():
            continue
        system = recognized((path.name,))
        if path.is_dir() and (path / METADATA).exists():
            system = "gradescope"
        elif path.is_dir() and system == "canvas":  # Canvas gives such names to files only
            system = ""
        if system:
            systems[path.name] = system
    return systems
