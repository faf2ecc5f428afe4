"""The page that a student gets back: points, what to do next, every exercise with its card, then the notebook, folded.

Hidden tests are left out, and nothing that a student wrote can run: no scripts, cleaned text (cleaning.py), limits on time
and size (bounded.py), and a plain page (plain_page.py) where the real one cannot be made. Workers write pages from plain
data: the gradebook stays with one process.
"""

import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from autograder.gradebook.files import replace
from autograder.intake.cpu_limit import TooSlow, cpu_limit
from autograder.intake.roles import flags, is_answer, is_test
from autograder.pages import frame
from autograder.pages.bounded import Budget
from autograder.pages.content import comment
from autograder.pages.exercise_card import cell_html, section
from autograder.pages.frame import marked, tag, waiting_words
from autograder.pages.graded import NOTES_ID, Cell, Exercise, Graded, read
from autograder.pages.plain_page import plain_page
from autograder.pages.texts import BRACKETS, COLON, TEXTS, ago, days, late_days, number, points, sentence

ALL_SECONDS = 4.0  # of CPU time for a page; one of a whole chapter with all its figures takes 0.1
MOST_STEPS = 3  # repairs on the first screen
MOST_HEADINGS = 3  # of folded cells, in the line that unfolds them
TASK_CELLS = 4  # how far above an answer its task may begin


def page(text: str, assignment: str, recorded: dict[str, Any]) -> str:
    """The feedback page of a graded notebook (`text`, its JSON).

    recorded: an entry of recorded.recorded, optionally with contact, questions_until, fingerprint (of the submitted
    file) and progress (the address of the page over all chapters).
    """
    nb = json.loads(text)
    graded, budget = read(nb, assignment, recorded), Budget()
    lang, texts = graded.lang, TEXTS[graded.lang]
    body = (
        f'<a class="skip" href="#exercises">{texts["skip"]}</a>'
        f'<header id="top"><div>{summary(graded, recorded)}</div></header>'
        f"<main>{table(graded)}{instructor_comments(graded, budget)}{requests(graded, recorded)}{notes(graded)}{try_again(graded, assignment, recorded)}"
        f"{'' if graded.refused else notebook(graded, budget)}{foot(graded, assignment, recorded)}</main>"
    )
    title = f"{graded.title}{COLON[lang]}{number(recorded['score'])} / {number(recorded['max_score'])}"
    return frame.frame(title, lang, body)


def summary(graded: Graded, recorded: dict[str, Any]) -> str:
    """The first screen: points, a box for each exercise, the late penalty, points still to come, what to do next."""
    lang, texts = graded.lang, TEXTS[graded.lang]
    kicker = " · ".join(filter(None, [texts["feedback"], escape(recorded.get("student", ""))])) + link(
        recorded.get("progress", ""), texts["all_chapters"]
    )
    remarks = [late_words(graded, recorded), waiting_words(graded.waiting, lang)]
    return (
        frame.top(kicker, graded.title, recorded["score"], recorded["max_score"], graded.waiting, lang)
        + frame.boxes(graded.exercises)
        + "".join(f'<p class="remark">{escape(line)}</p>' for line in remarks if line)
        + f'<section class="next" aria-labelledby="next"><h2 id="next">{texts["next"]}</h2>{steps(graded)}</section>'
    )


def link(address: str, text: str) -> str:
    return f'<span class="screen"> · <a href="{escape(address)}">{text}</a></span>' if address else ""


def late_words(graded: Graded, recorded: dict[str, Any]) -> str:
    """The late penalty, and how it was computed."""
    lang, late, texts = graded.lang, recorded.get("late"), TEXTS[graded.lang]
    numbers = {
        "raw": number(recorded["score"] + recorded["penalty"]),
        "cost": number(recorded["penalty"]),
        "score": number(recorded["score"]),
    }
    if not late:
        return texts["late_other"].format(**numbers) if recorded["penalty"] else ""
    days_late, percent = late_days(late)
    passed = ago(late["seconds"], lang)
    extension = ""
    if late["extension"]:
        extension = " " * (lang == "en") + texts["extension"].format(days=days(late["extension"], lang))
    if not recorded["penalty"]:
        return texts["late_free"].format(ago=passed) + extension
    key = "late" if percent == late["percent_per_day"] * days_late else "late_most"
    return (
        texts[key].format(
            ago=passed, days=days_late, percent=number(late["percent_per_day"]), total=number(percent), **numbers
        )
        + extension
    )


def steps(graded: Graded) -> str:
    """Up to three exercises to repair, those worth most first: diagnosis, question, link."""
    lang, texts = graded.lang, TEXTS[graded.lang]
    if graded.refused:
        return f"<p><b>{texts['refused']}</b> {in_both_languages(graded.refused)}</p><p>{texts['resend']}</p>"
    items = "".join(step(exercise, lang) for exercise in graded.to_repair()[:MOST_STEPS])
    if items:
        return f"<ol>{items}</ol>"
    lost = any(exercise.lost for exercise in graded.exercises if exercise.state != "wait")
    return f"<p>{texts['only_waits' if graded.waiting else 'only_marked' if lost else 'all_right']}</p>"


