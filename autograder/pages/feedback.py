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
from autograder.pages.words import BRACKETS, COLON, WORDS, ago, days, late_days, number, points, sentence

ALL_SECONDS = 4.0  # of CPU time for a page; one of a whole chapter with all its figures takes 0.1
MOST_STEPS = 3  # repairs on the first screen
MOST_HEADINGS = 3  # of folded cells, in the line that unfolds them
TASK_CELLS = 4  # how far above an answer its task may begin


def page(text: str, assignment: str, recorded: dict[str, Any]) -> str:
    """The feedback page of a graded notebook, given as text. recorded: see recorded.recorded; contact, questions_until,
    fingerprint (of the submitted file) and progress (the address of the page over all chapters) may be in it, too."""
    nb = json.loads(text)
    graded, budget = read(nb, assignment, recorded), Budget()
    lang, words = graded.lang, WORDS[graded.lang]
    body = (
        f'<a class="skip" href="#exercises">{words["skip"]}</a>'
        f'<header id="top"><div>{summary(graded, recorded)}</div></header>'
        f"<main>{table(graded)}{said(graded, budget)}{requests(graded, recorded)}{notes(graded)}{try_again(graded, assignment, recorded)}"
        f"{'' if graded.refused else notebook(graded, budget)}{foot(graded, assignment, recorded)}</main>"
    )
    title = f"{graded.title}{COLON[lang]}{number(recorded['score'])} / {number(recorded['max_score'])}"
    return frame.frame(title, lang, body)


def summary(graded: Graded, recorded: dict[str, Any]) -> str:
    """The first screen: points, a box for each exercise, what being late cost, what waits, what to do next."""
    lang, words = graded.lang, WORDS[graded.lang]
    kicker = " · ".join(filter(None, [words["feedback"], escape(recorded.get("student", ""))])) + link(
        recorded.get("progress", ""), words["all_chapters"]
    )
    remarks = [late_words(graded, recorded), waiting_words(graded.waiting, lang)]
    return (
        frame.top(kicker, graded.title, recorded["score"], recorded["max_score"], graded.waiting, lang)
        + frame.boxes(graded.exercises)
        + "".join(f'<p class="remark">{escape(line)}</p>' for line in remarks if line)
        + f'<section class="next" aria-labelledby="next"><h2 id="next">{words["next"]}</h2>{steps(graded)}</section>'
    )


def link(address: str, words: str) -> str:
    return f'<span class="screen"> · <a href="{escape(address)}">{words}</a></span>' if address else ""


def late_words(graded: Graded, recorded: dict[str, Any]) -> str:
    """What being late cost, and how that was computed."""
    lang, late, words = graded.lang, recorded.get("late"), WORDS[graded.lang]
    numbers = {
        "raw": number(recorded["score"] + recorded["penalty"]),
        "cost": number(recorded["penalty"]),
        "score": number(recorded["score"]),
    }
    if not late:
        return words["late_other"].format(**numbers) if recorded["penalty"] else ""
    begun, percent = late_days(late)
    passed = ago(late["seconds"], lang)
    extension = ""
    if late["extension"]:
        extension = " " * (lang == "en") + words["extension"].format(days=days(late["extension"], lang))
    if not recorded["penalty"]:
        return words["late_free"].format(ago=passed) + extension
    kind = "late" if percent == late["percent_per_day"] * begun else "late_most"
    return (
        words[kind].format(
            ago=passed, days=begun, percent=number(late["percent_per_day"]), total=number(percent), **numbers
        )
        + extension
    )


def steps(graded: Graded) -> str:
    """Up to three repairs, those worth most first: diagnosis, question, link."""
    lang, words = graded.lang, WORDS[graded.lang]
    if graded.refused:
        return f"<p><b>{words['refused']}</b> {both(graded.refused)}</p><p>{words['resend']}</p>"
    found = "".join(step(exercise, lang) for exercise in graded.to_repair()[:MOST_STEPS])
    if found:
        return f"<ol>{found}</ol>"
    lost = any(exercise.lost for exercise in graded.exercises if exercise.state != "wait")
    return f"<p>{words['only_waits' if graded.waiting else 'only_marked' if lost else 'all_right']}</p>"


