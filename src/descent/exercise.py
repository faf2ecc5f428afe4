"""An exercise is data: what it is called, the cases it is tried on, and how to run a solution on a case."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Group:
    """Cases that earn their points together, with the words a card uses for them.

    `weight` is the group's share of the exercise's points; the points are earned when every case of the
    group passes, the visible ones and the hidden ones. `only` says which values count in this group, by the
    first word of their names; all of them where it is empty. So one clause of a contract earns its points
    while another is still wrong.
    """

    weight: int
    en: str
    zh: str
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """One set of inputs. `inputs` holds plain data only: it crosses to another process.

    `code` is what a student types to see the case for themselves; the card shows it under the inputs. `special` is what
    is special about the case, in both languages, to stand behind "wrong where", if its inputs do not show it.
    """

    group: str
    inputs: dict[str, Any]
    code: str = ""
    special: tuple[str, str] | None = None

    def __post_init__(self):
        """Make arrays of NumPy's scalars, which 0-d arithmetic gives: a docstring promises an array, with item assignment."""
        inputs = {name: as_array(value) for name, value in self.inputs.items()}
        object.__setattr__(self, "inputs", inputs)


def as_array(value: Any) -> Any:
    """A NumPy scalar as an array of no dimensions, also in lists, tuples and dicts; everything else as it is."""
    if isinstance(value, np.generic):
        return np.asarray(value)
    if type(value) in (list, tuple):
        return type(value)(as_array(one) for one in value)
    return {key: as_array(one) for key, one in value.items()} if type(value) is dict else value


@dataclass(frozen=True)
class Exercise:
    """What a student's answer is called with and compared on.

    cases(rng) returns the same list of groups for every generator, with other numbers.
    run(solution, inputs) calls the solution, as often as it likes, and returns named values; the names are
    shown to the student, in order, so the first wrong one is where the mistake begins.
    compare maps a name to a function (got, expected, inputs) -> None or {"en": ..., "zh": ...} that says what
    is wrong, for values of which more than one is right.
    may_change names inputs that the solution is allowed to change (none, usually).
    clauses: for sentences of the docstring that are of no common kind, {words of the docstring: the group whose cases
    try them}. None: nobody has gone through the docstring yet (autograder/authoring/contract.py).
    rtol, relative to the largest entry, is how near an answer must come; rtol_float32 holds for float32. atol
    forgives the rounding left where a right answer is zero: numbers in cases are about 1. Set it to 0 where a
    quantity is so small that being zero would be wrong.
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
        """Whether the value called `name` counts in the group of this case."""
        only = self.groups[case.group].only
        return not only or name.split()[0] in only


class WrongReturn(Exception):
    """The solution returned something that cannot be taken apart as the exercise says."""

    def __init__(self, en: str, zh: str):
        super().__init__(en)
        self.message = {"en": en, "zh": zh}


def returned(value: Any, *names: str) -> tuple:
    """Take apart what a solution returned: `params, velocity = returned(step(...), "params", "velocity")`.

    Raises WrongReturn, which says how many values came and how many were expected.
    """
    wanted = ", ".join(names)
    if not isinstance(value, (tuple, list)):  # a namedtuple is a tuple
        what = "None (is a `return` missing?)" if value is None else f"one {type(value).__name__}"
        was = "None（是否漏写了 return？）" if value is None else f"单个 {type(value).__name__}"
        raise WrongReturn(
            f"returned {what}, expected {len(names)} values: {wanted}",
            f"返回了{was}，应返回 {len(names)} 个值：{wanted}",
        )
    if len(value) != len(names):
        raise WrongReturn(
            f"returned {len(value)} values, expected {len(names)}: {wanted}",
            f"返回了 {len(value)} 个值，应返回 {len(names)} 个：{wanted}",
        )
    return tuple(value)
