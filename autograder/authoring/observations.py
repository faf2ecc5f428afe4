"""Is an observation true of the outputs? What an author says of a wrong version is held against its visible cases.

Two ways: sentences of the forms in CLAIMS are checked as they stand, clause by clause; for any other the author gives
`holds`, a function of (inputs, got, right) that is True for each visible case in which the wrong version fails.

    @wrong("midpoint", observation=("larger than any of the points", "..."), ...,
           holds=lambda inputs, got, right: got["midpoint"] > max(inputs["points"]))
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from descent.compare import difference
from descent.exercise import Case, Exercise
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
    def failed(self) -> bool:
        return self.compared and not all(map(self.agrees, self.right))


# ---- the forms of a clause, and what each says ---------------------------------------------------------------------

NAMES = r"(?:both |all )?(?P<names>`\w+`(?:(?:, and |, | and )`\w+`)*)"


def quantities(found: re.Match) -> list[str]:
    return re.findall(r"`(\w+)`", found["names"])


def are_right(found: re.Match, trials: list[Trial], named: set[str]) -> bool:
    return all(trial.agrees(name) for trial in trials for quantity in quantities(found) for name in trial.values_of(quantity))


def others_are_right(found: re.Match, trials: list[Trial], named: set[str]) -> bool:
    """Whether all quantities but those named are right; nothing to say where the others are entries of one array."""
    return not named or all(trial.agrees(name) for trial in trials for name in trial.right if name.split()[0] not in named)


def numbers(trial: Trial, name: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Return a value and the right one where both are finite numbers of one shape."""
    try:
        got, right = np.asarray(trial.got.get(name), float), np.asarray(trial.right[name], float)
    except (TypeError, ValueError):
        return None
    return (got, right) if got.shape == right.shape and np.isfinite([got, right]).all() else None


def wrong_pairs(found: re.Match, trials: list[Trial]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the wrong values of the quantities beside the right ones; a value that cannot be compared is left out."""
    names = [(trial, name) for trial in trials for quantity in quantities(found) for name in trial.values_of(quantity)
             if not trial.agrees(name)]  # fmt: skip
    return [pair for pair in (numbers(trial, name) for trial, name in names) if pair]


def are_too_large(found: re.Match, trials: list[Trial], named: set[str]) -> bool:
    sign = {"large": 1, "long": 1, "small": -1, "short": -1}[found["size"]]
    return all(np.all(sign * (np.abs(got) - np.abs(right)) >= -1e-9 * np.abs(right).max(initial=0))
               or np.all(sign * (got - right) >= -1e-9 * np.abs(right).max(initial=0))
               for got, right in wrong_pairs(found, trials))  # fmt: skip


def are_times(found: re.Match, trials: list[Trial], named: set[str]) -> bool:
    factor = {"half of": 0.5, "half": 0.5, "twice": 2.0, "minus": -1.0}[found["factor"]]
    return all(np.allclose(got, factor * right, rtol=1e-4) for got, right in wrong_pairs(found, trials))


def have_the_wrong_sign(found: re.Match, trials: list[Trial], named: set[str]) -> bool:
    return all(np.allclose(got, -right, rtol=1e-4) for got, right in wrong_pairs(found, trials))


def are_changed(found: re.Match, trials: list[Trial], named: set[str]) -> bool:
    """Whether each was changed in a case. A value may be wrong all the same: it may be the array that changed later."""
    return all(any(quantity in trial.outcome.changed for trial in trials) for quantity in quantities(found))


Check = Callable[[re.Match, list[Trial], set[str]], bool]
CLAIMS: list[tuple[str, Check]] = [
    (rf"{NAMES} (?:is|are) right(?: in every case)?", are_right),
    (r"(?:everything|all) (?:else )?is right(?: but| except)? ?(?P<names>(?:`\w+`(?:, | and )?)*)", others_are_right),
    (r"(?:the rest is|everything else is|the others are|all else is) right", others_are_right),
    (rf"{NAMES} (?:is|are) too (?P<size>large|small|long|short)(?:,? in every case)?", are_too_large),
    (rf"{NAMES} (?:is|are) (?P<factor>half of|half|twice|minus) (?:what (?:it|they) should be|the right one)", are_times),
    (rf"{NAMES} (?:has|have) the wrong sign", have_the_wrong_sign),
    (rf"the returned values are right, but the arrays? handed in as {NAMES} (?:has|have) changed", are_changed),
]


def clauses(observation: str) -> list[tuple[str, Check | None, re.Match | None]]:
    """Return the clauses of an English observation, each with its check where it has one of the known forms."""
    parts = re.split(r"; (?:but )?", observation.rstrip("."))
    found = []
    for part in parts:
        matches = ((check, re.fullmatch(form, part)) for form, check in CLAIMS)
        found.append((part, *next(((check, match) for check, match in matches if match), (None, None))))
    return found


def is_checked(observation: str) -> bool:
    """Whether every clause has a form that is checked as it stands."""
    return all(check for _, check, _ in clauses(observation))


def untrue(observation: str, holds: Callable | None, trials: list[Trial]) -> list[str]:
    """Return what an English observation, or its author's `holds`, says of the visible cases and is not so."""
    compared = [trial for trial in trials if trial.compared]
    named = set(re.findall(r"`(\w+)`", observation))
    found = [f'"{part}" is not true of the visible cases' for part, check, match in clauses(observation)
             if check and not check(match, compared, named)]  # fmt: skip
    if holds:
        false = [trial for trial in compared if trial.failed and not holds(trial.case.inputs, trial.got, trial.right)]
        found += [f"holds is False for {trial.case.inputs}: got {trial.got}, right {trial.right}" for trial in false[:1]]
    return found
