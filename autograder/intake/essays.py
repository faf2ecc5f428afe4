"""Essays that were not written into their answer cell: text of the student's near the question.

It may stand in the question's cell, in new cells above or below the answer's cell, or, when a program dropped ids
and metadata, in cells that have lost their place. An essay that is found here is read by a person.
"""

from nbformat import NotebookNode

from autograder.intake.asked import is_request
from autograder.intake.match import Match
from autograder.intake.roles import is_answer
from autograder.intake.submitted import Cell
from autograder.intake.text import added_lines, is_another_wording, is_blank, is_prose, lines_of, squeezed


def find(cells: list[Cell], master: list[NotebookNode], matched: Match) -> None:
    """Fill matched.essays and matched.essay_cells for every essay that is blank or missing."""
    places = [
        place
        for place, course in enumerate(master)
        if is_answer(course) and course.cell_type != "code" and not is_written(cells, master, matched, place)
    ]
    for place in places:
        match_question(cells, master, matched, place)
    course = squeezed("\n".join(cell.source for cell in master if cell.cell_type != "code" and not is_answer(cell)))
    for place in places:
        question = question_of(master, place)
        number = matched.taken.get(question) if question is not None else None
        original = master[question].source if question is not None else ""
        added = {}
        if number is not None:
            added[number] = added_lines(cells[number].source, original, course)
            if is_another_wording(added[number], original):  # the question of an older release
                added[number] = ""
        for near in near_numbers(cells, master, matched, place):
            if is_request(cells[near].source):
                continue
            if cells[near].type != "code" or is_prose(cells[near].source):
                added[near] = added_lines(cells[near].source, original, course)
        texts = {n: text for n, text in added.items() if text}
        if texts:
            matched.essays[place] = "\n\n".join(text for _, text in sorted(texts.items()))
            matched.essay_cells[place] = sorted(texts)


def is_written(cells: list[Cell], master: list[NotebookNode], matched: Match, place: int) -> bool:
    """Has the student written something into the essay's own cell?"""
    number = matched.taken.get(place)
    return number is not None and not is_blank(cells[number].source, master[place].source)


def question_of(master: list[NotebookNode], place: int) -> int | None:
    """The place of the text cell before an essay's cell."""
    before = place - 1
    return before if before >= 0 and master[before].cell_type == "markdown" and not is_answer(master[before]) else None


def match_question(cells: list[Cell], master: list[NotebookNode], matched: Match, place: int) -> None:
    """Recognize a question that lost its name and was touched: an own text cell with half of its lines."""
    question = question_of(master, place)
    if question is None or question in matched.taken:
        return
    known = lines_of(master[question].source)
    for number in matched.own(len(cells)):
        if cells[number].type != "code" and 2 * len(known & lines_of(cells[number].source)) >= len(known) > 0:
            matched.taken[question] = number
            matched.own_copies.pop(number, None)
            return


def near_numbers(cells: list[Cell], master: list[NotebookNode], matched: Match, place: int) -> list[int]:
    """Numbers of the student's own cells around an essay's question and answer, up to the next cells of the course."""
    own = set(matched.own(len(cells)))
    question = question_of(master, place)
    known = [matched.taken[p] for p in (question, place) if p in matched.taken]
    if not known:  # what follows the last course cell before the essay
        before = max((p for p in matched.taken if p < place), default=None)
        known = [matched.taken[before]] if before is not None else []
    near = set()
    for number in known:
        for step in (1, -1) if number == matched.taken.get(place) else (1,):
            beside = number + step
            while beside in own or beside in known:
                near.add(beside)
                beside += step
    return sorted(near - set(known))
