"""What students write instead of the schedules that only fall: step decay, inverse time, exponential."""

from functools import partial

import numpy as np

from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- step_decay: lr * factor^floor(step / drop_every) ----------------------------------------------------


@wrong(
    "step_decay",
    observation=(
        "right at step 0 and at every multiple of drop_every; in between it falls already",
        "在第 0 步和 drop_every 的每个整数倍处都对；中间的各步却已经在下降",
    ),
    question=("what should the exponent be one step before the first drop?", "第一次下降的前一步，指数应当是几？"),
    name=(
        "a smooth decay: `step / drop_every` is not rounded down, `//` does that",
        "变成了平滑的下降：`step / drop_every` 没有向下取整，应使用 `//`",
    ),
)
def no_stairs(step, *, lr, drop_every, factor=0.1):
    return lr * factor ** (step / drop_every)


@wrong(
    "step_decay",
    observation=(
        "right at step 0 and at the multiples of drop_every; the first drop comes at step 1 already",
        "在第 0 步和 drop_every 的整数倍处都对；但第 1 步就下降了",
    ),
    question=("how many drops has there been after one step?", "走完一步之后，已经下降过几次？"),
    name=(
        "rounded up: `ceil(step / drop_every)` counts the stair you stand on as done",
        "向上取整了：`ceil(step / drop_every)` 把脚下还没走完的那一级也算进去了",
    ),
)
def rounded_up(step, *, lr, drop_every, factor=0.1):
    return lr * factor ** int(np.ceil(step / drop_every))


@wrong(
    "step_decay",
    observation=(
        "the first drop comes too soon, in the middle of the first stair",
        "第一次下降来得太早，在第一级台阶的中间",
    ),
    question=("to which whole number is 0.6 turned: to 0 or to 1?", "0.6 应当取成哪个整数：0 还是 1？"),
    name=(
        "rounded to the nearest: `round(step / drop_every)`; `//` rounds down",
        "四舍五入了：`round(step / drop_every)`；`//` 才是向下取整",
    ),
)
def rounded_to_nearest(step, *, lr, drop_every, factor=0.1):
    return lr * factor ** round(step / drop_every)


