"""What students write instead of the penalties of chapter 05: L2, L1, and both at once."""

from functools import partial

import numpy as np

from reference import penalties as right
from reference.mistakes import Mistake, constraints, shrinkage, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- l2_penalty: strength / 2 * sum of w^2, strength * w -------------------------------------------


@wrong(
    "l2_penalty",
    observation=(
        "`gradient` is right; `value` is too large, in every case",
        "`gradient` 是对的；`value` 在每个例子里都偏大",
    ),
    question=(
        "take the derivative of your value with respect to one w. Is it your gradient?",
        "把你的 value 对其中一个 w 求导，得到的是你返回的梯度吗？",
    ),
    name=(
        "the 1/2 is missing from the value: strength * sum of w^2 has the gradient 2 * strength * w",
        "value 里漏了 1/2：strength 乘以 w² 之和，它的梯度应是 2 * strength * w",
    ),
)
def no_half(params, *, strength):
    return strength * np.sum(params**2), strength * params


@wrong(
    "l2_penalty",
    observation=(
        "`value` is right; `gradient` points the right way and is too long",
        "`value` 是对的；`gradient` 方向对，但太长",
    ),
    question=(
        "what happens to the 2 that comes down when you differentiate w^2?",
        "对 w² 求导会掉下来一个 2，它后来去哪儿了？",
    ),
    name=(
        "the gradient of the penalty without 1/2: `2 * strength * params`; with the 1/2 the 2 cancels",
        "梯度用了没有 1/2 的公式：写成了 `2 * strength * params`；有了 1/2，这个 2 就约掉了",
    ),
)
def gradient_doubled(params, *, strength):
    return strength / 2 * np.sum(params**2), 2 * strength * params


@wrong(
    "l2_penalty",
    observation=(
        "`value` and `gradient` belong together, and both are too large by one factor, always the same",
        "`value` 和 `gradient` 彼此一致，但都偏大，而且倍数始终相同",
    ),
    question=(
        "which of the two conventions for L2 does the docstring declare?",
        "L2 惩罚项有两种写法，文档字符串用的是哪一种？",
    ),
    name=(
        "the other convention, strength * sum of w^2 with the gradient 2 * strength * w (Keras, CS231n): ours "
        "has a 1/2",
        "用了另一种约定：strength 乘以 w² 之和、梯度 2 * strength * w（Keras、CS231n）；本课程带 1/2",
    ),
)
def other_convention(params, *, strength):
    return strength * np.sum(params**2), 2 * strength * params


@wrong(
    "l2_penalty",
    observation=(
        "`gradient` is right; `value` is right for a single number and too small for arrays, the more so "
        "the more entries there are",
        "`gradient` 是对的；`value` 对单个数正确，对数组偏小，元素越多小得越厉害",
    ),
    question=(
        "R sums over all weights. What does one more weight do to it?",
        "R 对全部权重求和。多一个权重，R 会怎样变？",
    ),
    name=("a mean instead of the sum over the entries", "对元素取了平均（mean），应当求和（sum）"),
)
def mean_of_squares(params, *, strength):
    return strength / 2 * np.mean(params**2), strength * params


@wrong(
    "l2_penalty",
    observation=(
        "`gradient` is right; `value` grows only in proportion to the entries: doubling params doubles it",
        "`gradient` 是对的；`value` 只随元素成比例增长：params 加倍，它也只加倍",
    ),
    question=(
        "what power of w stands in the rule, and what does `np.linalg.norm` return?",
        "公式里 w 是几次方？`np.linalg.norm` 返回的又是什么？",
    ),
    name=("the norm instead of its square: strength / 2 * |w|", "用了范数本身，没有平方：写成了 strength / 2 * |w|"),
)
def norm_not_squared(params, *, strength):
    return strength / 2 * np.sqrt(np.sum(params**2)), strength * params


