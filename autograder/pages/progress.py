"""One student over all chapters: progress/<student>.html, and the same as feedback/<student>/index.html."""

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
from autograder.pages.words import COLON, MARKS, WORDS, number, points

MOST_AGAIN = 8  # exercises to look at again


@dataclass(frozen=True)
class ProgressTask:
    """The two pages to write: `target` of the links to `base`/<assignment>/<assignment>.html, for each (target, base).
    pages: the tasks of the student's feedback pages, in the order of the chapters."""

    student: str
    targets: tuple[tuple[str, str], ...]
    pages: tuple[PageTask, ...]

    @property
    def target(self) -> str:
        return self.targets[0][0]


def write_progress(task: ProgressTask) -> str:
    """Write both pages; where they cannot be made, plain ones. Returns why they are plain, "" for real ones. Raises
    OSError."""
    try:
        with cpu_limit(ALL_SECONDS):
            chapters = [
                (one, read(json.loads(Path(one.source).read_text(encoding="utf-8")), one.assignment, one.recorded))
                for one in task.pages
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
    """Points over all chapters, a row of boxes for each, and what to look at again."""
    lang = language(chapters)
    words = WORDS[lang]
    waiting = sum(graded.waiting for _, graded in chapters)
    again = sorted(
        ((one, task, graded) for task, graded in chapters if not graded.refused for one in graded.to_repair()),
        key=lambda found: -found[0].lost,
    )
    full = sum(one.state == "passed" for _, graded in chapters for one in graded.exercises)
    counted = [words["full_count"].format(n=full)]
    if again:
        counted.append(words["to_regain"].format(points=number(sum(one.lost for one, *_ in again))))
    remarks = [" · ".join(counted), waiting_words(waiting, lang)]
    head = frame.top(
        words["progress"],
        student,
        sum(task.recorded["score"] for task, _ in chapters),
        sum(task.recorded["max_score"] for task, _ in chapters),
        waiting,
        lang,
    )
    rows = "".join(row(task, graded, base, lang) for task, graded in chapters)
    found = "".join(look_again(one, task, graded, base, lang) for one, task, graded in again[:MOST_AGAIN])
    legend = " · ".join(f"{MARKS[state]} {words[state]}" for state in MARKS)
    remarks_html = "".join(f'<p class="remark">{line}</p>' for line in remarks if line)
    body = (
        f'<header id="top"><div>{head}{remarks_html}</div></header>'
        f'<main><h2>{words["chapters"]}</h2><p class="muted">{words["legend"]} {legend}</p>'
        f'<table class="list"><thead><tr><th scope="col" style="width:32%">{words["chapter"]}</th>'
        f'<th scope="col">{words["exercises"]}</th><th scope="col" class="figure">{words["score"]}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table><h2>{words['look_again']}</h2>"
        + (f"<ol>{found}</ol>" if found else f"<p>{words['nothing_again']}</p>")
        + "</main>"
    )
    return frame.frame(f"{words['progress']}{COLON[lang]}{student}", lang, body)


def language(chapters: list[tuple[PageTask, Graded]]) -> str:
    """The language of the latest chapter that could be read."""
    return next((graded.lang for _, graded in reversed(chapters) if not graded.refused), chapters[-1][1].lang)


def row(task: PageTask, graded: Graded, base: str, lang: str) -> str:
    counts = {state: sum(one.state == state for one in graded.exercises) for state in MARKS}
    told = " · ".join(f"{n} {WORDS[lang][state]}" for state, n in counts.items() if n)
    return (
        f'<tr><th scope="row"><a href="{address(base, task)}">{escape(graded.title)}</a></th>'
        f'<td class="text">{frame.boxes(graded.exercises)}<span class="muted">{told}</span></td>'
        f'<td class="figure"><b>{number(task.recorded["score"])}</b> / {number(task.recorded["max_score"])}</td></tr>'
    )


def look_again(one: Exercise, task: PageTask, graded: Graded, base: str, lang: str) -> str:
    told = one.why or WORDS[lang][one.state]
    return (
        f'<li><a href="{address(base, task)}#{escape(one.id)}"><code>{escape(one.name)}</code></a> '
        f'<span class="muted">({escape(graded.title)}{COLON[lang]}{points(one.lost, lang)})</span>'
        f"<br>{marked(told)}</li>"
    )


def address(base: str, task: PageTask) -> str:
    return escape(base + quote(f"{task.assignment}/{task.assignment}.html"))


def plain(task: ProgressTask, base: str) -> str:
    rows = "".join(
        f'<li><a href="{address(base, one)}">{escape(one.assignment)}</a>: {one.recorded["score"]:g} / '
        f"{one.recorded['max_score']:g}</li>"
        for one in task.pages
    )
    return frame.frame(task.student, "en", f"<main><h1>{escape(task.student)}</h1><ul>{rows}</ul></main>")
