"""What students write instead of gradient clipping, chapter 02."""

from functools import partial

import numpy as np

from reference import clipping as right
from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
value = partial(wrong_version, MISTAKES, "clip_by_value")
norm = partial(wrong_version, MISTAKES, "clip_by_norm")
whole = partial(wrong_version, MISTAKES, "clip_by_global_norm")


def euclidean(grads):
    return float(np.linalg.norm(grads))


def factor(max_norm, size):
    """The factor for a gradient of this length."""
    return max_norm / size if size > max_norm else 1.0


# ---- clip_by_value ----------------------------------------------------------------------------------


@value(
    observation=(
        "large positive entries are right; large negative ones come back as they were",
        "大的正元素处理对了；绝对值大的负元素原样返回",
    ),
    question=("what is the smallest value an entry may have afterwards?", "裁剪之后，元素最小可以是多少？"),
    name=(
        "only the upper limit, `np.minimum(grads, max_value)`: the lower limit is -max_value",
        "只用了上限 `np.minimum(grads, max_value)`：还有下限 -max_value",
    ),
)
def upper_only(grads, *, max_value):
    return np.minimum(grads, grads.dtype.type(max_value))


@value(
    observation=("positive entries are right; every negative one comes back as zero", "正元素都对；负元素全变成了零"),
    question=("what is the smallest value an entry may have afterwards?", "裁剪之后，元素最小可以是多少？"),
    name=(
        "clipped to [0, max_value] instead of [-max_value, max_value]",
        "裁剪到了 [0, max_value]，应为 [-max_value, max_value]",
    ),
)
def from_zero(grads, *, max_value):
    return np.clip(grads, 0, max_value)


@value(
    observation=(
        "no entry is above the limit, but small entries have shrunk, too: the direction is the old one",
        "没有元素超过上限，但小的元素也变小了：方向与原来相同",
    ),
    question=("does an entry that is within the limits change?", "没有超出范围的元素会变吗？"),
    name=(
        "the whole gradient is scaled by its largest entry: here each entry is limited by itself",
        "按最大的元素把整个梯度缩小了：这里是逐个元素限制",
    ),
)
def scaled_by_largest(grads, *, max_value):
    return grads * grads.dtype.type(max_value / max(max_value, np.abs(grads).max()))


@value(
    observation=(
        "entries within the limits are right; those outside come back as zero",
        "范围之内的元素都对；超出的变成了零",
    ),
    question=("to which number is an entry set that is too large?", "过大的元素应被设成多少？"),
    name=("large entries are thrown away: they are to be set to the limit", "把大的元素丢掉了：应当把它们设成上限"),
)
def large_to_zero(grads, *, max_value):
    return grads * (np.abs(grads) <= max_value)


@value(
    observation=("every entry has the right size; none is negative", "每个元素的大小都对；但没有负的"),
    question=("what sign has a clipped entry that was negative?", "原来为负的元素裁剪后是什么符号？"),
    name=("the sign is lost: the limit is applied to the absolute values", "丢了符号：对绝对值做了限制"),
)
def sign_lost(grads, *, max_value):
    return np.minimum(np.abs(grads), grads.dtype.type(max_value))


@value(
    observation=(
        "arrays of several entries come back no longer than max_value altogether, in the old direction",
        "含多个元素的数组，整体长度不超过 max_value，方向不变",
    ),
    question=(
        "does this rule look at the length of the gradient, or at each entry?",
        "这个公式看的是梯度的长度，还是每个元素？",
    ),
    name=("clipping by norm: this rule limits each entry by itself", "做成了按范数裁剪：这个公式逐个元素限制"),
)
def by_norm_instead(grads, *, max_value):
    return grads * grads.dtype.type(max_value / max(max_value, euclidean(grads)))


@value(
    observation=(
        "the returned values are right, but the array handed in as `grads` has changed",
        "返回值是对的，但传进来的 `grads` 数组被改动了",
    ),
    question=(
        "which of your lines writes into an array that the caller still uses?",
        "你的哪一行改写了调用者还要用的数组？",
    ),
    name=(
        "an in-place change (`grads[grads > max_value] = ...`, `out=grads`): work on a copy",
        "原地修改（`grads[grads > max_value] = ...`、`out=grads`）：应在副本上改",
    ),
)
def value_in_place(grads, *, max_value):
    grads[...] = np.clip(grads, -max_value, max_value)
    return grads


