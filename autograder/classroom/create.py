"""Create a class: its folder, submitted/, a commented class.toml, the roster, the secret. Existing parts stay unchanged."""

import json
import os
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from autograder.classroom import roster
from autograder.gradebook import permissions
from autograder.gradebook.coursedir import BUILD, ClassError, ClassFolder
from autograder.gradebook.files import replace
from autograder.gradebook.secret import load_secret
from autograder.gradebook.timestamps import zone_of

MADE_BY_A_CLASS = ("submitted", "class.toml", "gradebook.db")  # a folder that holds one of these is a class already
TEMPLATE = """\
# Settings of this class. A line that begins with # has no effect: take the # away. docs/instructors.md explains each.

[class]
{timezone}
# group = "teachers"                  # a group of this machine that may read and write the class; without: you alone

# When each chapter is due. The time needs a zone, or [class] timezone.
[due]
{due}

# What being late costs. Without this section: nothing.
# [late]
# percent_per_day = 10                # of the score, for every day or part of a day
# grace_minutes = 30                  # a delay up to this costs nothing
# at_most_percent = 50

# Days after the due date, for one student.
# [extensions]
# ada = {{ {chapter} = 3 }}

# Whom students ask about a grade, and until when: printed on every page.
# [feedback]
# contact = "ta@example.edu"
# questions_until = {{ {chapter} = 2026-12-07 }}

# How far a card goes (1: the observation, 2: the question, 3: the name of the mistake), and whether lend() gives worked
# solutions. For the pages of this class; docs/instructors.md says how students' own JupyterLab gets them.
# [hints]
# ladder = 3
# lend = true

# Who reads which essays: split by "student" or by "question". `make essays CLASS=...` lists them.
# [graders]
# names = ["tutor1", "tutor2"]
# by = "student"
# anonymous = true                    # lists without students' ids

# What a chapter is called in the LMS, where it is not the chapter's name.
# [columns]
# {chapter} = "Capstone (4711)"       # Canvas: with the number in parentheses

# Names in an LMS's zip that `make intake` cannot find on the roster -> the student's folder.
# [names]
# "lovelaceada" = "ada"

# Limits of time, memory and size, here with their defaults; docs/instructors.md has the table.
# [limits]
# cell_seconds = 4
# test_seconds = 10

# JupyterHub with nbgrader's exchange; docs/hub.md.
{exchange}
"""


@dataclass
class Created:
    """What `create` did. made: new paths, relative to the class. came, went: students that a new roster added and removed.
    same: old id -> new id, for removed students with the name or address of an added one. system: the LMS of the roster, "" if
    unknown."""

    folder: Path
    made: list[str] = field(default_factory=list)
    students: int = 0
    came: list[str] = field(default_factory=list)
    went: list[str] = field(default_factory=list)
    same: dict[str, str] = field(default_factory=dict)
    system: str = ""