@wrong(
    "l2_penalty",
    observation=("`value` is right and `gradient` is minus the right one", "`value` 是对的，`gradient` 差一个负号"),
    question=(
        "if a weight is positive and grows, does the penalty rise or fall?",
        "一个正的权重变大时，惩罚项是变大还是变小？",
    ),
    name=(
        "the step instead of the gradient: the minus sign belongs to the optimizer, not to the penalty",
        "返回的是更新方向而不是梯度：负号属于优化器，不属于惩罚项",
    ),
)
def step_for_gradient(params, *, strength):
    return strength / 2 * np.sum(params**2), -strength * params


@wrong(
    "l2_penalty",
    observation=(
        "`value` is right; `gradient` is the same whatever the strength is",
        "`value` 是对的；无论 strength 是多少，`gradient` 都不变",
    ),
    question=("if strength doubles, what happens to the slope?", "strength 加倍，斜率会怎样？"),
    name=("the gradient is `params`: strength is missing", "梯度就是 `params` 本身：漏乘了 strength"),
)
def gradient_without_strength(params, *, strength):
    return strength / 2 * np.sum(params**2), params.copy()


@wrong(
    "l2_penalty",
    observation=(
        "right for a single number and for vectors; for a matrix `value` is not one number",
        "对单个数和向量正确；对矩阵，`value` 不是一个数",
    ),
    question=("over which entries of a matrix does your sum run?", "对矩阵来说，你的求和遍历了哪些元素？"),
    name=(
        "a sum along one axis only: `np.sum(..., axis=0)` gives one number for each column",
        "只沿一个轴求和：`np.sum(..., axis=0)` 会给每一列一个数",
    ),
)
def sum_along_one_axis(params, *, strength):
    return strength / 2 * np.sum(params**2, axis=0), strength * params


# ---- l1_penalty: strength * sum of |w|, strength * sign(w) -----------------------------------------


@wrong(
    "l1_penalty",
    observation=(
        "right where no entry is zero; there `gradient` is not what it should be",
        "没有元素为零时都对；元素为零处的 `gradient` 不对",
    ),
    question=("what do your comparison and its `else` give for w = 0?", "w = 0 时，你的判断走哪个分支，给出什么？"),
    name=(
        "only two cases, `w >= 0` and `w < 0`: at 0 the subgradient we take is 0, as `np.sign` does",
        "只分了 `w >= 0` 和 `w < 0` 两种情况：在 0 处我们取次梯度 0，`np.sign` 正是这样",
    ),
)
def no_sign_of_zero(params, *, strength):
    sign = np.where(params >= 0, 1, -1).astype(params.dtype)
    return strength * np.sum(np.abs(params)), strength * sign


@wrong(
    "l1_penalty",
    observation=(
        "right where no entry is zero; there `gradient` is NaN",
        "没有元素为零时都对；元素为零处的 `gradient` 是 NaN",
    ),
    question=("what is w / |w| at w = 0?", "w = 0 时，w / |w| 等于什么？"),
    name=(
        "the sign computed as `w / np.abs(w)`: 0 / 0 at zero; `np.sign` knows that case",
        "用 `w / np.abs(w)` 求符号：在零处是 0 / 0；`np.sign` 考虑了这种情况",
    ),
)
def divides_by_size(params, *, strength):
    with np.errstate(invalid="ignore"):
        return strength * np.sum(np.abs(params)), strength * params / np.abs(params)


@wrong(
    "l1_penalty",
    observation=(
        "`value` is right; each entry of `gradient` is a trifle too small in size, the more so the smaller the entry",
        "`value` 是对的；`gradient` 的每个元素绝对值都略微偏小，元素越小偏得越多",
    ),
    question=(
        "how steep is |w| at w = 1e-9? And is there a function that gives the sign, also of 0?",
        "|w| 在 w = 1e-9 处有多陡？有没有一个函数能直接给出符号，0 也不例外？",
    ),
    name=(
        "the sign computed as w / (|w| + a small number): right to some digits only; `np.sign` is exact",
        "用 w / (|w| + 很小的数) 求符号：只对几位；`np.sign` 是精确的",
    ),
    holds=lambda inputs, got, right: (
        np.isclose(got["value"], right["value"], equal_nan=True)
        and not (np.abs(got["gradient"]) > np.abs(right["gradient"])).any()
    ),
)
def divides_with_eps(params, *, strength):
    size = np.abs(params)
    return strength * np.sum(size), (strength * params / (size + 1e-8)).astype(params.dtype)


