"""Wrong versions of each exercise that students really write, one module per topic, each with MISTAKES.

MISTAKES maps an exercise's name to a list of Mistake. Every one must fail, must be named as itself, and no two of
one exercise may answer alike on the visible cases.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """A wrong version and what its author should hear: first what we see, then a question, then its name.

    The observation says what is seen in the output and gives nothing away; the question points at the line of
    the rule; the name says what the code does instead ("the learning rate was applied twice").
    """

    id: str
    function: Callable
    observation: dict[str, str]
    question: dict[str, str]
    name: dict[str, str]
