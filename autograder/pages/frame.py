"""The frame of every page for a student: head, style, the header with the points. One file without scripts or downloads."""

from functools import cache
from html import escape
from pathlib import Path

from autograder.pages.graded import Exercise
from autograder.pages.texts import LOCALE, MARKS, TEXTS, number

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@cache
def style() -> str:
    return (Path(__file__).parent / "page.css").read_text(encoding="utf-8")


def frame(title: str, lang: str, body: str) -> str:
    return (
        f'<!doctype html>\n<html lang="{LOCALE[lang]}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><meta name="referrer" content="no-referrer">'
        f"<title>{escape(title)}</title><style>{style()}</style></head>\n<body>{body}</body></html>\n"
    )


def top(kicker: str, title: str, score: float, most: float, waiting: float, lang: str) -> str:
    """The header: kicker (HTML) and title (text), and the points in large type."""
    of_most = TEXTS[lang]["of_so_far" if waiting else "of"].format(most=number(most))
    return (
        f'<p class="muted">{kicker}</p><div class="topline"><h1>{escape(title)}</h1>'
        f'<p class="score">{number(score)} <small>{of_most}</small></p></div>'
    )


def boxes(exercises: list[Exercise]) -> str:
    """A bar with one box for each exercise, as wide as its points; hidden from screen readers, which have the table."""
    return (
        '<div class="boxes" aria-hidden="true">'
        + "".join(
            f'<span class="state-{exercise.state}" style="flex:{max(exercise.most, 0.5):g} 0 0" title="{escape(exercise.name)}">'
            f"{MARKS[exercise.state]}</span>"
            for exercise in exercises
        )
        + "</div>"
    )


def tag(state: str, lang: str) -> str:
    return f'<span class="tag state-{state}">{MARKS[state]} {TEXTS[lang][state]}</span>'


def waiting_words(waiting: float, lang: str) -> str:
    if not waiting:
        return ""
    return TEXTS[lang]["waiting_one" if number(waiting) == "1" else "waiting"].format(points=number(waiting))


def marked(text: str) -> str:
    """A sentence with `code` between backquotes, escaped."""
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(escape(text).split("`")))
