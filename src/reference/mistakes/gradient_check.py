"""What students write instead of the numerical gradient and the gradient check, chapter 00."""

from functools import partial

import numpy as np

from reference import gradient_check as right
from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
numeric = partial(wrong_version, MISTAKES, "numerical_gradient")
check = partial(wrong_version, MISTAKES, "gradient_check")

# ---- numerical_gradient: (f(x + h e_i) - f(x - h e_i)) / (2 h) --------------------------------------


@numeric(
    observation=(
        "right for the usual small h, up to a few digits; clearly wrong for an h that can be seen",
        "用默认的小 h 时只有前几位对；h 取得较大时明显不对",
    ),
    question=(
        "at which two points do you evaluate f, and are both equally far from x?",
        "你在哪两个点上求 f 的值？它们离 x 一样远吗？",
    ),
    name=(
        "a one-sided difference, (f(x + h) - f(x)) / h: its error is of order h, that of the central one of order h^2",
        "用了单侧差分 (f(x + h) - f(x)) / h：误差是 h 的一次方，而中心差分的误差是 h 的平方",
    ),
)
def one_sided(f, x, *, h=1e-5):
    x = np.array(x, dtype=np.float64)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = h
        gradient[index] = (f(x + step) - f(x)) / h
    return gradient


@numeric(
    observation=("every entry is twice what it should be", "每个元素都是正确值的两倍"),
    question=("how far apart are the two points at which f is evaluated?", "求 f 的两个点相距多远？"),
    name=("division by h: the two points are 2 h apart", "除以了 h：两个点相距 2 h"),
)
def two_missing(f, x, *, h=1e-5):
    return 2 * right.numerical_gradient(f, x, h=h)


@numeric(
    observation=("every entry has the wrong sign", "每个元素的符号都反了"),
    question=("which of the two values of f is subtracted from which?", "两个 f 值里，哪个减哪个？"),
    name=("the difference the wrong way round: f(x - h) - f(x + h)", "减反了：写成了 f(x - h) - f(x + h)"),
)
def reversed_difference(f, x, *, h=1e-5):
    return -right.numerical_gradient(f, x, h=h)


@numeric(
    observation=("every entry is too small, by a factor that depends on h", "每个元素都偏小，倍数与 h 有关"),
    question=(
        "you have the change of f over a distance. How does a rate of change come out of it?",
        "你得到的是 f 在一段距离上的改变量。怎样由它得到变化率？",
    ),
    name=("half the difference, not divided by h", "只取了差的一半，没有除以 h"),
)
def not_divided_by_h(f, x, *, h=1e-5):
    return h * right.numerical_gradient(f, x, h=h)


@numeric(
    observation=(
        "all entries of a case are equal; a single number is right",
        "同一个例子里所有元素都相等；单个数是对的",
    ),
    question=(
        "how many entries of x move when the derivative with respect to one of them is taken?",
        "对其中一个元素求导时，x 的几个元素在动？",
    ),
    name=("all entries are moved at once: only entry i may move", "所有元素一起移动了：应当只动第 i 个"),
)
def all_at_once(f, x, *, h=1e-5):
    x = np.array(x, dtype=np.float64)
    return np.full_like(x, (f(x + h) - f(x - h)) / (2 * h))


@numeric(
    observation=(
        "the first entry is right, for a large h the later ones are not; right to a few digits for a small h",
        "第一个元素是对的；h 较大时后面的不对，h 很小时只有前几位对",
    ),
    question=("where is x when your loop comes to its second entry?", "循环到第二个元素时，x 在哪里？"),
    name=("a moved entry is not put back before the next one is moved", "移动过的元素没有还原，就去动下一个了"),
)
def not_put_back(f, x, *, h=1e-5):
    x = np.array(x, dtype=np.float64)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        x[index] += h
        above = f(x)
        x[index] -= 2 * h
        gradient[index] = (above - f(x)) / (2 * h)
    return gradient


@numeric(
    observation=(
        "right for float64; for float32 and for whole numbers the answer has the dtype of x",
        "float64 下正确；输入是 float32 或整数时，结果的 dtype 与 x 相同",
    ),
    question=(
        "what becomes of a slope of 3.7 that is written into an array of whole numbers?",
        "把斜率 3.7 写进一个整数数组，会变成多少？",
    ),
    name=(
        "`np.zeros_like(x)` of the x that came in: make x float64 first, then the array for the answer",
        "`np.zeros_like(x)` 用的是传进来的 x：应先把 x 变成 float64，再建结果数组",
    ),
)
def dtype_of_x(f, x, *, h=1e-5):
    return np.asarray(right.numerical_gradient(f, x, h=h)).astype(x.dtype)


