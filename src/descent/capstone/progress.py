"""We say how far a long training is: a bar that is updated in a notebook, a line now and then in a terminal.

with progress(total=72_000) as advance:
    advance(32)                                     # after every batch

Nothing is shown for work that ends within SECONDS, nor while a chapter is built: a finished bar in a stored notebook
would say nothing.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape

from descent.say import has_display, in_notebook, tr

SECONDS = 2.0  # before the first sign
EVERY = {"notebook": 0.5, "terminal": 5.0}  # seconds between two


@contextmanager
def progress(total: float, *, clock: Callable[[], float] = time.monotonic) -> Iterator[Callable[[float], None]]:
    """Yield advance(amount), which counts the work done out of `total` and shows it when there is something to say.

    In a host of its own (descent.say.set_display), and with DESCENT_BUILD=1, nothing is shown.
    """
    if total <= 0 or has_display() or os.environ.get("DESCENT_BUILD") == "1":
        yield lambda amount: None
        return
    show, wipe, interval = notebook_bar() if in_notebook() else terminal_lines()
    start = last_shown = clock()
    done, is_visible = 0.0, False

    def advance(amount: float) -> None:
        nonlocal done, last_shown, is_visible
        done += amount
        now = clock()
        if now - start >= SECONDS and now - last_shown >= interval:
            show(min(1.0, done / total), now - start)
            last_shown, is_visible = now, True

    try:
        yield advance
    finally:
        if is_visible:
            wipe()


def words(share: float, seconds: float) -> str:
    """Return such as: training: 40 %, about 12 s left."""
    seconds_left = seconds * (1 - share) / max(share, 1e-9)
    return tr(
        f"training: {100 * share:.0f} %, about {seconds_left:.0f} s left",
        f"训练中：{share:.0%}，大约还需 {seconds_left:.0f} 秒",
    )


def notebook_bar() -> tuple[Callable, Callable, float]:
    from IPython.display import display

    handle = None

    def show(share: float, seconds: float) -> None:
        nonlocal handle
        text = words(share, seconds)
        bar = f'<progress value="{share:.3f}" max="1" aria-label="{escape(text)}"></progress> {escape(text)}'
        data = {"text/html": bar, "text/plain": text}
        if handle is None:
            handle = display(data, raw=True, display_id=True)
        else:
            handle.update(data, raw=True)

    return show, lambda: handle.update({"text/html": "", "text/plain": ""}, raw=True), EVERY["notebook"]


def terminal_lines() -> tuple[Callable, Callable, float]:
    def show(share: float, seconds: float) -> None:
        print(words(share, seconds), file=sys.stderr, flush=True)

    return show, lambda: None, EVERY["terminal"]
