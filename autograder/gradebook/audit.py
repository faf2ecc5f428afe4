"""Who changed which grade, when, from what to what, and by which version of everything: <CLASS>/audit.jsonl

Append-only, one JSON object per line. The audit says what the gradebook held when they were last compared; every
difference found at the next comparison becomes a line. So a crash between gradebook and audit costs no line and
makes no line twice, and a score that a person gave in formgrader gets its line at the next `make grade`.

    {"what": "grade", "when", "who", "student", "assignment", "reason", "score": [old, new], "penalty": [old, new],
     "before": {grade_id: [auto, manual, extra]}, "after": {...}: what changed,
     "versions": {"submission", "master", "grader", "secret", "limits", "isolation"}: fingerprints,
     "given": {grade_id: [who, when]} where a person gave scores in formgrader and it is known who}
    {"what": "grader", "when", "version": fingerprint, "rooms": {room: fingerprint}}: what a "grader" above consists of
    {"what": "score", "when", "who", "student", "assignment", "cell", "field": "manual_score", "extra_credit" or
     "manual_comment", "before", "after"}: given in formgrader (given_scores.py), at that moment and by that account
    {"what": "secret", "when", "who", "before": fingerprint, "after": fingerprint}: another secret, other hidden cases
    {"what": "rename", "when", "who", "before": student, "after": student}
    {"what": "migrate", "when", "who", "assignment", "added": grade_ids, "removed", "renamed": {old: new}}: a new release
    {"what": "drop", "when", "who", "student", "scores": {assignment: score}}: removed from the gradebook
"""

import getpass
import json
import socket
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.gradebook.coursedir import ClassError
from autograder.gradebook.journal import Journal
from autograder.gradebook.secret import NAME as SECRET
from autograder.gradebook.secret import fingerprint, load_secret

NAME = "audit.jsonl"
GRADED, REGRADED = "graded", "graded again: {}"
BY_A_PERSON = "a person's score in the gradebook"
PENALTY = "the cost of being late: due date, policy, extension or time of submission changed"
FOUND = "found in the gradebook"  # neither make grade nor nbgrader autograde has said so
SOMEBODY = "unknown (somebody with the gradebook)"
CHANGED = {
    "submission": "handed in again",
    "master": "another chapter",
    "grader": "another grader",
    "secret": "another secret",
    "limits": "other limits",
    "isolation": "with or without walls",
}


