"""We look for the pattern of a mistake nobody catalogued: a sign, a factor, a transpose, one step late."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from descent.compare import close
from descent.exercise import Case
from descent.outcome import Outcome

Both = dict[str, str]
STEP = re.compile(r"^(?P<what>.*\bstep )(?P<number>\d+)$")


@dataclass(frozen=True)
class Failure:
    """A case that failed without an error: the student's values beside the right ones."""

    case: Case
    got: dict[str, Any]
    right: dict[str, Any]

    def agrees(self, name: str) -> bool:
        got, right = as_floats(self.got.get(name)), as_floats(self.right[name])
        return got is not None and right is not None and close(got, right, precision(self.right[name]))

    @property
    def first(self) -> str | None:
        """The first wrong value."""
        return next((name for name in self.right if not self.agrees(name)), None)

    def pair(self, name: str) -> tuple[np.ndarray, np.ndarray] | None:
        """Both values as arrays of one shape, where they are that."""
        got, right = as_floats(self.got.get(name)), as_floats(self.right[name])
        return (got, right) if got is not None and right is not None and got.shape == right.shape else None


def signature(cases: list[Case], outcomes: list[Outcome], answers: list[Outcome], failed: list[bool]) -> Both | None:
    """The first pattern that explains every failed case, as a sentence per language; None where none does.

    Looked at in this order: minus the right answer or a constant times it (named after a hyper-parameter where
    it is one in every case), transposed, one step early or late, wrong for one kind of parameter only, one
    quantity right and another wrong, right at the first step only. One failed case is not enough for a pattern.
    """
    failures = [Failure(case, outcome.values, answer.values)
                for case, outcome, answer, bad in zip(cases, outcomes, answers, failed) if bad]
    if len(failures) < 2 or any(not failure.got for failure in failures):
        return only_some_cases(cases, failed)
    return (factor(failures) or transposed(failures) or shifted(failures) or only_some_cases(cases, failed)
            or one_quantity(failures) or first_step_only(failures))


def factor(failures: list[Failure]) -> Both | None:
    """The first wrong value, or the change it makes to the input it is named after, is a constant times right."""
    found = [first_ratio(failure) for failure in failures]
    if None in found or len({what for what, _, _ in found}) > 1:
        return None
    en, zh = found[0][0]
    ratios = [ratio for _, ratio, _ in found]
    if np.allclose(ratios, -1, rtol=1e-4):
        return {"en": f"your {en} is minus the right one", "zh": f"你的{zh}与正确值只差一个负号"}
    for label, value in found[0][2].items():
        if all(label in known and np.isclose(ratio, known[label], rtol=1e-4) for _, ratio, known in found):
            return {"en": f"wherever it is wrong, your {en} is {label[0]} times the right one",
                    "zh": f"凡是出错的地方，你的{zh}都是正确值的 {label[1]} 倍"}
    if np.allclose(ratios, ratios[0], rtol=1e-4):
        return {"en": f"wherever it is wrong, your {en} is {ratios[0]:.4g} times the right one",
                "zh": f"凡是出错的地方，你的{zh}都是正确值的 {ratios[0]:.4g} 倍"}
    return None


def first_ratio(failure: Failure) -> tuple[tuple[str, str], float, dict] | None:
    """What is off by a factor (in both languages), the factor, and the factors a reader would recognise."""
    name = failure.first
    pair = failure.pair(name) if name else None
    if pair is None:
        return None
    what, step = name.split()[0], step_of(name)
    known = recognisable(failure.case.inputs, step)
    rtol = precision(failure.right[name])
    if (ratio := constant_ratio(*pair, rtol)) is not None:
        return (f"`{what}`", f" `{what}` "), ratio, known
    start = as_floats(failure.case.inputs.get(what))
    if step in (None, 1) and start is not None and start.shape == pair[1].shape:
        if (ratio := constant_ratio(pair[0] - start, pair[1] - start, 100 * rtol)) is not None:
            return (f"change of `{what}`", f" `{what}` 的改变量"), ratio, known
    return None


def recognisable(inputs: dict[str, Any], step: int | None) -> dict[tuple[str, str], float]:
    """Factors by name, in both languages: a hyper-parameter, its complement, their inverses, the row count."""
    known = {}
    for name, value in inputs.items():
        if isinstance(value, list) and step is not None and len(value) >= step:
            value = value[step - 1]
        if type(value) in (float, int) and value not in (0, 1):
            known |= {(name, name): value, (f"1/{name}", f"1/{name}"): 1 / value}
            if 0 < value < 1:
                rest = f"(1 - {name})"
                known |= {(rest, rest): 1 - value, (f"1/{rest}", f"1/{rest}"): 1 / (1 - value)}
                known |= {(f"(1 + {name})", f"(1 + {name})"): 1 + value}
        if isinstance(value, np.ndarray) and value.ndim == 2 and name in ("X", "x", "logits") and len(value) > 1:
            known |= {("(number of rows)", "（行数）"): len(value), ("1/(number of rows)", "（1/行数）"): 1 / len(value)}
    return known


