"""What students write instead of the soft threshold and of a step of ISTA."""

from functools import partial

import numpy as np

from reference.mistakes import Mistake, wrong_version
from reference.penalties import soft_threshold

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- soft_threshold: sign(w) * max(|w| - threshold, 0) ---------------------------------------------


@wrong(
    "soft_threshold",
    observation=(
        "the zeros are where they should be; every other entry is the one that came in",
        "零都在该在的位置；其余元素和传进来的一样",
    ),
    question=(
        "what becomes of an entry just above the threshold, and of one just below? Is there a jump?",
        "刚刚大于阈值的元素变成什么？刚刚小于阈值的呢？中间有跳跃吗？",
    ),
    name=(
        "the hard threshold: small entries are set to 0, but the others are not moved towards 0",
        "这是硬阈值：小的元素置零了，其余元素却没有向 0 移动",
    ),
)
def hard(params, *, threshold):
    return np.where(np.abs(params) > threshold, params, np.zeros_like(params))


@wrong(
    "soft_threshold",
    observation=(
        "large entries are right; small ones come out with the other sign",
        "大的元素是对的；小的元素符号变反了",
    ),
    question=(
        "what should happen to an entry that is nearer to 0 than the threshold?",
        "离 0 的距离小于阈值的元素，应该变成什么？",
    ),
    name=(
        "it does not stop at 0: `w - threshold * sign(w)` walks past it, as a step along the L1 subgradient does",
        "没有在 0 处停下：`w - threshold * sign(w)` 会越过 0，就像沿 L1 次梯度走一步那样",
    ),
)
def walks_past_zero(params, *, threshold):
    return params - threshold * np.sign(params)


@wrong(
    "soft_threshold",
    observation=("all sizes are right; no entry is negative", "绝对值都对；但没有一个元素是负的"),
    question=(
        "for -2 and threshold 1, which u is best: 1 or -1?",
        "params 为 -2、阈值为 1 时，哪个 u 更好：1 还是 -1？",
    ),
    name=(
        "the sign is lost: `max(|w| - threshold, 0)` without `sign(w)`",
        "符号丢了：只写了 `max(|w| - threshold, 0)`，漏了 `sign(w)`",
    ),
)
def no_sign(params, *, threshold):
    return np.maximum(np.abs(params) - threshold, 0)


@wrong(
    "soft_threshold",
    observation=(
        "positive entries are right; every negative one has become zero",
        "正的元素是对的；负的元素全变成了零",
    ),
    question=(
        "-5 lies far outside of a threshold of 1. Where should it go?",
        "阈值为 1 时，-5 远在阈值之外，它应该移到哪里？",
    ),
    name=(
        "`max(w - threshold, 0)`: the rule for positive entries alone",
        "写成了 `max(w - threshold, 0)`：这只是正元素的规则",
    ),
)
def positive_side_only(params, *, threshold):
    return np.maximum(params - threshold, 0)


@wrong(
    "soft_threshold",
    observation=(
        "small entries are zero as they should be; large negative ones have moved away from 0",
        "小的元素都是零，没有错；大的负元素却离 0 更远了",
    ),
    question=("towards 0 from -5: is that adding or subtracting?", "从 -5 向 0 移动，是加还是减？"),
    name=(
        "the threshold is subtracted from negative entries as well: it has to be added there",
        "负的元素也减去了阈值：应当加上",
    ),
)
def subtracts_from_all(params, *, threshold):
    return np.where(np.abs(params) > threshold, params - threshold, np.zeros_like(params))


@wrong(
    "soft_threshold",
    observation=(
        "what comes out and what should come out add up to the params that came in",
        "你的结果和正确结果相加，正好等于传进来的 params",
    ),
    question=(
        "`np.clip(w, -t, t)` keeps which part of w: the one inside or the one outside of the threshold?",
        "`np.clip(w, -t, t)` 留下的是 w 在阈值之内的部分，还是之外的部分？",
    ),
    name=(
        "`np.clip(params, -threshold, threshold)`: that is the part that is taken away",
        "写成了 `np.clip(params, -threshold, threshold)`：这正是要拿走的那部分",
    ),
)
def clips(params, *, threshold):
    return np.clip(params, -threshold, threshold)


