"""Read one file that a student handed in: from any bytes to a list of plain cells, or Refused with the reason.

Nothing here trusts the file: sizes are looked at before anything is parsed, only the few fields that grading
reads are decoded, and each of them is brought to its exact type. Outputs are skipped.
"""

import json
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from autograder.intake.json_parts import NotJSON, Parts, TooManyParts, small
from autograder.intake.limits import DEFAULTS, Budget, IntakeLimits
from autograder.intake.refused import Refused

CELL_FIELDS = ("cell_type", "source", "input", "id", "metadata", "attachments")
FLAGS = ("grade", "solution", "locked", "task", "points", "grade_id")  # of nbgrader's metadata
SMALL = 4_000_000  # bytes of a file that is decoded as a whole, outputs included: quicker for an ordinary notebook
TAGS, ATTACHMENTS = 100, 200  # of one cell: no honest one has more
CODE_PAGES = ("gb18030", "cp1252")  # what editors on Windows write in place of UTF-8, the stricter one first


@dataclass
class Cell:
    """What grading reads of a submitted cell. `flags` is nbgrader's metadata, only compared with the course's.
    Line ends in `source` are "\\n", whatever the file has."""

    type: str
    source: str
    id: str = ""
    grade_id: str = ""
    flags: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    attachments: dict[str, Any] = field(default_factory=dict)


@dataclass
class Submitted:
    """What grading reads of a submitted notebook. python: the version that last ran it ("3.12.1"). encoding: of the
    file, where it is not UTF-8. damaged: how many of its cells could not be read. release: the hash of the chapter's release.
    chapter: of which one it says that it is."""

    cells: list[Cell]
    lang: str
    kernel: str
    version: tuple[int, int]
    python: str = ""
    encoding: str = ""
    damaged: int = 0
    release: str = ""
    chapter: str = ""


def parse(data: bytes, limits: IntakeLimits = DEFAULTS, budget: Budget | None = None) -> Submitted:
    """The cells and the few metadata that grading reads, of a notebook of nbformat 2, 3 or 4 in UTF-8, UTF-16,
    UTF-32, GB18030 or Windows-1252. Raises Refused."""
    if len(data) > limits.submission_bytes:
        raise Refused("file_too_big", value=len(data), limit=limits.submission_bytes)
    if not data.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
        raise Refused("empty_file")
    encoding = json.detect_encoding(data)  # by byte order mark, else by where the zero bytes are
    if not encoding.startswith("utf-8"):
        return decoded(data, encoding, limits, budget)
    text = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return from_json(text, limits, budget)
    except UnicodeDecodeError:
        for code_page in CODE_PAGES:
            try:
                return decoded(data, code_page, limits, budget)
            except (Refused, UnicodeDecodeError):  # not that one
                continue
        raise Refused("unknown_encoding") from None


