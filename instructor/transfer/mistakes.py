"""Mistakes that a card knows by name: at least two of each transfer exercise. Words in mistakes.toml, code in instructor/answers."""

import tomllib
from functools import cache
from pathlib import Path

from descent.keys import KnownMistake
from descent.outcome import try_case
from instructor.answers import collect
from instructor.transfer import load, visible_cases

WORDS = Path(__file__).with_name("mistakes.toml")


@cache
def known(name: str) -> tuple[KnownMistake, ...]:
    """The known mistakes of an exercise, with what they answer on its visible cases."""
    exercise, functions = load()[name].exercise, {one.__name__: one for one in collect("WRONG")[name].values()}
    return tuple(
        KnownMistake(
            function, entry["observation"], entry["question"], entry["name"],
            [try_case(exercise, functions[function], case) for case in visible_cases(load()[name])],
        )
        for function, entry in words()[name].items()
    )  # fmt: skip


@cache
def words() -> dict[str, dict[str, dict[str, dict[str, str]]]]:
    """exercise -> function -> observation, question, name -> language -> text."""
    return tomllib.loads(WORDS.read_text(encoding="utf-8"))
