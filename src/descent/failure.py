"""We pair a student's wrong values with the right ones, so that `descent.signature` can look for a pattern."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from descent.compare import close, difference
from descent.exercise import Case

STEP = re.compile(r"^(?P<what>.*\bstep )(?P<number>\d+)$")


@dataclass(frozen=True)
class Failure:
    """A failed case: the student's values and the right ones, by name."""

    case: Case
    got: dict[str, Any]
    right: dict[str, Any]

    @cached_property
    def first(self) -> str | None:
        """The name of the first wrong value; "velocity after step 2" is a value of the quantity `velocity`."""
        return next((name for name in self.right if not self.agrees(name)), None)

    @cached_property
    def quantity(self) -> str:
        return (self.first or " ").split(" ")[0]

    @cached_property
    def step(self) -> int | None:
        """The step of the first wrong value, in a run of several."""
        return step_of(self.first) if self.first else None

    @property
    def is_run(self) -> bool:
        return any(step_of(name) for name in self.right)

    @property
    def is_schedule(self) -> bool:
        """True if the values are those of a function of the step (a schedule) rather than of a run."""
        return any(" at step " in f" {name}" for name in self.right)

    def agrees(self, name: str) -> bool:
        got, right = as_floats(self.got.get(name)), as_floats(self.right[name])
        if right is None:  # a word, a truth value, a list
            return difference(self.got.get(name), self.right[name], 1e-6, 1e-4) is None
        if got is None or dtype_of(self.got[name]) != dtype_of(self.right[name]):
            return False
        return close(got, right, precision(self.right[name]))

    @property
    def nearly_right(self) -> bool:
        """True if all values are numbers and right to five digits."""
        pairs = [(self.got.get(name), right) for name, right in self.right.items()]
        return all(
            as_floats(right) is not None
            and as_floats(got) is not None
            and dtype_of(got) == dtype_of(right)
            and close(as_floats(got), as_floats(right), 1e-5)
            for got, right in pairs
        )

    @cached_property
    def pair(self) -> tuple[np.ndarray, np.ndarray] | None:
        """The first wrong value and the right one as arrays; None unless they are finite and have one shape."""
        if self.first is None:
            return None
        got, right = as_floats(self.got.get(self.first)), as_floats(self.right[self.first])
        if got is None or right is None or got.shape != right.shape or not np.isfinite([got, right]).all():
            return None
        return got, right

    @cached_property
    def inputs(self) -> dict[str, Any]:
        """The inputs of the step with the first wrong value; of a list, the item for that step. After step 1 arrays such as
        params are left out, because the step did not get the case's input but an earlier result."""
        step_inputs = {}
        for name, value in self.case.inputs.items():
            if isinstance(value, list) and self.step is not None and len(value) >= self.step:
                step_inputs[name] = value[self.step - 1]
            elif self.step in (None, 1) or not isinstance(value, np.ndarray):
                step_inputs[name] = value
        return step_inputs

    @cached_property
    def arrays(self) -> dict[str, np.ndarray]:
        """Those of `inputs` that are arrays with the shape of the first wrong value."""
        pair = self.pair
        arrays = {name: as_floats(value) for name, value in self.inputs.items() if isinstance(value, np.ndarray)}
        return {
            name: array
            for name, array in arrays.items()
            if pair is not None and array is not None and array.shape == pair[1].shape
        }


def step_of(name: str) -> int | None:
    match = STEP.match(name)
    return int(match["number"]) if match else None


def quantity_of(name: str) -> str:
    """The quantity of a value in a run: `velocity` for "velocity after step 2"; any other name is its own quantity."""
    return re.sub(r" (after|at|in) step \d+$", "", name)


def precision(right: Any) -> float:
    return 1e-4 if dtype_of(right) == np.float32 else 1e-6


def dtype_of(value: Any) -> np.dtype | None:
    """The dtype of an array; None for a number, also as a NumPy scalar."""
    return value.dtype if isinstance(value, np.ndarray) and value.ndim else None


def as_floats(value: Any) -> np.ndarray | None:
    """A number or an array as float64; None for everything else, including lists."""
    if isinstance(value, bool) or not isinstance(value, (np.ndarray, np.generic, float, int)):
        return None
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None


def ratio(got: np.ndarray, right: np.ndarray, rtol: float) -> float | None:
    """The number c != 0 with got = c * right; None if there is none."""
    if not right.any() or not got.any():
        return None
    with np.errstate(all="ignore"):
        c = float((got * right).sum() / (right * right).sum())
        return c if np.isfinite(c) and abs(c) > 1e-12 and close(got, c * right, rtol) else None
