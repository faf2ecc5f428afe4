"""The journal: what was graded survives a crash, so that starting again goes on where it was.

One JSON object per line, appended and flushed to the disk before anything builds on it. A crash can tear only
the last line; a torn line is left out when reading and closed off before the next one is written.
"""

import json
import os
from pathlib import Path
from typing import Any


class Journal:
    """Append-only memory of a class: `append` returns when the entry is on the disk."""

    def __init__(self, path: Path):
        self.path = Path(path)
        self._file = open(self.path, "ab")
        if self.path.stat().st_size and not self._ends_with_newline():
            self._file.write(b"\n")

    def _ends_with_newline(self) -> bool:
        with open(self.path, "rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

    def append(self, entry: dict[str, Any]) -> None:
        line = json.dumps(entry, ensure_ascii=True, allow_nan=False)
        self._file.write(line.encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def entries(self) -> list[dict[str, Any]]:
        """All entries in order; lines that are no JSON object (a torn one) are left out."""
        found = []
        with open(self.path, "rb") as file:
            for line in file:
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue
                if isinstance(entry, dict):
                    found.append(entry)
        return found

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
