"""Limits on the rendering of a student's text: nesting, length, and CPU time.

The time to render Markdown and to clean HTML is quadratic for some texts (39,000 <div>). Text beyond a limit is shown
unrendered, escaped.
"""

import re
import time
from collections import Counter
from collections.abc import Callable
from html import escape

from autograder.intake.cpu_limit import TooSlow, cpu_limit

DEPTH = 200  # open tags at one place
MARKDOWN = 50_000  # characters of one cell
HTML = 500_000  # characters of one output
SHOWN = 20_000  # characters of a text that is shown unrendered
CELL_SECONDS = 1.0  # of CPU time, to render and clean one cell or output
PAGE_SECONDS = 2.0  # all of one page together
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
WHY = (
    "Shown as plain text, because it is too long or too deeply nested to be laid out. · "
    "此处内容过长或嵌套过深，按纯文本显示。"
)


class Budget:
    """CPU seconds that rendering the student's texts of one page may still take."""

    def __init__(self, seconds: float = PAGE_SECONDS):
        self.left = seconds


def bounded(render: Callable[[str], str], text: str, budget: Budget, longest: int) -> str:
    """render(text), or the escaped text itself if it exceeds a limit."""
    if len(text) > longest or too_deep(text) or budget.left <= 0:
        return as_it_is(text)
    start = time.process_time()
    try:
        with cpu_limit(min(CELL_SECONDS, budget.left)):
            return render(text)
    except (TooSlow, RecursionError):
        return as_it_is(text)
    finally:
        budget.left -= time.process_time() - start


def too_deep(html: str) -> bool:
    """True if more than DEPTH tags are open somewhere. A closing tag counts only if a tag of that name is open."""
    depth = 0
    opened: Counter[str] = Counter()
    for closing, name in TAG.findall(html):
        name = name.lower()
        if closing and opened[name]:
            opened[name] -= 1
            depth -= 1
        elif not closing and name not in VOID:
            opened[name] += 1
            depth += 1
            if depth > DEPTH:
                return True
    return False


def as_it_is(text: str) -> str:
    """HTML that shows the text unrendered, without what is too long."""
    cut = "\n..." if len(text) > SHOWN else ""
    return f"<p><em>{WHY}</em></p>\n<pre>{escape(text[:SHOWN])}{cut}</pre>"
