"""We look for the pattern of a mistake nobody catalogued: a sign, a factor, a transpose, one step late."""

import re
from typing import Any

import numpy as np

from descent.compare import close
from descent.exercise import Case
from descent.outcome import Outcome

STEP = re.compile(r"^(?P<what>.*\bstep )(?P<number>\d+)(?P<rest>.*)$")


def signature(cases: list[Case], outcomes: list[Outcome], answers: list[Outcome],
              failed: list[bool], rtol: float = 1e-6) -> dict[str, str] | None:
    """The first pattern that explains every failed case, as a sentence per language; None where none does.

    Looked at in this order: minus the right answer, a constant times it (named after a hyper-parameter where
    it is one in every case), transposed, one step early or late, wrong for one kind of parameter only, wrong
    in float32 only, right only at the first step. One failed case is not enough for a pattern.
    """
    wrong = [(case, outcome.values, answer.values)
             for case, outcome, answer, bad in zip(cases, outcomes, answers, failed) if bad]
    if len(wrong) < 2 or any(not values for _, values, _ in wrong):
        return only_some_cases(cases, failed)
    return (factor(wrong, rtol) or transposed(wrong, rtol) or shifted(wrong, rtol)
            or only_some_cases(cases, failed) or first_step_only(wrong, rtol) or one_quantity(wrong, rtol))


def factor(wrong, rtol):
    """The first wrong value, or the change it makes to the input it is named after, is a constant times right."""
    ratios = []
    for case, values, answers in wrong:
        name = first_wrong(values, answers, rtol)
        if name is None:
            return None
        pair = [as_floats(values[name]), as_floats(answers[name])]
        if any(one is None for one in pair) or pair[0].shape != pair[1].shape:
            return None
        start = as_floats(case.inputs.get(name.split()[0]))
        ratio, changes = constant_ratio(*pair, rtol), False
        if ratio is None and start is not None and start.shape == pair[1].shape:
            ratio, changes = constant_ratio(pair[0] - start, pair[1] - start, 1e-4), True
        if ratio is None:
            return None
        ratios.append((case, name.split()[0], ratio, changes))
    names, changes = {name for _, name, _, _ in ratios}, ratios[0][3]
    if len(names) > 1:
        return None
    what = ratios[0][1]
    en, zh = (f"your change of `{what}`", f"你对 `{what}` 的改变量") if changes else (f"your `{what}`", f"你的 `{what}`")
    if all(np.isclose(ratio, -1, rtol=1e-4) for _, _, ratio, _ in ratios):
        return {"en": f"{en} is minus the right one", "zh": f"{zh}与正确值只差一个负号"}
    for label in candidates(ratios[0][0].inputs):
        if all(label in (known := candidates(case.inputs)) and np.isclose(ratio, known[label], rtol=1e-4)
               for case, _, ratio, _ in ratios):
            return {"en": f"{en} is {label} times the right one", "zh": f"{zh}是正确值的 {label} 倍"}
    constants = [ratio for _, _, ratio, _ in ratios]
    if np.allclose(constants, constants[0], rtol=1e-4):
        return {"en": f"{en} is {constants[0]:.4g} times the right one in every case",
                "zh": f"在每个例子里{zh}都是正确值的 {constants[0]:.4g} 倍"}
    return None


def candidates(inputs: dict[str, Any]) -> dict[str, float]:
    """Factors a reader would recognise: each hyper-parameter, its complement and inverse, the row count, 2."""
    known = {}
    for name, value in inputs.items():
        if type(value) in (float, int) and value not in (0, 1):
            known[name] = value
            known[f"1/{name}"] = 1 / value
            if 0 < value < 1:
                known[f"(1 - {name})"] = 1 - value
                known[f"1/(1 - {name})"] = 1 / (1 - value)
        if isinstance(value, np.ndarray) and value.ndim == 2 and name in ("X", "x", "logits"):
            known["the number of rows"] = value.shape[0]
            known["1/(number of rows)"] = 1 / value.shape[0]
    return known | {"2": 2.0, "1/2": 0.5}


