"""We examine a solution: every case compared with the right answer, and the mistake recognised where it is known."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from descent.advice import about_module
from descent.compare import difference, kind_of, show
from descent.exercise import Case, Exercise
from descent.keys import Key, KnownMistake, encode_outcome
from descent.outcome import Outcome, try_case
from descent.partly import only_some_cases
from descent.recognise import Match, recognise
from descent.signature import signature
from descent.traits import arrays_in, usual_numbers
from descent.truths import WRONG, wrong_truth

KEYBOARD = ("StdinNotImplementedError", "BdbQuit", "EOFError")  # what input() and breakpoint() raise without a keyboard


@dataclass(frozen=True)
class Problem:
    """The problem with one case: a sentence per language and, for a wrong value, both values."""

    kind: str
    text: dict[str, str]
    quantity: str | None = None
    got: Any = None
    expected: Any = None
    where: tuple[int, str] | None = None


@dataclass(frozen=True)
class Report:
    """The result of an examination. `problems` has an entry for each of `cases`, None if it passed.

    match: the known mistake that the solution behaves like. pattern: a sentence about the errors if no mistake is known.
    helper: a sentence about another function of the student's that causes the errors (descent/helpers.py).
    """

    exercise: Exercise
    cases: list[Case]
    outcomes: list[Outcome]
    problems: list[Problem | None]
    match: Match | None = None
    pattern: dict[str, str] | None = None
    hidden_failed: frozenset[str] = field(default_factory=frozenset)
    helper: dict[str, str] | None = None

    @property
    def mistake(self) -> KnownMistake | None:
        return self.match.mistake if self.match else None

    @property
    def passed(self) -> bool:
        return not self.failed_groups

    @property
    def failed_groups(self) -> frozenset[str]:
        return self.hidden_failed | self.visibly_failed

    @property
    def visibly_failed(self) -> frozenset[str]:
        return frozenset(case.group for case, problem in zip(self.cases, self.problems) if problem)

    @property
    def missing(self) -> bool:
        """True if the stub is still there."""
        return all(problem is not None and problem.kind == "missing" for problem in self.problems)

    @property
    def first(self) -> tuple[Case, Problem] | None:
        """The failed case to show: the first one with wrong values on ordinary numbers, which are easier to compute by hand,
        or just the first one. A changed input or a missing function comes first in any case."""
        failed = [(case, problem) for case, problem in zip(self.cases, self.problems) if problem]
        if not failed or failed[0][1].kind not in ("values", "form", "error"):
            return failed[0] if failed else None
        plain = (
            (case, problem)
            for case, problem in failed
            if problem.kind in ("values", "form") and usual_numbers(case, self.cases)
        )
        return next(plain, failed[0])


def examine(exercise: Exercise, solution: Callable, cases: list[Case], key: Key) -> Report:
    """Run a solution on the visible cases. A stub is run only once."""
    if not callable(solution):
        return Report(
            exercise,
            cases,
            [Outcome(error="not callable")] * len(cases),
            [not_callable(exercise, solution)] * len(cases),
        )
    outcomes, problems = [], []
    for case, answer in zip(cases, key.answers):
        outcomes.append(try_case(exercise, solution, case))
        problems.append(problem_of(exercise, case, outcomes[-1], answer))
        if len(problems) == 1 and problems[0] is not None and problems[0].kind == "missing":
            return Report(exercise, cases, outcomes * len(cases), problems * len(cases))
    failed = [problem is not None for problem in problems]
    if not any(failed):
        return Report(exercise, cases, outcomes, problems)
    match = recognise(exercise, cases, outcomes, key, failed)
    if match:
        pattern = None
    elif Report(exercise, cases, outcomes, problems).first[1].kind == "values":
        wrong_but_passed = [
            not is_failed and wrong_besides(exercise, case, outcome, answer)
            for case, outcome, answer, is_failed in zip(cases, outcomes, key.answers, failed)
        ]
        pattern = signature(cases, outcomes, key.answers, failed, wrong_but_passed)
    else:  # a wrong type or an error explains itself; still, report if it happens for some kinds of case only
        pattern = only_some_cases(cases, failed, key.answers)
    return Report(exercise, cases, outcomes, problems, match, pattern)


def problem_of(exercise: Exercise, case: Case, outcome: Outcome, answer: Outcome) -> Problem | None:
    """The first problem of an outcome; None if it is right. The right answer may be an error.

    A changed input comes first, because other problems are often consequences of it.
    """
    if outcome.changed and outcome.error != "NotImplementedError":
        return Problem("changed", input_changed(case, outcome.changed))
    if outcome.error != answer.error:
        return error_problem(exercise, outcome, answer)
    for name, expected in answer.values.items():
        if not exercise.counts(case, name):
            continue
        if name not in outcome.values:
            return Problem("values", not_there(name), name)
        got = outcome.values[name]
        if text := value_problem(exercise, case, name, got, expected):
            return Problem("values" if same_form(got, expected) else "form", text, name, got, expected)
    return None


def not_there(name: str) -> dict[str, str]:
    """A value is missing because the run ended early. (The names of truth values are ours: we do not show them.)"""
    if name in WRONG:
        return {
            "en": "one of its properties could not be tried: what comes before is wrong",
            "zh": "有一条性质无法检验：前面的结果有误",
        }
    return {
        "en": f"there is no `{name}`: what comes before it is wrong",
        "zh": f"没有得到 `{name}`：前面的结果有误",
    }


def input_changed(case: Case, names: tuple[str, ...]) -> dict[str, str]:
    """Which inputs a function has changed, and what to do instead: make a new array, or copy a dict or list. An argument
    without a name, such as a cache made for the call, is called "argument 2"."""
    inputs = [case.inputs.get(name) for name in names]
    if all(name.startswith("argument ") for name in names):
        numbers = ", ".join(name.removeprefix("argument ") for name in names)
        return {
            "en": f"your function changes its argument number {numbers}: work on a copy, and make new arrays "
            "(`a = a + b`, not `a += b`)",
            "zh": f"函数改动了传入的第 {numbers} 个参数：请先复制，并新建数组（写 `a = a + b`，不要写 `a += b`）",
        }
    listed = ", ".join(f"`{name}`" for name in names)
    if all(type(value) in (dict, list) and not arrays_in(value) for value in inputs):
        kind = type(inputs[0]).__name__
        return {
            "en": f"your function changes its input {listed}: work on a copy (`{kind}({names[0]})`)",
            "zh": f"函数改动了传入的 {listed}：请在副本上操作（`{kind}({names[0]})`）",
        }
    return {
        "en": f"your function changes its input {listed}: work on a new array (`a = a + b`, not `a += b`)",
        "zh": f"函数改动了传入的 {listed}：请新建数组（写 `a = a + b`，不要写 `a += b`）",
    }


def wrong_besides(exercise: Exercise, case: Case, outcome: Outcome, answer: Outcome) -> bool:
    """True if a case that passes has a wrong value that does not count in its group."""
    return any(
        name in outcome.values and value_problem(exercise, case, name, outcome.values[name], expected) is not None
        for name, expected in answer.values.items()
        if not exercise.counts(case, name)
    )


def value_problem(exercise: Exercise, case: Case, name: str, got: Any, expected: Any) -> dict[str, str] | None:
    """A sentence about a wrong value; None if it is right."""
    if custom := exercise.compare.get(name):
        text = custom(got, expected, case.inputs)
    else:
        text = difference(got, expected, exercise.rtol, exercise.rtol_float32, exercise.atol)
    if text is None:
        return None
    return wrong_truth(name, got) or {"en": f"`{name}` {text['en']}", "zh": f"`{name}` {text['zh']}"}


def same_form(got: Any, expected: Any) -> bool:
    """True if type, shape and dtype are right, so that only the numbers can be wrong."""
    if isinstance(expected, np.ndarray) and expected.ndim:
        return type(got) is np.ndarray and (got.shape, got.dtype) == (expected.shape, expected.dtype)
    if isinstance(expected, (np.ndarray, np.generic, float, int)):
        return isinstance(got, (np.ndarray, np.generic, float, int)) and np.ndim(got) == 0
    return type(got) is type(expected)


def not_callable(exercise: Exercise, solution: Any) -> Problem:
    description = f"{show(solution, limit=60)} ({kind_of(solution)})"
    return Problem(
        "not callable",
        {
            "en": f"`{exercise.name}` is {description}, not a function. Hand over the function itself, without "
            "parentheses; if the name was given to something else, run its `def` again",
            "zh": f"`{exercise.name}` 是 {description}，不是函数。请传入函数本身，后面不要加括号；"
            "如果这个名字被赋成了别的东西，请重新运行它的 `def`",
        },
    )


def error_problem(exercise: Exercise, outcome: Outcome, answer: Outcome) -> Problem:
    """The problem of an unexpected error, or of an expected one that is missing."""
    if outcome.error is None:
        return Problem(
            "no error",
            {
                "en": f"expected {answer.error}, but no error was raised",
                "zh": f"应当抛出 {answer.error}，但没有抛出任何错误",
            },
        )
    name, detail, where = exercise.name, outcome.message.get("en", ""), outcome.where
    if outcome.error in KEYBOARD or "input request" in detail or "raw_input" in detail:
        return Problem(
            "error",
            {
                "en": "it waits for the keyboard (`input()` or `breakpoint()`): take that line out",
                "zh": "它在等待键盘输入（`input()` 或 `breakpoint()`）：请删掉那一行",
            },
            where=where,
        )
    if outcome.error == "ModuleNotFoundError" and (module := re.match(r"No module named '(\w+)'", detail)):
        return Problem("error", about_module(module[1]), where=where)
    if outcome.error == "NotImplementedError":
        return missing(name, detail)
    if outcome.error == "WrongReturn":
        return Problem("return", {language: f"`{name}` {text}" for language, text in outcome.message.items()})
    if outcome.error == "TypeError" and re.match(rf"([\w.<>]*\.)?({re.escape(name)}|<lambda>)\(\) \w+ ", detail):
        return Problem(
            "signature",
            {
                "en": f"the call does not fit the `def` line: {detail}. Keep the `def` line as it was given",
                "zh": f"调用与 `def` 行不符：{detail}。请保留原来的 `def` 行",
            },
            where=where,
        )
    if outcome.error in ("NameError", "UnboundLocalError"):
        return Problem(
            "name",
            {
                "en": f"a name has no value where it is used: {detail}. Is it spelled right, and has "
                "the code that defines it been run?",
                "zh": f"用到了一个还没有值的名字：{detail}。拼写对吗？定义它的代码运行过吗？",
            },
            where=where,
        )
    if outcome.error == "RecursionError":
        return Problem(
            "error",
            {
                "en": f"`{name}` calls itself again and again and never ends (RecursionError)",
                "zh": f"`{name}` 一再调用自己，停不下来（RecursionError）",
            },
            where=where,
        )
    if outcome.error == "SystemExit":
        return Problem(
            "error",
            {
                "en": "the code ends the program (`exit`, `quit`): use `return` instead",
                "zh": "代码让程序退出了（`exit`、`quit`）：应当用 `return`",
            },
            where=where,
        )
    if outcome.error == "WireError":  # only in the judge: a limit of one test was hit
        return Problem(
            "error",
            {
                "en": f"stopped before it had answered: {detail}. Does a loop never get to its end?",
                "zh": f"还没给出答案就被停止了：{detail}。是不是有个循环永远走不到头？",
            },
        )
    return Problem("error", {"en": f"{outcome.error}: {detail}", "zh": f"{outcome.error}：{detail}"}, where=where)


def missing(name: str, detail: str) -> Problem:
    """A stub raised NotImplementedError("momentum_step: not written yet"): this exercise's, or that of one it calls."""
    stub = re.match(r"(\w+)(\.\w+)?(?:: not written yet|：还没有写)", detail)
    if stub and stub[1] != name:
        return Problem(
            "missing",
            {
                "en": f"`{name}` calls `{stub[1]}`, which is not written yet",
                "zh": f"`{name}` 调用了 `{stub[1]}`，而后者还没有写",
            },
        )
    return Problem(
        "missing", {"en": f"`{name}` is not written yet, or not to the end", "zh": f"`{name}` 还没有写，或者没有写完"}
    )


def counts_as(report: Report) -> str | None:
    """The mistake that an attempt counts as on the ladder of hints: the same mistake again goes up one step, another
    mistake starts from the bottom.

    None for a problem that explains itself (a type, a shape, an error, a changed input): it does not count.
    """
    if report.match:
        return report.match.mistake.id
    return "unknown" if report.first and report.first[1].kind == "values" else None


def attempt_id(report: Report) -> str:
    """An id that is equal for two attempts with equal outcomes on the visible cases."""
    plain = [[outcome.error, outcome.message, *encode_outcome(outcome).values()] for outcome in report.outcomes]
    text = re.sub(r"0x[0-9a-f]+", "", json.dumps(plain, sort_keys=True, default=str))  # addresses are never alike
    return hashlib.sha256(text.encode()).hexdigest()
