"""What students write instead of the step whose state is an average of the gradients."""

from functools import partial

import numpy as np

from reference import momentum as right
from reference.mistakes import Mistake, wrong_version
from reference.mistakes.steps import slips_of_a_step

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- ema_momentum_step: a <- momentum * a + (1 - momentum) * g, x <- x - lr / (1 - momentum) * a ------


@wrong(
    "ema_momentum_step",
    observation=(
        "from rest the points are right; for constant gradients the state grows past the gradient",
        "从静止出发时走过的点都对；但梯度不变时，状态会增大到超过梯度",
    ),
    question=(
        "the weights of a mean add up to at most 1. What do the weights of your state add up to after many steps?",
        "平均的权重之和不超过 1。走了很多步之后，你的状态里各个梯度的权重之和是多少？",
    ),
    name=(
        "momentum_step itself: its velocity is a sum of gradients, not an average",
        "这就是 momentum_step：它的速度是梯度的加权和，不是平均",
    ),
)
def sum_as_average(params, grads, average, *, lr, momentum=0.9):
    return right.momentum_step(params, grads, average, lr=lr, momentum=momentum)


@wrong(
    "ema_momentum_step",
    observation=(
        "`average` is right in every case; `params` move too little, every entry by the same factor",
        "每个例子里 `average` 都对；`params` 移动得太少，每个元素偏小的比例都相同",
    ),
    question=(
        "from rest and with gradient g, how far does momentum_step move, and how far do you?",
        "从静止出发、梯度为 g 时，momentum_step 走多远？你的函数走多远？",
    ),
    name=(
        "the average is used with the same lr: it is (1 - momentum) times the velocity, so lr has to make up for that",
        "平均值直接用了原来的 lr：平均值是速度的 (1 - momentum) 倍，lr 要把这个倍数补回来",
    ),
)
def same_lr(params, grads, average, *, lr, momentum=0.9):
    average = momentum * average + (1 - momentum) * grads
    return params - lr * average, average


@wrong(
    "ema_momentum_step",
    observation=(
        "`average` is right in every case; `params` move far too little, every entry by the same factor",
        "每个例子里 `average` 都对；`params` 移动得实在太少，每个元素偏小的比例都相同",
    ),
    question=(
        "the average is smaller than the velocity. Should the lr that goes with it be larger or smaller?",
        "平均值比速度小。与它配套的 lr 应当更大还是更小？",
    ),
    name=(
        "the factor the wrong way round: lr is multiplied by (1 - momentum), it has to be divided by it",
        "倍数用反了：lr 乘了 (1 - momentum)，应当除以它",
    ),
)
def lr_wrong_way(params, grads, average, *, lr, momentum=0.9):
    average = momentum * average + (1 - momentum) * grads
    return params - lr * (1 - momentum) * average, average


@wrong(
    "ema_momentum_step",
    observation=(
        "for constant gradients the state tends to the gradient, but not at the right pace",
        "梯度不变时，状态确实趋于梯度，但快慢不对",
    ),
    question=(
        "each step, what is an old weight multiplied by, and what is the weight of the newest gradient?",
        "每走一步，旧的权重乘以什么？最新梯度的权重又是多少？",
    ),
    name=(
        "the two weights are swapped: `(1 - momentum) * average + momentum * grads`",
        "两个权重写反了：`(1 - momentum) * average + momentum * grads`",
    ),
)
def weights_swapped(params, grads, average, *, lr, momentum=0.9):
    average = (1 - momentum) * average + momentum * grads
    return params - lr / (1 - momentum) * average, average


@wrong(
    "ema_momentum_step",
    observation=(
        "`average` is right and `params` move by the right amount, in the opposite direction",
        "`average` 是对的，`params` 移动的距离也对，但方向反了",
    ),
    question=("does the loss go down along the gradient or against it?", "沿着梯度走，损失是变大还是变小？"),
    name=(
        "gradient ascent: the average is added to the params, it has to be subtracted",
        "梯度上升：把平均值加到了参数上，应当减去",
    ),
)
def average_ascends(params, grads, average, *, lr, momentum=0.9):
    average = momentum * average + (1 - momentum) * grads
    return params + lr / (1 - momentum) * average, average


@wrong(
    "ema_momentum_step",
    observation=(
        "`average` is right; at the first step from rest `params` do not move at all",
        "`average` 是对的；从静止出发的第一步，`params` 一动不动",
    ),
    question=(
        "which average moves the params, the one that came in or the one you have just computed?",
        "移动参数用的是传进来的平均值，还是刚算出来的新平均值？",
    ),
    name=(
        "the old average moves the params: compute the new one first, then use it",
        "更新参数时用了旧的平均值：应先算出新的，再用它更新参数",
    ),
)
def old_average(params, grads, average, *, lr, momentum=0.9):
    return params - lr / (1 - momentum) * average, momentum * average + (1 - momentum) * grads


@wrong(
    "ema_momentum_step",
    observation=(
        "at the first step from rest `average` is the whole gradient, and `params` move too far",
        "从静止出发的第一步，`average` 就等于整个梯度，`params` 也走得太远",
    ),
    question=(
        "after one step from zeros the weight of the gradient must be less than 1. What is it in your state?",
        "从零开始走一步之后，梯度的权重必须小于 1。在你的状态里它是多少？",
    ),
    name=(
        "the right lr for an average, used with a sum: the gradient has to enter with weight (1 - momentum)",
        "lr 是按平均配的，状态却是加权和：梯度应以 (1 - momentum) 的权重进入",
    ),
)
def lr_scaled_sum(params, grads, average, *, lr, momentum=0.9):
    average = momentum * average + grads
    return params - lr / (1 - momentum) * average, average


@wrong(
    "ema_momentum_step",
    observation=(
        "from rest `params` are right while lr stays the same; `average` is far too small and depends on lr",
        "从静止出发、lr 不变时 `params` 是对的；`average` 小得多，而且里面含有 lr",
    ),
    question=(
        "for constant gradients the average must tend to the gradient, whatever lr is. Does yours?",
        "梯度不变时，无论 lr 取多少，平均都应趋于该梯度。你的呢？",
    ),
    name=("lr inside the average: it averages moves, not gradients", "lr 放进了平均里：平均的是移动量，不是梯度"),
)
def lr_in_average(params, grads, average, *, lr, momentum=0.9):
    average = momentum * average + (1 - momentum) * lr * grads
    return params - average / (1 - momentum), average


@wrong(
    "ema_momentum_step",
    observation=(
        "right with a state that is not zero; from rest `average` is the whole first gradient",
        "状态不为零时正确；从静止出发时，`average` 一步就成了整个第一个梯度",
    ),
    question=(
        "from a state of zeros, with which weight does the first gradient enter?",
        "从全零的状态出发，第一个梯度的权重是多少？",
    ),
    name=(
        "the average starts with the first gradient itself: from a state of zeros it has weight (1 - momentum), like any other",
        "平均直接从第一个梯度开始：从全零状态出发时，它的权重和其他梯度一样，是 (1 - momentum)",
    ),
    holds=lambda inputs, got, right: not np.any(inputs["average"]),
)
def starts_with_the_gradient(params, grads, average, *, lr, momentum=0.9):
    average = momentum * average + (1 - momentum) * grads if np.any(average) else grads + 0 * average
    return params - lr / (1 - momentum) * average, average


MISTAKES["ema_momentum_step"] += slips_of_a_step("ema_momentum_step", right.ema_momentum_step, "average", "平均值")