def create(
    path: str,
    chapters: list[str],
    students: str = "",
    timezone: str = "",
    exchange: tuple[str, str] | None = None,
) -> Created:
    """Create the class in the folder `path`, or its missing parts.

    students: a file to copy to students.csv; an existing roster becomes students.csv.old. timezone: for a new class.toml; by
    default the zone of this machine. exchange: course and folder of the hub's exchange, for a new class.toml.
    Everything is checked before anything is written.
    Raises ClassError, OSError.
    """
    folder = Path(path).expanduser().resolve()
    if folder.is_relative_to(BUILD):
        raise ClassError(
            f"{folder} is under build/, which `make clean` deletes with everything in it: choose another folder"
        )
    if folder.exists() and not folder.is_dir():
        raise ClassError(f"{folder} is a file: choose another name for the class's folder")
    names = {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()
    if names and not names & set(MADE_BY_A_CLASS):
        some = ", ".join(sorted(names)[:5])
        raise ClassError(f"{folder} is not empty and no class (it holds: {some}). Choose a new folder")
    class_folder = ClassFolder(folder)
    group = permissions.group_of(class_folder)
    zone = timezone or zone_of_machine()
    if timezone:
        try:
            zone_of(timezone)
        except ValueError as error:
            raise ClassError(f"TIMEZONE={timezone}: {error}") from None
        if (folder / "class.toml").exists() and (present := class_folder.timezone()) != timezone:
            says = f'has timezone = "{present}"' if present else "names no time zone"
            raise ClassError(
                f'TIMEZONE={timezone}: {folder / "class.toml"} is there already and {says}. Write timezone = "{timezone}" under '
                "[class] there"
            )
    created = Created(folder)
    source = Path(students).expanduser() if students else None
    text = None
    if source is not None:
        if not source.is_file():
            raise ClassError(f"ROSTER={students}: there is no such file")
        text, people = roster.text_of(source), roster.load(source)
    else:
        people = roster.roster_of(folder)
    created.students, created.system = len(people), roster.system_of(people.values())
    if not folder.exists():
        folder.mkdir(parents=True)
        created.made.append("")
    with permissions.private(class_folder):
        if not (folder / "submitted").is_dir():
            (folder / "submitted").mkdir()
            created.made.append("submitted/")
        if not (folder / "class.toml").exists():
            replace(folder / "class.toml", template(chapters, zone, exchange))
            created.made.append("class.toml")
        if text is not None:
            put_roster(created, text)
        if not (folder / ".secret").exists():
            load_secret(folder)
            created.made.append(".secret")
    if group is not None and created.made:
        permissions.close(folder, group)
    return created


def put_roster(created: Created, text: str) -> None:
    """Write students.csv, unless it has this text already; an older one becomes students.csv.old."""
    path = created.folder / roster.NAME
    if path.exists():
        if roster.text_of(path) == text:
            return
        try:
            before = roster.load(path)
        except ClassError:  # edited by hand and now invalid; the new one replaces it
            before = {}
        replace(path.with_name(roster.NAME + ".old"), roster.text_of(path))
    else:
        before = {}
    replace(path, text)
    after = roster.roster_of(created.folder)
    created.made.append(roster.NAME)
    if before:
        created.came, created.went = sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())
        for old in created.went:
            matches = [new for new in created.came if may_be_same(before[old], after[new])]
            if len(matches) == 1 and sum(may_be_same(before[other], after[matches[0]]) for other in created.went) == 1:
                created.same[old] = matches[0]


def may_be_same(old: roster.Person, new: roster.Person) -> bool:
    """True if two rows with different ids have the same name or e-mail address."""
    names = [" ".join(sorted(person.full.casefold().replace(",", " ").split())) for person in (old, new)]
    return bool(names[0] and names[0] == names[1] or old.email and old.email.casefold() == new.email.casefold())


def template(chapters: list[str], zone: str, exchange: tuple[str, str] | None = None) -> str:
    """class.toml with every chapter. All dates are commented out; so is [exchange] unless course and folder are given."""
    first = date(date.today().year, 10, 5)
    due = "\n".join(f"# {name} = {first + timedelta(weeks=week)}T23:59:00" for week, name in enumerate(chapters))
    line = f'timezone = "{zone}"' if zone else '# timezone = "Asia/Shanghai"          # of dates without a zone'
    course, root = exchange or ("descent", "/srv/nbgrader/exchange")
    mark = "" if exchange else "# "
    quoted = partial(json.dumps, ensure_ascii=False)  # a JSON string is a TOML string
    return TEMPLATE.format(
        timezone=line,
        due=due or "# 03_momentum = 2026-10-05T23:59:00",
        chapter=(chapters or ["03_momentum"])[-1],
        exchange="\n".join(
            mark + line for line in ("[exchange]", f"course = {quoted(course)}", f"root = {quoted(root)}")
        ),
    )


def zone_of_machine() -> str:
    """The name of this machine's time zone, "" if unknown."""
    link = os.environ.get("TZ", "").lstrip(":") or os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]
    try:
        return zone_of(link).key if link else ""
    except ValueError:
        return ""
