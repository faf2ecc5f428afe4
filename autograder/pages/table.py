"""What the person who grades sees: a progress bar while it runs, a table at the end, and the rows of
grades.csv."""

import contextlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import mean, median

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from autograder.gradebook.coursedir import ClassFolder
from autograder.intake.notes import Note, short

STATES = {"graded": "green", "waits": "yellow", "late": "yellow", "person": "red", "refused": "red",
          "left alone": "dim", "not yet": "dim"}
QUIET = ("graded", "waits", "not yet")
MOST_ROWS = 100


@dataclass
class Row:
    """One submission in the table and in grades.csv."""

    student: str
    assignment: str
    state: str
    score: float = 0.0
    max_score: float = 0.0
    lang: str = ""
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)

    def for_csv(self) -> dict:
        waits = [f"Waits for a person: {', '.join(self.waiting)}."] if self.waiting else []
        return {"student_id": self.student, "assignment": self.assignment, "score": round(self.score, 4),
                "max_score": self.max_score, "note": " ".join(self.notes + waits)}


def rows(work) -> list[Row]:
    """A row for every submission of a run (grading.Work), from the gradebook and the journal."""
    return [
        row_of(work, key)
        for key in sorted(work.jobs, key=lambda k: (work.jobs[k].assignment, work.jobs[k].student))
    ]


def row_of(work, key: str) -> Row:
    job, result = work.jobs[key], work.done.get(key, {})
    if not result:
        return Row(job.student, job.assignment, "not yet")
    row = Row(job.student, job.assignment, "graded", lang=result.get("lang") or "",
              seconds=result.get("seconds", {}).get("all", 0.0))
    row.notes = [n["en"] for n in result.get("notes", [])] + [n["en"] for n in work.extra.get(key, [])]
    if result.get("signs"):
        row.notes.append(f"Look at the code: it {'; it '.join(result['signs'])}.")
    recorded = work.records.row(job.student, job.assignment)
    if recorded is None:
        row.state = "person"
        return row
    penalty = recorded.late_submission_penalty or 0.0
    row.score, row.max_score = max(0.0, recorded.score - penalty), recorded.max_score
    if recorded.needs_manual_grade:
        row.state = "waits"
        row.waiting = sorted(g.name for g in recorded.grades if g.needs_manual_grade)
    if recorded.assignment.total_seconds_late > 0:
        row.state = "late" if row.state == "graded" else row.state
        row.notes.append(f"Late by {duration(recorded.assignment.total_seconds_late)}: -{penalty:g} points.")
    if result.get("lost") or key not in work.recorded:
        row.state = "person"
    if result.get("refused"):
        row.state = "refused"
        row.notes.insert(0, result["refused"]["en"])
    return row


def duration(seconds: float) -> str:
    days, rest = divmod(int(seconds), 86_400)
    return f"{days} d {rest // 3600} h" if days else f"{rest // 3600} h {rest % 3600 // 60} min"


def left_alone(path: str) -> Row:
    return Row(short(path, 80), "", "left alone", notes=["Not a submission of a chapter that is built here."])


def not_recorded(why: str) -> Note:
    return {"en": f"Not in the gradebook: {short(why, 200)}", "zh": f"未写入成绩册：{short(why, 200)}"}


def no_page(why: str) -> Note:
    return {"en": f"No feedback page: {short(why, 200)}", "zh": f"没有生成反馈页面：{short(why, 200)}"}


def table(found: list[Row], place: ClassFolder, console: Console | None = None, warning: str = "") -> None:
    """Print the table, the chapters' scores, where everything is, and a warning. Names and notes are printed as
    they are, never as markup. Of a large class only the rows that are about more than a score are shown."""
    console = console or Console(width=None if sys.stdout.isatty() else 140)
    shown = Table(box=None, pad_edge=False)
    for name, justify in (("student", "left"), ("chapter", "left"), ("", "left"), ("score", "right"),
                          ("of", "right"), ("s", "right"), ("", "left"), ("note", "left")):
        shown.add_column(name, justify=justify, overflow="fold" if name == "note" else "ellipsis")
    listed = found if len(found) <= MOST_ROWS else [row for row in found if row.state not in QUIET or row.notes]
    for row in listed[:MOST_ROWS]:
        graded = row.state != "left alone"
        shown.add_row(Text(printable(row.student)), Text(printable(row.assignment)), Text(row.lang),
                      f"{row.score:g}" if graded else "", f"{row.max_score:g}" if graded else "",
                      f"{row.seconds:.1f}" if graded else "", Text(row.state, style=STATES[row.state]),
                      Text(printable(" ".join(row.notes)), style="dim"))
    console.print(shown)
    if len(listed[:MOST_ROWS]) < len(found):
        console.print(Text(f"... and {len(found) - len(listed[:MOST_ROWS])} more rows in grades.csv"))
    for name, scores in scores_of(found).items():
        console.print(Text(f"{name}: {len(scores)} submissions, mean {mean(scores):.0f}%, median {median(scores):.0f}%"))
    counts = Counter(row.state for row in found)
    console.print(
        Text(f"{len(found)} submissions: " + ", ".join(f"{n} {state}" for state, n in counts.most_common()))
    )
    console.print(Text(f"grades {place.path / 'grades.csv'}\nfeedback {place.path / 'feedback'}\n"
                       f"gradebook {place.gradebook}"
                       + (f"\nreport {place.report}" if place.report.exists() else "")))
    if warning:
        console.print(Text(warning, style="bold red"))


def scores_of(found: list[Row]) -> dict[str, list[float]]:
    """The scores of each chapter in percent."""
    scores: dict[str, list[float]] = {}
    for row in found:
        if row.max_score:
            scores.setdefault(row.assignment, []).append(100 * row.score / row.max_score)
    return scores


def printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


class Rate(ProgressColumn):
    """How many submissions a second."""

    def render(self, task) -> Text:
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


@contextlib.contextmanager
def silent(stage: str, total: int) -> Iterator[Callable[[str], None]]:
    yield lambda name: None
