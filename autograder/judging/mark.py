"""Mark one exercise: `check` as it runs in the judge. Points depend on visible and hidden cases."""

import contextlib
import copy
import hashlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from autograder import load_object
from autograder.judging.course_helpers import CourseHelpers
from autograder.judging.result import Mark
from autograder.wire.limits import WireError
from descent import card
from descent.capstone.handed_in import CHECKS as MISSION_CHECKS
from descent.check import ladder_top
from descent.examine import Report, examine, problem_of
from descent.exercise import Case, Exercise
from descent.exercises import find, table, visible_cases
from descent.helpers import lent_sentence
from descent.keys import Key, load
from descent.outcome import Outcome, try_case
from reference.lookup import answer, reference_function

Expected = tuple[Exercise, list[Case], Key, list[tuple[Case, Outcome]]]


def hidden_rng(secret: str | bytes, assignment: str, exercise: str) -> np.random.Generator:
    """The generator of an exercise's hidden cases in one class; it depends on the class's secret."""
    key = secret.encode() if isinstance(secret, str) else secret
    digest = hmac.new(key, f"{assignment}\0{exercise}".encode(), hashlib.sha256).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def mark(
    name: str,
    solution: Callable,
    *,
    points: float,
    assignment: str,
    secret: str | bytes,
    lang: str,
    ready: dict[str, Expected] | None = None,
) -> Mark:
    """Mark `solution` of the exercise called `name`, or one of the two missions of the capstone.

    A group earns its share of `points` if all its cases pass, visible and hidden. The card shows of the hidden cases only
    which groups failed, and no text from the solution.
    ready: from `prepare`; an entry is removed when it is used, because a solution may change the cases' inputs.
    Raises LookupError for an unknown exercise.
    """
    return begin(name, solution, points=points, assignment=assignment, secret=secret, lang=lang, ready=ready)()


def begin(
    name: str,
    solution: Callable,
    *,
    points: float,
    assignment: str,
    secret: str | bytes,
    lang: str,
    ready: dict[str, Expected] | None = None,
    helpers: CourseHelpers | None = None,
) -> Callable[[], Mark]:
    """The first half of `mark`: try the visible cases. The returned function tries the hidden cases and returns the Mark.

    helpers: if groups fail, the cases are tried again with the course's functions in place of the student's earlier ones
    that `solution` calls. Groups that pass then count, and the card names the wrong helpers.

    All text about the solution's values and errors is formatted here, before the solution sees a hidden input. Raises
    Unjudgeable if a value of the solution breaks the comparison; so does the returned function.
    """
    if name in MISSION_CHECKS:
        from autograder.judging.missions import mark_mission  # slow to import, and most chapters have no mission

        result = mark_mission(name, solution, points=points, assignment=assignment, secret=secret, lang=lang)
        return lambda: result
    prepared = ready.pop(name, None) if ready else None
    exercise, cases, key, hidden = prepared or expected(name, assignment, secret)
    with blaming_values():
        slow = helpers.put_in_place_of_slow(solution) if helpers else []
        report = examine(exercise, solution, cases, key)
        if slow:
            report = replace(report, helper=lent_sentence(name, slow, slow=True))
        if helpers:
            helpers.checked[name] = report.passed
        first_rows = card.lines(report, lang, 3, (0.0, points), top=ladder_top())
        lent = False
        if helpers and not report.passed:
            with helpers.second_try(solution) as copy:
                second = examine(exercise, copy, visible_cases(exercise), key) if copy is not None else report
                lent = second.failed_groups < report.failed_groups
                if lent:
                    report = replace(second, helper=lent_sentence(name, helpers.wrong()))
                    first_rows = card.lines(report, lang, 3, (0.0, points), top=ladder_top())
            if lent:
                helpers.put_in_place(solution)

    def finish() -> Mark:
        open_groups = set(exercise.groups) - report.failed_groups
        failed = hidden_failures(exercise, solution, hidden, open_groups)
        final = replace(report, hidden_failed=failed)
        late: list[tuple[str, str, str]] = []
        with blaming_values(), contextlib.suppress(WireError):  # without a second try the first one counts
            if failed and helpers and helpers.time_left() and not lent and helpers.put_in_place(solution):
                hidden_cases = expected(name, assignment, secret)[3]
                if (fewer := hidden_failures(exercise, solution, hidden_cases, set(failed))) < failed:
                    final = replace(report, hidden_failed=fewer)
                    late = [card.helper_line(lent_sentence(name, helpers.wrong()), lang)]
        earned = points_earned(exercise, final.failed_groups, points)
        rows = summary_rows(final, lang, earned, points)
        rows += first_rows[len(rows) :] + late
        return Mark(
            earned,
            card.text_card(rows),
            card.html_card(rows),
            report.mistake.id if report.mistake else None,
            tuple(sorted(final.failed_groups)),
            report.missing,
            rows=tuple(rows),
        )

    return finish


