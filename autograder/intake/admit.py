"""Admit a submission: rebuild its notebook from the released one, taking over answers and own cells only.

Everything that could be wrong with a submitted notebook (deleted, copied, retyped, retagged, edited cells,
another kernel, hidden metadata) disappears here, because nothing but source text crosses: the result has
exactly the cells of the course, with the course's ids and metadata, and after each of them the cells that
the student added there. What was repaired is said in notes; what cannot be repaired is Refused.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.intake import notes, refused
from autograder.intake.attachments import attach
from autograder.intake.matching import Match, flags, is_answer, is_test, match
from autograder.intake.notes import Note
from autograder.intake.submitted import Cell, Limits, Submitted, find_notebook, parse, read_bytes

COMPARED = ("grade", "solution", "locked", "task", "points", "grade_id")
UNRUN_TAGS = ("skip-execution", "raises-exception")


@dataclass
class Admitted:
    """A notebook that is safe to run in the sandbox, what was repaired, and its language."""

    nb: NotebookNode
    notes: list[Note] = field(default_factory=list)
    lang: str = "en"


def admit(path: Path, masters: dict[str, NotebookNode], limits: Limits = Limits()) -> Admitted:
    """Read the notebook at `path` and rebuild it on the master of its language.

    masters: language -> released notebook (masters.py), which holds stubs and no
    answers.
    Raises Refused, and nothing else, whatever the bytes of the file are.
    """
    return rebuild(parse(read_bytes(path, limits), limits), masters, limits)


def admit_folder(folder: Path, expected: str, masters: dict[str, NotebookNode],
                 limits: Limits = Limits()) -> Admitted:
    """`admit` for a submission's folder: finds the notebook in it, whatever the student called the file."""
    path, said = find_notebook(folder, expected)
    admitted = admit(path, masters, limits)
    admitted.notes[:0] = said
    return admitted


def rebuild(handed_in: Submitted, masters: dict[str, NotebookNode], limits: Limits = Limits()) -> Admitted:
    lang, said = choose_language(handed_in, masters)
    master = masters[lang]
    found = match(handed_in.cells, master.cells)
    if not belongs(found, master.cells):
        raise refused.other_assignment()
    if handed_in.version < (4, 5):
        said.append(notes.old_format("{}.{}".format(*handed_in.version)))
    if handed_in.kernel and handed_in.kernel != master.metadata.get("kernelspec", {}).get("name"):
        said.append(notes.kernel_replaced(handed_in.kernel))
    if handed_in.damaged:
        said.append(notes.unreadable_cells(handed_in.damaged))
    said += remarks(handed_in.cells, master.cells, found)
    nb, dropped = assemble(handed_in.cells, master, found, limits)
    return Admitted(nb, said + dropped, lang)


def choose_language(handed_in: Submitted, masters: dict[str, NotebookNode]) -> tuple[str, list[Note]]:
    """The language the notebook states; without it the one whose text it shows most of, else English."""
    if handed_in.lang in masters:
        return handed_in.lang, []
    texts = {cell.source.strip() for cell in handed_in.cells if cell.type == "markdown"}
    shown = {lang: sum(c.cell_type == "markdown" and c.source.strip() in texts for c in nb.cells)
             for lang, nb in masters.items()}
    lang = max(masters, key=lambda name: (shown[name], name == "en"))
    return lang, [notes.language_guessed(lang)]


def belongs(found: Match, master: list[NotebookNode]) -> bool:
    """Is it this assignment at all: one answer or test cell, or a quarter of all cells, must be
    recognized."""
    graded = any(is_answer(master[i]) or is_test(master[i]) for i in found.taken)
    return graded or 4 * len(found.taken) >= len(master) > 0