@wrong(
    "step_decay",
    observation=("every drop comes one step too soon", "每次下降都早了一步"),
    question=("how many steps have been done at step 0?", "step 等于 0 时，已经走完了几步？"),
    name=(
        "`(step + 1) // drop_every`: here step counts the updates done, it starts at 0",
        "写成了 `(step + 1) // drop_every`：这里的 step 是已完成的更新次数，从 0 开始",
    ),
)
def one_step_early(step, *, lr, drop_every, factor=0.1):
    return lr * factor ** ((step + 1) // drop_every)


@wrong(
    "step_decay",
    observation=("every drop comes one step too late", "每次下降都晚了一步"),
    question=("at step = drop_every, is the first stair over?", "step 等于 drop_every 时，第一级台阶结束了吗？"),
    name=(
        "the drop comes after step drop_every (`>` for `>=`, or `(step - 1) // drop_every`)",
        "到 drop_every 之后才下降（把 `>=` 写成了 `>`，或写成了 `(step - 1) // drop_every`）",
    ),
)
def one_step_late(step, *, lr, drop_every, factor=0.1):
    return lr * factor ** (max(step - 1, 0) // drop_every)


@wrong(
    "step_decay",
    observation=("right on the first two stairs; then it never falls again", "前两级台阶正确；之后再也不下降"),
    question=(
        "how many drops has there been after 2 * drop_every steps?",
        "走完 2 * drop_every 步之后，应当下降过几次？",
    ),
    name=(
        "one drop only: `lr * factor if step >= drop_every else lr`",
        "只下降了一次：`lr * factor if step >= drop_every else lr`",
    ),
)
def drops_once(step, *, lr, drop_every, factor=0.1):
    return lr * factor if step >= drop_every else lr


@wrong(
    "step_decay",
    observation=(
        "right on the first stair; the size of the first drop is wrong",
        "第一级台阶正确；第一次下降的幅度不对",
    ),
    question=(
        "with factor = 0.1, what is left of lr after one drop: a tenth or nine tenths?",
        "factor = 0.1 时，下降一次之后 lr 还剩多少：十分之一还是十分之九？",
    ),
    name=(
        "`(1 - factor)` is multiplied: factor is what is left, not what is taken away",
        "乘的是 `(1 - factor)`：factor 是剩下的比例，不是减去的比例",
    ),
)
def share_taken_away(step, *, lr, drop_every, factor=0.1):
    return lr * (1 - factor) ** (step // drop_every)


@wrong(
    "step_decay",
    observation=(
        "right on the first two stairs; the later ones lie too low, some below zero",
        "前两级台阶正确；后面的太低，有的甚至低于零",
    ),
    question=(
        "of what is a share taken at the second drop: of the first lr, or of what is left?",
        "第二次下降时，是在最初的 lr 上打折，还是在剩下的值上打折？",
    ),
    name=(
        "every drop takes the same amount: `lr * (1 - (1 - factor) * drops)`; each has to multiply",
        "每次减去同样多：写成了 `lr * (1 - (1 - factor) * 次数)`；每次应当是相乘",
    ),
)
def equal_drops(step, *, lr, drop_every, factor=0.1):
    return lr * (1 - (1 - factor) * (step // drop_every))


@wrong(
    "step_decay",
    observation=("right on the first stair; then it rises", "第一级台阶正确；之后却上升"),
    question=("is lr multiplied by factor at a drop, or divided by it?", "下降时，lr 是乘以 factor 还是除以 factor？"),
    name=(
        "divided: `lr / factor**drops`, or a minus in the exponent",
        "写成了除法：`lr / factor**次数`，或者指数多了负号",
    ),
)
def rises(step, *, lr, drop_every, factor=0.1):
    return lr / factor ** (step // drop_every)


@wrong(
    "step_decay",
    observation=(
        "zero on the first stair, right on the second, wrong on the third",
        "第一级台阶上是零，第二级正确，第三级又不对",
    ),
    question=(
        "what is factor to the power of 0, and what is factor times 0?",
        "factor 的 0 次方是多少？factor 乘 0 又是多少？",
    ),
    name=(
        "multiplied where a power should stand: `lr * factor * drops`",
        "应当是乘方的地方写成了乘法：`lr * factor * 次数`",
    ),
)
def times_drops(step, *, lr, drop_every, factor=0.1):
    return lr * factor * (step // drop_every)


# ---- inverse_time: lr / (1 + decay * step) ---------------------------------------------------------------


@wrong(
    "inverse_time",
    observation=("right at step 0; after that it grows", "第 0 步正确；之后却在增大"),
    question=(
        "in which order does Python work out your line: division or addition first?",
        "Python 计算你的那一行时，先算除法还是先算加法？",
    ),
    name=(
        "brackets are missing: `lr / 1 + decay * step` divides by 1 and adds",
        "漏了括号：`lr / 1 + decay * step` 是先除以 1，再加上后面的项",
    ),
)
def brackets_missing(step, *, lr, decay):
    return lr / 1 + decay * step


@wrong(
    "inverse_time",
    observation=("every value is the right one of the following step", "每个值都是下一步的正确值"),
    question=("what should come out at step 0?", "第 0 步应当得到多少？"),
    name=(
        "one step early: `decay * (step + 1)`; step starts at 0",
        "早了一步：写成了 `decay * (step + 1)`；step 从 0 开始",
    ),
)
def inverse_one_early(step, *, lr, decay):
    return lr / (1 + decay * (step + 1))


@wrong(
    "inverse_time",
    observation=(
        "right at step 0; later it falls too fast, by the same share in every case",
        "第 0 步正确；之后下降得太快，而且每个例子里下降的比例都一样",
    ),
    question=("after how many steps should lr be halved?", "多少步之后 lr 应当减半？"),
    name=("decay is missing: `lr / (1 + step)`", "漏了 decay：写成了 `lr / (1 + step)`"),
)
def decay_missing(step, *, lr, decay):
    return lr / (1 + step)


@wrong(
    "inverse_time",
    observation=("right at step 0; later it falls too slowly", "第 0 步正确；之后下降得太慢"),
    question=("after 1 / decay steps, what share of lr should be left?", "1 / decay 步之后，lr 应当还剩多少？"),
    name=(
        "a root: `lr / sqrt(1 + decay * step)` falls like 1 / sqrt(step)",
        "多了开方：`lr / sqrt(1 + decay * step)` 是按 1 / sqrt(step) 下降的",
    ),
)
def inverse_root(step, *, lr, decay):
    return lr / (1 + decay * step) ** 0.5


@wrong(
    "inverse_time",
    observation=("right at step 0; later it falls too fast, from step 1 on", "第 0 步正确；从第 1 步起下降得太快"),
    question=("after 1 / decay steps, what share of lr should be left?", "1 / decay 步之后，lr 应当还剩多少？"),
    name=("exponential decay: `lr * exp(-decay * step)`", "这是指数衰减：`lr * exp(-decay * step)`"),
)
def inverse_exponential(step, *, lr, decay):
    return lr * float(np.exp(-decay * step))


@wrong(
    "inverse_time",
    observation=("right at steps 0 and 1; later it falls too fast", "第 0 步和第 1 步正确；之后下降得太快"),
    question=(
        "what is done `step` times: is decay added, or is the whole divisor multiplied by itself?",
        "重复 step 次的是什么：加 decay，还是把整个除数自乘？",
    ),
    name=(
        "compounded: `lr / (1 + decay)**step` is an exponential decay",
        "按复利算了：`lr / (1 + decay)**step` 是指数衰减",
    ),
)
def compounded(step, *, lr, decay):
    return lr / (1 + decay) ** step


@wrong(
    "inverse_time",
    observation=(
        "right at step 0; it falls along a straight line and goes below zero",
        "第 0 步正确；之后沿直线下降，一直降到零以下",
    ),
    question=("can 1 / (1 + decay * step) ever be zero?", "1 / (1 + decay * step) 会等于零吗？"),
    name=("linear decay: `lr * (1 - decay * step)`", "这是线性下降：`lr * (1 - decay * step)`"),
)
def inverse_linear(step, *, lr, decay):
    return lr * (1 - decay * step)


@wrong(
    "inverse_time",
    observation=("at step 0 the value is 1, whatever lr is", "第 0 步的值总是 1，与 lr 无关"),
    question=("what should come out at step 0?", "第 0 步应当得到多少？"),
    name=("lr is missing: `1 / (1 + decay * step)` is only the factor", "漏了 lr：`1 / (1 + decay * step)` 只是系数"),
)
def factor_alone(step, *, lr, decay):
    return 1 / (1 + decay * step)


# ---- exponential: lr * factor^step -----------------------------------------------------------------------


@wrong(
    "exponential",
    observation=("every value is the right one of the following step", "每个值都是下一步的正确值"),
    question=("what should come out at step 0?", "第 0 步应当得到多少？"),
    name=(
        "one step early: `factor**(step + 1)`; step starts at 0",
        "早了一步：写成了 `factor**(step + 1)`；step 从 0 开始",
    ),
)
def power_one_early(step, *, lr, factor):
    return lr * factor ** (step + 1)


@wrong(
    "exponential",
    observation=("right at step 1 only; 1 at step 0", "只有第 1 步正确；第 0 步是 1"),
    question=(
        "in `lr * factor` to the power of step, what belongs to the power?",
        "`lr * factor` 的 step 次方里，哪些量参与乘方？",
    ),
    name=("lr is raised to the power, too: `(lr * factor)**step`", "把 lr 也乘方了：写成了 `(lr * factor)**step`"),
)
def lr_in_power(step, *, lr, factor):
    return (lr * factor) ** step


@wrong(
    "exponential",
    observation=(
        "right at step 1 only; zero at step 0, and then it rises",
        "只有第 1 步正确；第 0 步是零，之后还在上升",
    ),
    question=(
        "what is factor to the power of 0, and what is factor times 0?",
        "factor 的 0 次方是多少？factor 乘 0 又是多少？",
    ),
    name=(
        "multiplied where a power should stand: `lr * factor * step`",
        "应当是乘方的地方写成了乘法：`lr * factor * step`",
    ),
)
def times_step(step, *, lr, factor):
    return lr * factor * step


@wrong(
    "exponential",
    observation=(
        "right at steps 0 and 1; later it falls along a straight line",
        "第 0 步和第 1 步正确；之后沿直线下降",
    ),
    question=(
        "of what is a share taken at the second step: of the first lr, or of what is left?",
        "第二步时，是在最初的 lr 上打折，还是在剩下的值上打折？",
    ),
    name=(
        "every step takes the same amount: `lr * (1 - (1 - factor) * step)`",
        "每步减去同样多：写成了 `lr * (1 - (1 - factor) * step)`",
    ),
)
def equal_amounts(step, *, lr, factor):
    return lr * (1 - (1 - factor) * step)


@wrong(
    "exponential",
    observation=(
        "right at step 0; far too low at step 1, and soon almost zero",
        "第 0 步正确；第 1 步就低了很多，而且很快几乎为零",
    ),
    question=(
        "with factor = 0.9, what is left of lr after one step: nine tenths or one tenth?",
        "factor = 0.9 时，一步之后 lr 还剩多少：十分之九还是十分之一？",
    ),
    name=(
        "`(1 - factor)**step`: factor is what is left, not what is taken away",
        "写成了 `(1 - factor)**step`：factor 是剩下的比例，不是减去的比例",
    ),
)
def power_of_rest(step, *, lr, factor):
    return lr * (1 - factor) ** step


@wrong(
    "exponential",
    observation=(
        "right at step 0; from step 1 on too low: every step takes the same wrong share",
        "第 0 步正确；从第 1 步起偏低：每一步减去的比例都一样，但不对",
    ),
    question=(
        "what is exp(-factor) for factor = 0.9? And what should be left after one step?",
        "factor = 0.9 时 exp(-factor) 是多少？一步之后应当还剩多少？",
    ),
    name=(
        "`exp(-factor * step)`: that takes factor for a rate of decay, here it is the base of the power",
        "写成了 `exp(-factor * step)`：这是把 factor 当成衰减速率，而这里它是乘方的底",
    ),
)
def exponent_of_factor(step, *, lr, factor):
    return lr * float(np.exp(-factor * step))


@wrong(
    "exponential",
    observation=("right at step 0; then it rises", "第 0 步正确；之后却上升"),
    question=(
        "is lr multiplied by factor at every step, or divided by it?",
        "每一步 lr 是乘以 factor 还是除以 factor？",
    ),
    name=(
        "divided: `lr / factor**step`, or a minus in the exponent",
        "写成了除法：`lr / factor**step`，或者指数多了负号",
    ),
)
def power_rises(step, *, lr, factor):
    return lr / factor**step


@wrong(
    "exponential",
    observation=("right at steps 0 and 1; then it never falls again", "第 0 步和第 1 步正确；之后再也不下降"),
    question=("how often has lr been multiplied by factor after 5 steps?", "5 步之后，lr 乘过几次 factor？"),
    name=("one drop only: `lr * factor` at every step after the first", "只下降了一次：之后每一步都是 `lr * factor`"),
)
def falls_once(step, *, lr, factor):
    return lr * factor if step else lr
