"""An exercise is data: its name, its cases, and how to run a solution on a case."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Group:
    """Cases that earn their points together, with their description on a card.

    `weight` is the group's share of the exercise's points, which it earns if all its cases pass, visible and hidden.
    `only` lists the values that count in this group, by the first word of their names; if it is empty, all count. So one
    clause of a contract can earn its points while another is still wrong.
    """

    weight: int
    en: str
    zh: str
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """One set of inputs. `inputs` holds plain data only: it crosses to another process.

    `code` reproduces the case in a notebook; the card shows it under the inputs. `special` is a trait (descent/traits.py)
    of the case that its inputs do not show.
    """

    group: str
    inputs: dict[str, Any]
    code: str = ""
    special: tuple[str, str] | None = None

    def __post_init__(self):
        """Turn NumPy scalars, the results of 0-d arithmetic, into arrays: docstrings promise arrays with item assignment."""
        inputs = {name: as_array(value) for name, value in self.inputs.items()}
        object.__setattr__(self, "inputs", inputs)


def as_array(value: Any) -> Any:
    """A NumPy scalar as a 0-d array, also inside lists, tuples and dicts; everything else unchanged."""
    if isinstance(value, np.generic):
        return np.asarray(value)
    if type(value) in (list, tuple):
        return type(value)(as_array(item) for item in value)
    return {key: as_array(item) for key, item in value.items()} if type(value) is dict else value


@dataclass(frozen=True)
class Exercise:
    """How a student's answer is run and compared.

    cases(rng) returns cases of the same groups for every generator, with other numbers.
    run(solution, inputs) calls the solution any number of times and returns named values. Students see the names in this
    order, so the first wrong one should be where the mistake begins.
    compare maps the name of a value with more than one right answer to a function (got, expected, inputs) -> None or a
    sentence {"en": ..., "zh": ...} about what is wrong.
    may_change names inputs that the solution may change (usually none).
    clauses: for sentences of the docstring of no common kind, {words of the docstring: the group whose cases test them};
    None if the docstring has not been checked yet (autograder/authoring/contract.py).
    rtol is the tolerance relative to the largest entry, rtol_float32 the one for float32. atol allows rounding errors
    where the right answer is zero (numbers in cases are about 1). Set it to 0 if a quantity is so small that zero would
    be a wrong answer.
    """

    name: str
    reference: str
    groups: dict[str, Group]
    cases: Callable[[np.random.Generator], list[Case]]
    run: Callable[[Callable, dict[str, Any]], dict[str, Any]]
    compare: dict[str, Callable] = field(default_factory=dict)
    may_change: tuple[str, ...] = ()
    clauses: dict[str, str] | None = None
    rtol: float = 1e-9
    rtol_float32: float = 2e-5
    atol: float = 1e-14

    def counts(self, case: "Case", name: str) -> bool:
        """True if the value called `name` counts in the group of this case."""
        only = self.groups[case.group].only
        return not only or name.split()[0] in only


class WrongReturn(Exception):
    """The solution returned a value of the wrong form, such as one value instead of two."""

    def __init__(self, en: str, zh: str):
        super().__init__(en)
        self.message = {"en": en, "zh": zh}


def returned(value: Any, *names: str) -> tuple:
    """Unpack the result of a solution: `params, velocity = returned(step(...), "params", "velocity")`.

    Raises WrongReturn with the number of values and the expected number.
    """
    expected = ", ".join(names)
    if not isinstance(value, (tuple, list)):  # a namedtuple is a tuple
        description = "None (is a `return` missing?)" if value is None else f"one {type(value).__name__}"
        description_zh = "None（是否漏写了 return？）" if value is None else f"单个 {type(value).__name__}"
        raise WrongReturn(
            f"returned {description}, expected {len(names)} values: {expected}",
            f"返回了{description_zh}，应返回 {len(names)} 个值：{expected}",
        )
    if len(value) != len(names):
        raise WrongReturn(
            f"returned {len(value)} values, expected {len(names)}: {expected}",
            f"返回了 {len(value)} 个值，应返回 {len(names)} 个：{expected}",
        )
    return tuple(value)
