"""Regrade requests that students write into their notebook: a text cell of their own that begins with "Regrade request:".

    Regrade request: why_overshoot: my second paragraph names the cause.
    Regrade request: 03 why_overshoot: ...            in the notebook of a later chapter
    复核申请：why_overshoot：我的第二段写了原因。

Without a name it is about the exercise above the cell.
"""

import re

from nbformat import NotebookNode

from autograder.intake.roles import TEST, flags

START = re.compile(r"\s*[#*>\s]*(?:regrade\s+request|复核申请)[*\s]*[:：][*\s]*", re.I)
ABOUT = re.compile(
    r"[`*]*(?:(?P<chapter>\d\d\w*)[\s./:：]+)?(?P<exercise>[A-Za-z_][\w-]*)[`*]*\s*[:：]\s*(?P<text>.+)", re.S
)
MOST = 5  # requests of one notebook
CHARACTERS = 2_000  # of one
WHOLE = "notebook"  # the exercise, where none stands above the cell


def is_request(source: str) -> bool:
    return START.match(source[:200]) is not None


def requests_in(nb: NotebookNode) -> list[dict[str, str]]:
    """{"chapter": how the name of the chapter begins, "" for this one, "exercise", "text"} of each request in a rebuilt
    notebook, in order."""
    names = {name for cell in nb.cells if "grade_id" in flags(cell) for name in both(flags(cell)["grade_id"])}
    found, above = [], WHOLE
    for cell in nb.cells:
        about = flags(cell)
        if about.get("grade") or about.get("solution"):
            above = both(about["grade_id"])[-1]
        elif not about and cell.cell_type == "markdown" and (start := START.match(cell.source[:200])):
            text = cell.source[start.end() : start.end() + 10 * CHARACTERS]
            chapter, exercise = "", above
            named = ABOUT.match(text)
            if named and (named["chapter"] or named["exercise"] in names):
                chapter, exercise, text = named["chapter"] or "", both(named["exercise"])[-1], named["text"]
            if text := plain(text):
                found.append({"chapter": chapter, "exercise": exercise, "text": text})
    return found[:MOST]


def both(name: str) -> list[str]:
    """The id of a cell, and the exercise that it belongs to."""
    return [name, name.removeprefix(TEST)]


def plain(text: str) -> str:
    """One line of printable characters, cut at the limit."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= CHARACTERS else line[: CHARACTERS - 1] + "…"
