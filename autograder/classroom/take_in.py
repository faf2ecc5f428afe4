"""Take what an LMS delivers into submitted/: who is who, resubmissions, late flags, and a list of what belongs to nobody.

A delivery is copied beside submitted/ first. Each submission then moves to its place with one rename, so that a full disk or
a power cut leaves whole submissions and nothing else; the same command goes on from there.
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
NOBODY = ""  # [names] "guest_49999" = "": a guest or a test account, to be left out without a word
MOST_WRONG = (
    3  # notebooks of another chapter than the one that was asked for, beyond which the zip is taken for a wrong one
)
ALSO = (
    "student",
    "login",
    "email",
    "sis_id",
    "id_number",
    "sid",
    "canvas_id",
)  # what Gradescope may have as a student's id
CHAPTER = re.compile(rb'"chapter"\s*:\s*"([\w-]{1,80})"')
MOST_LOOKED_AT = 20_000_000  # bytes of a notebook that are searched for its chapter


@dataclass
class Taken:
    """What became of a delivery. Students' ids, but for unmatched (a sentence each), left_out (name: why) and nobody (the LMS's
    names of those that class.toml calls nobody). dated: of whom the LMS says when they handed in. undated: of whom nothing does."""

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
    place: ClassFolder,
    source: str,
    assignments: list[str],
    system: str = "",
    chapter: str = "",
    older: bool = False,
    worksheet: str = "",
) -> Taken:
    """Take a zip or folder into the class. system: one of SYSTEMS, "" to recognize it. chapter: what the assignment's name
    begins with, "" to read it from the notebooks. older: take also what was replaced before by something newer. worksheet:
    Moodle's grading worksheet of the assignment, which says who has which number and when it was handed in.
    Raises ClassError, OSError; then every submission is as it was, or wholly taken."""
    path = Path(source).expanduser().resolve()
    if not source:
        raise ClassError("say what to take in: ZIP=submissions.zip (or a folder)")
    people, names = roster.roster_of(place.path), aliases(place)
    limits = IntakeLimits.of(place.limits())
    with permissions.private(place), locked(place), contextlib.ExitStack() as stack:
        for leftover in place.path.glob(f"{STAGING}*"):
            shutil.rmtree(leftover)
        found = stack.enter_context(archive.opened(path))
        taken = Taken(left_out=[f"{one.name}: {one.why}" for one in found if isinstance(one, LeftOut)])
        files = [one for one in found if isinstance(one, Entry)]
        inside = path == place.path / "submitted"
        if inside:  # what lies there as grading finds it is left alone
            here = unzipped(place)
            files = [one for one in files if one.parts[0] in here]
            taken.left_out = []
        if not files:
            raise ClassError(f"{path} holds no file that a student handed in")
        taken.system = system or system_of(files, set(people), path)
        every, strange = deliveries(files, taken.system, set(people), set(assignments))
        if not every and system and (other := other_system(files, system)):
            raise ClassError(
                f"{path}: its names are those of {other.capitalize()}, not of FROM={system}: say FROM={other}"
            )
        zips = [name for name, _ in strange if name.lower().endswith(".zip")]
        if not every and zips:
            raise ClassError(f"{path} holds {archive.shown(zips[0])} and no submission: give that zip itself as ZIP=")
        taken.left_out += [f"{archive.shown(name)}: {why}" for name, why in strange]
        if taken.system != "folder" and not people:
            raise ClassError(
                f"{place.path} has no students.csv, so that nobody knows who {every[0].who if every else 'anybody'} is: "
                f'make class CLASS="{place.path}" ROSTER=students.csv'
            )
        if taken.system == "moodle":
            people = of_this_assignment(people, worksheet, every, taken)
        elif worksheet:
            raise ClassError(f"WORKSHEET={worksheet}: a grading worksheet is Moodle's, and {path.name} is not")
        owned = match_all(every, taken.system, people, names, taken)
        with tempfile.TemporaryDirectory(prefix=STAGING, dir=place.path) as staging:
            staged = [
                (delivery, student, stage(delivery, Path(staging) / str(number), limits, taken))
                for number, (delivery, student) in enumerate(owned)
            ]
            taken.assignment = assignment_of(staged, assignments, chapter, taken)
            with Deliveries(place.path) as known:
                for delivery, student, folder in staged:
                    put(place, known, taken, delivery, student, folder, path.name, people, older)
        if worksheet and taken.assignment:
            replace_file(
                roster.worksheet_of(place.path, taken.assignment), roster.text_of(Path(worksheet).expanduser())
            )
        if inside:
            clear_away(place, [delivery for delivery, _, _ in staged])
        if not taken.assignment:
            return taken
        handed_in = {one.parent.name for one in place.path.glob(f"submitted/*/{glob_safe(taken.assignment)}")}
        taken.absent = sorted(set(people) - handed_in)
    return taken


def of_this_assignment(
    people: dict[str, roster.Person], worksheet: str, every: list[Delivery], taken: Taken
) -> dict[str, roster.Person]:
    """The roster with Moodle's numbers and times of the assignment that is delivered. Those in students.csv may be of another
    one: then no number fits, and nothing of them may be used."""
    if worksheet:
        people, strangers = roster.with_worksheet(people, Path(worksheet).expanduser())
        taken.warnings += strangers
    numbers = {person.participant for person in people.values() if person.identifier}
    if numbers and not numbers & {delivery.user for delivery in every}:
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


def glob_safe(name: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", name)


def aliases(place: ClassFolder) -> dict[str, str]:
    """[names] of class.toml: a name in a delivery -> student. Raises ClassError."""
    table = place.settings().get("names", {})
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise ClassError(f'{place.path / "class.toml"}: [names] holds "name in the zip" = "student" and nothing else')
    return table


def system_of(files: list[Entry], students: set[str], path: Path) -> str:
    """The system whose names most files have. Raises ClassError where that cannot be said."""
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
    """The system whose names all files have, "" when it is `system` or not one."""
    found = {recognized(entry.parts) for entry in files}
    return found.pop() if len(found) == 1 and system not in found else ""


def match_all(
    every: list[Delivery], system: str, people: dict[str, roster.Person], names: dict[str, str], taken: Taken
) -> list[tuple[Delivery, str]]:
    """Each delivery with its student; the others become sentences of `taken`."""
    owned: dict[tuple[str, str], tuple[Delivery, str]] = {}
    for delivery in every:
        student, why = owner(delivery, system, people, names)
        if not student:
            taken.unmatched += [why] if why else []
            taken.nobody += [] if why else [archive.shown(delivery.key)]
        elif (student, delivery.assignment) in owned:
            other = owned[student, delivery.assignment][0]
            taken.unmatched.append(f"{delivery.key} and {other.key} are both {student}: only {other.key} was taken")
        else:
            owned[student, delivery.assignment] = (delivery, student)
    return list(owned.values())


def owner(delivery: Delivery, system: str, people: dict[str, roster.Person], names: dict[str, str]) -> tuple[str, str]:
    """(student, "") or ("", why nobody on the roster is it); ("", "") where class.toml says that it is nobody."""
    for key in (delivery.key, delivery.who):
        if key in names:
            if names[key] == NOBODY:
                return "", ""
            if people and names[key] not in people:
                return "", f'{key}: [names] in class.toml says "{names[key]}", who is not on the roster'
            return names[key], ""
    if not people:
        wrong = roster.bad_folder_name(delivery.who)
        return ("", f"{archive.shown(delivery.who)}: no name for a folder, {wrong}") if wrong else (delivery.who, "")
    if system == "folder" and delivery.who in people:
        return delivery.who, ""
    number = {"canvas": "canvas_id", "moodle": "participant"}.get(system, "")  # what delivery.user is
    also = {text.casefold() for text in delivery.also}
    by_id = [
        person
        for person in people.values()
        if (number and delivery.user and delivery.user == getattr(person, number))
        or also & {getattr(person, name).casefold() for name in ALSO} - {""}
    ]
    if len(by_id) == 1:
        return by_id[0].student, ""
    same = people.get(delivery.who)  # an LMS may let students choose their names, so that a number says more
    if same and not (number and delivery.user and getattr(same, number)):
        return delivery.who, ""
    wanted = roster.squeezed(delivery.who)
    by_name = [
        person
        for person in people.values()
        if wanted in roster.spellings(person)
        and not (number and delivery.user and getattr(person, number))  # it is another number: somebody else's
    ]
    if len(by_name) == 1:
        return by_name[0].student, ""
    if by_name:
        told = "The grading worksheet tells them apart: WORKSHEET=file.csv. " if system == "moodle" else ""
        return (
            "",
            f"{delivery.key}: {' and '.join(map(roster.shown, by_name))} have this name. {told}{advice(delivery)}",
        )
    near = roster.nearest(delivery.who, people.values())
    like = f"; nearest: {', '.join(map(roster.shown, near))}" if near else ""
    guest = f'; if it is nobody of the class: "{archive.shown(delivery.key)}" = ""'
    return "", f"{archive.shown(delivery.key)}: nobody on the roster{like}. {advice(delivery, near)}{guest}"


def advice(delivery: Delivery, near: list[roster.Person] | None = None) -> str:
    student = near[0].student if near else "student"
    return f'If you know who it is: "{archive.shown(delivery.key)}" = "{student}" under [names] in class.toml'


def stage(delivery: Delivery, folder: Path, limits: IntakeLimits, taken: Taken) -> Path:
    """Copy the files of a delivery into a new folder."""
    folder.mkdir()
    left = 2 * limits.submission_bytes
    for count, (parts, entry) in enumerate(delivery.files):
        parts = tuple(map(archive.short, parts))
        target = free_name(folder.joinpath(*parts))
        if any(above.is_file() for above in target.parents):  # a file has the name of the folder
            target = free_name(folder / parts[-1])
        if count >= limits.submission_files:
            taken.left_out.append(f"{entry.name}: more than {limits.submission_files} files of one student")
            break
        if not archive.copy(entry, target, min(limits.submission_bytes, left)):
            taken.left_out.append(f"{entry.name}: bigger than a submission may be (submission_bytes)")
            continue
        left -= target.stat().st_size
    return folder


def free_name(path: Path) -> Path:
    """The path, or with a number when a file of that name is there."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem} ({number})")
    return free


