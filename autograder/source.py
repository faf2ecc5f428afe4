"""A chapter is one text file: read it, pair its two languages, and refuse what a notebook cannot be built from.

`read(path)` returns the chapter as units. A unit is one place in the notebook: a code cell, or a markdown cell
together with its twin in the other language. The rules are in docs/authors.md; each has a test.
"""

import ast
import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import jupytext

LANGUAGES = ("en", "zh")
ROLES = {"code": {None, "setup", "given", "experiment", "answer", "tests", "practice"}, "markdown": {None, "essay", "model"}}
KEYS = {"code": {"role", "id", "points", "of", "nbval"}, "markdown": {"role", "id", "points", "lang", "sitting"}}
NEEDS_ID = {"setup", "given", "answer", "tests", "practice", "essay", "model"}
GRADED = {"tests", "essay"}
CHECKS = {"tests", "practice"}
MARKER = re.compile(r"# ?%%", re.M)
VALID_ID = re.compile(r"[A-Za-z0-9_-]{1,56}")  # nbgrader's letters; nbformat allows 64, "-prompt" is added to essays
PLACEHOLDER = {
    "markdown": re.compile(r"(?<!\{)\{\{([^{}]*)\}\}(?!\})"),
    "code": re.compile(r"(?<!\{)\{\{([A-Za-z][\w:-]*)\}\}(?!\})"),  # {{0}} in an f-string is Python
}


class Refused(Exception):
    """Nothing was built. The message has one line per problem: file, line, cell, reason, likely fix."""


@dataclass
class Unit:
    """One place in the notebook. `text` has both languages; for code the two are the same."""

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
    def id(self) -> str | None:
        return self.keys.get("id")

    @property
    def points(self) -> float:
        return self.keys.get("points", 0)

    @property
    def of(self) -> list[str]:
        """The answers that a tests or practice cell is about."""
        return self.keys["of"].split() if "of" in self.keys else [re.sub("^(test|try)_", "", self.id)]


class Problems(list):
    """What is wrong with a chapter, in sentences that begin with the place."""

    def __init__(self, path: Path):
        super().__init__()
        self.path = path

    def add(self, unit: Unit, reason: str) -> None:
        cell = " ".join(filter(None, [unit.role or unit.kind, "cell", f'"{unit.id}"' if unit.id else ""]))
        self.append(f"{'/'.join(self.path.parts[-2:])}:{unit.line}: {cell}: {reason}")

    def refuse(self) -> None:
        if self:
            raise Refused("\n".join(dict.fromkeys(self)))


def read(path: Path) -> list[Unit]:
    """Return the units of the chapter text at `path`; raise Refused with every problem found."""
    problems = Problems(path)
    cells = split(path, problems)
    for cell in cells:
        check_keys(cell, problems)
    problems.refuse()
    units = pair(cells, problems)
    check_ids(units, problems)
    give_cell_ids(units)
    check_essays(units, problems)
    check_points(units, problems)
    problems.refuse()
    fill_placeholders(units, problems)
    problems.refuse()
    for essay, model in zip(units, units[1:]):
        if model.role == "model":
            essay.model = model.text
    return [unit for unit in units if unit.role != "model"]


def split(path: Path, problems: Problems) -> list[Unit]:
    """Return the cells as they stand in the text, one unit per cell and language."""
    lines = path.read_text(encoding="utf-8").splitlines()
    # jupytext forgets where a cell began: let every marker carry its line number through it.
    marked = [f"{line} line={n}" if MARKER.match(line) else line for n, line in enumerate(lines, 1)]
    cells = []
    for cell in jupytext.reads("\n".join(marked) + "\n", fmt="py:percent").cells:
        keys = {key: value for key, value in cell.metadata.items() if key != "lines_to_next_cell"}
        unit = Unit(cell.cell_type, keys.pop("line", 1), keys, {lang: cell.source for lang in LANGUAGES})
        cells.append(unit)
        if "line" not in cell.metadata:
            problems.add(unit, "does not begin with a '# %%' line (text before the first one?)")
        if MARKER.search(cell.source):
            problems.add(unit, "a '# %%' line that starts no cell (inside a string?); write it another way")
    return cells


def check_keys(cell: Unit, problems: Problems) -> None:
    """Roles and keys one by one, without looking at the neighbours."""
    keys, role = cell.keys, cell.role
    if cell.kind not in ROLES:
        return problems.add(cell, f"a {cell.kind} cell; only code and markdown are built")
    for key in keys.keys() - KEYS[cell.kind]:
        if key == "lang":
            problems.add(cell, "a code cell has no lang: code is the same in both languages, words go through say()")
        else:
            known = ", ".join(sorted(KEYS[cell.kind]))
            problems.add(cell, f'unknown key {key} = {keys[key]!r}; a {cell.kind} cell knows: {known} (as key="value")')
    if role not in ROLES[cell.kind]:
        known = ", ".join(sorted(ROLES[cell.kind] - {None}))
        problems.add(cell, f"unknown role {role!r}; a {cell.kind} cell knows: {known}")
    if cell.kind == "markdown" and keys.get("lang") not in LANGUAGES:
        problems.add(cell, f'lang = {keys.get("lang")!r}: a markdown cell says lang="en" or lang="zh"')
    if not cell.text["en"].strip():
        problems.add(cell, "the cell is empty")
    if role in NEEDS_ID and "id" not in keys:
        problems.add(cell, f'role="{role}" needs an id')
    if "id" in keys and not (isinstance(cell.id, str) and VALID_ID.fullmatch(cell.id)):
        problems.add(cell, f"id = {cell.id!r}: nbgrader takes only letters, digits, _ and -, at most 56 of them")
    if "points" in keys and role not in GRADED:
        problems.add(cell, f"points = {keys['points']!r}: only tests and essays carry points")
    if "points" in keys and not is_positive(keys["points"]):
        problems.add(cell, f"points = {keys['points']!r}: must be a number > 0")
    if "of" in keys and role not in CHECKS:
        problems.add(cell, "of: only a tests or practice cell says what it tests")
    if keys.get("nbval", "check") != "check":
        problems.add(cell, f'nbval = {keys["nbval"]!r}: must be "check" (compare this output) or be left out')
    if cell.kind == "code":
        try:
            ast.parse(cell.text["en"])
        except SyntaxError as error:
            problems.add(cell, f"not Python: {error.msg} in its line {error.lineno} (magics are not allowed)")


