"""Which submitted cell stands for which cell of the course.

Four ways, the surest first: the cell's id, nbgrader's grade_id, the same text, and last, for an answer whose
cell is gone, a cell of the student's own that answers it. What is matched to nothing is the student's own.
"""

import re
from dataclasses import dataclass, field

from nbformat import NotebookNode

from autograder.intake.roles import flags, is_answer
from autograder.intake.submitted import Cell


@dataclass
class Match:
    """Places are indices into the master's cells, numbers are indices into the submitted cells.

    taken: place -> number of the submitted cell that stands for it. copies: number -> place of the course cell
    that it repeats. adopted: the places of answers that were found in cells of the student's own.
    """

    taken: dict[int, int] = field(default_factory=dict)
    copies: dict[int, int] = field(default_factory=dict)
    adopted: set[int] = field(default_factory=set)

    def own(self, count: int) -> list[int]:
        """Numbers of the student's own cells among `count` submitted ones (copies not among them)."""
        known = set(self.taken.values()) | set(self.copies)
        return [number for number in range(count) if number not in known]


def match(cells: list[Cell], master: list[NotebookNode]) -> Match:
    """Match the submitted cells to the master's."""
    matched = Match()
    by_name(cells, master, matched)
    by_text(cells, master, matched)
    for place, cell in enumerate(master):
        if is_answer(cell) and place not in matched.taken:
            code = cell.cell_type == "code"
            number = defining(cells, cell, matched) if code else following(cells, place, matched)
            if number is not None:
                matched.taken[place] = number
                matched.adopted.add(place)
    return matched


def by_name(cells: list[Cell], master: list[NotebookNode], matched: Match) -> None:
    """Match by id, then by grade_id. Of several cells with one name the one with the course's id is the original,
    else the first."""
    ids = {cell.id: place for place, cell in enumerate(master)}
    grade_ids = {flags(cell)["grade_id"]: place for place, cell in enumerate(master) if "grade_id" in flags(cell)}
    same_name: dict[int, list[int]] = {}
    for number, cell in enumerate(cells):
        place = ids.get(cell.id, grade_ids.get(cell.grade_id))
        if place is not None:
            same_name.setdefault(place, []).append(number)
    for place, numbers in same_name.items():
        original = min(numbers, key=lambda n: (cells[n].id != master[place].id, n))
        matched.taken[place] = original
        matched.copies.update({number: place for number in numbers if number != original})


def by_text(cells: list[Cell], master: list[NotebookNode], matched: Match) -> None:
    """Match what is left by equal text, in order: notebooks that lost their ids and metadata."""
    unmatched: dict[str, list[int]] = {}
    for number in matched.own(len(cells)):
        unmatched.setdefault(cells[number].source.strip(), []).append(number)
    for place, cell in enumerate(master):
        numbers = unmatched.get(cell.source.strip())
        if place not in matched.taken and numbers and cell.source.strip():
            matched.taken[place] = numbers.pop(0)


def defining(cells: list[Cell], stub: NotebookNode, matched: Match) -> int | None:
    """The last own code cell that defines every top-level name of the stub (or the name that is its id)."""
    names = defined_names(stub.source) or {stub.id}
    numbers = [number for number in matched.own(len(cells))
               if cells[number].type == "code" and names <= defined_names(cells[number].source)]
    return numbers[-1] if numbers else None


def following(cells: list[Cell], place: int, matched: Match) -> int | None:
    """The own text cell directly after the question of an essay whose answer cell is gone."""
    number = matched.taken.get(place - 1, len(cells)) + 1
    is_own = number in matched.own(len(cells))
    return number if is_own and cells[number].type == "markdown" else None


def defined_names(source: str) -> set[str]:
    """Names that a text defines at top level, by a search for lines: a student's code is not parsed here."""
    names = re.findall(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", source, re.MULTILINE)
    return set(names) | set(re.findall(r"^(\w+)[ \t]*(?::[^=\n]*)?=(?!=)", source, re.MULTILINE))
