"""What students write instead of linear warmup, alone and before a cosine."""

from functools import partial

from reference import schedules as right
from reference.mistakes import Mistake, wrong_version
from reference.mistakes.cosines import wave

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- linear_warmup: lr * min(1, step / warmup_steps) ---------------------------------------------------


def share(step, warmup_steps):
    return step / warmup_steps if warmup_steps else 1.0


@wrong(
    "linear_warmup",
    observation=(
        "at step 0 it is above zero, and lr is reached one step too soon",
        "第 0 步就大于零，而且早一步到达 lr",
    ),
    question=("what should come out at step 0?", "第 0 步应当得到多少？"),
    name=(
        "`(step + 1) / warmup_steps`: other libraries do so, here the first update has lr 0",
        "写成了 `(step + 1) / warmup_steps`：有的库是这样，但这里第一次更新的 lr 为 0",
    ),
)
def one_step_early(step, *, lr, warmup_steps):
    return lr * min(1, share(step + 1, warmup_steps))


@wrong(
    "linear_warmup",
    observation=("right during the warmup; after it lr goes on rising", "预热期间正确；之后 lr 还在继续上升"),
    question=("what should lr be at ten times warmup_steps?", "到 10 倍 warmup_steps 时，lr 应当是多少？"),
    name=("no upper end: `min(1, ...)` is missing", "没有上限：漏了 `min(1, ...)`"),
)
def no_end(step, *, lr, warmup_steps):
    return lr * step / warmup_steps if warmup_steps else lr


@wrong(
    "linear_warmup",
    observation=(
        "right at step 0 and far after the warmup; lr is reached one step too late",
        "第 0 步正确，预热之后很久也正确；但晚了一步才到达 lr",
    ),
    question=("at which step exactly should lr be reached?", "究竟在哪一步应当到达 lr？"),
    name=(
        "`step / (warmup_steps + 1)`: a step too many in the divisor",
        "写成了 `step / (warmup_steps + 1)`：除数多了 1",
    ),
)
def one_step_long(step, *, lr, warmup_steps):
    return lr * min(1, step / (warmup_steps + 1))


@wrong(
    "linear_warmup",
    observation=(
        "zero before warmup_steps and lr from there on: a jump",
        "warmup_steps 之前都是零，之后都是 lr：是跳上去的",
    ),
    question=("what is 3 // 10?", "3 // 10 等于多少？"),
    name=(
        "a jump, not a ramp: a whole-number division `step // warmup_steps`, or `lr if step >= warmup_steps else 0`",
        "是跳变，不是斜坡：用了整除 `step // warmup_steps`，或者写成了 `lr if step >= warmup_steps else 0`",
    ),
)
def jump(step, *, lr, warmup_steps):
    return lr if step >= warmup_steps else 0.0


@wrong(
    "linear_warmup",
    observation=("it falls during the warmup, and rises nowhere", "预热期间在下降，哪里都不上升"),
    question=("should the first updates be the smallest or the largest?", "最初的几次更新应当最小还是最大？"),
    name=("a decay: `1 - step / warmup_steps`", "变成了衰减：`1 - step / warmup_steps`"),
)
def falls(step, *, lr, warmup_steps):
    return lr * max(0, 1 - share(step, warmup_steps))


@wrong(
    "linear_warmup",
    observation=(
        "right at step 0 and after the warmup; in between it rises too steeply at first",
        "第 0 步和预热之后都对；中间一开始升得太陡",
    ),
    question=("what does your slope depend on: is lr part of it?", "你的斜率取决于什么？里面有 lr 吗？"),
    name=(
        "lr is only the upper end: `min(lr, step / warmup_steps)` rises by 1 / warmup_steps per step, whatever lr is",
        "lr 只当了上限：`min(lr, step / warmup_steps)` 每步升 1 / warmup_steps，与 lr 无关",
    ),
)
def lr_only_cuts(step, *, lr, warmup_steps):
    return min(lr, share(step, warmup_steps))


@wrong(
    "linear_warmup",
    observation=(
        "right at step 0 and after the warmup; in between it is too low, the more so the nearer to the start",
        "第 0 步和预热之后都对；中间偏低，越靠近起点偏得越多",
    ),
    question=(
        "halfway through the warmup, what share of lr should be reached?",
        "预热走到一半时，应当到达 lr 的几分之几？",
    ),
    name=("the share is squared: the rise is not even", "把比例平方了：上升不再均匀"),
)
def squared(step, *, lr, warmup_steps):
    return lr * min(1, share(step, warmup_steps)) ** 2