def assignment_of(staged: list[tuple[Delivery, str, Path]], assignments: list[str], chapter: str, taken: Taken) -> str:
    """The assignment that was delivered: as asked for, else what most notebooks say. Raises ClassError."""
    if not staged and not chapter:
        return ""
    said = {student: chapters_in(folder, assignments) for _, student, folder in staged}
    if chapter:
        fits = [name for name in assignments if name == chapter] or [n for n in assignments if n.startswith(chapter)]
        if len(fits) != 1:
            raise ClassError(
                f"CHAPTER={chapter}: {' and '.join(fits) or 'no chapter'} begins so: there are {', '.join(assignments)}"
            )
        assignment = fits[0]
        other = Counter(name for names in said.values() if assignment not in names for name in sorted(names)[:1])
        if other and sum(other.values()) > max(MOST_WRONG, len(said) / 2):
            wrong, count = other.most_common(1)[0]
            raise ClassError(
                f"CHAPTER={chapter}, but {count} of {len(said)} notebooks are of {wrong}: is it the zip of that assignment? Nothing "
                f"was taken. Say CHAPTER={wrong}, or leave CHAPTER away"
            )
    elif all(delivery.assignment for delivery, _, _ in staged) and staged:
        return staged[0][0].assignment
    else:
        counts = Counter(name for names in said.values() for name in names)
        most = counts.most_common(2)
        if len(most) == 2 and most[0][1] == most[1][1]:
            raise ClassError(
                f"the notebooks are of several chapters ({', '.join(sorted(counts))}), none of them most: say for which one this is, "
                f"such as CHAPTER={min(counts)}"
            )
        if not most:
            raise ClassError("the notebooks do not say of which chapter they are: say it with CHAPTER=03, for example")
        assignment = most[0][0]
    wrong_ones: dict[str, list[str]] = {}
    for student, names in said.items():
        if names and assignment not in names:
            wrong_ones.setdefault(", ".join(sorted(names)), []).append(student)
    for names_there, students in wrong_ones.items():
        taken.warnings.append(
            f"handed in a notebook of {names_there} for {assignment}, ask for the right one: {', '.join(students)}"
        )
    return assignment