@numeric(
    observation=(
        "the numbers are right; a matrix comes back as a vector, a single number as an array of one",
        "数都对；矩阵变成了向量，单个数变成了只有一个元素的数组",
    ),
    question=("what shape should the gradient have?", "梯度应当是什么形状？"),
    name=("the flat list of derivatives: reshape it to the shape of x", "返回了拉平的导数列表：应当恢复成 x 的形状"),
)
def flat(f, x, *, h=1e-5):
    return np.atleast_1d(right.numerical_gradient(f, x, h=h)).ravel()


# ---- gradient_check ---------------------------------------------------------------------------------


def judged(loss_and_grads, params, h, wrong):
    """Names for which wrong(analytic, numeric) is true; missing gradients and other shapes count as wrong."""
    params = {name: np.array(value, dtype=np.float64) for name, value in params.items()}
    grads, wrong_names = loss_and_grads(params)[1], []
    for name, value in params.items():
        numeric = right.numerical_gradient(lambda x: loss_and_grads({**params, name: x})[0], value, h=h)
        if name not in grads or grads[name].shape != value.shape or wrong(grads[name], numeric):
            wrong_names.append(name)
    return wrong_names


def beyond(analytic, numeric, rtol, atol):
    return ~(np.abs(analytic - numeric) <= atol + rtol * np.abs(numeric))


@check(
    observation=(
        "an array with one wrong entry is not found; arrays that are wrong throughout are",
        "只错一个元素的数组没有被发现；整个都错的能发现",
    ),
    question=(
        "how many entries of an array have to be right for the array to be right?",
        "一个数组要算对，需要几个元素是对的？",
    ),
    name=(
        "an array passes if any of its entries is right: all have to be",
        "只要有一个元素对就放过了整个数组：必须全部都对",
    ),
)
def any_entry(loss_and_grads, params, *, h=1e-5, rtol=1e-5, atol=1e-8):
    return judged(loss_and_grads, params, h, lambda a, n: bool(beyond(a, n, rtol, atol).all()))


@check(
    observation=(
        "some arrays are not found, those whose gradient is too small among them",
        "有些数组没有被发现，其中有梯度偏小的",
    ),
    question=(
        "if analytic - numeric is -5, is it below the tolerance?",
        "analytic - numeric 等于 -5 时，它小于容差吗？",
    ),
    name=("the absolute value is missing: a difference far below zero passes", "漏了绝对值：远小于零的差也被放过了"),
)
def no_absolute_value(loss_and_grads, params, *, h=1e-5, rtol=1e-5, atol=1e-8):
    return judged(loss_and_grads, params, h, lambda a, n: bool((~(a - n <= atol + rtol * np.abs(n))).any()))


@check(
    observation=(
        "right except for gradients that hold NaN: those are not found",
        "除了含 NaN 的梯度没有被发现外，其余正确",
    ),
    question=("is NaN > 0.1 true or false?", "NaN > 0.1 是真还是假？"),
    name=(
        "the test `difference > tolerance` lets NaN pass: ask whether `difference <= tolerance` fails",
        "用 `difference > tolerance` 判断会放过 NaN：应当问 `difference <= tolerance` 是否不成立",
    ),
)
def nan_passes(loss_and_grads, params, *, h=1e-5, rtol=1e-5, atol=1e-8):
    return judged(loss_and_grads, params, h, lambda a, n: bool((np.abs(a - n) > atol + rtol * np.abs(n)).any()))


@check(
    observation=(
        "right except for gradients that are missing: those are not found",
        "除了缺失的梯度没有被发现外，其余正确",
    ),
    question=(
        "which names does your loop run through: those of params, or those of grads?",
        "你的循环遍历的是 params 的名字，还是 grads 的名字？",
    ),
    name=(
        "a name without a gradient is passed over: a missing gradient is wrong",
        "没有梯度的名字被跳过了：缺失的梯度也是错误",
    ),
)
def missing_passes(loss_and_grads, params, *, h=1e-5, rtol=1e-5, atol=1e-8):
    grads = loss_and_grads(params)[1]
    return [name for name in right_names(loss_and_grads, params, h, rtol, atol) if name in grads]


def right_names(loss_and_grads, params, h, rtol, atol):
    return judged(loss_and_grads, params, h, lambda a, n: bool(beyond(a, n, rtol, atol).any()))


