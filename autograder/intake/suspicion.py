"""What in a student's cells an instructor should look at: code that an exercise has no use for.

A plain search in the text (a student's code is never parsed here). It decides nothing: points come from the
judge, and what is found stands in the instructor's table and grades.csv, not on the student's page.
"""

import re

from autograder.intake.matching import flags

SIGNS = {
    "talks to the operating system": r"\bctypes\b|\bos\.(?:fork|kill|killpg|_exit|system|write|dup2?|setuid|closerange|symlink)\b|"
                                     r"\bsubprocess\b|\bmultiprocessing\b|\bsignal\.|\bmkfifo\b|while True:\s+os\.",
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
COMPILED = {sign: re.compile(pattern.lower()) for sign, pattern in SIGNS.items()}  # for text without capitals


def signs(nb, released) -> list[str]:
    """Each sign once, with the cells it is in: ["talks to the operating system (own-1)", ...]."""
    ours = {cell.id: cell.source for cell in released.cells}
    found: dict[str, list[str]] = {}
    for cell in nb.cells:
        mine = cell.id not in ours or (flags(cell).get("solution") and cell.source != ours[cell.id])
        text = cell.source.casefold() if mine else ""
        for sign, pattern in COMPILED.items():
            if mine and pattern.search(text):
                found.setdefault(sign, []).append(cell.id)
    return [f"{sign} ({', '.join(ids[:4])})" for sign, ids in found.items()]
