"""What students write instead of cosine annealing with restarts."""

from functools import partial

from reference import schedules as right
from reference.mistakes import Mistake, wrong_version
from reference.mistakes.cosines import wave

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)


@wrong(
    "cosine_with_restarts",
    observation=(
        "right where all cycles have one length; elsewhere the second cycle ends too soon",
        "各周期长度相同时正确；否则第二个周期结束得太早",
    ),
    question=("how long is the second cycle?", "第二个周期有多长？"),
    name=("cycle_factor is never used: `step % cycle_steps`", "cycle_factor 根本没用上：`step % cycle_steps`"),
)
def no_growth(step, *, lr, cycle_steps, cycle_factor=1, lr_min=0.0):
    return wave(step % cycle_steps / cycle_steps, lr, lr_min)


@wrong(
    "cosine_with_restarts",
    observation=(
        "right in the first cycle; after it the lr never jumps up again",
        "第一个周期正确；之后 lr 再也没有跳回去",
    ),
    question=("what should lr be at step cycle_steps?", "在第 cycle_steps 步，lr 应当是多少？"),
    name=("no restart: one cosine, then lr_min for ever", "没有重启：走完一个余弦之后，一直停在 lr_min"),
)
def no_restart(step, *, lr, cycle_steps, cycle_factor=1, lr_min=0.0):
    return right.cosine_annealing(step, lr=lr, num_steps=cycle_steps, lr_min=lr_min)


@wrong(
    "cosine_with_restarts",
    observation=(
        "right in the first cycle; then it climbs back to lr instead of jumping",
        "第一个周期正确；之后是慢慢爬回 lr，而不是跳回去",
    ),
    question=("to what does the step go back when a new cycle begins?", "新周期开始时，步数应当回到多少？"),
    name=(
        "the wave goes on past its trough: the steps of a cycle have to be counted from 0 again",
        "余弦波过了波谷还在继续：每个周期的步数应当重新从 0 数起",
    ),
)
def climbs_back(step, *, lr, cycle_steps, cycle_factor=1, lr_min=0.0):
    return wave(step / cycle_steps, lr, lr_min)


@wrong(
    "cosine_with_restarts",
    observation=(
        "right in the first cycle; the restart comes one step too late, lr_min is reached before it",
        "第一个周期正确；重启晚了一步，重启前到达了 lr_min",
    ),
    question=(
        "does step cycle_steps belong to the first cycle or to the second?",
        "第 cycle_steps 步属于第一个周期还是第二个周期？",
    ),
    name=(
        "`while step > cycle_steps` where `>=` should stand: the new cycle begins at step cycle_steps itself",
        "写成了 `while step > cycle_steps`，应为 `>=`：新周期就从第 cycle_steps 步开始",
    ),
)
def restarts_late(step, *, lr, cycle_steps, cycle_factor=1, lr_min=0.0):
    while step > cycle_steps:
        step = step - cycle_steps
        cycle_steps = cycle_steps * cycle_factor
    return wave(step / cycle_steps, lr, lr_min)


@wrong(
    "cosine_with_restarts",
    observation=(
        "every restart comes at the right step; before it lr_min is reached, one step too soon",
        "每次重启的步数都对；但重启之前的那一步就到了 lr_min，早了一步",
    ),
    question=("is lr_min ever reached inside a cycle?", "在一个周期里，会真正到达 lr_min 吗？"),
    name=(
        "`(steps of this cycle) - 1` divides: the trough belongs to the step at which the next cycle begins",
        "除以了（本周期步数 - 1）：波谷对应的是下一个周期开始的那一步",
    ),
)
def trough_inside(step, *, lr, cycle_steps, cycle_factor=1, lr_min=0.0):
    while step >= cycle_steps:
        step = step - cycle_steps
        cycle_steps = cycle_steps * cycle_factor
    return wave(step / (cycle_steps - 1), lr, lr_min)


