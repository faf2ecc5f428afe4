"""What students write instead of AdaGrad's step, chapter 04, sitting A."""

from functools import partial

import numpy as np

from reference import adaptive as right
from reference.mistakes import Mistake, wrong_version
from reference.mistakes.steps import slips_of_a_step

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

EPS_INSIDE = (
    "right for gradients of ordinary size; tiny ones move `params` hundreds of times too little",
    "梯度大小正常时都对；梯度极小时，`params` 的移动量小了几百倍",
)
EPS_INSIDE_NAME = (
    "eps under the root, `sqrt(... + eps)`: there it weighs as much as an eps of sqrt(eps) outside",
    "eps 放进了根号：写成了 `sqrt(... + eps)`，这相当于在根号外加了 sqrt(eps) 那么大的数",
)
EPS_MISSING = (
    "right for gradients of ordinary size; tiny ones move `params` too far, and where the "
    "gradient has always been zero `params` are NaN",
    "梯度大小正常时都对；梯度极小时 `params` 走得太远，梯度一直为零的地方 `params` 成了 NaN",
)
EPS_QUESTION = (
    "take an entry whose gradient is zero, and one with a gradient as small as eps. What is each divided by?",
    "找一个梯度为零的元素，再找一个梯度和 eps 一样小的元素：它们各自除以多少？",
)
UPHILL = ("does the loss go down along the gradient or against it?", "沿着梯度走，损失是变大还是变小？")

# ---- adagrad_step: G <- G + g^2, x <- x - lr * g / (sqrt(G) + eps) ------------------------------------


@wrong(
    "adagrad_step",
    observation=EPS_INSIDE,
    question=(
        "what does the second line add eps to: G, or its root?",
        "公式第二行里，eps 是加到 G 上，还是加到它的平方根上？",
    ),
    name=EPS_INSIDE_NAME,
)
def eps_inside(params, grads, sum_squares, *, lr=0.01, eps=1e-8):
    sum_squares = sum_squares + grads**2
    return params - lr * grads / np.sqrt(sum_squares + eps), sum_squares


@wrong(
    "adagrad_step",
    observation=EPS_MISSING,
    question=EPS_QUESTION,
    name=(
        "eps is missing: an entry without any gradient so far is divided 0 by 0",
        "漏了 eps：至今没有梯度的元素会算出 0/0",
    ),
)
def eps_missing(params, grads, sum_squares, *, lr=0.01, eps=1e-8):
    sum_squares = sum_squares + grads**2
    return params - lr * grads / np.sqrt(sum_squares), sum_squares


@wrong(
    "adagrad_step",
    observation=(
        "`sum_squares` is right after one step; `params` go too far, absurdly far at the first "
        "step from zeros with ordinary gradients",
        "走一步之后 `sum_squares` 是对的；`params` 走得太远，梯度大小正常时，从零开始的第一步更是远得离谱",
    ),
    question=(
        "which G stands under the root, the one that came in or the one you have just computed?",
        "根号下的 G 是传进来的，还是刚算出来的新值？",
    ),
    name=(
        "the old sum divides: add this step's square first, then use the new sum",
        "除的是旧的平方和：应先加上这一步的平方，再除以新平方和的平方根",
    ),
)
def old_sum(params, grads, sum_squares, *, lr=0.01, eps=1e-8):
    return params - lr * grads / (np.sqrt(sum_squares) + eps), sum_squares + grads**2


@wrong(
    "adagrad_step",
    observation=(
        "`sum_squares` is right; `params` move too little where it is above 1, and too far where it is below 1",
        "`sum_squares` 是对的；它大于 1 的地方 `params` 移动得太少，小于 1 的地方走得太远",
    ),
    question=(
        "if all gradients become 10 times as large, should the length of a step change?",
        "如果所有梯度都变成 10 倍，步长应当改变吗？",
    ),
    name=("the root is missing: `grads / (sum_squares + eps)`", "漏了开方：写成了 `grads / (sum_squares + eps)`"),
)
def no_root(params, grads, sum_squares, *, lr=0.01, eps=1e-8):
    sum_squares = sum_squares + grads**2
    return params - lr * grads / (sum_squares + eps), sum_squares


