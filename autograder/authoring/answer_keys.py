"""Build src/descent/keys/*.json: the outcomes of the reference and of every known mistake on the visible cases."""

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
    """The known mistakes of a topic by exercise, each with the `require` lines that students are given."""
    return {
        name: [
            replace(mistake, function=with_given_lines(reference_function(table()[name][1]), mistake.function))
            for mistake in mistakes
        ]
        for name, mistakes in import_module(f"reference.mistakes.{topic}").MISTAKES.items()
    }


def build(topic: str) -> dict[str, Any]:
    """The key file of a topic as plain data."""
    mistakes = known_mistakes(topic)
    entries = {}
    for name, (exercise_topic, exercise) in table().items():
        if exercise_topic != topic:
            continue
        cases = visible_cases(exercise)
        entries[name] = {
            "cases": fingerprint(cases),
            "answers": [encode_outcome(answer(exercise, case)) for case in cases],
            "mistakes": [
                {
                    "id": mistake.id,
                    "observation": mistake.observation,
                    "question": mistake.question,
                    "name": mistake.name,
                    "outcomes": [settled(exercise, mistake.function, case) for case in cases],
                }
                for mistake in mistakes[name]
            ],
        }
    return entries


def settled(exercise: Exercise, function: Callable, case: Case) -> dict[str, Any]:
    """The encoded outcome, with UNSETTLED for the values that depend on rounding."""
    outcome, loose = settled_outcome(exercise, function, case)
    values = {name: UNSETTLED if name in loose else value for name, value in outcome.values.items()}
    return rounded(encode_outcome(replace(outcome, values=values)))


def rounded(entry: Any) -> Any:
    """Encoded data with 12 digits in every float: enough to recognise a mistake, and half the size."""
    if isinstance(entry, dict):
        return {key: rounded(item) for key, item in entry.items()}
    if isinstance(entry, (list, tuple)):
        return [rounded(item) for item in entry]
    return float(f"{entry:.12g}") if isinstance(entry, float) else entry


def to_text(built: dict[str, Any]) -> str:
    """The key file's text: one line for each outcome, so that a diff shows which answer has changed."""

    def line(entry):
        return json.dumps(entry, ensure_ascii=False, separators=(",", ":"))

    entries = []
    for name, entry in built.items():
        answers = ",\n".join(map(line, entry["answers"]))
        mistakes = [
            line({key: mistake[key] for key in mistake if key != "outcomes"})[:-1]
            + ',"outcomes":[\n'
            + ",\n".join(map(line, mistake["outcomes"]))
            + "]}"
            for mistake in entry["mistakes"]
        ]
        entries.append(
            f'{line(name)}: {{"cases": {line(entry["cases"])}, "answers": [\n{answers}],\n'
            f'"mistakes": [\n' + ",\n".join(mistakes) + "]}"
        )
    return "{\n" + ",\n".join(entries) + "\n}\n"


def is_stale(topic: str, built: dict[str, Any]) -> str | None:
    """Why the file on disk is not what would be built now; None if they are equal up to rounding."""
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
            [{key: mistake[key] for key in ("id", "observation", "question", "name")} for mistake in side["mistakes"]]
            for side in (old, entry)
        ]
        if old["cases"] != entry["cases"] or sentences[0] != sentences[1]:
            return f"the cases or sentences of {name} have changed"
        exercise, cases = table()[name][1], visible_cases(table()[name][1])
        functions = [reference_function(exercise)] + [mistake.function for mistake in known_mistakes(topic)[name]]
        for function, was, now in zip(
            functions,
            [old["answers"]] + [mistake["outcomes"] for mistake in old["mistakes"]],
            [entry["answers"]] + [mistake["outcomes"] for mistake in entry["mistakes"]],
        ):
            if len(was) != len(now) or any(
                newly_unsettled(old_outcome, new_outcome)
                or differ(old_outcome, new_outcome)
                and not depends_on_rounding(exercise, function, case)
                for old_outcome, new_outcome, case in zip(was, now, cases)
            ):
                return f"the answers of {name} have changed"
    return None


def depends_on_rounding(exercise: Exercise, function: Callable, case: Case) -> bool:
    """True if a change in the last digits of the inputs changes the outcome visibly, as for a direction in the null space
    of a matrix: another CPU would change it, too."""
    rng = np.random.default_rng(0)
    outcome = encode_outcome(try_case(exercise, function, case))
    return any(
        differ(outcome, encode_outcome(try_case(exercise, function, replace(case, inputs=nudged(case.inputs, rng)))))
        for _ in range(8)
    )


def newly_unsettled(was: dict, now: dict) -> bool:
    return any(value is UNSETTLED and before is not UNSETTLED for before, value in paired(was, now))


def differ(stored: dict, built: dict) -> bool:
    was, now = decode_outcome(stored), decode_outcome(built)
    return (was.error, was.changed, list(was.values)) != (now.error, now.changed, list(now.values)) or any(
        before is not UNSETTLED and value is not UNSETTLED and difference(before, value, 1e-8, 1e-5)
        for before, value in paired(stored, built)
    )


def paired(was: dict, now: dict) -> list[tuple[Any, Any]]:
    """The values that two encoded outcomes have in common, as pairs."""
    before, values = decode_outcome(was).values, decode_outcome(now).values
    return [(before[name], value) for name, value in values.items() if name in before]


def topics() -> list[str]:
    return sorted({topic for topic, _ in table().values()})


def update(chosen: list[str], *, check: bool) -> int:
    """Write the stale key files of the `chosen` topics (all if empty), or with `check` only print their names.

    Returns the exit code: 1 if `check` found a stale file, 2 for an unknown topic.
    """
    if unknown := set(chosen) - set(topics()):
        print(f"no topic called {', '.join(sorted(unknown))}; there are: {', '.join(topics())}", file=sys.stderr)
        return 2
    stale = False
    for topic in chosen or topics():
        built = build(topic)
        reason = is_stale(topic, built)
        if reason and check:
            stale = True
            print(f"src/descent/keys/{topic}.json is stale: {reason}; run `make notebooks`", file=sys.stderr)
        elif reason:
            (FOLDER / f"{topic}.json").write_text(to_text(built), encoding="utf-8")
            print(f"keys: wrote {topic}.json ({reason})")
    return int(stale)