def summary_rows(report: Report, lang: str, earned: float, points: float) -> list[tuple[str, str, str]]:
    """The rows of the card that depend on the hidden cases: the status and the groups."""
    plain = [
        problem and replace(problem, text=dict.fromkeys(problem.text, ""), got=None, expected=None, where=None)
        for problem in report.problems
    ]  # after a hidden case, no value of the solution may be formatted
    rows = card.lines(
        replace(report, problems=plain, match=None, pattern=None, helper=None),
        lang,
        3,
        (earned, points),
        top=ladder_top(),
    )
    return rows[:1] if report.missing else rows[: 1 + len(report.exercise.groups)]


class Unjudgeable(Exception):
    """A value that the solution returned cannot be compared or shown; the answer is wrong. The message says why."""


@contextlib.contextmanager
def blaming_values() -> Iterator[None]:
    """Errors inside the block come from the solution's values: the reference function has passed the same code."""
    try:
        yield
    except (WireError, KeyboardInterrupt):
        raise
    except Exception as error:
        raise Unjudgeable(type(error).__name__) from error


def expected(name: str, assignment: str, secret: str | bytes) -> Expected:
    """The exercise, its visible cases, their key, and its hidden cases with the right answers."""
    topic: str | None = None
    if name not in table() and name in transfer_exercises():
        exercise = transfer_exercises()[name].exercise
    else:
        topic, exercise = find(name)
    cases = visible_cases(exercise)
    if topic is None:  # a transfer exercise has no key file: its answers and known mistakes are computed
        mistakes = load_object("instructor.transfer.mistakes:known")(name)
        key = Key([right_answer(exercise, case) for case in visible_cases(exercise)], list(mistakes))
    else:
        key = load(exercise, topic, cases)
    return exercise, cases, key, answered(exercise, hidden_rng(secret, assignment, name))


def transfer_exercises() -> dict[str, Any]:
    """The exercises of the instructor pack, which students do not get; empty if the pack is not installed."""
    try:
        return load_object("instructor.transfer:load")()
    except ModuleNotFoundError:
        return {}


def right_answer(exercise: Exercise, case: Case) -> Outcome:
    """The outcome of the reference function on a case, for an exercise of the course or of the instructor pack."""
    transfer = None if exercise.name in table() else transfer_exercises().get(exercise.name)
    return try_case(exercise, transfer.reference, case) if transfer else answer(exercise, case)


def answered(exercise: Exercise, rng: np.random.Generator) -> list[tuple[Case, Outcome]]:
    """The cases that `rng` draws, with the right answers. The answers are computed on a second, equal draw, so that the
    reference function cannot change the solution's inputs."""
    equal_rng = copy.deepcopy(rng)
    return list(zip(exercise.cases(rng), [right_answer(exercise, case) for case in exercise.cases(equal_rng)]))


def prepare(names: list[str], *, assignment: str, secret: str | bytes, lang: str) -> dict[str, Expected]:
    """{exercise: expected(...)} for the exercises among `names`; forks of this process use each entry in one `mark`.
    Marks each reference function once, so that everything that marking needs is imported."""
    ready = {}
    if set(names) & MISSION_CHECKS.keys():
        from autograder.judging import missions

        missions.held_out(), missions.reference_parts()
    for name in set(names) & table().keys():
        exercise = table()[name][1]
        mark(name, reference_function(exercise), points=1, assignment=assignment, secret=secret, lang=lang)
        ready[name] = expected(name, assignment, secret)
    return ready


def hidden_failures(
    exercise: Exercise, solution: Callable, hidden: list[tuple[Case, Outcome]], groups: set[str]
) -> frozenset[str]:
    """Those of `groups` that fail on a hidden case."""
    failed: set[str] = set()
    for case, right in hidden:
        if case.group in groups - failed:
            with blaming_values():
                problem = problem_of(exercise, case, try_case(exercise, solution, case), right)
            if problem:
                failed.add(case.group)
    return frozenset(failed)


def points_earned(exercise: Exercise, failed: frozenset[str], points: float) -> float:
    weights = {name: group.weight for name, group in exercise.groups.items()}
    weight_earned = sum(weight for name, weight in weights.items() if name not in failed)
    return round(points * weight_earned / sum(weights.values()), 6)