@wrong(
    "adagrad_step",
    observation=(
        "`sum_squares` grows too little where the gradient is above 1 in size, and too much where it is below",
        "梯度的绝对值大于 1 时 `sum_squares` 增加得太少，小于 1 时增加得太多",
    ),
    question=(
        "what does the first line add for a gradient of 3? And for -3?",
        "梯度为 3 时，公式第一行加上的是多少？为 -3 时呢？",
    ),
    name=(
        "sizes are summed, not squares: `sum_squares + np.abs(grads)`",
        "累加的是绝对值，不是平方：写成了 `sum_squares + np.abs(grads)`",
    ),
)
def sum_of_sizes(params, grads, sum_squares, *, lr=0.01, eps=1e-8):
    sum_squares = sum_squares + np.abs(grads)
    return params - lr * grads / (np.sqrt(sum_squares) + eps), sum_squares


@wrong(
    "adagrad_step",
    observation=(
        "right at the first step from zeros; after it `sum_squares` holds one square only",
        "从零开始的第一步正确；之后 `sum_squares` 里只剩一个平方",
    ),
    question=(
        "after two steps, how many gradients should have left their mark in G?",
        "走完两步之后，G 里应当有几个梯度的痕迹？",
    ),
    name=(
        "the sum is replaced, not added to: `sum_squares = grads**2`",
        "没有累加，而是被覆盖了：写成了 `sum_squares = grads**2`",
    ),
)
def overwritten(params, grads, sum_squares, *, lr=0.01, eps=1e-8):
    sum_squares = grads**2
    return params - lr * grads / (np.sqrt(sum_squares) + eps), sum_squares


@wrong(
    "adagrad_step",
    observation=(
        "right for a single number; in an array every entry of `sum_squares` grows by the same amount",
        "对单个数正确；对数组，`sum_squares` 的每个元素都增加了同样多",
    ),
    question=(
        "should the gradient of one entry change the step of another?",
        "一个元素的梯度应当影响另一个元素的步长吗？",
    ),
    name=(
        "one sum for all entries: `np.sum(grads**2)` adds over the array, G adds over the steps, entry by entry",
        "所有元素共用了一个和：`np.sum(grads**2)` 是在数组里求和，而 G 是每个元素各自沿时间累加",
    ),
)
def one_sum_for_all(params, grads, sum_squares, *, lr=0.01, eps=1e-8):
    sum_squares = sum_squares + np.sum(grads**2)
    return params - lr * grads / (np.sqrt(sum_squares) + eps), sum_squares


@wrong(
    "adagrad_step",
    observation=(
        "`sum_squares` is right and `params` move by the right amount, in the opposite direction",
        "`sum_squares` 是对的，`params` 移动的距离也对，但方向反了",
    ),
    question=UPHILL,
    name=(
        "gradient ascent: the move is added to the params, it has to be subtracted",
        "梯度上升：把移动量加到了参数上，应当减去",
    ),
)
def ascends(params, grads, sum_squares, *, lr=0.01, eps=1e-8):
    sum_squares = sum_squares + grads**2
    return params + lr * grads / (np.sqrt(sum_squares) + eps), sum_squares


@wrong(
    "adagrad_step",
    observation=(
        "`params` is right after one step; `sum_squares` is the root of the right one",
        "走一步之后 `params` 是对的；`sum_squares` 是正确值的平方根",
    ),
    question=("what will the next step add its square to?", "下一步会把它的平方加到什么上？"),
    name=(
        "the root is kept as the state: return G itself, the root is for this step only",
        "把平方根当成状态保存了：应返回 G 本身，平方根只在这一步里用",
    ),
)
def root_kept(params, grads, sum_squares, *, lr=0.01, eps=1e-8):
    root = np.sqrt(sum_squares + grads**2)
    return params - lr * grads / (root + eps), root


MISTAKES["adagrad_step"] += slips_of_a_step("adagrad_step", right.adagrad_step, "sum_squares", "平方和")
