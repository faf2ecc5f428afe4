"""What distinguishes a case from the others: a NaN, lr = 0, one row, a default. Cards name it as the place of an error.

A trait is a clause in both languages that follows "wrong where": ("`lr` is 0", "`lr` 为 0").
"""

from itertools import combinations
from typing import Any

import numpy as np

from descent.exercise import Case

Trait = tuple[str, str]
NAN: Trait = ("an input holds NaN", "输入含有 NaN")
INF: Trait = ("an input holds inf", "输入含有 inf")
SMALL: Trait = ("the numbers are very small", "数值极小")
LARGE: Trait = ("the numbers are very large", "数值极大")
FLOAT32: Trait = ("the arrays are float32", "数组是 float32")
NUMBER: Trait = ("a single number (0-d) stands in place of an array", "参数是单个数（0 维）而不是数组")
MATRIX: Trait = ("the arrays are matrices", "数组是矩阵")
ONE_ROW: Trait = ("there is one row only", "只有一行")
ONE_COLUMN: Trait = ("there is one column only", "只有一列")
REFUSED: Trait = ("an input has to be refused with an error", "应当对输入报错")


FAR = "far from 0 and close together", "离 0 很远而彼此接近"


def far_from_zero(array: np.ndarray) -> bool:
    """True if all numbers have one sign and differ by less than a hundredth of their size, as years do."""
    low, high = (float(end) for end in (array.min(), array.max()))
    return array.size > 2 and low * high > 0 and 0 < high - low < 0.01 * min(abs(low), abs(high))


def arrays_in(value: Any) -> list[np.ndarray]:
    """All arrays in an input, also inside dicts, lists and tuples."""
    if isinstance(value, (np.ndarray, np.generic)):
        return [np.asarray(value)]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return [array for item in inner for array in arrays_in(item)]


def traits(case: Case, cases: list[Case], refused: bool = False) -> set[Trait]:
    """The traits of a case. cases: all cases of its exercise. refused: True if its right answer is an error."""
    case_traits = {REFUSED} if refused else set()
    if case.special:
        case_traits.add(case.special)
    arrays = [array for array in arrays_in(case.inputs) if array.size]
    floats = [array for array in arrays if array.dtype.kind == "f"]
    numbers = {name: value for name, value in case.inputs.items() if type(value) in (float, int)}
    entries = [*floats, *(np.asarray(value) for value in numbers.values() if type(value) is float)]
    if any(np.isnan(array).any() for array in entries):
        case_traits.add(NAN)
    if any(np.isinf(array).any() for array in entries):
        case_traits.add(INF)
    sizes = [float(np.abs(array[np.isfinite(array)]).max(initial=0.0)) for array in floats]
    if 0 < max(sizes, default=0) < 1e-6:
        case_traits.add(SMALL)
    if max(sizes, default=0) > 1e6:
        case_traits.add(LARGE)
    named = {
        name: array
        for name, array in case.inputs.items()
        if isinstance(array, np.ndarray) and array.dtype.kind == "f" and array.size
    }
    if SMALL not in case_traits:
        case_traits |= {
            (f"the numbers of `{name}` are very small", f"`{name}` 的数值极小")
            for name, array in named.items()
            if 0 < np.abs(array[np.isfinite(array)]).max(initial=0.0) < 1e-6
        }
    case_traits |= {
        (f"the numbers of `{name}` lie {FAR[0]}", f"`{name}` 的数值{FAR[1]}")
        for name, array in named.items()
        if far_from_zero(array)
    }
    if "num_steps" not in case.inputs and not any(isinstance(value, list) for value in case.inputs.values()):
        # In a run of several steps zeros are only the start.
        case_traits |= {
            (f"`{name}` is all zeros", f"`{name}` 全为零") for name, array in named.items() if not array.any()
        }
    if any(array.dtype == np.float32 for array in floats):
        case_traits.add(FLOAT32)
    if arrays:
        case_traits |= {0: {NUMBER}, 2: {MATRIX}}.get(max(array.ndim for array in arrays), set())
    if any(array.ndim == 2 and len(array) == 1 for array in arrays):
        case_traits.add(ONE_ROW)
    if any(array.ndim == 2 and array.shape[1] == 1 for array in arrays):
        case_traits.add(ONE_COLUMN)
    case_traits |= {(f"`{name}` is 0", f"`{name}` 为 0") for name, value in numbers.items() if value == 0}
    usual = {
        name
        for name in {name for other_case in cases for name in other_case.inputs}
        if 2 * sum(name in other_case.inputs and not arrays_in(other_case.inputs[name]) for other_case in cases)
        > len(cases)
    }
    return case_traits | {
        (f"`{name}` is not given and its default holds", f"没有给出 `{name}`，用的是默认值")
        for name in usual - set(case.inputs)
        if f"{name}=" not in case.code
    }


def ordinary(case_traits: set[Trait]) -> bool:
    """True if a case has finite numbers of ordinary size, so that it can show a pattern."""
    return not case_traits & {NAN, INF, SMALL, LARGE, REFUSED} and not any(
        en.endswith(("is 0", "is all zeros", "are very small", "default holds", FAR[0])) for en, _ in case_traits
    )


def usual_numbers(case: Case, cases: list[Case]) -> bool:
    """True if a case is a good example: ordinary, and its Python numbers have ordinary size, too."""
    numbers = [value for value in case.inputs.values() if type(value) is float]
    return ordinary(traits(case, cases)) and all(value == 0 or 1e-6 <= abs(value) <= 1e6 for value in numbers)


def listed(chosen: list[Trait]) -> Trait:
    """Several traits joined by "or": "an input holds NaN, or `lr` is 0"."""
    return ", or ".join(en for en, _ in chosen), "，或者".join(zh for _, zh in chosen)


def where(failed: list[bool], all_traits: list[set[Trait]]) -> Trait | None:
    """The traits, at most three and as few as possible, such that exactly the cases with one of them failed; or two traits
    of special numbers such that exactly the cases with both failed; else None."""
    failed_numbers = {number for number, is_failed in enumerate(failed) if is_failed}
    groups = {
        trait: {number for number, case_traits in enumerate(all_traits) if trait in case_traits}
        for trait in set().union(*all_traits)
    }
    inside = sorted(
        (trait for trait, numbers in groups.items() if numbers <= failed_numbers),
        key=lambda trait: (-len(groups[trait]), trait),
    )
    chosen, unexplained = [], set(failed_numbers)
    for trait in inside:
        if groups[trait] & unexplained and len(chosen) < 3:
            chosen.append(trait)
            unexplained -= groups[trait]
    if not failed_numbers or len(failed_numbers) == len(failed):
        return None
    if chosen and not unexplained:
        return listed(chosen)
    values = sorted(trait for trait in groups if trait in (NAN, INF, SMALL, LARGE) or trait[0].endswith(" is 0"))
    pairs = [pair for pair in combinations(values, 2) if groups[pair[0]] & groups[pair[1]] == failed_numbers]
    return (
        (" and ".join(en for en, _ in pairs[0]), "，并且".join(zh for _, zh in pairs[0])) if len(pairs) == 1 else None
    )