# ---- clip_by_norm -----------------------------------------------------------------------------------


@norm(
    observation=(
        "long gradients are right; short ones are made longer, and zeros become NaN",
        "长的梯度都对；短的被拉长了，全零的变成了 NaN",
    ),
    question=("what happens to a gradient that is shorter than max_norm?", "比 max_norm 短的梯度应当怎样？"),
    name=(
        "every gradient is scaled to length max_norm: only the longer ones are to be",
        "所有梯度都被缩放到长度 max_norm：只有更长的才需要",
    ),
)
def always_scaled(grads, *, max_norm):
    with np.errstate(all="ignore"):
        return grads * np.divide(np.float64(max_norm), euclidean(grads)).astype(grads.dtype)


@norm(
    observation=(
        "long gradients and zeros are right; short gradients are made longer, to the length max_norm",
        "长的梯度和全零的都对；短的梯度被拉长到 max_norm",
    ),
    question=("what happens to a gradient that is shorter than max_norm?", "比 max_norm 短的梯度应当怎样？"),
    name=(
        "every gradient except zeros is scaled to length max_norm: only the longer ones are to be",
        "除全零外，所有梯度都被缩放到长度 max_norm：只有更长的才需要",
    ),
    holds=lambda inputs, got, right: np.isclose(euclidean(got["clipped"]), inputs["max_norm"], rtol=1e-4),
)
def always_scaled_unless_zero(grads, *, max_norm):
    size = euclidean(grads)
    return grads * (max_norm / size) if size > 0 else grads.copy()


@norm(
    observation=(
        "long gradients are right; short ones are made longer, and zeros raise ZeroDivisionError",
        "长的梯度都对；短的被拉长了，全零的抛出 ZeroDivisionError",
    ),
    question=("what happens to a gradient that is shorter than max_norm?", "比 max_norm 短的梯度应当怎样？"),
    name=(
        "every gradient is divided by its length and scaled to max_norm: only the longer ones are to be",
        "所有梯度都除以自己的长度、缩放到 max_norm：只有更长的才需要",
    ),
    holds=lambda inputs, got, right: np.isclose(euclidean(got["clipped"]), inputs["max_norm"], rtol=1e-4),
)
def always_scaled_by_floats(grads, *, max_norm):
    return grads * (max_norm / euclidean(grads))


@norm(
    observation=(
        "short gradients are right; long ones keep all their small entries, so that their direction changes",
        "短的梯度都对；长的梯度里小元素原样不动，方向因此变了",
    ),
    question=("after clipping, does the gradient point the same way as before?", "裁剪之后，梯度的方向与原来相同吗？"),
    name=(
        "clipping by value: each entry is limited by itself; the whole is to be multiplied by one factor",
        "做成了按值裁剪：逐个元素限制；应当把整体乘上同一个系数",
    ),
)
def by_value_instead(grads, *, max_norm):
    return np.clip(grads, -max_norm, max_norm)


@norm(
    observation=(
        "the direction is right everywhere; the length is wrong, too short where |g| is above 1",
        "方向都对；长度不对，|g| 大于 1 时偏短",
    ),
    question=(
        "what is the length of (3, 4)? And what does your code make of it?",
        "(3, 4) 的长度是多少？你的代码算出来呢？",
    ),
    name=("the square root is missing: |g| is the root of the sum of squares", "漏了开方：|g| 是平方和的平方根"),
)
def root_missing(grads, *, max_norm):
    return grads * grads.dtype.type(factor(max_norm, euclidean(grads) ** 2))


@norm(
    observation=(
        "short gradients are right; every long one comes back with length 1, whatever max_norm is",
        "短的梯度都对；长的梯度不管 max_norm 多大，返回的长度都是 1",
    ),
    question=("how long should a long gradient be afterwards?", "长的梯度裁剪之后应当多长？"),
    name=(
        "the factor max_norm is missing: g / |g| instead of g * max_norm / |g|",
        "漏了因子 max_norm：写成了 g / |g|，应为 g * max_norm / |g|",
    ),
)
def length_one(grads, *, max_norm):
    size = euclidean(grads)
    return grads / grads.dtype.type(size) if size > max_norm else grads.copy()


