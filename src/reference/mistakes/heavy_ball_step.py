"""What students write instead of momentum_step: lr outside the velocity."""

from functools import partial

import numpy as np

from reference import momentum as right
from reference.mistakes import Mistake, wrong_version
from reference.mistakes.steps import slips_of_a_step

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)


def moves_by_velocity(inputs, got):
    """True if the first step moves params by the velocity that it returns."""
    moved, velocity = (
        next(value for name, value in got.items() if name.startswith(quantity)) for quantity in ("params", "velocity")
    )
    size = np.nanmax(np.abs(inputs["params"]), initial=0.0) + np.nanmax(np.abs(velocity), initial=0.0)
    return np.allclose(moved, inputs["params"] + velocity, rtol=1e-4, atol=1e-6 * size, equal_nan=True)


# ---- momentum_step: v <- momentum * v + g, x <- x - lr * v -----------------------------------------


@wrong(
    "momentum_step",
    observation=(
        "`velocity` is right and `params` move by the right amount, in the opposite direction",
        "`velocity` 是对的，`params` 移动的距离也对，但方向反了",
    ),
    question=(
        "the velocity adds up gradients. Does the loss go down along the gradient or against it?",
        "速度是梯度的累加。沿着梯度走，损失是变大还是变小？",
    ),
    name=(
        "gradient ascent: `lr * velocity` is added to the params, it has to be subtracted",
        "梯度上升：把 `lr * velocity` 加到了参数上，应当减去",
    ),
)
def ascends(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grads
    return params + lr * velocity, velocity


@wrong(
    "momentum_step",
    observation=(
        "`velocity` is right; at the first step from rest `params` do not move at all",
        "`velocity` 是对的；从静止出发的第一步，`params` 一动不动",
    ),
    question=(
        "which velocity moves the params, the one that came in or the one you have just computed?",
        "移动参数用的是传进来的速度，还是刚算出来的新速度？",
    ),
    name=(
        "the old velocity moves the params: compute the new velocity first, then use it",
        "更新参数时用了旧速度：应先算出新速度，再用它更新参数",
    ),
)
def old_velocity(params, grads, velocity, *, lr, momentum=0.9):
    return params - lr * velocity, momentum * velocity + grads


@wrong(
    "momentum_step",
    observation=(
        "at the first step from rest every entry of `velocity` is too small, all by the same factor",
        "从静止出发的第一步，`velocity` 的每个元素都偏小，而且比例相同",
    ),
    question=(
        "from rest, after one step with gradient g, what does the first line of the rule give for v?",
        "从静止出发，用梯度 g 走一步之后，按公式第一行，v 等于多少？",
    ),
    name=(
        "an exponential moving average: `(1 - momentum) * grads`; in this rule the gradient enters whole",
        "写成了指数移动平均：用了 `(1 - momentum) * grads`；这里的公式是把梯度整个加进去",
    ),
)
def averaged(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + (1 - momentum) * grads
    return params - lr * velocity, velocity


@wrong(
    "momentum_step",
    observation=(
        "from rest and while lr stays the same `params` are right and `velocity` is not; after the change "
        "of lr `params` are wrong as well",
        "从静止出发、lr 不变时，`params` 正确而 `velocity` 不对；lr 改变之后 `params` 也错了",
    ),
    question=("in which of the two lines of the rule does lr stand?", "公式有两行，lr 在哪一行？"),
    name=(
        "the classical form: lr inside the velocity. Here lr multiplies the velocity when the params move",
        "经典写法：lr 放进了速度里。这里的 lr 应在移动参数时才乘到速度上",
    ),
)
def lr_inside(params, grads, velocity, *, lr, momentum=0.9):
    return right.classical_momentum_step(params, grads, velocity, lr=lr, momentum=momentum)


@wrong(
    "momentum_step",
    observation=(
        "from rest both `velocity` and the move of `params` are far too small already at the first step",
        "从静止出发，第一步的 `velocity` 和 `params` 的移动量就都小得多",
    ),
    question=(
        "follow one gradient on its way into the params: how often is it multiplied by lr?",
        "跟着一个梯度走到参数里：它一路上被 lr 乘了几次？",
    ),
    name=(
        "lr is applied twice: inside the velocity and again when the params move",
        "lr 乘了两次：放进速度时一次，移动参数时又一次",
    ),
)
def lr_twice(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + lr * grads
    return params - lr * velocity, velocity


@wrong(
    "momentum_step",
    observation=(
        "`velocity` is right; `params` move too far, every entry by the same factor",
        "`velocity` 是对的；`params` 走得太远，每个元素偏大的比例都相同",
    ),
    question=("what does the second line of the rule multiply v by?", "公式第二行里，v 前面乘了什么？"),
    name=("lr is missing: the params move by the whole velocity", "漏了 lr：参数移动了整个速度"),
)
def lr_missing(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grads
    return params - velocity, velocity


@wrong(
    "momentum_step",
    observation=(
        "right at the first step from rest; a velocity that comes in makes no difference to the answer",
        "从静止出发的第一步正确；传进来的速度对答案毫无影响",
    ),
    question=("how much of the old velocity is left in the new one?", "新速度里还留有多少旧速度？"),
    name=("plain gradient descent: `momentum * velocity` is missing", "普通的梯度下降：漏了 `momentum * velocity`"),
)
def no_memory(params, grads, velocity, *, lr, momentum=0.9):
    return params - lr * grads, grads.copy()


@wrong(
    "momentum_step",
    observation=(
        "right at the first step from rest; from the second on `velocity` holds too much of the past",
        "从静止出发的第一步正确；从第二步起，`velocity` 里保留的过去太多",
    ),
    question=(
        "after two steps with the same gradient g from rest, is v = g + g?",
        "从静止出发，用同一个梯度 g 走两步，v 等于 g + g 吗？",
    ),
    name=(
        "the velocity is the plain sum of all gradients: the old one is not multiplied by `momentum`",
        "速度成了所有梯度的简单求和：旧速度没有乘 `momentum`",
    ),
)
def sum_of_gradients(params, grads, velocity, *, lr, momentum=0.9):
    velocity = velocity + grads
    return params - lr * velocity, velocity


@wrong(
    "momentum_step",
    observation=(
        "the new velocity is momentum times what it should be, in every case",
        "在每个例子里，新速度都是正确值的 momentum 倍",
    ),
    question=(
        "which of the two terms of the first line does `momentum` multiply?",
        "公式第一行有两项，`momentum` 乘的是哪一项？",
    ),
    name=(
        "`momentum * (velocity + grads)`: momentum multiplies the gradient, too",
        "写成了 `momentum * (velocity + grads)`：把梯度也乘了 momentum",
    ),
)
def momentum_on_both(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * (velocity + grads)
    return params - lr * velocity, velocity


@wrong(
    "momentum_step",
    observation=(
        "from rest `params` are right at every step and `velocity` is minus the right one",
        "从静止出发，每一步的 `params` 都对，而 `velocity` 与正确值差一个负号",
    ),
    question=(
        "by the first line of the rule, does v point along the gradient or against it?",
        "按公式第一行，v 是顺着梯度还是逆着梯度？",
    ),
    name=(
        "the opposite sign convention: the gradient is subtracted from the velocity, and the velocity is added "
        "to the params",
        "用了相反的符号约定：速度里减去梯度，再把速度加到参数上",
    ),
)
def minus_convention(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity - grads
    return params + lr * velocity, velocity


@wrong(
    "momentum_step",
    observation=(
        "`velocity` is right; from rest `params` already move too far at the first step",
        "`velocity` 是对的；从静止出发的第一步，`params` 就走得太远",
    ),
    question=("how many terms does the second line of the rule have?", "公式第二行有几项？"),
    name=(
        "Nesterov's step in its rewritten form: `grads + momentum * velocity` moves the params, heavy ball uses "
        "`velocity` alone",
        "这是改写后的 Nesterov 更新：用 `grads + momentum * velocity` 移动参数；动量法只用 `velocity`",
    ),
)
def nesterov_move(params, grads, velocity, *, lr, momentum=0.9):
    return right.nesterov_rewritten_step(params, grads, velocity, lr=lr, momentum=momentum)


@wrong(
    "momentum_step",
    observation=(
        "`params` move by exactly the `velocity` that you return, lr and minus sign included",
        "`params` 移动的正好就是你返回的 `velocity`，lr 和负号都已含在里面",
    ),
    question=(
        "what is the unit of your velocity: that of a gradient, or that of a step?",
        "你的速度和梯度同量纲，还是和一步的位移同量纲？",
    ),
    name=(
        "Keras' form: `velocity = momentum * velocity - lr * grads` is added to the params. Here the velocity adds up "
        "gradients, and lr and the minus sign belong to the second line",
        "用了 Keras 的写法：`velocity = momentum * velocity - lr * grads`，再加到参数上。这里速度累加的是梯度，lr 和负号在第二行",
    ),
    holds=lambda inputs, got, right: moves_by_velocity(inputs, got),
)
def velocity_of_keras(params, grads, velocity, *, lr, momentum=0.9):
    right.momentum_step(params, grads, velocity, lr=lr, momentum=momentum)  # raises what it raises
    velocity = momentum * velocity - lr * grads
    return params + velocity, velocity


MISTAKES["momentum_step"] += slips_of_a_step("momentum_step", right.momentum_step, "velocity", "速度")
