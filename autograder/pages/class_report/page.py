"""We write <CLASS>/report/index.html: one file, no scripts, nothing fetched, and all that students wrote is escaped."""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import jinja2
import markupsafe

from autograder.classroom import regrade
from autograder.gradebook.coursedir import SAMPLE, class_argument
from autograder.gradebook.files import replace
from autograder.grading.persist import ClassRun, autograded
from autograder.grading.rows import Row
from autograder.intake.masters import Master
from autograder.pages.class_report import figures, numbers, similarity
from autograder.pages.class_report.features import Written, written
from autograder.pages.class_report.marks import Recorded, recorded
from autograder.pages.severity import grouped, is_late, state_words
from autograder.pages.table import printable
from descent import card, exercises

HERE = Path(__file__).resolve().parent
FORMGRADER = "http://localhost:8888/formgrader"
MOST_ROWS = 100  # of one list; the rest is counted, and everything is in grades.csv
Masters = dict[str, dict[str, Master]]


def write(run: ClassRun, masters: Masters, rows: list[Row], warning: str = "") -> Path:
    """Write the report of everything that has a result in this class; returns the page's path."""
    target = run.folder.report
    replace(target, html(run, masters, rows, target.parent, warning))
    return target


def html(run: ClassRun, masters: Masters, rows: list[Row], here: Path, warning: str = "") -> str:
    rows = [row for row in rows if row.state != "not yet"]
    gradebook = recorded(run.records)
    links = {(row.student, row.assignment): links_of(run, row, here, gradebook) for row in rows}
    chapters = numbers.chapters(run, masters, rows, gradebook)
    texts = {chapter.name: texts_of(run, masters, chapter.name) for chapter in chapters}
    pairs = any(len(students) > 1 for students in texts.values())  # or nobody to be compared with anybody
    course = similarity.course_of(course_texts(masters) if pairs else ())
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
            requests=[one for one in regrade.requests(run.folder) if one.waits],
            waiting=[row for row in rows if row.waiting and row.state not in ("person", "refused")],
            chapters=chapters,
            outcomes=numbers.OUTCOMES,
            floors=similarity.FLOORS,
            pictures={
                chapter.name: {
                    "scores": figures.scores(chapter),
                    "outcomes": figures.outcomes(chapter),
                    "seconds": figures.seconds(chapter),
                }
                for chapter in chapters
            },
            likeness={chapter.name: similarity.likeness(texts[chapter.name], course) for chapter in chapters},
        )
    )


def everybody(rows: list[Row]) -> list[tuple[str, list[tuple[str, list[Row]]]]]:
    """(first character, [(student, rows)]) of all students, so that each is found by the page's index or the browser's
    search."""
    students: dict[str, list[Row]] = {}
    for row in rows:
        students.setdefault(row.student, []).append(row)
    found: dict[str, list[tuple[str, list[Row]]]] = {}
    for student in sorted(students, key=str.casefold):
        found.setdefault(shown(student[:1]).upper(), []).append((student, students[student]))
    return list(found.items())


def environment() -> jinja2.Environment:
    """Templates in which every value is escaped unless the template's own text says otherwise."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    made.filters |= {
        "percent": similarity.percent,
        "shown": shown,
        "quantile": quantile,
        "coded": lambda text: markupsafe.Markup(card.inline(text)),
    }
    return made


def shown(value: object) -> str:
    """Text of a student's for the page: control characters, which could turn the line round, become a sign."""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in str(value))


def quantile(values: list[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def links_of(run: ClassRun, row: Row, here: Path, gradebook: dict[tuple[str, str], Recorded]) -> dict[str, str]:
    """Addresses of a submission's feedback page, its submitted folder, and its page in formgrader; empty where
    there is none."""

    def address(path: Path) -> str:
        return quote(os.path.relpath(path, here))

    feedback = run.folder.place("feedback", row.student, row.assignment) / f"{row.assignment}.html"
    known = gradebook.get((row.student, row.assignment))
    return {
        "submitted": address(run.folder.place("submitted", row.student, row.assignment)) + "/",
        "feedback": address(feedback) if feedback.exists() else "",
        "formgrader": f"{FORMGRADER}/submissions/{quote(known.id)}/?index=0" if known else "",
    }


def texts_of(run: ClassRun, masters: Masters, chapter: str) -> dict[str, Written]:
    """student -> what they wrote in a chapter, from the graded notebooks; refused ones were never read."""
    released = {
        lang: {cell.id: cell.source for cell in master.released.cells} for lang, master in masters[chapter].items()
    }
    found = {}
    for key in run.done:
        job = run.jobs[key]
        lang = run.done[key].get("lang") if job.assignment == chapter else None
        if lang in released:
            cells = json.loads(autograded(run.folder, job).read_bytes())["cells"]
            found[job.student] = written(cells, released[lang])
    return found


def course_texts(masters: Masters) -> Iterator[str]:
    """Every text of the course that a student may repeat: notebooks, solutions, and the cases that cards show."""
    seen: set[str] = set()
    for chapter in masters.values():
        for master in chapter.values():
            seen.update(cell.source for nb in (master.released, master.solution) for cell in nb.cells)
        for exercise in numbers.exercises_of(chapter):
            if exercise.calls_check and exercise.name in exercises.table():
                cases = exercises.visible_cases(exercises.find(exercise.name)[1])
                seen.update(card.case_text(case) for case in cases)
    yield from sorted(seen)
