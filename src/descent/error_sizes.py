"""We describe how far a wrong value is off: too large, too small, by how much, too few items."""

import numpy as np

from descent.failure import Failure, as_floats
from descent.relations import Both, first_of, name_of, off, pairs_of


def size_of_error(failures: list[Failure]) -> Both | None:
    """A sentence about the size and the side of the error."""
    return first_of(
        (not_finite, inf_misplaced, by_size, item_count, how_far),
        failures,
        alone=(not_finite, inf_misplaced, by_size, how_far),
    )


def not_finite(failures: list[Failure]) -> Both | None:
    """NaN or inf computed from finite numbers although the right value is finite."""
    values = [
        (as_floats(failure.got.get(failure.first)), as_floats(failure.right[failure.first])) for failure in failures
    ]
    if any(
        got is None or right is None or np.isfinite(got).all() or not np.isfinite(right).all() for got, right in values
    ):
        return None
    name = name_of(failures)
    if any(np.isnan(got).any() for got, _ in values):
        return {
            "en": f"NaN arises in your `{name}` from finite numbers: 0 / 0, inf - inf, or the root or logarithm of a negative "
            "number",
            "zh": f"输入都是有限的数，你的 `{name}` 里却出现了 NaN：可能是 0 / 0、inf - inf，或者对负数开方、取对数",
        }
    return {
        "en": f"inf stands in your `{name}` where a finite number should: a division by 0, the logarithm of 0, an overflow, or "
        "a test that returns inf",
        "zh": f"你的 `{name}` 在应为有限数的地方是 inf：可能是除以 0、对 0 取对数、溢出，或者某个判断返回了 inf",
    }


def inf_misplaced(failures: list[Failure]) -> Both | None:
    """A number that is inf but should be finite, or the reverse."""
    values = [
        (as_floats(failure.got.get(failure.first)), as_floats(failure.right[failure.first])) for failure in failures
    ]
    if all(
        got is not None and right is not None and got.ndim == right.ndim == 0 and np.isnan(got) and np.isinf(right)
        for got, right in values
    ):
        name = name_of(failures)
        return {"en": f"your `{name}` is NaN where it should be inf", "zh": f"你的 `{name}` 在应为 inf 的地方是 NaN"}
    if any(
        got is None or right is None or got.ndim or right.ndim or np.isinf(got) == np.isinf(right) or np.isnan(got)
        for got, right in values
    ):
        return None
    name, right_is_inf = name_of(failures), {bool(np.isinf(right)) for _, right in values}
    if right_is_inf == {True}:
        return {
            "en": f"your `{name}` is a finite number where it should be inf",
            "zh": f"你的 `{name}` 在应为 inf 的地方是有限的数",
        }
    return {
        "en": f"your `{name}` is inf in other cases than it should be: finite where inf is right, or inf where it is not",
        "zh": f"你的 `{name}` 取 inf 的情形不对：该是 inf 时却有限，或者该有限时却是 inf",
    }


def by_size(failures: list[Failure]) -> Both | None:
    """Always too large, or always too small: a number, or the magnitude of an array's entries; and by how much.

    inf counts as too large.
    """
    if (pairs := pairs_of(failures)) is None:
        return too_large_or_inf(failures)
    bad = [off(failure) for failure in failures]
    got, right = (np.concatenate([pair[side][wrong].ravel() for pair, wrong in zip(pairs, bad)]) for side in (0, 1))
    in_size = any(right_value.size > 1 for _, right_value in pairs) and (right < 0).any()
    if in_size and (got * right < 0).any():
        return None
    if in_size:
        got, right = np.abs(got), np.abs(right)
    name, (size, size_zh) = name_of(failures), (" in size", "绝对值") if in_size else ("", "")
    for en, zh, is_off in (("large", "大", (got > right).all()), ("small", "小", (got < right).all())):
        if is_off:
            times = factor_range(got, right)
            return {
                "en": f"your `{name}` is too {en}{size} wherever it is wrong{times[0]}",
                "zh": f"你的 `{name}` 凡是出错的地方，{size_zh}都偏{zh}{times[1]}",
            }
    return None


