"""What students write instead of xavier_uniform and xavier_normal."""

from functools import partial

import numpy as np

from reference import initialization as right
from reference.mistakes import Mistake, wrong_version
from reference.mistakes.draws import slips_of_a_draw

MISTAKES: dict[str, list[Mistake]] = {
    name: slips_of_a_draw(name, getattr(right, name)) for name in ("xavier_uniform", "xavier_normal")
}
wrong = partial(wrong_version, MISTAKES)

# ---- xavier_uniform: b = gain * sqrt(6 / (fan_in + fan_out)) -----------------------------------------


def uniform(rng, shape, bound):
    return rng.uniform(-bound, bound, shape)


@wrong(
    "xavier_uniform",
    observation=(
        "the weights are drawn between ends that are too near to 0, always by the same factor",
        "权重的取值范围太窄，而且总是窄同样的倍数",
    ),
    question=(
        "what is the standard deviation of a number drawn uniformly from [-b, b]?",
        "在 [-b, b] 上均匀取的数，标准差是多少？",
    ),
    name=(
        "the standard deviation sqrt(2 / (fan_in + fan_out)) is used as the bound: a uniform number has "
        "b / sqrt(3), "
        "hence the 6",
        "把标准差 sqrt(2 / (fan_in + fan_out)) 当成了边界：均匀分布的标准差是 b / sqrt(3)，所以才有 6",
    ),
)
def std_as_bound(rng, shape, *, gain=1.0):
    return uniform(rng, shape, gain * np.sqrt(2 / sum(shape)))


@wrong(
    "xavier_uniform",
    observation=("the ends are too near to 0, by a factor that depends on the shape", "取值范围太窄，窄多少取决于形状"),
    question=(
        "set the variance of a uniform number equal to what the docstring asks. What is b?",
        "令均匀分布的方差等于文档字符串要求的值，b 是多少？",
    ),
    name=(
        "the root is taken of the 6 alone: sqrt(6) / (fan_in + fan_out)",
        "只对 6 开了根号：sqrt(6) / (fan_in + fan_out)",
    ),
)
def root_of_six_only(rng, shape, *, gain=1.0):
    return uniform(rng, shape, gain * np.sqrt(6) / sum(shape))


@wrong(
    "xavier_uniform",
    observation=(
        "the ends are much too near to 0: with gain 1 they are the squares of the right ones",
        "取值范围窄了很多：gain 为 1 时，边界恰好是正确值的平方",
    ),
    question=(
        "a variance is measured in squares of weights. In what is the bound measured?",
        "方差是权重平方的量级。边界是什么量级？",
    ),
    name=(
        "the root is missing: a bound of gain * 6 / (fan_in + fan_out)",
        "漏了根号：边界成了 gain * 6 / (fan_in + fan_out)",
    ),
)
def no_root(rng, shape, *, gain=1.0):
    return uniform(rng, shape, gain * 6 / sum(shape))


@wrong(
    "xavier_uniform",
    observation=(
        "the ends are too wide where there are fewer inputs than outputs, too near to 0 where there are more",
        "输入比输出少时范围太宽，输入比输出多时太窄",
    ),
    question=("which two things does Xavier's rule hold the balance between?", "Xavier 的公式在哪两件事之间取折中？"),
    name=(
        "only fan_in counts: sqrt(3 / fan_in) keeps the signal, but not the gradient; Xavier takes the "
        "mean of both fans",
        "只用了扇入：sqrt(3 / fan_in) 只顾前向信号，不顾反向梯度；Xavier 取的是两个扇的平均",
    ),
)
def fan_in_only(rng, shape, *, gain=1.0):
    return uniform(rng, shape, gain * np.sqrt(3 / shape[0]))


@wrong(
    "xavier_uniform",
    observation=(
        "the ends are too wide, and most so where there are fewer inputs than outputs",
        "范围太宽，输入比输出少时宽得最多",
    ),
    question=("which lengths stand in the denominator?", "分母里是哪几个长度？"),
    name=(
        "fan_out is missing in the denominator: sqrt(6 / fan_in) is He's rule for ReLU",
        "分母里漏了扇出：sqrt(6 / fan_in) 是 He 用于 ReLU 的公式",
    ),
)
def he_bound(rng, shape, *, gain=1.0):
    return uniform(rng, shape, gain * np.sqrt(6 / shape[0]))


