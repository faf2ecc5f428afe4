"""We look how a wrong value is related to the right one where no rule of a known mistake shows: too large, in another
order, wrong for negative inputs only. What is said is true of every failed case of ordinary numbers.
"""

from typing import Any

import numpy as np

from descent.compare import close, difference
from descent.failure import Failure, dtype_of, precision, quantity_of, ratio

Both = dict[str, str]
FUNCTIONS = (
    ("the square of", "的平方", np.square),
    ("the square root of", "的平方根", lambda x: np.sqrt(np.abs(x))),
    ("1 divided by", "的倒数", lambda x: 1 / x),
    ("the absolute value of", "的绝对值", np.abs),
    ("the exponential of", "的指数函数", np.exp),
    ("the logarithm of", "的对数", lambda x: np.log(np.abs(x))),
)


def kind_of_error(failures: list[Failure]) -> Both | None:
    """The first relation that says of which kind the error is."""
    return first_of(
        (
            always_the_same,
            rearranged,
            unsymmetric,
            rounded,
            function_of,
            by_a_constant,
            by_sign,
            along_a_path,
            whole_lines,
        ),
        failures,
        alone=(along_a_path,),
    )


def first_of(relations, failures: list[Failure], alone: tuple = ()) -> Both | None:
    """The first relation that holds in every failure whose first wrong value is of the earliest wrong quantity: the later
    quantities may follow from it. `alone`: the relations that one failure alone can show. A value that is wrong in the
    seventh digit only counts as right here: its failure shows nothing.
    """
    failures = [failure for failure in failures if failure.first is not None]
    if not failures:
        return None
    order = list(dict.fromkeys(quantity_of(name).split(" ")[0] for failure in failures for name in failure.right))
    earliest = min((failure.quantity for failure in failures), key=order.index)
    failures = [failure for failure in failures if failure.quantity == earliest]
    for relation in relations:
        if len(failures) > 1 or relation in alone:
            if sentence := relation(failures):
                return sentence
    return None


def name_of(failures: list[Failure]) -> str:
    """What the first wrong value is called: its whole name where that is one name in every failure."""
    names = {quantity_of(failure.first) for failure in failures}
    return names.pop() if len(names) == 1 else failures[0].quantity


def pairs_of(failures: list[Failure]) -> list[tuple[np.ndarray, np.ndarray]] | None:
    """The first wrong value and the right one of each failure, where all are finite numbers of one shape."""
    pairs = [failure.pair for failure in failures]
    if any(pair is None for pair in pairs) or any(
        dtype_of(failure.got[failure.first]) != dtype_of(failure.right[failure.first]) for failure in failures
    ):
        return None
    return pairs


def off(failure: Failure) -> np.ndarray:
    """Which entries of the first wrong value are wrong."""
    got, right = failure.pair
    return np.abs(got - right) > precision(failure.right[failure.first]) * np.abs(right).max()


def always_the_same(failures: list[Failure]) -> Both | None:
    """One answer to everything: the first wrong quantity never changes, from case to case and from step to step."""
    what = failures[0].quantity
    got, right = (
        [
            side[name]
            for failure in failures
            for side in [getattr(failure, which)]
            for name in failure.right
            if name.split(" ")[0] == what and name in side
        ]
        for which in ("got", "right")
    )
    if len(got) < 3 or isinstance(got[0], bool):  # a wrong truth value can only be the other one
        return None
    alike = all(type(one) is type(got[0]) and equal(one, got[0]) for one in got)
    if alike and not any(equal(one, right[0]) for one in right[1:]):
        return {
            "en": f"your `{what}` is the same wherever it is wrong, whatever goes in",
            "zh": f"凡是出错的地方，无论输入什么，你的 `{what}` 都一样",
        }
    if all_within(failures, what):
        if any(failure.is_run for failure in failures):
            return {"en": f"your `{what}` is the same at every step", "zh": f"你的 `{what}` 每一步都一样"}
        return {
            "en": f"in each case that is wrong you give one `{what}` for everything",
            "zh": f"凡是出错的例子里，你的 `{what}` 从头到尾都是同一个",
        }
    return None


