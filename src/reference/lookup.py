"""Where the right answer and the known mistakes of an exercise are found."""

from collections.abc import Callable
from importlib import import_module

from descent.exercise import Case, Exercise
from descent.outcome import Outcome, try_case


def reference_function(exercise: Exercise) -> Callable:
    """Return the right answer of an exercise; `exercise.reference` says where it is, as "module.function"."""
    module, name = exercise.reference.rsplit(".", 1)
    return getattr(import_module(f"reference.{module}"), name)


def answer(exercise: Exercise, case: Case) -> Outcome:
    """Return the reference's outcome on a case. Raises ValueError if the reference changes its inputs."""
    outcome = try_case(exercise, reference_function(exercise), case)
    if outcome.changed:
        raise ValueError(f"the reference of {exercise.name} changes its inputs: {', '.join(outcome.changed)}")
    return outcome
