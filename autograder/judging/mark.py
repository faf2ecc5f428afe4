"""We mark one exercise: the judge's `check`. Points come from the visible cases and from hidden ones alike."""

import copy
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from autograder.judging.result import Mark
from descent import card
from descent.capstone.handed_in import CHECKS as MISSION_CHECKS
from descent.check import ladder_top
from descent.examine import examine, problem_of
from descent.exercise import Case, Exercise
from descent.exercises import find, table, visible_cases
from descent.keys import Key, load
from descent.outcome import Outcome, try_case
from reference.lookup import answer, reference_function

READY: dict[tuple[str, str, str | bytes], tuple] = {}  # (exercise, assignment, secret): what `expected` returned


def hidden_rng(secret: str | bytes, assignment: str, exercise: str) -> np.random.Generator:
    """The generator of an exercise's hidden cases in one class: another secret, other numbers."""
    key = secret.encode() if isinstance(secret, str) else secret
    digest = hmac.new(key, f"{assignment}\0{exercise}".encode(), hashlib.sha256).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def mark(name: str, solution: Callable, *, points: float, assignment: str, secret: str | bytes, lang: str,
         student: str = "") -> Mark:
    """Mark `solution` of the exercise called `name`, or one of the two missions of the capstone.

    A group earns its share of `points` when every case of it passes, the visible ones and the hidden ones.
    Nothing that the solution says on a hidden case gets into the card: only whether the group passed.
    Raises LookupError for an unknown exercise.
    """
    if name in MISSION_CHECKS:
        from autograder.judging.missions import mark_mission  # most submissions need none of it
        return mark_mission(name, solution, points=points, assignment=assignment, secret=secret, lang=lang,
                            student=student)
    exercise, cases, key, hidden = READY.pop((name, assignment, secret), None) or expected(name, assignment, secret)
    report = examine(exercise, solution, cases, key)
    open_groups = set(exercise.groups) - report.failed_groups
    report = replace(report, hidden_failed=hidden_failures(exercise, solution, hidden, open_groups))
    earned = points_earned(exercise, report.failed_groups, points)
    rows = card.lines(report, lang, 3, (earned, points), top=ladder_top())
    return Mark(earned, card.text_card(rows), card.html_card(rows), report.mistake.id if report.mistake else None,
                tuple(sorted(report.failed_groups)), report.missing)


def expected(name: str, assignment: str, secret: str | bytes) -> tuple[Exercise, list[Case], Key, list]:
    """What a solution is compared with: the visible cases and their key, the hidden cases with their answers."""
    topic, exercise = find(name)
    cases = visible_cases(exercise)
    return exercise, cases, load(exercise, topic, cases), answered(exercise, hidden_rng(secret, assignment, name))


def answered(exercise: Exercise, rng: np.random.Generator) -> list[tuple[Case, Outcome]]:
    """The cases that `rng` draws, with the right answers. The answers are those to a second draw, so that the cases
    are as new for whoever is tried on them."""
    again = copy.deepcopy(rng)
    return list(zip(exercise.cases(rng), [answer(exercise, case) for case in exercise.cases(again)]))


def prepare(names: list[str], *, assignment: str, secret: str | bytes, lang: str) -> None:
    """Have what the exercises among `names` are compared with ready for one `mark` each, in this process or a
    fork of it; and what marking imports late."""
    if set(names) & MISSION_CHECKS.keys():
        from autograder.judging import missions
        missions.held_out(), missions.reference_parts()
    for name in set(names) & table().keys():
        exercise = table()[name][1]
        mark(name, reference_function(exercise), points=1, assignment=assignment, secret=secret, lang=lang)
        READY[name, assignment, secret] = expected(name, assignment, secret)


def hidden_failures(exercise: Exercise, solution: Callable, hidden: list[tuple[Case, Outcome]],
                    groups: set[str]) -> frozenset[str]:
    """The groups, of those still open, that fail on a hidden case."""
    failed = set()
    for case, right in hidden:
        if case.group in groups - failed and problem_of(exercise, case, try_case(exercise, solution, case), right):
            failed.add(case.group)
    return frozenset(failed)


def points_earned(exercise: Exercise, failed: frozenset[str], points: float) -> float:
    weights = {name: group.weight for name, group in exercise.groups.items()}
    kept = sum(weight for name, weight in weights.items() if name not in failed)
    return round(points * kept / sum(weights.values()), 6)
