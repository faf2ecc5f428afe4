"""We say how far a wrong value is off: too large, too small, by how much, too few items."""

import numpy as np

from descent.failure import Failure
from descent.relations import Both, first_of, name_of, off, pairs_of


def size_of_error(failures: list[Failure]) -> Both | None:
    """How far the wrong values are off, and to which side."""
    return first_of((by_size, item_count, how_far), failures, alone=(by_size, how_far))


def by_size(failures: list[Failure]) -> Both | None:
    """Too large or too small wherever it is wrong: a number, or the size of an array's entries; and by how much."""
    if (pairs := pairs_of(failures)) is None:
        return None
    bad = [off(failure) for failure in failures]
    got, right = (np.concatenate([pair[side][wrong].ravel() for pair, wrong in zip(pairs, bad)]) for side in (0, 1))
    in_size = any(one.size > 1 for _, one in pairs) and (right < 0).any()
    if in_size and (got * right < 0).any():
        return None
    if in_size:
        got, right = np.abs(got), np.abs(right)
    what, (size, size_zh) = name_of(failures), (" in size", "绝对值") if in_size else ("", "")
    for en, zh, holds in (("large", "大", (got > right).all()), ("small", "小", (got < right).all())):
        if holds:
            times = factor_range(got, right)
            return {"en": f"your `{what}` is too {en}{size} wherever it is wrong{times[0]}",
                    "zh": f"你的 `{what}` 凡是出错的地方，{size_zh}都偏{zh}{times[1]}"}
    return None


def how_far(failures: list[Failure]) -> Both | None:
    """How far off at most: a slip in a detail shows as a small error, another formula as a large one."""
    if (pairs := pairs_of(failures)) is None or not all(right.any() for _, right in pairs):
        return None
    what = name_of(failures)
    shares = [float(np.abs(got - right).max() / np.abs(right).max()) for got, right in pairs]
    far = f"{100 * max(shares):.{0 if max(shares) > 0.1 else 2 - (max(shares) > 0.01)}f} %" if max(shares) > 1e-4 else "0.01 %"
    if all(right.size == 1 for _, right in pairs):
        return {"en": f"your `{what}` is too large in some cases and too small in others, by {far} at most",
                "zh": f"你的 `{what}` 有时偏大、有时偏小，最多相差 {far}"}
    return {"en": f"the largest error of your `{what}` is {far} of its largest right entry",
            "zh": f"你的 `{what}` 最大的误差是其最大正确值的 {far}"}


def factor_range(got: np.ndarray, right: np.ndarray) -> tuple[str, str]:
    """How many times the right value, from the least to the most."""
    if (right <= 0).any() or (got < 0).any():
        return "", ""
    low, high = (got / right).min(), (got / right).max()
    if high == 0:
        return ": it is 0", "：等于 0"
    return f": {low:.3g} to {high:.3g} times the right one", f"：是正确值的 {low:.3g} 到 {high:.3g} 倍"


def item_count(failures: list[Failure]) -> Both | None:
    """A list with too few items, or with too many."""
    counts = [(len(got), len(right)) for failure in failures
              for got, right in [(failure.got.get(failure.first), failure.right[failure.first])]
              if isinstance(got, (list, tuple)) and isinstance(right, (list, tuple))]
    what = name_of(failures)
    if len(counts) == len(failures) and all(got < right for got, right in counts):
        return {"en": f"your `{what}` has too few items every time", "zh": f"你的 `{what}` 每次项数都偏少"}
    if len(counts) == len(failures) and all(got > right for got, right in counts):
        return {"en": f"your `{what}` has too many items every time", "zh": f"你的 `{what}` 每次项数都偏多"}
    return None
