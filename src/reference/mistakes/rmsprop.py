"""What students write instead of RMSProp's step, chapter 04, sitting A."""

from functools import partial

import numpy as np

from reference import adaptive as right
from reference.mistakes import Mistake, wrong_version
from reference.mistakes.adagrad import EPS_INSIDE, EPS_INSIDE_NAME, EPS_MISSING, EPS_QUESTION, UPHILL
from reference.mistakes.steps import slips_of_a_step

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# v <- alpha * v + (1 - alpha) * g^2, x <- x - lr * g / (sqrt(v) + eps)


@wrong(
    "rmsprop_step",
    observation=EPS_INSIDE,
    question=(
        "what does adagrad_step add eps to: the sum, or its root?",
        "adagrad_step 里，eps 是加到平方和上，还是加到它的平方根上？",
    ),
    name=EPS_INSIDE_NAME,
)
def rms_eps_inside(params, grads, v, *, lr=0.01, alpha=0.99, eps=1e-8):
    v = alpha * v + (1 - alpha) * grads**2
    return params - lr * grads / np.sqrt(v + eps), v


@wrong(
    "rmsprop_step",
    observation=EPS_MISSING,
    question=EPS_QUESTION,
    name=(
        "eps is missing: an entry without any gradient so far is divided 0 by 0",
        "漏了 eps：至今没有梯度的元素会算出 0/0",
    ),
)
def rms_eps_missing(params, grads, v, *, lr=0.01, alpha=0.99, eps=1e-8):
    v = alpha * v + (1 - alpha) * grads**2
    return params - lr * grads / np.sqrt(v), v


@wrong(
    "rmsprop_step",
    observation=(
        "from zeros the first `v` is too large in every entry, but smaller than the squared gradient",
        "从零开始的第一步，`v` 的每个元素都偏大，但比梯度的平方小",
    ),
    question=(
        "with alpha = 0.99, how much of the newest squared gradient should enter v?",
        "alpha = 0.99 时，最新的梯度平方应当有多少进入 v？",
    ),
    name=(
        "the two weights are swapped: `(1 - alpha) * v + alpha * grads**2`",
        "两个权重写反了：`(1 - alpha) * v + alpha * grads**2`",
    ),
)
def weights_swapped(params, grads, v, *, lr=0.01, alpha=0.99, eps=1e-8):
    v = (1 - alpha) * v + alpha * grads**2
    return params - lr * grads / (np.sqrt(v) + eps), v


@wrong(
    "rmsprop_step",
    observation=(
        "from zeros the first `v` is the whole squared gradient; later it grows more slowly than a sum would",
        "从零开始的第一步，`v` 就是整个梯度的平方；之后比直接累加增长得慢",
    ),
    question=(
        "with the same gradient g at every step, which value should v tend to?",
        "如果每一步的梯度都是 g，v 应当趋于多少？",
    ),
    name=(
        "`alpha * v + grads**2`: the newest square has to enter with weight (1 - alpha)",
        "写成了 `alpha * v + grads**2`：最新的平方应以 (1 - alpha) 的权重进入",
    ),
)
def whole_square(params, grads, v, *, lr=0.01, alpha=0.99, eps=1e-8):
    v = alpha * v + grads**2
    return params - lr * grads / (np.sqrt(v) + eps), v


@wrong(
    "rmsprop_step",
    observation=(
        "from zeros the first `v` is the whole squared gradient; it never becomes smaller",
        "从零开始的第一步，`v` 就是整个梯度的平方；而且它从不变小",
    ),
    question=("what is the old v multiplied by?", "旧的 v 乘了什么？"),
    name=("AdaGrad: v is a sum, nothing is forgotten", "这是 AdaGrad：v 成了平方和，什么都不会忘记"),
)
def sum_instead(params, grads, v, *, lr=0.01, alpha=0.99, eps=1e-8):
    return right.adagrad_step(params, grads, v, lr=lr, eps=eps)


@wrong(
    "rmsprop_step",
    observation=(
        "right at the first step from zeros; a v that comes in makes no difference to the answer",
        "从零开始的第一步正确；传进来的 v 对答案毫无影响",
    ),
    question=(
        "with grads of 0, what should become of v: 0, or a share of the old v?",
        "梯度为 0 时，v 应当变成 0，还是旧 v 的一部分？",
    ),
    name=("the old v is left out: `v = (1 - alpha) * grads**2`", "漏了旧的 v：写成了 `v = (1 - alpha) * grads**2`"),
)
def no_memory(params, grads, v, *, lr=0.01, alpha=0.99, eps=1e-8):
    v = (1 - alpha) * grads**2
    return params - lr * grads / (np.sqrt(v) + eps), v


@wrong(
    "rmsprop_step",
    observation=(
        "`v` is right after one step; from zeros and with ordinary gradients `params` go "
        "absurdly far at the first step",
        "走一步之后 `v` 是对的；梯度大小正常时，从零开始的第一步 `params` 远得离谱",
    ),
    question=(
        "which v stands under the root, the one that came in or the one you have just computed?",
        "根号下的 v 是传进来的，还是刚算出来的新值？",
    ),
    name=(
        "the old v divides: compute the new one first, then use it",
        "除的是旧的 v：应先算出新的 v，再除以它的平方根",
    ),
)
def old_v(params, grads, v, *, lr=0.01, alpha=0.99, eps=1e-8):
    return params - lr * grads / (np.sqrt(v) + eps), alpha * v + (1 - alpha) * grads**2


