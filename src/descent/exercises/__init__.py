"""The exercises, one module per topic, each with EXERCISES: a list. `find` looks an exercise up by its name."""

import zlib
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import numpy as np

from descent.exercise import Case, Exercise


@cache
def table() -> dict[str, tuple[str, Exercise]]:
    """{name: (topic, exercise)} of every exercise; the topic is its module."""
    exercises = {}
    for module in sorted(info.name for info in iter_modules(__path__)):
        for exercise in import_module(f"{__name__}.{module}").EXERCISES:
            if exercise.name in exercises:
                raise ValueError(
                    f"two exercises are called {exercise.name!r}: in {exercises[exercise.name][0]} and in {module}"
                )
            exercises[exercise.name] = module, exercise
    return exercises


def find(name: str) -> tuple[str, Exercise]:
    """(topic, exercise). Raises LookupError with the names that come nearest."""
    if name not in table():
        from difflib import get_close_matches

        near = get_close_matches(str(name), table(), n=1, cutoff=0.5)
        raise LookupError(f"there is no exercise called {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    return table()[name]


def visible_cases(exercise: Exercise) -> list[Case]:
    """The cases a student sees: the same on every machine, for ever."""
    return exercise.cases(np.random.default_rng(zlib.crc32(exercise.name.encode())))
