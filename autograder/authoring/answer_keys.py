"""Build src/descent/keys/*.json: what the reference and every known mistake answer on the visible cases."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

from autograder import ROOT
from autograder.authoring.given_lines import with_given_lines
from autograder.authoring.rounding import nudged, settled_outcome
from descent.compare import difference
from descent.exercise import Case, Exercise
from descent.exercises import table, visible_cases
from descent.keys import UNSETTLED, decode_outcome, encode_outcome, fingerprint
from descent.outcome import try_case
from reference.lookup import answer, reference_function
from reference.mistakes import Mistake

FOLDER = ROOT / "src" / "descent" / "keys"


def known_mistakes(topic: str) -> dict[str, list[Mistake]]:
    """The known mistakes of a topic by exercise; each wrong version gets the `require` lines that a student is given."""
    return {
        name: [
            replace(one, function=with_given_lines(reference_function(table()[name][1]), one.function))
            for one in mistakes
        ]
        for name, mistakes in import_module(f"reference.mistakes.{topic}").MISTAKES.items()
    }


def build(topic: str) -> dict[str, Any]:
    """The key file of a topic as plain data."""
    mistakes = known_mistakes(topic)
    entries = {}
    for name, (where, exercise) in table().items():
        if where != topic:
            continue
        cases = visible_cases(exercise)
        entries[name] = {
            "cases": fingerprint(cases),
            "answers": [encode_outcome(answer(exercise, case)) for case in cases],
            "mistakes": [
                {
                    "id": one.id,
                    "observation": one.observation,
                    "question": one.question,
                    "name": one.name,
                    "outcomes": [settled(exercise, one.function, case) for case in cases],
                }
                for one in mistakes[name]
            ],
        }
    return entries


def settled(exercise: Exercise, function: Callable, case: Case) -> dict[str, Any]:
    """The encoded outcome, with UNSETTLED for the values that hang on rounding."""
    outcome, loose = settled_outcome(exercise, function, case)
    values = {name: UNSETTLED if name in loose else value for name, value in outcome.values.items()}
    return rounded(encode_outcome(replace(outcome, values=values)))


def rounded(entry: Any) -> Any:
    """Encoded data with 12 digits in every float: enough to recognise, and half the size."""
    if isinstance(entry, dict):
        return {key: rounded(one) for key, one in entry.items()}
    if isinstance(entry, (list, tuple)):
        return [rounded(one) for one in entry]
    return float(f"{entry:.12g}") if isinstance(entry, float) else entry


def to_text(built: dict[str, Any]) -> str:
    """The key file's text: one line for each outcome, so that a diff shows which answer has changed."""

    def line(entry):
        return json.dumps(entry, ensure_ascii=False, separators=(",", ":"))

    entries = []
    for name, entry in built.items():
        answers = ",\n".join(map(line, entry["answers"]))
        mistakes = [
            line({key: one[key] for key in one if key != "outcomes"})[:-1]
            + ',"outcomes":[\n'
            + ",\n".join(map(line, one["outcomes"]))
            + "]}"
            for one in entry["mistakes"]
        ]
        entries.append(
            f'{line(name)}: {{"cases": {line(entry["cases"])}, "answers": [\n{answers}],\n'
            f'"mistakes": [\n' + ",\n".join(mistakes) + "]}"
        )
    return "{\n" + ",\n".join(entries) + "\n}\n"


def is_stale(topic: str, built: dict[str, Any]) -> str | None:
    """Why a file on disk is not what would be built; None where it is, up to rounding."""
    path = FOLDER / f"{topic}.json"
    if not path.is_file():
        return "it is missing"
    text = path.read_text(encoding="utf-8")
    stored = json.loads(text)
    if text != to_text(stored):
        return "it was written by hand or by an older version"
    if stored.keys() != built.keys():
        return f"it has other exercises: {sorted(stored.keys() ^ built.keys())}"
    for name, entry in built.items():
        old = stored[name]
        sentences = [
            [{key: one[key] for key in ("id", "observation", "question", "name")} for one in side["mistakes"]]
            for side in (old, entry)
        ]
        if old["cases"] != entry["cases"] or sentences[0] != sentences[1]:
            return f"the cases or sentences of {name} have changed"
        exercise, cases = table()[name][1], visible_cases(table()[name][1])
        functions = [reference_function(exercise)] + [one.function for one in known_mistakes(topic)[name]]
        for function, was, now in zip(
            functions,
            [old["answers"]] + [one["outcomes"] for one in old["mistakes"]],
            [entry["answers"]] + [one["outcomes"] for one in entry["mistakes"]],
        ):
            if len(was) != len(now) or any(
                newly_unsettled(one, two) or differ(one, two) and not hangs_on_rounding(exercise, function, case)
                for one, two, case in zip(was, now, cases)
            ):
                return f"the answers of {name} have changed"
    return None


def hangs_on_rounding(exercise: Exercise, function: Callable, case: Case) -> bool:
    """Whether other last digits in the case's arrays change the outcome visibly: then another processor changes it, too,
    as for a direction in the null space of a matrix."""
    rng = np.random.default_rng(0)
    outcome = encode_outcome(try_case(exercise, function, case))
    return any(
        differ(outcome, encode_outcome(try_case(exercise, function, replace(case, inputs=nudged(case.inputs, rng)))))
        for _ in range(8)
    )


def newly_unsettled(was: dict, now: dict) -> bool:
    return any(value is UNSETTLED and before is not UNSETTLED for before, value in paired(was, now))


def differ(one: dict, two: dict) -> bool:
    was, now = decode_outcome(one), decode_outcome(two)
    return (was.error, was.changed, list(was.values)) != (now.error, now.changed, list(now.values)) or any(
        before is not UNSETTLED and value is not UNSETTLED and difference(before, value, 1e-8, 1e-5)
        for before, value in paired(one, two)
    )


def paired(was: dict, now: dict) -> list[tuple[Any, Any]]:
    """The values of two encoded outcomes by name."""
    before, values = decode_outcome(was).values, decode_outcome(now).values
    return [(before[name], value) for name, value in values.items() if name in before]


def topics() -> list[str]:
    return sorted({topic for topic, _ in table().values()})


def update(asked: list[str], *, check: bool) -> int:
    """Write the key files of the topics `asked` (none: all) that are stale, or with `check` only name them.

    Returns the exit code: 1 if `check` found a stale file, 2 for an unknown topic.
    """
    if unknown := set(asked) - set(topics()):
        print(f"no topic called {', '.join(sorted(unknown))}; there are: {', '.join(topics())}", file=sys.stderr)
        return 2
    stale = False
    for topic in asked or topics():
        built = build(topic)
        reason = is_stale(topic, built)
        if reason and check:
            stale = True
            print(f"src/descent/keys/{topic}.json is stale: {reason}; run `make notebooks`", file=sys.stderr)
        elif reason:
            (FOLDER / f"{topic}.json").write_text(to_text(built), encoding="utf-8")
            print(f"keys: wrote {topic}.json ({reason})")
    return int(stale)
