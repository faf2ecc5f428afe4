"""The two versions of a chapter: what a submission is rebuilt on, and what it is judged by.

`released` is the student version: stubs, nbgrader's checksums, no answers. A submission is rebuilt on it, so
no answer can slip into a student's notebook. `complete` then puts in the graded test cells of `solution`, the
instructor's version, because a release may leave hidden tests out. The answers stay in `solution`, which only
the judge reads.
"""

import hashlib
import json
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum

from autograder.intake.matching import flags, is_answer, is_test


@dataclass(frozen=True)
class Master:
    """One chapter in one language."""

    released: NotebookNode
    solution: NotebookNode

    @property
    def points(self) -> dict[str, float]:
        """grade_id -> points of everything that is graded, essays included."""
        return {
            flags(c)["grade_id"]: float(flags(c)["points"])
            for c in self.released.cells
            if flags(c).get("grade")
        }

    @cached_property
    def tests(self) -> dict[str, NotebookNode]:
        """The instructor's test cells, by id, as they stand in a submission."""
        sources = {c.id: c.source for c in self.solution.cells if is_test(c)}
        found = {c.id: deepcopy(c) for c in self.released.cells if c.id in sources}
        for name, cell in found.items():
            cell.source = sources[name]
            flags(cell)["checksum"] = compute_checksum(cell)
        return found

    def complete(self, nb: NotebookNode) -> NotebookNode:
        """`nb`, rebuilt on this chapter, with the instructor's test cells. Its cells are new ones, which may get
        outputs; what is in them is still shared with `nb`."""
        cells = [deepcopy(self.tests[c.id]) if c.id in self.tests else NotebookNode(c) for c in nb.cells]
        return NotebookNode(nb, cells=cells)


class Stale(Exception):
    """The two versions of a chapter do not belong together: the notebooks have to be built again."""


def load(assignment: str, solutions: Path, released: Path) -> dict[str, Master]:
    """The masters of an assignment, by language. Folders: <solutions>/<lang>/<assignment>/<assignment>.ipynb
    and the same below `released`; a language counts when both are there."""
    found = {}
    for path in sorted(solutions.glob(f"*/{assignment}/{assignment}.ipynb")):
        lang = path.parent.parent.name
        student = released / lang / assignment / path.name
        if student.exists():
            found[lang] = make(read(path), read(student), f"{lang}/{assignment}")
    if len({tuple(sorted(m.points.items())) for m in found.values()}) > 1:
        raise Stale(
            f"{assignment}: the languages {sorted(found)} differ in graded cells or points: build them again"
        )
    return found


def read(path: Path) -> NotebookNode:
    """A notebook that the builder wrote: not looked at for mistakes once more, which takes longer than the rest."""
    return nbformat.v4.reads(path.read_text(encoding="utf-8"))


def make(solution: NotebookNode, student: NotebookNode, name: str = "chapter") -> Master:
    """The master of a solution notebook and its released version, which are the master's from now on."""
    if [c.id for c in solution.cells] != [c.id for c in student.cells]:
        raise Stale(f"{name}: solutions/ and notebooks/ hold different cells: build the notebooks again")
    for cell, source in zip(student.cells, solution.cells, strict=True):
        if is_answer(cell) != is_answer(source) or is_test(cell) != is_test(source):
            raise Stale(
                f"{name}: cell {cell.id} has another role in notebooks/ than in solutions/: build again"
            )
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return Master(student, solution)


def fingerprint(masters: dict[str, Master]) -> str:
    """Changes when anything of an assignment changes that a grade could depend on."""
    text = {lang: [[c.id, c.cell_type, c.source, flags(c), c.metadata.get("tags", [])]
                   for nb in (m.released, m.solution) for c in nb.cells] for lang, m in masters.items()}
    return hashlib.sha256(json.dumps(text, sort_keys=True).encode()).hexdigest()