def all_within(failures: list[Failure], what: str) -> bool:
    """Whether in each failure with several values of `what` those are one value, and the right ones are not."""
    several = 0
    for failure in failures:
        names = [name for name in failure.right if name.split(" ")[0] == what and name in failure.got]
        if len(names) >= 3:
            several += 1
            if not all(equal(failure.got[name], failure.got[names[0]]) for name in names) or all(
                equal(failure.right[name], failure.right[names[0]]) for name in names
            ):
                return False
    return several >= 2


def equal(one: Any, two: Any) -> bool:
    return difference(one, two, 1e-9, 1e-6) is None


def rearranged(failures: list[Failure]) -> Both | None:
    """The right numbers or words, in another order."""

    def sorted_alike(failure):
        got, right = failure.got.get(failure.first), failure.right[failure.first]
        if isinstance(right, (list, tuple)):
            return (
                isinstance(got, (list, tuple)) and got != right and sorted(map(repr, got)) == sorted(map(repr, right))
            )
        if (pairs := pairs_of([failure])) is None or pairs[0][1].size < 2:
            return False
        return close(*(np.sort(one, axis=None) for one in pairs[0]), 1e-6)

    if not all(map(sorted_alike, failures)):
        return None
    what = name_of(failures)
    return {
        "en": f"your `{what}` holds what it should, in another order",
        "zh": f"你的 `{what}` 内容都对，只是顺序不对",
    }


def unsymmetric(failures: list[Failure]) -> Both | None:
    """A square matrix that is not symmetric where the right one is."""
    pairs = pairs_of(failures)
    if pairs is None or not all(right.ndim == 2 and right.shape[0] == right.shape[1] > 1 for _, right in pairs):
        return None
    if not all(close(right.T, right, 1e-12) and not close(got.T, got, 1e-9) for got, right in pairs):
        return None
    what = name_of(failures)
    return {
        "en": f"your `{what}` is not symmetric, and the right one is",
        "zh": f"你的 `{what}` 不对称，而正确的是对称的",
    }


def function_of(failures: list[Failure]) -> Both | None:
    """The square, the root, the inverse ... of the right value, entry by entry."""
    if (pairs := pairs_of(failures)) is None:
        return None
    what = name_of(failures)
    for en, zh, function in FUNCTIONS:
        with np.errstate(all="ignore"):
            made = [function(right) for _, right in pairs]
        if all(np.isfinite(one).all() and close(got, one, 1e-6) for (got, _), one in zip(pairs, made)):
            return {"en": f"your `{what}` is {en} the right one", "zh": f"你的 `{what}` 是正确值{zh}"}
    return None


def rounded(failures: list[Failure]) -> Both | None:
    """The right value, rounded to some digits after the point; seen in three numbers or more that are not all 0."""
    pairs = pairs_of(failures)
    if pairs is None or sum(right.size for _, right in pairs) < 3:
        return None
    for digits in range(8, 1, -1):
        if all(np.abs(got - np.round(right, digits)).max(initial=0.0) <= 1e-9 * 0.1**digits for got, right in pairs):
            if sum(len(np.unique(got[got != 0])) for got, _ in pairs) < 2:
                return None
            what = name_of(failures)
            return {
                "en": f"your `{what}` is the right one rounded to {digits} digits after the point",
                "zh": f"你的 `{what}` 是正确值四舍五入到小数点后 {digits} 位的结果",
            }
    return None


def by_a_constant(failures: list[Failure]) -> Both | None:
    """Off by one number, the same for every entry of an array."""
    pairs = pairs_of(failures)
    if pairs is None or not any(right.size > 2 for _, right in pairs):
        return None
    if all(np.ptp(got - right) <= 1e-6 * np.abs(right).max() for got, right in pairs):
        what = name_of(failures)
        return {
            "en": f"every entry of your `{what}` is off by the same number",
            "zh": f"你的 `{what}` 的每个元素都差同一个数",
        }
    return None


SIGNS = (
    ("negative", "为负", lambda x: x < 0),
    ("positive", "为正", lambda x: x > 0),
    ("0", "为 0", lambda x: x == 0),
    ("not positive", "不为正", lambda x: x <= 0),
    ("not negative", "不为负", lambda x: x >= 0),
)


