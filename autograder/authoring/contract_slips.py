"""Functions that contract mutants call: typical slips of people who write array code.

`MET` has the names of the slips that were called with a value that they can change. A slip that never is does not
count as a mutant: replacing NaN in integers, for example.
"""

from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np

SMALL, LARGE, DIGITS, FEW = 1e-8, 1e6, 6, 20
MET: set[str] = set()


def each_array(name: str, change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Apply `change`, which takes one float array, also inside dicts, lists and tuples."""

    def slip(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: slip(item) for key, item in value.items()}
        if type(value) in (list, tuple):
            return type(value)(slip(item) for item in value)
        if isinstance(value, (np.ndarray, np.generic, float)) and np.asarray(value).dtype.kind == "f":
            MET.add(name)
            new = change(np.asarray(value))
            return new if isinstance(value, np.ndarray) else float(new) if isinstance(value, float) else new[()]
        return value

    return slip


without_nan = each_array("without_nan", lambda array: np.where(np.isnan(array), array.dtype.type(0), array))
without_inf = each_array("without_inf", lambda array: np.where(np.isinf(array), np.sign(array), array))
without_tiny = each_array("without_tiny", lambda array: np.where(np.abs(array) < SMALL, array.dtype.type(0), array))
without_huge = each_array(
    "without_huge", lambda array: np.where(np.isfinite(array), np.clip(array, -LARGE, LARGE), array)
)
of_few_digits = each_array("of_few_digits", lambda array: np.round(array, DIGITS))


def zero_if_a_column_is(value: Any) -> Any:
    """A test for an all-zero matrix with `any` for `all`: one column of zeros zeroes the whole matrix."""
    if not is_matrix(value):
        return value
    MET.add("zero_if_a_column_is")
    return np.zeros_like(value) if len(value) > 1 and (value == 0).all(axis=0).any() else value


def repeats_left_out(value: Any) -> Any:
    """Set a row that repeats an earlier one to zero, as if np.unique had dropped it."""
    if not is_matrix(value):
        return value
    MET.add("repeats_left_out")
    is_repeat = [any(np.array_equal(row, earlier) for earlier in value[:index]) for index, row in enumerate(value)]
    return np.where(np.array(is_repeat)[:, np.newaxis], value.dtype.type(0), value)


def is_matrix(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 2 and value.dtype.kind == "f" and value.size > 0


def var_by_moments(array: np.ndarray, axis: Any = None, keepdims: bool = False) -> Any:
    """Variance as mean of squares minus square of the mean, which cancels if the mean is large."""
    MET.add("var_by_moments")
    mean = array.mean(axis=axis, keepdims=keepdims)
    return np.maximum((array * array).mean(axis=axis, keepdims=keepdims) - mean * mean, 0)


def std_by_moments(array: np.ndarray, axis: Any = None, keepdims: bool = False) -> Any:
    MET.add("std_by_moments")
    return np.sqrt(var_by_moments(array, axis, keepdims))


def kept_at_zero(new: Any, old: Any, grads: Any) -> Any:
    """Keep the old entries where the gradient is 0, in every array of a state."""
    if isinstance(new, tuple) and isinstance(old, tuple):
        return tuple(kept_at_zero(new_part, old_part, grads) for new_part, old_part in zip(new, old))
    if not all(isinstance(array, np.ndarray) and array.shape == np.shape(grads) for array in (new, old)):
        return new
    MET.add("kept_at_zero")
    return np.where(np.equal(grads, 0), old, new).astype(new.dtype)


def squeezed(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    MET.add("squeezed")
    return np.squeeze(value)


def at_least_1d(value: Any) -> Any:
    if not isinstance(value, (np.ndarray, np.generic)):
        return value
    MET.add("at_least_1d")
    return np.atleast_1d(value)


def as_float64(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_float64(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(as_float64, value))
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return value
    MET.add("as_float64")
    return value.astype(np.float64)


def spoiled_after(result: Any, argument: Any) -> Any:
    """Return `result` after changing the caller's `argument`."""
    if isinstance(argument, (np.ndarray, dict, list)):
        MET.add("spoiled_after")
    if isinstance(argument, np.ndarray) and argument.flags.writeable:
        argument[...] = argument + 1
    elif isinstance(argument, dict):
        for item in argument.values():
            spoiled_after(None, item)
        argument["extra"] = 0
    elif isinstance(argument, list):
        argument.append(0)
    elif isinstance(argument, tuple):
        for item in argument:
            spoiled_after(None, item)
    return result


def second(label: str, first_result: Any, second_result: Any) -> Any:
    MET.add("second")
    return second_result


def remembered(results: dict, function: Callable, *args: Any) -> Any:
    """function(*args), from the cache `results` if it was called with these arguments before."""
    MET.add("remembered")
    key = repr(args)
    if key not in results:
        results[key] = function(*args)
    return results[key]


def first_few(values):
    MET.add("first_few")
    return islice(values, FEW)


SLIPS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        var_by_moments,
        std_by_moments,
        squeezed,
        kept_at_zero,
        at_least_1d,
        as_float64,
        spoiled_after,
        second,
        remembered,
        first_few,
        zero_if_a_column_is,
        repeats_left_out,
    )
}
SLIPS |= {
    "without_nan": without_nan,
    "without_inf": without_inf,
    "without_tiny": without_tiny,
    "without_huge": without_huge,
    "of_few_digits": of_few_digits,
}
