"""Known mistakes behind a guard: functions that are right for common inputs and wrong for one kind of input.

A student who tests only with vectors may write a function that is right only for vectors. Each guard selects one kind
of input that the docstring promises. For it the function makes the known mistake; for all others it is right.
"""

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.authoring.contract_slips import MET
from autograder.authoring.mutants import Mutant

GUARDS = {
    "for a single number": (r"\bany shape\b", lambda array: array.ndim == 0),
    "for matrices": (r"\bany shape\b", lambda array: array.ndim >= 2),
    "for float32": (r"\bdtypes?\b", lambda array: array.dtype == np.float32),
    "for one row": (r": (?:array )?\(N,", lambda array: array.ndim >= 1 and len(array) == 1),
    "for square matrices": (r": (?:array )?\(N, [A-Z]", lambda array: array.ndim == 2 and len(set(array.shape)) == 1),
}


def guarded_mistakes(function: Callable, mistakes: list) -> list[tuple[Mutant, Callable]]:
    """Each known mistake behind each guard whose kind of input the docstring mentions."""
    docstring = function.__doc__ or ""
    return [
        (Mutant("right", f"{mistake.id} {label}", "", kind="contract"), guarded(function, mistake.function, applies))
        for label, (speaks, applies) in GUARDS.items()
        if re.search(speaks, docstring)
        for mistake in mistakes
    ]


def guarded(right: Callable, wrong: Callable, applies: Callable) -> Callable:
    def function(*args, **kwargs):
        first = first_array([*args, *kwargs.values()])
        if first is None or not applies(first):
            return right(*args, **kwargs)
        MET.add("guarded")
        return wrong(*args, **kwargs)

    return function


def first_array(values: Any) -> np.ndarray | None:
    for value in values:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
        array = np.asarray(value) if isinstance(value, (np.ndarray, np.generic)) else first_array(inner)
        if array is not None:
            return array
    return None
