"""What students write instead of the two forms of Nesterov's step, chapter 03, sitting B."""

from functools import partial

import numpy as np

from reference import momentum as right
from reference.mistakes import Mistake, wrong_version
from reference.mistakes.steps import slips_of_a_step

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)


def is_share(got, right):
    """True if every entry is the right one times the same factor below 1."""
    shares = np.asarray(got) / np.asarray(right)
    return bool(np.all(shares < 1) and np.allclose(shares, shares.flat[0]))


# ---- nesterov_step: v <- momentum * v + grad_fn(x - lr * momentum * v), x <- x - lr * v ---------------


@wrong(
    "nesterov_step",
    observation=(
        "right at the first step from rest; later grad_fn is asked at a point that does not depend on the velocity",
        "从静止出发的第一步正确；之后求梯度的那个点与速度无关",
    ),
    question=(
        "where would the old velocity alone carry the params? Is that the point you hand to grad_fn?",
        "单凭旧速度，参数会被带到哪里？你交给 grad_fn 的是那个点吗？",
    ),
    name=(
        "plain momentum: the gradient is taken at `params`, not at the look-ahead point",
        "普通的动量法：梯度是在 `params` 处算的，而不是在前瞻点处",
    ),
)
def no_lookahead(params, grad_fn, velocity, *, lr, momentum=0.9):
    return right.momentum_step(params, grad_fn(params), velocity, lr=lr, momentum=momentum)


@wrong(
    "nesterov_step",
    observation=(
        "right from rest and where momentum is 0.9; else the look-ahead point is wrong",
        "从静止出发的第一步、以及 momentum 为 0.9 时正确；否则前瞻点不对",
    ),
    question=("which momentum does the look-ahead point use?", "求前瞻点时用的是哪个 momentum？"),
    name=(
        "momentum is not handed on: `lookahead_point` uses its default 0.9",
        "没有把 momentum 传下去：`lookahead_point` 用的是默认值 0.9",
    ),
    holds=lambda inputs, got, right: inputs["momentum"] != 0.9,
)
def default_in_the_lookahead(params, grad_fn, velocity, *, lr, momentum=0.9):
    grads = grad_fn(right.lookahead_point(params, velocity, lr=lr))
    velocity = momentum * velocity + grads
    return params - lr * velocity, velocity


