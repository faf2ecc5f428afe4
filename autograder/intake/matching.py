"""Which submitted cell stands for which cell of the course.

The surest way first: the cell's id, nbgrader's grade_id, the same text. Then come answers that stand somewhere
else: code in another cell that defines the same names, and text near the question of an essay (essays.py). What
is matched to nothing is the student's own, and so is a copy of a course cell with another text.
"""

import re

from nbformat import NotebookNode

from autograder.intake import essays
from autograder.intake.limits import Budget
from autograder.intake.match import Match
from autograder.intake.roles import flags, is_answer, is_test
from autograder.intake.submitted import Cell
from autograder.intake.text import is_blank, plain, same_text


def match(cells: list[Cell], master: list[NotebookNode], budget: Budget) -> Match:
    """Match the submitted cells to the master's. Raises Refused when it takes too long."""
    matched = Match()
    by_name(cells, master, matched)
    by_text(cells, master, matched)
    by_definition(cells, master, matched, budget)
    essays.find(cells, master, matched)
    return matched


def by_name(cells: list[Cell], master: list[NotebookNode], matched: Match) -> None:
    """Match by id, then by grade_id: of the cells with one name the likeliest. The others are repetitions where they
    have its text or the course's, else the student's own."""
    ids = {cell.id: place for place, cell in enumerate(master)}
    grade_ids = {flags(cell)["grade_id"]: place for place, cell in enumerate(master) if "grade_id" in flags(cell)}
    same_name: dict[int, list[int]] = {}
    for number, cell in enumerate(cells):
        place = ids.get(cell.id, grade_ids.get(cell.grade_id))
        if place is not None:
            same_name.setdefault(place, []).append(number)
    for place, numbers in same_name.items():
        course = master[place]
        possible = [number for number in numbers if may_stand_for(cells[number], course)]
        original = min(possible, key=lambda n: (unlikely(cells[n], course), n), default=None)
        if original is not None:
            matched.taken[place] = original
        for number in numbers:
            if number == original or not cells[number].source.strip():
                continue
            texts = [course.source] + ([cells[original].source] if original is not None else [])
            repeats = any(same_text(cells[number].source, text) for text in texts)
            (matched.repeated if repeats else matched.own_copies)[number] = place


def may_stand_for(cell: Cell, course: NotebookNode) -> bool:
    """Can a cell with the name of a course cell be that cell, and not something that was typed over a copy?"""
    if same_text(cell.source, course.source):
        return True
    same_id = not cell.id or cell.id == course.id  # without an id: a format that has none
    if not is_answer(course):
        return same_id and not (cell.type == "code" and course.cell_type != "code")
    if course.cell_type != "code":
        return same_id or cell.type != "code"
    return same_id or names_of(course) <= defined_names(cell.source)


def unlikely(cell: Cell, course: NotebookNode) -> tuple:
    """Sorts cells that may stand for a course cell. An answer is likely where it was written, another cell where it is
    as it was released."""
    if not is_answer(course):
        return not same_text(cell.source, course.source), cell.id != course.id
    defines = course.cell_type != "code" or names_of(course) <= defined_names(cell.source)
    return is_blank(cell.source, course.source), not defines, cell.id != course.id


def by_text(cells: list[Cell], master: list[NotebookNode], matched: Match) -> None:
    """Match what is left by equal text, in order: notebooks that lost their ids and metadata."""
    unmatched: dict[str, list[int]] = {}
    for number in matched.own(len(cells)):
        unmatched.setdefault(plain(cells[number].source), []).append(number)
    for place, cell in enumerate(master):
        numbers = unmatched.get(plain(cell.source))
        if place not in matched.taken and numbers and cell.source.strip():
            matched.taken[place] = numbers.pop(0)


def by_definition(cells: list[Cell], master: list[NotebookNode], matched: Match, budget: Budget) -> None:
    """Find the answers that were not written into their cells: code elsewhere that defines all their names.

    A cell of the student's own that runs between the answer's cell and its test stays where it is: it works there.
    """
    own = set(matched.own(len(cells)))
    places = {number: place for place, number in matched.taken.items()}
    edited = {
        number
        for number, place in places.items()
        if not is_answer(master[place])
        and master[place].cell_type == "code"
        and not same_text(cells[number].source, master[place].source)
    }
    defined = {}
    for number in sorted(own | edited):
        budget.check()
        if cells[number].type == "code":
            names = defined_names(cells[number].source)
            if number in edited:
                names -= defined_names(master[places[number]].source)
            defined[number] = names
    anchors = matched.anchors(len(cells))
    for place, course in enumerate(master):
        if not is_answer(course) or course.cell_type != "code":
            continue
        blank = matched.taken.get(place)
        if blank is not None and not is_blank(cells[blank].source, course.source):
            continue
        able = [
            n
            for n, names in defined.items()
            if names_of(course) <= names and not is_blank(cells[n].source, course.source)
        ]
        test = next((p for p in range(place + 1, len(master)) if is_test(master[p])), len(master))
        if blank is not None and any(n in own and place <= anchors[n] < test for n in able):
            continue
        if able:
            matched.taken[place] = max(able, key=lambda n: (n in own, n))
            matched.adopted.add(place)
            if blank is not None:
                matched.moved.add(place)
                matched.stubs.add(blank)


def names_of(stub: NotebookNode) -> set[str]:
    """The names that an answer has to define: those of its stub, or the one that is its id."""
    return defined_names(stub.source) or {stub.id}


def defined_names(source: str) -> set[str]:
    """Names that a text defines at top level, by a search for lines: a student's code is not parsed here."""
    names = re.findall(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", source, re.MULTILINE)
    return set(names) | set(re.findall(r"^(\w+)[ \t]*(?::[^=\n]*)?=(?!=)", source, re.MULTILINE))