def decoded(data: bytes, encoding: str, limits: IntakeLimits, budget: Budget | None) -> Submitted:
    """The same of a file in another encoding than UTF-8."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        if encoding in CODE_PAGES:
            raise
        raise Refused("unknown_encoding") from None
    submitted = from_json(text.removeprefix("\ufeff").encode("utf-8", "replace"), limits, budget)
    submitted.encoding = encoding.upper()
    return submitted


def from_json(text: bytes, limits: IntakeLimits, budget: Budget | None = None) -> Submitted:
    """The same of JSON text in UTF-8. Raises Refused; UnicodeDecodeError where what is read is not UTF-8."""
    budget = budget or Budget()
    decoded = small(text, min(SMALL, 50 * limits.output_parts))
    if isinstance(decoded, dict):
        return from_decoded(decoded, limits, budget)
    try:
        return from_parts(Parts(text, limits.output_parts, budget.check), limits, budget)
    except NotJSON as error:
        before = text[: error.position]
        line, column = before.count(b"\n") + 1, error.position - before.rfind(b"\n")
        raise Refused("not_json", line=line, column=column) from None
    except TooManyParts:
        raise Refused("too_many_parts", limit=limits.output_parts) from None


def from_parts(parts: Parts, limits: IntakeLimits, budget: Budget) -> Submitted:
    if parts.next_byte() != b"{":
        parts.take()
        raise Refused("not_an_object")
    fields: dict[str, Any] = {}
    lists: dict[str, Cells] = {}
    for name in parts.members():
        if name in ("metadata", "nbformat", "nbformat_minor"):
            fields[name] = parts.take()
        elif name in ("cells", "worksheets"):
            lists.pop(name, None)  # of two members with one name the last counts, as when a file is decoded as a whole
            if parts.next_byte() == b"[":
                lists[name] = Cells(limits, budget)
                lists[name].read(parts, in_worksheets=name == "worksheets")
    return notebook_of(fields, lists)


def from_decoded(notebook: dict, limits: IntakeLimits, budget: Budget) -> Submitted:
    lists = {}
    for name in ("cells", "worksheets"):
        if isinstance(notebook.get(name), list):
            lists[name] = Cells(limits, budget)
            lists[name].take(notebook[name], in_worksheets=name == "worksheets")
    return notebook_of(notebook, lists)


def notebook_of(fields: dict[str, Any], lists: dict[str, "Cells"]) -> Submitted:
    """A notebook from its fields and its lists of cells (nbformat 4: "cells", before: "worksheets")."""
    version, minor = fields.get("nbformat"), fields.get("nbformat_minor")
    if not is_count(version):
        raise Refused("no_nbformat")
    if version not in (2, 3, 4):
        raise Refused("unknown_nbformat", nbformat=str(version))
    read = lists.get("cells" if version == 4 else "worksheets")
    if read is None or not read.lists:
        raise Refused("no_cells")
    metadata = as_dict(fields.get("metadata"))
    return Submitted(
        cells=read.cells,
        lang=as_text(as_dict(metadata.get("descent")).get("lang")),
        kernel=as_text(as_dict(metadata.get("kernelspec")).get("name")),
        version=(int(version), int(minor or 0) if is_count(minor) and int(minor or 0) < 1000 else 0),
        python=as_text(as_dict(metadata.get("language_info")).get("version")),
        damaged=read.damaged,
        release=as_text(as_dict(metadata.get("descent")).get("hash")),
        chapter=as_text(as_dict(metadata.get("descent")).get("chapter")),
    )


class Cells:
    """The cells of a notebook, as far as they are read: those with any text, and blank ones that have a name."""

    def __init__(self, limits: IntakeLimits, budget: Budget):
        self.limits, self.budget = limits, budget
        self.cells: list[Cell] = []
        self.blank = self.damaged = self.lists = 0

    def read(self, parts: Parts, *, in_worksheets: bool) -> None:
        """Read the list that comes next; nbformat 2 and 3 have the cells in worksheets."""
        self.lists += not in_worksheets
        for _ in parts.elements():
            if not in_worksheets:
                self.add(read_cell(parts))
            elif parts.next_byte() == b"{":
                for name in parts.members():
                    if name == "cells" and parts.next_byte() == b"[":
                        self.read(parts, in_worksheets=False)

    def take(self, cells: list, *, in_worksheets: bool) -> None:
        """The same of a list that was decoded."""
        self.lists += not in_worksheets
        for raw in cells:
            if not in_worksheets:
                self.add(cell_of(raw))
            elif isinstance(as_dict(raw).get("cells"), list):
                self.take(raw["cells"], in_worksheets=False)

    def add(self, cell: Cell | None) -> None:
        """Raises Refused when there are more than the limit; of blank and damaged ones ten times as many are read."""
        self.budget.check()
        if cell is None:
            self.damaged += 1
        elif cell.source.strip() or cell.attachments or cell.id or cell.grade_id:
            self.cells.append(cell)
        else:
            self.blank += 1
        limit = self.limits.submission_cells
        if len(self.cells) > limit or self.damaged + self.blank > 10 * limit:
            raise Refused("too_many_cells", limit=limit)


def read_cell(parts: Parts) -> Cell | None:
    """The cell that comes next, or None when it is damaged beyond use."""
    if parts.next_byte() != b"{":
        return None
    return cell_of({name: parts.take() for name in parts.members() if name in CELL_FIELDS})


def cell_of(raw: Any) -> Cell | None:
    """The same of a cell that was decoded."""
    raw = as_dict(raw)
    cell_type = raw.get("cell_type")
    source = joined(raw.get("source", raw.get("input")))
    if source is None or cell_type not in ("code", "markdown", "raw", "heading", "html"):
        return None
    metadata = as_dict(raw.get("metadata"))
    flags = as_dict(metadata.get("nbgrader"))
    tags = metadata.get("tags")
    attachments = islice(as_dict(raw.get("attachments")).items(), ATTACHMENTS)
    return Cell(
        type=cell_type if cell_type in ("code", "markdown", "raw") else "markdown",
        source=source,
        id=as_text(raw.get("id")),
        grade_id=as_text(flags.get("grade_id")),
        flags={
            name: flags[name]
            for name in FLAGS
            if isinstance(flags.get(name), int | float | str | None) and name in flags
        },
        tags=tuple(tag for tag in tags[:TAGS] if isinstance(tag, str)) if isinstance(tags, list) else (),
        attachments={encodable(name): bundle for name, bundle in attachments},
    )


def joined(source: Any) -> str | None:
    """The text of a source, which is a string or a list of strings, with the line ends of Unix. Lone surrogates, which
    no file can hold, are replaced."""
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    return encodable(source).replace("\r\n", "\n").replace("\r", "\n") if isinstance(source, str) else None


def encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def as_dict(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def as_text(value: Any) -> str:
    return encodable(value) if isinstance(value, str) else ""


def is_count(value: Any) -> bool:
    """Whether a value of JSON is a whole number, also one that is written as 4.0, which Jupyter opens."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and value % 1 == 0