def step(exercise: Exercise, lang: str) -> str:
    words = WORDS[lang]
    diagnosis = exercise.why
    if exercise.state == "missing":
        diagnosis = words["missing"] if exercise.is_text else words["missing"] + COLON[lang] + words["untouched"]
    elif exercise.state == "stopped":
        diagnosis = words["stopped"] + COLON[lang] + diagnosis if diagnosis else words["stopped"]
    question = f'<br><span class="muted">{marked(exercise.question)}</span>' if exercise.question else ""
    return (
        f"<li>{to(exercise)}{BRACKETS[lang].format(points(exercise.lost, lang))}{COLON[lang] if diagnosis else ''}"
        f"{marked(sentence(diagnosis, lang))}{question}</li>"
    )


def to(exercise: Exercise) -> str:
    return f'<a href="#{escape(exercise.id)}"><code>{escape(exercise.name)}</code></a>'


def both(note: dict[str, str]) -> str:
    """A note in both languages: nothing says which one a file that could not be read was written in."""
    return escape(note["en"]) + (
        f'<br><span lang="zh-CN">{escape(note["zh"])}</span>' if note["zh"] != note["en"] else ""
    )


def table(graded: Graded) -> str:
    """Every exercise by its name, with result, points, and what happened."""
    lang, words = graded.lang, WORDS[graded.lang]
    rows = []
    for one in graded.exercises:
        name = f"<code>{escape(one.name)}</code>" if graded.refused else to(one)
        told = marked(one.why) if one.why and not graded.refused else ""
        if one.comment:
            told += f'{"<br>" if told else ""}<a href="#instructor">{words["read"]}</a>'
        rows.append(
            f'<tr><th scope="row">{name}</th><td>{tag(one.state, lang)}</td>'
            f'<td class="figure">{number(one.score)} / {number(one.most)}</td><td class="text">{told}</td></tr>'
        )
    return (
        f'<h2 id="exercises">{words["exercises"]}</h2><table class="list exercises"><thead><tr>'
        f'<th scope="col">{words["exercise"]}</th><th scope="col">{words["result"]}</th><th scope="col" class="figure">{words["points"]}</th>'
        f'<th scope="col">{words["why"]}</th></tr></thead><tbody>{"".join(rows)}</tbody></table>'
    )


def said(graded: Graded, budget: Budget) -> str:
    """What the teacher wrote, all of it in one place."""
    found = "".join(
        f"<p>{to(one) if not graded.refused else escape(one.name)} ({number(one.score)} / {number(one.most)})</p>"
        f"<blockquote>{comment(one.comment, budget, graded.lang)}</blockquote>"
        for one in graded.exercises
        if one.comment
    )
    return f'<h2 id="instructor">{WORDS[graded.lang]["instructor"]}</h2>{found}' if found else ""


def requests(graded: Graded, recorded: dict[str, Any]) -> str:
    """The student's regrade requests, each with its decision and the reason."""
    words, exercises = WORDS[graded.lang], {name: one for one in graded.exercises for name in (one.id, one.name)}
    found = []
    for request in recorded.get("regrade", ()):
        one = exercises.get(request["exercise"])
        name = to(one) if one and not graded.refused else f"<code>{escape(request['exercise'])}</code>"
        decision = f"<b>{words[request['decision'] or 'undecided']}</b>"
        if request["decision"]:
            by = f" ({escape(request['by'])})" if request["by"] else ""
            decision += f"{COLON[graded.lang]}{escape(request['reason'])}{by}"
        found.append(f"<p>{name}</p><blockquote>{escape(request['request'])}</blockquote><p>{decision}</p>")
    return f'<h2 id="regrade">{words["regrade"]}</h2>{"".join(found)}' if found else ""


def notes(graded: Graded) -> str:
    found = "".join(f"<li>{escape(note.get(graded.lang) or note['en'])}</li>" for note in graded.notes)
    return f"<h2>{WORDS[graded.lang]['notes']}</h2><ul>{found}</ul>" if found else ""


def try_again(graded: Graded, assignment: str, recorded: dict[str, Any]) -> str:
    """How to try again, and whom to ask about the grade, with a reference."""
    words = WORDS[graded.lang]
    again = (
        f"<h2>{words['again']}</h2><p>{words['again_text']}</p>" if graded.to_repair() and not graded.refused else ""
    )
    reference = " / ".join(filter(None, [assignment, recorded.get("student", ""), recorded.get("fingerprint", "")]))
    until = recorded.get("questions_until", "")
    ask = words["ask"].format(
        who=escape(recorded.get("contact") or words["your_instructor"]), reference=f"<code>{escape(reference)}</code>"
    )
    if until:
        ask += " " * (graded.lang == "en") + words["until"].format(until=f"<b>{escape(until)}</b>")
    return f"{again}<h2>{words['wrong']}</h2><p>{ask}</p>"


