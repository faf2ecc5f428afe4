"""We look for promises in an exercise's docstring that none of its cases tests.

A promise counts as tested when the exercise's own cases would notice if it were broken: a case contains a NaN, a call
omits the default, a case fails without the `require` line. The author declares none of this. Only a sentence that
matches none of KINDS needs a line in the exercise's `clauses`: {words of the docstring: the group whose cases test it}.

    python -m autograder.authoring.contract adam_step ...     print the promises that no case tests
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

from autograder.authoring.mutants import build, source_of
from autograder.authoring.require_lines import other_ends, without_requires, zero_names
from descent.examine import problem_of
from descent.exercise import Case, Exercise
from descent.exercises import table, visible_cases
from descent.outcome import Outcome, try_case
from reference.lookup import reference_function

SEEDS = 12  # how many sets of cases are drawn to see which extreme values depend on the seed
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
    calls: list[dict[str, Any]] = field(default_factory=list)  # arguments by name, without those left to a default
    accepted: list[dict[str, Any]] = field(default_factory=list)  # calls that raised no error, defaults filled in

    def arrays(self) -> list[np.ndarray]:
        return [array for call in self.calls for value in call.values() for array in arrays_in(value)]


def arrays_in(value: Any) -> list[np.ndarray]:
    """All arrays in an argument, also inside dicts, lists and tuples; a number counts as an array."""
    if isinstance(value, dict):
        return [array for item in value.values() for array in arrays_in(item)]
    if isinstance(value, (list, tuple)):
        return [array for item in value for array in arrays_in(item)]
    if isinstance(value, (np.ndarray, np.generic, float, int)) and not isinstance(value, bool):
        return [np.asarray(value)]
    return []


def watch(exercise: Exercise, function: Callable) -> Evidence:
    """Run the visible cases with the right answer and record the arguments of every call."""
    evidence = Evidence(exercise, function)
    signature = inspect.signature(function)
    defaults = {
        parameter.name: parameter.default
        for parameter in signature.parameters.values()
        if parameter.default is not parameter.empty
    }

    def watched(*args, **kwargs):
        call = dict(signature.bind(*args, **kwargs).arguments)
        evidence.calls.append(call)
        result = function(*args, **kwargs)
        evidence.accepted.append(defaults | call)
        return result

    with np.errstate(all="ignore"):
        evidence.cases = [(case, try_case(exercise, watched, case)) for case in visible_cases(exercise)]
    return evidence


def untried(exercise: Exercise, function: Callable) -> list[str]:
    """One sentence for each promise that no case tests; empty when every promise is tested."""
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
    """The sentences of a docstring that promise something: without summary, formulas, references and examples."""
    paragraphs = [
        sentence for sentence in inspect.cleandoc(docstring).split("\n\n")[1:] if not sentence.startswith(">>> ")
    ]
    lines = "\n".join(
        line for paragraph in paragraphs for line in [*paragraph.splitlines(), ""] if not line.startswith("    ")
    )
    parts = [" ".join(part.split()) for part in re.split(r"\n\n|\n\s*\d\. ", lines)]  # paragraphs, numbered clauses
    return [
        sentence
        for part in parts
        for sentence in re.split(r"(?<=\.)(?<!et al\.)\s+(?=[A-Z(`])", part)
        if sentence and not BACKGROUND.search(sentence)
    ]


def sentences_untried(evidence: Evidence) -> list[str]:
    docstring = " ".join(inspect.cleandoc(evidence.function.__doc__ or "").split())
    clauses, problems = evidence.exercise.clauses or {}, []
    for phrase, group in clauses.items():
        if phrase not in docstring:
            problems.append(f"clauses: the docstring does not say {phrase!r}")
        if group not in evidence.exercise.groups:
            problems.append(f"clauses: {phrase!r} is tried by {group!r}, which is no group")
    for sentence in sentences(evidence.function.__doc__ or ""):
        kinds = [untried_case for pattern, untried_case in KINDS if pattern.search(sentence)]
        problems += [
            f"no case tries: {sentence} ({missing})"
            for untried_case in kinds
            if (missing := untried_case(evidence, sentence))
        ]
        if (
            not kinds
            and not DESCRIBED.search(sentence)
            and not any(phrase in sentence or sentence in phrase for phrase in clauses)
        ):
            problems.append(f"no case is said to try: {sentence} (name its group in `clauses`, or take it out)")
    return problems


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
    """Arrays of numbers among the inputs, and among the outputs of cases whose inputs are all finite."""

    def numbers(values):
        return [array for array in arrays_in(values) if array.dtype.kind in "fc"]

    answers = [
        array
        for case, outcome in evidence.cases
        for array in numbers(outcome.values)
        if all(np.isfinite(argument).all() for argument in numbers(case.inputs))
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
    """`require` lines without which every case still passes, and ends of their ranges that no case tests."""
    source = source_of(evidence.function)
    problems = [
        f"no case fails without: {line}"
        for line, changed_source in without_requires(source)
        if not is_caught(evidence, changed_source)
    ]
    return problems + [
        f"no case stands at the end of the range: {comparison}, in {line}"
        for comparison, line, changed_source in other_ends(source)
        if not is_caught(evidence, changed_source)
        and not any(stands_at_end(call, comparison) for call in evidence.calls)
    ]


def stands_at_end(call: dict[str, Any], comparison: str) -> bool:
    """True if both sides of a comparison such as "momentum < 1" are equal in a call. Such a call tests the end even if it
    raises either way: with the end allowed, a later line may raise the error."""
    left, right = re.split(r" (?:<=?|>=?) ", comparison, maxsplit=1)
    try:
        return bool(np.all(eval(left, {"np": np}, call) == eval(right, {"np": np}, call)))
    except (NameError, AttributeError, IndexError, TypeError, ValueError):  # an argument was left out
        return False


def is_caught(evidence: Evidence, source: str) -> bool:
    """True if some case fails when `source` replaces the answer's source."""
    changed = build(evidence.function, source)
    return any(
        problem_of(evidence.exercise, case, try_case(evidence.exercise, changed, case), right)
        for case, right in evidence.cases
    )


