"""Regrade requests that students write into their notebook: a line that begins with "Regrade request:".

    Regrade request: why_overshoot: my second paragraph names the cause.
    Regrade request: 03 why_overshoot: ...            in the notebook of a later chapter
    复核申请：why_overshoot：我的第二段写了原因。

Without a name it is about the exercise of the cell that it stands in, else the one above. The place for it is a text cell of
the student's own, but students also write below their essay, into the question's cell, or into a code cell that they forgot to
make a text cell: such a request counts too, because otherwise nobody would ever read it.
"""

import re

from nbformat import NotebookNode

from autograder.intake.match import Match
from autograder.intake.roles import TEST, flags, is_answer
from autograder.intake.submitted import Cell

START = re.compile(r"^[ \t#*>-]*(?:regrade[ \t]+request|复核申请|複核申請)[* \t]*[:：][* \t]*", re.I | re.M)
ABOUT = re.compile(
    r"[`*]*(?:(?P<chapter>\d\d\w*)[\s./:：]+)?(?P<exercise>[A-Za-z_][\w-]*)[`*]*\s*[:：]\s*(?P<text>.+)", re.S
)
COMMENT = re.compile(r"^[ \t]*#+[ \t]*", re.M)
MOST = 5  # requests of one notebook
CHARACTERS = 2_000  # of one
WHOLE = "notebook"  # the exercise, where none stands above the cell


def is_request(source: str) -> bool:
    """Does the cell begin with a request?"""
    return START.match(source.lstrip()[:200]) is not None


def requests_in(cells: list[Cell], master: list[NotebookNode], matched: Match) -> list[dict[str, str]]:
    """{"chapter": how the name of the chapter begins, "" for this one, "exercise", "text"} of each request in a submission,
    in order. Reads what was handed in: a rebuilt notebook has lost what stood in the course's own cells."""
    names = {name for cell in master if "grade_id" in flags(cell) for name in both(flags(cell)["grade_id"])}
    places = {number: place for place, number in matched.taken.items()}
    requests, above = [], WHOLE
    for number, cell in enumerate(cells):
        place = places.get(number)
        about = above
        if place is not None:
            about = above = exercise_at(master, place) or above
            if master[place].cell_type == "markdown" and place + 1 < len(master) and is_answer(master[place + 1]):
                about = exercise_at(master, place + 1)
        elif number in matched.repeated:
            continue
        for text in texts_in(cell, master[place] if place is not None else None):
            chapter, exercise = "", about
            named = ABOUT.match(text)
            if named and (named["chapter"] or named["exercise"] in names):
                chapter, exercise, text = named["chapter"] or "", both(named["exercise"])[-1], named["text"]
            if text := plain(text):
                requests.append({"chapter": chapter, "exercise": exercise, "text": text})
    return requests[:MOST]


def exercise_at(master: list[NotebookNode], place: int) -> str:
    about = flags(master[place])
    return both(about["grade_id"])[-1] if about.get("grade") or about.get("solution") else ""


def texts_in(cell: Cell, course: NotebookNode | None) -> list[str]:
    """Each request of a cell, without its first words. It ends where the next one begins; in a text cell of the student's own
    with the cell, elsewhere with the paragraph, and in code with the comment. course: the cell of the course that this one is;
    what it says about requests is no request."""
    given = set(course.source.splitlines()) if course is not None else set()
    starts = [start for start in START.finditer(cell.source) if line_at(cell.source, start.start()) not in given]
    ends = [start.start() for start in starts[1:]] + [len(cell.source)]
    texts = []
    for start, end in zip(starts[:MOST], ends, strict=False):
        text = cell.source[start.end() : min(end, start.end() + 10 * CHARACTERS)]
        if cell.type == "code" and "#" in start[0]:
            first, *more = text.split("\n")
            text = "\n".join([first, *comment_lines(more)])
        elif cell.type == "code" or course is not None:
            text = re.split(r"\n[ \t]*\n", text, maxsplit=1)[0]
        texts.append(text)
    return texts


def line_at(source: str, place: int) -> str:
    return source[place:].split("\n", 1)[0]


def comment_lines(lines: list[str]) -> list[str]:
    texts = []
    for line in lines:
        if not (begin := COMMENT.match(line)):
            break
        texts.append(line[begin.end() :])
    return texts


def both(name: str) -> list[str]:
    """The id of a cell, and the exercise that it belongs to."""
    return [name, name.removeprefix(TEST)]


def plain(text: str) -> str:
    """One line of printable characters, cut at the limit."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= CHARACTERS else line[: CHARACTERS - 1] + "…"