def step(exercise: Exercise, lang: str) -> str:
    texts = TEXTS[lang]
    diagnosis = exercise.why
    if exercise.state == "missing":
        diagnosis = texts["missing"] if exercise.is_text else texts["missing"] + COLON[lang] + texts["untouched"]
    elif exercise.state == "stopped":
        diagnosis = texts["stopped"] + COLON[lang] + diagnosis if diagnosis else texts["stopped"]
    question = f'<br><span class="muted">{marked(exercise.question)}</span>' if exercise.question else ""
    return (
        f"<li>{exercise_link(exercise)}{BRACKETS[lang].format(points(exercise.lost, lang))}{COLON[lang] if diagnosis else ''}"
        f"{marked(sentence(diagnosis, lang))}{question}</li>"
    )


def exercise_link(exercise: Exercise) -> str:
    return f'<a href="#{escape(exercise.id)}"><code>{escape(exercise.name)}</code></a>'


def in_both_languages(note: dict[str, str]) -> str:
    """A note in both languages: the language of a file that could not be read is unknown."""
    return escape(note["en"]) + (
        f'<br><span lang="zh-CN">{escape(note["zh"])}</span>' if note["zh"] != note["en"] else ""
    )


def table(graded: Graded) -> str:
    """A row for each exercise: name, result, points, and what went wrong."""
    lang, texts = graded.lang, TEXTS[graded.lang]
    rows = []
    for exercise in graded.exercises:
        name = f"<code>{escape(exercise.name)}</code>" if graded.refused else exercise_link(exercise)
        reason = marked(exercise.why) if exercise.why and not graded.refused else ""
        if exercise.comment:
            reason += f'{"<br>" if reason else ""}<a href="#instructor">{texts["read"]}</a>'
        rows.append(
            f'<tr><th scope="row">{name}</th><td>{tag(exercise.state, lang)}</td>'
            f'<td class="figure">{number(exercise.score)} / {number(exercise.most)}</td><td class="text">{reason}</td></tr>'
        )
    return (
        f'<h2 id="exercises">{texts["exercises"]}</h2><table class="list exercises"><thead><tr>'
        f'<th scope="col">{texts["exercise"]}</th><th scope="col">{texts["result"]}</th><th scope="col" class="figure">{texts["points"]}</th>'
        f'<th scope="col">{texts["why"]}</th></tr></thead><tbody>{"".join(rows)}</tbody></table>'
    )


def instructor_comments(graded: Graded, budget: Budget) -> str:
    """All comments of the instructor."""
    comments = "".join(
        f"<p>{exercise_link(exercise) if not graded.refused else escape(exercise.name)} ({number(exercise.score)} / {number(exercise.most)})</p>"
        f"<blockquote>{comment(exercise.comment, budget, graded.lang)}</blockquote>"
        for exercise in graded.exercises
        if exercise.comment
    )
    return f'<h2 id="instructor">{TEXTS[graded.lang]["instructor"]}</h2>{comments}' if comments else ""


def requests(graded: Graded, recorded: dict[str, Any]) -> str:
    """The student's regrade requests, each with its decision and the reason."""
    texts, exercises = (
        TEXTS[graded.lang],
        {name: exercise for exercise in graded.exercises for name in (exercise.id, exercise.name)},
    )
    items = []
    for request in recorded.get("regrade", ()):
        exercise = exercises.get(request["exercise"])
        name = (
            exercise_link(exercise)
            if exercise and not graded.refused
            else f"<code>{escape(request['exercise'])}</code>"
        )
        decision = f"<b>{texts[request['decision'] or 'undecided']}</b>"
        if request["decision"]:
            by = f" ({escape(request['by'])})" if request["by"] else ""
            decision += f"{COLON[graded.lang]}{escape(request['reason'])}{by}"
        items.append(f"<p>{name}</p><blockquote>{escape(request['request'])}</blockquote><p>{decision}</p>")
    return f'<h2 id="regrade">{texts["regrade"]}</h2>{"".join(items)}' if items else ""


def notes(graded: Graded) -> str:
    items = "".join(f"<li>{escape(note.get(graded.lang) or note['en'])}</li>" for note in graded.notes)
    return f"<h2>{TEXTS[graded.lang]['notes']}</h2><ul>{items}</ul>" if items else ""


def try_again(graded: Graded, assignment: str, recorded: dict[str, Any]) -> str:
    """How to try again; whom to ask about the grade, and the reference to quote."""
    texts = TEXTS[graded.lang]
    retry = (
        f"<h2>{texts['again']}</h2><p>{texts['again_text']}</p>" if graded.to_repair() and not graded.refused else ""
    )
    reference = " / ".join(filter(None, [assignment, recorded.get("student", ""), recorded.get("fingerprint", "")]))
    until = recorded.get("questions_until", "")
    ask = texts["ask"].format(
        who=escape(recorded.get("contact") or texts["your_instructor"]), reference=f"<code>{escape(reference)}</code>"
    )
    if line := request_line(graded, assignment):
        ask += " " * (graded.lang == "en") + texts["ask_here"].format(line=f"<code>{escape(line)}</code>")
    if until:
        ask += " " * (graded.lang == "en") + texts["until"].format(until=f"<b>{escape(until)}</b>")
    return f"{retry}<h2>{texts['wrong']}</h2><p>{ask}</p>"


