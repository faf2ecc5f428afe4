"""Requests to look at a grade again: <CLASS>/regrade/<student>.toml, one table for each exercise.

[03_momentum.why_overshoot]
request = "I did name the cause, in the second paragraph."
decision = "granted"      # or "declined"; without it the request waits
reason = "You did: one point more."
by = "tutor1"

A student may also write it into a notebook (intake/asked.py): `make grade` then writes it here.

The score itself is changed in formgrader, where the audit notes who did it. Request, decision and reason stand on the
student's page; what waits is in the report and in the last lines of `make grade`.
"""

import difflib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autograder.classroom.roster import bad_folder_name
from autograder.gradebook import permissions
from autograder.gradebook.coursedir import ClassError, ClassFolder, read_toml
from autograder.gradebook.files import replace
from autograder.intake.asked import WHOLE

FOLDER = "regrade"
DECISIONS = ("granted", "declined")
FIELDS = {"request", "decision", "reason", "by"}
KEY = re.compile(r"[A-Za-z0-9_-]+")  # of a table
SECOND = re.compile(r"_[2-9]$")  # of another request about the same exercise
MOST = 4_000  # characters of a request or a reason


@dataclass(frozen=True)
class Request:
    """exercise: a grade_id or the name of the exercise. decision: "" while it waits."""

    student: str
    assignment: str
    exercise: str
    request: str
    decision: str = ""
    reason: str = ""
    by: str = ""

    @property
    def waits(self) -> bool:
        return not self.decision

    def shown(self) -> dict[str, str]:
        """What a page shows of it."""
        return {name: value for name, value in asdict(self).items() if name not in ("student", "assignment")}


def requests(place: ClassFolder) -> list[Request]:
    """Every request of the class, by student, assignment and exercise. Raises ClassError for a file that cannot be read."""
    found = []
    for path in sorted((place.path / FOLDER).glob("*.toml")):
        for assignment, exercises in read(path).items():
            if not isinstance(exercises, dict):
                raise ClassError(f"{path}: {assignment} = {exercises!r} is no table: write [{assignment}.exercise]")
            for exercise, entry in exercises.items():
                found.append(request_of(path, assignment, exercise, entry))
    return found


def read(path: Path) -> dict[str, Any]:
    return read_toml(path)


def request_of(path: Path, assignment: str, exercise: str, entry: Any) -> Request:
    """Raises ClassError for an entry that says too little or too much."""
    where = f"{path}: [{assignment}.{exercise}]"
    if (
        not isinstance(entry, dict)
        or entry.keys() - FIELDS
        or not all(isinstance(value, str) and len(value) <= MOST for value in entry.values())
    ):
        raise ClassError(f"{where} may hold the texts {', '.join(sorted(FIELDS))}, each of at most {MOST} characters")
    if not entry.get("request", "").strip():
        raise ClassError(f"{where} has no request: write what the student asks")
    if entry.get("decision") and entry["decision"] not in DECISIONS:
        raise ClassError(f'{where} decision = "{entry["decision"]}": must be "granted" or "declined"')
    if entry.get("decision") and not entry.get("reason", "").strip():
        raise ClassError(f"{where} has a decision without a reason: the student will read it")
    return Request(path.stem, assignment, exercise, **entry)


def of_pages(place: ClassFolder) -> dict[tuple[str, str], list[dict[str, str]]]:
    """(student, assignment) -> what the page says of their requests."""
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    for one in requests(place):
        found.setdefault((one.student, one.assignment), []).append(one.shown())
    return found


def add(place: ClassFolder, student: str, assignment: str, exercise: str, request: str) -> Path:
    """Write a new request into the student's file. Raises ClassError for an unknown submission, or one that is there."""
    places = [
        place.place(step, student, assignment) for step in ("submitted", "autograded")
    ]  # a problem set has one folder
    if not student or bad_folder_name(student) or not any(path.is_dir() for path in places):
        raise ClassError(f"{student} handed in nothing called {assignment}: see the names in submitted/")
    if not KEY.fullmatch(exercise) or not request.strip():
        raise ClassError("say EXERCISE=name and REQUEST='what the student asks'")
    path = place.path / FOLDER / f"{student}.toml"
    if any((one.student, one.assignment, one.exercise) == (student, assignment, exercise) for one in requests(place)):
        raise ClassError(f"{path} has a request about {assignment}.{exercise} already: write into it")
    with permissions.private(place):
        append(path, assignment, exercise, request.strip()[:MOST])
    return path


def unknown(place: ClassFolder, student: str, assignment: str, exercise: str) -> str:
    """A sentence when the student's graded notebook has no cell of this name: it may be misspelt. The request is kept."""
    cells: set[str] = set()
    for path in place.place("autograded", student, assignment).glob("*.ipynb"):
        cells |= set(re.findall(r'"grade_id":\s*"([^"]+)"', path.read_text(encoding="utf-8", errors="replace")))
    first = SECOND.sub("", exercise)
    if not cells or exercise == WHOLE or {exercise, f"test_{exercise}", first, f"test_{first}"} & cells:
        return ""
    near = difflib.get_close_matches(exercise, sorted(cells), 1, 0.5)
    return f"{assignment} has no exercise {exercise}" + (f": did you mean {near[0]}?" if near else "")


def key(name: str) -> str:
    """A name as the key of a table."""
    return name if KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def append(path: Path, assignment: str, exercise: str, request: str) -> None:
    before = path.read_text(encoding="utf-8").rstrip() + "\n\n" if path.exists() else ""
    text = json.dumps(request, ensure_ascii=False).replace("\x7f", "")  # a JSON string is a TOML string
    replace(
        path,
        f'{before}[{key(assignment)}.{exercise}]\nrequest = {text}\n# decision = "granted"\n# reason = ""\n# by = ""\n',
    )


def receive(place: ClassFolder, student: str, assignment: str, asked: list[dict[str, str]]) -> int:
    """Queue what a student wrote into a notebook; returns how much is new. The same text is queued once; another one about
    the same exercise becomes `exercise_2`, and so on to `exercise_9`."""
    if not asked or bad_folder_name(student):
        return 0
    path, new = place.path / FOLDER / f"{student}.toml", 0
    known = {(name, exercise): entry.get("request") for name, table in (read(path) if path.exists() else {}).items()
             for exercise, entry in table.items()}  # fmt: skip
    handed_in = sorted(folder.name for folder in (place.path / "submitted" / student).iterdir() if folder.is_dir())
    for one in asked:
        named = [name for name in handed_in if one["chapter"] and name.startswith(one["chapter"])]
        about, exercise = (named or [assignment])[0], one["exercise"] if KEY.fullmatch(one["exercise"]) else WHOLE
        names = [exercise, *(f"{exercise}_{number}" for number in range(2, 10))]
        if any(known.get((about, name)) == one["text"] for name in names):
            continue
        free = next((name for name in names if (about, name) not in known), None)
        if free:
            path.parent.mkdir(exist_ok=True)
            append(path, about, free, one["text"])
            known[about, free], new = one["text"], new + 1
    return new
