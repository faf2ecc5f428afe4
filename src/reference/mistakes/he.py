"""What students write instead of he_normal and he_uniform."""

from functools import partial

import numpy as np

from reference import initialization as right
from reference.mistakes import Mistake, wrong_version
from reference.mistakes.draws import slips_of_a_draw

MISTAKES: dict[str, list[Mistake]] = {
    name: slips_of_a_draw(name, getattr(right, name)) for name in ("he_normal", "he_uniform")
}
wrong = partial(wrong_version, MISTAKES)


def fan_of(shape, mode):
    return shape[0] if mode == "fan_in" else shape[1]


def normal(rng, shape, std):
    return std * rng.standard_normal(shape)


def uniform(rng, shape, bound):
    return rng.uniform(-bound, bound, shape)


# ---- he_normal: gain / sqrt(fan) -----------------------------------------------------------------------


@wrong(
    "he_normal",
    observation=(
        "the weights are much too small, by a factor that depends on the shape alone",
        "权重小了很多，差多少倍只取决于形状",
    ),
    question=(
        "is what you multiply the normal numbers by a variance or a standard deviation?",
        "你拿来乘正态随机数的，是方差还是标准差？",
    ),
    name=(
        "the root is missing: gain / fan instead of gain / sqrt(fan)",
        "漏了根号：写成了 gain / fan，应为 gain / sqrt(fan)",
    ),
)
def no_root(rng, shape, *, gain=2**0.5, mode="fan_in"):
    return normal(rng, shape, gain / fan_of(shape, mode))


@wrong(
    "he_normal",
    observation=(
        "the weights are much too small; the larger the gain, the less so",
        "权重小了很多；gain 越大，差得越少",
    ),
    question=(
        "gain belongs to the standard deviation. What is the variance then?",
        "gain 是标准差的系数，那方差是多少？",
    ),
    name=(
        "the variance gain^2 / fan is used as the standard deviation: its root is missing",
        "把方差 gain^2 / fan 当成标准差用了：漏了根号",
    ),
)
def variance_as_std(rng, shape, *, gain=2**0.5, mode="fan_in"):
    return normal(rng, shape, gain**2 / fan_of(shape, mode))


@wrong(
    "he_normal",
    observation=(
        "where inputs outnumber outputs the weights are too large in mode fan_in and too small "
        "in mode fan_out; "
        "where they do not, the other way round",
        "输入比输出多时，fan_in 模式下权重偏大，fan_out 模式下偏小；输入比输出少时正好相反",
    ),
    question=(
        "X @ W: how many numbers are added up for one unit of the output, rows or columns of W?",
        "X @ W：算一个输出单元要加多少个数？是 W 的行数还是列数？",
    ),
    name=(
        "the two fans are exchanged: here shape is (fan_in, fan_out), in PyTorch it is the other way round",
        "两个扇对调了：这里 shape 是 (fan_in, fan_out)，PyTorch 则相反",
    ),
)
def fans_swapped(rng, shape, *, gain=2**0.5, mode="fan_in"):
    return normal(rng, shape, gain / np.sqrt(fan_of(shape[::-1], mode)))


@wrong(
    "he_normal",
    observation=(
        "right in mode fan_in; in mode fan_out the weights are as large as in mode fan_in",
        "fan_in 模式正确；fan_out 模式下，权重的大小和 fan_in 模式一样",
    ),
    question=("which of your lines uses mode?", "你的哪一行用到了 mode？"),
    name=("mode is not used: fan_in in every case", "没有用到 mode：总是按扇入"),
)
def mode_ignored(rng, shape, *, gain=2**0.5, mode="fan_in"):
    return normal(rng, shape, gain / np.sqrt(shape[0]))


@wrong(
    "he_normal",
    observation=(
        "right with the default gain; with another gain nothing changes",
        "默认 gain 下正确；换一个 gain，结果没有变化",
    ),
    question=("where does the 2 of He's rule stand in this signature?", "He 公式里的 2，在这个函数签名里体现在哪儿？"),
    name=(
        "sqrt(2 / fan) in every case: gain is not used; its default is the sqrt(2) already",
        "总是 sqrt(2 / fan)：没有用到 gain；那个 sqrt(2) 就是 gain 的默认值",
    ),
)
def gain_ignored(rng, shape, *, gain=2**0.5, mode="fan_in"):
    return normal(rng, shape, np.sqrt(2 / fan_of(shape, mode)))


