"""Standard forms of an observation, such as "`velocity` is right" and "too large", which we check automatically.

CLAIMS is the table: a pattern for a clause, and the function that checks it against a wrong version's outputs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from descent.compare import difference
from descent.exercise import Case, Exercise
from descent.failure import dtype_of, step_of
from descent.outcome import Outcome


@dataclass(frozen=True)
class Trial:
    """A wrong version on one visible case: its outcome, and the right one."""

    exercise: Exercise
    case: Case
    outcome: Outcome
    answer: Outcome

    @property
    def got(self) -> dict[str, Any]:
        return self.outcome.values

    @property
    def right(self) -> dict[str, Any]:
        return self.answer.values

    def agrees(self, name: str) -> bool:
        """True if the value called `name` is right."""
        e = self.exercise
        return difference(self.got.get(name), self.right[name], e.rtol, e.rtol_float32, e.atol) is None

    def values_of(self, quantity: str) -> list[str]:
        """The names of a quantity's values: for `velocity`, "velocity after step 1", "velocity after step 2"."""
        return [name for name in self.right if quantity in (name, name.split()[0])]

    @property
    def compared(self) -> bool:
        """False if an error was expected or raised: then there are no values to compare."""
        return self.outcome.error is None and self.answer.error is None

    @property
    def is_single(self) -> bool:
        """True if any array of the case is float32."""
        values = [*self.case.inputs.values(), *self.right.values()]
        return any(dtype_of(part) == np.float32 for value in values for part in parts(value))

    @property
    def failed(self) -> bool:
        return self.compared and not all(map(self.agrees, self.right))


def parts(value: Any) -> list[Any]:
    """Return the items of a dict or list at any depth, or the value itself."""
    if isinstance(value, dict):
        value = list(value.values())
    return [leaf for part in value for leaf in parts(part)] if isinstance(value, list | tuple) else [value]


@dataclass(frozen=True)
class Claim:
    """The parts of a clause. quantities: those it is about, empty for all. word: such as "twice". named: all quantities
    in the whole sentence."""

    quantities: list[str]
    word: str
    named: set[str]

    def values(self, trial: Trial) -> list[str]:
        """The names of the values that the clause is about."""
        names = [name for quantity in self.quantities for name in trial.values_of(quantity)]
        return names if self.quantities else list(trial.right)


Check = Callable[[Claim, list[Trial]], bool]


def are_right(claim: Claim, trials: list[Trial]) -> bool:
    return all(trial.agrees(name) for trial in trials for name in claim.values(trial))


def others_are_right(claim: Claim, trials: list[Trial]) -> bool:
    """True if all quantities that are not named are right, or if none is named (then "the others" are array entries)."""
    return not claim.named or all(
        trial.agrees(name) for trial in trials for name in trial.right if name.split()[0] not in claim.named
    )


def right_after_one_step(claim: Claim, trials: list[Trial]) -> bool:
    return all(
        trial.agrees(name)
        for trial in trials
        for name in claim.values(trial)
        if step_of(name) == 1 or not any(map(step_of, trial.right))
    )


def right_up_to(claim: Claim, trials: list[Trial]) -> bool:
    """True if the quantity and all quantities before it are right."""
    [quantity] = claim.quantities
    for trial in trials:
        order = [name.split()[0] for name in trial.right]
        names = list(trial.right)[: order.index(quantity) + 1] if quantity in order else []
        if not all(map(trial.agrees, names)):
            return False
    return True


