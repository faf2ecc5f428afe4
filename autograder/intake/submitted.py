"""Read one file that a student handed in: from any bytes to a list of plain cells, or Refused with the
reason.

Nothing here trusts the file: sizes are looked at before anything is parsed, only the few fields that
grading needs are taken out, and each of them is brought to its exact type.
"""

import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.intake import notes, refused
from autograder.intake.notes import short


@dataclass(frozen=True)
class Limits:
    """How big a submission may be. A chapter of ours with all its figures is about 2 MB and 150 cells."""

    bytes: int = 20_000_000
    cells: int = 1_000
    cell_characters: int = 200_000
    attachment_bytes: int = 2_000_000


@dataclass
class Cell:
    """What counts of a submitted cell. `flags` is nbgrader's metadata, only compared with the master's."""

    type: str
    source: str
    id: str = ""
    grade_id: str = ""
    flags: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    attachments: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class Submitted:
    cells: list[Cell]
    lang: str
    kernel: str
    version: tuple[int, int]
    damaged: int = 0


def read_bytes(path: Path, limits: Limits) -> bytes:
    """The bytes of a regular file of a bearable size. Links, pipes and folders are refused, not followed."""
    if path.is_symlink():
        raise refused.link(path.name)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        raise refused.not_a_file(path.name) from None
    info = os.fstat(handle)
    if not stat.S_ISREG(info.st_mode):
        os.close(handle)
        raise refused.not_a_file(path.name)
    with os.fdopen(handle, "rb") as file:
        if info.st_size > limits.bytes:
            raise refused.too_big("file", "文件", info.st_size, limits.bytes, "bytes", "字节")
        return file.read(limits.bytes + 1)


def parse(data: bytes, limits: Limits = Limits()) -> Submitted:
    """Cells and the whitelisted metadata of a notebook of any nbformat."""
    if len(data) > limits.bytes:
        raise refused.too_big("file", "文件", len(data), limits.bytes, "bytes", "字节")
    if not data.strip():
        raise refused.empty_file()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refused.not_utf8(error.start) from None
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise refused.not_json(error.lineno, error.colno) from None
    except (ValueError, RecursionError):
        raise refused.not_json() from None
    return from_json(raw, limits)


def from_json(raw: Any, limits: Limits) -> Submitted:
    if not isinstance(raw, dict):
        raise refused.not_notebook("its JSON is not an object", "其 JSON 不是对象")
    major, minor = raw.get("nbformat"), raw.get("nbformat_minor")
    if not is_count(major):
        raise refused.not_notebook("the field nbformat is missing", "缺少 nbformat 字段")
    if major not in (2, 3, 4):
        why = f"nbformat {short(major)} is not one of 2, 3, 4"
        raise refused.not_notebook(why, f"nbformat {short(major)} 不是 2、3、4 之一")
    raw_cells = cells_of(raw, major)
    if len(raw_cells) > limits.cells:
        raise refused.too_big("notebook", "笔记本", len(raw_cells), limits.cells, "cells", "个单元格")
    cells = [read_cell(c, limits) for c in raw_cells]
    good = [c for c in cells if c is not None]
    metadata = as_dict(raw.get("metadata"))
    return Submitted(
        cells=good,
        lang=as_text(as_dict(metadata.get("descent")).get("lang")),
        kernel=as_text(as_dict(metadata.get("kernelspec")).get("name")),
        version=(major, minor if is_count(minor) and minor < 1000 else 0),
        damaged=len(cells) - len(good),
    )


def cells_of(raw: dict, major: int) -> list:
    """The list of cells: at the top in nbformat 4, in worksheets before."""
    if major == 4:
        cells = raw.get("cells")
    else:
        sheets = raw.get("worksheets")
        found = [as_dict(s).get("cells") for s in sheets] if isinstance(sheets, list) else [None]
        cells = [c for sheet in found if isinstance(sheet, list) for c in sheet]
        cells = cells if any(isinstance(sheet, list) for sheet in found) else None
    if not isinstance(cells, list):
        raise refused.not_notebook("it has no list of cells", "没有单元格列表")
    return cells


def read_cell(raw: Any, limits: Limits) -> Cell | None:
    """One cell, or None when it is damaged beyond use."""
    raw = as_dict(raw)
    kind = raw.get("cell_type")
    source = joined(raw.get("source", raw.get("input")))
    if source is None or kind not in ("code", "markdown", "raw", "heading", "html"):
        return None
    if len(source) > limits.cell_characters:
        raise refused.too_big("text of one cell", "单个单元格的文本", len(source), limits.cell_characters,
                              "characters", "个字符")
    metadata = as_dict(raw.get("metadata"))
    flags = as_dict(metadata.get("nbgrader"))
    tags = metadata.get("tags")
    return Cell(
        type=kind if kind in ("code", "markdown", "raw") else "markdown",
        source=source,
        id=as_text(raw.get("id")),
        grade_id=as_text(flags.get("grade_id")),
        flags=flags,
        tags=tuple(t for t in tags if isinstance(t, str)) if isinstance(tags, list) else (),
        attachments=as_dict(raw.get("attachments")),
    )


def joined(source: Any) -> str | None:
    """A source is a string or a list of strings. Lone surrogates cannot be written to a file: replaced."""
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    return clean(source) if isinstance(source, str) else None


def clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def as_dict(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def as_text(value: Any) -> str:
    return clean(value) if isinstance(value, str) else ""


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def find_notebook(folder: Path, expected: str) -> tuple[Path, list[dict[str, str]]]:
    """The notebook to grade in a submission's folder, and notes: `expected` itself, or the only one there
    is."""
    if folder.is_symlink():
        raise refused.link(folder.name)
    try:
        names = sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))
    except OSError:
        raise refused.not_a_file(folder.name) from None
    names = [n for n in names if n not in ("timestamp.txt", "__pycache__")]
    notebooks = [n for n in names if n.endswith(".ipynb")]
    if expected in notebooks:
        chosen = expected
    elif len(notebooks) == 1:
        chosen = notebooks[0]
    elif notebooks:
        raise refused.several_notebooks(expected, notebooks)
    else:
        raise refused.no_notebook(expected, names)
    said = [notes.renamed(chosen, expected)] if chosen != expected else []
    left_out = [n for n in names if n != chosen]
    return folder / chosen, said + ([notes.others_left_out(left_out)] if left_out else [])
