"""Code in a student's cells that an instructor should look at, because no exercise needs it.

A search by regular expressions; a student's code is never parsed here. It decides nothing: points come from the
judge. Matches are shown in the instructor's table and grades.csv, not on the student's page.
"""

import re

from nbformat import NotebookNode

from autograder.intake.roles import is_answer

SIGNS = {
    "talks to the operating system": r"\bctypes\b|\bos\.(?:fork|kill|killpg|_exit|system|write|dup2?|setuid|closerange|symlink)\b|"
    r"\bsubprocess\b|\bmultiprocessing\b|\bsignal\.\w|\bmkfifo\b|while True:\s+os\.",
    "uses the network": r"\bsocket\b|\burllib\b|\brequests\b|\bhttp\.client\b",
    "opens files by absolute paths": r"open\(\s*f?[\"'](?:/|file:)|[\"']/(?:proc|etc|root|home|usr|tmp|dev|var|run)?[\"'/]",
    "looks for the grader": r"\bautograder\b|\breference\b[.\"']|gradebook|\.secret\b|nbgrader|descent_inside|timestamp\.txt|"
    r"\bjupyter_core\b|sitecustomize|\.ipython",
    "changes Python or IPython": r"\bbuiltins\.\w+\s*=|setattr\(\s*(?:builtins|t\b|type\()|get_ipython\(\)|displayhook|"
    r"sys\.(?:modules|settrace|setprofile|_getframe)|_getframe|gc\.get_objects|"
    r"descent\.check|numpy\.testing|np\.testing\.\w+\s*=",
    "writes to modules' files": r"\.__file__|sys\.path",
    "redefines comparison": r"__(?:eq|le|ge|ne|bool|array_ufunc|array_function|class)__",
    "ignores interrupts": r"except\s+(?:BaseException|KeyboardInterrupt)|signal\.SIG",
    "shows active content": r"<script|onerror\s*=|onload\s*=|javascript:|\bJavascript\(",
}
ACTIVE = "shows active content"  # the only sign in a text cell: prose may speak of a signal or of requests
COMPILED = {sign: re.compile(pattern.lower()) for sign, pattern in SIGNS.items()}  # for text in lower case


def signs(nb: NotebookNode, released: NotebookNode) -> list[str]:
    """Each sign once, with the ids of at most four cells: ["talks to the operating system (own-1)", ...].

    nb: an admitted notebook. released: the course's."""
    released_sources = {cell.id: cell.source for cell in released.cells}
    cells_with: dict[str, list[str]] = {}
    for cell in nb.cells:
        if cell.id in released_sources and not (is_answer(cell) and cell.source != released_sources[cell.id]):
            continue
        text = cell.source.casefold()
        for sign, pattern in COMPILED.items():
            if (cell.cell_type == "code" or sign == ACTIVE) and pattern.search(text):
                cells_with.setdefault(sign, []).append(cell.id)
    return [f"{sign} ({', '.join(ids[:4])})" for sign, ids in cells_with.items()]
