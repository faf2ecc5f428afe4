"""Python in the browser is three to five times as slow, so a long experiment uses fewer seeds there.

for seed in fewer_in_browser(range(100, 108), 3): ...      # 8 seeds in Jupyter, 3 in the browser
"""

import sys
from collections.abc import Sequence

from descent.hyper import require
from descent.say import show_html, tr

MARK = 'class="fewer-seeds"'  # descent.page finds the note by it


def in_browser() -> bool:
    """True where Python runs in a web page (Pyodide)."""
    return sys.platform == "emscripten"


def fewer_in_browser(seeds: Sequence[int], num: int) -> Sequence[int]:
    """Return `seeds`; in the browser only the first `num` of them, and say so. Call it once in an experiment."""
    every = len(seeds)
    require(1 <= num <= every, "num", num, tr(f"1 to {every}", f"1 到 {every}"))
    if not in_browser() or num == every:
        return seeds
    note = tr(
        f"Python is slower in the browser, so this runs with {num} of the {every} seeds, and the numbers differ from "
        f"those in the text. The result of all {every} is in the book.",
        f"网页里的 Python 较慢，这里只用 {every} 个随机种子中的 {num} 个，数值因此与正文略有出入。"
        f"全部 {every} 个种子的结果见书中。",
    )
    show_html(f'<p {MARK} style="border-left: 5px solid #e69f00; padding: 0.3em 0.9em">{note}</p>', text=note)
    return seeds[:num]
