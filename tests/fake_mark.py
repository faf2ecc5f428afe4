"""Replaces autograder.judging.mark in tests of the judge."""

from dataclasses import dataclass


@dataclass
class Mark:
    points: float
    text: str
    html: str
    mistake: str | None = None
    failed: tuple[str, ...] = ()
    missing: bool = False


def mark(name, solution, *, points, assignment, secret, lang):
    """Half the points when solution(2) is not 4."""
    if name == "unknown":
        raise LookupError("no such exercise")
    right = solution(2) == 4
    return Mark(
        points if right else points / 2,
        f"{name} {assignment} {secret} {lang}",
        "<p>card</p>",
        *(() if right else ("wrong_factor", ("large",))),
    )
