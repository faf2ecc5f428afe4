"""What of the course's cells was changed, moved, copied or deleted: notes for the student."""

from nbformat import NotebookNode

from autograder.intake.matching import Match
from autograder.intake.notes import Note, note
from autograder.intake.roles import flags, is_answer, is_experiment, is_test
from autograder.intake.submitted import Cell

COMPARED = ("grade", "solution", "locked", "task", "points", "grade_id")
UNRUN_TAGS = ("skip-execution", "raises-exception")


def repairs(cells: list[Cell], master: list[NotebookNode], matched: Match) -> list[Note]:
    """One note for each kind of repair, with the ids of the cells that it is about."""
    missing = [cell for place, cell in enumerate(master) if place not in matched.taken]
    pairs = [(master[place], cells[number]) for place, number in sorted(matched.taken.items())
             if place not in matched.adopted]
    edited = [course for course, cell in pairs if not is_answer(course) and not is_experiment(course)
              and course.source.strip() != cell.source.strip()]
    ids = {
        "missing_answers": [c.id for c in missing if is_answer(c)],
        "missing_cells": [c.id for c in missing if c.cell_type == "code" and not is_answer(c) and not is_experiment(c)],
        "adopted_answers": [master[place].id for place in sorted(matched.adopted)],
        "repeated": [master[place].id for place in sorted(set(matched.copies.values())) if flags(master[place])],
        "retyped": [course.id for course, cell in pairs if course.cell_type != cell.type],
        "retagged": [course.id for course, cell in pairs if is_retagged(course, cell)],
        "restored_tests": [course.id for course in edited if is_test(course)],
        "restored_code": [course.id for course in edited if course.cell_type == "code" and not is_test(course)],
    }
    notes = [note(code, ids=named) for code, named in ids.items() if named]
    if texts := sum(course.cell_type != "code" for course in edited):
        notes.append(note("restored_text", count=texts))
    order = [number for place, number in sorted(matched.taken.items()) if place not in matched.adopted]
    return notes + ([note("reordered")] if order != sorted(order) else [])


def is_retagged(course: NotebookNode, cell: Cell) -> bool:
    """Do nbgrader's flags differ, or does a tag say that the cell should not run? A cell without any flags makes no
    claim: other programs drop metadata."""
    released = flags(course)
    differ = bool(cell.flags) and any(cell.flags.get(name) != released.get(name) for name in COMPARED
                                      if name in cell.flags or name in released)
    return differ or any(tag in UNRUN_TAGS and tag not in course.metadata.get("tags", ()) for tag in cell.tags)
