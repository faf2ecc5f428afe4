"""We write cases that a student can read: short, distinct numbers, and runs of a few steps.

Functions for exercises of several chapters. They use only `rng.random`, because of all methods of a Generator its
stream is the most likely to stay the same in every version of NumPy.
"""

from typing import Any

import numpy as np

from descent.exercise import WrongReturn, returned


def numbers(rng: np.random.Generator, shape: int | tuple[int, ...], dtype=np.float64) -> np.ndarray:
    """Numbers of two decimals between 0.2 and 3 with random signs; in a small array all have different magnitudes."""
    while True:
        sizes = np.round(0.2 + 2.8 * rng.random(shape), 2)
        if sizes.size > 20 or len(np.unique(sizes)) == sizes.size:
            return np.asarray(np.where(rng.random(shape) < 0.5, -sizes, sizes), dtype=dtype)


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """A number from low to high, with three decimals."""
    return float(np.round(low + (high - low) * rng.random(), 3))


def plain_number(value: Any, dtype: Any) -> Any:
    """A returned number as a 0-d array of `dtype`; anything else unchanged.

    Docstrings do not prescribe the form of a returned number: a Python float, np.float64 and a 0-d array are all right,
    also if the other arrays are float32.
    """
    number = isinstance(value, (float, np.floating)) or (
        isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind == "f"
    )
    return np.asarray(value, dtype=dtype) if number else value


def chosen(inputs: dict[str, Any], *names: str) -> dict[str, Any]:
    """The options that a case passes; for the others the solution's defaults apply."""
    return {name: inputs[name] for name in names if name in inputs}


def run_steps(solution, inputs: dict[str, Any], state: str = "velocity") -> dict[str, Any]:
    """Run a step function `params, state = step(params, grads, state, lr=..., momentum=...)`.

    inputs["lr"] is a number: one step, or inputs["num_steps"] of them with the same gradient. It is a list:
    one step for each lr and gradient. Returns the state and the params after every step; of a long run
    the first three and the last.
    """
    grads, lrs = inputs["grads"], inputs["lr"]
    if not isinstance(lrs, list):
        count = inputs.get("num_steps", 1)
        grads, lrs = [grads] * count, [lrs] * count
    params, memory, values = inputs["params"], inputs[state], {}
    for number, (gradient, lr) in enumerate(zip(grads, lrs), start=1):
        result = solution(params, gradient, memory, lr=lr, **chosen(inputs, "momentum"))
        params, memory = returned(result, "params", state)
        if number <= 3 or number == len(lrs) or isinstance(inputs["lr"], list):
            label = after(number, len(lrs))
            values[f"{state}{label}"], values[f"params{label}"] = memory, params
    return values


def after(number: int, count: int) -> str:
    """The end of a value's name in a run; `descent.signature` reads the number in it."""
    return f" after step {number}" if count > 1 else ""


def array_like(value: Any, like: np.ndarray) -> np.ndarray:
    """`value` if it is an array with the shape and dtype of `like`; else raise WrongReturn with a description of it.

    For runs that compute with the result of the solution: NumPy would broadcast a wrong shape.
    """
    if not isinstance(value, (np.ndarray, np.generic)) and not (np.ndim(like) == 0 and type(value) is float):
        description = "None (is a `return` missing?)" if value is None else f"one {type(value).__name__}"
        description_zh = "None（是否漏写了 return？）" if value is None else f"一个 {type(value).__name__}"
        raise WrongReturn(
            f"returned {description}, expected a NumPy array of shape {np.shape(like)}",
            f"返回了{description_zh}，应返回形状为 {np.shape(like)} 的 NumPy 数组",
        )
    if np.shape(value) != np.shape(like):
        raise WrongReturn(
            f"returned an array of shape {np.shape(value)}, expected {np.shape(like)}",
            f"返回的数组形状为 {np.shape(value)}，应为 {np.shape(like)}",
        )
    if np.asarray(value).dtype != like.dtype:
        raise WrongReturn(
            f"returned an array of dtype {np.asarray(value).dtype}, expected {like.dtype}",
            f"返回的数组 dtype 为 {np.asarray(value).dtype}，应为 {like.dtype}",
        )
    return value


def named_arrays(value: Any, like: dict[str, Any]) -> dict[str, Any]:
    """`value` if it is a dict with the keys of `like`; else raise WrongReturn with a description of it."""
    if not isinstance(value, dict):
        description = "None (is a `return` missing?)" if value is None else f"one {type(value).__name__}"
        description_zh = "None（是否漏写了 return？）" if value is None else f"一个 {type(value).__name__}"
        raise WrongReturn(
            f"returned {description}, expected a dict with the names {', '.join(like)}",
            f"返回了{description_zh}，应返回带有这些名字的 dict：{', '.join(like)}",
        )
    if value.keys() != like.keys():
        names = ", ".join(map(str, value)) or "nothing"
        raise WrongReturn(
            f"returned a dict with {names}, expected the names {', '.join(like)}",
            f"返回的 dict 里有 {', '.join(map(str, value)) or '空'}，应为 {', '.join(like)}",
        )
    return value
