"""We look for what a wrong answer gets right: some kind of case, one of several quantities, the first step."""

from typing import Any

from descent.exercise import Case
from descent.failure import Failure, as_floats, quantity_of, step_of
from descent.outcome import Outcome
from descent.traits import FLOAT32, MATRIX, NAN, NUMBER, REFUSED, Trait, traits, where

Both = dict[str, str]

KINDS = (
    ({FLOAT32}, "right in float64, wrong in float32", "float64 下正确，float32 下错误"),
    ({NUMBER}, "right for arrays, wrong for a single number (0-d)", "对数组正确，对单个数（0 维）错误"),
    ({MATRIX}, "right for vectors, wrong for matrices", "对向量正确，对矩阵错误"),
    (
        {NUMBER, MATRIX},
        "right for vectors, wrong for a single number (0-d) and for matrices",
        "对向量正确，对单个数（0 维）和矩阵错误",
    ),
)


def only_some_cases(cases: list[Case], failed: list[bool], answers: list[Outcome]) -> Both | None:
    """Right for one kind of case and wrong for another."""
    if not any(failed) or all(failed):
        return None
    found = traits_of(cases, answers)
    answered = [(one, bad) for one, bad in zip(found, failed) if REFUSED not in one]
    for kinds, en, zh in KINDS if {bad for _, bad in answered} == {True, False} else ():
        if all(bool(kinds & one) == bad for one, bad in answered):
            return {"en": en, "zh": zh}
    # A case that must be refused, and is, says nothing about lr = 0, though lr is 0 there, too; nor does one in which NaN
    # hides the numbers.
    numbers = [(one, bad) for one, bad in answered if NAN not in one]
    for some in (list(zip(found, failed)), answered, numbers):
        place = where([bad for _, bad in some], [one for one, _ in some])
        if sum(bad for _, bad in some) == sum(failed) and place:
            break
    else:
        place = None
    if place:
        return {
            "en": f"right in every other case, wrong where {place[0]}",
            "zh": f"其他例子都对，只有这种情况出错：{place[1]}",
        }
    return None


def left_to_default(cases: list[Case], failed: list[bool]) -> Both | None:
    """Right in every case that gives a certain option, three at least; wrong in most of those that leave it out."""
    options = {name for case in cases for name in case.inputs if f", {name}={name}" in case.code}
    for name in sorted(options):
        with_it, without = (
            [bad for case, bad in zip(cases, failed) if (name in case.inputs) is one] for one in (True, False)
        )
        if len(with_it) >= 3 and not any(with_it) and sum(without) >= max(2, len(without) / 2):
            return {
                "en": f"right in every case that gives `{name}`, wrong only where its default holds",
                "zh": f"凡是给出 `{name}` 的例子都对，只在使用默认值时出错",
            }
    return None


def option_ignored(
    cases: list[Case], failed: list[bool], failures: list[Failure], answers: list[Outcome]
) -> Both | None:
    """Right in every case that leaves a certain option out, two at least; wrong in many of those that give it.

    What is wrong must have been asked for in the cases that leave the option out.
    """
    options = {name for case in cases for name in case.inputs if f", {name}={name}" in case.code}
    wrong = {quantity_of(failure.first) for failure in failures if failure.first}
    for name in sorted(options):
        given, left_out = (
            [bad for case, bad in zip(cases, failed) if (name in case.inputs) is one] for one in (True, False)
        )
        asked = {
            quantity_of(value)
            for case, answer in zip(cases, answers)
            if name not in case.inputs
            for value in answer.values
        }
        if len(left_out) >= 2 and not any(left_out) and sum(given) >= max(2, len(given) / 4) and wrong <= asked:
            return {
                "en": f"right in every case that leaves out `{name}`, wrong only where `{name}` is given",
                "zh": f"凡是没有给出 `{name}` 的例子都对，只在给出 `{name}` 时出错",
            }
    return None


def one_quantity(failures: list[Failure]) -> Both | None:
    """One returned quantity, a number or an array, is right wherever it is compared, another is wrong."""
    right, bad = set(), set()
    for failure in failures:
        for name in failure.right:
            (right if failure.agrees(name) else bad).add(quantity_of(name))
    told = [
        {quantity_of(name) for name, value in failure.right.items() if is_told(name, value)} for failure in failures
    ]
    told_by_itself = {
        quantity_of(name) for failure in failures for name, value in failure.right.items() if type(value) is bool
    }
    counted = {name for failure in failures for name, value in failure.right.items() if type(value) is int}
    right, bad = (
        sorted(some)
        for some in (right.intersection(*told) - bad, bad - told_by_itself - {one for one in counted if " " in one})
    )
    if not right or not bad:
        return None
    names, rest = ([f"`{name}`" for name in some] for some in (right, bad))
    return {
        "en": f"{together(names)} right in every case, {together(rest)} not",
        "zh": f"{'、'.join(names)} 在每个例子里都对，{'、'.join(rest)} 不对",
    }


def is_told(name: str, value: Any) -> bool:
    """Whether a value is an array or a number that the student knows by this name; what a run has counted is not."""
    return as_floats(value) is not None and not (type(value) is int and " " in name)


def together(names: list[str]) -> str:
    """As the subject of an English sentence: `m`, `v` and `t` are."""
    return f"{names[0]} is" if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]} are"


def first_step_only(failures: list[Failure]) -> Both | None:
    """In the runs of several steps everything is right at the first one."""
    runs = [failure for failure in failures if failure.is_run and not failure.asked_by_step]
    if len(runs) >= 2 and all(failure.agrees(name) for failure in runs for name in failure.right if step_of(name) == 1):
        return {
            "en": "in a run of several steps right at step 1, wrong from a later step on",
            "zh": "连走几步时，第 1 步正确，后面的步开始出错",
        }
    return None


def traits_of(cases: list[Case], answers: list[Outcome]) -> list[set[Trait]]:
    return [traits(case, cases, answer.error is not None) for case, answer in zip(cases, answers)]
