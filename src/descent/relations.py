"""We look for a relation between wrong and right values if the mistake is not known: too large, in another order, wrong
for negative inputs only. A sentence is true of every failed case with ordinary numbers.
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
    """The first relation that holds, as a sentence about the kind of error."""
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
    """The first relation that holds in every failure whose first wrong value belongs to the earliest wrong quantity, since
    errors in later quantities may be consequences. `alone`: relations for which one failure is enough. Failures whose
    values are wrong only from the seventh digit on are skipped.
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
    """The name of the first wrong value if it is the same in every failure, else its quantity."""
    names = {quantity_of(failure.first) for failure in failures}
    return names.pop() if len(names) == 1 else failures[0].quantity


def pairs_of(failures: list[Failure]) -> list[tuple[np.ndarray, np.ndarray]] | None:
    """(wrong, right) of the first wrong value in each failure; None unless all are finite and of equal shape and dtype."""
    pairs = [failure.pair for failure in failures]
    if any(pair is None for pair in pairs) or any(
        dtype_of(failure.got[failure.first]) != dtype_of(failure.right[failure.first]) for failure in failures
    ):
        return None
    return pairs


def off(failure: Failure) -> np.ndarray:
    """A mask of the wrong entries of the first wrong value."""
    got, right = failure.pair
    return np.abs(got - right) > precision(failure.right[failure.first]) * np.abs(right).max()


def always_the_same(failures: list[Failure]) -> Both | None:
    """The first wrong quantity is constant: the same in every case, or at every step."""
    quantity = failures[0].quantity
    got, right = (
        [
            side[name]
            for failure in failures
            for side in [getattr(failure, side_name)]
            for name in failure.right
            if name.split(" ")[0] == quantity and name in side
        ]
        for side_name in ("got", "right")
    )
    if len(got) < 3 or isinstance(got[0], bool):  # a wrong truth value can only be the other one
        return None
    is_constant = all(type(value) is type(got[0]) and equal(value, got[0]) for value in got)
    if is_constant and not any(equal(value, right[0]) for value in right[1:]):
        return {
            "en": f"your `{quantity}` is the same wherever it is wrong, whatever goes in",
            "zh": f"凡是出错的地方，无论输入什么，你的 `{quantity}` 都一样",
        }
    if all_within(failures, quantity):
        if any(failure.is_run for failure in failures):
            return {"en": f"your `{quantity}` is the same at every step", "zh": f"你的 `{quantity}` 每一步都一样"}
        return {
            "en": f"in each case that is wrong you give one `{quantity}` for everything",
            "zh": f"凡是出错的例子里，你的 `{quantity}` 从头到尾都是同一个",
        }
    return None


def all_within(failures: list[Failure], quantity: str) -> bool:
    """True if in each failure with several values of `quantity` the student's are all equal and the right ones are not."""
    num_runs = 0
    for failure in failures:
        names = [name for name in failure.right if name.split(" ")[0] == quantity and name in failure.got]
        if len(names) >= 3:
            num_runs += 1
            if not all(equal(failure.got[name], failure.got[names[0]]) for name in names) or all(
                equal(failure.right[name], failure.right[names[0]]) for name in names
            ):
                return False
    return num_runs >= 2


def equal(value: Any, other: Any) -> bool:
    return difference(value, other, 1e-9, 1e-6) is None


def rearranged(failures: list[Failure]) -> Both | None:
    """The right numbers or words in another order."""

    def sorted_alike(failure):
        got, right = failure.got.get(failure.first), failure.right[failure.first]
        if isinstance(right, (list, tuple)):
            return (
                isinstance(got, (list, tuple)) and got != right and sorted(map(repr, got)) == sorted(map(repr, right))
            )
        if (pairs := pairs_of([failure])) is None or pairs[0][1].size < 2:
            return False
        return close(*(np.sort(array, axis=None) for array in pairs[0]), 1e-6)

    if not all(map(sorted_alike, failures)):
        return None
    name = name_of(failures)
    return {
        "en": f"your `{name}` holds what it should, in another order",
        "zh": f"你的 `{name}` 内容都对，只是顺序不对",
    }


def unsymmetric(failures: list[Failure]) -> Both | None:
    """A matrix that is not symmetric although the right one is."""
    pairs = pairs_of(failures)
    if pairs is None or not all(right.ndim == 2 and right.shape[0] == right.shape[1] > 1 for _, right in pairs):
        return None
    if not all(close(right.T, right, 1e-12) and not close(got.T, got, 1e-9) for got, right in pairs):
        return None
    name = name_of(failures)
    return {
        "en": f"your `{name}` is not symmetric, and the right one is",
        "zh": f"你的 `{name}` 不对称，而正确的是对称的",
    }