@wrong(
    "he_normal",
    observation=("the weights are too large, by the same factor in every case", "权重偏大，每个例子里倍数都相同"),
    question=(
        "what is the default of gain, and what does it contain already?",
        "gain 的默认值是多少？它已经包含了什么？",
    ),
    name=(
        "gain * sqrt(2 / fan): the 2 counts twice, the default of gain is sqrt(2) already",
        "写成了 gain * sqrt(2 / fan)：2 算了两次，gain 的默认值已经是 sqrt(2)",
    ),
)
def two_twice(rng, shape, *, gain=2**0.5, mode="fan_in"):
    return normal(rng, shape, gain * np.sqrt(2 / fan_of(shape, mode)))


@wrong(
    "he_normal",
    observation=(
        "the weights are too small where the gain is above 1, too large where it is below",
        "gain 大于 1 时权重偏小，gain 小于 1 时偏大",
    ),
    question=("if gain doubles, what should become of every weight?", "gain 加倍，每个权重应当怎样变？"),
    name=(
        "gain stands under the root, where it counts as its root: sqrt(gain / fan)",
        "gain 写到了根号里面，只起到 sqrt(gain) 的作用：写成了 sqrt(gain / fan)",
    ),
)
def gain_under_the_root(rng, shape, *, gain=2**0.5, mode="fan_in"):
    return normal(rng, shape, np.sqrt(gain / fan_of(shape, mode)))


@wrong(
    "he_normal",
    observation=(
        "mode makes no difference, nor does it matter which of the two lengths is the larger",
        "mode 不起作用；两个长度谁大谁小也不起作用",
    ),
    question=("does the rule ask for one of the fans or for both?", "公式里要的是一个扇，还是两个都要？"),
    name=(
        "the mean of both fans, as in Xavier's rule; He takes the one that mode says",
        "用了两个扇的平均，那是 Xavier 的公式；He 只取 mode 指定的那个",
    ),
)
def mean_of_fans(rng, shape, *, gain=2**0.5, mode="fan_in"):
    return normal(rng, shape, gain * np.sqrt(2 / sum(shape)))


@wrong(
    "he_normal",
    observation=("the weights are much too small, whatever the mode", "不论哪种 mode，权重都小了很多"),
    question=("how many weights feed ONE unit?", "连到一个单元的权重有多少个？"),
    name=(
        "divided by the root of the number of all weights (`np.prod(shape)`): the fan of one unit is asked for",
        "除以了全部权重个数（`np.prod(shape)`）的根：要用的是一个单元的扇入或扇出",
    ),
)
def all_weights(rng, shape, *, gain=2**0.5, mode="fan_in"):
    return normal(rng, shape, gain / np.sqrt(shape[0] * shape[1]))


@wrong(
    "he_normal",
    observation=(
        "the standard deviation is right; but too few weights lie near 0",
        "标准差是对的；但靠近 0 的权重太少",
    ),
    question=(
        "what share of normal numbers lies within one standard deviation, and what share of uniform ones?",
        "正态分布有多大比例落在一个标准差以内？均匀分布呢？",
    ),
    name=(
        "uniform weights of the right size: this is he_uniform; normal is asked for",
        "大小正确的均匀权重：这是 he_uniform；这里要的是正态分布",
    ),
)
def uniform_instead(rng, shape, *, gain=2**0.5, mode="fan_in"):
    return right.he_uniform(rng, shape, gain=gain, mode=mode)


# ---- he_uniform: b = gain * sqrt(3 / fan) --------------------------------------------------------------


@wrong(
    "he_uniform",
    observation=(
        "the weights are drawn between ends that are too near to 0, always by the same factor",
        "权重的取值范围太窄，而且总是窄同样的倍数",
    ),
    question=(
        "what is the standard deviation of a number drawn uniformly from [-b, b]?",
        "在 [-b, b] 上均匀取的数，标准差是多少？",
    ),
    name=(
        "the standard deviation gain / sqrt(fan) is used as the bound: a uniform number has b / sqrt(3), hence the 3",
        "把标准差 gain / sqrt(fan) 当成了边界：均匀分布的标准差是 b / sqrt(3)，所以才有 3",
    ),
)
def std_as_bound(rng, shape, *, gain=2**0.5, mode="fan_in"):
    return uniform(rng, shape, gain / np.sqrt(fan_of(shape, mode)))


@wrong(
    "he_uniform",
    observation=("the ends are too wide, always by the same factor", "取值范围太宽，而且总是宽同样的倍数"),
    question=(
        "what is the default of gain, and what does it contain already?",
        "gain 的默认值是多少？它已经包含了什么？",
    ),
    name=(
        "gain * sqrt(6 / fan): the 2 counts twice, the default of gain is sqrt(2) already",
        "写成了 gain * sqrt(6 / fan)：2 算了两次，gain 的默认值已经是 sqrt(2)",
    ),
)
def two_counted_twice(rng, shape, *, gain=2**0.5, mode="fan_in"):
    return uniform(rng, shape, gain * np.sqrt(6 / fan_of(shape, mode)))


