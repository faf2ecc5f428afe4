"""Transfer exercises, two for each chapter. `load` returns them all; `visible_cases` and `hidden_cases` draw cases."""

import zlib
from functools import cache
from importlib import import_module

import numpy as np

from descent.exercise import Case
from descent.outcome import Outcome, try_case
from instructor.transfer.base import LANGUAGES, Transfer, stub

__all__ = ["CHAPTERS", "LANGUAGES", "Transfer", "answers", "hidden_cases", "load", "stub", "visible_cases"]
CHAPTERS = ("00", "01", "02", "03", "04", "05", "06", "07")


@cache
def load() -> dict[str, Transfer]:
    """Every transfer exercise by name, in the order of the chapters. Raises ValueError for a name used twice."""
    found: dict[str, Transfer] = {}
    for chapter in CHAPTERS:
        for one in import_module(f"instructor.transfer.chapter_{chapter}").TRANSFER:
            if one.exercise.name in found:
                raise ValueError(f"two transfer exercises are called {one.exercise.name!r}")
            found[one.exercise.name] = one
    return found


def visible_cases(one: Transfer) -> list[Case]:
    """The cases a student may see: the same on every machine."""
    return one.exercise.cases(np.random.default_rng(zlib.crc32(one.exercise.name.encode())))


def hidden_cases(one: Transfer, seed: int) -> list[Case]:
    """Cases for marking. Take a seed that nobody in the class can guess."""
    return one.exercise.cases(np.random.default_rng(seed))


def answers(one: Transfer, cases: list[Case]) -> list[Outcome]:
    """What the reference answers on these cases."""
    return [try_case(one.exercise, one.reference, case) for case in cases]