@wrong(
    "xavier_uniform",
    observation=("right with gain 1; with another gain nothing changes", "gain 为 1 时正确；换一个 gain，结果没有变化"),
    question=("which of your lines uses gain?", "你的哪一行用到了 gain？"),
    name=("gain is not used: the bound has to be multiplied by it", "没有用到 gain：边界要乘上它"),
)
def gain_ignored(rng, shape, *, gain=1.0):
    return right.xavier_uniform(rng, shape)


@wrong(
    "xavier_uniform",
    observation=(
        "right with gain 1; a large gain widens the ends too little, a small one narrows them too little",
        "gain 为 1 时正确；gain 大时放宽得不够，gain 小时收窄得不够",
    ),
    question=("if gain doubles, what should become of every weight?", "gain 加倍，每个权重应当怎样变？"),
    name=(
        "gain stands under the root, where it counts as its root: gain * sqrt(...)",
        "gain 写到了根号里面，只起到 sqrt(gain) 的作用：应为 gain * sqrt(...)",
    ),
)
def gain_under_the_root(rng, shape, *, gain=1.0):
    return uniform(rng, shape, np.sqrt(gain * 6 / sum(shape)))


@wrong(
    "xavier_uniform",
    observation=("the upper end is right; no weight is below 0", "上端是对的；但没有一个权重小于 0"),
    question=("what should the mean of the weights be, and what is yours?", "权重的均值应当是多少？你的是多少？"),
    name=(
        "drawn from [0, b] (`rng.uniform(0, b, shape)` or `b * rng.random(shape)`) instead of [-b, b]",
        "从 [0, b] 上抽取（`rng.uniform(0, b, shape)` 或 `b * rng.random(shape)`），应为 [-b, b]",
    ),
)
def positive_only(rng, shape, *, gain=1.0):
    return rng.uniform(0, gain * np.sqrt(6 / sum(shape)), shape)


@wrong(
    "xavier_uniform",
    observation=(
        "the standard deviation is right; but there are weights far outside the ends",
        "标准差是对的；但有些权重远在边界之外",
    ),
    question=("which distribution has ends beyond which nothing falls?", "哪种分布有边界，边界之外什么都不会出现？"),
    name=(
        "normal weights of the right size: this is xavier_normal; uniform is asked for",
        "大小正确的正态权重：这是 xavier_normal；这里要的是均匀分布",
    ),
)
def normal_instead(rng, shape, *, gain=1.0):
    return right.xavier_normal(rng, shape, gain=gain)


@wrong(
    "xavier_uniform",
    observation=(
        "the ends are those of a normal distribution, and the standard deviation is too large",
        "两端像正态分布那样伸出去，标准差也太大",
    ),
    question=(
        "in which distribution is the number that you hand over a bound, and in which a standard deviation?",
        "你传进去的那个数，在哪种分布里是边界，在哪种分布里是标准差？",
    ),
    name=(
        "the bound b is used as the standard deviation of normal weights: `rng.normal(0, b, shape)`",
        "把边界 b 用作了正态分布的标准差：`rng.normal(0, b, shape)`",
    ),
)
def bound_as_std(rng, shape, *, gain=1.0):
    return rng.normal(0, gain * np.sqrt(6 / sum(shape)), shape)


# ---- xavier_normal: gain * sqrt(2 / (fan_in + fan_out)) ------------------------------------------------


def normal(rng, shape, std):
    return std * rng.standard_normal(shape)


@wrong(
    "xavier_normal",
    observation=("the weights are much too small", "权重小了很多"),
    question=(
        "is what you hand over as `scale` a variance or a standard deviation?",
        "你传进去的 `scale` 是方差还是标准差？",
    ),
    name=(
        "the variance 2 / (fan_in + fan_out) is used as the standard deviation: its root is missing",
        "把方差 2 / (fan_in + fan_out) 当成标准差用了：漏了根号",
    ),
)
def variance_as_std(rng, shape, *, gain=1.0):
    return normal(rng, shape, gain * 2 / sum(shape))


@wrong(
    "xavier_normal",
    observation=("the weights are too large, by the same factor in every case", "权重偏大，每个例子里倍数都相同"),
    question=(
        "the bound of xavier_uniform has a 6. Which number belongs to a standard deviation?",
        "xavier_uniform 的边界里是 6。标准差对应的是哪个数？",
    ),
    name=(
        "the bound of xavier_uniform is used as the standard deviation: sqrt(6 / ...) instead of sqrt(2 / ...)",
        "把 xavier_uniform 的边界当成了标准差：写了 sqrt(6 / ...)，应为 sqrt(2 / ...)",
    ),
)
def six_for_two(rng, shape, *, gain=1.0):
    return normal(rng, shape, gain * np.sqrt(6 / sum(shape)))