def request_line(graded: Graded, assignment: str) -> str:
    """How a regrade request about this page begins (intake/asked.py); "" where its chapter has no number to name it by."""
    chapter, _, name = assignment.partition("_")
    about = next(iter([*graded.to_repair(), *graded.exercises]), None)
    if graded.refused or about is None or not (name and len(chapter) == 2 and chapter.isdigit()):
        return ""
    return {"en": "Regrade request: {}:", "zh": "复核申请：{}："}[graded.lang].format(f"{chapter} {about.name}")


def foot(graded: Graded, assignment: str, recorded: dict[str, Any]) -> str:
    text = TEXTS[graded.lang]["graded" if recorded.get("handed_in") else "graded_untimed"]
    return (
        "<footer>"
        + text.format(
            file=escape(f"{assignment}.ipynb"),
            time=escape(recorded.get("handed_in", "")),
            mark=f"<code>{escape(recorded.get('fingerprint') or '-')}</code>",
        )
        + "</footer>"
    )


def notebook(graded: Graded, budget: Budget) -> str:
    """The notebook in its own order: every exercise with its card, everything else folded."""
    lang, texts = graded.lang, TEXTS[graded.lang]
    exercises = {exercise.id: exercise for exercise in graded.exercises}
    claimed = {
        id(cell): exercise for exercise in graded.exercises for cell in exercise.cells if len(exercise.cells) == 1
    }
    parts, rest, task, current = [], [], [], None
    hints: list[Cell] = []
    for cell in graded.cells:
        grade_id = flags(cell).get("grade_id")
        if cell.get("id") == NOTES_ID:
            continue
        if is_answer(cell) and id(cell) in claimed and not flags(cell).get("grade"):
            rest += hints
            current, hints = claimed[id(cell)], []
            task = take_task(rest, grade_id)
        elif grade_id in exercises:
            exercise = exercises[grade_id]
            if exercise is not current:  # the cells above are not its answer
                rest, hints, task = rest + hints, [], []
            parts += [folded(rest, budget, lang), section(exercise, task, hints, budget, lang)]
            rest, hints, task, current = [], [], [], None
        elif current is not None:
            hints.append(cell)
        else:
            rest.append(cell)
    parts.append(folded(rest + hints, budget, lang))
    return f'<h2>{texts["details"]}</h2><p class="muted screen">{texts["folded"]}</p>{"".join(parts)}'


def take_task(cells: list[Cell], name: str | None) -> list[Cell]:
    """Remove from `cells`, and return, the task of an answer: its last cells, from the heading with the name on."""
    for distance in range(1, min(TASK_CELLS, len(cells)) + 1):
        cell = cells[-distance]
        if cell.cell_type == "markdown" and f"`{name}`" in cell.source[:200]:
            task = cells[-distance:]
            del cells[-distance:]
            return task
    return []


def folded(cells: list[Cell], budget: Budget, lang: str) -> str:
    html = "".join(cell_html(cell, budget, lang, with_outputs=True) for cell in cells if not is_test(cell))
    if not html:
        return ""
    headings = [
        line.lstrip("# ").translate(str.maketrans("", "", "`*$"))
        for cell in cells
        if cell.cell_type == "markdown"
        for line in cell.source.split("\n")
        if line.startswith(("# ", "## ", "### "))
    ]
    title = COLON[lang] + escape(" · ".join(headings[:MOST_HEADINGS])[:200]) if headings else ""
    more = " …" if len(headings) > MOST_HEADINGS else ""
    return f'<details class="fold"><summary>{TEXTS[lang]["course"]}{title}{more}</summary>{html}</details>'


@dataclass(frozen=True)
class PageTask:
    """A page to write: of the graded notebook `source`, into `target`. recorded: see `page`."""

    source: str
    target: str
    assignment: str
    recorded: dict[str, Any]


def page_or_plain(text: str, assignment: str, recorded: dict[str, Any]) -> tuple[str, str]:
    """(page, ""); or (plain page, reason) if the page raises an error or takes more than ALL_SECONDS of CPU time. Raises
    OSError."""
    try:
        with cpu_limit(ALL_SECONDS):
            return page(text, assignment, recorded), ""
    except OSError:
        raise
    except TooSlow:
        why = f"it took longer than {ALL_SECONDS:g} s of CPU time"
    except Exception as error:
        why = f"{type(error).__name__}: {error}"[:200]
    return plain_page(text, assignment, recorded), why


def write_page(task: PageTask) -> str:
    """Write a feedback page. Returns why it is plain, "" if it is not. Raises OSError."""
    html, why = page_or_plain(Path(task.source).read_text(encoding="utf-8"), task.assignment, task.recorded)
    replace(Path(task.target), html)
    return why


def write_plain_page(task: PageTask, why: str) -> str:
    replace(
        Path(task.target), plain_page(Path(task.source).read_text(encoding="utf-8"), task.assignment, task.recorded)
    )
    return why
