"""A chapter's solution notebooks, one per language, made from its text; nothing is executed here."""

import hashlib
import json
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from . import docstrings, language, minutes, needs, pairs, rules, source
from .docstrings import Docstring
from .drafts import is_finished
from .minutes import Sitting
from .scope import check_threads, resolve
from .source import LANGUAGES, CannotBuild, Problems, Unit

BUILDER = 2  # increase it to execute all notebooks again although no chapter has changed


@dataclass
class Chapter:
    """A chapter text that keeps the rules, and its solution notebook in each language, not executed yet."""

    path: Path
    units: list[Unit]
    sittings: list[Sitting]
    notebooks: dict[str, NotebookNode]


def load(path: Path, root: Path) -> Chapter:
    """Read the chapter text, inline its reference functions; raise CannotBuild with every problem found."""
    if not re.fullmatch(r"\d\d_[a-z0-9_]+", path.stem):
        raise CannotBuild(f"{path.name}: a chapter is called NN_topic.py, such as 03_momentum.py")
    problems = Problems(path)
    docs, units = read(path, problems)
    finished = is_finished(path.stem)
    docstrings.borrow(path, docs)
    resolve(units, root / "src" / "reference", docs, problems, chinese_needed=finished)
    sittings = minutes.estimates(units)
    rules.fill_placeholders(units, {sitting.name: sitting.shown for sitting in sittings}, problems)
    units = source.join_models(units)
    if finished:
        check_threads(units, problems)
        minutes.check(sittings, units, problems)
        minutes.check_exercises(units, problems)
        language.check(units, problems)
    problems.refuse()
    return Chapter(path, units, sittings, {lang: notebook(units, path.stem, lang) for lang in LANGUAGES})


def read(path: Path, problems: Problems) -> tuple[dict[str, Docstring], list[Unit]]:
    """Return the docstring cells and the units of a chapter text; model answers are units, names are not checked yet."""
    cells = source.split(path, problems)
    for cell in cells:
        rules.check_cell(cell, problems)
    problems.refuse()  # what follows relies on sound cells
    docs, cells = docstrings.take(cells, problems)
    units = source.pair(cells, problems)
    for unit in (unit for unit in units if unit.kind == "code"):
        unit.text = pairs.resolve(unit.text, partial(problems.add, unit))
    rules.check_ids(units, problems)
    rules.check_essays(units, problems)
    rules.check_points(units, problems)
    source.give_cell_ids(units)
    return docs, units


def notebook(units: list[Unit], chapter: str, lang: str) -> NotebookNode:
    cells = [cell for unit in units for cell in cells_of(unit, lang)]
    for count, cell in enumerate((cell for cell in cells if cell.cell_type == "code"), 1):
        cell.execution_count = count
    made_of = json.dumps([BUILDER, [(cell.id, cell.cell_type, cell.source, cell.metadata) for cell in cells]])
    about = {"chapter": chapter, "lang": lang, "builder": BUILDER, "hash": hashlib.sha256(made_of.encode()).hexdigest()}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}, "descent": about}
    return new_notebook(cells=cells, metadata=metadata)


def cells_of(unit: Unit, lang: str) -> list[NotebookNode]:
    """Return the notebook cell of a unit, with nbgrader's flags for its role."""
    text = unit.text[lang]
    if unit.role == "essay" and unit.model:
        prompt = f"{unit.id}-prompt"
        graded = nbgrader(unit.id, grade=True, solution=True, points=unit.points)
        return [
            new_markdown_cell(text, id=prompt, metadata=nbgrader(prompt, locked=True)),
            new_markdown_cell(unit.model[lang], id=unit.id, metadata=graded),
        ]
    if unit.kind == "markdown":
        return [new_markdown_cell(text, id=unit.cell_id)]
    metadata = {}
    if unit.role == "answer":
        metadata = nbgrader(unit.id, solution=True)
    elif unit.role == "tests":
        metadata = nbgrader(unit.id, grade=True, locked=True, points=unit.points)
    elif unit.role in {"setup", "given", "practice"}:
        metadata = nbgrader(unit.id, locked=True)
    tags = [
        tag
        for tag, on in {
            "experiment": unit.role in {"experiment", "practice"},
            "nbval-check-output": "nbval" in unit.keys,
            "training": "training" in unit.keys,
        }.items()
        if on
    ]
    if tags:
        metadata["tags"] = tags
    if "hidden" in unit.keys:
        metadata["jupyter"] = {"source_hidden": True}
    before = needs.lines(lang) if unit.id == "setup" else ""
    return [new_code_cell(before + text.replace("{{lang}}", lang), id=unit.cell_id, metadata=metadata)]


def nbgrader(
    grade_id: str, *, grade: bool = False, solution: bool = False, locked: bool = False, **points: float
) -> dict:
    flags = {"grade": grade, "solution": solution, "locked": locked, "task": False}
    return {"nbgrader": {"schema_version": 3, "grade_id": grade_id, **flags, **points}}
