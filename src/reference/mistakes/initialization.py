"""What students write instead of fans and leaky_relu_gain; the initializers that draw have their own modules."""

from functools import partial

import numpy as np

from reference.mistakes import Mistake, he, wrong_version, xavier

MISTAKES: dict[str, list[Mistake]] = xavier.MISTAKES | he.MISTAKES
wrong = partial(wrong_version, MISTAKES)

# ---- fans: taps * shape[-2], taps * shape[-1] ----------------------------------------------------------


@wrong(
    "fans",
    observation=("both numbers are right, in each other's place", "两个数都对，但位置对调了"),
    question=("in X @ W, which axis of W has the length of an input?", "在 X @ W 中，W 的哪个轴与输入等长？"),
    name=(
        "fan_out is returned first: here a shape ends in (inputs, outputs)",
        "先返回了扇出：这里形状的末尾是（输入、输出）",
    ),
)
def swapped(shape):
    taps = int(np.prod(shape[:-2]))
    return taps * shape[-1], taps * shape[-2]


@wrong(
    "fans",
    observation=("right for a matrix; too small for kernels", "对矩阵正确；对卷积核偏小"),
    question=(
        "a 3 x 3 kernel on 4 channels: how many numbers are added up for one output?",
        "4 个通道上的 3 x 3 卷积核：算一个输出要加多少个数？",
    ),
    name=(
        "only the channels are counted: each comes once for every tap of the kernel",
        "只数了通道：卷积核的每个位置都要算一次",
    ),
)
def channels_only(shape):
    return shape[-2], shape[-1]


@wrong(
    "fans",
    observation=(
        "right for a matrix; for kernels they are lengths of the first two axes",
        "对矩阵正确；对卷积核给出的却是前两个轴的长度",
    ),
    question=(
        "which axes of (height, width, channels_in, channels_out) are the channels?",
        "（高, 宽, 输入通道, 输出通道）中，哪几个轴是通道？",
    ),
    name=(
        "`shape[0], shape[1]`: in a kernel the fans stand at the end, and every tap counts",
        "写成了 `shape[0], shape[1]`：通道在形状的末尾，而且核的每个位置都要算",
    ),
)
def first_two_axes(shape):
    return shape[0], shape[1]


@wrong(
    "fans",
    observation=("`fan_in` is right; `fan_out` is too small for kernels", "`fan_in` 正确；对卷积核，`fan_out` 偏小"),
    question=(
        "into how many outputs does one input of a 3 x 3 kernel go?",
        "3 x 3 卷积核里，一个输入会进入多少个输出？",
    ),
    name=(
        "fan_out without the taps: an input feeds every output channel once for each tap",
        "扇出没有乘核的位置数：一个输入通过核的每个位置各进入每个输出通道一次",
    ),
)
def fan_out_without_taps(shape):
    return int(np.prod(shape[:-1])), shape[-1]


@wrong(
    "fans",
    observation=(
        "wrong in every case; the numbers would fit a kernel whose channels stand in front",
        "每个例子都不对；如果通道排在最前面，这些数倒是对的",
    ),
    question=("where do the channels stand in the shapes of this course?", "在本课程的形状约定里，通道排在哪里？"),
    name=(
        "the layout of PyTorch, (channels_out, channels_in, ...): here it is (..., channels_in, channels_out)",
        "用了 PyTorch 的排列 (channels_out, channels_in, ...)：这里是 (..., channels_in, channels_out)",
    ),
)
def layout_of_pytorch(shape):
    taps = int(np.prod(shape[2:]))
    return taps * shape[1], taps * shape[0]


@wrong(
    "fans",
    observation=(
        "right for a matrix; for kernels too small, though more than the channels alone",
        "对矩阵正确；对卷积核偏小，但比单数通道要多",
    ),
    question=("how many taps does a kernel of 3 by 4 have?", "3 x 4 的卷积核有多少个位置？"),
    name=(
        "the lengths of the kernel are added up: a kernel of 3 by 4 has 12 taps, not 7",
        "把卷积核的各边长加了起来：3 x 4 的核有 12 个位置，不是 7 个",
    ),
)
def taps_added(shape):
    taps = sum(shape[:-2]) or 1
    return taps * shape[-2], taps * shape[-1]


# ---- leaky_relu_gain: sqrt(2 / (1 + slope^2)) ----------------------------------------------------------


@wrong(
    "leaky_relu_gain",
    observation=(
        "right for ReLU; for every other slope the signal comes out too large",
        "对 ReLU 正确；对别的斜率，信号都偏大",
    ),
    question=("what does the negative half pass on, if its slope is not 0?", "斜率不为 0 时，负半边会传过去多少？"),
    name=("sqrt(2) in every case: the slope is not used", "总是 sqrt(2)：没有用到斜率"),
)
def always_relu(negative_slope):
    return 2**0.5