def numbers(trial: Trial, name: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Return a value and the right one if both are finite and have the same shape."""
    try:
        value, right = np.asarray(trial.got.get(name), float), np.asarray(trial.right[name], float)
    except (TypeError, ValueError):
        return None
    return (value, right) if value.shape == right.shape and np.isfinite([value, right]).all() else None


def wrong_pairs(claim: Claim, trials: list[Trial]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return (wrong, right) for each wrong value, without those that cannot be compared."""
    wrong_values = [(trial, name) for trial in trials for name in claim.values(trial) if not trial.agrees(name)]
    return [pair for pair in (numbers(trial, name) for trial, name in wrong_values) if pair]


def are_too_large(claim: Claim, trials: list[Trial]) -> bool:
    """True if each wrong value is too large (or too small), by magnitude or by value."""
    sign = {"large": 1, "long": 1, "small": -1, "short": -1}[claim.word]

    def beyond(got: np.ndarray, right: np.ndarray) -> bool:
        return bool(np.all(sign * (got - right) >= -1e-9 * np.abs(right).max(initial=0)))

    return all(beyond(got, right) or beyond(np.abs(got), np.abs(right)) for got, right in wrong_pairs(claim, trials))


def are_times(claim: Claim, trials: list[Trial]) -> bool:
    factor = {"half of": 0.5, "half": 0.5, "twice": 2.0, "minus": -1.0}[claim.word]
    return all(np.allclose(got, factor * right, rtol=1e-4) for got, right in wrong_pairs(claim, trials))


def have_the_wrong_sign(claim: Claim, trials: list[Trial]) -> bool:
    return all(np.allclose(got, -right, rtol=1e-4) for got, right in wrong_pairs(claim, trials))


def are_changed(claim: Claim, trials: list[Trial]) -> bool:
    """True if each quantity was changed in place in some case. A wrong value does not matter here: it may be the very
    array that changed later."""
    return all(any(quantity in trial.outcome.changed for trial in trials) for quantity in claim.quantities)


def right_for_float64(claim: Claim, trials: list[Trial]) -> bool:
    """True if all values are right in the cases without any float32."""
    return all(trial.agrees(name) for trial in trials if not trial.is_single for name in trial.right)


def comes_back_as_float64(claim: Claim, trials: list[Trial]) -> bool:
    singles = [trial for trial in trials if trial.is_single]
    return bool(singles) and all(
        any(dtype_of(trial.got[name]) == np.float64 for name in trial.right) for trial in singles if trial.failed
    )


def numbers_are_right(claim: Claim, trials: list[Trial]) -> bool:
    """True if the sorted numbers agree, whatever their shape, order and dtype; named quantities are left out."""
    for trial in trials:
        names = [name for name in trial.right if name.split()[0] not in claim.named] or list(trial.right)
        if not same_numbers([trial.got.get(name) for name in names], [trial.right[name] for name in names]):
            return False
    return True


def same_numbers(got: list[Any], right: list[Any]) -> bool:
    try:
        got_numbers, right_numbers = sorted_numbers(got), sorted_numbers(right)
    except (TypeError, ValueError):
        return True  # not numbers: nothing is claimed
    return got_numbers.shape == right_numbers.shape and np.allclose(
        got_numbers, right_numbers, rtol=1e-4, atol=1e-9, equal_nan=True
    )


def sorted_numbers(values: list[Any]) -> np.ndarray:
    return np.sort(np.concatenate([np.ravel(np.asarray(value, float)) for value in parts(values)]))


NAMES = r"(?:both |all )?(?P<names>`\w+`(?:(?:, and |, | and )`\w+`)*)"
SIZE, FACTOR = r"(?P<word>large|small|long|short)", r"(?P<word>half of|half|twice|minus)"
RIGHT_ONE = r"(?:what (?:it|they) should be|the right one)"
CLAIMS: list[tuple[str, Check]] = [
    (rf"{NAMES} (?:is|are) right(?: in every case)?", are_right),
    (rf"{NAMES} (?:is|are) right (?:after one step|when one step is taken)", right_after_one_step),
    (rf"right up to {NAMES}", right_up_to),
    (r"(?:everything|all) (?:else )?is right(?: but| except)?(?: `\w+`(?:, | and )?)*", others_are_right),
    (r"(?:the rest is|everything else is|the others are|all else is) right", others_are_right),
    (rf"{NAMES} (?:is|are) too {SIZE}(?:,? in every case)?", are_too_large),
    (rf"(?:every entry is|the numbers are) too {SIZE}", are_too_large),
    (rf"(?:{NAMES} (?:is|are)|every entry is) {FACTOR} {RIGHT_ONE}", are_times),
    (rf"(?:{NAMES} (?:has|have)|every entry has) the wrong sign", have_the_wrong_sign),
    (rf"the returned values are right, but the arrays? handed in as {NAMES} (?:has|have) changed", are_changed),
    (r"the numbers are right for float64", right_for_float64),
    (
        r"for float32(?: params| inputs)? (?:the answer comes|the arrays come|`\w+` comes) back as float64",
        comes_back_as_float64,
    ),
    (r"(?:all|the) numbers are right", numbers_are_right),
]