def too_large_or_inf(failures: list[Failure]) -> Both | None:
    """A number that is too large in every failure and inf in some."""
    values = [
        (as_floats(failure.got.get(failure.first)), as_floats(failure.right[failure.first])) for failure in failures
    ]
    if all(
        got is not None and right is not None and got.ndim == right.ndim == 0 and got > right for got, right in values
    ):
        name = name_of(failures)
        return {
            "en": f"your `{name}` is too large wherever it is wrong, in some case inf",
            "zh": f"你的 `{name}` 凡是出错的地方都偏大，有的例子里是 inf",
        }
    return None


def how_far(failures: list[Failure]) -> Both | None:
    """The largest error: a slip in a detail gives a small error, a wrong formula a large one."""
    if (pairs := pairs_of(failures)) is None or not all(right.any() for _, right in pairs):
        return None
    name = name_of(failures)
    shares = [float(np.abs(got - right).max() / np.abs(right).max()) for got, right in pairs]
    if max(shares) > 10:
        return {
            "en": f"your `{name}` is far off: in some case by more than ten times the right value",
            "zh": f"你的 `{name}` 相差很远：有的例子里误差超过正确值的十倍",
        }
    percent = (
        f"{100 * max(shares):.{0 if max(shares) > 0.1 else 2 - (max(shares) > 0.01)}f} %"
        if max(shares) > 1e-4
        else "0.01 %"
    )
    if all(right.size == 1 for _, right in pairs):
        return {
            "en": f"your `{name}` is too large in some cases and too small in others, by {percent} at most",
            "zh": f"你的 `{name}` 有时偏大、有时偏小，最多相差 {percent}",
        }
    return {
        "en": f"the largest error of your `{name}` is {percent} of its largest right entry",
        "zh": f"你的 `{name}` 最大的误差是其最大正确值的 {percent}",
    }


def factor_range(got: np.ndarray, right: np.ndarray) -> tuple[str, str]:
    """The range of the ratio of wrong to right values, in both languages."""
    if (right <= 0).any() or (got < 0).any():
        return "", ""
    low, high = (got / right).min(), (got / right).max()
    if high == 0:
        return ": it is 0", "：等于 0"
    if f"{low:.3g}" == f"{high:.3g}" == "1":
        return ", by less than 1 %", "，相差不到 1 %"
    if f"{low:.3g}" == f"{high:.3g}":
        return f": {low:.3g} times the right one", f"：是正确值的 {low:.3g} 倍"
    if f"{low:.3g}" == "1":
        return f": up to {high:.3g} times the right one", f"：最多是正确值的 {high:.3g} 倍"
    if f"{high:.3g}" == "1":
        return f": down to {low:.3g} times the right one", f"：最少只有正确值的 {low:.3g} 倍"
    return f": {low:.3g} to {high:.3g} times the right one", f"：是正确值的 {low:.3g} 到 {high:.3g} 倍"


def item_count(failures: list[Failure]) -> Both | None:
    """A list with too few items, or with too many."""
    counts = [
        (len(got), len(right))
        for failure in failures
        for got, right in [(failure.got.get(failure.first), failure.right[failure.first])]
        if isinstance(got, (list, tuple)) and isinstance(right, (list, tuple))
    ]
    name = name_of(failures)
    if len(counts) == len(failures) and all(got < right for got, right in counts):
        return {"en": f"your `{name}` has too few items every time", "zh": f"你的 `{name}` 每次项数都偏少"}
    if len(counts) == len(failures) and all(got > right for got, right in counts):
        return {"en": f"your `{name}` has too many items every time", "zh": f"你的 `{name}` 每次项数都偏多"}
    return None
