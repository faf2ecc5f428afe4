"""Parse the names in an LMS's zip: the student, the LMS's number for them, and whether the file was late.

Canvas      lovelaceada_LATE_101_5551_03_momentum.ipynb       name, user, attachment; anon_... or LATE_anon_... when names
            are hidden (instructure/canvas-lms lib/content_zipper.rb: get_filename, sanitize_user_name)
Moodle      Ada Lovelace_1234567_assignsubmission_file/03_momentum.ipynb        (before 4.1 with _ at the end of the folder, or
            all in one name; moodle/moodle mod/assign/feedback/file/importziplib.php reads these forms)
Gradescope  assignment_9_export/submission_77/03_momentum.ipynb, and submission_metadata.yml names the students
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
    """One student's submission in an LMS's zip.

    who: the student's name as the LMS writes it. user: the LMS's number for them. name: the prefix that the LMS expects of the
    feedback file. late, time: as far as the LMS tells. files: (path, entry). assignment: if the path contains it.
    """

    who: str
    user: str = ""
    name: str = ""
    late: bool = False
    time: datetime | None = None
    files: list[tuple[tuple[str, ...], Entry]] = field(default_factory=list)
    also: tuple[str, ...] = ()  # other ids and e-mail addresses, from Gradescope
    assignment: str = ""

    @property
    def key(self) -> str:
        """The student's key in [names] of class.toml."""
        return f"{self.who}_{self.user}" if self.user else self.who


def recognized(parts: tuple[str, ...]) -> str:
    """The system that gives files such names, "" if none does."""
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
    """(each student's submission, (name, reason) of files whose name is not the system's). Raises ClassError."""
    if system == "gradescope":
        return gradescope(entries)
    if system == "folder":
        return folders(entries, students, assignments)
    by_student: dict[tuple[str, str], Delivery] = {}
    unparsed = []
    for entry in entries:
        parsed = canvas(entry) if system == "canvas" else moodle(entry)
        if parsed is None:
            hidden = system == "canvas" and HIDDEN.fullmatch(entry.parts[-1])
            why = "Canvas hid the names: end anonymous grading there and download again" if hidden else ""
            if system == "moodle" and any(MOODLE.fullmatch(part) for part in entry.parts):
                why = "it has numbers of two students of Moodle's, so that nobody can say whose it is"
            unparsed.append((entry.name, why or f"no name that {system} gives"))
            continue
        delivery = by_student.setdefault((parsed.who, parsed.user), parsed)
        if delivery is not parsed:
            delivery.files += parsed.files
            delivery.late |= parsed.late
    return list(by_student.values()), unparsed


def canvas(entry: Entry) -> Delivery | None:
    parts = CANVAS.fullmatch(entry.parts[-1])
    if not parts or HIDDEN.fullmatch(entry.parts[-1]):
        return None
    name = AGAIN.sub("", parts["file"])
    feedback_name = f"{parts['who']}_{parts['user']}_{parts['attachment']}"
    return Delivery(parts["who"], parts["user"], feedback_name, bool(parts["late"]), files=[((name,), entry)])


def moodle(entry: Entry) -> Delivery | None:
    for index, part in enumerate(entry.parts):
        if match := MOODLE.fullmatch(part):
            if set(MOODLES_NUMBER.findall(part)) != {match["user"]}:  # a student chose a name that looks like Moodle's
                return None
            rest = tuple(text for text in (match["file"], *entry.parts[index + 1 :]) if text)
            feedback_name = f"{match['who']}_{match['user']}_assignsubmission_file"
            return Delivery(match["who"], match["user"], feedback_name, files=[(rest or ("file",), entry)])
    return None


def gradescopes_list(entries: list[Entry], students: Collection[str] = ()) -> Entry | None:
    """Gradescope's metadata file, which lies above all submissions; a student's own file of that name does not."""
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
    metadata_entry = gradescopes_list(entries)
    submissions: dict[str, Any] = metadata(metadata_entry) if metadata_entry else {}
    if not submissions:
        raise ClassError(f"there is no {METADATA}: give the zip that Gradescope exports (Export Submissions), as it is")
    groups: dict[str, list[Delivery]] = {}
    unlisted = []
    for entry in entries:
        index = next((index for index, part in enumerate(entry.parts[:-1]) if part in submissions), None)
        if entry is metadata_entry:
            continue
        if index is None:
            unlisted.append((entry.name, f"{METADATA} says nothing about it"))
            continue
        number = entry.parts[index]
        if number not in groups:
            groups[number] = submitters(submissions[number], number)
        for delivery in groups[number]:
            delivery.files.append((entry.parts[index + 1 :], entry))
    return [delivery for group in groups.values() for delivery in group], unlisted


def metadata(entry: Entry) -> dict[str, Any]:
    """Gradescope's metadata: folder of a submission -> its description. Raises ClassError."""
    with entry.open() as file:
        data = file.read(MOST_METADATA)
    try:
        loaded = yaml.safe_load(data)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ClassError(f"{entry.name} is no YAML: {str(error)[:200]}") from None
    items = loaded.items() if isinstance(loaded, dict) else ()
    submissions = {str(key): value for key, value in items if isinstance(value, dict)}
    if not submissions:
        raise ClassError(f"{entry.name} is not what Gradescope exports")
    return submissions  # files of an entry that is not a dict are reported as belonging to nobody


def submitters(submission: dict[str, Any], number: str) -> list[Delivery]:
    """One delivery for each student of a submission: a group hands in together."""
    people = submission.get(":submitters")
    time = submission.get(":created_at")
    if isinstance(time, datetime):
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
    else:
        time = None
    deliveries = []
    for person in people if isinstance(people, list) else []:
        if isinstance(person, dict):
            also = tuple(str(person[key]) for key in (":sid", ":email") if person.get(key))
            deliveries.append(Delivery(str(person.get(":name") or number), "", number, time=time, also=also))
    return deliveries or [Delivery(number, "", number, time=time)]


def folders(
    entries: list[Entry], students: set[str], assignments: set[str]
) -> tuple[list[Delivery], list[tuple[str, str]]]:
    top_level = {entry.parts[0] for entry in entries}
    wrapped = (  # all students' folders lie in one folder
        len(top_level) == 1
        and not top_level & students
        and all(len(entry.parts) > 2 and entry.parts[1] not in assignments for entry in entries)
    )
    by_student: dict[tuple[str, str], Delivery] = {}
    unparsed = []
    for entry in entries:
        parts = entry.parts[1:] if wrapped else entry.parts
        who, rest = parts[0], parts[1:]
        if not rest:
            who, _, ending = parts[0].rpartition(".")
            rest = parts
            if not ending or (students and who not in students):
                unparsed.append((entry.name, "it lies in no student's folder"))
                continue
        assignment = rest[0] if len(rest) > 1 and rest[0] in assignments else ""
        delivery = by_student.setdefault((who, assignment), Delivery(who, name=who, assignment=assignment))
        delivery.files.append((rest[1:] if assignment else rest, entry))
    return list(by_student.values()), unparsed