@wrong(
    "linear_warmup",
    observation=("right during the warmup; after it the value is zero", "预热期间正确；之后却是零"),
    question=("what does your function return once the warmup is over?", "预热结束之后，你的函数返回什么？"),
    name=("nothing after the warmup: lr has to stay", "预热之后什么都没有了：lr 应当保持不变"),
)
def zero_after(step, *, lr, warmup_steps):
    return lr * step / warmup_steps if step < warmup_steps else lr if step == warmup_steps else 0.0


@wrong(
    "linear_warmup",
    observation=("right after the warmup; at step 0 it is a third of lr", "预热之后正确；第 0 步却是 lr 的三分之一"),
    question=("what should come out at step 0?", "第 0 步应当得到多少？"),
    name=(
        "it starts at lr / 3, as PyTorch's LinearLR does; here it starts at 0",
        "从 lr / 3 开始，那是 PyTorch 的 LinearLR；这里从 0 开始",
    ),
)
def starts_at_third(step, *, lr, warmup_steps):
    return lr * (1 + 2 * min(1, share(step, warmup_steps))) / 3


# ---- warmup_cosine: linear_warmup, then cosine_annealing over the steps left ----------------------------


def parts(after):
    """Linear warmup, then `after(step, lr, warmup_steps, num_steps, lr_min)`."""

    def schedule(step, *, lr, warmup_steps, num_steps, lr_min=0.0):
        if step < warmup_steps:
            return lr * step / warmup_steps
        return after(step, lr, warmup_steps, num_steps, lr_min)

    return schedule


@wrong(
    "warmup_cosine",
    observation=("right during the warmup; at its end lr jumps down", "预热期间正确；预热一结束，lr 突然掉了下去"),
    question=("how many steps of the cosine have been done when the warmup ends?", "预热结束时，余弦已经走了几步？"),
    name=(
        "the cosine counts from step 0: `step - warmup_steps` is needed, and as many steps fewer",
        "余弦是从第 0 步数起的：应当用 `step - warmup_steps`，总步数也要相应减少",
    ),
)
def cosine_from_zero(step, **hyper):
    return parts(lambda step, lr, warm, num, low: wave(min(step / num, 1), lr, low))(step, **hyper)


@wrong(
    "warmup_cosine",
    observation=(
        "right up to the peak; then it falls too slowly and has not reached lr_min at num_steps",
        "到峰值为止都对；之后下降得太慢，到 num_steps 时还没有到达 lr_min",
    ),
    question=(
        "num_steps counts the warmup, too. How many steps are left for the cosine?",
        "num_steps 也包含预热。留给余弦的还有几步？",
    ),
    name=(
        "the cosine takes num_steps steps after the warmup: num_steps - warmup_steps are left",
        "预热之后余弦又走了 num_steps 步：实际只剩 num_steps - warmup_steps 步",
    ),
)
def too_long(step, **hyper):
    return parts(lambda step, lr, warm, num, low: wave(min((step - warm) / num, 1), lr, low))(step, **hyper)


@wrong(
    "warmup_cosine",
    observation=(
        "right up to the peak; then it falls too fast and is at lr_min before num_steps",
        "到峰值为止都对；之后下降得太快，在 num_steps 之前就到了 lr_min",
    ),
    question=("how many steps are there from the peak to num_steps?", "从峰值到 num_steps 有几步？"),
    name=(
        "the warmup is taken away twice: `num_steps - 2 * warmup_steps`, or the cosine runs a step ahead",
        "预热步数减了两次（`num_steps - 2 * warmup_steps`），余弦就走得太快了",
    ),
)
def too_short(step, **hyper):
    return parts(lambda step, lr, warm, num, low: wave(min((step - warm) / max(num - 2 * warm, 1), 1), lr, low))(
        step, **hyper
    )


@wrong(
    "warmup_cosine",
    observation=("right at step 0 and at the end; the peak is lower than lr", "第 0 步和终点正确；峰值低于 lr"),
    question=(
        "what is the value of the cosine's share when the warmup ends: 1, or less?",
        "预热结束时，余弦的比例是 1，还是已经小于 1？",
    ),
    name=(
        "warmup and cosine are multiplied over the whole run: they come one after the other",
        "在整个训练过程中把预热和余弦相乘了：它们应当一个接一个",
    ),
)
def multiplied(step, *, lr, warmup_steps, num_steps, lr_min=0.0):
    ramp = min(1, step / warmup_steps) if warmup_steps else 1
    return ramp * wave(min(step / num_steps, 1), lr, lr_min)


