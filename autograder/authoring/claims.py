"""Forms of an observation that are checked as they stand, such as "`velocity` is right" and "too large".

CLAIMS is the table: a pattern for a clause, and the function that says whether it is true of a wrong version's outputs.
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
    """A wrong version on one visible case: its values, and the right ones."""

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
        """Whether the value called `name` is right."""
        e = self.exercise
        return difference(self.got.get(name), self.right[name], e.rtol, e.rtol_float32, e.atol) is None

    def values_of(self, quantity: str) -> list[str]:
        """The names of a quantity's values: `velocity` has "velocity after step 1", "velocity after step 2"."""
        return [name for name in self.right if quantity in (name, name.split()[0])]

    @property
    def compared(self) -> bool:
        """False where an error was asked for or raised: there are no values to speak of."""
        return self.outcome.error is None and self.answer.error is None

    @property
    def is_single(self) -> bool:
        """Whether something in the case is float32."""
        values = [*self.case.inputs.values(), *self.right.values()]
        return any(dtype_of(part) == np.float32 for value in values for part in parts(value))

    @property
    def failed(self) -> bool:
        return self.compared and not all(map(self.agrees, self.right))


def parts(value: Any) -> list[Any]:
    """Return what a dict or list holds, or the value itself."""
    if isinstance(value, dict):
        value = list(value.values())
    return [leaf for part in value for leaf in parts(part)] if isinstance(value, list | tuple) else [value]


@dataclass(frozen=True)
class Claim:
    """What a clause speaks of: quantities (none: all there are), a word such as "twice", and all names in the sentence."""

    quantities: list[str]
    word: str
    named: set[str]

    def values(self, trial: Trial) -> list[str]:
        """The names of the values that it speaks of."""
        names = [name for quantity in self.quantities for name in trial.values_of(quantity)]
        return names if self.quantities else list(trial.right)


Check = Callable[[Claim, list[Trial]], bool]


def are_right(claim: Claim, trials: list[Trial]) -> bool:
    return all(trial.agrees(name) for trial in trials for name in claim.values(trial))


def others_are_right(claim: Claim, trials: list[Trial]) -> bool:
    """Whether all quantities but those named are right; nothing is said where the others are entries of one array."""
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
    """Whether the quantity, and all that comes before it, is right."""
    [quantity] = claim.quantities
    for trial in trials:
        order = [name.split()[0] for name in trial.right]
        names = list(trial.right)[: order.index(quantity) + 1] if quantity in order else []
        if not all(map(trial.agrees, names)):
            return False
    return True


def numbers(trial: Trial, name: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Return a value and the right one where both are finite numbers of one shape."""
    try:
        got, right = np.asarray(trial.got.get(name), float), np.asarray(trial.right[name], float)
    except (TypeError, ValueError):
        return None
    return (got, right) if got.shape == right.shape and np.isfinite([got, right]).all() else None


def wrong_pairs(claim: Claim, trials: list[Trial]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the wrong values beside the right ones; a value that cannot be compared is left out."""
    wrong = [(trial, name) for trial in trials for name in claim.values(trial) if not trial.agrees(name)]
    return [pair for pair in (numbers(trial, name) for trial, name in wrong) if pair]


def are_too_large(claim: Claim, trials: list[Trial]) -> bool:
    """Whether each wrong value is too large (small), in size or on the number line."""
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
    """Whether each was changed in a case. A value may be wrong all the same: it may be the array that changed later."""
    return all(any(quantity in trial.outcome.changed for trial in trials) for quantity in claim.quantities)


def right_for_float64(claim: Claim, trials: list[Trial]) -> bool:
    """Whether all is right where nothing that comes in or should go out is float32."""
    return all(trial.agrees(name) for trial in trials if not trial.is_single for name in trial.right)


def comes_back_as_float64(claim: Claim, trials: list[Trial]) -> bool:
    singles = [trial for trial in trials if trial.is_single]
    return bool(singles) and all(
        any(dtype_of(trial.got[name]) == np.float64 for name in trial.right) for trial in singles if trial.failed
    )


def numbers_are_right(claim: Claim, trials: list[Trial]) -> bool:
    """Whether the numbers agree, in whatever shape, place or dtype they come; a quantity named besides is excepted."""
    for trial in trials:
        names = [name for name in trial.right if name.split()[0] not in claim.named] or list(trial.right)
        if not same_numbers([trial.got.get(name) for name in names], [trial.right[name] for name in names]):
            return False
    return True


def same_numbers(got: list[Any], right: list[Any]) -> bool:
    try:
        left, wanted = sorted_numbers(got), sorted_numbers(right)
    except (TypeError, ValueError):
        return True  # not numbers: nothing is claimed
    return left.shape == wanted.shape and np.allclose(left, wanted, rtol=1e-4, atol=1e-9, equal_nan=True)


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
