"""We write <CLASS>/report/index.html: one file without scripts or downloads; everything that students wrote is escaped."""

import os
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import jinja2
import markupsafe

from autograder.classroom import regrade
from autograder.gradebook.coursedir import SAMPLE, class_argument
from autograder.gradebook.files import replace
from autograder.grading.persist import ClassRun
from autograder.grading.rows import Row
from autograder.intake.text import printable
from autograder.pages.class_report import numbers, parts, similarity
from autograder.pages.class_report.marks import Recorded, recorded
from autograder.pages.class_report.parts import Masters, Parts
from autograder.pages.severity import grouped, is_late, state_words
from descent import card

HERE = Path(__file__).resolve().parent
FORMGRADER = "http://localhost:8888/formgrader"
MOST_ROWS = 100  # of one list; the rest is counted, and everything is in grades.csv


def write(run: ClassRun, masters: Masters, rows: list[Row], warning: str = "", drawn: Parts | None = None) -> Path:
    """Write the report on everything that has a result in this class; returns its path. drawn: the slow parts, if another
    process has made them."""
    target = run.folder.report
    replace(target, html(run, masters, rows, target.parent, warning, drawn))
    return target


def html(
    run: ClassRun, masters: Masters, rows: list[Row], here: Path, warning: str = "", drawn: Parts | None = None
) -> str:
    rows = [row for row in rows if row.state != "not yet"]
    gradebook = recorded(run.records)
    links = {(row.student, row.assignment): links_of(run, row, here, gradebook) for row in rows}
    chapters = numbers.chapters(run, masters, rows, gradebook)
    drawn = drawn or parts.make(parts.task(run, masters, chapters))
    return (
        environment()
        .get_template("page.html")
        .render(
            name="the sample class" if run.folder.path == SAMPLE else printable(run.folder.path.name),
            command="make formgrader" + ("" if run.folder.path == SAMPLE else f" {class_argument(run.folder.path)}"),
            made=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
            warning=warning,
            rows=rows,
            late=sum(map(is_late, rows)),
            everybody=everybody(rows),
            states=state_words,
            students=len({row.student for row in rows}),
            links=links,
            most=MOST_ROWS,
            broken=[row for row in rows if row.state in ("person", "refused")],
            broken_groups=grouped(row for row in rows if row.state in ("person", "refused")),
            requests=[request for request in regrade.requests(run.folder) if request.waits],
            waiting=[row for row in rows if row.waiting and row.state not in ("person", "refused")],
            chapters=chapters,
            outcomes=numbers.OUTCOMES,
            floors=similarity.FLOORS,
            pictures=drawn.pictures,
            likeness=drawn.likeness,
        )
    )


def everybody(rows: list[Row]) -> list[tuple[str, list[tuple[str, list[Row]]]]]:
    """(first character, [(student, rows)]) of all students, for the page's index."""
    students: dict[str, list[Row]] = {}
    for row in rows:
        students.setdefault(row.student, []).append(row)
    by_initial: dict[str, list[tuple[str, list[Row]]]] = {}
    for student in sorted(students, key=str.casefold):
        by_initial.setdefault(shown(student[:1]).upper(), []).append((student, students[student]))
    return list(by_initial.items())


def environment() -> jinja2.Environment:
    """Templates in which every value is escaped unless the template marks it as safe."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    templates.filters |= {
        "percent": similarity.percent,
        "shown": shown,
        "quantile": quantile,
        "coded": lambda text: markupsafe.Markup(card.inline(text)),
    }
    return templates


def shown(value: object) -> str:
    """Text of a student's for the page: U+FFFD stands for characters that are not printable."""
    return "\n".join(printable(line, "\ufffd") for line in str(value).split("\n"))


def quantile(values: list[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def links_of(run: ClassRun, row: Row, here: Path, gradebook: dict[tuple[str, str], Recorded]) -> dict[str, str]:
    """Addresses of a submission's feedback page, its submitted folder, and its page in formgrader; empty if there is
    none."""

    def address(path: Path) -> str:
        return quote(os.path.relpath(path, here))

    feedback = run.folder.place("feedback", row.student, row.assignment) / f"{row.assignment}.html"
    submission = gradebook.get((row.student, row.assignment))
    return {
        "submitted": address(run.folder.place("submitted", row.student, row.assignment)) + "/",
        "feedback": address(feedback) if feedback.exists() else "",
        "formgrader": f"{FORMGRADER}/submissions/{quote(submission.id)}/?index=0" if submission else "",
    }
