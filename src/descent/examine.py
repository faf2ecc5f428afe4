"""We examine a solution: every case compared with the right answer, and the mistake recognised where it is known."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from descent.compare import difference
from descent.exercise import Case, Exercise
from descent.keys import Key, KnownMistake, encode_outcome
from descent.outcome import Outcome, try_case
from descent.signature import signature


@dataclass(frozen=True)
class Problem:
    """What is wrong with one case: a sentence per language and, for a wrong value, both values."""

    kind: str
    text: dict[str, str]
    quantity: str | None = None
    got: Any = None
    expected: Any = None
    where: str | None = None


@dataclass(frozen=True)
class Report:
    """What an examination found. `problems` stands beside `cases`: None where the case passed."""

    exercise: Exercise
    cases: list[Case]
    outcomes: list[Outcome]
    problems: list[Problem | None]
    mistake: KnownMistake | None = None
    pattern: dict[str, str] | None = None
    hidden_failed: frozenset[str] = field(default_factory=frozenset)

    @property
    def passed(self) -> bool:
        return not self.failed_groups

    @property
    def failed_groups(self) -> frozenset[str]:
        visible = {case.group for case, problem in zip(self.cases, self.problems) if problem}
        return self.hidden_failed | visible

    @property
    def missing(self) -> bool:
        """Nothing written yet: the stub is still there."""
        return any(problem is not None and problem.kind == "missing" for problem in self.problems)

    @property
    def first(self) -> tuple[Case, Problem] | None:
        return next(((case, problem) for case, problem in zip(self.cases, self.problems) if problem), None)


def examine(exercise: Exercise, solution: Callable, cases: list[Case], key: Key) -> Report:
    """Try a solution on the visible cases. A stub is tried once only."""
    outcomes, problems = [], []
    for case, answer in zip(cases, key.answers):
        outcomes.append(try_case(exercise, solution, case))
        problems.append(problem_of(exercise, case, outcomes[-1], answer))
        if problems[-1] is not None and problems[-1].kind in ("missing", "not callable"):
            rest = len(cases) - len(problems)
            return Report(exercise, cases, outcomes + [outcomes[-1]] * rest, problems + [problems[-1]] * rest)
    failed = [problem is not None for problem in problems]
    if not any(failed):
        return Report(exercise, cases, outcomes, problems)
    mistake = recognise(exercise, outcomes, key, failed)
    pattern = None if mistake else signature(cases, outcomes, key.answers, failed)
    return Report(exercise, cases, outcomes, problems, mistake, pattern)


def problem_of(exercise: Exercise, case: Case, outcome: Outcome, answer: Outcome) -> Problem | None:
    """The first thing wrong with an outcome; None where it is right. An expected error is an answer, too."""
    if outcome.error != answer.error:
        return error_problem(exercise, outcome, answer)
    if outcome.changed:
        names = ", ".join(f"`{name}`" for name in outcome.changed)
        return Problem("changed", {"en": f"your function changes its input {names}: work on a new array "
                                         "(`a = a + b`, not `a += b`)",
                                   "zh": f"函数改动了传入的 {names}：请新建数组（写 `a = a + b`，不要写 `a += b`）"})
    for name, expected in answer.values.items():
        if not exercise.counts(case, name):
            continue
        if name not in outcome.values:
            return Problem("values", {"en": f"`{name}` is missing", "zh": f"缺少 `{name}`"}, name)
        got = outcome.values[name]
        if custom := exercise.compare.get(name):
            text = custom(got, expected, case.inputs)
        else:
            text = difference(got, expected, exercise.rtol, exercise.rtol_float32, exercise.atol)
        if text:
            return Problem("values", {"en": f"`{name}` {text['en']}", "zh": f"`{name}` {text['zh']}"},
                           name, got, expected)
    return None


def error_problem(exercise: Exercise, outcome: Outcome, answer: Outcome) -> Problem:
    if outcome.error is None:
        return Problem("no error", {"en": f"expected {answer.error}, but no error was raised",
                                    "zh": f"应当抛出 {answer.error}，但没有抛出任何错误"})
    detail = outcome.message.get("en", "")
    if outcome.error == "NotImplementedError":
        return Problem("missing", {"en": f"`{exercise.name}` is not written yet",
                                   "zh": f"`{exercise.name}` 还没有写"})
    if outcome.error == "WrongReturn":
        return Problem("return", {language: f"`{exercise.name}` {text}" if language == "en"
                                  else f"`{exercise.name}` {text}" for language, text in outcome.message.items()})
    if outcome.error == "TypeError" and "not callable" in detail and not outcome.where and not outcome.values:
        return Problem("not callable", {"en": f"`{exercise.name}` is not a function: {detail}",
                                        "zh": f"`{exercise.name}` 不是函数：{detail}"})
    if outcome.error == "TypeError" and any(part in detail for part in
                                            ("positional argument", "keyword argument", "keyword-only argument")):
        return Problem("signature", {"en": f"the call does not fit the signature: {detail}. Keep the `def` line "
                                           "as it was given",
                                     "zh": f"调用与函数签名不符：{detail}。请保留原来的 `def` 行"}, where=outcome.where)
    if outcome.error in ("NameError", "UnboundLocalError"):
        return Problem("name", {"en": f"a name is used that is not defined: {detail}",
                                "zh": f"用到了未定义的名字：{detail}"}, where=outcome.where)
    return Problem("error", {"en": f"{outcome.error}: {detail}", "zh": f"{outcome.error}：{detail}"},
                   where=outcome.where)


def recognise(exercise: Exercise, outcomes: list[Outcome], key: Key, failed: list[bool]) -> KnownMistake | None:
    """The known mistake whose outcome is the student's on every visible case, two failed ones at least."""
    if sum(failed) < 2:
        return None
    return next((mistake for mistake in key.mistakes
                 if all(alike(exercise, one, two) for one, two in zip(outcomes, mistake.outcomes))), None)


def alike(exercise: Exercise, one: Outcome, two: Outcome) -> bool:
    """Whether two outcomes are the same: error, changed inputs and values."""
    if one.error != two.error or one.changed != two.changed or one.values.keys() != two.values.keys():
        return False
    return all(difference(one.values[name], two.values[name], exercise.rtol, exercise.rtol_float32, exercise.atol)
               is None for name in two.values)


def attempt_id(report: Report) -> str:
    """The same for two attempts that answer alike on the visible cases."""
    plain = [[outcome.error, outcome.message, *encode_outcome(outcome).values()] for outcome in report.outcomes]
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()
