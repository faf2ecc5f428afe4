"""<CLASS>/intake.jsonl: which submission came with which delivery of an LMS, and under which name it goes back.

{"what": "taken", "when", "who", "from": "canvas", "zip": file name, "student", "assignment", "name": what the LMS calls
 it, "late": true or false, "hash": of its files}
{"what": "renamed", "when", "who", "before", "after"}
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.gradebook.journal import Journal
from autograder.gradebook.timestamps import NAME as TIMESTAMP
from autograder.gradebook.timestamps import SECRET

NAME = "intake.jsonl"


class Deliveries:
    """What an LMS has delivered to a class, open. `of` gives the lines about one submission, the newest last."""

    def __init__(self, folder: Path):
        self.journal = Journal(folder / NAME)
        self._lines: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for line in self.journal.entries():
            self.take(line)

    def take(self, line: dict[str, Any]) -> None:
        if line.get("what") == "taken":
            self._lines.setdefault((line["student"], line["assignment"]), []).append(line)
        elif line.get("what") == "renamed":
            for name in [name for name in self._lines if name[0] == line["before"]]:
                self._lines.setdefault((line["after"], name[1]), []).extend(self._lines.pop(name))

    def add(self, *lines: dict[str, Any]) -> None:
        if lines:
            self.journal.append(*lines)
            for line in lines:
                self.take(line)

    def of(self, student: str, assignment: str) -> list[dict[str, Any]]:
        return self._lines.get((student, assignment), [])

    def newest(self, assignment: str, system: str) -> Iterator[dict[str, Any]]:
        """The last line from a system about each submission of an assignment, with the student's id of today."""
        for (student, name), lines in sorted(self._lines.items()):
            own = [line for line in lines if line["from"] == system]
            if name == assignment and own:
                yield own[-1] | {"student": student}

    def __enter__(self) -> "Deliveries":
        return self

    def __exit__(self, *_: object) -> None:
        self.journal.close()


def last_system(folder: Path) -> str:
    """The system that delivered to a class last, "" when none did."""
    if not (folder / NAME).exists():
        return ""
    with Deliveries(folder) as known:
        taken = [line["from"] for line in known.journal.entries() if line.get("what") == "taken"]
    return taken[-1] if taken else ""


def hash_of(folder: Path) -> str:
    """A hash of the names and bytes of all files in a folder, but not of the time of submission. Links count by name."""
    state = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.name in (TIMESTAMP, SECRET) or path.is_dir():
            continue
        state.update(f"{path.relative_to(folder).as_posix()}\0".encode("utf-8", "surrogateescape"))
        if path.is_file() and not path.is_symlink():
            with open(path, "rb") as file:
                state.update(hashlib.file_digest(file, "sha256").digest())
    return state.hexdigest()