@norm(
    observation=(
        "right to about six digits; where a gradient is long it comes out a trifle too short",
        "前六位左右都对；长的梯度裁剪后略微偏短",
    ),
    question=(
        "how long is a long gradient afterwards: exactly max_norm?",
        "长的梯度裁剪之后有多长：恰好是 max_norm 吗？",
    ),
    name=(
        "PyTorch's variant, max_norm / (|g| + 1e-6): this course divides by |g|",
        "用了 PyTorch 的写法 max_norm / (|g| + 1e-6)：本课程除以 |g|",
    ),
)
def with_eps(grads, *, max_norm):
    return grads * grads.dtype.type(min(1.0, max_norm / (euclidean(grads) + 1e-6)))


@norm(
    observation=(
        "vectors and single numbers are right; of a matrix every row has length max_norm at "
        "most, and the whole is too "
        "long",
        "向量和单个数都对；矩阵的每一行长度都不超过 max_norm，整体却太长",
    ),
    question=("over which entries of a matrix is the sum of squares taken?", "矩阵的平方和是对哪些元素求的？"),
    name=(
        "a norm for each row (`axis=-1`): the length is taken over all entries",
        "每一行各算了一个范数（`axis=-1`）：长度要对所有元素算",
    ),
)
def row_by_row(grads, *, max_norm):
    size = np.linalg.norm(grads, axis=-1, keepdims=True) if np.ndim(grads) else abs(grads)
    return grads * np.where(size > max_norm, max_norm / size, 1.0).astype(grads.dtype)


@norm(
    observation=(
        "the direction is right everywhere; arrays that are long, and some that are not, come out too short",
        "方向都对；长的数组裁剪后太短，有些不长的也被缩短了",
    ),
    question=("what is the length of (3, 4): 5 or 7?", "(3, 4) 的长度是 5 还是 7？"),
    name=(
        "the sum of absolute values as length: the root of the sum of squares is meant",
        "把绝对值之和当成了长度：应为平方和的平方根",
    ),
)
def sum_of_sizes(grads, *, max_norm):
    return grads * grads.dtype.type(factor(max_norm, float(np.abs(grads).sum())))


@norm(
    observation=(
        "the direction is right everywhere; arrays that are long come out longer than max_norm",
        "方向都对；长的数组裁剪后仍比 max_norm 长",
    ),
    question=("what is the length of (3, 4): 5 or 4?", "(3, 4) 的长度是 5 还是 4？"),
    name=(
        "the largest entry as length: the root of the sum of squares is meant",
        "把最大的元素当成了长度：应为平方和的平方根",
    ),
)
def largest_entry(grads, *, max_norm):
    return grads * grads.dtype.type(factor(max_norm, float(np.abs(grads).max())))


@norm(
    observation=(
        "long gradients come back as they were; short ones are made longer",
        "长的梯度原样返回；短的反而被拉长了",
    ),
    question=(
        "which gradients are to be changed, those above max_norm or those below?",
        "要改的是长度超过 max_norm 的，还是不到的？",
    ),
    name=("the condition the wrong way round: `if norm < max_norm`", "条件写反了：写成了 `if norm < max_norm`"),
)
def condition_reversed(grads, *, max_norm):
    size = euclidean(grads)
    return grads * grads.dtype.type(max_norm / size) if 0 < size < max_norm else grads.copy()


@norm(
    observation=(
        "the returned values are right, but where the gradient is long the array handed in has changed",
        "返回值是对的，但梯度较长时，传进来的数组被改动了",
    ),
    question=(
        "which of your lines writes into an array that the caller still uses?",
        "你的哪一行改写了调用者还要用的数组？",
    ),
    name=(
        "an in-place change, `grads *= ...`: write `grads * ...`",
        "原地修改：`grads *= ...` 会改动输入，应写成 `grads * ...`",
    ),
)
def norm_in_place(grads, *, max_norm):
    grads[...] = right.clip_by_norm(grads, max_norm=max_norm)
    return grads


# ---- clip_by_global_norm ----------------------------------------------------------------------------


def scaled(grads, scale):
    return {name: g * g.dtype.type(scale) for name, g in grads.items()}


def total(grads):
    return float(np.sqrt(sum(float(np.sum(g.astype(np.float64) ** 2)) for g in grads.values())))


