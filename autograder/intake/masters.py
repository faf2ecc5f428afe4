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

from autograder.intake.roles import flags, is_answer, is_test


@dataclass(frozen=True)
class Master:
    """One chapter in one language."""

    released: NotebookNode
    solution: NotebookNode

    @property
    def points(self) -> dict[str, float]:
        """grade_id -> points of everything that is graded, essays included."""
        return {
            flags(cell)["grade_id"]: float(flags(cell)["points"])
            for cell in self.released.cells
            if flags(cell).get("grade")
        }

    @cached_property
    def tests(self) -> dict[str, NotebookNode]:
        """The instructor's test cells by id, with the metadata that they have in a submission."""
        sources = {cell.id: cell.source for cell in self.solution.cells if is_test(cell)}
        tests = {cell.id: deepcopy(cell) for cell in self.released.cells if cell.id in sources}
        for name, cell in tests.items():
            cell.source = sources[name]
            flags(cell)["checksum"] = compute_checksum(cell)
        return tests

    def complete(self, nb: NotebookNode) -> NotebookNode:
        """`nb`, rebuilt on this chapter, with the instructor's test cells. A shallow copy: its cells may be given
        outputs, but sources and metadata are shared with `nb`."""
        cells = [deepcopy(self.tests[cell.id]) if cell.id in self.tests else NotebookNode(cell) for cell in nb.cells]
        return NotebookNode(nb, cells=cells)


class Stale(Exception):
    """The two versions of a chapter do not fit together: the notebooks have to be built again."""


def load(assignment: str, solutions: Path, released: Path) -> dict[str, Master]:
    """The masters of an assignment by language, from <solutions>/<lang>/<assignment>/<assignment>.ipynb and the
    same path below `released`; a language that lacks one of the two is left out.

    Raises Stale when no language has both, when the two versions of a notebook or two languages do not fit together,
    and for a notebook that is not one of ours (no cell ids)."""
    chapter, lonely = {}, []
    for path in sorted(solutions.glob(f"*/{assignment}/{assignment}.ipynb")):
        lang = path.parent.parent.name
        student = released / lang / assignment / path.name
        if student.exists():
            chapter[lang] = make(read(path), read(student), f"{lang}/{assignment}")
            for nb in (chapter[lang].solution, chapter[lang].released):
                nb.metadata.setdefault("descent", NotebookNode()).setdefault("lang", lang)
        else:
            lonely.append(f"{path} has no student version: {student} is missing")
    if lonely and not chapter:
        raise Stale(f"{assignment}: {'; '.join(lonely)}. Build both with `make notebooks`, or remove the folder")
    if len({tuple(sorted(master.points.items())) for master in chapter.values()}) > 1:
        raise Stale(f"{assignment}: the languages {sorted(chapter)} differ in graded cells or points: build them again")
    return chapter


@dataclass(frozen=True)
class Adopted:
    """Of an assignment that is not the course's own: the name that its notebook had there, and the names of the other
    files that belong to the same problem set, which are no notebooks of this assignment."""

    file: str
    others: tuple[str, ...]


def adopted_as(masters: dict[str, Master]) -> Adopted | None:
    """What `make adopt` wrote into a notebook; None for one of the course."""
    for master in masters.values():
        about = master.released.metadata.get("descent", {}).get("adopted")
        return about and Adopted(about["file"], tuple(about["others"]))
    return None


def files_of(folder: Path, master: Master) -> dict[str, bytes]:
    """The files that an adopted notebook reads: name -> bytes. folder: that of its student version. Raises OSError."""
    about = master.released.metadata.get("descent", {}).get("adopted") or {}
    return {name: (folder / name).read_bytes() for name in about.get("files", {})}


def read(path: Path) -> NotebookNode:
    """A notebook that the builder wrote. It is not validated, which would take longer than reading it.

    Raises Stale for what is no notebook of nbformat 4.5, whose cells have ids."""
    try:
        nb = nbformat.v4.reads(path.read_text(encoding="utf-8"))
        unnamed = sum(not isinstance(cell.get("id"), str) for cell in nb.cells)
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise Stale(f"{path} is not a notebook of nbformat 4 ({type(error).__name__}: {error})"[:500]) from None
    if unnamed or not nb.cells:
        what = f"{unnamed} of its {len(nb.cells)} cells have no id" if nb.cells else "it has no cells"
        raise Stale(
            f"{path}: {what} (nbformat {nb.get('nbformat')}.{nb.get('nbformat_minor')}). Grading finds cells by "
            "their ids: build the notebook with `make notebooks` from a text in solutions/, or save both its "
            "versions as nbformat 4.5 with the same ids"
        )
    for named in ([cell.id for cell in nb.cells], [flags(c)["grade_id"] for c in nb.cells if flags(c).get("grade_id")]):
        if twice := sorted({name for name in named if named.count(name) > 1}):
            raise Stale(f"{path}: several cells are called {', '.join(twice[:6])}: ids and grade_ids must be different")
    for cell in nb.cells:
        if problem := wrong_flags(cell):
            raise Stale(f"{path}: cell {cell.id} {problem}")
    return nb


def wrong_flags(cell: NotebookNode) -> str | None:
    """What is wrong with nbgrader's metadata of a course cell."""
    if not isinstance(cell.get("metadata"), dict) or not isinstance(flags(cell), dict):
        return "has no metadata that can be read"
    if not (flags(cell).get("grade") or flags(cell).get("solution")):
        return None
    if not isinstance(flags(cell).get("grade_id"), str):
        return "is graded or an answer, but its metadata has no grade_id"
    points = flags(cell).get("points")
    if flags(cell).get("grade") and (isinstance(points, bool) or not isinstance(points, int | float) or points < 0):
        return f"is graded, but its points are {points!r}"
    return None


def make(solution: NotebookNode, student: NotebookNode, name: str = "chapter") -> Master:
    """The master of a solution notebook and its released version. Both are changed: outputs are removed.

    Raises Stale when their cells differ in id or role."""
    if [c.id for c in solution.cells] != [c.id for c in student.cells]:
        raise Stale(f"{name}: solutions/ and notebooks/ hold different cells: build the notebooks again")
    for cell, source in zip(student.cells, solution.cells, strict=True):
        if is_answer(cell) != is_answer(source) or is_test(cell) != is_test(source):
            raise Stale(f"{name}: cell {cell.id} has another role in notebooks/ than in solutions/: build again")
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return Master(student, solution)


def fingerprint(masters: dict[str, Master]) -> str:
    """A hash of all that a grade can depend on: sources, types, tags and nbgrader's metadata of every cell."""
    text = {
        lang: [
            [cell.id, cell.cell_type, cell.source, flags(cell), cell.metadata.get("tags", [])]
            for nb in (master.released, master.solution)
            for cell in nb.cells
        ]
        + [master.released.metadata.get("descent", {}).get("adopted", {}).get("files", {})]
        for lang, master in masters.items()
    }
    return hashlib.sha256(json.dumps(text, sort_keys=True).encode()).hexdigest()
