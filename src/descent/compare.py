"""We compare one value with the right one: type first, then shape, then dtype, then numbers."""

import cmath
import numbers
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Tolerance:
    """How close an answer must be: relative to the largest right entry, with a floor for answers that are zero."""

    rtol: float
    rtol_float32: float
    atol: float = 0.0

    def around(self, expected: np.ndarray, single: bool) -> float:
        finite = np.abs(expected[np.isfinite(expected)]) if expected.dtype.kind in "fc" else np.abs(expected)
        rtol = max(self.rtol, self.rtol_float32) if single else self.rtol
        return rtol * float(finite.max(initial=0.0)) + self.atol


def difference(got: Any, expected: Any, rtol: float, rtol_float32: float, atol: float = 0.0) -> dict[str, str] | None:
    """One sentence per language about how `got` differs from `expected`; None if it does not.

    Numbers agree when |got - expected| <= rtol * max|expected| + atol; float32 answers use `rtol_float32`. A
    NumPy scalar counts as an array of no dimensions, because NumPy returns one for 0-d arithmetic.
    """
    return differ(got, expected, Tolerance(rtol, rtol_float32, atol))


def differ(got: Any, expected: Any, tolerance: Tolerance) -> dict[str, str] | None:
    if isinstance(expected, (tuple, list)):
        return sequence_difference(got, expected, tolerance)
    if isinstance(expected, dict):
        return dict_difference(got, expected, tolerance)
    if expected is None or isinstance(expected, (str, bool, np.bool_)):
        is_equal = type(got) in (type(expected), bool, np.bool_) and got == expected
        return None if is_equal else unequal(got, expected)
    if isinstance(expected, numbers.Number) and not isinstance(expected, np.generic):
        return number_difference(got, expected, tolerance)
    return array_difference(got, np.asarray(expected), tolerance)


def array_difference(got: Any, expected: np.ndarray, tolerance: Tolerance) -> dict[str, str] | None:
    is_number = expected.ndim == 0 and (isinstance(got, np.generic) or type(got) in (float, int))
    if isinstance(got, np.ndarray) and type(got) is not np.ndarray:
        return describe(got, "a plain NumPy array", "普通的 NumPy 数组")
    if type(got) is not np.ndarray and not is_number:
        return describe(
            got,
            "a number" if expected.ndim == 0 else "a NumPy array",
            "一个数" if expected.ndim == 0 else " NumPy 数组",
        )
    got = np.asarray(got)
    if got.shape != expected.shape:
        return {
            "en": f"has shape {got.shape}, expected {expected.shape}",
            "zh": f"的形状为 {got.shape}，应为 {expected.shape}",
        }
    if got.dtype != expected.dtype:
        return {
            "en": f"has dtype {got.dtype}, expected {expected.dtype}",
            "zh": f"的 dtype 为 {got.dtype}，应为 {expected.dtype}",
        }
    if got.tobytes() == expected.tobytes():  # true of most right answers, and ten times as fast to check
        return None
    wrong = wrong_entries(got, expected, tolerance)
    if not wrong.any():
        return None
    if got.dtype.kind in "fc" and (bad := ~np.isfinite(got) & wrong).any():
        word = "NaN" if np.isnan(got[bad]).any() else "inf"
        if expected.ndim == 0:
            return {"en": f"is {word}", "zh": f"是 {word}"}
        return {
            "en": f"contains {word} ({bad.sum()} of {bad.size} entries)",
            "zh": f"含有 {word}（共 {bad.size} 个元素，其中 {bad.sum()} 个）",
        }
    if expected.ndim == 0:
        return {"en": "has the wrong value", "zh": "数值不对"}
    return {
        "en": f"has wrong values ({wrong.sum()} of {got.size} entries)",
        "zh": f"数值不对（共 {got.size} 个元素，错了 {wrong.sum()} 个）",
    }


def wrong_entries(got: np.ndarray, expected: np.ndarray, tolerance: Tolerance) -> np.ndarray:
    """A mask of the wrong entries, for arrays of one shape and dtype."""
    if expected.dtype.kind not in "fc":
        return np.asarray(got != expected)
    around = tolerance.around(expected, single=expected.dtype in (np.float32, np.complex64))
    return np.asarray(~near(got, expected, around))


def number_difference(got: Any, expected: Any, tolerance: Tolerance) -> dict[str, str] | None:
    if isinstance(got, np.ndarray) and got.ndim == 0:
        got = got[()]
    if not isinstance(got, (numbers.Number, np.number)) or isinstance(got, (bool, np.bool_)):
        return describe(got, "a number", "一个数")
    if isinstance(expected, int):
        return None if got == expected else unequal(got, expected)
    around = tolerance.around(np.asarray(expected), single=isinstance(got, (np.float32, np.float16)))
    try:
        near = cmath.isclose(got, expected, rel_tol=0, abs_tol=around) or (got != got and expected != expected)
    except OverflowError:  # an int larger than every float
        near = False
    return None if near else unequal(got, expected)