@wrong(
    "warmup_cosine",
    observation=(
        "right from the peak on; the warmup starts above zero and lr is reached one step too soon",
        "从峰值起都对；预热从大于零处开始，而且早一步到达 lr",
    ),
    question=("what should come out at step 0?", "第 0 步应当得到多少？"),
    name=(
        "`(step + 1) / warmup_steps` in the warmup: here the first update has lr 0",
        "预热用了 `(step + 1) / warmup_steps`：这里第一次更新的 lr 为 0",
    ),
)
def warmup_one_early(step, *, lr, warmup_steps, num_steps, lr_min=0.0):
    if step < warmup_steps:
        return lr * (step + 1) / warmup_steps
    return wave(min((step - warmup_steps) / (num_steps - warmup_steps), 1), lr, lr_min)


@wrong(
    "warmup_cosine",
    observation=(
        "right where lr_min is zero, and from the peak on; elsewhere the warmup starts too high",
        "lr_min 为零时正确，从峰值起也正确；否则预热的起点偏高",
    ),
    question=("what should come out at step 0: zero or lr_min?", "第 0 步应当是零还是 lr_min？"),
    name=(
        "the warmup starts at lr_min: it rises from 0, lr_min is the end of the cosine only",
        "预热从 lr_min 开始了：它应从 0 升起，lr_min 只是余弦的终点",
    ),
)
def warmup_from_floor(step, *, lr, warmup_steps, num_steps, lr_min=0.0):
    if step < warmup_steps:
        return lr_min + (lr - lr_min) * step / warmup_steps
    return wave(min((step - warmup_steps) / (num_steps - warmup_steps), 1), lr, lr_min)


@wrong(
    "warmup_cosine",
    observation=(
        "right where lr_min is zero; elsewhere right during the warmup, and it ends at zero",
        "lr_min 为零时正确；否则预热期间正确，最后却降到了零",
    ),
    question=("where in your function does `lr_min` stand?", "你的函数里，`lr_min` 出现在哪里？"),
    name=("lr_min is not handed on to cosine_annealing", "没有把 lr_min 传给 cosine_annealing"),
)
def floor_forgotten(step, *, lr, warmup_steps, num_steps, lr_min=0.0):
    return right.warmup_cosine(step, lr=lr, warmup_steps=warmup_steps, num_steps=num_steps)


@wrong(
    "warmup_cosine",
    observation=("right up to num_steps; after that it rises again", "在 num_steps 之前都对；之后又升了上去"),
    question=("what should come out after num_steps?", "num_steps 之后应当得到多少？"),
    name=("the wave goes on past its end", "余弦波过了终点还在继续"),
)
def rises_again(step, **hyper):
    return parts(lambda step, lr, warm, num, low: wave((step - warm) / (num - warm), lr, low))(step, **hyper)


@wrong(
    "warmup_cosine",
    observation=(
        "right during the warmup and at num_steps; in between it is a straight line",
        "预热期间和 num_steps 处正确；中间是一条直线",
    ),
    question=("how steep should the curve be at the peak and at the end?", "曲线在峰值处和终点处应当有多陡？"),
    name=("linear decay after the warmup: the cosine is missing", "预热之后是线性下降：没有用余弦"),
)
def linear_after(step, **hyper):
    return parts(lambda step, lr, warm, num, low: lr + (low - lr) * min((step - warm) / (num - warm), 1))(step, **hyper)


@wrong(
    "warmup_cosine",
    observation=(
        "`lr` is too small wherever it is wrong, and it never reaches the peak",
        "`lr` 凡是出错都偏小，而且从未到达峰值",
    ),
    question=(
        "at the end of the warmup, how many steps of the cosine have been done?",
        "预热结束时，余弦已经走了几步？",
    ),
    name=(
        "the smaller one of warmup and cosine, both counted from step 0: the cosine has to begin where the warmup ends",
        "取了预热和余弦中较小的一个，两者都从第 0 步数起：余弦应当在预热结束处开始",
    ),
    holds=lambda inputs, got, right: all(value < inputs["lr"] for value in got.values()) or not inputs["warmup_steps"],
)
def smaller_of_both(step, *, lr, warmup_steps, num_steps, lr_min=0.0):
    ramp = min(1, step / warmup_steps) if warmup_steps else 1
    return min(lr * ramp, wave(min(step / num_steps, 1), lr, lr_min))
