"""What the docstring of an answer promises, and which promise no case of the exercise tries.

A promise is tried when the exercise's own cases show that it is kept: a case holds a NaN, a call leaves the default
out, a case fails without the `require` line. Nothing of that is declared. Only a sentence of no common kind needs a
line in the exercise's `clauses`: {words of the docstring: the group whose cases try them}.

    python -m autograder.authoring.contract adam_step ...     print what is promised and not tried
"""

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.authoring.contract_mutants import other_ends, without_requires, zero_names
from autograder.authoring.mutants import build, source_of
from descent.examine import problem_of
from descent.exercise import Case, Exercise
from descent.exercises import table, visible_cases
from descent.outcome import Outcome, try_case
from reference.lookup import reference_function

SEEDS = 12  # of cases drawn to see which ends of a number are left to chance
BACKGROUND = re.compile(
    r"\b(?:19|20)\d\d\b|\b(PyTorch|torch|optax|Keras|TensorFlow|JAX|scikit-learn|CS231n|CS324|convention)\b"
)
DESCRIBED = re.compile(r"^(Returns?\b|Contract\b|A generator\b|[\w()|, *.\[\]]{1,60}: )")


@dataclass
class Evidence:
    """The exercise's visible cases with the right answers, and every call of the answer while they ran."""

    exercise: Exercise
    function: Callable
    cases: list[tuple[Case, Outcome]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)  # the arguments by name; those left out are missing
    accepted: list[dict[str, Any]] = field(default_factory=list)  # of the calls that raised nothing, with the defaults

    def arrays(self) -> list[np.ndarray]:
        return [array for call in self.calls for value in call.values() for array in arrays_in(value)]


def arrays_in(value: Any) -> list[np.ndarray]:
    """The arrays in an argument: itself, or those in a dict, list or tuple; a number counts as an array."""
    if isinstance(value, dict):
        return [array for one in value.values() for array in arrays_in(one)]
    if isinstance(value, (list, tuple)):
        return [array for one in value for array in arrays_in(one)]
    if isinstance(value, (np.ndarray, np.generic, float, int)) and not isinstance(value, bool):
        return [np.asarray(value)]
    return []


def watch(exercise: Exercise, function: Callable) -> Evidence:
    """Run the visible cases with the right answer and keep what it was called with."""
    found = Evidence(exercise, function)
    signature = inspect.signature(function)
    defaults = {one.name: one.default for one in signature.parameters.values() if one.default is not one.empty}

    def watched(*args, **kwargs):
        call = dict(signature.bind(*args, **kwargs).arguments)
        found.calls.append(call)
        result = function(*args, **kwargs)
        found.accepted.append(defaults | call)
        return result

    with np.errstate(all="ignore"):
        found.cases = [(case, try_case(exercise, watched, case)) for case in visible_cases(exercise)]
    return found


def untried(exercise: Exercise, function: Callable) -> list[str]:
    """What is promised and not tried, one sentence each; empty where every promise is tried."""
    evidence = watch(exercise, function)
    return [
        *sentences_untried(evidence),
        *requires_untried(evidence),
        *defaults_untried(evidence),
        *zeros_untried(evidence),
        *sizes_untried(evidence),
        *left_to_chance(exercise, function),
    ]


# ---- sentences --------------------------------------------------------------------------------------


def sentences(docstring: str) -> list[str]:
    """The sentences of a docstring that promise something: no summary, no formula, no source, no worked call."""
    paragraphs = [one for one in inspect.cleandoc(docstring).split("\n\n")[1:] if not one.startswith(">>> ")]
    lines = "\n".join(
        line for paragraph in paragraphs for line in [*paragraph.splitlines(), ""] if not line.startswith("    ")
    )
    parts = [" ".join(part.split()) for part in re.split(r"\n\n|\n\s*\d\. ", lines)]  # paragraphs, numbered clauses
    return [
        one
        for part in parts
        for one in re.split(r"(?<=\.)(?<!et al\.)\s+(?=[A-Z(`])", part)
        if one and not BACKGROUND.search(one)
    ]


