"""What students write instead of cosine annealing, a contract."""

from functools import partial

import numpy as np

from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)


def wave(share, lr, lr_min):
    """Half a wave from lr (share 0) down to lr_min (share 1)."""
    return float(lr_min + (lr - lr_min) * (1 + np.cos(np.pi * share)) / 2)


@wrong(
    "cosine_annealing",
    observation=(
        "right at the start, halfway and at the end; in between it is a straight line",
        "起点、中点和终点都对；中间却是一条直线",
    ),
    question=("how steep should the curve be at both ends?", "曲线在两端应当有多陡？"),
    name=("linear decay: the cosine is missing", "这是线性下降：没有用余弦"),
)
def linear(step, *, lr, num_steps, lr_min=0.0):
    return lr + (lr_min - lr) * min(step / num_steps, 1)


@wrong(
    "cosine_annealing",
    observation=("right up to num_steps; after that it rises again", "在 num_steps 之前都对；之后又升了上去"),
    question=(
        "what does the contract say about every step after num_steps?",
        "约定里对 num_steps 之后的每一步是怎么说的？",
    ),
    name=(
        "the wave goes on: `step / num_steps` is not held at 1",
        "余弦波继续走下去了：`step / num_steps` 没有限制在 1 以内",
    ),
)
def rises_again(step, *, lr, num_steps, lr_min=0.0):
    return wave(step / num_steps, lr, lr_min)


@wrong(
    "cosine_annealing",
    observation=(
        "right at the start; it reaches its lowest value halfway and is back at lr at the end",
        "起点正确；走到一半就到了最低点，终点又回到 lr",
    ),
    question=(
        "what is the angle at a crest of the cosine, and what is it at the next trough?",
        "余弦在波峰处的角度是多少？到下一个波谷处又是多少？",
    ),
    name=(
        "a whole wave: the angle runs to `2 * pi`, the trough is at pi",
        "走了一个整波：角度到了 `2 * pi`，而波谷在 pi",
    ),
)
def whole_wave(step, *, lr, num_steps, lr_min=0.0):
    return wave(2 * min(step / num_steps, 1), lr, lr_min)


@wrong(
    "cosine_annealing",
    observation=(
        "right at the start and at the end; halfway it is too high, and the end is not flat",
        "起点和终点正确；中点处偏高，终点处也不平",
    ),
    question=(
        "between which two angles does the cosine go from a crest to the next trough?",
        "余弦从波峰走到下一个波谷，角度从多少到多少？",
    ),
    name=(
        "a quarter of a wave: `cos(pi / 2 * step / num_steps)`",
        "只走了四分之一个波：`cos(pi / 2 * step / num_steps)`",
    ),
)
def quarter_wave(step, *, lr, num_steps, lr_min=0.0):
    return float(lr_min + (lr - lr_min) * np.cos(np.pi / 2 * min(step / num_steps, 1)))


@wrong(
    "cosine_annealing",
    observation=("it starts near 2 * lr and ends at lr_min", "从接近 2 * lr 的地方开始，到 lr_min 结束"),
    question=(
        "between which two numbers does 1 + cos run? And between which should the share of lr run?",
        "1 + cos 在哪两个数之间变化？lr 所占的比例又应当在哪两个数之间？",
    ),
    name=("the half is missing: `1 + cos` runs from 2 to 0", "漏了除以 2：`1 + cos` 是从 2 变到 0 的"),
)
def half_missing(step, *, lr, num_steps, lr_min=0.0):
    return float(lr_min + (lr - lr_min) * (1 + np.cos(np.pi * min(step / num_steps, 1))))


@wrong(
    "cosine_annealing",
    observation=("right at the start; below zero at the end", "起点正确；终点却是负的"),
    question=(
        "between which two numbers does a cosine run? And between which should the share of lr run?",
        "余弦在哪两个数之间变化？lr 所占的比例又应当在哪两个数之间？",
    ),
    name=(
        "the cosine itself is the share: it runs from 1 to -1 and has to be lifted and halved",
        "直接把余弦当成了比例：它从 1 变到 -1，应当先加 1 再除以 2",
    ),
)
def bare_cosine(step, *, lr, num_steps, lr_min=0.0):
    return float(lr_min + (lr - lr_min) * np.cos(np.pi * min(step / num_steps, 1)))


@wrong(
    "cosine_annealing",
    observation=("it starts at lr_min and ends at lr", "从 lr_min 开始，到 lr 结束"),
    question=("what is the cosine of 0?", "0 的余弦是多少？"),
    name=("upside down: `1 - cos` rises", "上下颠倒了：`1 - cos` 是上升的"),
)
def upside_down(step, *, lr, num_steps, lr_min=0.0):
    return wave(1 + min(step / num_steps, 1), lr, lr_min)


