"""Read one file that a student handed in: from any bytes to a list of plain cells, or Refused with the reason.

Nothing here trusts the file: sizes are looked at before anything is parsed, only the few fields that grading
needs are taken out, and each of them is brought to its exact type.
"""

import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.intake.limits import IntakeLimits
from autograder.intake.refused import Refused


@dataclass
class Cell:
    """What grading reads of a submitted cell. `flags` is nbgrader's metadata, only compared with the course's."""

    type: str
    source: str
    id: str = ""
    grade_id: str = ""
    flags: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    attachments: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class Submitted:
    """What grading reads of a submitted notebook. damaged: how many of its cells could not be read."""

    cells: list[Cell]
    lang: str
    kernel: str
    version: tuple[int, int]
    damaged: int = 0


def read_bytes(path: Path, limits: IntakeLimits) -> bytes:
    """The bytes of a regular file within the limit. Links, pipes and folders are refused, not followed."""
    if path.is_symlink():
        raise Refused("link", name=path.name)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        raise Refused("not_a_file", name=path.name) from None
    info = os.fstat(handle)
    if not stat.S_ISREG(info.st_mode):
        os.close(handle)
        raise Refused("not_a_file", name=path.name)
    with os.fdopen(handle, "rb") as file:
        if info.st_size > limits.bytes:
            raise Refused("file_too_big", value=info.st_size, limit=limits.bytes)
        return file.read(limits.bytes + 1)


def parse(data: bytes, limits: IntakeLimits = IntakeLimits()) -> Submitted:
    """The cells and the few metadata that grading reads, of a notebook of nbformat 2, 3 or 4."""
    if len(data) > limits.bytes:
        raise Refused("file_too_big", value=len(data), limit=limits.bytes)
    if not data.strip():
        raise Refused("empty_file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused("not_utf8", position=error.start) from None
    try:
        notebook = json.loads(text)
    except json.JSONDecodeError as error:
        raise Refused("not_json", line=error.lineno, column=error.colno) from None
    except (ValueError, RecursionError):
        raise Refused("json_too_deep") from None
    return from_json(notebook, limits)


def from_json(notebook: Any, limits: IntakeLimits) -> Submitted:
    """The same of a notebook that json has read."""
    if not isinstance(notebook, dict):
        raise Refused("not_an_object")
    major, minor = notebook.get("nbformat"), notebook.get("nbformat_minor")
    if not is_count(major):
        raise Refused("no_nbformat")
    if major not in (2, 3, 4):
        raise Refused("unknown_nbformat", nbformat=str(major)[:40])
    raw_cells = cells_of(notebook, major)
    if len(raw_cells) > limits.cells:
        raise Refused("too_many_cells", value=len(raw_cells), limit=limits.cells)
    cells = [read_cell(raw, limits) for raw in raw_cells]
    readable = [cell for cell in cells if cell is not None]
    metadata = as_dict(notebook.get("metadata"))
    return Submitted(
        cells=readable,
        lang=as_text(as_dict(metadata.get("descent")).get("lang")),
        kernel=as_text(as_dict(metadata.get("kernelspec")).get("name")),
        version=(major, minor if is_count(minor) and minor < 1000 else 0),
        damaged=len(cells) - len(readable),
    )


def cells_of(notebook: dict, major: int) -> list:
    """The list of cells: at the top in nbformat 4, in worksheets before."""
    if major == 4:
        cells = notebook.get("cells")
    else:
        worksheets = notebook.get("worksheets")
        lists = [as_dict(sheet).get("cells") for sheet in worksheets] if isinstance(worksheets, list) else []
        lists = [cells for cells in lists if isinstance(cells, list)]
        cells = [cell for cells in lists for cell in cells] if lists else None
    if not isinstance(cells, list):
        raise Refused("no_cells")
    return cells


def read_cell(raw: Any, limits: IntakeLimits) -> Cell | None:
    """One cell, or None when it is damaged beyond use."""
    raw = as_dict(raw)
    cell_type = raw.get("cell_type")
    source = joined(raw.get("source", raw.get("input")))
    if source is None or cell_type not in ("code", "markdown", "raw", "heading", "html"):
        return None
    if len(source) > limits.cell_characters:
        raise Refused("cell_too_long", value=len(source), limit=limits.cell_characters)
    metadata = as_dict(raw.get("metadata"))
    flags = as_dict(metadata.get("nbgrader"))
    tags = metadata.get("tags")
    return Cell(
        type=cell_type if cell_type in ("code", "markdown", "raw") else "markdown",
        source=source,
        id=as_text(raw.get("id")),
        grade_id=as_text(flags.get("grade_id")),
        flags=flags,
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        attachments=as_dict(raw.get("attachments")),
    )


def joined(source: Any) -> str | None:
    """A source is a string or a list of strings. Lone surrogates, which no file can hold, are replaced."""
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    return encodable(source) if isinstance(source, str) else None


def encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def as_dict(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def as_text(value: Any) -> str:
    return encodable(value) if isinstance(value, str) else ""


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
