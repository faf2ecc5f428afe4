"""We look for parts that a wrong answer gets right: some kind of case, one of several quantities, the first step."""

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
    all_traits = traits_of(cases, answers)
    answered = [
        (case_traits, is_failed) for case_traits, is_failed in zip(all_traits, failed) if REFUSED not in case_traits
    ]
    for kinds, en, zh in KINDS if {is_failed for _, is_failed in answered} == {True, False} else ():
        if all(bool(kinds & case_traits) == is_failed for case_traits, is_failed in answered):
            return {"en": en, "zh": zh}
    # A case that expects an error, and gets it, is no evidence about lr = 0 even if lr is 0 there; nor is a case in which
    # NaN hides the numbers.
    numbers = [(case_traits, is_failed) for case_traits, is_failed in answered if NAN not in case_traits]
    for selected in (list(zip(all_traits, failed)), answered, numbers):
        description = where([is_failed for _, is_failed in selected], [case_traits for case_traits, _ in selected])
        if sum(is_failed for _, is_failed in selected) == sum(failed) and description:
            break
    else:
        description = None
    if description:
        return {
            "en": f"right in every other case, wrong where {description[0]}",
            "zh": f"其他例子都对，只有这种情况出错：{description[1]}",
        }
    return None


def left_to_default(cases: list[Case], failed: list[bool]) -> Both | None:
    """Right in every case that passes a certain option (at least three), wrong in most of the cases that do not."""
    options = {name for case in cases for name in case.inputs if f", {name}={name}" in case.code}
    for name in sorted(options):
        with_it, without = (
            [is_failed for case, is_failed in zip(cases, failed) if (name in case.inputs) is is_given]
            for is_given in (True, False)
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
    """Right in every case that does not pass a certain option (at least two), wrong in many of the cases that do.

    The wrong quantities must also be compared in the cases that do not pass the option.
    """
    options = {name for case in cases for name in case.inputs if f", {name}={name}" in case.code}
    wrong = {quantity_of(failure.first) for failure in failures if failure.first}
    for name in sorted(options):
        failed_with, failed_without = (
            [is_failed for case, is_failed in zip(cases, failed) if (name in case.inputs) is is_given]
            for is_given in (True, False)
        )
        compared = {
            quantity_of(value)
            for case, answer in zip(cases, answers)
            if name not in case.inputs
            for value in answer.values
        }
        if (
            len(failed_without) >= 2
            and not any(failed_without)
            and sum(failed_with) >= max(2, len(failed_with) / 4)
            and wrong <= compared
        ):
            return {
                "en": f"right in every case that leaves out `{name}`, wrong only where `{name}` is given",
                "zh": f"凡是没有给出 `{name}` 的例子都对，只在给出 `{name}` 时出错",
            }
    return None


def one_quantity(failures: list[Failure]) -> Both | None:
    """One returned quantity, a number or an array, is right in every case, while another is wrong."""
    right, wrong = set(), set()
    for failure in failures:
        for name in failure.right:
            (right if failure.agrees(name) else wrong).add(quantity_of(name))
    known_quantities = [
        {quantity_of(name) for name, value in failure.right.items() if is_known_to_student(name, value)}
        for failure in failures
    ]
    truth_values = {
        quantity_of(name) for failure in failures for name, value in failure.right.items() if type(value) is bool
    }
    counted = {name for failure in failures for name, value in failure.right.items() if type(value) is int}
    right, wrong = (
        sorted(quantities)
        for quantities in (
            right.intersection(*known_quantities) - wrong,
            wrong - truth_values - {name for name in counted if " " in name},
        )
    )
    if not right or not wrong:
        return None
    right_names, wrong_names = ([f"`{name}`" for name in quantities] for quantities in (right, wrong))
    return {
        "en": f"{with_verb(right_names)} right in every case, {with_verb(wrong_names)} not",
        "zh": f"{'、'.join(right_names)} 在每个例子里都对，{'、'.join(wrong_names)} 不对",
    }


def is_known_to_student(name: str, value: Any) -> bool:
    """True if a value is an array or number that the student knows by this name, rather than a count made by the run."""
    return as_floats(value) is not None and not (type(value) is int and " " in name)


def with_verb(names: list[str]) -> str:
    """The names with their verb, for the beginning of an English sentence: `m`, `v` and `t` are."""
    return f"{names[0]} is" if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]} are"


def first_step_only(failures: list[Failure]) -> Both | None:
    """In runs of several steps, everything is right at step 1."""
    runs = [failure for failure in failures if failure.is_run and not failure.is_schedule]
    if len(runs) >= 2 and all(failure.agrees(name) for failure in runs for name in failure.right if step_of(name) == 1):
        return {
            "en": "in a run of several steps right at step 1, wrong from a later step on",
            "zh": "连走几步时，第 1 步正确，后面的步开始出错",
        }
    return None


def traits_of(cases: list[Case], answers: list[Outcome]) -> list[set[Trait]]:
    return [traits(case, cases, answer.error is not None) for case, answer in zip(cases, answers)]