@wrong(
    "leaky_relu_gain",
    observation=(
        "the identity and the absolute value are right; for small slopes the signal is too large",
        "恒等和绝对值正确；斜率小时，信号偏大",
    ),
    question=("the contract has gain^2. What have you solved for?", "约定里写的是 gain^2，你解出来的是什么？"),
    name=("gain^2 is returned: the root is missing", "返回的是 gain^2：漏了根号"),
)
def no_root(negative_slope):
    return 2 / (1 + negative_slope**2)


@wrong(
    "leaky_relu_gain",
    observation=(
        "ReLU and the identity are right; in between the signal comes out too small",
        "ReLU 和恒等正确；在两者之间，信号偏小",
    ),
    question=(
        "what is the mean of h^2 for negative z: is it slope times or slope^2 times that of z^2?",
        "对负的 z，h^2 的平均是 z^2 平均的 slope 倍，还是 slope^2 倍？",
    ),
    name=("the slope is not squared: sqrt(2 / (1 + slope))", "斜率没有平方：写成了 sqrt(2 / (1 + slope))"),
)
def slope_not_squared(negative_slope):
    return (2 / (1 + negative_slope)) ** 0.5


@wrong(
    "leaky_relu_gain",
    observation=(
        "right for ReLU; for every other slope the signal comes out too small",
        "对 ReLU 正确；对别的斜率，信号都偏小",
    ),
    question=("solve the contract for gain. Of what is the root taken?", "从约定解出 gain，根号里应该是什么？"),
    name=("the root is taken of the 2 alone: sqrt(2) / (1 + slope^2)", "只对 2 开了根号：sqrt(2) / (1 + slope^2)"),
)
def root_of_two_only(negative_slope):
    return 2**0.5 / (1 + negative_slope**2)


@wrong(
    "leaky_relu_gain",
    observation=("the signal is too small in every case, by the same factor", "每个例子里信号都偏小，倍数相同"),
    question=("how large a share of the examples has z > 0?", "z > 0 的样本占多大比例？"),
    name=(
        "the 2 is missing: each half comes only half the time, so mean(h^2) = (1 + slope^2) / 2 * mean(z^2)",
        "漏了 2：正负两半各占一半，所以 mean(h^2) = (1 + slope^2) / 2 * mean(z^2)",
    ),
)
def two_missing(negative_slope):
    return (1 / (1 + negative_slope**2)) ** 0.5


@wrong(
    "leaky_relu_gain",
    observation=(
        "the identity and the absolute value are right; a shrunken signal shrinks further, a grown one grows",
        "恒等和绝对值正确；本来变小的信号更小了，变大的更大了",
    ),
    question=(
        "leaky ReLU makes the signal smaller. Should the gain be above or below 1?",
        "leaky ReLU 让信号变小，增益应当大于 1 还是小于 1？",
    ),
    name=(
        "turned upside down: sqrt((1 + slope^2) / 2) is what the units do; the gain has to undo it",
        "上下颠倒了：sqrt((1 + slope^2) / 2) 是单元对信号的作用，增益要把它抵消掉",
    ),
)
def upside_down(negative_slope):
    return ((1 + negative_slope**2) / 2) ** 0.5


@wrong(
    "leaky_relu_gain",
    observation=(
        "right for ReLU; for slopes between 0 and 1 the signal comes out too small, and for the identity, too",
        "对 ReLU 正确；斜率在 0 和 1 之间以及恒等时，信号偏小",
    ),
    question=(
        "do z > 0 and z < 0 ever add to one h? Is it a square of a sum, then, or a sum of squares?",
        "z > 0 和 z < 0 会加到同一个 h 里吗？那么应当是和的平方，还是平方的和？",
    ),
    name=(
        "sqrt(2) / (1 + slope), the root of 2 / (1 + slope)^2: it is 1 + slope^2, a sum of squares",
        "写成了 sqrt(2) / (1 + slope)，即 2 / (1 + slope)^2 的根：应为平方之和 1 + slope^2",
    ),
)
def square_of_the_sum(negative_slope):
    return 2**0.5 / (1 + negative_slope)


@wrong(
    "leaky_relu_gain",
    observation=(
        "ReLU, the identity and the absolute value are right; for slopes in between the signal comes out too large",
        "ReLU、恒等和绝对值正确；斜率在其间时，信号偏大",
    ),
    question=(
        "is the gain for the slope 1/2 halfway between those for 0 and 1? Work it out for z = (2, -2)",
        "斜率 1/2 的增益正好在 0 和 1 的增益中间吗？用 z = (2, -2) 算一算",
    ),
    name=(
        "a straight line from sqrt(2) at 0 to 1 at 1: the mean square falls with the square of the slope",
        "从 0 处的 sqrt(2) 到 1 处的 1 连了一条直线：均方是按斜率的平方变化的",
    ),
    holds=lambda inputs, got, right: inputs["negative_slope"] not in (0, 1, -1),
)
def straight_line(negative_slope):
    return 2**0.5 + (1 - 2**0.5) * abs(negative_slope)
