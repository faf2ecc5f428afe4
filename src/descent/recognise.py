"""We find the known mistake whose outcomes are equal to a student's on every case, or on most."""

from dataclasses import dataclass, replace

import numpy as np

from descent.compare import difference
from descent.exercise import Case, Exercise
from descent.failure import dtype_of
from descent.keys import UNSETTLED, Key, KnownMistake
from descent.outcome import Outcome
from descent.traits import arrays_in, ordinary, traits

WIDENED = {"en": "; besides, float32 does not stay float32", "zh": "；另外，float32 没有保持为 float32"}
MOSTLY = {"en": "on {same} of {all} cases: ", "zh": "{all} 个例子中有 {same} 个是这样："}
# The share of equal outcomes needed, among the cases that the answer or the mistake fails. Measured on 26,000 wrong
# answers (guarded and combined mistakes, small changes of right answers, 292 mistakes in no catalogue): none of the 292
# gets a name, and of 1,700 names given on most cases with 0.8 about one in 300 claimed more than is true of the code;
# with 0.6 one in 60.
LEAST_ORDINARY, LEAST, LEAST_CASES, LEAST_TELLING = 0.85, 0.7, 3, 2


@dataclass(frozen=True)
class Match:
    """A known mistake whose outcomes match a student's. agreeing: on how many cases. everywhere: on all cases. twin:
    another known mistake with the same outcomes on every case.
    """

    mistake: KnownMistake
    agreeing: int
    everywhere: bool = True
    twin: KnownMistake | None = None


def recognise(
    exercise: Exercise, cases: list[Case], outcomes: list[Outcome], key: Key, failed: list[bool]
) -> Match | None:
    """The known mistake with the student's outcome on every visible case, of which two must fail without an error; else
    the one with the student's outcome on most.

    An error alone is not enough, because many mistakes end in the same TypeError. An additional dtype error, such as
    `np.eye(D)`, does not hide a mistake: if float32 has become float64 we compare the numbers, and the card says both.
    """
    if sum(is_failed and outcome.error is None for is_failed, outcome in zip(failed, outcomes)) < 2:
        return None
    matching = [
        mistake
        for mistake in key.mistakes
        if all(alike(exercise, outcome, other_outcome) for outcome, other_outcome in zip(outcomes, mistake.outcomes))
    ]
    if matching:
        twins = [
            later
            for later in matching[1:]
            if all(
                alike(exercise, outcome, other_outcome)
                for outcome, other_outcome in zip(later.outcomes, matching[0].outcomes)
            )
        ]
        return Match(matching[0], len(cases), twin=twins[0] if twins else None)
    return (
        widened(exercise, outcomes, key)
        or unguarded(exercise, outcomes, key, failed)
        or mostly(exercise, cases, outcomes, key, failed)
    )


def unguarded(exercise: Exercise, outcomes: list[Outcome], key: Key, failed: list[bool]) -> Match | None:
    """The only known mistake with the student's outcome on every case that expects no error; two such cases must fail.

    Some students delete the stub's `require` lines, and then every case that expects an error differs.
    """
    compared = [number for number, answer in enumerate(key.answers) if not answer.error]
    if sum(failed[number] and outcomes[number].error is None for number in compared) < LEAST_TELLING:
        return None
    matching = [
        mistake
        for mistake in key.mistakes
        if all(alike(exercise, outcomes[number], mistake.outcomes[number]) for number in compared)
    ]
    if len(matching) != 1:
        return None
    agreeing = sum(
        alike(exercise, outcome, other_outcome) for outcome, other_outcome in zip(outcomes, matching[0].outcomes)
    )
    return mostly_like(matching[0], agreeing, len(outcomes))


def mostly_like(mistake: KnownMistake, agreeing: int, num_cases: int) -> Match:
    """A match on most cases: its observation begins with the number of these cases."""
    prefix = {lang: MOSTLY[lang].format(same=agreeing, all=num_cases) for lang in MOSTLY}
    return Match(with_words(mistake, before=prefix), agreeing, everywhere=False)


def widened(exercise: Exercise, outcomes: list[Outcome], key: Key) -> Match | None:
    """The known mistake with the same outcomes, apart from float32 arrays that have become float64."""
    if all(outcome is narrowed(outcome, right) for outcome, right in zip(outcomes, key.answers)):
        return None
    for mistake in key.mistakes:
        if (
            all(
                alike(exercise, narrowed(outcome, mistaken), mistaken)
                for outcome, mistaken in zip(outcomes, mistake.outcomes)
            )
            and sum(
                not alike(exercise, narrowed(mistaken, right), right)
                for mistaken, right in zip(mistake.outcomes, key.answers)
            )
            >= 2
        ):
            return Match(with_words(mistake, after=WIDENED), len(outcomes))
    return None