@wrong(
    "nesterov_step",
    observation=(
        "right at the first step from rest; later grad_fn is asked at the right distance, on the wrong side",
        "从静止出发的第一步正确；之后求梯度的点距离对，但在反方向",
    ),
    question=(
        "the params move by minus lr times v. On which side of x is the look-ahead point?",
        "参数移动的是负的 lr 乘 v。前瞻点在 x 的哪一侧？",
    ),
    name=(
        "looking back: the look-ahead point is `params - ...`, you add",
        "往回看了：前瞻点是 `params - ...`，你写成了加",
    ),
)
def looks_back(params, grad_fn, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grad_fn(params + lr * momentum * velocity)
    return params - lr * velocity, velocity


@wrong(
    "nesterov_step",
    observation=(
        "right at the first step from rest; later grad_fn is asked much too far ahead",
        "从静止出发的第一步正确；之后求梯度的点太靠前",
    ),
    question=(
        "lr stands outside this velocity. How far do the params go with a velocity v?",
        "这里的速度不含 lr。速度为 v 时，参数走多远？",
    ),
    name=(
        "lr is missing in the look-ahead point: `params - momentum * velocity` belongs to the form with lr inside",
        "前瞻点里漏了 lr：`params - momentum * velocity` 适用于 lr 放进速度的写法",
    ),
)
def lookahead_without_lr(params, grad_fn, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grad_fn(params - momentum * velocity)
    return params - lr * velocity, velocity


@wrong(
    "nesterov_step",
    observation=(
        "right at the first step from rest; later grad_fn is asked a little too far ahead",
        "从静止出发的第一步正确；之后求梯度的点稍微靠前了一些",
    ),
    question=("how much of the old velocity survives into this step?", "旧速度有多少会留到这一步？"),
    name=(
        "momentum is missing in the look-ahead point: `params - lr * velocity`",
        "前瞻点里漏了 momentum：写成了 `params - lr * velocity`",
    ),
)
def lookahead_without_momentum(params, grad_fn, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grad_fn(params - lr * velocity)
    return params - lr * velocity, velocity


@wrong(
    "nesterov_step",
    observation=(
        "when one step is taken `lookahead` and the new `velocity` are right, and `params` are off by a "
        "multiple of the velocity that came in",
        "只走一步时，`lookahead` 和新的 `velocity` 都对，`params` 差的是传入速度的若干倍",
    ),
    question=(
        "from which point does the second line of the rule start, x or the look-ahead point?",
        "公式第二行从哪个点出发，x 还是前瞻点？",
    ),
    name=(
        "the old velocity counts twice: the move starts from the look-ahead point, it has to start from `params`",
        "旧速度算了两次：移动是从前瞻点出发的，应当从 `params` 出发",
    ),
)
def moves_from_lookahead(params, grad_fn, velocity, *, lr, momentum=0.9):
    ahead = right.lookahead_point(params, velocity, lr=lr, momentum=momentum)
    velocity = momentum * velocity + grad_fn(ahead)
    return ahead - lr * velocity, velocity


@wrong(
    "nesterov_step",
    observation=(
        "`lookahead` and `velocity` are right when one step is taken; from rest `params` do not move at first",
        "只走一步时，`lookahead` 和 `velocity` 都对；从静止出发的第一步，`params` 一动不动",
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
def old_velocity_moves(params, grad_fn, velocity, *, lr, momentum=0.9):
    grads = grad_fn(right.lookahead_point(params, velocity, lr=lr, momentum=momentum))
    return params - lr * velocity, momentum * velocity + grads


@wrong(
    "nesterov_step",
    observation=(
        "`lookahead` and `velocity` are right when one step is taken; `params` forget the velocity",
        "只走一步时，`lookahead` 和 `velocity` 都对；`params` 却没有用上速度",
    ),
    question=("the velocity is returned. Is it also what moves the params?", "速度返回了。移动参数的也是它吗？"),
    name=(
        "the params move by the gradient alone: `params - lr * grads` where `params - lr * velocity` should stand",
        "只用梯度移动参数：写成了 `params - lr * grads`，应为 `params - lr * velocity`",
    ),
)
def moves_by_gradient(params, grad_fn, velocity, *, lr, momentum=0.9):
    grads = grad_fn(right.lookahead_point(params, velocity, lr=lr, momentum=momentum))
    return params - lr * grads, momentum * velocity + grads


@wrong(
    "nesterov_step",
    observation=(
        "`lookahead` is right when one step is taken; from rest the first `velocity` is too small, by one "
        "factor in every entry",
        "只走一步时 `lookahead` 是对的；从静止出发的第一步，`velocity` 偏小，每个元素的比例相同",
    ),
    question=("in which line of the rule does lr meet the gradient?", "公式里，lr 是在哪一行乘到梯度上的？"),
    name=(
        "lr inside the velocity (classical form), mixed with the look-ahead point of the form with lr outside",
        "把 lr 放进了速度（经典写法），前瞻点却用的是 lr 在外面的写法",
    ),
)
def nesterov_lr_inside(params, grad_fn, velocity, *, lr, momentum=0.9):
    grads = grad_fn(right.lookahead_point(params, velocity, lr=lr, momentum=momentum))
    velocity = momentum * velocity + lr * grads
    return params - velocity, velocity


@wrong(
    "nesterov_step",
    observation=(
        "from rest and while lr stays the same `lookahead` and `params` are right, `velocity` is not; after the "
        "change of lr they are wrong as well",
        "从静止出发、lr 不变时，`lookahead` 和 `params` 正确而 `velocity` 不对；lr 改变之后它们也错了",
    ),
    question=(
        "in which of the two lines of the rule does lr stand, and where in the look-ahead point?",
        "公式有两行，lr 在哪一行？前瞻点里 lr 又在哪里？",
    ),
    name=(
        "the classical form, lr inside the velocity throughout: `params - momentum * velocity` as look-ahead point, "
        "`lr * grads` into the velocity",
        "完全是经典写法，lr 放进了速度：前瞻点是 `params - momentum * velocity`，进入速度的是 `lr * grads`",
    ),
)
def classical_nesterov(params, grad_fn, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + lr * grad_fn(params - momentum * velocity)
    return params - velocity, velocity


@wrong(
    "nesterov_step",
    observation=(
        "`lookahead` and `velocity` are right when one step is taken; `params` move the right distance the wrong way",
        "只走一步时，`lookahead` 和 `velocity` 都对；`params` 移动的距离对，但方向反了",
    ),
    question=("does the loss go down along the gradient or against it?", "沿着梯度走，损失是变大还是变小？"),
    name=(
        "gradient ascent: `lr * velocity` is added to the params, it has to be subtracted",
        "梯度上升：把 `lr * velocity` 加到了参数上，应当减去",
    ),
)
def nesterov_ascends(params, grad_fn, velocity, *, lr, momentum=0.9):
    grads = grad_fn(right.lookahead_point(params, velocity, lr=lr, momentum=momentum))
    velocity = momentum * velocity + grads
    return params + lr * velocity, velocity


@wrong(
    "nesterov_step",
    observation=(
        "`lookahead` and `velocity` are right when one step is taken; from rest `params` already go too far at "
        "the first step",
        "只走一步时，`lookahead` 和 `velocity` 都对；从静止出发的第一步，`params` 就走得太远",
    ),
    question=(
        "which point should be returned: x, or the point where the next gradient will be taken?",
        "应当返回哪个点：x，还是下一次求梯度的那个点？",
    ),
    name=(
        "the rewritten form: it returns the next look-ahead point instead of x",
        "这是改写后的形式：返回的是下一个前瞻点，而不是 x",
    ),
)
def returns_lookahead(params, grad_fn, velocity, *, lr, momentum=0.9):
    grads = grad_fn(right.lookahead_point(params, velocity, lr=lr, momentum=momentum))
    velocity = momentum * velocity + grads
    return params - lr * (grads + momentum * velocity), velocity


# ---- nesterov_rewritten_step: v <- momentum * v + g, y <- y - lr * (g + momentum * v) -----------------


@wrong(
    "nesterov_rewritten_step",
    observation=(
        "`velocity` is right; `params` do not go far enough already at the first step from rest",
        "`velocity` 是对的；从静止出发的第一步，`params` 就走得不够远",
    ),
    question=(
        "params must be look-ahead points. After this step, where does the new velocity lead from the new x?",
        "params 应当是前瞻点。走完这一步，新速度会把新的 x 带到哪里？",
    ),
    name=(
        "plain momentum: `lr * velocity` moves the params. (`grads + momentum * velocity` with the old velocity is "
        "the same thing)",
        "普通的动量法：用 `lr * velocity` 移动参数（若 `grads + momentum * velocity` 里用的是旧速度，结果也一样）",
    ),
)
def heavy_ball_move(params, grads, velocity, *, lr, momentum=0.9):
    return right.momentum_step(params, grads, velocity, lr=lr, momentum=momentum)


@wrong(
    "nesterov_rewritten_step",
    observation=(
        "`velocity` is right; at the first step from rest `params` go twice as far as the gradient alone",
        "`velocity` 是对的；从静止出发的第一步，`params` 走的距离是单用梯度时的两倍",
    ),
    question=(
        "how far ahead of the new x is its look-ahead point, measured in new velocities?",
        "前瞻点在新的 x 前面多远？用新速度来量。",
    ),
    name=(
        "`lr * (grads + velocity)`: momentum is missing in front of the velocity",
        "写成了 `lr * (grads + velocity)`：velocity 前面漏了 momentum",
    ),
)
def whole_velocity(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grads
    return params - lr * (grads + velocity), velocity


@wrong(
    "nesterov_rewritten_step",
    observation=(
        "`velocity` is right; at the first step from rest `params` go less far than with the gradient alone",
        "`velocity` 是对的；从静止出发的第一步，`params` 走得比单用梯度还近",
    ),
    question=(
        "from rest x moves by -lr * g, and the look-ahead point lies beyond it. Which part of the move is missing?",
        "从静止出发，x 移动 -lr * g，前瞻点还在它前面。你少走了哪一段？",
    ),
    name=(
        "`lr * momentum * velocity`: the gradient itself is missing in the move",
        "写成了 `lr * momentum * velocity`：位移里漏了梯度本身",
    ),
)
def gradient_missing(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grads
    return params - lr * momentum * velocity, velocity


@wrong(
    "nesterov_rewritten_step",
    observation=(
        "`velocity` is right; `params` go too far, already at the first step from rest",
        "`velocity` 是对的；`params` 走得太远，从静止出发的第一步就是这样",
    ),
    question=(
        "the velocity does not contain lr. Which terms of the move does lr multiply?",
        "速度不含 lr。位移里的哪几项要乘 lr？",
    ),
    name=(
        "`lr * grads + momentum * velocity`: lr multiplies the gradient only",
        "写成了 `lr * grads + momentum * velocity`：lr 只乘了梯度",
    ),
)
def lr_on_gradient_only(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grads
    return params - (lr * grads + momentum * velocity), velocity


@wrong(
    "nesterov_rewritten_step",
    observation=(
        "`velocity` is right and `params` move by the right amount, in the opposite direction",
        "`velocity` 是对的，`params` 移动的距离也对，但方向反了",
    ),
    question=("does the loss go down along the gradient or against it?", "沿着梯度走，损失是变大还是变小？"),
    name=(
        "gradient ascent: the move is added to the params, it has to be subtracted",
        "梯度上升：把移动量加到了参数上，应当减去",
    ),
)
def rewritten_ascends(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grads
    return params + lr * (grads + momentum * velocity), velocity


@wrong(
    "nesterov_rewritten_step",
    observation=(
        "from rest and while lr stays the same `params` are right and `velocity` is not; after the change "
        "of lr `params` are wrong as well",
        "从静止出发、lr 不变时，`params` 正确而 `velocity` 不对；lr 改变之后 `params` 也错了",
    ),
    question=(
        "the velocity must be the one of nesterov_step. Does that one contain lr?",
        "velocity 必须与 nesterov_step 的速度相同。那里的速度含 lr 吗？",
    ),
    name=(
        "lr inside the velocity (as in Keras and CS231n's notes, up to a sign): here lr multiplies the whole move",
        "lr 放进了速度里（Keras 和 CS231n 讲义的写法，只差一个符号）；这里的 lr 应乘在整个位移上",
    ),
)
def rewritten_lr_inside(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + lr * grads
    return params - (lr * grads + momentum * velocity), velocity


@wrong(
    "nesterov_rewritten_step",
    observation=(
        "from rest `params` are right at the first step; `velocity` is too large there, by one factor in every entry",
        "从静止出发的第一步 `params` 是对的；`velocity` 却偏大，每个元素的比例相同",
    ),
    question=(
        "which of your two quantities is the velocity of nesterov_step, and which only moves the params?",
        "你算出的两个量中，哪一个是 nesterov_step 的速度，哪一个只用来移动参数？",
    ),
    name=(
        "the direction `grads + momentum * velocity` is kept as the velocity: return v itself",
        "把移动方向 `grads + momentum * velocity` 当成速度保存了：应返回 v 本身",
    ),
)
def direction_as_state(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grads
    direction = grads + momentum * velocity
    return params - lr * direction, direction


@wrong(
    "nesterov_rewritten_step",
    observation=(
        "at the first step from rest every entry of `velocity` is too small, all by the same factor",
        "从静止出发的第一步，`velocity` 的每个元素都偏小，而且比例相同",
    ),
    question=(
        "from rest, after one step with gradient g, what is the velocity of nesterov_step?",
        "从静止出发，用梯度 g 走一步之后，nesterov_step 的速度是多少？",
    ),
    name=(
        "an exponential moving average: `(1 - momentum) * grads`; here the gradient enters whole",
        "写成了指数移动平均：用了 `(1 - momentum) * grads`；这里梯度整个加进去",
    ),
)
def rewritten_averaged(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + (1 - momentum) * grads
    return params - lr * (grads + momentum * velocity), velocity


@wrong(
    "nesterov_step",
    observation=(
        "the look-ahead point is right at the first step; from rest every entry of `velocity` is too small, all by the "
        "same factor",
        "第一步的前瞻点是对的；从静止出发，`velocity` 的每个元素都偏小，而且比例相同",
    ),
    question=(
        "from rest, after one step with gradient g, what does the rule's first line give for v?",
        "从静止出发，用梯度 g 走一步，按规则的第一行，v 是多少？",
    ),
    name=(
        "an exponential moving average: `(1 - momentum)` times the gradient; in this rule the gradient enters whole",
        "写成了指数移动平均：梯度乘了 `(1 - momentum)`；这条规则里梯度整个加进去",
    ),
    holds=lambda inputs, got, right: (
        np.allclose(*(next(iter(values.values())) for values in (got, right)), equal_nan=True)
        and (
            "velocity after step 1" not in got or is_share(got["velocity after step 1"], right["velocity after step 1"])
        )
    ),
)
def nesterov_averaged(params, grad_fn, velocity, *, lr, momentum=0.9):
    grads = grad_fn(right.lookahead_point(params, velocity, lr=lr, momentum=momentum))
    velocity = momentum * velocity + (1 - momentum) * grads
    return params - lr * velocity, velocity


@wrong(
    "nesterov_rewritten_step",
    observation=(
        "`velocity` is right in every case; from rest the first step is right, later ones move the params too far along it",
        "每个例子里 `velocity` 都对；从静止出发的第一步正确，之后参数沿着它走得太远",
    ),
    question=(
        "the params you are given are a look-ahead point: has the old velocity been applied to them already?",
        "传进来的参数本身就是前瞻点：旧速度是不是已经作用在上面了？",
    ),
    name=(
        "the old look-ahead is not undone: a step and a new look-ahead, `lr * (1 + momentum) * velocity`, start from x, and "
        "params are ahead of it by `lr * momentum * velocity`",
        "没有撤回旧的前瞻：走一步再前瞻 `lr * (1 + momentum) * velocity` 应从 x 出发，而 params 已经领先了 "
        "`lr * momentum * velocity`",
    ),
    holds=lambda inputs, got, right: all(
        np.allclose(got[name], value, equal_nan=True)
        for name, value in right.items()
        if name.startswith("velocity") or (name == "params after step 1" and not np.any(inputs["velocity"]))
    ),
)
def lookahead_not_undone(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grads
    return params - lr * (1 + momentum) * velocity, velocity


for exercise, step in (
    ("nesterov_step", right.nesterov_step),
    ("nesterov_rewritten_step", right.nesterov_rewritten_step),
):
    MISTAKES[exercise] += slips_of_a_step(exercise, step, "velocity", "速度")


@wrong(
    "nesterov_step",
    observation=(
        "grad_fn is asked at `params`, not at a point ahead of them",
        "grad_fn 是在 `params` 处求值的，而不是在它前方的点处",
    ),
    question=(
        "at which point does the first line of the rule take the gradient?",
        "规则的第一行在哪个点处求梯度？",
    ),
    name=(
        "PyTorch's form, `grads + momentum * velocity`: it belongs to params that are look-ahead points themselves "
        "(the next exercise)",
        "PyTorch 的形式 `grads + momentum * velocity`：它要求 params 本身就是前瞻点（下一个练习）",
    ),
    holds=lambda inputs, got, right: np.array_equal(next(iter(got.values())), inputs["params"], equal_nan=True),
)
def rewritten_form(params, grad_fn, velocity, *, lr, momentum=0.9):
    grads = grad_fn(params)
    velocity = momentum * velocity + grads
    return params - lr * (grads + momentum * velocity), velocity