@wrong(
    "l1_penalty",
    observation=(
        "`gradient` is right; `value` is right where all entries are positive and too small elsewhere",
        "`gradient` 是对的；元素全为正时 `value` 正确，否则偏小",
    ),
    question=("what do weights 1 and -1 cost together?", "权重 1 和 -1 合起来的惩罚是多少？"),
    name=(
        "the absolute value is missing: the sum of w instead of the sum of |w|",
        "漏了绝对值：求的是 w 之和，应为 |w| 之和",
    ),
)
def sum_without_abs(params, *, strength):
    return strength * np.sum(params), strength * np.sign(params)


@wrong(
    "l1_penalty",
    observation=(
        "`value` is right; `gradient` is larger for larger entries",
        "`value` 是对的；元素越大，`gradient` 也越大",
    ),
    question=("how steep is |w| at w = 1, and how steep at w = 5?", "|w| 在 w = 1 处有多陡？在 w = 5 处呢？"),
    name=(
        "the gradient of L2, `strength * params`: L1 pulls every weight with the same force",
        "用了 L2 的梯度 `strength * params`：L1 对每个权重的拉力都一样大",
    ),
)
def gradient_of_l2(params, *, strength):
    return strength * np.sum(np.abs(params)), strength * params


@wrong(
    "l1_penalty",
    observation=("`value` is right; `gradient` has no negative entries", "`value` 是对的；`gradient` 没有负的元素"),
    question=("at w = -2, which way does |w| fall?", "在 w = -2 处，往哪个方向走 |w| 会变小？"),
    name=(
        "the gradient is `strength` everywhere but at zero, whatever the sign of w",
        "除零以外，梯度处处都是 `strength`，没有考虑 w 的符号",
    ),
)
def always_positive(params, *, strength):
    return strength * np.sum(np.abs(params)), strength * np.abs(np.sign(params))


@wrong(
    "l1_penalty",
    observation=(
        "`value` and `gradient` are too small, both by one factor, always the same",
        "`value` 和 `gradient` 都偏小，而且倍数始终相同",
    ),
    question=(
        "L2 has a factor in front so that something cancels. Does anything cancel here?",
        "L2 前面的系数是为了约掉一个数。这里有什么要约的吗？",
    ),
    name=("the 1/2 of L2 in front of L1", "把 L2 的 1/2 也放到了 L1 前面"),
)
def halved(params, *, strength):
    return strength / 2 * np.sum(np.abs(params)), strength / 2 * np.sign(params)


@wrong(
    "l1_penalty",
    observation=(
        "`gradient` is right; `value` is right for a single number and too small for arrays, the more so "
        "the more entries there are",
        "`gradient` 是对的；`value` 对单个数正确，对数组偏小，元素越多小得越厉害",
    ),
    question=(
        "R sums over all weights. What does one more weight do to it?",
        "R 对全部权重求和。多一个权重，R 会怎样变？",
    ),
    name=("a mean instead of the sum over the entries", "对元素取了平均（mean），应当求和（sum）"),
)
def mean_of_sizes(params, *, strength):
    return strength * np.mean(np.abs(params)), strength * np.sign(params)


@wrong(
    "l1_penalty",
    observation=(
        "`value` is right; `gradient` has the right signs and is the same size whatever the strength is",
        "`value` 是对的；`gradient` 符号正确，但无论 strength 是多少，大小都一样",
    ),
    question=("if strength doubles, what happens to the slope?", "strength 加倍，斜率会怎样？"),
    name=("the gradient is `np.sign(params)`: strength is missing", "梯度就是 `np.sign(params)`：漏乘了 strength"),
)
def sign_alone(params, *, strength):
    return strength * np.sum(np.abs(params)), np.sign(params)


# ---- elastic_net: the sum of both ------------------------------------------------------------------