@wrong(
    "rmsprop_step",
    observation=(
        "`v` is right; `params` move too little where it is above 1, and too far where it is below 1",
        "`v` 是对的；它大于 1 的地方 `params` 移动得太少，小于 1 的地方走得太远",
    ),
    question=(
        "if all gradients become 10 times as large, should the length of a step change?",
        "如果所有梯度都变成 10 倍，步长应当改变吗？",
    ),
    name=("the root is missing: `grads / (v + eps)`", "漏了开方：写成了 `grads / (v + eps)`"),
)
def rms_no_root(params, grads, v, *, lr=0.01, alpha=0.99, eps=1e-8):
    v = alpha * v + (1 - alpha) * grads**2
    return params - lr * grads / (v + eps), v


@wrong(
    "rmsprop_step",
    observation=(
        "too little enters `v` where the gradient is above 1 in size, and too much where it is below",
        "梯度的绝对值大于 1 时，进入 `v` 的量太少；小于 1 时，进入 `v` 的量太多",
    ),
    question=("v is a second moment. Of what is it the average?", "v 是二阶原点矩。它是什么的平均？"),
    name=(
        "sizes are averaged, not squares: `(1 - alpha) * np.abs(grads)`",
        "平均的是绝对值，不是平方：写成了 `(1 - alpha) * np.abs(grads)`",
    ),
)
def average_of_sizes(params, grads, v, *, lr=0.01, alpha=0.99, eps=1e-8):
    v = alpha * v + (1 - alpha) * np.abs(grads)
    return params - lr * grads / (np.sqrt(v) + eps), v


@wrong(
    "rmsprop_step",
    observation=(
        "right for a single number; in an array every entry of `v` gets the same amount added",
        "对单个数正确；对数组，`v` 的每个元素都加上了同一个数",
    ),
    question=(
        "should the gradient of one entry change the step of another?",
        "一个元素的梯度应当影响另一个元素的步长吗？",
    ),
    name=(
        "one average for all entries: `np.mean(grads**2)` averages over the array, v over the steps, entry by entry",
        "所有元素共用了一个平均：`np.mean(grads**2)` 是在数组里取平均，而 v 是每个元素各自沿时间取平均",
    ),
)
def one_v_for_all(params, grads, v, *, lr=0.01, alpha=0.99, eps=1e-8):
    v = alpha * v + (1 - alpha) * np.mean(grads**2)
    return params - lr * grads / (np.sqrt(v) + eps), v


@wrong(
    "rmsprop_step",
    observation=(
        "`v` is right and `params` move by the right amount, in the opposite direction",
        "`v` 是对的，`params` 移动的距离也对，但方向反了",
    ),
    question=UPHILL,
    name=(
        "gradient ascent: the move is added to the params, it has to be subtracted",
        "梯度上升：把移动量加到了参数上，应当减去",
    ),
)
def rms_ascends(params, grads, v, *, lr=0.01, alpha=0.99, eps=1e-8):
    v = alpha * v + (1 - alpha) * grads**2
    return params + lr * grads / (np.sqrt(v) + eps), v


def v_is_right(inputs, got, right):
    """True if every v is right and no entry of params has moved too far after one step."""
    same = all(
        np.allclose(got[name], right[name], rtol=2e-5, atol=0, equal_nan=True) for name in right if name[0] == "v"
    )
    if "params" not in right:
        return same
    moved, needed = (np.abs(values["params"] - inputs["params"]) for values in (got, right))
    return same and not np.any(moved > needed * (1 + 1e-5))


@wrong(
    "rmsprop_step",
    observation=(
        "`v` is right in every case; where one step is taken, no entry of `params` moves too far, and most move too little",
        "每个例子里 `v` 都对；只走一步时，`params` 没有一个元素走得太远，多数移动得太少",
    ),
    question=(
        "what does adagrad_step do to the sum that it receives, before it divides?",
        "adagrad_step 收到那个和之后，在除以它之前先做了什么？",
    ),
    name=(
        "`adagrad_step(params, grads, v, ...)` with the old v: it adds the whole new square to it",
        "用旧的 v 调用了 `adagrad_step(params, grads, v, ...)`：它会把新的平方整个加上去",
    ),
    holds=v_is_right,
)
def old_v_through_adagrad(params, grads, v, *, lr=0.01, alpha=0.99, eps=1e-8):
    return params - lr * grads / (np.sqrt(v + grads**2) + eps), alpha * v + (1 - alpha) * grads**2


@wrong(
    "rmsprop_step",
    observation=(
        "`v` is right in every case; where one step is taken, no entry of `params` moves too far, and most move too little",
        "每个例子里 `v` 都对；只走一步时，`params` 没有一个元素走得太远，多数移动得太少",
    ),
    question=(
        "what does adagrad_step do to the sum that it receives, before it divides?",
        "adagrad_step 收到那个和之后，在除以它之前先做了什么？",
    ),
    name=(
        "`adagrad_step(params, grads, v, ...)` with the new v: it adds the new square once more",
        "用新的 v 调用了 `adagrad_step(params, grads, v, ...)`：它会把新的平方再加一次",
    ),
    holds=v_is_right,
)
def new_v_through_adagrad(params, grads, v, *, lr=0.01, alpha=0.99, eps=1e-8):
    v = alpha * v + (1 - alpha) * grads**2
    return params - lr * grads / (np.sqrt(v + grads**2) + eps), v


MISTAKES["rmsprop_step"] += slips_of_a_step("rmsprop_step", right.rmsprop_step, "v", "滑动平均 v")
