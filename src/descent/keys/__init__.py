"""The right answers to the visible cases, and the outcomes of each known mistake: generated data, no code.

One JSON file per topic, written by `autograder/keys.py` from the reference. The right answers are exact: JSON prints the
shortest text that reads back as the same float. Outcomes of mistakes have 12 digits; a value that depends on rounding,
which differs between CPUs, is stored as UNSETTLED.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from descent.exercise import Case, Exercise
from descent.outcome import Outcome


class Unsettled:
    """Placeholder for a value that depends on rounding: it is never compared."""


UNSETTLED = Unsettled()


@dataclass(frozen=True)
class KnownMistake:
    """A wrong version that students really write: its sentences, and its outcome on each visible case."""

    id: str
    observation: dict[str, str]
    question: dict[str, str]
    name: dict[str, str]
    outcomes: list[Outcome]


@dataclass(frozen=True)
class Key:
    """The outcomes on an exercise's visible cases: right answers, and those of known mistakes."""

    answers: list[Outcome]
    mistakes: list[KnownMistake]


def load(exercise: Exercise, topic: str, cases: list[Case]) -> Key:
    """The key of an exercise. Raises LookupError if there is none or it was built for other cases."""
    entry = read(topic).get(exercise.name)
    if entry is None:
        raise LookupError(f"no key for {exercise.name!r} in descent/keys/{topic}.json: run `make notebooks`")
    if entry["cases"] != fingerprint(cases):
        raise LookupError(
            f"the key of {exercise.name!r} was built for other cases: run `make notebooks`, "
            "or reinstall the course if you did not change it"
        )
    return decode_key(topic, exercise.name)


@cache
def decode_key(topic: str, name: str) -> Key:
    entry = read(topic)[name]
    return Key(
        [decode_outcome(answer) for answer in entry["answers"]],
        [
            KnownMistake(
                item["id"],
                item["observation"],
                item["question"],
                item["name"],
                [decode_outcome(outcome) for outcome in item["outcomes"]],
            )
            for item in entry["mistakes"]
        ],
    )


@cache
def read(topic: str) -> dict[str, Any]:
    path = files("descent.keys") / f"{topic}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def fingerprint(cases: list[Case]) -> str:
    plain = [[case.group, {name: encode(value) for name, value in case.inputs.items()}] for case in cases]
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:16]


def encode_outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "values": {name: encode(value) for name, value in outcome.values.items()},
        "error": outcome.error,
        "changed": list(outcome.changed),
    }


def decode_outcome(entry: dict[str, Any]) -> Outcome:
    return Outcome(
        {name: decode(value) for name, value in entry["values"].items()},
        entry["error"],
        changed=tuple(entry["changed"]),
    )


def encode(value: Any) -> Any:
    """Plain data as JSON; a function or Generator as its type's name, because only its presence matters."""
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value)
        if array.dtype.kind in "biuf" and array.size:  # nesting gives the shape
            return {str(array.dtype): array.tolist()}
        data = array.ravel().tolist()
        if array.dtype.kind == "c":
            data = [[item.real, item.imag] for item in data]
        return {"array": data, "dtype": str(array.dtype), "shape": list(array.shape)}
    if isinstance(value, (list, tuple)):
        return {type(value).__name__: [encode(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[encode(key), encode(item)] for key, item in value.items()]}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if value is UNSETTLED:
        return {"unsettled": True}
    return {"opaque": type(value).__name__}


def decode(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    (type_name, content), *_ = entry.items()
    if "array" in entry:
        data = entry["array"]
        if entry["dtype"].startswith("complex"):
            data = [complex(*item) for item in data]
        return np.array(data, dtype=entry["dtype"]).reshape(entry["shape"])
    if type_name == "dict":
        return {decode(key): decode(item) for key, item in content}
    if type_name == "list":
        return [decode(item) for item in content]
    if type_name == "tuple":
        return tuple(decode(item) for item in content)
    if type_name == "unsettled":
        return UNSETTLED
    return content if type_name == "opaque" else np.array(content, dtype=type_name)
