"""We look for the pattern of a mistake nobody catalogued: a sign, a factor, a transpose, one step late."""

from typing import Any

import numpy as np

from descent.compare import close
from descent.error_sizes import size_of_error
from descent.exercise import Case
from descent.failure import STEP, Failure, as_floats, precision, ratio
from descent.outcome import Outcome
from descent.partly import first_step_only, left_to_default, one_quantity, only_some_cases, option_ignored
from descent.relations import kind_of_error, name_of
from descent.traits import ordinary, traits
from descent.words_wrong import nan_lost, wrong_words

Both = dict[str, str]


NEARLY = {
    "en": "right to five digits, but not exactly: a small constant added in a formula, or a rounding, makes such a difference",
    "zh": "前五位数字是对的，但不精确：公式里加了很小的常数，或者做了舍入，就会有这样的偏差",
}


def signature(
    cases: list[Case],
    outcomes: list[Outcome],
    answers: list[Outcome],
    failed: list[bool],
    wrong_but_passed: list[bool] | None = None,
) -> Both | None:
    """A sentence in each language: the first pattern that explains every failed case with ordinary numbers, or the kind of
    case that fails if only one kind does; None if nothing fits.

    Patterns are tried from the most to the least specific. A pattern needs two failed cases; cases with NaN, zeros or
    extreme numbers (descent/traits.py) hide patterns and are left out. wrong_but_passed: cases that pass only because
    their wrong values do not count there; with these we make no claim about "every other case".
    """
    failed_or_wrong = [is_failed or is_wrong for is_failed, is_wrong in zip(failed, wrong_but_passed or failed)]
    all_failures = [
        Failure(case, outcome.values, answer.values)
        for case, outcome, answer, is_failed in zip(cases, outcomes, answers, failed)
        if is_failed and not answer.error
    ]
    failures = [failure for failure in all_failures if ordinary(traits(failure.case, cases))]
    if failures and all(failure.got and failure.nearly_right for failure in failures):
        return only_some_cases(cases, failed_or_wrong, answers) or NEARLY
    failures = [failure for failure in failures if failure.got]  # a case that ended in an error shows no numbers
    if (
        any(failure.first is None for failure in failures)
        or not failures
        and any(not failure.got for failure in all_failures)
    ):
        return (
            only_some_cases(cases, failed_or_wrong, answers)
            or left_to_default(cases, failed)
            or option_ignored(cases, failed, all_failures, answers)
        )
    if len(failures) < 2:
        return (
            only_some_cases(cases, failed_or_wrong, answers)
            or nan_lost(all_failures)
            or wrong_words(all_failures)
            or left_to_default(cases, failed)
            or option_ignored(cases, failed, all_failures, answers)
            or kind_of_error(failures)
            or size_of_error(failures or all_failures)
            or one_quantity(all_failures)
        )
    for pattern in (shifted, transposed, turned_round, factor):
        if sentence := pattern(failures):
            return sentence
    if sentence := only_some_cases(cases, failed_or_wrong, answers):
        return sentence
    if (
        sentence := left_to_default(cases, failed)
        or wrong_words(all_failures)
        or option_ignored(cases, failed, all_failures, answers)
    ):
        return sentence
    for pattern in (an_input, one_term, same_entries, kind_of_error):
        if sentence := pattern(failures):
            return sentence
    return one_quantity(all_failures) or first_step_only(failures) or size_of_error(failures)


def wherever_wrong(failures: list[Failure], en: str, zh: str) -> Both:
    """A sentence about the first wrong value; in a run of several steps later errors may be consequences of it."""
    if any(failure.is_run for failure in failures):
        return {"en": f"where it first goes wrong, {en}", "zh": f"在最先出错的地方，{zh}"}
    return {"en": f"wherever it is wrong, {en}", "zh": f"凡是出错的地方，{zh}"}


# ---- relations to the right answer that hold in every failed case -----------------------------------


