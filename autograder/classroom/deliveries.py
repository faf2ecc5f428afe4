"""The journal <CLASS>/intake.jsonl: with which LMS delivery each submission came, and the name under which feedback returns.

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
    """The open journal of a class's deliveries."""

    def __init__(self, folder: Path):
        self.journal = Journal(folder / NAME)
        self._lines: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for line in self.journal.entries():
            self.index(line)

    def index(self, line: dict[str, Any]) -> None:
        if line.get("what") == "taken":
            self._lines.setdefault((line["student"], line["assignment"]), []).append(line)
        elif line.get("what") == "renamed":
            for key in [key for key in self._lines if key[0] == line["before"]]:
                self._lines.setdefault((line["after"], key[1]), []).extend(self._lines.pop(key))

    def add(self, *lines: dict[str, Any]) -> None:
        if lines:
            self.journal.append(*lines)
            for line in lines:
                self.index(line)

    def of(self, student: str, assignment: str) -> list[dict[str, Any]]:
        """The lines about one submission, the newest last."""
        return self._lines.get((student, assignment), [])

    def newest(self, assignment: str, system: str) -> Iterator[dict[str, Any]]:
        """The last line from a system about each submission of an assignment, with the student's current id."""
        for (student, name), lines in sorted(self._lines.items()):
            from_system = [line for line in lines if line["from"] == system]
            if name == assignment and from_system:
                yield from_system[-1] | {"student": student}

    def __enter__(self) -> "Deliveries":
        return self

    def __exit__(self, *_: object) -> None:
        self.journal.close()


def last_system(folder: Path) -> str:
    """The system of a class's last delivery, "" if there is none."""
    if not (folder / NAME).exists():
        return ""
    with Deliveries(folder) as deliveries:
        systems = [line["from"] for line in deliveries.journal.entries() if line.get("what") == "taken"]
    return systems[-1] if systems else ""


def hash_of(folder: Path) -> str:
    """A hash of the names and bytes of all files in a folder, except timestamps. Of symbolic links only the name counts."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.name in (TIMESTAMP, SECRET) or path.is_dir():
            continue
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode("utf-8", "surrogateescape"))
        if path.is_file() and not path.is_symlink():
            with open(path, "rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
