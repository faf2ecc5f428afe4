"""We run a solution on one case and record the result: the values, an error, the inputs it changed."""

import copy
import linecache
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from descent.exercise import Case, Exercise, WrongReturn

PLAIN = frozenset((float, int, bool, str, type(None)))  # immutable types


@dataclass(frozen=True)
class Outcome:
    """The result of a solution on a case: named values, or the error that ended it; and which inputs it changed.

    `where` is the student's line that raised the error: its number and its text.
    """

    values: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    message: dict[str, str] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    where: tuple[int, str] | None = None


def try_case(exercise: Exercise, solution: Callable, case: Case) -> Outcome:
    """Run `solution` on a private copy of the case. Every error of the solution becomes an outcome, except
    KeyboardInterrupt: then the user wants to stop, and the caller shows a card.
    """
    inputs = copy_inputs(case.inputs)
    watched = Watched(solution, inputs)
    values, error, message, where = {}, None, {}, None
    try:
        with np.errstate(all="ignore"):  # a case may contain inf or zero: the card shows the result, not a warning
            values = exercise.run(watched, inputs)
        values = {name: copy.copy(value) if isinstance(value, np.ndarray) else value for name, value in values.items()}
    except WrongReturn as problem:
        error, message = "WrongReturn", problem.message
    except (Exception, SystemExit) as problem:
        error = type(problem).__name__
        message = dict.fromkeys(("en", "zh"), text_of(problem))
        where = line_of(problem)
    changed = {name for name, value in inputs.items() if not same(value, case.inputs[name])} | watched.changed
    changed = tuple(sorted(changed - set(exercise.may_change)))
    return Outcome(values, error, message, changed, where)


class Watched:
    """A solution that records which of its arguments it changed, at every call.

    An argument is named after the input that it is at the first call, since later calls get the results of earlier ones.
    """

    def __init__(self, solution: Callable, inputs: dict[str, Any]):
        self.solution, self.inputs, self.changed = solution, inputs, set()
        self.names: dict[int, str] = {}

    def __call__(self, *args, **kwargs):
        for index, value in enumerate(args):
            if index not in self.names and (name := self.name_of(value)):
                self.names[index] = name
        copies = copy_inputs(args), copy_inputs(kwargs)
        result = self.solution(*args, **kwargs)
        for index, (now, then) in enumerate(zip(args, copies[0])):
            if not same(now, then):
                self.changed.add(self.names.get(index, f"argument {index + 1}"))
        self.changed |= {name for name, now in kwargs.items() if not same(now, copies[1][name])}
        return result

    def name_of(self, value: Any) -> str | None:
        """The name of the input that is `value` or contains it."""
        for name, given in self.inputs.items():
            if given is value or isinstance(given, list) and any(item is value for item in given):
                return name
        return None


def copy_inputs(values):
    """Copy plain data and Generators deeply; functions are not copied."""
    kind = type(values)
    if kind is np.ndarray and not values.dtype.hasobject:
        return values.copy()
    if kind in PLAIN:
        return values
    if kind in (list, tuple):
        return kind([copy_inputs(value) for value in values])
    if isinstance(values, dict):
        return {key: copy_inputs(value) for key, value in values.items()}
    if isinstance(values, (np.ndarray, np.random.Generator)):
        return copy.deepcopy(values)
    return values


def same(now: Any, then: Any) -> bool:
    """True if an input is unchanged. Drawing from a Generator is allowed; functions have no contents to compare."""
    if isinstance(now, np.ndarray) and isinstance(then, np.ndarray):
        return now.shape == then.shape and now.dtype == then.dtype and now.tobytes() == then.tobytes()
    kind = type(now)
    if kind is not type(then):
        return False
    if kind in PLAIN:
        return now == then or now != now
    if kind in (list, tuple):
        return len(now) == len(then) and all(map(same, now, then))
    if isinstance(now, dict):
        return now.keys() == then.keys() and all(same(now[key], then[key]) for key in now)
    return True


def text_of(problem: BaseException) -> str:
    """The message of an error; a student's own exception may fail even at that."""
    try:
        return str(problem)[:500]
    except Exception:
        return ""


def line_of(problem: BaseException) -> tuple[int, str] | None:
    """The last line of the student's own code in a traceback, where there is one in this process."""
    own = None
    for frame, line in traceback.walk_tb(problem.__traceback__):
        filename = frame.f_code.co_filename
        if "ipykernel" in filename or filename.startswith(("<ipython", "<student")):
            own = filename, line, frame.f_globals
    # Only this one line is looked up: a lookup asks the file system whether the source has changed.
    return (own[1], linecache.getline(*own).strip()) if own else None