def lengthened(inputs, got):
    """True if the result has length max_norm although the gradients were shorter."""
    clipped = {name: value for name, value in got.items() if name.startswith("clipped")}
    return got["norm"] < inputs["max_norm"] and np.isclose(total(clipped), inputs["max_norm"], rtol=1e-4)


@whole(
    observation=(
        "the length is right; afterwards each array is max_norm long at most, all of them together are longer",
        "长度是对的；裁剪后每个数组都不超过 max_norm，合起来却更长",
    ),
    question=("how many different factors does your code use for one call?", "调用一次，你的代码用了几个不同的系数？"),
    name=(
        "each array is clipped by itself: one factor for all, from the length of all",
        "每个数组各自裁剪了：应由总长度算出一个系数，用于所有数组",
    ),
)
def each_by_itself(grads, *, max_norm):
    return {name: right.clip_by_norm(g, max_norm=max_norm) for name, g in grads.items()}, total(grads)


@whole(
    observation=(
        "the length is too large, and long gradients come out too short; the direction is right",
        "长度偏大，长的梯度裁剪后太短；方向是对的",
    ),
    question=(
        "what is the length of (3, 4), put together from the two numbers?",
        "由 3 和 4 两个数合成的 (3, 4)，长度是多少？",
    ),
    name=(
        "the lengths of the arrays are added: their squares are to be added, then the root",
        "把各数组的长度直接相加了：应把平方相加再开方",
    ),
)
def sum_of_norms(grads, *, max_norm):
    size = sum(euclidean(g) for g in grads.values())
    return scaled(grads, factor(max_norm, size)), float(size)


@whole(
    observation=(
        "the gradients are right in every case; the length is never above max_norm",
        "梯度都对；返回的长度从不超过 max_norm",
    ),
    question=(
        "which length is worth plotting: the one before clipping or after it?",
        "值得画出来的是裁剪之前的长度，还是之后的？",
    ),
    name=(
        "the length after clipping is returned: the one before is asked for",
        "返回的是裁剪之后的长度：要的是裁剪之前的",
    ),
)
def length_afterwards(grads, *, max_norm):
    return right.clip_by_global_norm(grads, max_norm=max_norm)[0], min(total(grads), max_norm)


@whole(
    observation=(
        "the length is the square of the right one; long gradients, and some short ones, come out too short",
        "长度是正确值的平方；长的梯度以及有些短的梯度，裁剪后都太短",
    ),
    question=("what is the last step in computing a length from the squares?", "由平方和算长度，最后一步是什么？"),
    name=("the square root is missing", "漏了开方"),
)
def without_root(grads, *, max_norm):
    size = total(grads) ** 2
    return scaled(grads, factor(max_norm, size)), size


@whole(
    observation=(
        "the length is right; gradients that are short altogether are made longer",
        "长度是对的；合起来较短的梯度被拉长了",
    ),
    question=(
        "what happens to gradients that are shorter than max_norm together?",
        "合起来比 max_norm 短的梯度应当怎样？",
    ),
    name=(
        "every gradient is scaled to length max_norm: only longer ones are to be",
        "所有梯度都被缩放到 max_norm：只有更长的才需要",
    ),
)
def scaled_always(grads, *, max_norm):
    with np.errstate(all="ignore"):
        return scaled(grads, np.divide(max_norm, total(grads))), total(grads)


@whole(
    observation=(
        "the length is right; gradients that are short altogether are made longer, and zeros raise ZeroDivisionError",
        "长度是对的；合起来较短的梯度被拉长了，全零的抛出 ZeroDivisionError",
    ),
    question=(
        "what happens to gradients that are shorter than max_norm together?",
        "合起来比 max_norm 短的梯度应当怎样？",
    ),
    name=(
        "every gradient is divided by the length and scaled to max_norm: only longer ones are to be",
        "所有梯度都除以总长度、缩放到 max_norm：只有更长的才需要",
    ),
    holds=lambda inputs, got, right: lengthened(inputs, got),
)
def scaled_always_by_floats(grads, *, max_norm):
    size = total(grads)
    return scaled(grads, max_norm / size), size


