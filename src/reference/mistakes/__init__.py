"""Wrong versions that students really write, one module per topic, each with MISTAKES.

MISTAKES maps an exercise's name to a list of Mistake. Every mistake must fail and must be recognised as itself, and no
two of one exercise may have equal outcomes on all visible cases.

    MISTAKES = {}
    wrong = partial(wrong_version, MISTAKES)

    @wrong("momentum_step", observation=("...", "..."), question=("...", "..."), name=("...", "..."))
    def ascends(params, grads, velocity, *, lr, momentum=0.9): ...
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """A wrong version, and the three hints for a student who wrote it: observation, question, name.

    The observation describes the output without giving the mistake away; the question points at a line of the rule; the
    name says what the code does instead ("the learning rate was applied twice"). `holds` is the observation as code, a
    function of (inputs, got, right) that is True for each visible case in which the version fails.
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
