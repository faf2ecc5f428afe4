"""We look a student's outcomes up among those of the known mistakes."""

from dataclasses import replace

import numpy as np

from descent.compare import difference
from descent.exercise import Exercise
from descent.failure import dtype_of
from descent.keys import Key, KnownMistake
from descent.outcome import Outcome

WIDENED = {"en": "; besides, float32 does not stay float32", "zh": "；另外，float32 没有保持为 float32"}


def recognise(exercise: Exercise, outcomes: list[Outcome], key: Key, failed: list[bool]) -> KnownMistake | None:
    """The known mistake whose outcome is the student's on every visible case, two failed ones at least.

    An error alone is not enough: many mistakes end in the same TypeError. A slip of dtype beside the mistake, such
    as `np.eye(D)`, does not hide it: where float32 has become float64 the numbers decide, and the card says both.
    """
    if sum(bad and outcome.error is None for bad, outcome in zip(failed, outcomes)) < 2:
        return None
    for mistake in key.mistakes:
        if all(alike(exercise, one, two) for one, two in zip(outcomes, mistake.outcomes)):
            return mistake
    for mistake in key.mistakes:
        numbers_differ = sum(not alike(exercise, narrowed(one, right), right)
                             for one, right in zip(mistake.outcomes, key.answers)) >= 2
        if numbers_differ and all(alike(exercise, narrowed(one, two), two)
                                  for one, two in zip(outcomes, mistake.outcomes)):
            return replace(mistake, observation={language: text + WIDENED[language]
                                                 for language, text in mistake.observation.items()})
    return None


def narrowed(outcome: Outcome, like: Outcome) -> Outcome:
    """The outcome with float64 arrays as float32 where `like` has float32."""
    def narrow(value, other):
        if dtype_of(value) == np.float64 and dtype_of(other) == np.float32:
            return value.astype(np.float32)
        return value
    return replace(outcome, values={name: narrow(value, like.values.get(name))
                                    for name, value in outcome.values.items()})


def alike(exercise: Exercise, one: Outcome, two: Outcome) -> bool:
    """Whether two outcomes are the same: error, changed inputs and values."""
    if one.error != two.error or one.changed != two.changed or one.values.keys() != two.values.keys():
        return False
    return all(difference(one.values[name], two.values[name], exercise.rtol, exercise.rtol_float32, exercise.atol)
               is None for name in two.values)
