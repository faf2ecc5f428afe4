"""We mark one exercise: the judge's `check`. Points come from the visible cases and from hidden ones alike."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from autograder.keys import answer
from descent import card
from descent.check import ladder_top
from descent.examine import examine, problem_of
from descent.exercise import Exercise
from descent.exercises import find, visible_cases
from descent.keys import load
from descent.outcome import try_case


@dataclass(frozen=True)
class Mark:
    """Points earned, the card that says why, the known mistake it names (its id), if any, the groups of cases
    that failed, and whether the answer was still the stub."""

    points: float
    text: str
    html: str
    mistake: str | None = None
    failed: tuple[str, ...] = ()
    missing: bool = False


def hidden_rng(secret: str | bytes, assignment: str, exercise: str) -> np.random.Generator:
    """The generator of an exercise's hidden cases in one class: another secret, other numbers."""
    key = secret.encode() if isinstance(secret, str) else secret
    digest = hmac.new(key, f"{assignment}\0{exercise}".encode(), hashlib.sha256).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def mark(name: str, solution: Callable, *, points: float, assignment: str, secret: str | bytes, lang: str) -> Mark:
    """Mark `solution` of the exercise called `name`.

    A group earns its share of `points` when every case of it passes, the visible ones and the hidden ones.
    Nothing that the solution says on a hidden case gets into the card: only whether the group passed.
    Raises LookupError for an unknown exercise.
    """
    topic, exercise = find(name)
    cases = visible_cases(exercise)
    report = examine(exercise, solution, cases, load(exercise, topic, cases))
    open_groups = set(exercise.groups) - report.failed_groups
    report = replace(report, hidden_failed=hidden_failures(
        exercise, solution, hidden_rng(secret, assignment, name), open_groups))
    earned = points_earned(exercise, report.failed_groups, points)
    rows = card.lines(report, lang, 3, (earned, points), top=ladder_top())
    return Mark(earned, card.text_card(rows), card.html_card(rows), report.mistake.id if report.mistake else None,
                tuple(sorted(report.failed_groups)), report.missing)


def hidden_failures(exercise: Exercise, solution: Callable, rng: np.random.Generator,
                    groups: set[str]) -> frozenset[str]:
    """The groups, of those still open, that fail on a hidden case."""
    failed = set()
    for case in exercise.cases(rng):
        if case.group in groups - failed:
            outcome = try_case(exercise, solution, case)
            if problem_of(exercise, case, outcome, answer(exercise, case)):
                failed.add(case.group)
    return frozenset(failed)


def points_earned(exercise: Exercise, failed: frozenset[str], points: float) -> float:
    weights = {name: group.weight for name, group in exercise.groups.items()}
    kept = sum(weight for name, weight in weights.items() if name not in failed)
    return round(points * kept / sum(weights.values()), 6)
