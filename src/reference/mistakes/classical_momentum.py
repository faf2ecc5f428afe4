"""What students write instead of the step with lr inside, and of the change to it from momentum_step."""

from functools import partial

import numpy as np

from reference import momentum as right
from reference.mistakes import Mistake, wrong_version
from reference.mistakes.steps import slips_of_a_step

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- classical_momentum_step: u <- momentum * u + lr * g, x <- x - u -------------------------------


@wrong(
    "classical_momentum_step",
    observation=(
        "`velocity` is right and `params` move by the right amount, in the opposite direction",
        "`velocity` 是对的，`params` 移动的距离也对，但方向反了",
    ),
    question=(
        "the velocity adds up gradients. Does the loss go down along the gradient or against it?",
        "速度是梯度的累加。沿着梯度走，损失是变大还是变小？",
    ),
    name=(
        "gradient ascent: the velocity is added to the params, it has to be subtracted",
        "梯度上升：把速度加到了参数上，应当减去",
    ),
)
def classical_ascends(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + lr * grads
    return params + velocity, velocity


@wrong(
    "classical_momentum_step",
    observation=(
        "from rest and while lr stays the same `params` are right and `velocity` is not; after the change "
        "of lr `params` are wrong as well",
        "从静止出发、lr 不变时，`params` 正确而 `velocity` 不对；lr 改变之后 `params` 也错了",
    ),
    question=(
        "from rest, one step moves the params by lr * g. What is the velocity then, if it is the move?",
        "从静止出发走一步，参数移动 lr * g。速度就是位移，那么这时速度是多少？",
    ),
    name=(
        "the form of momentum_step: lr outside the velocity. Here lr multiplies the gradient as it enters",
        "写成了 momentum_step 的形式：lr 在速度外面。这里的 lr 应在梯度进入速度时就乘上",
    ),
)
def lr_outside(params, grads, velocity, *, lr, momentum=0.9):
    return right.momentum_step(params, grads, velocity, lr=lr, momentum=momentum)


@wrong(
    "classical_momentum_step",
    observation=(
        "`velocity` is right; `params` move much too little, every entry by the same factor",
        "`velocity` 是对的；`params` 移动得太少，每个元素偏小的比例都相同",
    ),
    question=(
        "the contract says what is subtracted from the params. What do you subtract?",
        "契约写明了从参数里减去什么。你减去的是什么？",
    ),
    name=(
        "lr is applied twice: inside the velocity and again when the params move",
        "lr 乘了两次：放进速度时一次，移动参数时又一次",
    ),
)
def classical_lr_twice(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + lr * grads
    return params - lr * velocity, velocity


@wrong(
    "classical_momentum_step",
    observation=(
        "from rest both `velocity` and the move of `params` are too large at the first step, by one factor",
        "从静止出发的第一步，`velocity` 和 `params` 的移动量都偏大，而且比例相同",
    ),
    question=(
        "from rest, by how much does momentum_step move the params at the first step? And your step?",
        "从静止出发，momentum_step 第一步让参数移动多少？你的呢？",
    ),
    name=(
        "lr is missing: the gradient enters the velocity whole and the whole velocity is subtracted",
        "漏了 lr：梯度整个进入速度，速度又整个被减去",
    ),
)
def classical_lr_missing(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grads
    return params - velocity, velocity


@wrong(
    "classical_momentum_step",
    observation=(
        "right at the first step from rest; later the velocity that came in counts for too little",
        "从静止出发的第一步正确；之后，传进来的速度所占的分量太小",
    ),
    question=(
        "momentum_step moves by lr * v. Multiply its rule by lr: what multiplies the old move?",
        "momentum_step 移动 lr * v。把它的公式两边乘 lr：上一次的位移前面是什么系数？",
    ),
    name=(
        "`lr * (momentum * velocity + grads)`: lr multiplies the old velocity, too, at every step again",
        "写成了 `lr * (momentum * velocity + grads)`：旧速度也乘了 lr，而且每一步都要再乘一次",
    ),
)
def lr_on_both(params, grads, velocity, *, lr, momentum=0.9):
    velocity = lr * (momentum * velocity + grads)
    return params - velocity, velocity


@wrong(
    "classical_momentum_step",
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
def classical_old_velocity(params, grads, velocity, *, lr, momentum=0.9):
    return params - velocity, momentum * velocity + lr * grads


@wrong(
    "classical_momentum_step",
    observation=(
        "from rest `params` are right at every step and `velocity` is minus the right one",
        "从静止出发，每一步的 `params` 都对，而 `velocity` 与正确值差一个负号",
    ),
    question=(
        "the new velocity is subtracted from the params. Does it point along the gradient or against it?",
        "新速度要从参数里减去。它应当顺着梯度，还是逆着梯度？",
    ),
    name=(
        "the opposite sign convention (Sutskever, Keras): `velocity = momentum * velocity - lr * grads`, then "
        "`params + velocity`",
        "用了相反的符号约定（Sutskever、Keras）：`velocity = momentum * velocity - lr * grads`，再 `params + velocity`",
    ),
)
def keras_convention(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity - lr * grads
    return params + velocity, velocity


@wrong(
    "classical_momentum_step",
    observation=(
        "at the first step from rest every entry of `velocity` is too small, all by the same factor",
        "从静止出发的第一步，`velocity` 的每个元素都偏小，而且比例相同",
    ),
    question=(
        "from rest, by how much does momentum_step move the params with gradient g? And your step?",
        "从静止出发，用梯度 g 走一步，momentum_step 让参数移动多少？你的呢？",
    ),
    name=(
        "an exponential moving average: the gradient is multiplied by `(1 - momentum)` as well as by lr",
        "写成了指数移动平均：梯度除了乘 lr，还乘了 `(1 - momentum)`",
    ),
)
def classical_averaged(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + (1 - momentum) * lr * grads
    return params - velocity, velocity


@wrong(
    "classical_momentum_step",
    observation=(
        "right at the first step from rest; from the second on `velocity` holds too much of the past",
        "从静止出发的第一步正确；从第二步起，`velocity` 里保留的过去太多",
    ),
    question=(
        "after two steps with the same gradient g from rest, is u = lr * g + lr * g?",
        "从静止出发，用同一个梯度 g 走两步，u 等于 lr * g + lr * g 吗？",
    ),
    name=(
        "the velocity is the plain sum of all moves: the old one is not multiplied by `momentum`",
        "速度成了各步移动量的简单求和：旧速度没有乘 `momentum`",
    ),
)
def sum_of_moves(params, grads, velocity, *, lr, momentum=0.9):
    velocity = velocity + lr * grads
    return params - velocity, velocity


@wrong(
    "classical_momentum_step",
    observation=(
        "right at the first step from rest; a velocity that comes in makes no difference to the answer",
        "从静止出发的第一步正确；传进来的速度对答案毫无影响",
    ),
    question=("how much of the old velocity is left in the new one?", "新速度里还留有多少旧速度？"),
    name=("plain gradient descent: `momentum * velocity` is missing", "普通的梯度下降：漏了 `momentum * velocity`"),
)
def classical_no_memory(params, grads, velocity, *, lr, momentum=0.9):
    return params - lr * grads, lr * grads


# ---- classical_velocity: u = lr * v ----------------------------------------------------------------


@wrong(
    "classical_velocity",
    observation=(
        "the first point after the change is wrong already: the run jumps",
        "换过来之后的第一个点就不对：路径突然跳开了",
    ),
    question=(
        "just after one step from rest with gradient g, what is the state of each of the two methods?",
        "从静止出发用梯度 g 走一步之后，两种方法的状态各是什么？",
    ),
    name=("the velocity is handed on unchanged, without its lr", "速度原样传了过去，没有乘上 lr"),
)
def handed_on(velocity, *, lr):
    return velocity.copy()


@wrong(
    "classical_velocity",
    observation=("the first point after the change is very far away", "换过来之后的第一个点跑得非常远"),
    question=(
        "which of the two states is the smaller one when lr is 0.1? Try one step from rest",
        "lr 为 0.1 时，两种状态哪个更小？从静止出发走一步试试",
    ),
    name=(
        "the conversion the wrong way round: `velocity / lr` turns the classical state into ours",
        "换算方向反了：`velocity / lr` 是把经典写法的状态换成我们的状态",
    ),
)
def divided(velocity, *, lr):
    return velocity / lr


@wrong(
    "classical_velocity",
    observation=(
        "after the change the run goes on as if it stood still at that point",
        "换过来之后，就像是从那个点由静止重新出发",
    ),
    question=("what does the run lose when its state is thrown away?", "状态丢掉之后，这次运行失去了什么？"),
    name=("a fresh start: a state of zeros forgets the velocity", "重新开始：全零的状态把速度忘掉了"),
)
def fresh_start(velocity, *, lr):
    return np.zeros_like(velocity)


@wrong(
    "classical_velocity",
    observation=(
        "after the change the memory of the old steps pushes the wrong way",
        "换过来之后，以前各步留下的速度往反方向推",
    ),
    question=(
        "classical_momentum_step subtracts its state from the params. Which sign does the state need?",
        "classical_momentum_step 是从参数里减去状态。那么状态应当取什么符号？",
    ),
    name=(
        "minus the right state: `-lr * velocity` belongs to the form that adds the velocity (Keras)",
        "与正确的状态差一个负号：`-lr * velocity` 适用于把速度加到参数上的写法（Keras）",
    ),
)
def minus_state(velocity, *, lr):
    return -lr * velocity


@wrong(
    "classical_velocity",
    observation=(
        "the points are off by a little: the memory of the old steps is too weak",
        "各点只偏了一点：以前各步留下的速度太弱",
    ),
    question=(
        "follow one old gradient on its way into the params: how often is it multiplied by lr now?",
        "跟着一个旧梯度走到参数里：现在它一共被 lr 乘了几次？",
    ),
    name=("lr is applied twice: `lr**2 * velocity`", "lr 乘了两次：`lr**2 * velocity`"),
)
def lr_squared(velocity, *, lr):
    return lr * lr * velocity


@wrong(
    "classical_velocity",
    observation=(
        "the first point after the change is wrong: the memory of the old steps counts by the wrong share",
        "换过来之后的第一个点就不对：以前各步留下的速度所占的比例不对",
    ),
    question=(
        "does the change depend on (1 - lr) anywhere? Write down both rules for one step from rest",
        "两种写法之间的换算会用到 (1 - lr) 吗？从静止出发走一步，把两套公式写出来看看",
    ),
    name=(
        "`(1 - lr) * velocity`: the share of an average, which is not what changes here",
        "写成了 `(1 - lr) * velocity`：这是取平均时的权重，与这里的换算无关",
    ),
)
def one_minus_lr(velocity, *, lr):
    return (1 - lr) * velocity


@wrong(
    "classical_velocity",
    observation=(
        "the points are right, but the array handed in as `velocity` has changed",
        "走过的点都对，但传进来的 `velocity` 数组被改动了",
    ),
    question=(
        "does your line make a new array, or does it write into the one that the other copy of the run still needs?",
        "你的那一行是新建了数组，还是改写了另一份运行还要用的数组？",
    ),
    name=(
        "an in-place change: `velocity *= lr` writes into the caller's array, `lr * velocity` makes a new one",
        "原地修改：`velocity *= lr` 会改写调用者的数组，`lr * velocity` 才会新建数组",
    ),
)
def scaled_in_place(velocity, *, lr):
    velocity *= lr
    return velocity


@wrong(
    "classical_momentum_step",
    observation=(
        "`velocity` is right in every case; `params` do not move by it",
        "每个例子里 `velocity` 都对；`params` 移动的却不是它",
    ),
    question=(
        "the new velocity is the move. How far do your params move with it, and by what besides?",
        "新速度就是移动量。你的参数按它移动了多少？另外还加了什么？",
    ),
    name=(
        "Nesterov's step in its rewritten form: `momentum * velocity + lr * grads` with the new velocity moves the params, here "
        "the new velocity alone does",
        "写成了 Nesterov 的改写形式：用新速度算 `momentum * velocity + lr * grads` 来移动参数，这里只用新速度",
    ),
    holds=lambda inputs, got, right: all(
        np.allclose(got[name], value, equal_nan=True) for name, value in right.items() if name.startswith("velocity")
    ),
)
def classical_nesterov_move(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + lr * grads
    return params - (momentum * velocity + lr * grads), velocity


MISTAKES["classical_momentum_step"] += slips_of_a_step(
    "classical_momentum_step", right.classical_momentum_step, "velocity", "速度"
)


@wrong(
    "classical_momentum_step",
    observation=(
        "the part of the gradient in `velocity` does not depend on lr, and the part of the old velocity does",
        "`velocity` 中来自梯度的部分与 lr 无关，来自旧速度的部分却随 lr 变化",
    ),
    question=(
        "from velocity 0, how far does one step of momentum_step move the params? Where does lr stand in that?",
        "速度为 0 时，momentum_step 走一步，params 移动多远？lr 出现在哪里？",
    ),
    name=(
        "lr multiplies the old velocity and not the gradient: `lr * momentum * velocity + grads`",
        "lr 乘到了旧速度上，而没有乘梯度：`lr * momentum * velocity + grads`",
    ),
    holds=lambda inputs, got, right: old_velocity_times_lr(inputs, got, right),
)
def lr_on_the_old_velocity(params, grads, velocity, *, lr, momentum=0.9):
    velocity = lr * momentum * velocity + grads
    return params - velocity, velocity


def old_velocity_times_lr(inputs, got, right):
    """True if the first velocity is lr * momentum * old velocity + gradient: lr multiplies the wrong term."""
    lr, grads = (value[0] if isinstance(value, list) else value for value in (inputs["lr"], inputs["grads"]))
    first, should = (next(iter(side.values())) for side in (got, right))
    return np.allclose(
        first - grads, lr * (should - lr * grads), rtol=1e-3, atol=1e-4 * np.nanmax(np.abs(grads)), equal_nan=True
    )