@whole(
    observation=(
        "the length is right, and so are zeros; gradients that are short altogether are made longer",
        "长度是对的，全零的也对；合起来较短的梯度被拉长了",
    ),
    question=(
        "what happens to gradients that are shorter than max_norm together?",
        "合起来比 max_norm 短的梯度应当怎样？",
    ),
    name=(
        "every gradient except zeros is scaled to length max_norm: only longer ones are to be",
        "除全零外，所有梯度都被缩放到 max_norm：只有更长的才需要",
    ),
    holds=lambda inputs, got, right: lengthened(inputs, got),
)
def scaled_always_unless_zero(grads, *, max_norm):
    size = total(grads)
    return scaled(grads, max_norm / size if size > 0 else 1.0), size


@whole(
    observation=(
        "right to about six digits; long gradients come out a trifle too short",
        "前六位左右都对；长的梯度裁剪后略微偏短",
    ),
    question=(
        "how long is a long gradient afterwards: exactly max_norm?",
        "长的梯度裁剪之后有多长：恰好是 max_norm 吗？",
    ),
    name=(
        "PyTorch's variant, max_norm / (|g| + 1e-6): this course divides by |g|",
        "用了 PyTorch 的写法 max_norm / (|g| + 1e-6)：本课程除以 |g|",
    ),
)
def global_with_eps(grads, *, max_norm):
    return scaled(grads, min(1.0, max_norm / (total(grads) + 1e-6))), total(grads)


@whole(
    observation=(
        "the length is right; where clipping is needed, arrays that are short by themselves stay as they were",
        "长度是对的；需要裁剪时，本身较短的数组却原样未动",
    ),
    question=(
        "which length decides whether an array is scaled: its own, or that of all together?",
        "决定一个数组要不要缩小的，是它自己的长度，还是总长度？",
    ),
    name=(
        "the right factor, but only for arrays that are longer than max_norm by themselves",
        "系数对了，但只用在自身长度超过 max_norm 的数组上",
    ),
)
def long_arrays_only(grads, *, max_norm):
    scale = factor(max_norm, total(grads))
    return {name: g * g.dtype.type(scale) if euclidean(g) > max_norm else g.copy() for name, g in grads.items()}, total(
        grads
    )


@whole(
    observation=(
        "the returned values are right, but where the gradients are long the arrays handed in have changed",
        "返回值是对的，但梯度较长时，传进来的数组被改动了",
    ),
    question=(
        "which of your lines writes into arrays that the caller still uses?",
        "你的哪一行改写了调用者还要用的数组？",
    ),
    name=(
        "an in-place change, `g *= scale` or `grads[name] = ...`: make a new dict of new arrays",
        "原地修改：`g *= scale` 或 `grads[name] = ...`；应新建字典和数组",
    ),
)
def global_in_place(grads, *, max_norm):
    clipped, size = right.clip_by_global_norm(grads, max_norm=max_norm)
    for name in grads:
        grads[name] = clipped[name]
    return grads, size


@whole(
    observation=(
        "the length is too small where there are several arrays, and long gradients come out too long",
        "有多个数组时长度偏小，长的梯度裁剪后仍太长",
    ),
    question=(
        "do all arrays enter into your length, or only one of them?",
        "你的长度里包含了所有数组，还是只有其中一个？",
    ),
    name=(
        "the longest array decides: the length is that of all arrays together",
        "只看最长的那个数组：长度应由所有数组合起来算",
    ),
)
def longest_array(grads, *, max_norm):
    size = max(euclidean(g) for g in grads.values())
    return scaled(grads, factor(max_norm, size)), size


@norm(
    observation=(
        "gradients well above and well below max_norm are right; some near it are cut too early or too late",
        "远长于或远短于 max_norm 的梯度都对；有些接近 max_norm 的裁剪得太早或太晚",
    ),
    question=(
        "which two numbers does your `if` compare? Are both of them lengths?",
        "你的 `if` 比较的是哪两个数？它们都是长度吗？",
    ),
    name=(
        "the sum of squares is compared with max_norm: compare its root, the length",
        "拿平方和与 max_norm 相比：应当用它的平方根，也就是长度",
    ),
    holds=lambda inputs, got, right: between_length_and_square(inputs),
)
def squares_compared(grads, *, max_norm):
    return grads * grads.dtype.type(max_norm / euclidean(grads)) if euclidean(grads) ** 2 > max_norm else grads.copy()