def chapters_in(folder: Path, assignments: list[str]) -> set[str]:
    """The chapters that a submission's notebooks say they are of, or are named like."""
    found: set[str] = set()
    for path in folder.rglob("*"):
        if path.is_file() and ".ipynb" in path.name.lower():
            with open(path, "rb") as file:
                data = file.read(MOST_LOOKED_AT)
            inside = {text.decode() for text in CHAPTER.findall(data)} & set(assignments)
            found |= inside or {name for name in assignments if path.name.startswith(name)}
    return found


def put(
    place: ClassFolder,
    known: Deliveries,
    taken: Taken,
    delivery: Delivery,
    student: str,
    folder: Path,
    source: str,
    people: dict[str, roster.Person],
    older: bool,
) -> None:
    """Move a staged submission to its place, unless it is there already or was replaced by a newer one."""
    assignment = delivery.assignment or taken.assignment
    if not any(folder.rglob("*")):
        return
    target, content = place.place("submitted", student, assignment), hash_of(folder)
    before = known.of(student, assignment)
    line: dict[str, Any] = {
        "what": "taken", "when": now(), "who": who(), "from": taken.system, "zip": source, "student": student,
        "assignment": assignment, "name": delivery.name, "late": delivery.late, "hash": content,
    }  # fmt: skip
    if delivery.late:
        taken.late.append(student)
    time = time_of(delivery, people.get(student), place.timezone())
    if target.is_dir() and hash_of(target) == content:
        taken.unchanged.append(student)
        if time not in ("", f"{LATE}\n") and not has_time(target, place.timezone()):  # a worksheet that came later
            (target / NAME).write_text(time, encoding="utf-8")
            taken.dated.append(student)
        elif not has_time(target, place.timezone()):
            taken.undated.append(student)
        if not before or any(before[-1].get(key) != line[key] for key in ("from", "name", "late", "hash")):
            known.add(line)
        return
    if target.exists() and any(entry["hash"] == content for entry in before) and not older:
        taken.older.append(student)
        return
    if time:
        (folder / NAME).write_text(time, encoding="utf-8")
    (taken.dated if time not in ("", f"{LATE}\n") else taken.undated).append(student)
    again = target.exists() or target.is_symlink()
    if again:
        put_away(place, student, assignment)
    target.parent.mkdir(parents=True, exist_ok=True)
    folder.rename(target)
    known.add(line)
    (taken.again if again else taken.new).append(student)


