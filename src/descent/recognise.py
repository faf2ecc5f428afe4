"""We look a student's outcomes up among those of the known mistakes: the same on every case, or on most."""

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
# How alike is alike enough, of the cases that the answer or the mistake fails. Measured on 26,000 wrong answers (guarded
# and doubled mistakes, small changes of right answers, 292 mistakes that no catalogue has): none of the 292 gets a name,
# and of 1,700 names given on most cases with 0.8 about one in 300 said more than the code does; with 0.6 one in 60.
LEAST_ORDINARY, LEAST, LEAST_CASES, LEAST_TELLING = 0.85, 0.7, 3, 2


@dataclass(frozen=True)
class Match:
    """A known mistake that a student's outcomes are like, and on how many cases.

    everywhere: on all of them. twin: another known mistake that no case can tell from this one.
    """

    mistake: KnownMistake
    agreeing: int
    everywhere: bool = True
    twin: KnownMistake | None = None


def recognise(
    exercise: Exercise, cases: list[Case], outcomes: list[Outcome], key: Key, failed: list[bool]
) -> Match | None:
    """The known mistake whose outcome is the student's on every visible case, two failed ones at least; else the one
    whose outcome is the student's on most.

    An error alone is not enough: many mistakes end in the same TypeError. A slip of dtype beside the mistake, such
    as `np.eye(D)`, does not hide it: where float32 has become float64 the numbers decide, and the card says both.
    """
    if sum(bad and outcome.error is None for bad, outcome in zip(failed, outcomes)) < 2:
        return None
    same = [
        mistake
        for mistake in key.mistakes
        if all(alike(exercise, one, two) for one, two in zip(outcomes, mistake.outcomes))
    ]
    if same:
        twins = [
            other
            for other in same[1:]
            if all(alike(exercise, one, two) for one, two in zip(other.outcomes, same[0].outcomes))
        ]
        return Match(same[0], len(cases), twin=twins[0] if twins else None)
    return (
        widened(exercise, outcomes, key)
        or unguarded(exercise, outcomes, key, failed)
        or mostly(exercise, cases, outcomes, key, failed)
    )


def unguarded(exercise: Exercise, outcomes: list[Outcome], key: Key, failed: list[bool]) -> Match | None:
    """The one known mistake whose outcome is the student's wherever no error is expected, two failed cases at least.

    Students replace the stub's `require` lines along with the rest, and every case that must be refused differs then.
    """
    asked = [number for number, answer in enumerate(key.answers) if not answer.error]
    if sum(failed[number] and outcomes[number].error is None for number in asked) < LEAST_TELLING:
        return None
    same = [
        mistake
        for mistake in key.mistakes
        if all(alike(exercise, outcomes[number], mistake.outcomes[number]) for number in asked)
    ]
    if len(same) != 1:
        return None
    agreeing = sum(alike(exercise, one, two) for one, two in zip(outcomes, same[0].outcomes))
    return mostly_like(same[0], agreeing, len(outcomes))


def mostly_like(mistake: KnownMistake, agreeing: int, num_cases: int) -> Match:
    """A match that is not everywhere: the observation says on how many cases it holds."""
    before = {lang: MOSTLY[lang].format(same=agreeing, all=num_cases) for lang in MOSTLY}
    return Match(with_words(mistake, before=before), agreeing, everywhere=False)


def widened(exercise: Exercise, outcomes: list[Outcome], key: Key) -> Match | None:
    """A known mistake whose numbers these are, but for float32 that has become float64."""
    if all(one is narrowed(one, right) for one, right in zip(outcomes, key.answers)):
        return None
    for mistake in key.mistakes:
        if (
            all(alike(exercise, narrowed(one, two), two) for one, two in zip(outcomes, mistake.outcomes))
            and sum(
                not alike(exercise, narrowed(one, right), right) for one, right in zip(mistake.outcomes, key.answers)
            )
            >= 2
        ):
            return Match(with_words(mistake, after=WIDENED), len(outcomes))
    return None


