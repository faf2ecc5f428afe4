"""What the person who grades sees in the terminal: a progress bar while it runs, a table at the end."""

import contextlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from statistics import mean, median

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from autograder.gradebook.coursedir import ClassFolder
from autograder.grading.rows import Row

STATES = {"graded": "green", "waits": "yellow", "late": "yellow", "person": "red", "refused": "red",
          "left alone": "dim", "not yet": "dim"}
QUIET = ("graded", "waits", "not yet")
MOST_ROWS = 100


def table(rows: list[Row], place: ClassFolder, console: Console | None = None, warning: str = "") -> None:
    """Print the table, the chapters' scores, where everything is, and a warning. Names and notes are printed as
    they are, never as markup. Of a large class only the rows that are about more than a score are shown."""
    console = console or Console(width=None if sys.stdout.isatty() else 140)
    shown = Table(box=None, pad_edge=False)
    for name in ("student", "chapter", "", "score", "of", "s", "", "note"):
        shown.add_column(name, justify="right" if name in ("score", "of", "s") else "left",
                         overflow="fold" if name == "note" else "ellipsis")
    listed = rows if len(rows) <= MOST_ROWS else [row for row in rows if row.state not in QUIET or row.notes]
    for row in listed[:MOST_ROWS]:
        graded = row.state != "left alone"
        shown.add_row(Text(printable(row.student)), Text(printable(row.assignment)), Text(row.lang),
                      f"{row.score:g}" if graded else "", f"{row.max_score:g}" if graded else "",
                      f"{row.seconds:.1f}" if graded else "", Text(row.state, style=STATES[row.state]),
                      Text(printable(" ".join(row.notes)), style="dim"))
    console.print(shown)
    if len(listed[:MOST_ROWS]) < len(rows):
        console.print(Text(f"... and {len(rows) - len(listed[:MOST_ROWS])} more rows in grades.csv"))
    for name, scores in scores_of(rows).items():
        console.print(Text(f"{name}: {len(scores)} submissions, mean {mean(scores):.0f}%, median {median(scores):.0f}%"))
    counts = Counter(row.state for row in rows)
    console.print(
        Text(f"{len(rows)} submissions: " + ", ".join(f"{n} {state}" for state, n in counts.most_common()))
    )
    console.print(Text(f"grades {place.path / 'grades.csv'}\nfeedback {place.path / 'feedback'}\n"
                       f"gradebook {place.gradebook}"
                       + (f"\nreport {place.report}" if place.report.exists() else "")))
    if warning:
        console.print(Text(warning, style="bold red"))


def scores_of(rows: list[Row]) -> dict[str, list[float]]:
    """The scores of each chapter in percent."""
    scores: dict[str, list[float]] = {}
    for row in rows:
        if row.max_score:
            scores.setdefault(row.assignment, []).append(100 * row.score / row.max_score)
    return scores


def printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


class Rate(ProgressColumn):
    """How many submissions a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "-/s", style="dim")


class Progress:
    """A progress bar: `with progress("grading", 20) as advance: advance("ada")`. One line per stage off a
    terminal."""

    def __init__(self, console: Console | None = None):
        self.console = console or Console(file=sys.stderr)

    @contextlib.contextmanager
    def __call__(self, stage: str, total: int) -> Iterator[Callable[[str], None]]:
        if not total:
            self.console.print(Text(f"{stage}: nothing new"))
            yield lambda name: None
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            Rate(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[name]}", markup=False),
        )
        with Bar(*columns, console=self.console) as bar:
            task = bar.add_task(stage, total=total, name="")
            yield lambda name: bar.update(task, advance=1, name=printable(name)[:30])
