"""Which submitted cell is which cell of the course.

Four ways, the surest first: the cell's id, nbgrader's grade_id, the same text, and last, for an answer whose
cell is gone, a cell of the student's own that answers it. What is matched to nothing is the student's own.
"""

import re
from dataclasses import dataclass, field

from nbformat import NotebookNode

from autograder.intake.submitted import Cell


@dataclass
class Match:
    """`taken` maps an index in the master to the index of the submitted cell that stands for it."""

    taken: dict[int, int] = field(default_factory=dict)
    copies: dict[int, int] = field(default_factory=dict)
    adopted: set[int] = field(default_factory=set)

    def own(self, count: int) -> list[int]:
        """Indices of the student's own cells among `count` submitted ones (copies not among them)."""
        known = set(self.taken.values()) | set(self.copies)
        return [i for i in range(count) if i not in known]


def flags(cell: NotebookNode) -> dict:
    return cell.metadata.get("nbgrader", {})


def is_answer(cell: NotebookNode) -> bool:
    return bool(flags(cell).get("solution"))


def is_test(cell: NotebookNode) -> bool:
    return bool(flags(cell).get("grade")) and not is_answer(cell)


def match(cells: list[Cell], master: list[NotebookNode]) -> Match:
    """Match the submitted cells to the master's."""
    found = Match()
    by_name(cells, master, found)
    by_text(cells, master, found)
    for index, cell in enumerate(master):
        if is_answer(cell) and index not in found.taken:
            stand_in = (
                defining(cells, cell, found) if cell.cell_type == "code" else following(cells, index, found)
            )
            if stand_in is not None:
                found.taken[index] = stand_in
                found.adopted.add(index)
    return found


def by_name(cells: list[Cell], master: list[NotebookNode], found: Match) -> None:
    """Match by id, then grade_id. Of several with one name the one with the master's id is it, else the
    first."""
    ids = {cell.id: index for index, cell in enumerate(master)}
    grade_ids = {
        flags(cell)["grade_id"]: index for index, cell in enumerate(master) if "grade_id" in flags(cell)
    }
    claims: dict[int, list[int]] = {}
    for number, cell in enumerate(cells):
        index = ids.get(cell.id, grade_ids.get(cell.grade_id))
        if index is not None:
            claims.setdefault(index, []).append(number)
    for index, numbers in claims.items():
        first = min(numbers, key=lambda n: (cells[n].id != master[index].id, n))
        found.taken[index] = first
        found.copies.update({n: index for n in numbers if n != first})


def by_text(cells: list[Cell], master: list[NotebookNode], found: Match) -> None:
    """Match what is left by exactly equal text, in order: notebooks that lost their ids and metadata."""
    free: dict[str, list[int]] = {}
    for number in found.own(len(cells)):
        free.setdefault(cells[number].source.strip(), []).append(number)
    for index, cell in enumerate(master):
        numbers = free.get(cell.source.strip())
        if index not in found.taken and numbers and cell.source.strip():
            found.taken[index] = numbers.pop(0)


def defining(cells: list[Cell], stub: NotebookNode, found: Match) -> int | None:
    """The last own code cell that defines every top-level name of the stub (or the name that is its id)."""
    names = defined_names(stub.source) or {stub.id}
    able = [
        n
        for n in found.own(len(cells))
        if cells[n].type == "code" and names <= defined_names(cells[n].source)
    ]
    return able[-1] if able else None


def following(cells: list[Cell], index: int, found: Match) -> int | None:
    """The own text cell directly after the prompt of an essay whose answer cell is gone."""
    after = found.taken.get(index - 1, len(cells)) + 1
    free = after in found.own(len(cells))
    return after if free and cells[after].type == "markdown" else None


def defined_names(source: str) -> set[str]:
    """Names that a text defines at top level, by a plain look: a student's code is not parsed here."""
    names = re.findall(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", source, re.MULTILINE)
    return set(names) | set(re.findall(r"^(\w+)[ \t]*(?::[^=\n]*)?=(?!=)", source, re.MULTILINE))