def foot(graded: Graded, assignment: str, recorded: dict[str, Any]) -> str:
    words = WORDS[graded.lang]["graded" if recorded.get("handed_in") else "graded_untimed"]
    return (
        "<footer>"
        + words.format(
            file=escape(f"{assignment}.ipynb"),
            time=escape(recorded.get("handed_in", "")),
            mark=f"<code>{escape(recorded.get('fingerprint') or '-')}</code>",
        )
        + "</footer>"
    )


def notebook(graded: Graded, budget: Budget) -> str:
    """The notebook in its own order: every exercise with its card, all else folded."""
    lang, words = graded.lang, WORDS[graded.lang]
    exercises = {one.id: one for one in graded.exercises}
    claimed = {id(cell): one for one in graded.exercises for cell in one.cells if len(one.cells) == 1}
    parts, other, task, current = [], [], [], None
    hints: list[Cell] = []
    for cell in graded.cells:
        grade_id = flags(cell).get("grade_id")
        if cell.get("id") == NOTES_ID:
            continue
        if is_answer(cell) and id(cell) in claimed and not flags(cell).get("grade"):
            other += hints
            current, hints = claimed[id(cell)], []
            task = take_task(other, grade_id)
        elif grade_id in exercises:
            one = exercises[grade_id]
            if one is not current:  # its answers stand elsewhere, or it is its own answer
                other, hints, task = other + hints, [], []
            parts += [folded(other, budget, lang), section(one, task, hints, budget, lang)]
            other, hints, task, current = [], [], [], None
        elif current is not None:
            hints.append(cell)
        else:
            other.append(cell)
    parts.append(folded(other + hints, budget, lang))
    return f'<h2>{words["details"]}</h2><p class="muted screen">{words["folded"]}</p>{"".join(parts)}'


def take_task(other: list[Cell], name: str | None) -> list[Cell]:
    """The cells before an answer from the text on that names the exercise in its heading; taken out of `other`."""
    for back in range(1, min(TASK_CELLS, len(other)) + 1):
        cell = other[-back]
        if cell.cell_type == "markdown" and f"`{name}`" in cell.source[:200]:
            task = other[-back:]
            del other[-back:]
            return task
    return []


def folded(cells: list[Cell], budget: Budget, lang: str) -> str:
    shown = "".join(cell_html(cell, budget, lang, with_outputs=True) for cell in cells if not is_test(cell))
    if not shown:
        return ""
    headings = [
        line.lstrip("# ").translate(str.maketrans("", "", "`*$"))
        for cell in cells
        if cell.cell_type == "markdown"
        for line in cell.source.split("\n")
        if line.startswith(("# ", "## ", "### "))
    ]
    named = COLON[lang] + escape(" · ".join(headings[:MOST_HEADINGS])[:200]) if headings else ""
    more = " …" if len(headings) > MOST_HEADINGS else ""
    return f'<details class="fold"><summary>{WORDS[lang]["course"]}{named}{more}</summary>{shown}</details>'


@dataclass(frozen=True)
class PageTask:
    """A page to write: of the graded notebook `source`, to `target`. recorded: see `page`."""

    source: str
    target: str
    assignment: str
    recorded: dict[str, Any]


def page_or_plain(text: str, assignment: str, recorded: dict[str, Any]) -> tuple[str, str]:
    """The page, and ""; where it cannot be made in ALL_SECONDS of CPU time, a plain one, and why. Raises OSError."""
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
    """Write a feedback page. Returns why it is plain, "" for a real one. Raises OSError."""
    html, why = page_or_plain(Path(task.source).read_text(encoding="utf-8"), task.assignment, task.recorded)
    replace(Path(task.target), html)
    return why


def write_plain_page(task: PageTask, why: str) -> str:
    replace(
        Path(task.target), plain_page(Path(task.source).read_text(encoding="utf-8"), task.assignment, task.recorded)
    )
    return why