class Audit:
    """The audit of a class, open. only: the one (student, assignment) that matters, which is faster."""

    def __init__(self, folder: Path, only: tuple[str, str] | None = None):
        self.journal = Journal(Path(folder) / NAME)
        self.known: dict[tuple[str, str], str] = {}  # as text: a big class has many
        self.givers: dict[
            tuple[str, str], dict[str, list[str]]
        ] = {}  # submission -> cell -> [who, when] of its last score
        self.changed_now: dict[
            tuple[str, str], list[dict[str, Any]]
        ] = {}  # lines that were written since it was opened
        self.secret: str | None = None
        self.graders: dict[str, dict[str, str]] = {}  # version -> fingerprints of its rooms
        for line in last_lines(self.journal, only):
            self.take(line)

    def take(self, line: dict[str, Any]) -> None:
        if line.get("what") == "secret":
            self.secret = line["after"]
        elif line.get("what") == "grader":
            self.graders[line["version"]] = line["rooms"]
        elif line.get("what") == "score":
            if line["field"] != "manual_comment":
                of_submission = self.givers.setdefault((line["student"], line["assignment"]), {})
                of_submission[line["cell"]] = [line["who"], line["when"]]
        elif line.get("what") == "rename":
            for name in [name for name in self.known if name[0] == line["before"]]:
                self.known[line["after"], name[1]] = self.known.pop(name)
        elif line.get("what") == "migrate":
            for name in [name for name in self.known if name[1] == line["assignment"]]:
                state = self.state(name)
                grades = {line["renamed"].get(cell, cell): values for cell, values in state["grades"].items()}
                state["grades"] = {cell: values for cell, values in grades.items() if cell not in line["removed"]}
                self.known[name] = json.dumps(state)
        elif line.get("what") == "drop":
            for name in [name for name in self.known if name[0] == line["student"]]:
                del self.known[name]
        elif line.get("what") == "grade":
            name = (line["student"], line["assignment"])
            state = self.state(name)
            state["grades"].update(line["after"])
            state["penalty"] = line["penalty"][1]
            state["versions"] = line["versions"]
            self.known[name] = json.dumps(state)

    def state(self, name: tuple[str, str]) -> dict[str, Any]:
        """What the audit knows of a submission: grades, penalty, versions."""
        known = self.known.get(name)
        return json.loads(known) if known else {"grades": {}, "penalty": 0.0, "versions": {}}

    def compare(
        self,
        states: Iterable[tuple[str, str, dict, float]],
        ours: dict[tuple[str, str], dict[str, str]],
        regrade_reason: str = "",
    ) -> None:
        """Compare the gradebook with the audit and write a line for each difference.

        states: student, assignment, {grade_id: [auto, manual, extra]}, penalty, as Records.states gives them.
        ours: {(student, assignment): versions} of what we have just recorded; all else was changed by others.
        regrade_reason: why a submission was graded again when none of its versions has changed.
        """
        lines = []
        for student, assignment, grades, penalty in states:
            name = (student, assignment)
            for line in self.changes(name, grades, penalty, ours.get(name), regrade_reason):
                lines.append(line)
                self.take(line)
                self.changed_now.setdefault(name, []).append(line)
            if len(lines) > 1000:
                self.journal.append(*lines)
                lines = []
        if lines:
            self.journal.append(*lines)

    def other_penalties(self) -> dict[tuple[str, str], tuple[float, float]]:
        """Submissions of which nothing but the cost of being late has changed since the audit was opened: before, after."""
        return {
            name: (lines[0]["penalty"][0], lines[0]["penalty"][1])
            for name, lines in self.changed_now.items()
            if len(lines) == 1 and lines[0]["reason"] == PENALTY
        }

    def rotated(self, fingerprint: str) -> None:
        """The class has this secret from now on."""
        line = {"what": "secret", "when": now(), "who": who(), "before": self.secret, "after": fingerprint}
        self.journal.append(line)
        self.take(line)

    def renamed(self, before: str, after: str) -> None:
        """A student has another id: what was said of the old one is of the new one."""
        self.write({"what": "rename", "when": now(), "who": who(), "before": before, "after": after})

    def migrated(self, assignment: str, added: list[str], removed: list[str], renamed: dict[str, str]) -> None:
        """A chapter has other cells from now on."""
        about = {"assignment": assignment, "added": added, "removed": removed, "renamed": renamed}
        self.write({"what": "migrate", "when": now(), "who": who()} | about)

    def dropped(self, student: str) -> None:
        """A student is out of the gradebook."""
        scores = {
            assignment: total(self.state((student, assignment))["grades"])
            for name, assignment in self.known
            if name == student
        }
        self.write({"what": "drop", "when": now(), "who": who(), "student": student, "scores": scores})

    def write(self, line: dict[str, Any]) -> None:
        self.journal.append(line)
        self.take(line)

    def announce(self, version: str, rooms: dict[str, str]) -> None:
        """Grades are made by this grader from now on: a line for one that the audit has not met."""
        if version not in self.graders:
            line = {
                "what": "grader",
                "when": now(),
                "version": version,
                "rooms": {room: hash[:16] for room, hash in rooms.items()},
            }
            self.journal.append(line)
            self.take(line)

    def changes(
        self,
        name: tuple[str, str],
        grades: dict[str, list],
        penalty: float,
        versions: dict[str, str] | None,
        regrade_reason: str = "",
    ) -> Iterator[dict[str, Any]]:
        """The lines that lead from the audit to the gradebook: first what a person changed, then what we did."""
        known = self.state(name)
        old, versions_known = known["grades"], known["versions"]
        middle = {g: [old.get(g, [None] * 3)[0], *now[1:]] for g, now in grades.items()}
        if any(now[1:] != old.get(g, [None] * 3)[1:] for g, now in grades.items()):
            cells = [cell for cell, now in grades.items() if now[1:] != old.get(cell, [None] * 3)[1:]]
            given = {cell: self.givers[name][cell] for cell in cells if cell in self.givers.get(name, {})}
            by = ", ".join(sorted({giver for giver, _ in given.values()})) if len(given) == len(cells) else SOMEBODY
            line = line_of(name, BY_A_PERSON, by, old, middle, known["penalty"], known["penalty"], versions_known)
            yield line | ({"given": given} if given else {})
            old = old | middle
        changed = any(old.get(g) != now for g, now in grades.items())
        if changed or (versions is not None and versions != versions_known):
            if versions is None:
                reason, by = FOUND, SOMEBODY
            else:
                reason, by = self.reason(versions_known, versions, regrade_reason), who()
            yield line_of(name, reason, by, old, grades, known["penalty"], penalty, versions or versions_known)
        elif penalty != known["penalty"]:
            yield line_of(name, PENALTY, who(), old, grades, known["penalty"], penalty, versions_known)

    def reason(self, before: dict[str, str], after: dict[str, str], regrade_reason: str) -> str:
        """Graded, or graded again and what had changed; of the grader, which rooms."""
        if not before:
            return GRADED
        different = [
            CHANGED[part] + (self.rooms_changed(before[part], after[part]) if part == "grader" else "")
            for part in CHANGED
            if part in before and before[part] != after.get(part)
        ]
        return REGRADED.format(", ".join(different) or regrade_reason or "its result was lost")

    def rooms_changed(self, before: str, after: str) -> str:
        """ " (intake, wire)", or "" where the audit does not know one of the two graders."""
        old, new = self.graders.get(before), self.graders.get(after)
        if old is None or new is None:
            return ""
        return f" ({', '.join(room for room in sorted(old.keys() | new.keys()) if old.get(room) != new.get(room))})"

    def close(self) -> None:
        self.journal.close()

    def __enter__(self) -> "Audit":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def known_secret(folder: Path, audit: Audit, new: bool = False) -> str:
    """The fingerprint of the class's secret. Raises ClassError when it is not the one that the class's grades were made
    with, unless a `new` one is wanted."""
    secret_fingerprint = fingerprint(load_secret(folder))
    if audit.secret not in (None, secret_fingerprint) and not new:
        raise ClassError(
            f"{folder / SECRET} is not the secret that the grades of this class were made with (fingerprint {secret_fingerprint}, "
            f"there {audit.secret}). Restore the file from your backup; or draw other hidden cases and grade everything "
            "anew: make grade ARGS=--new-secret"
        )
    if secret_fingerprint != audit.secret:
        audit.rotated(secret_fingerprint)
    return secret_fingerprint