def factor(failures: list[Failure]) -> Both | None:
    """The first wrong value, or its difference to the input of the same name, is a multiple of the right one."""
    factors_by_case = [factors(failure) for failure in failures]
    recognisable_by_case = [recognisable(failure.inputs) for failure in failures]
    for name in factors_by_case[0]:
        if not all(name in named for named in factors_by_case):
            continue
        ratios = [named[name] for named in factors_by_case]
        en, zh = name
        if np.allclose(ratios, -1, rtol=1e-4):
            return wherever_wrong(failures, f"your {en} is minus the right one", f"你的{zh}与正确值只差一个负号")
        label = next(
            (
                label
                for label in recognisable_by_case[0]
                if all(
                    label in factors and np.isclose(c, factors[label], rtol=1e-4)
                    for c, factors in zip(ratios, recognisable_by_case)
                )
            ),
            None,
        )
        if label is None and np.allclose(ratios, ratios[0], rtol=1e-4):
            digits = 4 if f"{ratios[0]:.4g}" != "1" else 7
            label = f"{ratios[0]:.{digits}g}", f"{ratios[0]:.{digits}g}"
        if label:
            return wherever_wrong(
                failures, f"your {en} is {label[0]} times the right one", f"你的{zh}是正确值的 {label[1]} 倍"
            )
        if sum(failure.pair[1].size > 1 for failure in failures) >= 2:
            return wherever_wrong(
                failures,
                f"your {en} is a multiple of the right one, by another factor each time",
                f"你的{zh}是正确值的若干倍，但每次的倍数不同",
            )
    return None


def factors(failure: Failure) -> dict[tuple[str, str], float]:
    """{what is off by a factor, in both languages: the factor}"""
    pair, named_factors = failure.pair, {}
    if pair is None:
        return named_factors
    quantity, rtol = failure.quantity, precision(failure.right[failure.first])
    if (c := ratio(*pair, rtol)) is not None and not np.isclose(c, 1, rtol=10 * rtol):  # 1: the dtype is wrong
        named_factors[f"`{quantity}`", f" `{quantity}` "] = c
    start = failure.arrays.get(quantity)
    if (
        start is not None
        and (c := ratio(pair[0] - start, pair[1] - start, 10 * rtol)) is not None
        and not np.isclose(c, 1, rtol=10 * rtol)
    ):
        named_factors[f"change of `{quantity}`", f" `{quantity}` 的改变量"] = c
    return named_factors


def recognisable(inputs: dict[str, Any]) -> dict[tuple[str, str], float]:
    """{name in both languages: factor} for each hyper-parameter, its complement, their inverses, and the row count."""
    named_factors = {}
    for name, value in inputs.items():
        if type(value) in (float, int) and value not in (0, 1):
            factors = {name: value, f"1/{name}": 1 / value}
            if 0 < value < 1:
                factors |= {f"(1 - {name})": 1 - value, f"1/(1 - {name})": 1 / (1 - value), f"(1 + {name})": 1 + value}
            named_factors |= {(label, label): c for label, c in factors.items()}
        if isinstance(value, np.ndarray) and value.ndim == 2 and name in ("X", "x", "logits") and len(value) > 1:
            named_factors |= {
                ("(number of rows)", "（行数）"): len(value),
                ("1/(number of rows)", "（1/行数）"): 1 / len(value),
            }
    return named_factors


def transposed(failures: list[Failure]) -> Both | None:
    def turned(failure):
        got, right = as_floats(failure.got.get(failure.first)), as_floats(failure.right[failure.first])
        return got is not None and right is not None and right.ndim == 2 and close(got, right.T, 1e-6)

    if all(turned(failure) for failure in failures):
        return {"en": "your answer is the transpose of the right one", "zh": "你的答案是正确答案的转置"}
    return None


def turned_round(failures: list[Failure]) -> Both | None:
    """The right numbers in reversed order: in a list, or along one axis of an array."""

    def axes(failure):
        got, right = sequence(failure.got.get(failure.first)), sequence(failure.right[failure.first])
        if got is None or right is None or got.shape != right.shape or right.size < 2:
            return set()
        return {
            axis for axis in range(right.ndim) if close(got, np.flip(right, axis), 1e-6) and not close(got, right, 1e-6)
        }

    if set.intersection(*map(axes, failures)):
        quantity = failures[0].quantity
        return {
            "en": f"your `{quantity}` has the right numbers in reversed order",
            "zh": f"你的 `{quantity}` 数值都对，但顺序反了",
        }
    return None


def sequence(value: Any) -> np.ndarray | None:
    """An array, or a list of numbers, as an array of floats with at least one axis."""
    if isinstance(value, (list, tuple)) and all(type(item) in (int, float) for item in value):
        value = np.array(value, dtype=np.float64)
    array = as_floats(value)
    return array if array is not None and array.ndim else None