def sentences_untried(evidence: Evidence) -> list[str]:
    docstring = " ".join(inspect.cleandoc(evidence.function.__doc__ or "").split())
    clauses, found = evidence.exercise.clauses or {}, []
    for words, group in clauses.items():
        if words not in docstring:
            found.append(f"clauses: the docstring does not say {words!r}")
        if group not in evidence.exercise.groups:
            found.append(f"clauses: {words!r} is tried by {group!r}, which is no group")
    for sentence in sentences(evidence.function.__doc__ or ""):
        kinds = [tried for pattern, tried in KINDS if pattern.search(sentence)]
        found += [f"no case tries: {sentence} ({missing})" for tried in kinds if (missing := tried(evidence, sentence))]
        if (
            not kinds
            and not DESCRIBED.search(sentence)
            and not any(words in sentence or sentence in words for words in clauses)
        ):
            found.append(f"no case is said to try: {sentence} (name its group in `clauses`, or take it out)")
    return found


def unchanged(evidence: Evidence, sentence: str) -> str | None:
    return "`may_change` lets it" if evidence.exercise.may_change else None


def any_shape(evidence: Evidence, sentence: str) -> str | None:
    missing = {0, 1, 2, 3} - {array.ndim for array in evidence.arrays()}
    return f"no array of {min(missing)} dimensions" if missing else None


def dtype(evidence: Evidence, sentence: str) -> str | None:
    return None if any(array.dtype == np.float32 for array in evidence.arrays()) else "no float32"


def not_a_number(evidence: Evidence, sentence: str) -> str | None:
    return None if any(np.isnan(array).any() for array in numbers_in(evidence)) else "no NaN"


def infinite(evidence: Evidence, sentence: str) -> str | None:
    return None if any(np.isinf(array).any() for array in numbers_in(evidence)) else "no inf"


def numbers_in(evidence: Evidence) -> list[np.ndarray]:
    """The numbers that come in, and those that go out where all that came in were finite."""

    def numbers(values):
        return [array for array in arrays_in(values) if array.dtype.kind in "fc"]

    answers = [
        array
        for case, outcome in evidence.cases
        for array in numbers(outcome.values)
        if all(np.isfinite(one).all() for one in numbers(case.inputs))
    ]
    return answers + [array for array in evidence.arrays() if array.dtype.kind in "fc"]


def raises(evidence: Evidence, sentence: str) -> str | None:
    named = re.findall(r"\b(\w+(?:Error|Exception))\b", sentence)
    missing = set(named) - {outcome.error for _, outcome in evidence.cases}
    return f"no case ends in {min(missing)}" if missing else None


KINDS = [
    (re.compile(pattern), tried)
    for pattern, tried in (
        (r"\b(not|[Nn]either is|None is|None of them is) changed\b", unchanged),
        (r"\bany shape\b", any_shape),
        (r"\bdtypes?\b", dtype),
        (r"\bNaN\b", not_a_number),
        (r"\binf\b", infinite),
        (r"\bRaises\b", raises),
    )
]


# ---- require lines, defaults, zeros, sizes, chance ---------------------------------------------------


def requires_untried(evidence: Evidence) -> list[str]:
    """The `require` lines without which every case still passes, and the ends of their ranges that no case tries."""
    source = source_of(evidence.function)
    found = [
        f"no case fails without: {line}" for line, other in without_requires(source) if not is_caught(evidence, other)
    ]
    return found + [
        f"no case stands at the end of the range: {words}, in {line}"
        for words, line, other in other_ends(source)
        if not is_caught(evidence, other) and not any(stands_at_end(call, words) for call in evidence.calls)
    ]


