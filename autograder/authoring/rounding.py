"""Outcomes that depend on rounding, such as a direction in a null space: LAPACK gives another one on another CPU."""

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
    """Collect the names of numpy.linalg routines called inside the block with a matrix that is not diagonal.

    With `rng`, the entries of each such matrix are moved by at most one unit in the last place, which imitates the
    rounding of another CPU.
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
    """True if no entry is off the diagonal: then every CPU finds the same eigenvalues, as nothing is rounded."""
    rows, columns = matrix.shape[-2:]
    return rows == columns and not np.any(matrix * (1 - np.eye(rows)))


def nudged(value: Any, rng: np.random.Generator) -> Any:
    """The value with each float moved by at most one unit in the last place; a symmetric matrix stays symmetric."""
    if isinstance(value, dict):
        return {key: nudged(item, rng) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(nudged(item, rng) for item in value)
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return value
    toward = np.asarray(rng.choice([-np.inf, np.inf], value.shape), value.dtype)
    moved = np.where(rng.random(value.shape) < 0.5, np.nextafter(value, toward), value)
    if value.ndim == 2 and value.shape[0] == value.shape[1] and np.array_equal(value, value.T):
        moved = np.triu(moved) + np.triu(moved, 1).T
    return moved


def settled_outcome(exercise: Exercise, function: Callable, case: Case) -> tuple[Outcome, set[str]]:
    """A function's outcome on a case, and the names of its values that other rounding in LAPACK changes visibly."""
    with lapack() as called:
        outcome = try_case(exercise, function, case)
    unstable: set[str] = set()
    rng = np.random.default_rng(0)
    for _ in range(TRIES if called else 0):
        with lapack(rng):
            rerun = try_case(exercise, function, case)
        unstable |= {
            name for name, value in outcome.values.items() if not near(exercise, rerun.values.get(name), value)
        }
    return outcome, unstable


def near(exercise: Exercise, value: Any, other: Any) -> bool:
    return difference(value, other, exercise.rtol, exercise.rtol_float32, exercise.atol) is None