def shifted(failures: list[Failure]) -> Both | None:
    """In a run of several steps, the wrong quantity at step k is the right one of step k-1 or k+1."""
    runs = [failure for failure in failures if failure.is_run]
    for offset, en, zh in ((-1, "one step late", "晚了一步"), (1, "one step early", "早了一步")):
        if len(runs) >= 2 and all(follows(failure, offset) for failure in runs):
            quantity = runs[0].quantity
            if runs[0].is_schedule:
                return {"en": f"your `{quantity}` is right, but {en}", "zh": f"你的 `{quantity}` 本身是对的，但{zh}"}
            return {
                "en": f"in a run of several steps your `{quantity}` is the right one, but {en}",
                "zh": f"连走几步时，你的 `{quantity}` 本身是对的，但{zh}",
            }
    return None


def follows(failure: Failure, offset: int) -> bool:
    matches = []
    for name in failure.right:
        match = STEP.match(name)
        neighbour_name = f"{match['what']}{int(match['number']) + offset}" if match else None
        if neighbour_name in failure.right and name.split(" ")[0] == failure.quantity:
            got, same_step, neighbour = map(
                as_floats, (failure.got.get(name), failure.right[name], failure.right[neighbour_name])
            )
            if not any(value is None for value in (got, same_step, neighbour)) and not close(
                neighbour, same_step, 1e-6
            ):
                matches.append(close(got, neighbour, 1e-6))
    return len(matches) >= 2 and all(matches)


def an_input(failures: list[Failure]) -> Both | None:
    """The first wrong value is one of the inputs, or zero, in every failed case."""
    quantity, pairs = failures[0].quantity, [failure.pair for failure in failures]
    if None in pairs or any(failure.quantity != quantity for failure in failures):
        return None
    quantity = name_of(failures)
    if all(not got.any() for got, _ in pairs):
        return wherever_wrong(failures, f"your `{quantity}` is zero", f"你的 `{quantity}` 是零")
    for name in failures[0].arrays:
        if all(
            name in failure.arrays and close(got, failure.arrays[name], 1e-6)
            for failure, (got, _) in zip(failures, pairs)
        ):
            return wherever_wrong(
                failures, f"your `{quantity}` is the `{name}` that came in", f"你的 `{quantity}` 就是传进来的 `{name}`"
            )
    return None


def one_term(failures: list[Failure]) -> Both | None:
    """The first wrong value is off by a multiple of one input: a term of the rule is missing, doubled or scaled.

    Needs two cases with float64 arrays of two entries or more.
    """
    clear = [
        failure
        for failure in failures
        if failure.pair is not None
        and failure.pair[0].size > 1
        and failure.step in (None, 1)
        and precision(failure.right[failure.first]) < 1e-5
    ]
    if len(clear) < 2 or any(failure.quantity != clear[0].quantity for failure in clear):
        return None
    quantity = clear[0].quantity
    for name in clear[0].arrays:
        if all(
            name in failure.arrays and ratio(failure.pair[0] - failure.pair[1], failure.arrays[name], 1e-6)
            for failure in clear
        ):
            return {
                "en": f"what is too much or too little in your `{quantity}` is a multiple of the `{name}` that came in",
                "zh": f"你的 `{quantity}` 多出或缺少的部分，是传进来的 `{name}` 的若干倍",
            }
    return None


def same_entries(failures: list[Failure]) -> Both | None:
    """The same few entries are wrong in every failed case."""
    wrong = []
    for failure in failures:
        if (pair := failure.pair) is None or pair[1].ndim == 0:
            return None
        off = np.abs(pair[0] - pair[1]) > precision(failure.right[failure.first]) * np.abs(pair[1]).max()
        wrong.append((failure.quantity, off.shape, tuple(map(tuple, np.argwhere(off).tolist()))))
    quantity, shape, entries = wrong[0]
    if len(set(wrong)) > 1 or not 0 < len(entries) <= 4 or len(entries) == np.prod(shape):
        return None
    places = ", ".join(str(list(entry)) for entry in entries)
    return {
        "en": f"wherever `{quantity}` is wrong, it is so at {places} and nowhere else",
        "zh": f"`{quantity}` 凡是出错，都只错在 {places}，别处都对",
    }
