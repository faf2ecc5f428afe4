"""What the names in an LMS's zip say: whose file it is, under which number, and whether it was late.

Canvas      lovelaceada_LATE_101_5551_03_momentum.ipynb       name, user, attachment; anon_... or LATE_anon_... when names
            are hidden (instructure/canvas-lms lib/content_zipper.rb: get_filename, sanitize_user_name)
Moodle      Ada Lovelace_1234567_assignsubmission_file/03_momentum.ipynb        (before 4.1 with _ at the end of the folder, or
            all in one name; moodle/moodle mod/assign/feedback/file/importziplib.php reads these forms)
Gradescope  assignment_9_export/submission_77/03_momentum.ipynb, and submission_metadata.yml says whose it is
folder      ada/03_momentum.ipynb, ada/03_momentum/03_momentum.ipynb or ada.ipynb
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import yaml

from autograder.classroom.archive import Entry
from autograder.gradebook.coursedir import ClassError

SYSTEMS = ("canvas", "moodle", "gradescope", "folder")
CANVAS = re.compile(r"(?P<who>.+?)_(?P<late>LATE_)?(?P<user>\d+)_(?P<attachment>\d+)_(?P<file>.+)", re.S)
HIDDEN = re.compile(r"(?:LATE_)?anon_[^_]+_\d+_.+", re.S)
MOODLE = re.compile(r"(?P<who>.+?)_(?P<user>\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<file>.*))?", re.S)
MOODLES_NUMBER = re.compile(r"_(\d+)_assignsubmission_(?:file|onlinetext)(?=_|\Z)")
AGAIN = re.compile(r"-\d+(?=\.ipynb$)")  # Canvas numbers the files of a second attempt
SUBMISSION = re.compile(r"submission_\d+")  # a folder of Gradescope's
METADATA = "submission_metadata.yml"
MOST_METADATA = 50_000_000


@dataclass
class Delivery:
    """What one student handed in: who (the name as the LMS writes it), user: the LMS's number, name: what names of files
    that go back must begin with, files: (path, entry), late, time: as far as the LMS says it. emails, sids: of Gradescope.
    assignment: when the path says it."""

    who: str
    user: str = ""
    name: str = ""
    late: bool = False
    time: datetime | None = None
    files: list[tuple[tuple[str, ...], Entry]] = field(default_factory=list)
    also: tuple[str, ...] = ()  # other ids and addresses of the student
    assignment: str = ""

    @property
    def key(self) -> str:
        """How class.toml's [names] calls this student."""
        return f"{self.who}_{self.user}" if self.user else self.who


def recognized(parts: tuple[str, ...]) -> str:
    """Which system names files so; "" for none."""
    canvas, moodle = CANVAS.fullmatch(parts[-1]), MOODLE.fullmatch(parts[-1])
    if canvas and moodle:  # one of the two is part of the name that the student gave the file
        return "canvas" if len(canvas["who"]) < len(moodle["who"]) else "moodle"
    if any(MOODLE.fullmatch(part) for part in parts):
        return "moodle"
    if METADATA in parts or any(SUBMISSION.fullmatch(part) for part in parts):
        return "gradescope"
    return "canvas" if canvas or HIDDEN.fullmatch(parts[-1]) else ""


def deliveries(
    entries: list[Entry], system: str, students: set[str], assignments: set[str]
) -> tuple[list[Delivery], list[tuple[str, str]]]:
    """What each student handed in, and (name, why) of files that do not have the system's kind of name. Raises ClassError."""
    if system == "gradescope":
        return gradescope(entries)
    if system == "folder":
        return folders(entries, students, assignments)
    found: dict[tuple[str, str], Delivery] = {}
    strange = []
    for entry in entries:
        taken = canvas(entry) if system == "canvas" else moodle(entry)
        if taken is None:
            hidden = system == "canvas" and HIDDEN.fullmatch(entry.parts[-1])
            why = "Canvas hid the names: end anonymous grading there and download again" if hidden else ""
            if system == "moodle" and any(MOODLE.fullmatch(part) for part in entry.parts):
                why = "it has numbers of two students of Moodle's, so that nobody can say whose it is"
            strange.append((entry.name, why or f"no name that {system} gives"))
            continue
        known = found.setdefault((taken.who, taken.user), taken)
        if known is not taken:
            known.files += taken.files
            known.late |= taken.late
    return list(found.values()), strange