def function_of(failures: list[Failure]) -> Both | None:
    """The square, root, inverse ... of the right value, entry by entry."""
    if (pairs := pairs_of(failures)) is None:
        return None
    name = name_of(failures)
    for en, zh, function in FUNCTIONS:
        with np.errstate(all="ignore"):
            expected = [function(right) for _, right in pairs]
        if all(np.isfinite(value).all() and close(got, value, 1e-6) for (got, _), value in zip(pairs, expected)):
            return {"en": f"your `{name}` is {en} the right one", "zh": f"你的 `{name}` 是正确值{zh}"}
    return None


def rounded(failures: list[Failure]) -> Both | None:
    """The right value rounded to some digits after the point; needs three numbers or more, not all 0."""
    pairs = pairs_of(failures)
    if pairs is None or sum(right.size for _, right in pairs) < 3:
        return None
    for digits in range(8, 1, -1):
        if all(np.abs(got - np.round(right, digits)).max(initial=0.0) <= 1e-9 * 0.1**digits for got, right in pairs):
            if sum(len(np.unique(got[got != 0])) for got, _ in pairs) < 2:
                return None
            name = name_of(failures)
            return {
                "en": f"your `{name}` is the right one rounded to {digits} digits after the point",
                "zh": f"你的 `{name}` 是正确值四舍五入到小数点后 {digits} 位的结果",
            }
    return None


def by_a_constant(failures: list[Failure]) -> Both | None:
    """Every entry of an array is off by the same number."""
    pairs = pairs_of(failures)
    if pairs is None or not any(right.size > 2 for _, right in pairs):
        return None
    if all(np.ptp(got - right) <= 1e-6 * np.abs(right).max() for got, right in pairs):
        name = name_of(failures)
        return {
            "en": f"every entry of your `{name}` is off by the same number",
            "zh": f"你的 `{name}` 的每个元素都差同一个数",
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
    """Wrong exactly where an input or the right value has a certain sign; needs ten entries or more."""
    pairs = pairs_of(failures)
    if pairs is None or all(off(failure).all() for failure in failures) or sum(right.size for _, right in pairs) < 10:
        return None
    label = name_of(failures)
    names = [name for name in failures[0].arrays if all(name in failure.arrays for failure in failures)]
    for name in [*names, None]:
        for en, zh, has_sign in SIGNS:
            if all(
                (off(failure) == has_sign(failure.pair[1] if name is None else failure.arrays[name])).all()
                for failure in failures
            ):
                if name is None and not any((right < 0).any() for _, right in pairs) and en != "0":
                    continue  # no right entry is negative, so the sign explains nothing
                subject, subject_zh = (f"`{name}` is", f"`{name}` ") if name else ("the right one is", "正确值")
                return {
                    "en": f"`{label}` is wrong exactly where {subject} {en}",
                    "zh": f"`{label}` 恰好在{subject_zh}{zh}的地方出错",
                }
    return None


def whole_lines(failures: list[Failure]) -> Both | None:
    """Right except in the first or last row, column or entry; or right only there."""
    if (pairs := pairs_of(failures)) is None:
        return None
    name = name_of(failures)
    for axis, en, zh in ((0, "row", "行"), (1, "column", "列")):
        if not all(right.ndim == 2 and right.shape[axis] > 1 for _, right in pairs):
            if axis or not all(right.ndim == 1 and right.size > 1 for _, right in pairs):
                continue
            en, zh = "entry", "个元素"
        wrong_lines = [
            np.moveaxis(off(failure), axis, 0).reshape(failure.pair[1].shape[axis], -1).any(axis=1)
            for failure in failures
        ]
        for index, first, first_zh in ((0, "first", "第一"), (-1, "last", "最后一")):
            if all(is_wrong[index] and is_wrong.sum() == 1 for is_wrong in wrong_lines):
                return {"en": f"only the {first} {en} of `{name}` is wrong", "zh": f"`{name}` 只有{first_zh}{zh}不对"}
            if all(not is_wrong[index] and is_wrong.sum() == len(is_wrong) - 1 for is_wrong in wrong_lines):
                return {"en": f"only the {first} {en} of `{name}` is right", "zh": f"`{name}` 只有{first_zh}{zh}是对的"}
    return None


def along_a_path(failures: list[Failure]) -> Both | None:
    """For a path, one row for each step: how its first wrong step is related to the right one."""
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
