"""The rules of a chapter text, so that its notebook can be built, graded and read in both languages.

Every message says what is wrong, where, and what to do instead. docs/authors.md lists the rules for authors.
"""

import ast
import re
from collections import Counter, defaultdict

from .source import LANGUAGES, Problems, Unit

ROLES = {
    "code": {None, "setup", "given", "experiment", "answer", "tests", "practice"},
    "markdown": {None, "essay", "model", "docstring"},
}
KEYS = {
    "code": {"role", "id", "points", "of", "nbval", "training", "hidden", "minutes", "taught"},
    "markdown": {"role", "id", "points", "lang", "sitting", "of", "twin"},
}
NEEDS_ID = {"setup", "given", "answer", "tests", "practice", "essay", "model"}
GRADED = {"tests", "essay"}
CHECKS = {"tests", "practice"}
# nbgrader's letters; nbformat allows 64 of them, of which an essay's "-prompt" takes some.
VALID_ID = re.compile(r"[A-Za-z0-9_-]{1,56}")
PLACEHOLDER = {
    "markdown": re.compile(r"(?<!\{)\{\{([^{}]*)\}\}(?!\})"),
    "code": re.compile(r"(?<!\{)\{\{([A-Za-z][\w:-]*)\}\}(?!\})"),  # {{0}} in an f-string is Python
}


def check_cell(cell: Unit, problems: Problems) -> None:
    """Check role, keys and text of one cell, without its neighbours."""
    keys, role = cell.keys, cell.role
    if cell.kind not in ROLES:
        return problems.add(cell, f"a {cell.kind} cell; only code and markdown are built")
    for key in sorted(keys.keys() - KEYS[cell.kind]):
        if key == "lang":
            problems.add(
                cell, 'code has no lang: it is the same in both languages, words are pairs, tr("English", "中文")'
            )
        else:
            allowed = ", ".join(sorted(KEYS[cell.kind]))
            problems.add(cell, f"unknown key {key} = {keys[key]!r}; {cell.kind} knows {allowed}")
    if role not in ROLES[cell.kind]:
        allowed = ", ".join(sorted(name for name in ROLES[cell.kind] if name))
        problems.add(cell, f"unknown role {role!r}; {cell.kind} knows {allowed}")
    if cell.kind == "markdown" and keys.get("lang") not in ("en", "zh"):
        problems.add(cell, f'lang = {keys.get("lang")!r}: a markdown cell says lang="en" or lang="zh"')
    if not cell.text["en"].strip():
        problems.add(cell, "the cell is empty")
    if role in NEEDS_ID and "id" not in keys:
        problems.add(cell, f"role {role} needs an id")
    if "id" in keys and not (isinstance(cell.id, str) and VALID_ID.fullmatch(cell.id)):
        problems.add(cell, f"id = {cell.id!r}: nbgrader takes letters, digits, _ and -, and at most 56")
    if "points" in keys and role not in GRADED:
        problems.add(cell, f"points = {keys['points']!r}: only tests and essays carry points")
    if "points" in keys and not is_positive(keys["points"]):
        problems.add(cell, f"points = {keys['points']!r}: must be a number > 0")
    if role == "docstring":
        check_docstring(cell, problems)
    elif "of" in keys and role not in CHECKS:
        problems.add(cell, f"of = {keys['of']!r}: only a tests, practice or docstring cell says what it is about")
    if "twin" in keys and (role, keys.get("lang")) != ("docstring", "zh"):
        problems.add(cell, f"twin = {keys['twin']!r}: only a Chinese docstring says which English one it translates")
    if "of" in keys and not (isinstance(keys["of"], str) and keys["of"].split()):
        problems.add(cell, f'of = {keys["of"]!r}: must be ids of answers, as in of="prediction_a step"')
    if keys.get("training", True) is not True or "training" in keys and role != "tests":
        problems.add(
            cell, f"training = {keys['training']!r}: must be true, on a tests cell whose check trains a network"
        )
    if keys.get("nbval", "check") != "check":
        problems.add(cell, f'nbval = {keys["nbval"]!r}: must be "check" (compare this output) or be left out')
    if keys.get("hidden", True) is not True or "hidden" in keys and role in {"answer", "tests", "practice"}:
        problems.add(cell, f"hidden = {keys['hidden']!r}: must be true, on a cell that a student only runs")
    if "minutes" in keys and (role != "experiment" or not is_positive(keys["minutes"])):
        problems.add(cell, f"minutes = {keys['minutes']!r}: must be a number > 0, on an experiment")
    if "taught" in keys and (role != "given" or not re.fullmatch(r"\d\d", str(keys["taught"]))):
        problems.add(cell, f'taught = {keys["taught"]!r}: must be a chapter, as in taught="03", on a given cell')
    if cell.kind == "code":
        check_python(cell, problems)


