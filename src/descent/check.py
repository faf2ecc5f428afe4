"""check("momentum_step", momentum_step): we try your function on cases with known answers and show a card."""

import os
import sys
from collections.abc import Callable

from descent import card
from descent.capstone.handed_in import CHECKS as MISSION_CHECKS
from descent.examine import Report, attempt_id, examine
from descent.exercises import find, visible_cases
from descent.keys import load
from descent.say import LANGUAGES, say, show_html

INTERRUPTED = {
    "en": "{name}: stopped by you while it ran. If it should have ended by itself: which loop never gets to its end?",
    "zh": "{name}：运行时被你中断。如果它本该自己结束：是哪个循环永远走不到头？"}
_attempts: dict[str, list[str]] = {}


def check(name: str, solution: Callable, *, hint: int | None = None) -> None:
    """Try `solution` on the visible cases of the exercise called `name` and show a card.

    The card says what passes, the first case that fails with the expected and the given value, and a ladder:
    an observation; after another, different attempt (or with hint=2) a question; after a third (or with
    hint=3) the name of the mistake. The environment variable DESCENT_LADDER=1 ends the ladder at the first.

    In a notebook the card is all. Under nbgrader's Validate, nbval, pytest or a script a failure raises
    AssertionError with the text of the card, and a stub NotImplementedError.
    Raises LookupError for an unknown exercise, ValueError for a hint other than 1, 2, 3.

    check("mission_1", my_missions) shows the card of a capstone mission instead (descent/capstone).
    """
    if hint not in (None, 1, 2, 3):
        raise ValueError(f"hint = {hint!r}: must be 1 (observation), 2 (question) or 3 (name)")
    if name in MISSION_CHECKS:
        from descent.capstone.mission_check import check_mission  # most kernels need none of it
        return check_mission(name, solution, strict=strict())
    topic, exercise = find(name)
    cases = visible_cases(exercise)
    try:
        report = examine(exercise, solution, cases, load(exercise, topic, cases))
    except KeyboardInterrupt:
        note = {lang: INTERRUPTED[lang].format(name=name) for lang in LANGUAGES}
        show_html({lang: f'<div role="status"><b>{card.inline(note[lang])}</b></div>' for lang in LANGUAGES}, text=note)
        return
    rows, texts = rows_and_texts(report, max(hint or 1, level_of(report)))
    if strict() and not report.passed:
        raise (NotImplementedError if report.missing else AssertionError)(say(texts))
    show_html({lang: card.html_card(rows[lang]) for lang in LANGUAGES}, text=texts)


def show_card(name: str, solution: Callable, *, hint: int = 1) -> None:
    """Show the card of a function that is wrong on purpose: it never raises, and is no attempt of yours.

    `hint` as in `check`. Raises LookupError for an unknown exercise, ValueError for another hint.
    """
    if hint not in (1, 2, 3):
        raise ValueError(f"hint = {hint!r}: must be 1 (observation), 2 (question) or 3 (name)")
    topic, exercise = find(name)
    cases = visible_cases(exercise)
    rows, texts = rows_and_texts(examine(exercise, solution, cases, load(exercise, topic, cases)), hint)
    show_html({lang: card.html_card(rows[lang]) for lang in LANGUAGES}, text=texts)


def rows_and_texts(report: Report, level: int) -> tuple[dict[str, list], dict[str, str]]:
    """The card in both languages, as rows and as plain text."""
    rows = {lang: card.lines(report, lang, level, top=ladder_top()) for lang in LANGUAGES}
    return rows, {lang: card.text_card(rows[lang]) for lang in LANGUAGES}


def level_of(report: Report) -> int:
    """How far up the ladder: one step for each different wrong attempt in this session."""
    if report.passed or report.missing:
        return 1
    attempts = _attempts.setdefault(report.exercise.name, [])
    attempt = attempt_id(report)
    if attempt not in attempts:
        attempts.append(attempt)
    return min(3, len(attempts))


def ladder_top() -> int:
    """The last step of the ladder that this class shows: DESCENT_LADDER, 3 where it is not set."""
    top = os.environ.get("DESCENT_LADDER", "3")
    if top not in ("1", "2", "3"):
        raise ValueError(f"DESCENT_LADDER = {top!r}: must be 1 (observation), 2 (question) or 3 (name)")
    return int(top)


def strict() -> bool:
    """Whether a failure must raise: when a program reads the result, not a person at a notebook."""
    if any(os.environ.get(name) for name in ("NBGRADER_VALIDATING", "PYTEST_VERSION", "DESCENT_BUILD")):
        return True
    ipython = sys.modules.get("IPython")
    return ipython is None or ipython.get_ipython() is None