@check(
    observation=(
        "right except for gradients of another shape: those are not found",
        "除了形状不符的梯度没有被发现外，其余正确",
    ),
    question=("what does NumPy make of (1, 3) minus (3,)?", "NumPy 会怎样处理形状 (1, 3) 减 (3,)？"),
    name=(
        "shapes are not compared: (1, 3) and (3,) hold the same numbers and broadcast, and are two shapes all the same",
        "没有比较形状：(1, 3) 与 (3,) 里的数相同，还能广播，但形状不同",
    ),
)
def shape_passes(loss_and_grads, params, *, h=1e-5, rtol=1e-5, atol=1e-8):
    grads = loss_and_grads(params)[1]
    return [
        name
        for name in right_names(loss_and_grads, params, h, rtol, atol)
        if name not in grads
        or grads[name].shape == params[name].shape
        or beyond_reshaped(loss_and_grads, params, name, grads, h, rtol, atol)
    ]


def beyond_reshaped(loss_and_grads, params, name, grads, h, rtol, atol):
    numeric = right.numerical_gradient(lambda x: loss_and_grads({**params, name: x})[0], params[name], h=h)
    return beyond(grads[name].reshape(numeric.shape), numeric, rtol, atol).any()


@check(
    observation=("where two arrays are wrong only the first is named", "有两个数组错时，只报出了第一个"),
    question=(
        "what does your code do after it has found the first wrong array?",
        "找到第一个错的数组之后，你的代码做了什么？",
    ),
    name=("it stops at the first wrong array: go through all of them", "找到第一个错的就停了：应当检查完所有数组"),
)
def first_only(loss_and_grads, params, *, h=1e-5, rtol=1e-5, atol=1e-8):
    return right_names(loss_and_grads, params, h, rtol, atol)[:1]


@check(
    observation=("every list holds exactly the names that should not be in it", "每个列表里恰好都是不该出现的名字"),
    question=(
        "which arrays does the docstring ask for, the right ones or the wrong ones?",
        "文档字符串要的是对的数组，还是错的数组？",
    ),
    name=("the names of the right arrays: those of the wrong ones are asked for", "返回了正确的数组的名字：要的是错的"),
)
def the_right_ones(loss_and_grads, params, *, h=1e-5, rtol=1e-5, atol=1e-8):
    wrong = right_names(loss_and_grads, params, h, rtol, atol)
    return [name for name in params if name not in wrong]


@check(
    observation=(
        "right for the usual tolerances; another rtol or atol makes no difference",
        "用默认容差时正确；换了 rtol 或 atol，结果不变",
    ),
    question=("where does your code use rtol and atol?", "你的代码在哪里用到了 rtol 和 atol？"),
    name=(
        "rtol and atol are not used (`np.allclose` without them has its own)",
        "没有用到 rtol 和 atol（不传给 `np.allclose` 时它用自己的默认值）",
    ),
)
def own_tolerances(loss_and_grads, params, *, h=1e-5, rtol=1e-5, atol=1e-8):
    return right_names(loss_and_grads, params, h, 1e-5, 1e-8)


@check(
    observation=(
        "the names are right; where there are two, their order is not always that of params",
        "名字都对；有两个时，顺序不一定与 params 相同",
    ),
    question=("in which order does the docstring ask for the names?", "文档字符串要求名字按什么顺序排列？"),
    name=(
        "the names in another order (sorted, from a set, or that of grads): keep the order of params",
        "名字换了顺序（排过序、来自集合，或按 grads 的顺序）：应保持 params 的顺序",
    ),
)
def sorted_names(loss_and_grads, params, *, h=1e-5, rtol=1e-5, atol=1e-8):
    return sorted(right_names(loss_and_grads, params, h, rtol, atol))


@check(
    observation=(
        "right except where the wrong entries are tiny beside the others: such an array is not found",
        "除了错误的元素比其余元素小得多的数组没有被发现外，其余正确",
    ),
    question=(
        "can a large entry that is right hide a small one that is wrong?",
        "一个正确的大元素，会不会掩盖一个错误的小元素？",
    ),
    name=(
        "one number for the whole array is judged (a length, as some courses do, or a mean): the rule asks every "
        "entry by itself",
        "判断的是整个数组的一个数（长度，有的课程就这么做；或者平均值）：规则要求逐个元素判断",
    ),
)
def by_length(loss_and_grads, params, *, h=1e-5, rtol=1e-5, atol=1e-8):
    length = np.linalg.norm
    return judged(loss_and_grads, params, h, lambda a, n: not length(a - n) <= atol + rtol * (length(a) + length(n)))


@check(
    observation=(
        "right where the usual small h is near enough; where only a large h is, right gradients are called wrong",
        "默认的小 h 够用时正确；只有较大的 h 才够准时，正确的梯度也被报成错的",
    ),
    question=("which h do the differences use?", "差分用的是哪个 h？"),
    name=("h is not handed on: the differences use the default step", "没有把 h 传下去：差分用的是默认步长"),
    holds=lambda inputs, got, right: inputs["h"] > 0.2,
)
def h_not_handed_on(loss_and_grads, params, *, h=1e-5, rtol=1e-5, atol=1e-8):
    return right.gradient_check(loss_and_grads, params, rtol=rtol, atol=atol)