def mostly(
    exercise: Exercise, cases: list[Case], outcomes: list[Outcome], key: Key, failed: list[bool]
) -> Match | None:
    """The known mistake with the student's outcome on most of the cases that either of them fails.

    Cases with ordinary numbers matter most, because many mistakes are equal on extreme ones; cases with the same arrays
    count once. Two of them must distinguish the mistake from all others. A mistake that changes its inputs is named only
    if all cases agree, and so is any mistake of an exercise whose cases check random draws.
    """
    drawn = sum(any(isinstance(value, bool) for value in answer.values.values()) for answer in key.answers)
    if drawn > 1:
        return None
    compared = [number for number, answer in enumerate(key.answers) if not answer.error]
    ordinary_cases = distinct(cases, [number for number in compared if ordinary(traits(cases[number], cases))])
    scores: dict[str, float] = {}
    for mistake in key.mistakes:
        if any(outcome.changed for outcome in mistake.outcomes):
            continue
        agreeing_cases = {
            number
            for number in compared
            if failed[number] and alike(exercise, outcomes[number], mistake.outcomes[number])
        }
        if len(agreeing_cases & ordinary_cases) < LEAST_CASES:
            continue
        either_failed = {
            number
            for number in compared
            if failed[number] or not alike(exercise, mistake.outcomes[number], key.answers[number])
        }
        if len(agreeing_cases & ordinary_cases) < LEAST_ORDINARY * len(either_failed & ordinary_cases) or len(
            agreeing_cases
        ) < LEAST * len(either_failed):
            continue
        telling = [
            number
            for number in agreeing_cases & ordinary_cases
            if not any(
                alike(exercise, other.outcomes[number], mistake.outcomes[number])
                for other in key.mistakes
                if other is not mistake
            )
        ]
        if len(telling) >= LEAST_TELLING:
            scores[mistake.id] = len(agreeing_cases & ordinary_cases) / len(either_failed & ordinary_cases)
    best = [mistake for mistake in key.mistakes if scores.get(mistake.id) == max(scores.values(), default=0)]
    if len(best) != 1:
        return None
    agreeing = sum(
        alike(exercise, outcome, other_outcome) for outcome, other_outcome in zip(outcomes, best[0].outcomes)
    )
    return mostly_like(best[0], agreeing, len(cases))


def distinct(cases: list[Case], numbers: list[int]) -> set[int]:
    """The first case of each set of cases with equal arrays, which together count as one piece of evidence."""
    first_by_arrays: dict[tuple, int] = {}
    for number in numbers:
        arrays = tuple(array.tobytes() for array in arrays_in(cases[number].inputs))
        first_by_arrays.setdefault(arrays or (number,), number)
    return set(first_by_arrays.values())


def with_words(
    mistake: KnownMistake, before: dict[str, str] | None = None, after: dict[str, str] | None = None
) -> KnownMistake:
    """The mistake with text added before or after its observation."""
    return replace(
        mistake,
        observation={
            lang: (before or {}).get(lang, "") + text + (after or {}).get(lang, "")
            for lang, text in mistake.observation.items()
        },
    )


def narrowed(outcome: Outcome, like: Outcome) -> Outcome:
    """The outcome with its float64 arrays as float32 wherever `like` has float32."""
    widened_names = {
        name
        for name, value in outcome.values.items()
        if dtype_of(value) == np.float64 and dtype_of(like.values.get(name)) == np.float32
    }
    if not widened_names:
        return outcome
    return replace(
        outcome,
        values={
            name: value.astype(np.float32) if name in widened_names else value for name, value in outcome.values.items()
        },
    )


def alike(exercise: Exercise, outcome: Outcome, other: Outcome) -> bool:
    """True if two outcomes have the same error, changed inputs and values, apart from values that depend on rounding."""
    if outcome.error != other.error or outcome.changed != other.changed or outcome.values.keys() != other.values.keys():
        return False
    return all(
        outcome.values[name] is UNSETTLED
        or other.values[name] is UNSETTLED
        or difference(outcome.values[name], other.values[name], exercise.rtol, exercise.rtol_float32, exercise.atol)
        is None
        for name in other.values
    )
