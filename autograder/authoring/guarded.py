"""Known mistakes under a guard: right for the arrays that everybody tries, wrong for one kind of input.

A student who has tested with vectors writes a function that is right for vectors. Each guard holds for one kind that
the docstring promises; there the function answers as the known mistake does, elsewhere it is right.
"""

import re
from collections.abc import Callable

import numpy as np

from autograder.authoring.mutants import Mutant

GUARDS = {
    "for a single number": (r"\bany shape\b", lambda array: array.ndim == 0),
    "for matrices": (r"\bany shape\b", lambda array: array.ndim >= 2),
    "for float32": (r"\bdtypes?\b", lambda array: array.dtype == np.float32),
    "for one row": (r": (?:array )?\(N,", lambda array: array.ndim >= 1 and len(array) == 1),
}


def guarded_mistakes(function: Callable, mistakes: list) -> list[tuple[Mutant, Callable]]:
    """Each known mistake (id, function) under each guard that the docstring gives reason for.

    `mistakes` without those of float32 alone: under another guard nobody could see them.
    """
    docstring = function.__doc__ or ""
    return [(Mutant("right", f"{mistake.id} {words}", "", kind="contract"), guarded(function, mistake.function, holds))
            for words, (speaks, holds) in GUARDS.items() if re.search(speaks, docstring) for mistake in mistakes]


def guarded(right: Callable, wrong: Callable, holds: Callable) -> Callable:
    def function(*args, **kwargs):
        first = next((one for one in (*args, *kwargs.values()) if isinstance(one, (np.ndarray, np.generic))), None)
        return (wrong if first is not None and holds(np.asarray(first)) else right)(*args, **kwargs)
    return function
