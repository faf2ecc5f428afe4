"""Rubrics for essays: criteria, and for each level its points and a sentence in both languages.

The course's rubrics are in rubrics.toml, beside this file. <CLASS>/rubrics.toml adds rubrics or replaces them, for example
for an adopted assignment:

[ps1.essay.reason]
name = { en = "reason", zh = "理由" }
points = [0, 1, 2]
en = ["None.", "Named.", "Named and explained."]
zh = ["没有。", "写出。", "写出并解释。"]
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from autograder.gradebook.coursedir import ClassError, ClassFolder, read_toml

NAME = "rubrics.toml"
OURS = Path(__file__).with_name(NAME)
LANGUAGES = ("en", "zh")
FIELDS = {"name", "points", *LANGUAGES}


@dataclass(frozen=True)
class Criterion:
    """names: language -> name. points: one for each level. sentences: language -> one for each level."""

    names: dict[str, str]
    points: tuple[float, ...]
    sentences: dict[str, tuple[str, ...]]


Rubrics = dict[tuple[str, str], tuple[Criterion, ...]]  # (assignment, grade_id) -> its criteria


def rubrics_of(class_folder: ClassFolder) -> Rubrics:
    """The course's rubrics, with those of the class. Raises ClassError."""
    own = class_folder.path / NAME
    return of_the_course() | (read(own) if own.exists() else {})


@cache
def of_the_course() -> Rubrics:
    """The rubrics of the course, in the order of the chapters."""
    return read(OURS)


def read(path: Path) -> Rubrics:
    """Read a rubrics file. Raises ClassError if it is malformed."""
    table = read_toml(path)
    rubrics: Rubrics = {}
    for assignment, essays in table.items():
        for cell, criteria in essays.items() if isinstance(essays, dict) else [("", None)]:
            if not isinstance(criteria, dict) or not criteria:
                raise ClassError(f"{path}: [{assignment}.{cell}] holds one table for each criterion")
            rubrics[assignment, cell] = tuple(
                criterion(f"{path}: [{assignment}.{cell}.{name}]", entry) for name, entry in criteria.items()
            )
    return rubrics


def criterion(where: str, entry: Any) -> Criterion:
    """Check one criterion's table; `where` names it in messages. Raises ClassError."""
    if not isinstance(entry, dict) or entry.keys() != FIELDS:
        raise ClassError(f"{where} holds {', '.join(sorted(FIELDS))}, and nothing else")
    points, names = entry["points"], entry["name"]
    if (
        not isinstance(points, list)
        or len(points) < 2
        or not all(isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 for value in points)
        or points != sorted(set(points))
    ):
        raise ClassError(f"{where} points: the points of each level, rising, such as [0, 1]")
    if not isinstance(names, dict) or any(not isinstance(names.get(lang), str) for lang in LANGUAGES):
        raise ClassError(f'{where} name = {{ en = "...", zh = "..." }}')
    for lang in LANGUAGES:
        texts = entry[lang]
        if not isinstance(texts, list) or len(texts) != len(points) or not all(isinstance(text, str) for text in texts):
            raise ClassError(f"{where} {lang}: one sentence for each of the {len(points)} levels")
    return Criterion(names, tuple(points), {lang: tuple(entry[lang]) for lang in LANGUAGES})


def lines(criteria: tuple[Criterion, ...], lang: str) -> list[str]:
    """The criteria with their levels as lines of text."""
    output = []
    for criterion in criteria:
        output.append(f"    {criterion.names[lang]}")
        output += [f"      {points:g}  {text}" for points, text in zip(criterion.points, criterion.sentences[lang])]
    return output