def transposed(wrong, rtol):
    def turned(values, answers):
        name = first_wrong(values, answers, rtol)
        got, right = (as_floats(values.get(name)), as_floats(answers.get(name))) if name else (None, None)
        return got is not None and right is not None and right.ndim == 2 and close(got, right.T, rtol)
    if all(turned(values, answers) for _, values, answers in wrong):
        return {"en": "your answer is the transpose of the right one", "zh": "你的答案是正确答案的转置"}
    return None


def shifted(wrong, rtol):
    """Every value of step k equals the right value of step k-1 (late) or k+1 (early), at least twice a case."""
    for offset, en, zh in ((-1, "one step late", "晚了一步"), (1, "one step early", "早了一步")):
        if all(follows(values, answers, offset, rtol) for _, values, answers in wrong):
            return {"en": f"your answer is the right one, but {en}", "zh": f"你的答案本身是对的，但{zh}"}
    return None


def follows(values, answers, offset, rtol):
    pairs = []
    for name in answers:
        if match := STEP.match(name):
            other = f"{match['what']}{int(match['number']) + offset}{match['rest']}"
            if other in answers and name in values:
                pairs.append((as_floats(values[name]), as_floats(answers[other]), as_floats(answers[name])))
    pairs = [(got, other) for got, other, own in pairs
             if got is not None and other is not None and own is not None and not close(other, own, rtol)]
    return len(pairs) >= 2 and all(close(got, other, rtol) for got, other in pairs)


def only_some_cases(cases, failed):
    """Right for one kind of array and wrong for another."""
    kinds = {"float32": ("right in float64, wrong in float32", "float64 下正确，float32 下错误"),
             "0-d": ("right for arrays, wrong for a single number (0-d)", "对数组正确，对单个数（0 维）错误"),
             "2-d": ("right for vectors, wrong for matrices", "对向量正确，对矩阵错误")}
    if not any(failed) or all(failed):
        return None
    for kind, (en, zh) in kinds.items():
        if [kind in kinds_of(case) for case in cases] == list(failed):
            return {"en": en, "zh": zh}
    return None


def kinds_of(case: Case) -> set[str]:
    arrays = [value for value in case.inputs.values() if isinstance(value, (np.ndarray, np.generic))]
    if not arrays:
        return set()
    return {f"{max(np.ndim(array) for array in arrays)}-d"} | {str(array.dtype) for array in arrays}


def first_step_only(wrong, rtol):
    def at_first(values, answers):
        steps = [name for name in answers if STEP.match(name)]
        first = [name for name in steps if int(STEP.match(name)["number"]) == 1]
        return (len(first) < len(steps) and bool(first)
                and all(name in values and same_value(values[name], answers[name], rtol) for name in first))
    if all(at_first(values, answers) for _, values, answers in wrong):
        return {"en": "right at step 1, wrong from a later step on", "zh": "第 1 步正确，后面的步开始出错"}
    return None


def one_quantity(wrong, rtol):
    """One returned quantity is right wherever it is compared, another is wrong."""
    right, bad = set(), set()
    for _, values, answers in wrong:
        for name in answers:
            (right if same_value(values.get(name), answers[name], rtol) else bad).add(name.split()[0])
    if not (right := sorted(right - bad)):
        return None
    names, rest = ", ".join(f"`{name}`" for name in right), ", ".join(f"`{name}`" for name in sorted(bad))
    return {"en": f"{names} is right in every case, {rest} is not", "zh": f"{names} 在每个例子里都对，{rest} 不对"}


def first_wrong(values, answers, rtol):
    return next((name for name in answers if not same_value(values.get(name), answers[name], rtol)), None)


def same_value(got, right, rtol):
    got, right = as_floats(got), as_floats(right)
    return got is not None and right is not None and close(got, right, rtol)


def as_floats(value: Any) -> np.ndarray | None:
    if isinstance(value, (bool, str)) or not isinstance(value, (np.ndarray, np.generic, float, int, list, tuple)):
        return None
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    return array


def constant_ratio(got: np.ndarray, right: np.ndarray, rtol: float) -> float | None:
    """c with got = c * right, c neither 0 nor 1; None where there is no such number."""
    if not right.any() or not np.isfinite(got).all():
        return None
    ratio = float((got * right).sum() / (right * right).sum())
    if abs(ratio) < 1e-12 or np.isclose(ratio, 1, rtol=1e-6):
        return None
    return ratio if close(got, ratio * right, rtol) else None
