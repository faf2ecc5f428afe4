"""What students write instead of the noise floor of chapter 01."""

from functools import partial

from reference.mistakes import Mistake, wrong_version
from reference.noise import noise_floor

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)


def below_two(floor, curvature, lr):
    return float("inf") if lr * curvature >= 2 else floor


@wrong(
    "noise_floor",
    observation=("too large or too small by a factor that is lr itself", "偏大或偏小，倍数正好是 lr"),
    question=(
        "what multiplies the noise in a step, and what does that do to its variance?",
        "一步之中，噪声乘上了什么？它的方差因此变成多少倍？",
    ),
    name=(
        "the noise enters with lr instead of lr**2: a variance is multiplied by the square",
        "噪声乘的是 lr 而不是 lr**2：方差要乘以平方",
    ),
)
def lr_not_squared(curvature, *, lr, noise_variance):
    return noise_floor(curvature, lr=lr, noise_variance=noise_variance) / lr


@wrong(
    "noise_floor",
    observation=(
        "nearly twice the right answer where lr * curvature is small, too small where it is above 1",
        "lr * curvature 小时接近正确值的两倍，大于 1 时偏小",
    ),
    question=(
        "a step multiplies x by 1 - lr * curvature. By what does it multiply x**2?",
        "一步把 x 乘上 1 - lr * curvature。x**2 乘上多少？",
    ),
    name=(
        "the contraction is not squared: `lr**2 * noise / (lr * curvature)`",
        "收缩因子没有平方：写成了 `lr**2 * noise / (lr * curvature)`",
    ),
)
def contraction_not_squared(curvature, *, lr, noise_variance):
    return below_two(lr * noise_variance / curvature, curvature, lr)


@wrong(
    "noise_floor",
    observation=(
        "close where lr * curvature is small, far too small where it comes near 2",
        "lr * curvature 小时很接近，靠近 2 时小得太多",
    ),
    question=("is 1 - (1 - a)**2 exactly 2 * a?", "1 - (1 - a)**2 恰好等于 2 * a 吗？"),
    name=(
        "the approximation for small lr, lr * noise / (2 * curvature): the term with lr**2 is left out",
        "用了 lr 很小时的近似 lr * noise / (2 * curvature)：漏了含 lr**2 的项",
    ),
)
def small_lr_only(curvature, *, lr, noise_variance):
    return below_two(lr * noise_variance / (2 * curvature), curvature, lr)


@wrong(
    "noise_floor",
    observation=(
        "close where lr * curvature is small, too small elsewhere, and never inf",
        "lr * curvature 小时很接近，其余情形偏小，而且从不为 inf",
    ),
    question=(
        "is 1 - (1 - a)**2 exactly 2 * a? And where does x end up if a = lr * curvature is 3?",
        "1 - (1 - a)**2 恰好等于 2 * a 吗？a = lr * curvature 为 3 时，x 会怎样？",
    ),
    name=(
        "the approximation for small lr, lr * noise / (2 * curvature), used for every lr: the term with lr**2 is "
        "left out, and so is inf from lr * curvature = 2 on",
        "对所有 lr 都用了 lr 很小时的近似 lr * noise / (2 * curvature)：漏了含 lr**2 的项，"
        "也漏了 lr * curvature >= 2 时的 inf",
    ),
    holds=lambda inputs, got, right: all(got[name] <= right[name] and got[name] < float("inf") for name in right),
)
def small_lr_everywhere(curvature, *, lr, noise_variance):
    return lr * noise_variance / (2 * curvature)


@wrong(
    "noise_floor",
    observation=("the square root of the right answer", "结果是正确值的平方根"),
    question=("is the mean of x**2 asked for, or how far x is from 0?", "要的是 x**2 的平均，还是 x 离 0 有多远？"),
    name=("the standard deviation: the answer is the mean of x**2 itself", "算成了标准差：要的是 x**2 的平均本身"),
)
def standard_deviation(curvature, *, lr, noise_variance):
    return noise_floor(curvature, lr=lr, noise_variance=noise_variance) ** 0.5


@wrong(
    "noise_floor",
    observation=("the right answer times half the curvature", "结果是正确值乘以曲率的一半"),
    question=("is it the mean of x**2, or that of the loss?", "这是 x**2 的平均，还是损失的平均？"),
    name=(
        "the mean of the loss curvature / 2 * x**2: the answer is the mean of x**2",
        "算成了损失 curvature / 2 * x**2 的平均：要的是 x**2 的平均",
    ),
)
def floor_of_the_loss(curvature, *, lr, noise_variance):
    return curvature / 2 * noise_floor(curvature, lr=lr, noise_variance=noise_variance)


@wrong(
    "noise_floor",
    observation=("too small in every case with noise", "凡是有噪声的例子都偏小"),
    question=("what is left of the noise of earlier steps?", "前面各步的噪声，现在还剩多少？"),
    name=(
        "what a single step adds, lr**2 * noise: earlier noise, shrunk, is still there",
        "只算了一步加进来的 lr**2 * noise：以前的噪声缩小之后仍然在",
    ),
)
def one_step_only(curvature, *, lr, noise_variance):
    return below_two(lr**2 * noise_variance, curvature, lr)


@wrong(
    "noise_floor",
    observation=("right for a variance of 1 only, and without noise", "只有方差为 1 或没有噪声时才对"),
    question=(
        "noise_variance is a mean of squares already. Is it squared once more?",
        "noise_variance 已经是平方的平均，是不是又平方了一次？",
    ),
    name=("noise_variance taken for a standard deviation and squared", "把 noise_variance 当成标准差又平方了一次"),
)
def variance_squared(curvature, *, lr, noise_variance):
    return noise_floor(curvature, lr=lr, noise_variance=noise_variance**2)


@wrong(
    "noise_floor",
    observation=(
        "right below lr * curvature = 2; beyond it a negative number",
        "lr * curvature 小于 2 时对；超过 2 时是负数",
    ),
    question=(
        "can a mean of squares be negative? What does x do when a step more than doubles back?",
        "平方的平均会是负数吗？一步跨过头、越跨越远时，x 会怎样？",
    ),
    name=(
        "the formula beyond its range: for lr * curvature >= 2 runs diverge and the answer is inf",
        "公式用到了适用范围之外：lr * curvature >= 2 时发散，答案是 inf",
    ),
)
def negative_beyond_two(curvature, *, lr, noise_variance):
    return lr * noise_variance / (curvature * (2 - lr * curvature))


@wrong(
    "noise_floor",
    observation=("the right answer times the curvature", "结果是正确值乘以曲率"),
    question=(
        "in which direction does the same noise reach farther, a flat one or a steep one?",
        "同样的噪声，在平坦方向和陡峭方向，哪一个偏离得更远？",
    ),
    name=(
        "the curvature is missing below: lr * noise / (2 - lr * curvature)",
        "分母漏了曲率：写成了 lr * noise / (2 - lr * curvature)",
    ),
)
def curvature_missing(curvature, *, lr, noise_variance):
    return curvature * noise_floor(curvature, lr=lr, noise_variance=noise_variance)