@wrong(
    "he_uniform",
    observation=(
        "where inputs outnumber outputs the ends are too wide in mode fan_in and too near to 0 "
        "in mode fan_out; "
        "where they do not, the other way round",
        "输入比输出多时，fan_in 模式下范围太宽，fan_out 模式下太窄；输入比输出少时正好相反",
    ),
    question=(
        "X @ W: how many numbers are added up for one unit of the output, rows or columns of W?",
        "X @ W：算一个输出单元要加多少个数？是 W 的行数还是列数？",
    ),
    name=(
        "the two fans are exchanged: here shape is (fan_in, fan_out), in PyTorch it is the other way round",
        "两个扇对调了：这里 shape 是 (fan_in, fan_out)，PyTorch 则相反",
    ),
)
def uniform_fans_swapped(rng, shape, *, gain=2**0.5, mode="fan_in"):
    return uniform(rng, shape, gain * np.sqrt(3 / fan_of(shape[::-1], mode)))


@wrong(
    "he_uniform",
    observation=(
        "right in mode fan_in; in mode fan_out the weights are as large as in mode fan_in",
        "fan_in 模式正确；fan_out 模式下，权重的大小和 fan_in 模式一样",
    ),
    question=("which of your lines uses mode?", "你的哪一行用到了 mode？"),
    name=("mode is not used: fan_in in every case", "没有用到 mode：总是按扇入"),
)
def uniform_mode_ignored(rng, shape, *, gain=2**0.5, mode="fan_in"):
    return uniform(rng, shape, gain * np.sqrt(3 / shape[0]))


@wrong(
    "he_uniform",
    observation=(
        "right with the default gain; with another gain nothing changes",
        "默认 gain 下正确；换一个 gain，结果没有变化",
    ),
    question=("where does the 2 of He's rule stand in this signature?", "He 公式里的 2，在这个函数签名里体现在哪儿？"),
    name=(
        "sqrt(6 / fan) in every case: gain is not used; its default is the sqrt(2) already",
        "总是 sqrt(6 / fan)：没有用到 gain；那个 sqrt(2) 就是 gain 的默认值",
    ),
)
def uniform_gain_ignored(rng, shape, *, gain=2**0.5, mode="fan_in"):
    return uniform(rng, shape, np.sqrt(6 / fan_of(shape, mode)))


@wrong(
    "he_uniform",
    observation=("the upper end is right; no weight is below 0", "上端是对的；但没有一个权重小于 0"),
    question=("what should the mean of the weights be, and what is yours?", "权重的均值应当是多少？你的是多少？"),
    name=(
        "drawn from [0, b] (`rng.uniform(0, b, shape)` or `b * rng.random(shape)`) instead of [-b, b]",
        "从 [0, b] 上抽取（`rng.uniform(0, b, shape)` 或 `b * rng.random(shape)`），应为 [-b, b]",
    ),
)
def positive_only(rng, shape, *, gain=2**0.5, mode="fan_in"):
    return rng.uniform(0, gain * np.sqrt(3 / fan_of(shape, mode)), shape)


@wrong(
    "he_uniform",
    observation=(
        "the standard deviation is right; but there are weights far outside the ends",
        "标准差是对的；但有些权重远在边界之外",
    ),
    question=("which distribution has ends beyond which nothing falls?", "哪种分布有边界，边界之外什么都不会出现？"),
    name=(
        "normal weights of the right size: this is he_normal; uniform is asked for",
        "大小正确的正态权重：这是 he_normal；这里要的是均匀分布",
    ),
)
def normal_instead(rng, shape, *, gain=2**0.5, mode="fan_in"):
    return right.he_normal(rng, shape, gain=gain, mode=mode)


@wrong(
    "he_uniform",
    observation=(
        "mode makes no difference, nor does it matter which of the two lengths is the larger",
        "mode 不起作用；两个长度谁大谁小也不起作用",
    ),
    question=("does the rule ask for one of the fans or for both?", "公式里要的是一个扇，还是两个都要？"),
    name=(
        "the mean of both fans, as in Xavier's rule; He takes the one that mode says",
        "用了两个扇的平均，那是 Xavier 的公式；He 只取 mode 指定的那个",
    ),
)
def uniform_mean_of_fans(rng, shape, *, gain=2**0.5, mode="fan_in"):
    return uniform(rng, shape, gain * np.sqrt(6 / sum(shape)))