def canvas(entry: Entry) -> Delivery | None:
    parts = CANVAS.fullmatch(entry.parts[-1])
    if not parts or HIDDEN.fullmatch(entry.parts[-1]):
        return None
    name = AGAIN.sub("", parts["file"])
    back = f"{parts['who']}_{parts['user']}_{parts['attachment']}"
    return Delivery(parts["who"], parts["user"], back, bool(parts["late"]), files=[((name,), entry)])


def moodle(entry: Entry) -> Delivery | None:
    for place, part in enumerate(entry.parts):
        if found := MOODLE.fullmatch(part):
            if set(MOODLES_NUMBER.findall(part)) != {found["user"]}:  # students name their files, and maybe themselves
                return None
            rest = tuple(text for text in (found["file"], *entry.parts[place + 1 :]) if text)
            back = f"{found['who']}_{found['user']}_assignsubmission_file"
            return Delivery(found["who"], found["user"], back, files=[(rest or ("file",), entry)])
    return None


def gradescopes_list(entries: list[Entry], students: Collection[str] = ()) -> Entry | None:
    """Gradescope's own list of the submissions: it stands above all of them. A student may hand in a file of this name."""
    for entry in entries:
        *above, name = entry.parts
        if (
            name == METADATA
            and all(list(other.parts[: len(above)]) == above for other in entries)
            and not any(SUBMISSION.fullmatch(part) or MOODLE.fullmatch(part) or part in students for part in above)
        ):
            return entry
    return None


def gradescope(entries: list[Entry]) -> tuple[list[Delivery], list[tuple[str, str]]]:
    listed = gradescopes_list(entries)
    about: dict[str, Any] = metadata(listed) if listed else {}
    if not about:
        raise ClassError(f"there is no {METADATA}: give the zip that Gradescope exports (Export Submissions), as it is")
    groups: dict[str, list[Delivery]] = {}
    strange = []
    for entry in entries:
        place = next((place for place, part in enumerate(entry.parts[:-1]) if part in about), None)
        if entry is listed:
            continue
        if place is None:
            strange.append((entry.name, f"{METADATA} says nothing about it"))
            continue
        number = entry.parts[place]
        if number not in groups:
            groups[number] = submitters(about[number], number)
        for delivery in groups[number]:
            delivery.files.append((entry.parts[place + 1 :], entry))
    return [delivery for group in groups.values() for delivery in group], strange


def metadata(entry: Entry) -> dict[str, Any]:
    with entry.open() as file:
        data = file.read(MOST_METADATA)
    try:
        found = yaml.safe_load(data)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ClassError(f"{entry.name} is no YAML: {str(error)[:200]}") from None
    about = (
        {str(key): value for key, value in found.items() if isinstance(value, dict)} if isinstance(found, dict) else {}
    )
    if not about:
        raise ClassError(f"{entry.name} is not what Gradescope exports")
    return about  # files of an entry that is no dict are listed as belonging to nobody


def submitters(about: dict[str, Any], number: str) -> list[Delivery]:
    """A delivery for each student of a submission (a group hands in once)."""
    people = about.get(":submitters")
    time = about.get(":created_at")
    if isinstance(time, datetime):
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
    else:
        time = None
    found = []
    for person in people if isinstance(people, list) else []:
        if isinstance(person, dict):
            also = tuple(str(person[key]) for key in (":sid", ":email") if person.get(key))
            found.append(Delivery(str(person.get(":name") or number), "", number, time=time, also=also))
    return found or [Delivery(number, "", number, time=time)]


def folders(
    entries: list[Entry], students: set[str], assignments: set[str]
) -> tuple[list[Delivery], list[tuple[str, str]]]:
    first = {entry.parts[0] for entry in entries}
    wrapped = (
        len(first) == 1
        and not first & students
        and all(len(entry.parts) > 2 and entry.parts[1] not in assignments for entry in entries)
    )
    found: dict[tuple[str, str], Delivery] = {}
    strange = []
    for entry in entries:
        parts = entry.parts[1:] if wrapped else entry.parts
        who, rest = parts[0], parts[1:]
        if not rest:
            who, _, ending = parts[0].rpartition(".")
            rest = parts
            if not ending or (students and who not in students):
                strange.append((entry.name, "it lies in no student's folder"))
                continue
        assignment = rest[0] if len(rest) > 1 and rest[0] in assignments else ""
        delivery = found.setdefault((who, assignment), Delivery(who, name=who, assignment=assignment))
        delivery.files.append((rest[1:] if assignment else rest, entry))
    return list(found.values()), strange
