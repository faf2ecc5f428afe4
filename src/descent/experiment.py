"""An experiment uses functions that you have written; if one is missing, it names that one and skips itself.

with experiment("momentum_step", "nesterov_step"):
    ...code that calls these exercises and draws a figure...
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from descent.say import tell


@contextmanager
def experiment(*exercises: str) -> Iterator[None]:
    """Run the block; if it meets an unsolved exercise, say which one is missing and continue with the notebook.

    Swallowed: NotImplementedError raised by a function of the notebook or by one named in `exercises` (an
    unsolved stub), and NameError for a name in `exercises` (its cell was not run). Every other error passes.
    Figures that the block had begun are closed. While a chapter is built (DESCENT_BUILD=1) nothing is
    swallowed: a solved chapter in which an experiment is skipped is a mistake of its author's.
    """
    for name in exercises:
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(f"experiment({name!r}): must be the name of an exercise, such as 'momentum_step'")
    figures = _open_figures()
    try:
        yield
    except Exception as error:
        _close_figures(except_for=figures)
        message = _missing(error, exercises)
        if message is None or os.environ.get("DESCENT_BUILD") == "1":
            raise
        tell(message, border="#e69f00")


def _missing(error: Exception, exercises: tuple[str, ...]) -> dict[str, str] | None:
    """The sentence that asks for the exercise whose absence raised `error`; None if something else did."""
    if isinstance(error, NameError) and error.name in exercises:  # an exercise, or what an earlier experiment made
        return {
            "en": f"This experiment needs {error.name}, which is not defined yet. "
            "Run the cell further up that makes it, then run this cell again.",
            "zh": f"这个实验需要 {error.name}，而它还没有定义。请先运行前面给出它的单元格，再运行本单元格。",
        }
    if isinstance(error, NotImplementedError):
        name = _stub(error, exercises)
        if name:
            others = [other for other in exercises if other != name]
            return {
                "en": f"This experiment needs {name}, which is not solved yet. "
                "Solve it, then run this cell again." + (f"\nIt also uses: {', '.join(others)}." if others else ""),
                "zh": f"这个实验需要 {name}，而该练习还没有完成。完成之后，请再运行本单元格。"
                + (f"\n它还用到：{'、'.join(others)}。" if others else ""),
            }
    return None


def _stub(error: NotImplementedError, exercises: tuple[str, ...]) -> str | None:
    """The function, or the class, of the notebook that raised `error`; None when a library did."""
    innermost = error.__traceback__
    while innermost.tb_next is not None:
        innermost = innermost.tb_next
    frame = innermost.tb_frame
    name = frame.f_code.co_qualname.split(".")[0]
    in_notebook = frame.f_globals.get("__name__") == "__main__" and name != "<module>"
    return name if name in exercises or in_notebook else None


def _open_figures() -> list[int]:
    pyplot = sys.modules.get("matplotlib.pyplot")  # never the reason that matplotlib is imported
    return pyplot.get_fignums() if pyplot else []


def _close_figures(*, except_for: list[int]) -> None:
    for number in _open_figures():
        if number not in except_for:
            sys.modules["matplotlib.pyplot"].close(number)
