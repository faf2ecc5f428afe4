"""We describe errors in words, lists and NaN rather than in numbers: wrong words, missing items, a NaN that was lost."""

import numpy as np

from descent.failure import Failure, as_floats

Both = dict[str, str]
MOST_PAIRS = 2  # with more (wrong word, right word) pairs there is no pattern


def wrong_words(failures: list[Failure]) -> Both | None:
    """What all wrong words, or all wrong lists of words, have in common; needs two of them."""
    wrong = [
        (failure.quantity, failure.got.get(name), right)
        for failure in failures
        for name, right in failure.right.items()
        if not failure.agrees(name)
    ]
    if len(wrong) < 2:
        return None
    if all(isinstance(got, str) and isinstance(right, str) for _, got, right in wrong):
        pairs = sorted({(got, right) for _, got, right in wrong})
        if len(pairs) > MOST_PAIRS:
            return None
        return {
            "en": "wherever it is wrong, you say "
            + ", or ".join(f'"{got}" instead of "{right}"' for got, right in pairs),
            "zh": "凡是出错的地方，都把 " + "，或把 ".join(f"“{right}” 说成了 “{got}”" for got, right in pairs),
        }
    sides = [side for _, *pair in wrong for side in pair]
    if not all(isinstance(side, (list, tuple)) and all(isinstance(item, str) for item in side) for side in sides):
        return None
    missing, extra = (
        [set(items) - set(other_items) for items, other_items in pairs]
        for pairs in ([(right, got) for _, got, right in wrong], [(got, right) for _, got, right in wrong])
    )
    quantity = wrong[0][0]
    if not any(missing) and not any(extra) and all(len(got) == len(right) for _, got, right in wrong):
        return {
            "en": f"wherever your `{quantity}` are wrong, the right items stand there, in another order",
            "zh": f"你的 `{quantity}` 凡是出错的地方，各项都对，只是顺序不同",
        }
    if all(missing) and not any(extra):
        return {
            "en": f"wherever your `{quantity}` are wrong, something is missing, and nothing is there that does not belong",
            "zh": f"你的 `{quantity}` 凡是出错的地方，都是少了该有的项，没有多余的项",
        }
    if all(extra) and not any(missing):
        return {
            "en": f"wherever your `{quantity}` are wrong, something is there that does not belong, and nothing is missing",
            "zh": f"你的 `{quantity}` 凡是出错的地方，都是多了不该有的项，没有缺少的项",
        }
    return None


def nan_lost(failures: list[Failure]) -> Both | None:
    """Nothing is wrong except that values which should be NaN are numbers."""
    lost = set()
    for failure in failures:
        for name, right in failure.right.items():
            if failure.agrees(name):
                continue
            got, right = as_floats(failure.got.get(name)), as_floats(right)
            if got is None or right is None or got.shape != right.shape:
                return None
            is_lost = np.isnan(right) & ~np.isnan(got)
            if not is_lost.any() or not np.allclose(got[~is_lost], right[~is_lost], rtol=1e-4, equal_nan=True):
                return None
            lost.add(name.split(" ")[0])
    if not lost:
        return None
    en, zh = ", ".join(f"`{name}`" for name in sorted(lost)), "、".join(f"`{name}`" for name in sorted(lost))
    return {
        "en": f"an input holds NaN and should make {en} NaN: there you give a number, everything else is right",
        "zh": f"输入含有 NaN 时，{zh} 里应当出现 NaN，你给出的却是数；其余都对",
    }
