"""What contract mutants call: small slips, each true to a habit of people who write array code."""

from itertools import islice
from typing import Any

import numpy as np

SMALL, LARGE, DIGITS, FEW = 1e-8, 1e6, 6, 20


def each_array(change):
    """Make `change`, which is for one array of numbers, work inside dicts, lists and tuples, too."""
    def slip(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: slip(one) for key, one in value.items()}
        if type(value) in (list, tuple):
            return type(value)(slip(one) for one in value)
        if isinstance(value, (np.ndarray, np.generic, float)) and np.asarray(value).dtype.kind == "f":
            new = change(np.asarray(value))
            return new if isinstance(value, np.ndarray) else float(new) if isinstance(value, float) else new[()]
        return value
    return slip


without_nan = each_array(lambda array: np.where(np.isnan(array), array.dtype.type(0), array))
without_inf = each_array(lambda array: np.where(np.isinf(array), np.sign(array), array))
without_tiny = each_array(lambda array: np.where(np.abs(array) < SMALL, array.dtype.type(0), array))
without_huge = each_array(lambda array: np.where(np.isfinite(array), np.clip(array, -LARGE, LARGE), array))
of_few_digits = each_array(lambda array: np.round(array, DIGITS))


def squeezed(value: Any) -> Any:
    return np.squeeze(value) if isinstance(value, np.ndarray) else value


def at_least_1d(value: Any) -> Any:
    return np.atleast_1d(value) if isinstance(value, (np.ndarray, np.generic)) else value


def as_float64(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_float64(one) for key, one in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(as_float64, value))
    return value.astype(np.float64) if isinstance(value, np.ndarray) and value.dtype == np.float32 else value


def spoiled_after(result: Any, argument: Any) -> Any:
    """`result`; the caller's `argument` has been changed."""
    if isinstance(argument, np.ndarray) and argument.flags.writeable:
        argument[...] = argument + 1
    elif isinstance(argument, dict):
        for one in argument.values():
            spoiled_after(None, one)
        argument["extra"] = 0
    elif isinstance(argument, list):
        argument.append(0)
    elif isinstance(argument, tuple):
        for one in argument:
            spoiled_after(None, one)
    return result


def second(words: str, first: Any, again: Any) -> Any:
    return again


def first_few(values):
    return islice(values, FEW)


SLIPS = {function.__name__: function for function in (squeezed, at_least_1d, as_float64, spoiled_after, second, first_few)}
SLIPS |= {"without_nan": without_nan, "without_inf": without_inf, "without_tiny": without_tiny,
          "without_huge": without_huge, "of_few_digits": of_few_digits}
