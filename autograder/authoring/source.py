"""Read a chapter, which is one text file, and pair its two languages; rules.py checks it.

A unit is one place in the notebook: a code cell, or a markdown cell together with its Chinese twin.
"""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import jupytext

LANGUAGES = ("en", "zh")
MARKER = re.compile(r"# ?%%", re.M)


class CannotBuild(Exception):
    """Nothing was built. The message has one line per problem: file, line, cell, reason and likely fix."""


@dataclass
class Unit:
    """One place in the notebook. `text` has both languages; for code they differ only in the author's tr(...) pairs."""

    kind: str
    line: int
    keys: dict
    text: dict[str, str]
    cell_id: str = ""
    model: dict[str, str] | None = None  # an essay's model answer
    names: list[str] = field(default_factory=list)  # what an answer or given cell defines

    @property
    def role(self) -> str | None:
        return self.keys.get("role")

    @property
    def id(self) -> str:
        """The cell's name, or an empty text."""
        return self.keys.get("id", "")

    @property
    def points(self) -> float:
        return self.keys.get("points", 0)

    @property
    def of(self) -> list[str]:
        """The answers that a tests or practice cell is about."""
        return self.keys["of"].split() if "of" in self.keys else [re.sub("^(test|try)_", "", self.id)]


class Problems:
    """The problems of a chapter, collected so that an author sees all of them at once."""

    def __init__(self, path: Path):
        self.name = "/".join(path.parts[-2:])
        self.lines: dict[str, int] = {}  # sentence -> line

    def add(self, unit: Unit | None, reason: str) -> None:
        """Add a problem of `unit` (None: of the chapter as a whole)."""
        if unit is None:
            self.lines[f"{self.name}: {reason}"] = 0
        else:
            cell = " ".join(filter(None, [unit.role or unit.kind, "cell", unit.id and f'"{unit.id}"']))
            self.lines[f"{self.name}:{unit.line}: {cell}: {reason}"] = unit.line

    def refuse(self) -> None:
        """Raise CannotBuild if there are problems."""
        if self.lines:
            raise CannotBuild("\n".join(sorted(self.lines, key=lambda sentence: self.lines[sentence])))


def split(path: Path, problems: Problems) -> list[Unit]:
    """Return the cells in the order of the text: one unit per cell, languages not paired yet."""
    lines = path.read_text(encoding="utf-8").splitlines()
    # jupytext does not report where a cell begins, so we add the line number to every marker as one more key.
    marked = [f"{line} line={n}" if MARKER.match(line) else line for n, line in enumerate(lines, 1)]
    units = []
    for cell in jupytext.reads("\n".join(marked) + "\n", fmt="py:percent").cells:
        keys = {key: value for key, value in cell.metadata.items() if key != "lines_to_next_cell"}
        if not cell.source.strip() and "line" not in keys:
            continue  # blank lines at the top
        unit = Unit(cell.cell_type, keys.pop("line", 1), keys, dict.fromkeys(LANGUAGES, cell.source))
        units.append(unit)
        if "line" not in cell.metadata:
            problems.add(unit, "does not begin with a '# %%' line (text before the first one?)")
        if MARKER.search(cell.source):
            problems.add(unit, "a line inside it begins with '# %%' but starts no cell; write it another way")
    return units


def pair(cells: list[Unit], problems: Problems) -> list[Unit]:
    """Join every English markdown cell with the Chinese twin that comes directly after it."""
    units: list[Unit] = []
    waiting: Unit | None = None  # an English cell whose twin must come now
    for cell in [*cells, None]:
        lang = cell.keys.pop("lang", None) if cell else None
        if waiting and lang != "zh":
            problems.add(waiting, "English text without its Chinese twin directly after it")
        if cell is None:
            break
        if lang != "zh":
            units.append(cell)
        elif not waiting:
            problems.add(cell, "Chinese text without its English twin directly before it")
        else:
            waiting.text = {"en": waiting.text["en"], "zh": cell.text["zh"]}
            for key, value in cell.keys.items():  # the twin may leave a key out, but not contradict
                if (english := waiting.keys.get(key)) != value:
                    problems.add(cell, f"{key} = {value!r}, but its English twin has {english!r}")
        waiting = cell if lang == "en" else None
    return units


def give_cell_ids(units: list[Unit]) -> None:
    """Set cell ids: the id, or a hash of the English text, so that they are equal in all builds and both languages."""
    uses: Counter = Counter()
    for unit in units:
        name = unit.id or hashlib.sha256(f"{unit.kind}\n{unit.text['en']}".encode()).hexdigest()[:12]
        uses[name] += 1
        unit.cell_id = name if unit.id or uses[name] == 1 else f"{name}-{uses[name]}"


def join_models(units: list[Unit]) -> list[Unit]:
    """Put each model answer into the essay before it."""
    for essay, model in zip(units, units[1:], strict=False):
        if model.role == "model":
            essay.model = model.text
    return [unit for unit in units if unit.role != "model"]
