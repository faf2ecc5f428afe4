"""We print a case as Python that a student can paste and run."""

import re
from typing import Any

import numpy as np

from descent.compare import show
from descent.exercise import Case


def case_text(case: Case) -> str:
    """A case as Python: its inputs, and what to run on them."""
    inputs = [f"{name} = {python(value, len(name) + 3)}" for name, value in case.inputs.items()]
    return "\n".join(inputs + [case.code] if case.code else inputs)


def python(value: Any, indent: int = 0) -> str:
    """A value as Python that makes it; a large array, or what has no short text, is only described."""
    if isinstance(value, (np.ndarray, np.generic)):
        value = np.asarray(value)
        dtype = "" if value.dtype in (np.float64, np.int64, np.bool_) else f", dtype=np.{value.dtype}"
        if not value.size:
            return f"np.zeros({value.shape}{dtype})"
        if value.size > 60:
            return f"...  # {value.dtype} array of shape {value.shape}, beginning with {show(value.ravel()[:3])}"
        with np.printoptions(precision=17, floatmode="unique", suppress=False, formatter=None, legacy=False):
            text = np.array2string(value, separator=", ", prefix=" " * indent + "np.array(", max_line_width=100)
        text = re.sub(r"\b(nan|inf)\b", r"np.\1", text)
        return f"np.array({text}{dtype})"
    if isinstance(value, np.random.Generator):
        return "np.random.default_rng(...)  # its own stream of numbers"
    if type(value) in (list, tuple):
        apart = ",\n" + " " * (indent + 1) if any(isinstance(item, np.ndarray) for item in value) else ", "
        text = apart.join(python(item, indent + 1) for item in value)
        return f"[{text}]" if type(value) is list else f"({text},)" if len(value) == 1 else f"({text})"
    if type(value) is dict:
        names = [f"{key!r}: " for key in value]
        items = (name + python(item, indent + 1 + len(name)) for name, item in zip(names, value.values()))
        return "{" + (",\n" + " " * (indent + 1)).join(items) + "}"
    if isinstance(value, float) and value - value != 0:  # nan, inf
        return f'float("{value}")'
    return repr(value) if isinstance(value, (float, int, str, type(None))) else show(value)