def sequence_difference(got: Any, expected: Any, tolerance: Tolerance) -> dict[str, str] | None:
    if not isinstance(got, (tuple, list)):
        return describe(got, f"{len(expected)} values", f" {len(expected)} 个值")
    if len(got) != len(expected):
        return {
            "en": f"has {len(got)} items, expected {len(expected)}",
            "zh": f"有 {len(got)} 项，应为 {len(expected)} 项",
        }
    for index, (item, expected_item) in enumerate(zip(got, expected)):
        if problem := differ(item, expected_item, tolerance):
            return {"en": f"item {index} {problem['en']}", "zh": f"第 {index} 项{problem['zh']}"}
    return None


def dict_difference(got: Any, expected: Any, tolerance: Tolerance) -> dict[str, str] | None:
    if type(got) is not dict:
        return describe(got, "a dict", "一个字典")
    if missing := [key for key in expected if key not in got]:
        return {"en": f"has no key {missing[0]!r}", "zh": f"缺少键 {missing[0]!r}"}
    if extra := [key for key in got if key not in expected]:
        return {"en": f"has an unexpected key {extra[0]!r}", "zh": f"多出了键 {extra[0]!r}"}
    for key, expected_value in expected.items():
        if problem := differ(got[key], expected_value, tolerance):
            return {"en": f"[{key!r}] {problem['en']}", "zh": f"[{key!r}] {problem['zh']}"}
    return None


def close(got: np.ndarray, expected: np.ndarray, rtol: float) -> bool:
    """True if two arrays have one shape and agree relative to the largest entry of `expected`."""
    if got.shape != expected.shape:
        return False
    if expected.dtype.kind not in "fc" or got.dtype.kind not in "fciub":
        return bool(np.array_equal(got, expected))
    around = Tolerance(rtol, rtol, 1e-300).around(expected, single=False)
    return bool(near(got, expected, around).all())


def near(got: np.ndarray, expected: np.ndarray, around: float) -> np.ndarray:
    """np.isclose with an absolute tolerance, without its overhead: an examination compares thousands of arrays."""
    with np.errstate(all="ignore"):
        equal = (got == expected) | (got != got) & (expected != expected)  # infinities; NaN beside NaN
        return equal | (np.abs(got - expected) <= around)


def describe(got: Any, en: str, zh: str) -> dict[str, str]:
    if got is None:
        return {
            "en": f"is None (is a `return` missing?), expected {en}",
            "zh": f"是 None（是否漏写了 return？），应为{zh}",
        }
    type_name = kind_of(got)
    hint = type(got) in (list, tuple) and "NumPy" in en
    return {
        "en": f"is of type {type_name}, expected {en}" + (" (`np.array(...)` makes one)" if hint else ""),
        "zh": f"的类型为 {type_name}，应为{zh}" + ("（可用 `np.array(...)` 转换）" if hint else ""),
    }


def kind_of(got: Any) -> str:
    """The name of the type; for a proxy of a student's object, the name that the proxy defines."""
    return getattr(type(got), "remote_type", type(got).__name__)


def unequal(got: Any, expected: Any) -> dict[str, str]:
    right, wrong = show_both(expected, got)
    return {"en": f"is {wrong}, expected {right}", "zh": f"是 {wrong}，应为 {right}"}


def show(value: Any, digits: int = 6, limit: int = 400) -> str:
    """A value as a card prints it: short numbers, no more than a few lines."""
    if isinstance(value, np.ndarray):
        with np.printoptions(suppress=False, formatter=None, floatmode="maxprec", legacy=False):  # not the student's
            text = np.array2string(value, precision=digits, threshold=24, edgeitems=3, max_line_width=72)
    elif isinstance(value, (float, np.floating)):
        text = f"{value:.{digits + 4}g}"
    elif isinstance(value, (tuple, list)) and value and len(value) <= 12:
        open_, close_ = "[]" if isinstance(value, list) else "()"
        text = open_ + ", ".join(show(item, digits) for item in value) + close_
    elif callable(value):
        text = f"<function {getattr(value, '__name__', '')}>"
    else:
        try:
            text = repr(value)
        except Exception:  # a student's own __repr__, or an int of more than 4300 digits
            text = f"<{kind_of(value)}>"
    return text if len(text) <= limit else text[:limit] + " ..."


def show_both(expected: Any, got: Any) -> tuple[str, str]:
    """Both values, with as many digits as it takes to see that they differ."""
    for digits in (6, 9, 16):
        texts = show(expected, digits), show(got, digits)
        if texts[0] != texts[1]:
            break
    return texts