def between_length_and_square(inputs):
    """True if max_norm lies between the length and the sum of squares."""
    length = euclidean(inputs["grads"])
    return (length > inputs["max_norm"]) != (length**2 > inputs["max_norm"])


@norm(
    observation=(
        "the direction is right everywhere; some gradients that are too long come back longer than max_norm",
        "方向都对；有些过长的梯度裁剪之后仍比 max_norm 长",
    ),
    question=("what is the length of (3, 4): 5 or 3.5?", "(3, 4) 的长度是 5 还是 3.5？"),
    name=(
        "the root of the mean of the squares as length: the length is the root of their sum",
        "把平方的平均值开方当成了长度：长度是平方和开方",
    ),
    holds=lambda inputs, got, right: lengthened_one(inputs, got),
)
def root_of_the_mean(grads, *, max_norm):
    return grads * grads.dtype.type(factor(max_norm, float(np.sqrt(np.mean(np.square(grads))))))


def lengthened_one(inputs, got):
    """True if the result is longer than max_norm and has the direction of the gradient."""
    size = euclidean(got["clipped"])
    same_direction = np.allclose(got["clipped"] / size, inputs["grads"] / euclidean(inputs["grads"]), rtol=1e-4)
    return same_direction and size > inputs["max_norm"] * (1 + 1e-4)


@norm(
    observation=(
        "short gradients are right; a long one comes back with the right direction, shorter than max_norm",
        "短的梯度都对；长的方向对，却比 max_norm 还短",
    ),
    question=(
        "length 10, max_norm 5: by which number do you have to multiply, and by which do you?",
        "长度为 10，max_norm 为 5：应当乘以几？你乘的是几？",
    ),
    name=(
        "the factor is squared, `max_norm**2 / sum of squares`: take the root of the sum first",
        "因子被平方了，成了 `max_norm**2 / 平方和`：应先对平方和开方",
    ),
    holds=lambda inputs, got, right: np.isclose(
        euclidean(got["clipped"]), inputs["max_norm"] ** 2 / euclidean(inputs["grads"]), rtol=1e-4
    ),
)
def factor_squared(grads, *, max_norm):
    return grads * grads.dtype.type(factor(max_norm, euclidean(grads)) ** 2)


@norm(
    observation=(
        "right for vectors, single numbers and arrays of three axes; a long matrix comes back too long",
        "对向量、单个数和三维数组都对；过长的矩阵裁剪之后仍然太长",
    ),
    question=(
        "which norm is `np.linalg.norm(A, 2)` for a matrix A, and which is `np.linalg.norm(A)`?",
        "对矩阵 A，`np.linalg.norm(A, 2)` 是哪种范数？`np.linalg.norm(A)` 呢？",
    ),
    name=(
        "the spectral norm of a matrix (`np.linalg.norm(A, 2)`, its largest singular value): the length counts all entries",
        "矩阵用了谱范数（`np.linalg.norm(A, 2)`，即最大奇异值）：长度要计入所有元素",
    ),
    holds=lambda inputs, got, right: inputs["grads"].ndim == 2 and lengthened_one(inputs, got),
)
def spectral_norm(grads, *, max_norm):
    size = float(np.linalg.norm(grads, 2)) if grads.ndim == 2 else euclidean(grads)
    return grads * grads.dtype.type(factor(max_norm, size))


@norm(
    observation=(
        "long gradients, zeros and max_norm = inf are right; short gradients are made longer, to the length max_norm",
        "长的梯度、全零的和 max_norm = inf 时都对；短的梯度被拉长到 max_norm",
    ),
    question=("what happens to a gradient that is shorter than max_norm?", "比 max_norm 短的梯度应当怎样？"),
    name=(
        "every gradient except zeros is scaled to length max_norm where that is finite: only the longer ones are to be",
        "只要 max_norm 有限，除全零外所有梯度都被缩放到这个长度：只有更长的才需要",
    ),
    holds=lambda inputs, got, right: np.isclose(euclidean(got["clipped"]), inputs["max_norm"], rtol=1e-4),
)
def always_scaled_to_a_finite_length(grads, *, max_norm):
    size = euclidean(grads)
    return grads * (max_norm / size) if size > 0 and max_norm < float("inf") else grads.copy()
