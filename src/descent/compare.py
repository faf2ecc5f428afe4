"""We compare one value with the right one: type first, then shape, then dtype, then numbers."""

import numbers
from typing import Any

import numpy as np


def difference(got: Any, expected: Any, rtol: float, rtol_float32: float) -> dict[str, str] | None:
    """Say in one sentence per language how `got` differs from `expected`; None where it does not.

    Numbers agree when |got - expected| <= rtol * max|expected|; float32 answers use `rtol_float32`. A NumPy
    scalar counts as an array of no dimensions, because NumPy returns one for 0-d arithmetic.
    """
    if isinstance(expected, (tuple, list)):
        return sequence_difference(got, expected, rtol, rtol_float32)
    if isinstance(expected, dict):
        return dict_difference(got, expected, rtol, rtol_float32)
    if expected is None or isinstance(expected, (str, bool, np.bool_)):
        same = type(got) in (type(expected), bool, np.bool_) and got == expected
        return None if same else unequal(got, expected)
    if isinstance(expected, numbers.Number) and not isinstance(expected, np.generic):
        return number_difference(got, expected, rtol)
    return array_difference(got, np.asarray(expected), rtol, rtol_float32)


def array_difference(got, expected, rtol, rtol_float32):
    scalar = expected.ndim == 0 and (isinstance(got, np.generic) or type(got) in (float, int))
    if type(got) is not np.ndarray and not scalar:
        return describe(got, "a NumPy array", "NumPy 数组")
    got = np.asarray(got)
    if got.shape != expected.shape:
        return {"en": f"has shape {got.shape}, expected {expected.shape}",
                "zh": f"形状为 {got.shape}，应为 {expected.shape}"}
    if got.dtype != expected.dtype:
        return {"en": f"has dtype {got.dtype}, expected {expected.dtype}",
                "zh": f"dtype 为 {got.dtype}，应为 {expected.dtype}"}
    if close(got, expected, rtol_float32 if expected.dtype in (np.float32, np.complex64) else rtol):
        return None
    bad = ~np.isfinite(got) & np.isfinite(expected) if expected.dtype.kind in "fc" else np.zeros(got.shape, bool)
    if bad.any():
        kind = "NaN" if np.isnan(got[bad]).any() else "inf"
        return {"en": f"contains {kind} ({bad.sum()} of {bad.size} entries)",
                "zh": f"含有 {kind}（{bad.size} 个元素中有 {bad.sum()} 个）"}
    wrong = ~np.isclose(got, expected, rtol=0, atol=tolerance(expected, rtol_float32), equal_nan=True)
    count = max(1, int(wrong.sum()))
    if expected.ndim == 0:
        return {"en": "has the wrong value", "zh": "数值不对"}
    return {"en": f"has wrong values ({count} of {got.size} entries)",
            "zh": f"数值不对（{got.size} 个元素中有 {count} 个）"}


def number_difference(got, expected, rtol):
    if isinstance(got, np.ndarray) and got.ndim == 0:
        got = got[()]
    if not isinstance(got, (numbers.Number, np.number)) or isinstance(got, (bool, np.bool_)):
        return describe(got, "a number", "一个数")
    if isinstance(expected, int) and not isinstance(expected, bool):
        return None if got == expected else unequal(got, expected)
    single = isinstance(got, (np.float32, np.float16))
    if close(np.asarray(got), np.asarray(expected), max(rtol, 2e-5) if single else rtol):
        return None
    return {"en": f"is {show(got)}, expected {show(expected)}", "zh": f"等于 {show(got)}，应为 {show(expected)}"}


def sequence_difference(got, expected, rtol, rtol_float32):
    if type(got) not in (tuple, list):
        return describe(got, f"{len(expected)} values", f"{len(expected)} 个值")
    if len(got) != len(expected):
        return {"en": f"has {len(got)} items, expected {len(expected)}",
                "zh": f"有 {len(got)} 项，应为 {len(expected)} 项"}
    for index, (one, right) in enumerate(zip(got, expected)):
        if problem := difference(one, right, rtol, rtol_float32):
            return {"en": f"item {index} {problem['en']}", "zh": f"第 {index} 项{problem['zh']}"}
    return None


def dict_difference(got, expected, rtol, rtol_float32):
    if type(got) is not dict:
        return describe(got, "a dict", "一个字典")
    if missing := [key for key in expected if key not in got]:
        return {"en": f"has no key {missing[0]!r}", "zh": f"缺少键 {missing[0]!r}"}
    if extra := [key for key in got if key not in expected]:
        return {"en": f"has an unexpected key {extra[0]!r}", "zh": f"多出了键 {extra[0]!r}"}
    for key, right in expected.items():
        if problem := difference(got[key], right, rtol, rtol_float32):
            return {"en": f"[{key!r}] {problem['en']}", "zh": f"[{key!r}] {problem['zh']}"}
    return None


def close(got: np.ndarray, expected: np.ndarray, rtol: float) -> bool:
    if got.shape != expected.shape:
        return False
    if expected.dtype.kind not in "fc" or got.dtype.kind not in "fciub":
        return bool(np.array_equal(got, expected))
    return bool(np.allclose(got, expected, rtol=0, atol=tolerance(expected, rtol), equal_nan=True))


def tolerance(expected: np.ndarray, rtol: float) -> float:
    finite = np.abs(expected[np.isfinite(expected)]) if expected.dtype.kind in "fc" else np.abs(expected)
    return rtol * float(finite.max(initial=0.0)) + 1e-300


def describe(got: Any, en: str, zh: str) -> dict[str, str]:
    if got is None:
        return {"en": f"is None (is a `return` missing?), expected {en}", "zh": f"是 None（是否漏写了 return？），应为{zh}"}
    kind = kind_of(got)
    return {"en": f"is of type {kind}, expected {en}", "zh": f"类型为 {kind}，应为{zh}"}


def kind_of(got: Any) -> str:
    """The type's name, or the name that a proxy of a student's object carries."""
    return getattr(type(got), "remote_type", None) and got.remote_type or type(got).__name__


def unequal(got: Any, expected: Any) -> dict[str, str]:
    return {"en": f"is {show(got)}, expected {show(expected)}", "zh": f"是 {show(got)}，应为 {show(expected)}"}


def show(value: Any, limit: int = 400) -> str:
    """A value as a card prints it: short numbers, no more than a few lines."""
    if isinstance(value, np.ndarray):
        text = np.array2string(value, precision=6, threshold=24, edgeitems=3, max_line_width=72)
    elif isinstance(value, (float, np.floating)):
        text = f"{value:.10g}"
    elif isinstance(value, (tuple, list)) and value and len(value) <= 12:
        text = "(" + ", ".join(show(one) for one in value) + ")"
    elif callable(value):
        text = f"<function {getattr(value, '__name__', '')}>"
    else:
        text = repr(value)
    return text if len(text) <= limit else text[:limit] + " ..."
