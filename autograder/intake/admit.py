"""Admit a submission: rebuild its notebook from the released one, taking over answers and own cells only.

Everything that could be wrong with a submitted notebook (deleted, copied, retyped, retagged, edited cells,
another kernel, hidden metadata) disappears here, because nothing but source text and pictures crosses: the result
has exactly the cells of the course, with the course's ids and metadata, and after each of them the cells that the
student added there. Notes say what was repaired; what cannot be repaired is Refused.

The way of a submission: folder.py reads the files, choose.py parses them (submitted.py), finds the course's cells in
them (matching.py) and takes the notebook to grade, `rebuild` builds it anew, repairs.py says what was changed.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.intake.asked import requests_in
from autograder.intake.choose import Candidate, candidate, choose, other_chapter
from autograder.intake.folder import read_folder, unpacked
from autograder.intake.limits import DEFAULTS, Budget, IntakeLimits
from autograder.intake.masters import Adopted
from autograder.intake.match import Match
from autograder.intake.notes import Note, note
from autograder.intake.pictures import Pictures, attach
from autograder.intake.repairs import about_file, newer_syntax, repairs
from autograder.intake.roles import is_answer
from autograder.intake.submitted import Cell, Submitted
from autograder.intake.text import same_text


@dataclass
class Admitted:
    """A notebook that is safe to run in the sandbox, notes about what was repaired, its language, and the regrade requests in
    what was handed in."""

    nb: NotebookNode
    notes: list[Note] = field(default_factory=list)
    lang: str = "en"
    requests: list[dict[str, str]] = field(default_factory=list)


def admit_folder(
    folder: Path,
    expected: str,
    masters: dict[str, NotebookNode],
    limits: IntakeLimits = DEFAULTS,
    *,
    adopted: Adopted | None = None,
) -> Admitted:
    """Find the notebook in a submission's folder and rebuild it on the master of its language.

    expected: the file name that the notebook should have. masters: language -> released notebook (masters.py),
    which holds stubs and no answers. adopted: of an assignment that is not the course's own.
    Raises Refused, and nothing else, whatever the folder holds.
    """
    budget = Budget(limits.intake_seconds)
    with budget.enforced():
        files = list(unpacked(read_folder(folder, limits, budget), limits, budget))
        if adopted:
            files = [file for file in files if file.name not in adopted.others]
            expected = adopted.file if any(file.name == adopted.file for file in files) else expected
        return rebuilt(choose(files, expected, masters, limits, budget), masters)


def rebuild(submitted: Submitted, masters: dict[str, NotebookNode], limits: IntakeLimits = DEFAULTS) -> Admitted:
    """The same for a notebook that was read."""
    return rebuilt(candidate("", submitted, masters, limits, Budget(limits.intake_seconds)), masters)


def rebuilt(chosen: Candidate, masters: dict[str, NotebookNode]) -> Admitted:
    """The notebook of the course with the student's answers and own cells."""
    master, cells = masters[chosen.lang], chosen.submitted.cells
    ours = master.metadata.get("descent", {}).get("hash")
    another_release = bool(chosen.submitted.release and ours and chosen.submitted.release != ours)
    another_chapter = bool(other_chapter(chosen.submitted, master))
    notes = chosen.notes + about_file(chosen.submitted, master)
    notes += repairs(
        cells, master.cells, chosen.matched, another_release=another_release, another_chapter=another_chapter
    )
    nb, raw = assemble(cells, master, chosen.matched, chosen.pictures)
    notes += [note("raw_dropped", count=raw)] if raw else []
    notes += chosen.pictures.notes() + newer_syntax(nb, master, chosen.submitted.python)
    return Admitted(nb, notes, chosen.lang, requests_in(cells, master.cells, chosen.matched))


def assemble(cells: list[Cell], master: NotebookNode, matched: Match, pictures: Pictures) -> tuple[NotebookNode, int]:
    """The master's cells with the student's answers, each followed by the own cells that stood after it; and how many
    raw cells were left out."""
    followers = own_cells(cells, matched)
    raw = 0
    course_ids = {cell.id for cell in master.cells}
    free_ids = (name for name in (f"own-{k}" for k in count(1)) if name not in course_ids)
    nb = NotebookNode(nbformat=4, nbformat_minor=5, metadata=deepcopy(master.metadata), cells=[])
    for place in range(-1, len(master.cells)):
        if place >= 0:
            cell = deepcopy(master.cells[place])
            put_answer(cell, place, cells, matched, pictures)
            nb.cells.append(cell)
        for number in followers.get(place, ()):
            if cells[number].type == "raw":
                raw += 1
                continue
            new_cell = new_code_cell if cells[number].type == "code" else new_markdown_cell
            own = new_cell(cells[number].source, id=next(free_ids))
            attach(own, [cells[number]], pictures)
            nb.cells.append(own)
    return nb, raw


def own_cells(cells: list[Cell], matched: Match) -> dict[int, list[int]]:
    """Place in the master -> numbers of the student's own cells that follow it (-1: before all); cells whose text
    became an essay's are not among them."""
    in_essays = {number for numbers in matched.essay_cells.values() for number in numbers}
    anchors = matched.anchors(len(cells))
    followers: dict[int, list[int]] = {}
    for number in matched.own(len(cells)):
        if cells[number].source.strip() and number not in in_essays:
            followers.setdefault(anchors[number], []).append(number)
    return followers


def put_answer(cell: NotebookNode, place: int, cells: list[Cell], matched: Match, pictures: Pictures) -> None:
    """Put the student's text into an answer cell. A blank answer stays the stub."""
    if not is_answer(cell):
        return
    if place in matched.essays:
        cell.source = matched.essays[place]
        attach(cell, [cells[number] for number in matched.essay_cells[place]], pictures)
    elif place in matched.taken:
        answer = cells[matched.taken[place]]
        if answer.source.strip() and not same_text(answer.source, cell.source):
            cell.source = answer.source
            attach(cell, [answer], pictures)