@check(
    observation=(
        "right for small tolerances; where `rtol` is large, an error that makes the gradient too long passes more easily than "
        "one that makes it too short",
        "容差小时正确；`rtol` 较大时，使梯度偏长的错误比使它偏短的错误更容易通过",
    ),
    question=(
        "which of the two gradients does the rule multiply by rtol, and which argument does `np.allclose` multiply by it?",
        "规则里乘以 rtol 的是哪个梯度？`np.allclose` 乘以 rtol 的又是哪个参数？",
    ),
    name=(
        "the tolerance is relative to the analytic gradient, as in `np.allclose(numeric, analytic)`: the rule takes |numeric|",
        "容差取的是相对于解析梯度，如 `np.allclose(numeric, analytic)`：规则用的是 |numeric|",
    ),
    holds=lambda inputs, got, right: inputs["rtol"] > 0.2,
)
def relative_to_analytic(loss_and_grads, params, *, h=1e-5, rtol=1e-5, atol=1e-8):
    return judged(loss_and_grads, params, h, lambda a, n: not (np.abs(a - n) <= atol + rtol * np.abs(a)).all())


def far_from_the_usual(inputs):
    """True if `atol` or `rtol` is not the default, or some right gradient is close to 0."""
    small = min(np.abs(inputs["X"]).min(), *(np.abs(value).min() for value in inputs["params"].values())) < 1e-4
    return small or inputs.get("atol", 1e-8) != 1e-8 or inputs.get("rtol", 1e-5) != 1e-5


RELATIVE_ERROR = {
    "question": (
        "how large may the difference be where both gradients are exactly 0 but for rounding? What adds atol in your test?",
        "两个梯度除舍入外都是 0 时，差最多可以多大？你的判断里哪里加上了 atol？",
    ),
    "name": (
        "a relative error as in CS231n, the difference divided by the sizes of both gradients: the rule is atol + rtol |numeric|",
        "用了 CS231n 那样的相对误差，即差除以两个梯度的大小：规则是 atol + rtol |numeric|",
    ),
    "holds": lambda inputs, got, right: far_from_the_usual(inputs),
}


@check(
    observation=(
        "right for the usual tolerances and gradients far from 0; wrong in some cases with another `atol` or `rtol`, or with "
        "gradients next to 0",
        "容差为默认值、梯度离 0 较远时正确；换了 `atol` 或 `rtol`，或者梯度接近 0 时，有的例子不对",
    ),
    **RELATIVE_ERROR,
)
def relative_error(loss_and_grads, params, *, h=1e-5, rtol=1e-5, atol=1e-8):
    def wrong(a, n):
        return not (np.abs(a - n) / np.maximum(1e-8, np.maximum(np.abs(a), np.abs(n))) <= rtol).all()

    return judged(loss_and_grads, params, h, wrong)


@check(
    observation=(
        "right for the usual tolerances and gradients far from 0; with another `rtol`, an error nearly twice as large passes",
        "容差为默认值、梯度离 0 较远时正确；换了 `rtol` 之后，接近它两倍的误差也被放过了",
    ),
    **RELATIVE_ERROR,
)
def relative_error_of_the_sum(loss_and_grads, params, *, h=1e-5, rtol=1e-5, atol=1e-8):
    def wrong(a, n):
        return not (np.abs(a - n) / np.maximum(1e-8, np.abs(a) + np.abs(n)) <= rtol).all()

    return judged(loss_and_grads, params, h, wrong)


@numeric(
    observation=(
        "right where `x` is float64; wrong where it holds whole numbers, of few digits where it is float32",
        "`x` 为 float64 时正确；`x` 是整数时结果不对，是 float32 时只有前几位对",
    ),
    question=(
        "which dtype has the array to which you add h? Can whole numbers move by 1e-5?",
        "你给它加上 h 的那个数组是什么 dtype？整数能移动 1e-5 吗？",
    ),
    name=(
        "x keeps its dtype while it is moved: begin with `np.array(x, dtype=np.float64)`",
        "移动时 x 仍是原来的 dtype：应先写 `np.array(x, dtype=np.float64)`",
    ),
    holds=lambda inputs, got, right: np.asarray(inputs["x"]).dtype != np.float64,
)
def moved_in_its_own_dtype(f, x, *, h=1e-5):
    x = np.array(x)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += h
        below[index] -= h
        gradient[index] = (f(above) - f(below)) / (2 * h)
    return gradient
