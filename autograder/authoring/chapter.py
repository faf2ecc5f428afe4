"""A chapter's solution notebooks, one per language, made from its text; nothing is executed here."""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.authoring import rules, source
from autograder.authoring.scope import resolve
from autograder.authoring.source import LANGUAGES, CannotBuild, Problems, Unit

BUILDER = 1  # raise it when outputs must be made anew though no chapter changed


@dataclass
class Chapter:
    """A chapter text that keeps the rules, and its solution notebook in each language, not executed yet."""

    path: Path
    units: list[Unit]
    notebooks: dict[str, NotebookNode]


def load(path: Path, root: Path) -> Chapter:
    """Read the chapter text, inline its reference functions; raise CannotBuild with every problem found."""
    if not re.fullmatch(r"\d\d_[a-z0-9_]+", path.stem):
        raise CannotBuild(f"{path.name}: a chapter is called NN_topic.py, such as 03_momentum.py")
    problems = Problems(path)
    units = read(path, problems)
    resolve(units, root / "src" / "reference", problems)
    problems.refuse()
    text = path.read_text(encoding="utf-8")
    made_of = json.dumps([BUILDER, text, [unit.text["en"] for unit in units if unit.names]])
    about = {"chapter": path.stem, "hash": hashlib.sha256(made_of.encode()).hexdigest()}
    return Chapter(path, units, {lang: notebook(units, {**about, "lang": lang}) for lang in LANGUAGES})


def read(path: Path, problems: Problems) -> list[Unit]:
    """Return the units of a chapter text that keeps the rules; names are followed later, by scope.resolve."""
    cells = source.split(path, problems)
    for cell in cells:
        rules.check_cell(cell, problems)
    problems.refuse()  # what follows relies on sound cells
    units = source.pair(cells, problems)
    rules.check_ids(units, problems)
    rules.check_essays(units, problems)
    rules.check_points(units, problems)
    source.give_cell_ids(units)
    rules.fill_placeholders(units, problems)
    return source.join_models(units)


def notebook(units: list[Unit], about: dict) -> NotebookNode:
    cells = [cell for unit in units for cell in cells_of(unit, about["lang"])]
    for count, cell in enumerate((cell for cell in cells if cell.cell_type == "code"), 1):
        cell.execution_count = count
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}, "descent": about}
    return new_notebook(cells=cells, metadata=metadata)


def cells_of(unit: Unit, lang: str) -> list[NotebookNode]:
    """Return the notebook cell of a unit, with nbgrader's flags for its role."""
    text = unit.text[lang]
    if unit.role == "essay":
        prompt = f"{unit.id}-prompt"
        graded = nbgrader(unit.id, grade=True, solution=True, points=unit.points)
        return [new_markdown_cell(text, id=prompt, metadata=nbgrader(prompt, locked=True)),
                new_markdown_cell(unit.model[lang], id=unit.id, metadata=graded)]
    if unit.kind == "markdown":
        return [new_markdown_cell(text, id=unit.cell_id)]
    metadata = {}
    if unit.role == "answer":
        metadata = nbgrader(unit.id, solution=True)
    elif unit.role == "tests":
        metadata = nbgrader(unit.id, grade=True, locked=True, points=unit.points)
    elif unit.role in {"setup", "given", "practice"}:
        metadata = nbgrader(unit.id, locked=True)
    tags = [tag for tag, on in {"experiment": unit.role in {"experiment", "practice"},
                                "nbval-check-output": "nbval" in unit.keys,
                                "training": "training" in unit.keys}.items() if on]
    if tags:
        metadata["tags"] = tags
    return [new_code_cell(text.replace("{{lang}}", lang), id=unit.cell_id, metadata=metadata)]


def nbgrader(grade_id: str, *, grade=False, solution=False, locked=False, **points) -> dict:
    flags = {"grade": grade, "solution": solution, "locked": locked, "task": False}
    return {"nbgrader": {"schema_version": 3, "grade_id": grade_id, **flags, **points}}