def time_of(delivery: Delivery, person: roster.Person | None, zone: str | None) -> str:
    """The text of timestamp.txt, as far as the LMS says when it was handed in; "late" where it says only that, else ""."""
    if delivery.time is not None:
        return f"{delivery.time.isoformat(sep=' ', timespec='seconds')}\n"
    if person is not None and person.handed_in.strip("- "):
        try:
            return f"{parse_time(person.handed_in, zone)} UTC\n"
        except NO_TIME:
            return person.handed_in + "\n"  # a note will say what is wrong
    return f"{LATE}\n" if delivery.late else ""


def has_time(folder: Path, zone: str | None) -> bool:
    return read_timestamp(folder, zone)[0] is not None


def put_away(place: ClassFolder, student: str, assignment: str) -> None:
    """Keep what a resubmission replaces: <CLASS>/earlier/<student>/<assignment>/1, 2, ..."""
    folder = place.path / EARLIER / student / assignment
    folder.mkdir(parents=True, exist_ok=True)
    number = 1 + max((int(path.name) for path in folder.iterdir() if path.name.isdecimal()), default=0)
    place.place("submitted", student, assignment).rename(folder / str(number))


def clear_away(place: ClassFolder, taken: list[Delivery]) -> None:
    """Move what was unzipped into submitted/ and has been taken to earlier/unzipped/."""
    base = place.path / "submitted"
    for delivery in taken:
        for _, entry in delivery.files:
            if entry.origin is not None and entry.origin.exists():
                target = place.path / EARLIER / "unzipped" / entry.origin.relative_to(base)
                target.parent.mkdir(parents=True, exist_ok=True)
                entry.origin.rename(free_name(target))
                for parent in entry.origin.parents:
                    if parent == base or any(parent.iterdir()):
                        break
                    parent.rmdir()


def unzipped(place: ClassFolder) -> dict[str, str]:
    """What lies in submitted/ as an LMS names it, not as grading finds it: name -> system."""
    found = {}
    for path in sorted((place.path / "submitted").iterdir()):
        if path.is_symlink():
            continue
        system = recognized((path.name,))
        if path.is_dir() and (path / METADATA).exists():
            system = "gradescope"
        elif path.is_dir() and system == "canvas":  # Canvas names files so, not folders
            system = ""
        if system:
            found[path.name] = system
    return found