def mostly(
    exercise: Exercise, cases: list[Case], outcomes: list[Outcome], key: Key, failed: list[bool]
) -> Match | None:
    """The known mistake that answers as the student does on most cases that either of them fails.

    Cases of ordinary numbers count first: extreme ones are alike for many mistakes; of cases with the same arrays one
    counts. Two of them must tell the mistake from every other one. A mistake that changes its inputs is named only where it is the same everywhere, and so are
    those of an exercise whose cases look at what is drawn.
    """
    watched = sum(any(isinstance(value, bool) for value in answer.values.values()) for answer in key.answers)
    if watched > 1:
        return None
    asked = [number for number, answer in enumerate(key.answers) if not answer.error]
    plain = distinct(cases, [number for number in asked if ordinary(traits(cases[number], cases))])
    scores: dict[str, float] = {}
    for mistake in key.mistakes:
        if any(outcome.changed for outcome in mistake.outcomes):
            continue
        same = {
            number for number in asked if failed[number] and alike(exercise, outcomes[number], mistake.outcomes[number])
        }
        if len(same & plain) < LEAST_CASES:
            continue
        wrong = {
            number
            for number in asked
            if failed[number] or not alike(exercise, mistake.outcomes[number], key.answers[number])
        }
        if len(same & plain) < LEAST_ORDINARY * len(wrong & plain) or len(same) < LEAST * len(wrong):
            continue
        telling = [
            number
            for number in same & plain
            if not any(
                alike(exercise, other.outcomes[number], mistake.outcomes[number])
                for other in key.mistakes
                if other is not mistake
            )
        ]
        if len(telling) >= LEAST_TELLING:
            scores[mistake.id] = len(same & plain) / len(wrong & plain)
    best = [mistake for mistake in key.mistakes if scores.get(mistake.id) == max(scores.values(), default=0)]
    if len(best) != 1:
        return None
    agreeing = sum(alike(exercise, one, two) for one, two in zip(outcomes, best[0].outcomes))
    return mostly_like(best[0], agreeing, len(cases))


def distinct(cases: list[Case], numbers: list[int]) -> set[int]:
    """Of those cases that share their arrays, the first: they are one piece of evidence."""
    found: dict[tuple, int] = {}
    for number in numbers:
        arrays = tuple(array.tobytes() for array in arrays_in(cases[number].inputs))
        found.setdefault(arrays or (number,), number)
    return set(found.values())


def with_words(
    mistake: KnownMistake, before: dict[str, str] | None = None, after: dict[str, str] | None = None
) -> KnownMistake:
    """The mistake with words before or after its observation."""
    return replace(
        mistake,
        observation={
            lang: (before or {}).get(lang, "") + text + (after or {}).get(lang, "")
            for lang, text in mistake.observation.items()
        },
    )


def narrowed(outcome: Outcome, like: Outcome) -> Outcome:
    """The outcome with float64 arrays as float32 where `like` has float32."""
    wide = {
        name
        for name, value in outcome.values.items()
        if dtype_of(value) == np.float64 and dtype_of(like.values.get(name)) == np.float32
    }
    if not wide:
        return outcome
    return replace(
        outcome,
        values={name: value.astype(np.float32) if name in wide else value for name, value in outcome.values.items()},
    )


def alike(exercise: Exercise, one: Outcome, two: Outcome) -> bool:
    """Whether two outcomes are the same: error, changed inputs and values, but for those that hang on rounding."""
    if one.error != two.error or one.changed != two.changed or one.values.keys() != two.values.keys():
        return False
    return all(
        one.values[name] is UNSETTLED
        or two.values[name] is UNSETTLED
        or difference(one.values[name], two.values[name], exercise.rtol, exercise.rtol_float32, exercise.atol) is None
        for name in two.values
    )
