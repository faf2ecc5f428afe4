"""Admit a submission: rebuild its notebook from the released one, taking over answers and own cells only.

Everything that could be wrong with a submitted notebook (deleted, copied, retyped, retagged, edited cells,
another kernel, hidden metadata) disappears here, because nothing but source text crosses: the result has
exactly the cells of the course, with the course's ids and metadata, and after each of them the cells that the
student added there. Notes say what was repaired; what cannot be repaired is Refused.

The way of a submission: folder.py finds the file, submitted.py reads it, matching.py finds the course's cells in
it, repairs.py says what was changed, and `assemble` builds the notebook.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.intake.attachments import attach
from autograder.intake.folder import find_notebook
from autograder.intake.limits import IntakeLimits
from autograder.intake.matching import Match, match
from autograder.intake.notes import Note, language, note
from autograder.intake.refused import Refused
from autograder.intake.repairs import repairs
from autograder.intake.roles import is_answer, is_test
from autograder.intake.submitted import Cell, Submitted, parse, read_bytes


@dataclass
class Admitted:
    """A notebook that is safe to run in the sandbox, notes about what was repaired, and its language."""

    nb: NotebookNode
    notes: list[Note] = field(default_factory=list)
    lang: str = "en"


def admit_folder(folder: Path, expected: str, masters: dict[str, NotebookNode],
                 limits: IntakeLimits = IntakeLimits()) -> Admitted:
    """Find the notebook in a submission's folder and rebuild it on the master of its language.

    expected: the file name that the notebook should have. masters: language -> released notebook (masters.py),
    which holds stubs and no answers.
    Raises Refused, and nothing else, whatever the folder holds.
    """
    path, notes = find_notebook(folder, expected)
    admitted = admit(path, masters, limits)
    admitted.notes[:0] = notes
    return admitted


def admit(path: Path, masters: dict[str, NotebookNode], limits: IntakeLimits = IntakeLimits()) -> Admitted:
    """The same for the file `path`."""
    return rebuild(parse(read_bytes(path, limits), limits), masters, limits)


def rebuild(submitted: Submitted, masters: dict[str, NotebookNode],
            limits: IntakeLimits = IntakeLimits()) -> Admitted:
    """The same for a notebook that was read."""
    lang, notes = choose_language(submitted, masters)
    master = masters[lang]
    matched = match(submitted.cells, master.cells)
    if not belongs(matched, master.cells):
        raise Refused("other_assignment")
    if submitted.version < (4, 5):
        notes.append(note("old_format", version="{}.{}".format(*submitted.version)))
    if submitted.kernel and submitted.kernel != master.metadata.get("kernelspec", {}).get("name"):
        notes.append(note("kernel_replaced", kernel=submitted.kernel))
    if submitted.damaged:
        notes.append(note("unreadable_cells", count=submitted.damaged))
    notes += repairs(submitted.cells, master.cells, matched)
    nb, left_out = assemble(submitted.cells, master, matched, limits)
    return Admitted(nb, notes + left_out, lang)


def choose_language(submitted: Submitted, masters: dict[str, NotebookNode]) -> tuple[str, list[Note]]:
    """The language that the notebook states; without it the one of which it shows most text cells, else English."""
    if submitted.lang in masters:
        return submitted.lang, []
    texts = {cell.source.strip() for cell in submitted.cells if cell.type == "markdown"}
    shown = {lang: sum(c.cell_type == "markdown" and c.source.strip() in texts for c in nb.cells)
             for lang, nb in masters.items()}
    lang = max(masters, key=lambda name: (shown[name], name == "en"))
    return lang, [note("language_guessed", language=language(lang))]


def belongs(matched: Match, master: list[NotebookNode]) -> bool:
    """Is it this assignment at all? One answer or test cell, or a quarter of all cells, must be recognized."""
    graded = any(is_answer(master[place]) or is_test(master[place]) for place in matched.taken)
    return graded or 4 * len(matched.taken) >= len(master) > 0


def assemble(cells: list[Cell], master: NotebookNode, matched: Match,
             limits: IntakeLimits) -> tuple[NotebookNode, list[Note]]:
    """The master's cells with the student's answers, each followed by the own cells that stood after it."""
    followers = own_cells(cells, master.cells, matched)
    raw = attachments = 0
    taken_ids = {cell.id for cell in master.cells}
    free_ids = (name for name in (f"own-{k}" for k in range(1, len(cells) + len(taken_ids) + 2))
                if name not in taken_ids)
    nb = NotebookNode(nbformat=4, nbformat_minor=5, metadata=deepcopy(master.metadata), cells=[])
    for place in range(-1, len(master.cells)):
        if place >= 0:
            cell = deepcopy(master.cells[place])
            if is_answer(cell) and place in matched.taken:
                attachments += put_answer(cell, cells[matched.taken[place]], limits)
            nb.cells.append(cell)
        for number in followers.get(place, ()):
            if cells[number].type == "raw":
                raw += 1
                continue
            new_cell = new_code_cell if cells[number].type == "code" else new_markdown_cell
            own = new_cell(cells[number].source, id=next(free_ids))
            attachments += attach(own, cells[number], limits)
            nb.cells.append(own)
    notes = [note("raw_dropped", count=raw)] if raw else []
    return nb, notes + ([note("attachments_dropped", count=attachments)] if attachments else [])


def own_cells(cells: list[Cell], master: list[NotebookNode], matched: Match) -> dict[int, list[int]]:
    """Place in the master -> numbers of the student's own cells that follow it (-1: before all). An edited copy of
    an answer is an own cell, because in the student's notebook it ran; a copy of any other course cell is dropped."""
    places = {number: place for place, number in matched.taken.items() if place not in matched.adopted}
    own = set(matched.own(len(cells)))
    own |= {number for number, place in matched.copies.items()
            if is_answer(master[place]) and cells[number].source.strip() != master[place].source.strip()}
    followers: dict[int, list[int]] = {}
    last_place = -1
    for number, cell in enumerate(cells):
        last_place = places.get(number, last_place)
        if number in own and cell.source.strip():
            followers.setdefault(last_place, []).append(number)
    return followers


def put_answer(cell: NotebookNode, answer: Cell, limits: IntakeLimits) -> int:
    """Put the student's text into an answer cell; an emptied answer stays the stub. Returns how many attachments
    were left out."""
    if answer.source.strip() not in ("", cell.source.strip()):
        cell.source = answer.source
    return attach(cell, answer, limits)
