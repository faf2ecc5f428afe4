"""Notes about what was found in a submission: what was changed, moved, copied or deleted, and what became of it."""

import re
import sys

from nbformat import NotebookNode

from autograder.intake.match import Match
from autograder.intake.matching import defined_names, names_of
from autograder.intake.notes import Note, note, short
from autograder.intake.roles import flags, is_answer, is_experiment, is_test
from autograder.intake.submitted import FLAGS, Cell, Submitted
from autograder.intake.text import same_text

RELEASED = (
    "missing_answers",
    "missing_cells",
    "restored_tests",
    "restored_code",
    "retagged",
)  # what a release can change
SETUP = "setup"  # the first cell, which says which version of `descent` the notebook needs
GENERATED_ID = re.compile(r"[0-9a-f]{8,}(?:-[0-9a-f-]+)?")  # by the builder or JupyterLab, where an author gave none
UNRUN_TAGS = ("skip-execution", "raises-exception")
NEWER_SYNTAX = {  # the first Python that reads it
    (3, 12): re.compile(
        r"\bf(?:\"[^\"\n{}]*(?:\{[^\"\n{}]*\}[^\"\n{}]*)*(?<!\{)\{(?!\{)[^\"\n{}']*\"[^\"\n{}]*\"|"
        r"'[^'\n{}]*(?:\{[^'\n{}]*\}[^'\n{}]*)*(?<!\{)\{(?!\{)[^'\n{}\"]*'[^'\n{}]*')[^\n{}]*\}|"
        r"^[ \t]*(?:def|class)[ \t]+\w+\[|^[ \t]*type[ \t]+\w+(?:\[[^\n]*\])?[ \t]*=",
        re.MULTILINE,
    ),
    (3, 14): re.compile(r"^[ \t]*except[ \t]+\w+[ \t]*,[^\n()]*:|=[ \t]*t[\"']", re.MULTILINE),
}


def about_file(submitted: Submitted, master: NotebookNode) -> list[Note]:
    """Notes about the notebook as a whole: format, encoding, kernel, version of Python."""
    notes = []
    if submitted.version < (4, 5):
        notes.append(note("old_format", version="{}.{}".format(*submitted.version)))
    if submitted.encoding:
        notes.append(note("encoding", encoding=submitted.encoding))
    if submitted.kernel and submitted.kernel != master.metadata.get("kernelspec", {}).get("name"):
        notes.append(note("kernel_replaced", kernel=submitted.kernel))
    if submitted.damaged:
        notes.append(note("unreadable_cells", count=submitted.damaged))
    return notes


def repairs(
    cells: list[Cell],
    master: list[NotebookNode],
    matched: Match,
    *,
    another_release: bool = False,
    another_chapter: bool = False,
) -> list[Note]:
    """One note for each kind of repair, with the ids of the cells that it is about. another_release: the notebook says that
    it is of one; then what is missing or different is not the student's doing, and one note says so. another_chapter: the same
    of a chapter, about which there is a note already."""
    missing = [cell for place, cell in enumerate(master) if place not in matched.taken and place not in matched.essays]
    pairs = [
        (master[place], cells[number])
        for place, number in sorted(matched.taken.items())
        if place not in matched.adopted
    ]
    edited = [
        course
        for course, cell in pairs
        if not is_answer(course) and not is_experiment(course) and not same_text(course.source, cell.source)
    ]
    own_copies = [place for number, place in matched.own_copies.items() if number not in matched.taken.values()]
    lost = {
        place
        for place, numbers in matched.essay_cells.items()  # essays in a cell that has lost only its name
        if place not in matched.taken and not set(numbers) & set(matched.taken.values())
    }
    ids = {
        "missing_answers": [c.id for c in missing if is_answer(c)],
        "missing_cells": [
            label(c) for c in missing if c.cell_type == "code" and not is_answer(c) and not is_experiment(c)
        ],
        "adopted_answers": [master[place].id for place in sorted((matched.adopted - matched.moved) | lost)],
        "moved_answers": [master[place].id for place in sorted(matched.moved)],
        "essays_nearby": [master[place].id for place in sorted(matched.essays.keys() - lost)],
        "repeated": [master[place].id for place in sorted(set(matched.repeated.values())) if flags(master[place])],
        "own_copies": [label(master[place]) for place in sorted(set(own_copies))],
        "defined_below": defined_below(cells, master, matched),
        "retyped": [label(course) for course, cell in pairs if course.cell_type != cell.type],
        "retagged": [label(course) for course, cell in pairs if is_retagged(course, cell)],
        "restored_tests": [course.id for course in edited if is_test(course)],
        "restored_code": [label(course) for course in edited if course.cell_type == "code" and not is_test(course)],
    }
    if another_release or another_chapter:
        different = [name for code in RELEASED for name in ids.pop(code) if name != SETUP]
        graded = {course.id for course in master if is_answer(course) or is_test(course)}
        exercises = [name for name in different if name in graded]  # other cells have names that tell a student nothing
        of_release = [note("another_release", ids=exercises)] if exercises else [note("another_release_given")]
        of_release = of_release if different and not another_chapter else []
        return of_release + [note(code, ids=named) for code, named in ids.items() if named]
    notes = [note(code, ids=sorted(named, key=is_generated)) for code, named in ids.items() if named]
    if texts := sum(course.cell_type != "code" for course in edited):
        notes.append(note("restored_text", count=texts))
    order = [number for place, number in sorted(matched.taken.items()) if place not in matched.adopted]
    return notes + ([note("reordered")] if order != sorted(order) else [])