def transposed(failures: list[Failure]) -> Both | None:
    def turned(failure):
        name = failure.first
        got, right = (as_floats(failure.got.get(name)), as_floats(failure.right[name])) if name else (None, None)
        return got is not None and right is not None and right.ndim == 2 and close(got, right.T, 1e-6)
    if all(turned(failure) for failure in failures):
        return {"en": "your answer is the transpose of the right one", "zh": "你的答案是正确答案的转置"}
    return None


def shifted(failures: list[Failure]) -> Both | None:
    """In the runs of several steps the first wrong quantity of step k is the right one of step k-1 or k+1."""
    runs = [failure for failure in failures if any(step_of(name) for name in failure.right)]
    for offset, en, zh in ((-1, "one step late", "晚了一步"), (1, "one step early", "早了一步")):
        if len(runs) >= 2 and all(follows(failure, offset) for failure in runs):
            what = runs[0].first.split()[0]
            return {"en": f"in a run of several steps your `{what}` is the right one, but {en}",
                    "zh": f"连走几步时，你的 `{what}` 本身是对的，但{zh}"}
    return None


def follows(failure: Failure, offset: int) -> bool:
    what, matches = (failure.first or " ").split()[0], []
    for name in failure.right:
        if name.split()[0] == what and (match := STEP.match(name)):
            other = f"{match['what']}{int(match['number']) + offset}"
            own, got = as_floats(failure.right[name]), as_floats(failure.got.get(name))
            if other in failure.right and own is not None and got is not None:
                neighbour = as_floats(failure.right[other])
                if not close(neighbour, own, 1e-6):
                    matches.append(close(got, neighbour, 1e-6))
    return len(matches) >= 2 and all(matches)


KINDS = (
    ({"float32"}, "right in float64, wrong in float32", "float64 下正确，float32 下错误"),
    ({"0-d"}, "right for arrays, wrong for a single number (0-d)", "对数组正确，对单个数（0 维）错误"),
    ({"2-d"}, "right for vectors, wrong for matrices", "对向量正确，对矩阵错误"),
    ({"0-d", "2-d"}, "right for vectors, wrong for a single number (0-d) and for matrices",
     "对向量正确，对单个数（0 维）和矩阵错误"),
)


def only_some_cases(cases: list[Case], failed: list[bool]) -> Both | None:
    """Right for one kind of array and wrong for another."""
    if not any(failed) or all(failed):
        return None
    for kinds, en, zh in KINDS:
        if [bool(kinds & kinds_of(case)) for case in cases] == list(failed):
            return {"en": en, "zh": zh}
    return None


def kinds_of(case: Case) -> set[str]:
    arrays = [value for value in case.inputs.values() if isinstance(value, (np.ndarray, np.generic))]
    if not arrays:
        return set()
    return {f"{max(np.ndim(array) for array in arrays)}-d"} | {str(array.dtype) for array in arrays}


def one_quantity(failures: list[Failure]) -> Both | None:
    """One returned quantity is right wherever it is compared, another is wrong."""
    right, bad = set(), set()
    for failure in failures:
        for name in failure.right:
            (right if failure.agrees(name) else bad).add(name.split()[0])
    if not bad or not (right := sorted(right - bad)):
        return None
    names, rest = ", ".join(f"`{name}`" for name in right), ", ".join(f"`{name}`" for name in sorted(bad))
    return {"en": f"{names} is right in every case, {rest} is not", "zh": f"{names} 在每个例子里都对，{rest} 不对"}


def first_step_only(failures: list[Failure]) -> Both | None:
    """In the runs of several steps everything is right at the first one."""
    def at_first(failure):
        first = [name for name in failure.right if step_of(name) == 1]
        return bool(first) and all(failure.agrees(name) for name in first)
    runs = [failure for failure in failures if any(step_of(name) for name in failure.right)]
    if len(runs) >= 2 and all(at_first(failure) for failure in runs):
        return {"en": "in a run of several steps right at step 1, wrong from a later step on",
                "zh": "连走几步时，第 1 步正确，后面的步开始出错"}
    return None


def step_of(name: str) -> int | None:
    match = STEP.match(name)
    return int(match["number"]) if match else None


def precision(right: Any) -> float:
    return 1e-4 if getattr(right, "dtype", None) == np.float32 else 1e-6


def as_floats(value: Any) -> np.ndarray | None:
    if isinstance(value, (bool, str)) or not isinstance(value, (np.ndarray, np.generic, float, int, list, tuple)):
        return None
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None


def constant_ratio(got: np.ndarray, right: np.ndarray, rtol: float) -> float | None:
    """c with got = c * right, c neither 0 nor 1; None where there is no such number."""
    if not right.any() or not np.isfinite(got).all() or not np.isfinite(right).all():
        return None
    with np.errstate(all="ignore"):
        ratio = float((got * right).sum() / (right * right).sum())
        if not np.isfinite(ratio) or abs(ratio) < 1e-12 or np.isclose(ratio, 1, rtol=1e-6):
            return None
        return ratio if close(got, ratio * right, rtol) else None