def defaults_untried(evidence: Evidence) -> list[str]:
    signature = inspect.signature(evidence.function).parameters.values()
    return [
        f"no call leaves out `{parameter.name}`, whose default is {parameter.default!r}"
        for parameter in signature
        if parameter.default is not parameter.empty and all(parameter.name in call for call in evidence.calls)
    ]


def zeros_untried(evidence: Evidence) -> list[str]:
    """Numbers that `require` allows to be 0 and that are 0 in no call."""
    return [
        f"no call with {name} = 0"
        for name in zero_allowed(source_of(evidence.function))
        if not any(is_zero(call.get(name)) for call in evidence.accepted)
    ]


def is_zero(value: Any) -> bool:
    return isinstance(value, (int, float, np.generic)) and value == 0


def zero_allowed(source: str) -> list[str]:
    """Arguments that a `require` line limits by `name >= 0` or `0 <= name ...`."""
    return [
        name
        for node in ast.walk(ast.parse(textwrap.dedent(source)))
        if isinstance(node, ast.FunctionDef)
        for name in zero_names(node)
    ]


def sizes_untried(evidence: Evidence) -> list[str]:
    """Sizes that the docstring names by a letter, as in `X: (N, D)`, and that are 1 in no call."""
    problems = []
    docstring = evidence.function.__doc__ or ""
    for name, shape in re.findall(r"\b(\w+)(?: \(\w+\))?: (?:array )?\(([A-Z](?:, [A-Z])*),?\)", docstring):
        for axis, letter in enumerate(shape.split(", ")):
            shapes = [np.shape(call[name]) for call in evidence.calls if name in call]
            if shapes and not any(len(called) > axis and called[axis] == 1 for called in shapes):
                problems.append(f"no call with `{name}` of {letter} = 1")
    return problems


def left_to_chance(exercise: Exercise, function: Callable) -> list[str]:
    """Hyper-parameters whose smallest or largest value depends on the seed of the hidden cases, so on the class.

    A hyper-parameter is a keyword-only number, or a number that a `require` line checks.
    """
    names, lows, highs = hyper_parameters(function), [], []
    for seed in range(SEEDS):
        values: dict[str, list[float]] = {}
        for case in exercise.cases(np.random.default_rng(seed)):
            for name in names & case.inputs.keys():
                if type(value := case.inputs[name]) in (float, int) and np.isfinite(value):
                    values.setdefault(name, []).append(value)
        lows.append({name: min(numbers) for name, numbers in values.items()})
        highs.append({name: max(numbers) for name, numbers in values.items()})
    return [
        f"the {end} `{name}` is left to chance: fix it in one case"
        for end, ends in (("lowest", lows), ("highest", highs))
        for name in sorted(ends[0])
        if len({extremes.get(name) for extremes in ends}) > 1
    ]


def hyper_parameters(function: Callable) -> set[str]:
    parameters = inspect.signature(function).parameters
    checked = " ".join(line for line, _ in without_requires(source_of(function)))
    return {
        name
        for name, parameter in parameters.items()
        if parameter.kind == parameter.KEYWORD_ONLY or re.search(rf"\b{name}\b", checked)
    }


def main(names: list[str]) -> int:
    """Print the untested promises of the exercises called `names`, or of all exercises."""
    count = 0
    for name in names or table():
        exercise = table()[name][1]
        for problem in untried(exercise, reference_function(exercise)):
            count += 1
            print(f"{name}: {problem}")
    return 1 if count else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
