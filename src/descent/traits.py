"""What is special about a case beside the others: a NaN, lr = 0, one row, a default. A card can say where it goes wrong.

A trait is its sentence in both languages, to stand behind "wrong where": ("`lr` is 0", "`lr` 为 0").
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
    """Whether numbers of one sign differ by less than a hundredth of their size, as years do."""
    low, high = (float(one) for one in (array.min(), array.max()))
    return array.size > 2 and low * high > 0 and 0 < high - low < 0.01 * min(abs(low), abs(high))


def arrays_in(value: Any) -> list[np.ndarray]:
    """The arrays of an input: itself, or those in a dict, list or tuple."""
    if isinstance(value, (np.ndarray, np.generic)):
        return [np.asarray(value)]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return [array for one in inner for array in arrays_in(one)]


def traits(case: Case, cases: list[Case], refused: bool = False) -> set[Trait]:
    """The traits of a case among those of its exercise. refused: whether its right answer is an error."""
    found = {REFUSED} if refused else set()
    if case.special:
        found.add(case.special)
    arrays = [array for array in arrays_in(case.inputs) if array.size]
    floats = [array for array in arrays if array.dtype.kind == "f"]
    numbers = {name: value for name, value in case.inputs.items() if type(value) in (float, int)}
    entries = [*floats, *(np.asarray(value) for value in numbers.values() if type(value) is float)]
    if any(np.isnan(array).any() for array in entries):
        found.add(NAN)
    if any(np.isinf(array).any() for array in entries):
        found.add(INF)
    sizes = [float(np.abs(array[np.isfinite(array)]).max(initial=0.0)) for array in floats]
    if 0 < max(sizes, default=0) < 1e-6:
        found.add(SMALL)
    if max(sizes, default=0) > 1e6:
        found.add(LARGE)
    named = {
        name: array
        for name, array in case.inputs.items()
        if isinstance(array, np.ndarray) and array.dtype.kind == "f" and array.size
    }
    if SMALL not in found:
        found |= {
            (f"the numbers of `{name}` are very small", f"`{name}` 的数值极小")
            for name, array in named.items()
            if 0 < np.abs(array[np.isfinite(array)]).max(initial=0.0) < 1e-6
        }
    found |= {
        (f"the numbers of `{name}` lie {FAR[0]}", f"`{name}` 的数值{FAR[1]}")
        for name, array in named.items()
        if far_from_zero(array)
    }
    if "num_steps" not in case.inputs and not any(isinstance(value, list) for value in case.inputs.values()):
        # In a run of several steps zeros are only the start.
        found |= {(f"`{name}` is all zeros", f"`{name}` 全为零") for name, array in named.items() if not array.any()}
    if any(array.dtype == np.float32 for array in floats):
        found.add(FLOAT32)
    if arrays:
        found |= {0: {NUMBER}, 2: {MATRIX}}.get(max(array.ndim for array in arrays), set())
    if any(array.ndim == 2 and len(array) == 1 for array in arrays):
        found.add(ONE_ROW)
    if any(array.ndim == 2 and array.shape[1] == 1 for array in arrays):
        found.add(ONE_COLUMN)
    found |= {(f"`{name}` is 0", f"`{name}` 为 0") for name, value in numbers.items() if value == 0}
    usual = {
        name
        for name in {name for other in cases for name in other.inputs}
        if 2 * sum(name in other.inputs and not arrays_in(other.inputs[name]) for other in cases) > len(cases)
    }
    return found | {
        (f"`{name}` is not given and its default holds", f"没有给出 `{name}`，用的是默认值")
        for name in usual - set(case.inputs)
        if f"{name}=" not in case.code
    }


def ordinary(found: set[Trait]) -> bool:
    """Whether a case is one of finite numbers of ordinary size, on which a pattern can be seen."""
    return not found & {NAN, INF, SMALL, LARGE, REFUSED} and not any(
        en.endswith(("is 0", "is all zeros", "are very small", "default holds", FAR[0])) for en, _ in found
    )


def usual_numbers(case: Case, cases: list[Case]) -> bool:
    """Whether a case can stand as an example: ordinary, and its Python numbers are of ordinary size, too."""
    numbers = [value for value in case.inputs.values() if type(value) is float]
    return ordinary(traits(case, cases)) and all(value == 0 or 1e-6 <= abs(value) <= 1e6 for value in numbers)


def listed(chosen: list[Trait]) -> Trait:
    """Several traits as one: "an input holds NaN, or `lr` is 0"."""
    return ", or ".join(en for en, _ in chosen), "，或者".join(zh for _, zh in chosen)


def where(failed: list[bool], found: list[set[Trait]]) -> Trait | None:
    """The fewest traits, three at most, such that exactly the cases with one of them have failed, or two of special
    numbers such that exactly the cases with both have; None without any."""
    bad = {number for number, one in enumerate(failed) if one}
    groups = {trait: {number for number, one in enumerate(found) if trait in one} for trait in set().union(*found)}
    inside = sorted(
        (trait for trait, numbers in groups.items() if numbers <= bad), key=lambda trait: (-len(groups[trait]), trait)
    )
    chosen, left = [], set(bad)
    for trait in inside:
        if groups[trait] & left and len(chosen) < 3:
            chosen.append(trait)
            left -= groups[trait]
    if not bad or len(bad) == len(failed):
        return None
    if chosen and not left:
        return listed(chosen)
    values = sorted(one for one in groups if one in (NAN, INF, SMALL, LARGE) or one[0].endswith(" is 0"))
    pairs = [pair for pair in combinations(values, 2) if groups[pair[0]] & groups[pair[1]] == bad]
    return (
        (" and ".join(en for en, _ in pairs[0]), "，并且".join(zh for _, zh in pairs[0])) if len(pairs) == 1 else None
    )