def by_sign(failures: list[Failure]) -> Both | None:
    """Wrong exactly where an input, or the right value, has a certain sign; seen in ten entries or more."""
    pairs = pairs_of(failures)
    if pairs is None or all(off(failure).all() for failure in failures) or sum(right.size for _, right in pairs) < 10:
        return None
    what = name_of(failures)
    names = [name for name in failures[0].arrays if all(name in failure.arrays for failure in failures)]
    for name in [*names, None]:
        for en, zh, holds in SIGNS:
            if all(
                (off(failure) == holds(failure.pair[1] if name is None else failure.arrays[name])).all()
                for failure in failures
            ):
                if name is None and not any((right < 0).any() for _, right in pairs) and en != "0":
                    continue  # every entry that is not 0 is positive: that says nothing of the sign
                place, place_zh = (f"`{name}` is", f"`{name}` ") if name else ("the right one is", "正确值")
                return {
                    "en": f"`{what}` is wrong exactly where {place} {en}",
                    "zh": f"`{what}` 恰好在{place_zh}{zh}的地方出错",
                }
    return None


def whole_lines(failures: list[Failure]) -> Both | None:
    """Right but for the first or the last row, column or entry; or only there."""
    if (pairs := pairs_of(failures)) is None:
        return None
    what = name_of(failures)
    for axis, en, zh in ((0, "row", "行"), (1, "column", "列")):
        if not all(right.ndim == 2 and right.shape[axis] > 1 for _, right in pairs):
            if axis or not all(right.ndim == 1 and right.size > 1 for _, right in pairs):
                continue
            en, zh = "entry", "个元素"
        wrong = [
            np.moveaxis(off(failure), axis, 0).reshape(failure.pair[1].shape[axis], -1).any(axis=1)
            for failure in failures
        ]
        for place, first, first_zh in ((0, "first", "第一"), (-1, "last", "最后一")):
            if all(one[place] and one.sum() == 1 for one in wrong):
                return {"en": f"only the {first} {en} of `{what}` is wrong", "zh": f"`{what}` 只有{first_zh}{zh}不对"}
            if all(not one[place] and one.sum() == len(one) - 1 for one in wrong):
                return {"en": f"only the {first} {en} of `{what}` is right", "zh": f"`{what}` 只有{first_zh}{zh}是对的"}
    return None


def along_a_path(failures: list[Failure]) -> Both | None:
    """A path, one row for each step: how its first wrong move is related to the right one."""
    if (pairs := pairs_of(failures)) is None or failures[0].quantity != "path":
        return None
    moves = []
    for failure, (got, right) in zip(failures, pairs):
        wrong = off(failure).reshape(len(right), -1).any(axis=1)
        step = int(np.argmax(wrong))
        if step == 0 or right[step].size == 0:
            return None
        moves.append((got[step] - right[step - 1], right[step] - right[step - 1]))
    ratios = [ratio(np.atleast_1d(got), np.atleast_1d(right), 1e-6) for got, right in moves]
    if not any(np.any(got) for got, _ in moves):
        return {
            "en": "where your `path` first goes wrong, it stays where it is",
            "zh": "`path` 最先出错的那一步停在原地没有动",
        }
    if None not in ratios and np.allclose(ratios, ratios[0], rtol=1e-4):
        if np.isclose(ratios[0], -1):
            return {
                "en": "where your `path` first goes wrong, the step goes the opposite way",
                "zh": "`path` 最先出错的那一步，方向正好相反",
            }
        return {
            "en": f"where your `path` first goes wrong, the step is {ratios[0]:.4g} times the right one",
            "zh": f"`path` 最先出错的那一步，是正确步长的 {ratios[0]:.4g} 倍",
        }
    if None not in ratios:
        return {
            "en": "where your `path` first goes wrong, the step has the right direction and the wrong length",
            "zh": "`path` 最先出错的那一步，方向对，长度不对",
        }
    return {
        "en": "where your `path` first goes wrong, the step has another direction",
        "zh": "`path` 最先出错的那一步，方向不对",
    }
