"""A student's page over all chapters: progress/<student>.html, and a copy in feedback/<student>/index.html."""

import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote

from autograder.gradebook.files import replace
from autograder.intake.cpu_limit import TooSlow, cpu_limit
from autograder.pages import frame
from autograder.pages.feedback import ALL_SECONDS, PageTask
from autograder.pages.frame import marked, waiting_words
from autograder.pages.graded import Exercise, Graded, read
from autograder.pages.texts import COLON, MARKS, TEXTS, number, points

MOST_AGAIN = 8  # exercises to look at again


@dataclass(frozen=True)
class ProgressTask:
    """The two pages to write. targets: (path of the page, prefix of its links to feedback pages), twice. pages: the tasks
    of the student's feedback pages, in the order of the chapters."""

    student: str
    targets: tuple[tuple[str, str], ...]
    pages: tuple[PageTask, ...]

    @property
    def target(self) -> str:
        return self.targets[0][0]


def write_progress(task: ProgressTask) -> str:
    """Write both pages, or plain ones if they cannot be made. Returns why they are plain, "" if they are not. Raises
    OSError."""
    try:
        with cpu_limit(ALL_SECONDS):
            chapters = [
                (
                    page_task,
                    read(
                        json.loads(Path(page_task.source).read_text(encoding="utf-8")),
                        page_task.assignment,
                        page_task.recorded,
                    ),
                )
                for page_task in task.pages
            ]
            pages = [(target, page(task.student, chapters, base)) for target, base in task.targets]
    except OSError:
        raise
    except (TooSlow, Exception) as error:
        return write_plain(task, f"{type(error).__name__}: {error}"[:200])
    for target, html in pages:
        replace(Path(target), html)
    return ""


def write_plain(task: ProgressTask, why: str) -> str:
    for target, base in task.targets:
        replace(Path(target), plain(task, base))
    return why


def page(student: str, chapters: list[tuple[PageTask, Graded]], base: str) -> str:
    """Points over all chapters, a row of boxes for each chapter, and the exercises to look at again."""
    lang = language(chapters)
    texts = TEXTS[lang]
    waiting = sum(graded.waiting for _, graded in chapters)
    to_repair = sorted(
        (
            (exercise, task, graded)
            for task, graded in chapters
            if not graded.refused
            for exercise in graded.to_repair()
        ),
        key=lambda items: -items[0].lost,
    )
    solved = sum(exercise.state == "passed" for _, graded in chapters for exercise in graded.exercises)
    counts = [texts["full_count"].format(n=solved)]
    if to_repair:
        counts.append(texts["to_regain"].format(points=number(sum(exercise.lost for exercise, *_ in to_repair))))
    remarks = [" · ".join(counts), waiting_words(waiting, lang)]
    head = frame.top(
        texts["progress"],
        student,
        sum(task.recorded["score"] for task, _ in chapters),
        sum(task.recorded["max_score"] for task, _ in chapters),
        waiting,
        lang,
    )
    rows = "".join(row(task, graded, base, lang) for task, graded in chapters)
    items = "".join(look_again(exercise, task, graded, base, lang) for exercise, task, graded in to_repair[:MOST_AGAIN])
    legend = " · ".join(f"{MARKS[state]} {texts[state]}" for state in MARKS)
    remarks_html = "".join(f'<p class="remark">{line}</p>' for line in remarks if line)
    body = (
        f'<header id="top"><div>{head}{remarks_html}</div></header>'
        f'<main><h2>{texts["chapters"]}</h2><p class="muted">{texts["legend"]} {legend}</p>'
        f'<table class="list"><thead><tr><th scope="col" style="width:32%">{texts["chapter"]}</th>'
        f'<th scope="col">{texts["exercises"]}</th><th scope="col" class="figure">{texts["score"]}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table><h2>{texts['look_again']}</h2>"
        + (f"<ol>{items}</ol>" if items else f"<p>{texts['nothing_again']}</p>")
        + "</main>"
    )
    return frame.frame(f"{texts['progress']}{COLON[lang]}{student}", lang, body)


def language(chapters: list[tuple[PageTask, Graded]]) -> str:
    """The language of the latest chapter that could be read."""
    return next((graded.lang for _, graded in reversed(chapters) if not graded.refused), chapters[-1][1].lang)


def row(task: PageTask, graded: Graded, base: str, lang: str) -> str:
    counts = {state: sum(exercise.state == state for exercise in graded.exercises) for state in MARKS}
    counts_text = " · ".join(f"{TEXTS[lang][state]}{COLON[lang]}{n}" for state, n in counts.items() if n)
    return (
        f'<tr><th scope="row"><a href="{address(base, task)}">{escape(graded.title)}</a></th>'
        f'<td class="text">{frame.boxes(graded.exercises)}<span class="muted">{counts_text}</span></td>'
        f'<td class="figure"><b>{number(task.recorded["score"])}</b> / {number(task.recorded["max_score"])}</td></tr>'
    )


def look_again(exercise: Exercise, task: PageTask, graded: Graded, base: str, lang: str) -> str:
    reason = exercise.why or TEXTS[lang][exercise.state]
    return (
        f'<li><a href="{address(base, task)}#{escape(exercise.id)}"><code>{escape(exercise.name)}</code></a> '
        f'<span class="muted">({escape(graded.title)}{COLON[lang]}{points(exercise.lost, lang)})</span>'
        f"<br>{marked(reason)}</li>"
    )


def address(base: str, task: PageTask) -> str:
    return escape(base + quote(f"{task.assignment}/{task.assignment}.html"))


def plain(task: ProgressTask, base: str) -> str:
    rows = "".join(
        f'<li><a href="{address(base, page_task)}">{escape(page_task.assignment)}</a>: {page_task.recorded["score"]:g} / '
        f"{page_task.recorded['max_score']:g}</li>"
        for page_task in task.pages
    )
    return frame.frame(task.student, "en", f"<main><h1>{escape(task.student)}</h1><ul>{rows}</ul></main>")