def last_lines(journal: Journal, only: tuple[str, str] | None) -> Iterator[dict[str, Any]]:
    """The audit's lines in order; with `only`, those about one submission (also under a student's former names), and about
    secrets, graders and names."""
    names = former_names(journal, only[0]) if only else set()
    for line in journal.entries():
        if (
            only is None
            or line.get("what") in ("secret", "grader", "rename", "drop", "migrate")
            or (line.get("student") in names and line.get("assignment") == only[1])
        ):
            yield line


def former_names(journal: Journal, student: str) -> set[str]:
    """The student's id and all that it was before."""
    renames = [line for line in journal.entries() if line.get("what") == "rename"]
    names = {student}
    for line in reversed(renames):
        if line["after"] in names:
            names.add(line["before"])
    return names


def line_of(
    name: tuple[str, str],
    reason: str,
    by: str,
    old: Any,
    new: Any,
    penalty_before: Any,
    penalty_after: Any,
    versions: Any,
) -> dict[str, Any]:
    different = {g: grade for g, grade in new.items() if old.get(g) != grade}
    return {
        "what": "grade",
        "when": now(),
        "who": by,
        "student": name[0],
        "assignment": name[1],
        "reason": reason,
        "score": [total(old) if old else None, total({**old, **new})],
        "penalty": [penalty_before, penalty_after],
        "before": {g: old[g] for g in different if g in old},
        "after": different,
        "versions": versions,
    }


def total(grades: dict[str, list]) -> float:
    """nbgrader's score: a person's where there is one, else the judge's, and extra credit."""
    return round(
        sum((auto if manual is None else manual) or 0.0 for auto, manual, _ in grades.values())
        + sum(extra or 0.0 for *_, extra in grades.values()),
        6,
    )


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def signed_in() -> str | None:
    """The name under which the person whose request is answered right now has logged in to a hub; None elsewhere.

    On a hub one account runs formgrader for all tutors, so the account says nothing about them.
    """
    calls = sys.modules.get("jupyter_server.base.call_context")  # only a server has it
    handler = calls.CallContext.get(calls.CallContext.JUPYTER_HANDLER) if calls else None
    user: Any = getattr(handler, "current_user", None)
    return user.username if hasattr(user, "hub_user") else None  # without a hub everybody gets a made-up name


def account() -> str:
    """The name of the person who is signed in to a hub, else of the account that runs this process."""
    if name := signed_in():
        return name
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name
        return "unnamed"


def who() -> str:
    """The account (or the person at a hub) and the machine that grade."""
    return f"{account()}@{socket.gethostname()}"
