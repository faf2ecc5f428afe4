"""Cases for the promises that nearly every docstring makes, each made from one good case.

    base = one_step(rng, "contract", 3)
    [given(base, lr=0.0), given(base, lr=-0.1), left_out(base, "momentum"), with_nan(base, "params", "grads"),
     scaled(base, 1e-9, "params", "grads"), scaled(base, 1e9, "params", "grads")]

A case whose right answer is an error (lr=-0.1) passes if the solution raises an error of that class, with any message.
`docs/authors.md` lists the cases that each promise needs, `tests/test_contracts.py` finds missing ones.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from descent.exercise import Case, Group

CONTRACT = Group(
    1,
    "the rest of the contract: zero, defaults, NaN, errors, very small and very large numbers",
    "其余约定：取零、默认值、NaN、报错、极小和极大的数",
)


def in_order(cases: list[Case], groups: dict[str, Group]) -> list[Case]:
    """The cases in the order of their groups: a card shows the first failed case, and ordinary ones are more useful."""
    order = list(groups)
    return sorted(cases, key=lambda case: order.index(case.group))


REPEATS = ("an array has two equal rows (entries)", "数组中有两行（两个元素）相同")
ZERO_LINE = ("an array has a column of zeros", "数组中有一列全为零")


def with_repeats(case: Case, *names: str) -> Case:
    """The case with the first row (of a vector: the first entry) of each of these arrays repeated as the second."""

    def repeated(value):
        array = np.array(value)
        array[1] = array[0]
        return array

    return replace(given(case, **{name: repeated(case.inputs[name]) for name in names}), special=REPEATS)


def with_zero_line(case: Case, *names: str) -> Case:
    """The case with zeros in the first column of each of these matrices: one feature is always 0."""

    def zeroed(value):
        array = np.array(value)
        array[:, 0] = 0
        return array

    return replace(given(case, **{name: zeroed(case.inputs[name]) for name in names}), special=ZERO_LINE)


def with_zeros(case: Case, name: str) -> list[Case]:
    """Two cases: one in which the whole array is zero, and one in which only its second entry is.

    For gradients: with a zero gradient a step still moves and its state still decays. Lazy (sparse) updates do not.
    """
    array = np.array(case.inputs[name])
    entry = array.copy()
    entry.flat[1] = 0
    special = f"an entry of `{name}` is 0", f"`{name}` 中有一个元素为 0"
    return [given(case, **{name: np.zeros_like(array)}), replace(given(case, **{name: entry}), special=special)]


def given(case: Case, **inputs: Any) -> Case:
    """The case with other values for some inputs."""
    return replace(case, inputs=case.inputs | inputs)


def left_out(case: Case, *names: str) -> Case:
    """The case without these inputs, so that the solution's defaults apply. `run` must not pass them, either."""
    code = case.code
    for name in names:
        code = code.replace(f", {name}={name}", "")
    return replace(case, inputs={name: value for name, value in case.inputs.items() if name not in names}, code=code)


def with_nan(case: Case, *names: str, value: float = np.nan) -> Case:
    """The case with one NaN in each of these arrays (or dicts of arrays), at another index in each.

    So each array's NaN shows by itself as long as entries do not mix. If they do (a norm, a mean), make one case for each
    array.
    """
    return given(case, **{name: spoiled(case.inputs[name], index, value) for index, name in enumerate(names)})


def with_inf(case: Case, *names: str) -> Case:
    """As `with_nan`, with inf."""
    return with_nan(case, *names, value=np.inf)


def spoiled(value: Any, index: int, by: float) -> Any:
    """`value` with `by` as entry `index`; for a dict, in its last array."""
    if isinstance(value, dict):
        name = list(value)[-1]
        return value | {name: spoiled(value[name], index, by)}
    if isinstance(value, (float, int)):
        return by
    array = np.array(value)
    array.flat[index % array.size] = by
    return array


def scaled(case: Case, factor: float, *names: str) -> Case:
    """The case with these arrays (numbers, dicts or lists of arrays) multiplied by `factor`."""

    def times(value):
        if isinstance(value, dict):
            return {key: times(item) for key, item in value.items()}
        if isinstance(value, list):
            return [times(item) for item in value]
        if isinstance(value, np.ndarray):
            return (value * factor).astype(value.dtype)
        return value * factor

    return given(case, **{name: times(case.inputs[name]) for name in names})
