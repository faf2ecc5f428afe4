"""The terminal output of grading: a progress bar while it runs, a table at the end."""

import contextlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from statistics import mean, median

from rich.console import Console, JustifyMethod
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from autograder.gradebook.coursedir import ClassFolder
from autograder.grading.rows import Row
from autograder.intake.text import printable
from autograder.pages.severity import Group, grouped, is_late, other_notes, quiet, severity, state_words

STATES = {
    "graded": "green",
    "waits": "yellow",
    "late": "yellow",
    "person": "red",
    "refused": "red",
    "left alone": "dim",
    "not yet": "dim",
}
QUIET = ("graded", "waits", "not yet")
FEW_ROWS = 20  # with more, submissions that were graded before and have no note are counted, not listed
MOST_ROWS = 100  # with more, equal notes share a line
MOST_GROUPS = 40
MOST_NAMES = 6
MOST_NOTES = 600  # characters of one student's notes
NOTHING = (
    "Nothing was handed in that could be graded. Take in what your LMS has: make intake CLASS=... ZIP=submissions.zip, or put "
    "notebooks into submitted/<student>/03_momentum/, for example."
)


def table(rows: list[Row], folder: ClassFolder, console: Console | None = None, warning: str = "") -> None:
    """Print the table, the scores of each chapter, the paths of all results, and a warning.

    Names and notes are never interpreted as markup. For a large class only submissions with notes are listed, equal
    notes in one line.
    """
    console = console or Console(width=None if sys.stdout.isatty() else 140)
    rows = sorted(rows, key=severity)
    if not rows:
        console.print(Text(NOTHING))
    elif len(rows) <= MOST_ROWS:
        listed = rows if len(rows) <= FEW_ROWS else [row for row in rows if not quiet(row)]
        if listed:
            console.print(submission_table(listed))
        if len(listed) < len(rows):
            console.print(
                Text(f"{len(rows) - len(listed)} others were graded before and have only a score: grades.csv")
            )
    else:
        noted = grouped(row for row in rows if row.state not in QUIET or other_notes(row))
        console.print(group_table(noted[:MOST_GROUPS]))
        if noted[MOST_GROUPS:]:
            more = sum(len(group.rows) for group in noted[MOST_GROUPS:])
            console.print(Text(f"... and {more} more with other notes: the report and grades.csv have all of them"))
        console.print(
            Text(
                f"{len(rows) - sum(len(group.rows) for group in noted)} submissions have nothing but a score: "
                "grades.csv"
            )
        )
    for name, scores in scores_of(rows).items():
        console.print(
            Text(f"{name}: {len(scores)} submissions, mean {mean(scores):.0f}%, median {median(scores):.0f}%")
        )
    counts = Counter(row.state for row in rows)
    late = sum(map(is_late, rows))
    console.print(
        Text(
            f"{len(rows)} submissions"
            + ": " * bool(rows)
            + ", ".join(f"{n} {state}" for state, n in counts.most_common())
            + (f"; {late} of them handed in late" if late else "")
        )
    )
    console.print(
        Text(
            f"grades {folder.path / 'grades.csv'}\nfeedback {folder.path / 'feedback'}\n"
            f"gradebook {folder.gradebook}" + (f"\nreport {folder.report}" if folder.report.exists() else "")
        )
    )
    if warning:
        console.print(Text(warning, style="bold red"))


def submission_table(rows: list[Row]) -> Table:
    """One line for each submission."""
    lines = columns(
        ("student", "left"),
        ("chapter", "left"),
        ("", "left"),
        ("score", "right"),
        ("of", "right"),
        ("s", "right"),
        ("", "left"),
        ("note", "left"),
    )
    for row in rows:
        graded = row.state != "left alone"
        lines.add_row(
            Text(printable(row.student)),
            Text(printable(row.assignment)),
            Text(row.lang),
            f"{row.score:g}" if graded else "",
            f"{row.max_score:g}" if graded else "",
            f"{row.seconds:.1f}" if graded else "",
            Text(state_words(row), style=STATES[row.state]),
            Text(printable(shortened(" ".join(row.notes))), style="dim"),
        )
    return lines


def shortened(notes: str) -> str:
    """Notes for one line of the table: ten cells that end with the same error need not push the other students away."""
    return notes if len(notes) <= MOST_NOTES else notes[:MOST_NOTES].rsplit(" ", 1)[0] + " ... (all notes: grades.csv)"


def group_table(groups: list[Group]) -> Table:
    """One line for all submissions of a chapter with the same state and note."""
    lines = columns(("number", "right"), ("", "left"), ("chapter", "left"), ("students", "left"), ("note", "left"))
    for group in groups:
        names = ", ".join(printable(row.student) for row in group.rows[:MOST_NAMES])
        more = f" and {len(group.rows) - MOST_NAMES} more" if len(group.rows) > MOST_NAMES else ""
        lines.add_row(
            str(len(group.rows)),
            Text(group.state, style=STATES[group.state]),
            Text(printable(group.assignment)),
            Text(names + more),
            Text(printable(group.note), style="dim"),
        )
    return lines


def columns(*named: tuple[str, JustifyMethod]) -> Table:
    lines = Table(box=None, pad_edge=False)
    for name, justify in named:
        lines.add_column(name, justify=justify, overflow="fold" if name in ("note", "students") else "ellipsis")
    return lines


def scores_of(rows: list[Row]) -> dict[str, list[float]]:
    """The scores of each chapter in percent."""
    scores: dict[str, list[float]] = {}
    for row in rows:
        if row.max_score:
            scores.setdefault(row.assignment, []).append(100 * row.score / row.max_score)
    return scores


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