def check_docstring(cell: Unit, problems: Problems) -> None:
    of = cell.keys.get("of")
    if not (isinstance(of, str) and re.fullmatch(r"\w+(\.\w+)?", of)):
        problems.add(cell, f'of = {of!r}: a docstring says whose it is, as in of="momentum_step"')
    if "id" in cell.keys or "sitting" in cell.keys:
        problems.add(cell, "a docstring becomes part of its function: no id and no sitting")


def check_python(cell: Unit, problems: Problems) -> None:
    try:
        tree = ast.parse(cell.text["en"])
    except SyntaxError as error:
        problems.add(cell, f"not Python: {error.msg} in its line {error.lineno} (magics are not, either)")
        return
    if any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in ast.walk(tree)):
        problems.add(cell, "imports *: name what is imported, so that a reader can see where it comes from")


def is_positive(points: object) -> bool:
    return isinstance(points, int | float) and not isinstance(points, bool) and 0 < points < float("inf")


def check_ids(units: list[Unit], problems: Problems) -> None:
    uses = Counter(unit.id for unit in units if unit.id and unit.role != "model")
    for unit in units:
        if unit.role != "model" and uses.get(unit.id, 0) > 1:
            problems.add(unit, f"two cells with the id {unit.id!r}")
        if unit.role == "essay" and f"{unit.id}-prompt" in uses:
            problems.add(unit, f"the id {unit.id}-prompt is another cell's, but this essay's prompt gets it")


def check_essays(units: list[Unit], problems: Problems) -> None:
    """An essay is a prompt and, directly after it, the model answer with its rubric."""
    for before, unit, after in zip([None, *units[:-1]], units, [*units[1:], None], strict=True):
        if unit.role == "essay" and (after is None or (after.role, after.id) != ("model", unit.id)):
            problems.add(unit, f'an essay without model: role="model" id="{unit.id}" must come right after')
        if unit.role == "model" and (before is None or (before.role, before.id) != ("essay", unit.id)):
            problems.add(unit, f'a model without essay: role="essay" id="{unit.id}" must come right before')


def check_points(units: list[Unit], problems: Problems) -> None:
    for unit in units:
        if unit.role in GRADED and "points" not in unit.keys:
            problems.add(unit, "points are missing, as in points=4")
    total = sum(unit.points for unit in units)
    if total != 100:
        shares = ", ".join(f"{unit.id} {unit.points:g}" for unit in units if unit.points) or "no cell has any"
        problems.add(None, f"the points add to {total:g} and must add to 100: {shares}")


def fill_placeholders(units: list[Unit], minutes: dict[str, dict[str, int]], problems: Problems) -> None:
    """Fill in {{points}}, {{points:SITTING}}, {{points:ID}} and {{minutes:SITTING}}.

    `minutes` is by sitting and language. Code cells may use only {{lang}}.
    """
    worth: dict[str, float] = defaultdict(float)
    sitting = ""
    for unit in units:
        sitting = unit.keys.get("sitting", sitting)
        ids = {unit.id, *(unit.of if unit.role == "tests" and "of" not in unit.keys else [])}
        for name in {"points"} | {f"points:{name}" for name in {sitting, *ids} - {""}}:
            worth[name] += unit.points
    numbers = {name: dict.fromkeys(LANGUAGES, f"{value:g}") for name, value in worth.items() if value}
    for name, by_language in minutes.items():
        numbers[f"minutes:{name}"] = {lang: str(value) for lang, value in by_language.items()}
    for unit in units:
        if unit.role in {"answer", "given"}:
            continue  # a function of src/reference: its braces are Python's
        allowed = {"lang"} if unit.kind == "code" else numbers.keys()
        placeholders = {name for text in unit.text.values() for name in PLACEHOLDER[unit.kind].findall(text)}
        for name in sorted(placeholders):
            if name not in allowed:
                problems.add(
                    unit,
                    f"placeholder {{{{{name}}}}} unknown; known are {', '.join(sorted(allowed))}"
                    " (if braces are meant, put a space between the two)",
                )
            elif unit.kind == "markdown":
                for lang, text in unit.text.items():
                    unit.text[lang] = text.replace(f"{{{{{name}}}}}", numbers[name][lang])