@wrong(
    "cosine_with_restarts",
    observation=(
        "right where all cycles have one length; elsewhere right in the first cycle, and the "
        "second has the wrong length",
        "各周期长度相同时正确；否则第一个周期正确，第二个周期的长度不对",
    ),
    question=(
        "each cycle takes cycle_factor times as many steps. Is that added or multiplied?",
        "后一个周期的步数是前一个的 cycle_factor 倍。这是加还是乘？",
    ),
    name=("cycles grow by adding: `cycle_steps + cycle_factor`", "周期是按加法变长的：`cycle_steps + cycle_factor`"),
)
def grows_by_adding(step, *, lr, cycle_steps, cycle_factor=1, lr_min=0.0):
    while step >= cycle_steps:
        step = step - cycle_steps
        cycle_steps = cycle_steps + (cycle_factor if cycle_factor > 1 else 0)
    return wave(step / cycle_steps, lr, lr_min)


@wrong(
    "cosine_with_restarts",
    observation=(
        "right where all cycles have one length; elsewhere the first cycle is already too long",
        "各周期长度相同时正确；否则第一个周期就已经太长",
    ),
    question=("by what is the first cycle's length multiplied?", "第一个周期的长度要乘多少？"),
    name=(
        "the first cycle grows already: lengths are cycle_steps times cycle_factor^1, ^2, ... where "
        "^0, ^1, ... should stand",
        "第一个周期就变长了：长度成了 cycle_steps 乘以 cycle_factor 的 1 次方、2 次方……，应从 0 次方开始",
    ),
)
def grows_too_soon(step, *, lr, cycle_steps, cycle_factor=1, lr_min=0.0):
    return right.cosine_with_restarts(
        step, lr=lr, cycle_steps=cycle_steps * cycle_factor, cycle_factor=cycle_factor, lr_min=lr_min
    )


@wrong(
    "cosine_with_restarts",
    observation=(
        "right where all cycles have one length, and in the first cycle; the later ones start right and fall too fast",
        "各周期长度相同时正确，第一个周期也正确；后面的周期起点正确，但下降得太快",
    ),
    question=("how many steps does the cycle you are in take?", "你所在的这个周期一共有多少步？"),
    name=(
        "the restarts come at the right steps, but every cycle is annealed over the first one's cycle_steps",
        "重启的时机对，但每个周期都按第一个周期的 cycle_steps 来退火",
    ),
)
def first_length_for_all(step, *, lr, cycle_steps, cycle_factor=1, lr_min=0.0):
    length = cycle_steps
    while step >= length:
        step = step - length
        length = length * cycle_factor
    return right.cosine_annealing(step, lr=lr, num_steps=cycle_steps, lr_min=lr_min)


@wrong(
    "cosine_with_restarts",
    observation=(
        "right where lr_min is zero; elsewhere it falls too low at the end of every cycle",
        "lr_min 为零时正确；否则每个周期末尾都降得太低",
    ),
    question=("where in your function does `lr_min` stand?", "你的函数里，`lr_min` 出现在哪里？"),
    name=("lr_min is not handed on to cosine_annealing", "没有把 lr_min 传给 cosine_annealing"),
)
def floor_forgotten(step, *, lr, cycle_steps, cycle_factor=1, lr_min=0.0):
    return right.cosine_with_restarts(step, lr=lr, cycle_steps=cycle_steps, cycle_factor=cycle_factor)


@wrong(
    "cosine_with_restarts",
    observation=(
        "right in the first cycle; every later one starts at half the height of the one before",
        "第一个周期正确；之后每个周期的起点都只有前一个的一半",
    ),
    question=("to which value does lr jump at a restart?", "重启时 lr 应当跳回到多少？"),
    name=(
        "the peak is halved at every restart: here it is lr each time",
        "每次重启都把峰值减半了：这里每次都应回到 lr",
    ),
)
def falling_peaks(step, *, lr, cycle_steps, cycle_factor=1, lr_min=0.0):
    while step >= cycle_steps:
        step = step - cycle_steps
        cycle_steps = cycle_steps * cycle_factor
        lr = lr / 2
    return wave(step / cycle_steps, lr, lr_min)
