"""Outcomes that hang on rounding, such as a direction in a null space: another processor's LAPACK gives another one."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from descent.compare import difference
from descent.exercise import Case, Exercise
from descent.outcome import Outcome, try_case

ROUTINES = ("eig", "eigh", "eigvals", "eigvalsh", "inv", "lstsq", "pinv", "qr", "solve", "svd")
TRIES = 8


@contextlib.contextmanager
def lapack(rng: np.random.Generator | None = None) -> Iterator[list[str]]:
    """The routines of numpy.linalg that are called meanwhile with a matrix that is not diagonal.

    With `rng`, each such matrix has its entries moved by at most one unit in the last place: its results are as another
    processor may round them.
    """
    called: list[str] = []

    def wrap(name: str, routine: Callable) -> Callable:
        def wrapped(matrix, *args, **kwargs):
            if getattr(matrix, "ndim", 0) < 2 or is_diagonal(matrix):
                return routine(matrix, *args, **kwargs)
            called.append(name)
            return routine(matrix if rng is None else nudged(matrix, rng), *args, **kwargs)

        return wrapped

    before = {name: getattr(np.linalg, name) for name in ROUTINES}
    try:
        for name, routine in before.items():
            setattr(np.linalg, name, wrap(name, routine))
        yield called
    finally:
        for name, routine in before.items():
            setattr(np.linalg, name, routine)


def is_diagonal(matrix: np.ndarray) -> bool:
    """Whether every processor finds the same eigenvalues: without an entry beside the diagonal there is nothing to round."""
    rows, columns = matrix.shape[-2:]
    return rows == columns and not np.any(matrix * (1 - np.eye(rows)))


def nudged(value: Any, rng: np.random.Generator) -> Any:
    """The same arrays, each float moved by at most one unit in the last place; a symmetric matrix stays symmetric."""
    if isinstance(value, dict):
        return {key: nudged(one, rng) for key, one in value.items()}
    if type(value) in (list, tuple):
        return type(value)(nudged(one, rng) for one in value)
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return value
    toward = np.asarray(rng.choice([-np.inf, np.inf], value.shape), value.dtype)
    moved = np.where(rng.random(value.shape) < 0.5, np.nextafter(value, toward), value)
    if value.ndim == 2 and value.shape[0] == value.shape[1] and np.array_equal(value, value.T):
        moved = np.triu(moved) + np.triu(moved, 1).T
    return moved


def settled_outcome(exercise: Exercise, function: Callable, case: Case) -> tuple[Outcome, set[str]]:
    """What a function does on a case, and which of its values other last digits in LAPACK change visibly."""
    with lapack() as called:
        outcome = try_case(exercise, function, case)
    loose: set[str] = set()
    rng = np.random.default_rng(0)
    for _ in range(TRIES if called else 0):
        with lapack(rng):
            other = try_case(exercise, function, case)
        loose |= {name for name, value in outcome.values.items() if not near(exercise, other.values.get(name), value)}
    return outcome, loose


def near(exercise: Exercise, one: Any, two: Any) -> bool:
    return difference(one, two, exercise.rtol, exercise.rtol_float32, exercise.atol) is None