@wrong(
    "xavier_normal",
    observation=("the weights are too small, by the same factor in every case", "权重偏小，每个例子里倍数都相同"),
    question=(
        "if fan_in = fan_out = n, the variance should be 1/n. What is yours?",
        "当 fan_in = fan_out = n 时，方差应为 1/n。你的是多少？",
    ),
    name=(
        "the 2 is missing: sqrt(1 / (fan_in + fan_out)); the MEAN of the fans is (fan_in + fan_out) / 2",
        "漏了 2：写成了 sqrt(1 / (fan_in + fan_out))；两个扇的平均是 (fan_in + fan_out) / 2",
    ),
)
def two_missing(rng, shape, *, gain=1.0):
    return normal(rng, shape, gain * np.sqrt(1 / sum(shape)))


@wrong(
    "xavier_normal",
    observation=(
        "the weights are too large, and most so where there are fewer inputs than outputs",
        "权重偏大，输入比输出少时偏得最多",
    ),
    question=("which lengths stand in the denominator?", "分母里是哪几个长度？"),
    name=(
        "fan_out is missing in the denominator: sqrt(2 / fan_in) is He's rule for ReLU",
        "分母里漏了扇出：sqrt(2 / fan_in) 是 He 用于 ReLU 的公式",
    ),
)
def he_std(rng, shape, *, gain=1.0):
    return normal(rng, shape, gain * np.sqrt(2 / shape[0]))


@wrong(
    "xavier_normal",
    observation=(
        "the weights are too large where there are fewer inputs than outputs, too small where there are more",
        "输入比输出少时权重偏大，输入比输出多时偏小",
    ),
    question=("which two things does Xavier's rule hold the balance between?", "Xavier 的公式在哪两件事之间取折中？"),
    name=(
        "only fan_in counts: 1 / sqrt(fan_in) keeps the signal, but not the gradient; Xavier takes the "
        "mean of both fans",
        "只用了扇入：1 / sqrt(fan_in) 只顾前向信号，不顾反向梯度；Xavier 取的是两个扇的平均",
    ),
)
def lecun_std(rng, shape, *, gain=1.0):
    return normal(rng, shape, gain / np.sqrt(shape[0]))


@wrong(
    "xavier_normal",
    observation=("right with gain 1; with another gain nothing changes", "gain 为 1 时正确；换一个 gain，结果没有变化"),
    question=("which of your lines uses gain?", "你的哪一行用到了 gain？"),
    name=("gain is not used: the standard deviation has to be multiplied by it", "没有用到 gain：标准差要乘上它"),
)
def normal_gain_ignored(rng, shape, *, gain=1.0):
    return right.xavier_normal(rng, shape)


@wrong(
    "xavier_normal",
    observation=(
        "right with gain 1; a large gain enlarges the weights too little, a small one shrinks them too little",
        "gain 为 1 时正确；gain 大时放大得不够，gain 小时缩小得不够",
    ),
    question=("if gain doubles, what should become of every weight?", "gain 加倍，每个权重应当怎样变？"),
    name=(
        "gain stands under the root, where it counts as its root: gain * sqrt(...)",
        "gain 写到了根号里面，只起到 sqrt(gain) 的作用：应为 gain * sqrt(...)",
    ),
)
def normal_gain_under_the_root(rng, shape, *, gain=1.0):
    return normal(rng, shape, np.sqrt(gain * 2 / sum(shape)))


@wrong(
    "xavier_normal",
    observation=(
        "the standard deviation is right; but too few weights lie near 0",
        "标准差是对的；但靠近 0 的权重太少",
    ),
    question=(
        "what share of normal numbers lies within one standard deviation, and what share of uniform ones?",
        "正态分布有多大比例落在一个标准差以内？均匀分布呢？",
    ),
    name=(
        "uniform weights of the right size: this is xavier_uniform; normal is asked for",
        "大小正确的均匀权重：这是 xavier_uniform；这里要的是正态分布",
    ),
)
def uniform_instead(rng, shape, *, gain=1.0):
    return right.xavier_uniform(rng, shape, gain=gain)