def stands_at_end(call: dict[str, Any], words: str) -> bool:
    """Whether the two sides of a comparison such as "momentum < 1" are equal in a call: an error may come from a later
    line when the `require` lets the end in."""
    left, right = re.split(r" (?:<=?|>=?) ", words, maxsplit=1)
    try:
        return bool(np.all(eval(left, {"np": np}, call) == eval(right, {"np": np}, call)))
    except (NameError, AttributeError, IndexError, TypeError, ValueError):  # an argument was left out
        return False


def is_caught(evidence: Evidence, source: str) -> bool:
    """Whether a case fails with a changed source of the answer."""
    changed = build(evidence.function, source)
    return any(
        problem_of(evidence.exercise, case, try_case(evidence.exercise, changed, case), right)
        for case, right in evidence.cases
    )


def defaults_untried(evidence: Evidence) -> list[str]:
    signature = inspect.signature(evidence.function).parameters.values()
    return [
        f"no call leaves out `{one.name}`, whose default is {one.default!r}"
        for one in signature
        if one.default is not one.empty and all(one.name in call for call in evidence.calls)
    ]


def zeros_untried(evidence: Evidence) -> list[str]:
    """Numbers that may be 0 by their `require` and never are."""
    return [
        f"no call with {name} = 0"
        for name in zero_allowed(source_of(evidence.function))
        if not any(is_zero(call.get(name)) for call in evidence.accepted)
    ]


def is_zero(value: Any) -> bool:
    return isinstance(value, (int, float, np.generic)) and value == 0


def zero_allowed(source: str) -> list[str]:
    """Arguments of which a `require` says `name >= 0` or `0 <= name ...`."""
    return [
        name
        for node in ast.walk(ast.parse(textwrap.dedent(source)))
        if isinstance(node, ast.FunctionDef)
        for name in zero_names(node)
    ]


def sizes_untried(evidence: Evidence) -> list[str]:
    """Sizes that the docstring calls by a letter, as in `X: (N, D)`, and that are never 1."""
    found = []
    docstring = evidence.function.__doc__ or ""
    for name, shape in re.findall(r"\b(\w+)(?: \(\w+\))?: (?:array )?\(([A-Z](?:, [A-Z])*),?\)", docstring):
        for axis, letter in enumerate(shape.split(", ")):
            shapes = [np.shape(call[name]) for call in evidence.calls if name in call]
            if shapes and not any(len(one) > axis and one[axis] == 1 for one in shapes):
                found.append(f"no call with `{name}` of {letter} = 1")
    return found


def left_to_chance(exercise: Exercise, function: Callable) -> list[str]:
    """Hyper-parameters whose smallest or largest value differs from one class's hidden cases to the next's.

    A hyper-parameter: a number by keyword, or one that a `require` speaks of.
    """
    names, lows, highs = hyper_parameters(function), [], []
    for seed in range(SEEDS):
        values: dict[str, list[float]] = {}
        for case in exercise.cases(np.random.default_rng(seed)):
            for name in names & case.inputs.keys():
                if type(value := case.inputs[name]) in (float, int) and np.isfinite(value):
                    values.setdefault(name, []).append(value)
        lows.append({name: min(some) for name, some in values.items()})
        highs.append({name: max(some) for name, some in values.items()})
    return [
        f"the {end} `{name}` is left to chance: fix it in one case"
        for end, ends in (("lowest", lows), ("highest", highs))
        for name in sorted(ends[0])
        if len({one.get(name) for one in ends}) > 1
    ]


def hyper_parameters(function: Callable) -> set[str]:
    parameters = inspect.signature(function).parameters
    checked = " ".join(line for line, _ in without_requires(source_of(function)))
    return {
        name for name, one in parameters.items() if one.kind == one.KEYWORD_ONLY or re.search(rf"\b{name}\b", checked)
    }


def main(names: list[str]) -> int:
    """Print what the exercises called `names`, or all, promise and do not try."""
    found = 0
    for name in names or table():
        exercise = table()[name][1]
        for line in untried(exercise, reference_function(exercise)):
            found += 1
            print(f"{name}: {line}")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