@wrong(
    "soft_threshold",
    observation=("all entries of an array are smaller by one common factor", "数组的所有元素都按同一比例缩小了"),
    question=(
        "if one entry grows, which of the others should come out differently?",
        "一个元素变大时，其他元素的结果应当跟着变吗？",
    ),
    name=(
        "the whole vector is shortened by the threshold (the proximal operator of the L2 norm): no entry becomes "
        "exactly 0",
        "把整个向量缩短了一个阈值（这是 L2 范数的近端算子）：不会有元素正好变成 0",
    ),
)
def shortens_the_vector(params, *, threshold):
    norm = np.sqrt(np.sum(params**2))
    return params * np.maximum(1 - threshold / norm, 0).astype(params.dtype)


@wrong(
    "soft_threshold",
    observation=(
        "the returned values are right, but the array handed in as `params` has changed",
        "返回值是对的，但传进来的 `params` 被改动了",
    ),
    question=(
        "`b = a` makes a second name, not a second array. Which of your lines write into params?",
        "`b = a` 只是多了一个名字，并没有多出一个数组。你的哪几行改写了 params？",
    ),
    name=(
        "in-place changes such as `params[small] = 0` or `params -= ...`: work on a copy",
        "原地修改：`params[small] = 0`、`params -= ...` 这类写法会改动输入，应在副本上操作",
    ),
)
def in_place(params, *, threshold):
    params[...] = soft_threshold(params, threshold=threshold)
    return params


@wrong(
    "soft_threshold",
    observation=(
        "right where entries are shortened; where the result has to be exactly 0, a rounding error is left",
        "缩短的元素都对；而结果应当正好为 0 的地方，剩下了舍入误差",
    ),
    question=(
        "0.3 + 0.7 - 1: does a computer get 0? What does your formula add and subtract where the result is 0?",
        "0.3 + 0.7 - 1 在计算机里正好是 0 吗？结果应为 0 时，你的公式加减的是哪些数？",
    ),
    name=(
        "`params + (abs(params - threshold) - abs(params + threshold)) / 2` is 0 only up to rounding: take a maximum with 0, "
        "or choose with `np.where`",
        "`params + (abs(params - threshold) - abs(params + threshold)) / 2` 只在舍入误差之内为 0：应与 0 取最大值，或用 `np.where` 选择",
    ),
    holds=lambda inputs, got, right: np.allclose(
        got["params"], right["params"], rtol=1e-4, atol=1e-6 * inputs["threshold"], equal_nan=True
    ),
)
def zero_up_to_rounding(params, *, threshold):
    soft_threshold(params, threshold=threshold)  # raises what it raises
    return params + (np.abs(params - threshold) - np.abs(params + threshold)) / 2


# ---- proximal_gradient_step: soft_threshold(w - lr * g, threshold=lr * strength) -------------------


@wrong(
    "proximal_gradient_step",
    observation=("entries that should stay come out much too small, or zero", "本应留下的元素小得太多，甚至变成了零"),
    question=(
        "a step half as long: how much of the penalty's pull belongs to it?",
        "步长减半时，惩罚项的拉力应当起多大作用？",
    ),
    name=("the threshold is `strength`: it has to be `lr * strength`", "阈值用了 `strength`，应为 `lr * strength`"),
)
def threshold_without_lr(params, grads, *, lr, strength):
    return soft_threshold(params - lr * grads, threshold=strength)


@wrong(
    "proximal_gradient_step",
    observation=("strength makes no difference to the answer", "strength 对答案毫无影响"),
    question=("what tells the soft threshold how strong the penalty is?", "软阈值从哪里得知惩罚有多强？"),
    name=("the threshold is `lr`: strength is missing", "阈值用了 `lr`：漏了 strength"),
)
def threshold_without_strength(params, grads, *, lr, strength):
    return soft_threshold(params - lr * grads, threshold=lr)


@wrong(
    "proximal_gradient_step",
    observation=(
        "entries that come to rest at zero in the right answer do not do so here",
        "正确答案里停在零上的元素，这里没有停在零上",
    ),
    question=(
        "which of the two moves comes last: the gradient step or the shrinking?",
        "两个动作哪个在后：梯度步，还是收缩？",
    ),
    name=(
        "the order is swapped: first the soft threshold, then the gradient step, which leaves 0 again",
        "顺序反了：先做软阈值，再走梯度步，结果又离开了 0",
    ),
)
def shrinks_first(params, grads, *, lr, strength):
    return soft_threshold(params, threshold=lr * strength) - lr * grads


