"""check("momentum_step", momentum_step): we try your function on cases with known answers and show a card."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from descent import card, helpers
from descent.capstone.handed_in import CHECKS as MISSION_CHECKS
from descent.card_data import card_data
from descent.examine import Report, attempt_id, counts_as, examine
from descent.exercises import find, visible_cases
from descent.keys import load
from descent.say import LANGUAGES, has_display, say, show_html

INTERRUPTED = {
    "en": "{name}: stopped by you while it ran. If it should have ended by itself: which loop never gets to its end?",
    "zh": "{name}：运行时被你中断。如果它本该自己结束：是哪个循环永远走不到头？",
}
_attempts: dict[str, tuple[str, list[str]]] = {}  # exercise: what its last attempts count as, and those attempts


def check(name: str, solution: Callable, *, hint: int | None = None) -> None:
    """Try `solution` on the visible cases of the exercise called `name` and show a card.

    The card says what passes, a case that fails with the expected and the given value, and a ladder:
    an observation; after another, different attempt at the same mistake (or with hint=2) a question; after a third (or
    with hint=3) the name of the mistake. The environment variable DESCENT_LADDER=1 ends the ladder at the first.

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
    try:
        report = examined(name, solution)
    except KeyboardInterrupt:
        note = {lang: INTERRUPTED[lang].format(name=name) for lang in LANGUAGES}
        show_html({lang: f'<div role="status"><b>{card.inline(note[lang])}</b></div>' for lang in LANGUAGES}, text=note)
        return
    data = data_of(report)
    level = max(hint or 1, level_of(report))
    if strict() and not report.passed:
        raise (NotImplementedError if report.missing else AssertionError)(say(texts(data, level)))
    show(data, level)


def show_card(name: str, solution: Callable, *, hint: int = 1) -> None:
    """Show the card of a function that is wrong on purpose: it never raises, and is no attempt of yours.

    `hint` as in `check`. Raises LookupError for an unknown exercise, ValueError for another hint.
    """
    if hint not in (1, 2, 3):
        raise ValueError(f"hint = {hint!r}: must be 1 (observation), 2 (question) or 3 (name)")
    show(data_of(examined(name, solution)), hint)


def examined(name: str, solution: Callable) -> Report:
    """The report of a solution; if it fails because of another wrong function of the notebook, the report names that one."""
    topic, exercise = find(name)
    cases = visible_cases(exercise)
    report = examine(exercise, solution, cases, load(exercise, topic, cases))
    if report.passed or report.missing:
        return report
    module = sys.modules.get(getattr(solution, "__module__", None) or "")  # of a class, which has no __globals__
    namespace = getattr(solution, "__globals__", None) or getattr(module, "__dict__", {})
    wrong = helpers.wrong_helpers(
        name,
        lambda other: helpers.exercises_used(other, solution if other == name else namespace.get(other), namespace),
        lambda other: other not in namespace or not is_wrong(other, namespace[other]),
    )
    return replace(report, helper=helpers.sentence(name, wrong)) if wrong else report


def is_wrong(name: str, solution: Callable) -> bool:
    """True if a function fails its own check. A stub does not count as wrong: its caller's card mentions it anyway."""
    topic, exercise = find(name)
    cases = visible_cases(exercise)
    report = examine(exercise, solution, cases, load(exercise, topic, cases))
    return not report.passed and not report.missing


def data_of(report: Report) -> dict[str, Any]:
    """The card as data, for the host that shows it."""
    return card_data(report, top=ladder_top(), host="page" if has_display() else "notebook")


def texts(data: dict[str, Any], level: int) -> dict[str, str]:
    return {lang: card.text_card(card.rows_of(data, lang, level)) for lang in LANGUAGES}


def show(data: dict[str, Any], level: int) -> None:
    html = {lang: card.html_card(card.rows_of(data, lang, level)) for lang in LANGUAGES}
    show_html(html, text=texts(data, level), card=data | {"level": level})


def level_of(report: Report) -> int:
    """The step of the ladder: one for each different attempt in a row with the same mistake."""
    if report.passed or report.missing or (mistake := counts_as(report)) is None:
        return 1
    last, attempts = _attempts.get(report.exercise.name, (mistake, []))
    if last != mistake:
        attempts = []
    if (attempt := attempt_id(report)) not in attempts:
        attempts = [*attempts, attempt]
    _attempts[report.exercise.name] = mistake, attempts
    return min(3, len(attempts))


def ladder_top() -> int:
    """The last step of the ladder that this class shows: DESCENT_LADDER, by default 3."""
    top = os.environ.get("DESCENT_LADDER", "3")
    if top not in ("1", "2", "3"):
        raise ValueError(f"DESCENT_LADDER = {top!r}: must be 1 (observation), 2 (question) or 3 (name)")
    return int(top)


def strict() -> bool:
    """True if a failure must raise, because a program reads the result rather than a person."""
    if any(os.environ.get(name) for name in ("NBGRADER_VALIDATING", "PYTEST_VERSION", "DESCENT_BUILD")):
        return True
    ipython = sys.modules.get("IPython")
    return not has_display() and (ipython is None or ipython.get_ipython() is None)
