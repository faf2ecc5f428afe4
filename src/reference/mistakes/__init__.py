"""Wrong versions that students really write, one module per topic, each with MISTAKES.

MISTAKES maps an exercise's name to a list of Mistake. Every one must fail, must be named as itself, and no two of
one exercise may answer alike on the visible cases.

    MISTAKES = {}
    wrong = partial(wrong_version, MISTAKES)

    @wrong("momentum_step", observation=("...", "..."), question=("...", "..."), name=("...", "..."))
    def ascends(params, grads, velocity, *, lr, momentum=0.9): ...
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """A wrong version and what its author should hear: first what we see, then a question, then its name.

    The observation says what is seen in the output and gives nothing away; the question points at the line of
    the rule; the name says what the code does instead ("the learning rate was applied twice"). `holds` says the
    observation in code, as a function of (inputs, got, right): True for each visible case in which the version fails.
    """

    id: str
    function: Callable
    observation: dict[str, str]
    question: dict[str, str]
    name: dict[str, str]
    holds: Callable | None = None


def wrong_version(
    mistakes: dict[str, list[Mistake]],
    exercise: str,
    *,
    observation: tuple[str, str],
    question: tuple[str, str],
    name: tuple[str, str],
    holds: Callable | None = None,
) -> Callable:
    """Decorator: enter a function into `mistakes` under its own name; each sentence is (English, Chinese)."""

    def enter(function: Callable) -> Callable:
        sentences = (dict(zip(("en", "zh"), pair, strict=True)) for pair in (observation, question, name))
        mistakes.setdefault(exercise, []).append(Mistake(function.__name__, function, *sentences, holds))
        return function

    return enter