def remarks(cells: list[Cell], master: list[NotebookNode], found: Match) -> list[Note]:
    """What the student should know about course cells that were changed, moved, copied or deleted."""
    said: list[Note] = []
    gone = [c for i, c in enumerate(master) if i not in found.taken]
    if lost := [c.id for c in gone if is_answer(c)]:
        said.append(notes.missing_answers(lost))
    if lost := [c.id for c in gone if c.cell_type == "code" and not is_answer(c) and not is_experiment(c)]:
        said.append(notes.missing_cells(lost))
    if found.adopted:
        said.append(notes.adopted_answers([master[i].id for i in sorted(found.adopted)]))
    if copied := [master[i].id for i in sorted(set(found.copies.values())) if flags(master[i])]:
        said.append(notes.repeated(copied))
    pairs = [(master[i], cells[n]) for i, n in sorted(found.taken.items()) if i not in found.adopted]
    if ids := [m.id for m, c in pairs if m.cell_type != c.type]:
        said.append(notes.retyped(ids))
    if ids := [m.id for m, c in pairs if is_retagged(m, c)]:
        said.append(notes.retagged(ids))
    edited = [m for m, c in pairs if not is_answer(m) and not is_experiment(m)
              and m.source.strip() != c.source.strip()]
    if ids := [m.id for m in edited if is_test(m)]:
        said.append(notes.restored_tests(ids))
    if ids := [m.id for m in edited if m.cell_type == "code" and not is_test(m)]:
        said.append(notes.restored_code(ids))
    if texts := [m for m in edited if m.cell_type != "code"]:
        said.append(notes.restored_text(len(texts)))
    order = [n for i, n in sorted(found.taken.items()) if i not in found.adopted]
    return said + ([notes.reordered()] if order != sorted(order) else [])


def is_experiment(cell: NotebookNode) -> bool:
    return "experiment" in cell.metadata.get("tags", ())


def is_retagged(master: NotebookNode, cell: Cell) -> bool:
    """Do nbgrader's flags differ, or does a tag say that the cell should not run? No flags at all is no
    claim: other programs drop metadata."""
    released = flags(master)
    wrong = bool(cell.flags) and any(cell.flags.get(k) != released.get(k) for k in COMPARED
                                     if k in cell.flags or k in released)
    tags = [t for t in cell.tags if t in UNRUN_TAGS and t not in master.metadata.get("tags", ())]
    return wrong or bool(tags)


def assemble(cells: list[Cell], master: NotebookNode, found: Match,
             limits: Limits) -> tuple[NotebookNode, list[Note]]:
    """The master's cells with the student's answers, each followed by the own cells that stood after it."""
    after = anchored(cells, master.cells, found)
    dropped = {"raw": sum(cells[n].type == "raw" for own in after.values() for n in own), "attachments": 0}
    taken_ids = {cell.id for cell in master.cells}
    fresh = (name for name in (f"own-{k}" for k in range(1, len(cells) + len(taken_ids) + 2))
             if name not in taken_ids)
    nb = NotebookNode(nbformat=4, nbformat_minor=5, metadata=deepcopy(master.metadata), cells=[])
    for index in range(-1, len(master.cells)):
        if index >= 0:
            cell = deepcopy(master.cells[index])
            if is_answer(cell) and index in found.taken:
                dropped["attachments"] += answer_with(cell, cells[found.taken[index]], limits)
            nb.cells.append(cell)
        for number in after.get(index, ()):
            if cells[number].type == "raw":
                continue
            make = new_code_cell if cells[number].type == "code" else new_markdown_cell
            own = make(cells[number].source, id=next(fresh))
            dropped["attachments"] += attach(own, cells[number], limits)
            nb.cells.append(own)
    said = [notes.raw_dropped(dropped["raw"])] if dropped["raw"] else []
    return nb, said + ([notes.attachments_dropped(dropped["attachments"])] if dropped["attachments"] else [])


def anchored(cells: list[Cell], master: list[NotebookNode], found: Match) -> dict[int, list[int]]:
    """Master index -> the student's own cells that follow it (-1: before all). An edited copy of an answer is
    an own cell, because in the student's notebook it ran; a copy of any other course cell is dropped."""
    place = {n: i for i, n in found.taken.items() if i not in found.adopted}
    own = set(found.own(len(cells)))
    own |= {n for n, i in found.copies.items()
            if is_answer(master[i]) and cells[n].source.strip() != master[i].source.strip()}
    after: dict[int, list[int]] = {}
    here = -1
    for number, cell in enumerate(cells):
        here = place.get(number, here)
        if number in own and cell.source.strip():
            after.setdefault(here, []).append(number)
    return after


def answer_with(cell: NotebookNode, answer: Cell, limits: Limits) -> int:
    """Put the student's text into an answer cell. An emptied answer stays the stub: it was not answered."""
    if answer.source.strip() not in ("", cell.source.strip()):
        cell.source = answer.source
    return attach(cell, answer, limits)