@wrong(
    "proximal_gradient_step",
    observation=(
        "entries far from zero are right; those that should be exactly zero are not",
        "离零远的元素是对的；本应正好为零的元素却不是零",
    ),
    question=("can `w - lr * (...)` land on exactly 0?", "`w - lr * (...)` 能正好落在 0 上吗？"),
    name=(
        "a subgradient step: `strength * sign(w)` added to the gradient. It oscillates around 0; the soft "
        "threshold stops there",
        "走的是次梯度步：把 `strength * sign(w)` 加进了梯度。它会在 0 附近振荡，而软阈值会停在那里",
    ),
)
def subgradient_step(params, grads, *, lr, strength):
    return params - lr * (grads + strength * np.sign(params))


@wrong(
    "proximal_gradient_step",
    observation=(
        "right but for the shrinking: no entry is smaller for it, none is zero",
        "除了没有收缩以外都对：没有元素因此变小，也没有一个是零",
    ),
    question=("where in your code does strength come in?", "strength 出现在你代码的哪里？"),
    name=("plain gradient descent: the soft threshold is missing", "普通的梯度下降：漏了软阈值"),
)
def plain_descent(params, grads, *, lr, strength):
    return params - lr * grads


@wrong(
    "proximal_gradient_step",
    observation=("the params move up the gradient", "参数沿着梯度往上走"),
    question=("should the data loss rise or fall along this step?", "走这一步，数据损失应当变大还是变小？"),
    name=("gradient ascent: `lr * grads` is added, it has to be subtracted", "梯度上升：加上了 `lr * grads`，应当减去"),
)
def ascends(params, grads, *, lr, strength):
    return soft_threshold(params + lr * grads, threshold=lr * strength)


@wrong(
    "proximal_gradient_step",
    observation=(
        "the zeros are where they should be; the other entries are those of a step without penalty",
        "零都在该在的位置；其余元素与没有惩罚项的一步相同",
    ),
    question=(
        "what does the soft threshold do to an entry that it does not set to 0?",
        "没有被置零的元素，软阈值会对它做什么？",
    ),
    name=(
        "a hard threshold after the gradient step (that is the step for an L0 penalty)",
        "梯度步之后用了硬阈值（那是 L0 惩罚项的做法）",
    ),
)
def hard_step(params, grads, *, lr, strength):
    moved = params - lr * grads
    return np.where(np.abs(moved) > lr * strength, moved, np.zeros_like(moved))


@wrong(
    "proximal_gradient_step",
    observation=(
        "no entry is zero, and where the gradient is small the params do not move at all",
        "没有元素变成零，而且梯度小的地方参数一动不动",
    ),
    question=("which quantity is to become sparse, the gradient or the weights?", "要变稀疏的是梯度还是权重？"),
    name=(
        "the soft threshold is applied to the gradient instead of the new params",
        "软阈值作用在了梯度上，应作用在新的参数上",
    ),
)
def thresholds_the_gradient(params, grads, *, lr, strength):
    return params - soft_threshold(lr * grads, threshold=lr * strength)


@wrong(
    "soft_threshold",
    observation=(
        "every entry loses the same share; none becomes exactly 0",
        "每个元素失去的比例相同；没有一个正好变成 0",
    ),
    question=(
        "the penalty is threshold * |u|. What is its slope at u = 3, and at u = 0.1?",
        "惩罚项是 threshold * |u|。它在 u = 3 处的斜率是多少？在 u = 0.1 处呢？",
    ),
    name=(
        "`params / (1 + threshold)`: that minimizes with the penalty of L2, threshold / 2 * u^2",
        "`params / (1 + threshold)`：那是惩罚项为 L2（threshold / 2 * u^2）时的最小点",
    ),
    holds=lambda inputs, got, right: not np.any((got["params"] == 0) & (inputs["params"] != 0)),
)
def shrinks_by_a_share(params, *, threshold):
    return params / (1 + threshold)


@wrong(
    "proximal_gradient_step",
    observation=(
        "no entry becomes exactly 0",
        "没有一个元素正好变成 0",
    ),
    question=(
        "the last term is strength * sum of |u|. What is its slope at u = 3, and at u = 0.1?",
        "最后一项是 strength 乘以各 |u| 之和。它在 u = 3 处的斜率是多少？在 u = 0.1 处呢？",
    ),
    name=(
        "divided by 1 + lr * strength after the step: that belongs to the penalty of L2",
        "走步之后除以了 1 + lr * strength：那是 L2 惩罚项的做法",
    ),
    holds=lambda inputs, got, right: all(np.all(value != 0) for value in got.values()),
)
def shrinks_by_a_share_after_the_step(params, grads, *, lr, strength):
    return (params - lr * grads) / (1 + lr * strength)