@wrong(
    "cosine_annealing",
    observation=(
        "right where lr_min is zero; elsewhere it starts too high, by lr_min",
        "lr_min 为零时正确；否则起点偏高，正好高出 lr_min",
    ),
    question=("what do your two terms add up to at step 0?", "第 0 步时，你的两项加起来是多少？"),
    name=(
        "lr_min is added to the whole wave: its height has to be `lr - lr_min`",
        "在整个波上又加了 lr_min：波的高度应为 `lr - lr_min`",
    ),
)
def lifted(step, *, lr, num_steps, lr_min=0.0):
    return lr_min + wave(min(step / num_steps, 1), lr, 0.0)


@wrong(
    "cosine_annealing",
    observation=("right where lr_min is zero; elsewhere it ends at zero", "lr_min 为零时正确；否则最后降到了零"),
    question=("where in your function does `lr_min` stand?", "你的函数里，`lr_min` 出现在哪里？"),
    name=("lr_min is never used", "lr_min 根本没用上"),
)
def lr_min_unused(step, *, lr, num_steps, lr_min=0.0):
    return wave(min(step / num_steps, 1), lr, 0.0)


@wrong(
    "cosine_annealing",
    observation=(
        "right where lr_min is zero; elsewhere right at both ends and too low in between",
        "lr_min 为零时正确；否则两端正确，中间偏低",
    ),
    question=("halfway, should lr_min make a difference?", "走到一半时，lr_min 应当有影响吗？"),
    name=(
        "lr_min only cuts: `max(lr_min, wave)` from lr to 0; the wave itself has to end at lr_min",
        "lr_min 只起了截断作用：`max(lr_min, 波)` 的波是从 lr 到 0 的；波本身应当到 lr_min 为止",
    ),
)
def cut_off(step, *, lr, num_steps, lr_min=0.0):
    return max(lr_min, wave(min(step / num_steps, 1), lr, 0.0))


@wrong(
    "cosine_annealing",
    observation=("right at the start; it reaches lr_min one step too soon", "起点正确；但早一步就到了 lr_min"),
    question=("at which step exactly should lr_min be reached?", "究竟在哪一步应当到达 lr_min？"),
    name=(
        "`step / (num_steps - 1)`: it ends at the last update, the contract says at step num_steps",
        "写成了 `step / (num_steps - 1)`：在最后一次更新时就到了终点，约定是在第 num_steps 步",
    ),
)
def one_step_early(step, *, lr, num_steps, lr_min=0.0):
    return wave(min(step / (num_steps - 1), 1), lr, lr_min)


@wrong(
    "cosine_annealing",
    observation=(
        "lr at every step before num_steps, lr_min from there on",
        "num_steps 之前每一步都是 lr，从那里起都是 lr_min",
    ),
    question=("what is 3 // 10?", "3 // 10 等于多少？"),
    name=(
        "a whole-number division: `step // num_steps` is 0 until the end",
        "用了整除：`step // num_steps` 在到终点之前都是 0",
    ),
)
def whole_division(step, *, lr, num_steps, lr_min=0.0):
    return wave(min(step // num_steps, 1), lr, lr_min)


@wrong(
    "cosine_annealing",
    observation=(
        "right at the start; it falls too slowly: at num_steps about three quarters of the way are left",
        "起点正确；之后下降得太慢：到 num_steps 时还有大约四分之三的路没走",
    ),
    question=(
        "where is the trough of the cosine: at an angle of 1, or at another one?",
        "余弦的波谷在哪里：角度为 1 处，还是别处？",
    ),
    name=("the angle has no pi: it runs from 0 to 1, the trough is at pi", "角度里漏了 pi：只从 0 走到 1，而波谷在 pi"),
)
def pi_missing(step, *, lr, num_steps, lr_min=0.0):
    return wave(min(step / num_steps, 1) / np.pi, lr, lr_min)


@wrong(
    "cosine_annealing",
    observation=(
        "right at step 0; later the values are off by less than a thousandth of lr",
        "第 0 步正确；之后的值都有误差，不到 lr 的千分之一",
    ),
    question=(
        "which number is half a period of the cosine, to the last digit?",
        "余弦的半个周期，精确到最后一位是多少？",
    ),
    holds=lambda inputs, got, right: all(abs(got[name] - right[name]) < 1e-3 * inputs["lr"] for name in right),
    name=("pi is rounded to 3.14: `np.pi` has all its digits", "把 pi 写成了 3.14：`np.pi` 才是全部位数"),
)
def pi_rounded(step, *, lr, num_steps, lr_min=0.0):
    share = 3.14 / np.pi * min(step / num_steps, 1)
    return wave(share, lr, lr_min)
