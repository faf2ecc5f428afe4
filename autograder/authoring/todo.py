"""Unfinished work of authors: `zh: TODO` for a translation, TODO for everything else.

Translations may wait until a release: only `make check RELEASE=1` fails for them. Any other TODO fails a test and `make
check`.
"""

import re
from pathlib import Path

SOURCES = (
    "solutions/*.py",
    "src/descent/**/*.py",
    "src/reference/**/*.py",
    "tests/variants/*.py",
    "tests/test_reference_*.py",
)
TODO = re.compile(r"\bTODO\b")
CHINESE = re.compile(r"\bzh: TODO\b")


def waiting(root: Path) -> tuple[list[str], list[str]]:
    """Return the lines with TODO, and those with `zh: TODO` alone, as "file:line: text"."""
    todo: list[str] = []
    chinese: list[str] = []
    for path in sorted(path for pattern in SOURCES for path in root.glob(pattern)):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if not TODO.search(line):
                continue
            lines = todo if TODO.search(CHINESE.sub("", line)) else chinese
            lines.append(f"{path.relative_to(root)}:{number}: {line.strip()[:100]}")
    return todo, chinese