@wrong(
    "elastic_net",
    observation=(
        "`value` and `gradient` are what they should be for other strengths",
        "换成另一组强度，`value` 和 `gradient` 才是对的",
    ),
    question=("which strength goes with |w|, and which with w^2?", "哪个强度配 |w|，哪个配 w²？"),
    name=("the two strengths are swapped", "两个强度写反了"),
)
def swapped_strengths(params, *, l1_strength, l2_strength):
    return right.elastic_net(params, l1_strength=l2_strength, l2_strength=l1_strength)


@wrong(
    "elastic_net",
    observation=(
        "`value` and `gradient` belong together, and both are too large: twice the right ones less what L1 "
        "alone would give",
        "`value` 和 `gradient` 彼此一致，但都偏大：等于正确值的两倍减去只有 L1 时的值",
    ),
    question=("what factor stands before the squares in the docstring?", "文档字符串里，平方项前面的系数是多少？"),
    name=(
        "the 1/2 of the L2 part is missing, from the value and from the gradient",
        "L2 部分漏了 1/2，value 和 gradient 里都漏了",
    ),
)
def net_without_half(params, *, l1_strength, l2_strength):
    return right.elastic_net(params, l1_strength=l1_strength, l2_strength=2 * l2_strength)


@wrong(
    "elastic_net",
    observation=(
        "`gradient` is right; `value` is too large, in every case",
        "`gradient` 是对的；`value` 在每个例子里都偏大",
    ),
    question=(
        "take the derivative of your value with respect to one w. Is it your gradient?",
        "把你的 value 对其中一个 w 求导，得到的是你返回的梯度吗？",
    ),
    name=("the 1/2 of the L2 part is missing from the value", "value 的 L2 部分漏了 1/2"),
)
def net_value_without_half(params, *, l1_strength, l2_strength):
    value = l1_strength * np.sum(np.abs(params)) + l2_strength * np.sum(params**2)
    return value, l1_strength * np.sign(params) + l2_strength * params


@wrong(
    "elastic_net",
    observation=(
        "`value` is right; `gradient` is that of a single one of the two parts",
        "`value` 是对的；`gradient` 只是两部分中一部分的梯度",
    ),
    question=(
        "the value is a sum of two terms. What is the derivative of a sum?",
        "value 是两项之和，和的导数等于什么？",
    ),
    name=(
        "the gradient of the L2 part alone: `l1_strength * sign(w)` is missing",
        "只有 L2 部分的梯度：漏了 `l1_strength * sign(w)`",
    ),
)
def gradient_of_l2_only(params, *, l1_strength, l2_strength):
    return right.elastic_net(params, l1_strength=l1_strength, l2_strength=l2_strength)[0], l2_strength * params


@wrong(
    "elastic_net",
    observation=(
        "`value` and `gradient` belong together; one of the two strengths has no influence on them",
        "`value` 和 `gradient` 彼此一致；但两个强度中有一个对它们毫无影响",
    ),
    question=("where do you use `l2_strength`?", "`l2_strength` 用在了哪里？"),
    name=("`l1_strength` is used for both parts", "两部分都用了 `l1_strength`"),
)
def one_strength_for_both(params, *, l1_strength, l2_strength):
    return right.elastic_net(params, l1_strength=l1_strength, l2_strength=l1_strength)


@wrong(
    "elastic_net",
    observation=(
        "`value` and `gradient` belong together, and both are too small: half the right ones and half of what "
        "L2 alone would give",
        "`value` 和 `gradient` 彼此一致，但都偏小：等于正确值的一半加上只有 L2 时的一半",
    ),
    question=("which of the two parts has a 1/2 in the docstring?", "文档字符串里，两部分中哪一部分带 1/2？"),
    name=("the 1/2 stands before the L1 part, too", "L1 部分前面也加了 1/2"),
)
def half_on_both(params, *, l1_strength, l2_strength):
    return right.elastic_net(params, l1_strength=l1_strength / 2, l2_strength=l2_strength)


MISTAKES |= shrinkage.MISTAKES | constraints.MISTAKES