def label(cell: NotebookNode) -> str:
    """What a student can find a cell of the course by: its name; where it has none, what it defines or its first words."""
    if not is_generated(cell.id):
        return cell.id
    if cell.cell_type == "code":
        return ", ".join(sorted(defined_names(cell.source))[:2]) or cell.id
    lines = cell.source.replace("*", "").replace("`", "").splitlines()
    return next((line.strip("# ") for line in lines if line.strip("# ")), cell.id)


def is_generated(cell_id: str) -> bool:
    return bool(GENERATED_ID.fullmatch(cell_id))


def is_retagged(course: NotebookNode, cell: Cell) -> bool:
    """Do nbgrader's flags differ, or does a tag say that the cell should not run? A cell without any flags makes no
    claim: other programs drop metadata."""
    released = flags(course)
    differ = bool(cell.flags) and any(
        cell.flags.get(name) != released.get(name) for name in FLAGS if name in cell.flags or name in released
    )
    return differ or any(tag in UNRUN_TAGS and tag not in course.metadata.get("tags", ()) for tag in cell.tags)


def defined_below(cells: list[Cell], master: list[NotebookNode], matched: Match) -> list[str]:
    """Ids of the answers that the student defines again in a cell of their own below the answer's test."""
    anchors = matched.anchors(len(cells))
    own = [
        (number, defined_names(cells[number].source))
        for number in matched.own(len(cells))
        if cells[number].type == "code"
    ]
    ids = []
    for place, course in enumerate(master):
        if (
            not is_answer(course)
            or course.cell_type != "code"
            or place in matched.adopted
            or place not in matched.taken
        ):
            continue
        test = next((p for p in range(place + 1, len(master)) if is_test(master[p])), len(master))
        text = cells[matched.taken[place]].source
        if any(
            anchors[number] >= test and names_of(course) <= names and not same_text(cells[number].source, text)
            for number, names in own
        ):
            ids.append(course.id)
    return ids


def newer_syntax(nb: NotebookNode, released: NotebookNode, python: str) -> list[Note]:
    """A note for each version of Python that a student's cells need and that is newer than this one.

    python: the version that the notebook ran with, "" when it does not say so."""
    versions: dict[tuple[int, int], list[str]] = {}
    ran = {
        "en": f" Your notebook ran with Python {short(python)}.",
        "zh": f"你的笔记本用 Python {short(python)} 运行过。",
    }
    released_sources = {cell.id: cell.source for cell in released.cells}
    for cell in nb.cells:
        if cell.cell_type == "code" and cell.source != released_sources.get(cell.id):
            for version, pattern in NEWER_SYNTAX.items():
                if version > sys.version_info[:2] and pattern.search(cell.source):
                    versions.setdefault(version, []).append(cell.id)
    return [
        note(
            "newer_syntax",
            ids=ids,
            version="{}.{}".format(*version),
            here="{}.{}".format(*sys.version_info),
            ran=ran if python else "",
        )
        for version, ids in sorted(versions.items())
    ]
