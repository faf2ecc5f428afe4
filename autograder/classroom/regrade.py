"""Regrade requests: <CLASS>/regrade/<student>.toml, one table for each exercise.

[03_momentum.why_overshoot]
request = "I did name the cause, in the second paragraph."
decision = "granted"      # or "declined"; without it the request waits
reason = "You did: one point more."
by = "tutor1"

A student may also write a request into a notebook (intake/asked.py): `make grade` then adds it here.

The score itself is changed in formgrader; the audit records who did it. The student's page shows request, decision and
reason; the report and the last lines of `make grade` show the requests without a decision.
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
KEY = re.compile(r"[A-Za-z0-9_-]+")  # TOML's bare keys
SECOND = re.compile(r"_[2-9]$")  # of another request about the same exercise
MOST = 4_000  # characters of a request or a reason


@dataclass(frozen=True)
class Request:
    """exercise: a grade_id or an exercise's name. decision: "" while the request waits."""

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
        """The fields that a page shows."""
        return {name: value for name, value in asdict(self).items() if name not in ("student", "assignment")}


def requests(class_folder: ClassFolder) -> list[Request]:
    """Every request of the class, by student, assignment and exercise. Raises ClassError for a file that cannot be read."""
    all_requests = []
    for path in sorted((class_folder.path / FOLDER).glob("*.toml")):
        for assignment, exercises in read(path).items():
            if not isinstance(exercises, dict):
                raise ClassError(f"{path}: {assignment} = {exercises!r} is no table: write [{assignment}.exercise]")
            for exercise, entry in exercises.items():
                all_requests.append(request_of(path, assignment, exercise, entry))
    return all_requests


def read(path: Path) -> dict[str, Any]:
    return read_toml(path)


def request_of(path: Path, assignment: str, exercise: str, entry: Any) -> Request:
    """Check one entry. Raises ClassError if a field is missing, unknown or too long."""
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


def of_pages(class_folder: ClassFolder) -> dict[tuple[str, str], list[dict[str, str]]]:
    """(student, assignment) -> the requests that the page shows."""
    by_page: dict[tuple[str, str], list[dict[str, str]]] = {}
    for request in requests(class_folder):
        by_page.setdefault((request.student, request.assignment), []).append(request.shown())
    return by_page


def add(class_folder: ClassFolder, student: str, assignment: str, exercise: str, request: str) -> Path:
    """Write a new request into the student's file. Raises ClassError for an unknown submission or a request that exists."""
    # Parts of a problem set share one folder in submitted/, but not in autograded/.
    places = [class_folder.place(step, student, assignment) for step in ("submitted", "autograded")]
    if not student or bad_folder_name(student) or not any(path.is_dir() for path in places):
        raise ClassError(f"{student} handed in nothing called {assignment}: see the names in submitted/")
    if not KEY.fullmatch(exercise) or not request.strip():
        raise ClassError("say EXERCISE=name and REQUEST='what the student asks'")
    path = class_folder.path / FOLDER / f"{student}.toml"
    key_of_request = (student, assignment, exercise)
    if any((other.student, other.assignment, other.exercise) == key_of_request for other in requests(class_folder)):
        raise ClassError(f"{path} has a request about {assignment}.{exercise} already: write into it")
    with permissions.private(class_folder):
        append(path, assignment, exercise, request.strip()[:MOST])
    return path


def unknown(class_folder: ClassFolder, student: str, assignment: str, exercise: str) -> str:
    """A warning if the student's graded notebook has no such cell, since the name may be misspelt; "" otherwise."""
    cells: set[str] = set()
    for path in class_folder.place("autograded", student, assignment).glob("*.ipynb"):
        cells |= set(re.findall(r'"grade_id":\s*"([^"]+)"', path.read_text(encoding="utf-8", errors="replace")))
    first = SECOND.sub("", exercise)
    if not cells or exercise == WHOLE or {exercise, f"test_{exercise}", first, f"test_{first}"} & cells:
        return ""
    similar = difflib.get_close_matches(exercise, sorted(cells), 1, 0.5)
    return f"{assignment} has no exercise {exercise}" + (f": did you mean {similar[0]}?" if similar else "")


def key(name: str) -> str:
    """A name as a TOML key, quoted if necessary."""
    return name if KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def append(path: Path, assignment: str, exercise: str, request: str) -> None:
    before = path.read_text(encoding="utf-8").rstrip() + "\n\n" if path.exists() else ""
    text = json.dumps(request, ensure_ascii=False).replace("\x7f", "")  # a JSON string is a TOML string
    replace(
        path,
        f'{before}[{key(assignment)}.{exercise}]\nrequest = {text}\n# decision = "granted"\n# reason = ""\n# by = ""\n',
    )


def receive(class_folder: ClassFolder, student: str, assignment: str, asked: list[dict[str, str]]) -> int:
    """Add the requests that a student wrote into a notebook; return how many are new. The same text is added only once; another
    text about the same exercise becomes `exercise_2`, and so on to `exercise_9`."""
    if not asked or bad_folder_name(student):
        return 0
    path, new = class_folder.path / FOLDER / f"{student}.toml", 0
    texts = {(name, exercise): entry.get("request") for name, table in (read(path) if path.exists() else {}).items()
             for exercise, entry in table.items()}  # fmt: skip
    handed_in = sorted(
        folder.name for folder in (class_folder.path / "submitted" / student).iterdir() if folder.is_dir()
    )
    for request in asked:
        matching = [name for name in handed_in if request["chapter"] and name.startswith(request["chapter"])]
        target = (matching or [assignment])[0]
        exercise = request["exercise"] if KEY.fullmatch(request["exercise"]) else WHOLE
        names = [exercise, *(f"{exercise}_{number}" for number in range(2, 10))]
        if any(texts.get((target, name)) == request["text"] for name in names):
            continue
        free = next((name for name in names if (target, name) not in texts), None)
        if free:
            path.parent.mkdir(exist_ok=True)
            append(path, target, free, request["text"])
            texts[target, free] = request["text"]
            new += 1
    return new
