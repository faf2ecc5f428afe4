"""What students write instead of mixup."""

from functools import partial

import numpy as np

from reference.augmentation import mixup
from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES, "mixup")


@wrong(
    observation=(
        "`X` and `Y` belong together, but the partner has the larger share",
        "`X` 和 `Y` 彼此一致，但搭档占的份额更大",
    ),
    question=("share 1: what should come out?", "share 为 1 时，结果应当是什么？"),
    name=(
        "the weights are exchanged: `share` belongs to the example itself, `1 - share` to its partner",
        "两个权重写反了：`share` 属于样本自己，`1 - share` 属于它的搭档",
    ),
)
def weights_exchanged(X, Y, *, share, permutation):
    return mixup(X, Y, share=1 - share, permutation=permutation)


@wrong(
    observation=("`X` is right; `Y` is as it came in", "`X` 是对的；`Y` 和传进来的一样"),
    question=(
        "an image that is 70 % a 3 and 30 % an 8: what is its label?",
        "一张图像七成是 3、三成是 8，它的标签是什么？",
    ),
    name=(
        "only the inputs are mixed: the labels have to be blended in the same way",
        "只混合了输入：标签也要用同样的方式混合",
    ),
)
def labels_kept(X, Y, *, share, permutation):
    return mixup(X, Y, share=share, permutation=permutation)[0], Y.copy()


@wrong(
    observation=(
        "`X` is right; every row of `Y` is still a single 1 among zeros",
        "`X` 是对的；`Y` 的每一行仍是一个 1、其余为 0",
    ),
    question=(
        "where in your labels can one read that the image is also a little of an 8?",
        "从你的标签里，哪里能看出这张图像也有一点像 8？",
    ),
    name=(
        "the blended labels are rounded to the likelier class: they have to stay blended",
        "把混合后的标签取成了可能性更大的那一类：应当保留混合的值",
    ),
)
def labels_rounded(X, Y, *, share, permutation):
    X, Y = mixup(X, Y, share=share, permutation=permutation)
    return X, np.eye(Y.shape[1], dtype=Y.dtype)[Y.argmax(axis=1)]


@wrong(
    observation=("`X` is right; `Y` is blended with the exchanged shares", "`X` 是对的；`Y` 混合时份额对调了"),
    question=(
        "which example has the weight `share` in X, and which in Y?",
        "`share` 在 X 里乘的是谁，在 Y 里乘的又是谁？",
    ),
    name=("`share` and `1 - share` are exchanged in the labels alone", "只在标签里把 `share` 和 `1 - share` 写反了"),
)
def labels_exchanged(X, Y, *, share, permutation):
    new = mixup(X, Y, share=share, permutation=permutation)[0]
    return new, mixup(X, Y, share=1 - share, permutation=permutation)[1]


@wrong(
    observation=("`X` is right; in `Y` the partner is another one", "`X` 是对的；但 `Y` 里的搭档换了人"),
    question=("whose label belongs to the partner's image?", "搭档的图像应当配谁的标签？"),
    name=(
        "the labels are blended with the reversed order (or another permutation) instead of the given one",
        "标签是和倒序的（或另一种排列的）标签混合的，应使用给定的 permutation",
    ),
)
def labels_of_another(X, Y, *, share, permutation):
    new = mixup(X, Y, share=share, permutation=permutation)[0]
    return new, share * Y + (1 - share) * Y[::-1]


@wrong(
    observation=(
        "`X` and `Y` belong together, but in both the partner is another one",
        "`X` 和 `Y` 彼此一致，但两者的搭档都换了人",
    ),
    question=(
        "permutation = [2, 0, 1]: who is the partner of example 0?",
        "permutation = [2, 0, 1] 时，样本 0 的搭档是谁？",
    ),
    name=(
        "the permutation is applied the wrong way round: `new[permutation] = X` instead of `X[permutation]`",
        "排列用反了：写成了 `new[permutation] = X`，应为 `X[permutation]`",
    ),
)
def inverse_permutation(X, Y, *, share, permutation):
    return mixup(X, Y, share=share, permutation=np.argsort(permutation))


@wrong(
    observation=("the rows of `Y` add up to more than 1", "`Y` 每一行的和大于 1"),
    question=("what do the two weights of the rule add up to?", "公式里两个权重加起来是多少？"),
    name=(
        "the example itself is not multiplied by `share`: `X + (1 - share) * X[permutation]`",
        "样本自己没有乘 `share`：写成了 `X + (1 - share) * X[permutation]`",
    ),
)
def own_share_missing(X, Y, *, share, permutation):
    return X + (1 - share) * X[permutation], Y + (1 - share) * Y[permutation]


@wrong(
    observation=(
        "the returned values are right, but the arrays handed in as `X` and `Y` have changed",
        "返回值是对的，但传进来的 `X` 和 `Y` 被改动了",
    ),
    question=("`X *= share` writes into which array?", "`X *= share` 改写的是哪个数组？"),
    name=(
        "in-place changes such as `X *= share`: write `share * X`",
        "原地修改：`X *= share` 这类写法会改动输入，应写成 `share * X`",
    ),
)
def in_place(X, Y, *, share, permutation):
    X[...], Y[...] = mixup(X, Y, share=share, permutation=permutation)
    return X, Y