def is_positive(points) -> bool:
    return isinstance(points, int | float) and not isinstance(points, bool) and 0 < points < float("inf")


def pair(cells: list[Unit], problems: Problems) -> list[Unit]:
    """Join every English markdown cell with the Chinese twin directly after it."""
    units: list[Unit] = []
    waiting = None  # an English cell whose twin must come next
    for cell in [*cells, None]:
        lang = cell.keys.pop("lang", None) if cell else None
        if waiting and lang != "zh":
            problems.add(waiting, "English text without its Chinese twin directly after it")
        if lang == "zh" and not waiting:
            problems.add(cell, "Chinese text without its English twin directly before it")
        if lang == "zh" and waiting:
            waiting.text = {"en": waiting.text["en"], "zh": cell.text["zh"]}
            for key, value in cell.keys.items():  # the twin may leave keys out, never contradict
                if waiting.keys.get(key) != value:
                    problems.add(cell, f"{key} = {value!r}, but its English twin has {waiting.keys.get(key)!r}")
        elif cell:
            units.append(cell)
        waiting = cell if lang == "en" else None
    return units


def check_ids(units: list[Unit], problems: Problems) -> None:
    taken = Counter(unit.id for unit in units if unit.id and unit.role != "model")
    for unit in units:
        if unit.role != "model" and taken.get(unit.id, 0) > 1:
            problems.add(unit, f"two cells with the id {unit.id!r}")
        if unit.role == "essay" and f"{unit.id}-prompt" in taken:
            problems.add(unit, f"another cell has the id {unit.id}-prompt, which this essay's prompt takes")


def give_cell_ids(units: list[Unit]) -> None:
    """The id, or where there is none the hash of the English text: the same in every build and both languages."""
    seen: Counter = Counter()
    for unit in units:
        name = unit.id or hashlib.sha256(f"{unit.kind}\n{unit.text['en']}".encode()).hexdigest()[:12]
        seen[name] += unit.role != "model"
        unit.cell_id = name if unit.id or seen[name] == 1 else f"{name}-{seen[name]}"


def check_essays(units: list[Unit], problems: Problems) -> None:
    for unit, after in zip(units, [*units[1:], None]):
        if unit.role == "essay" and not (after and after.role == "model" and after.id == unit.id):
            problems.add(unit, f'an essay without model: a role="model" id="{unit.id}" must come directly after')
    for before, unit in zip([None, *units], units):
        if unit.role == "model" and not (before and before.role == "essay" and before.id == unit.id):
            problems.add(unit, f'a model without essay: a role="essay" id="{unit.id}" must come directly before')


def check_points(units: list[Unit], problems: Problems) -> None:
    for unit in units:
        if unit.role in GRADED and "points" not in unit.keys:
            problems.add(unit, "points are missing")
    total = sum(unit.points for unit in units)
    if total != 100:
        shares = ", ".join(f"{unit.id} {unit.points:g}" for unit in units if unit.points)
        problems.append(f"{'/'.join(problems.path.parts[-2:])}: points add to {total:g}, must be 100 ({shares or 'none'})")


def fill_placeholders(units: list[Unit], problems: Problems) -> None:
    """Write the numbers for {{points}}, {{points:SITTING}}, {{points:ID}} and check {{lang}} in code."""
    worth: Counter = Counter()
    sitting = None
    for unit in units:
        sitting = unit.keys.get("sitting", sitting)
        worth["points"] += unit.points
        if sitting:
            worth[f"points:{sitting}"] += unit.points
        if unit.points:
            for name in {unit.id, *(unit.of if unit.role == "tests" and "of" not in unit.keys else [])}:
                worth[f"points:{name}"] = unit.points
    known = {"markdown": {key: f"{value:g}" for key, value in worth.items()}, "code": {"lang": "{{lang}}"}}  # later
    for unit in units:
        for lang, text in unit.text.items():
            for name in PLACEHOLDER[unit.kind].findall(text):
                if name not in known[unit.kind]:
                    problems.add(unit, f"placeholder {{{{{name}}}}} unknown; known here: {', '.join(known[unit.kind])}"
                                 " (for braces in a formula write { { with a space)")
            unit.text[lang] = PLACEHOLDER[unit.kind].sub(
                lambda found: known[unit.kind].get(found[1], ""), text)
