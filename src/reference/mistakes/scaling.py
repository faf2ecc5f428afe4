"""What students write instead of min_max_fit and rescale."""

from functools import partial

import numpy as np

from reference import preprocessing as right
from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)


def or_one(scale, X):
    """The scale, 1 where a feature is constant."""
    return np.where(X.max(axis=0) > X.min(axis=0), scale, 1)


# ---- min_max_fit: lowest value and range ------------------------------------------------------------------


def range_or_one(X):
    return right.min_max_fit(X)[1]


@wrong(
    "min_max_fit",
    observation=(
        "`shift` is right; `scale` is the highest value of each feature",
        "`shift` 正确；`scale` 是各特征的最大值",
    ),
    question=("what does the highest training value become?", "训练集里的最大值会变成多少？"),
    name=(
        "the highest value instead of the range: the top comes to 1 only where the lowest is 0",
        "用了最大值而不是极差：只有最小值为 0 时，最大值才会变成 1",
    ),
)
def highest_as_scale(X):
    return X.min(axis=0), or_one(X.max(axis=0), X)


@wrong(
    "min_max_fit",
    observation=(
        "`shift` is right; `scale` is the highest value of each feature, also where the feature is constant",
        "`shift` 正确；`scale` 是各特征的最大值，常数特征也是如此",
    ),
    question=(
        "what does (x - lowest) / scale become for the highest training value?",
        "对训练集里的最大值，(x - 最小值) / scale 等于多少？",
    ),
    name=(
        "lowest and highest value are returned: scale is highest minus lowest, and 1 for a constant feature",
        "返回的是最小值和最大值：scale 应是最大值减最小值，常数特征取 1",
    ),
    holds=lambda inputs, got, right: "new" in inputs or np.array_equal(got["scale"], inputs["X"].max(axis=0)),
)
def lowest_and_highest(X):
    return 1.0 * X.min(axis=0), 1.0 * X.max(axis=0)


@wrong(
    "min_max_fit",
    observation=(
        "right as long as no feature is constant; a constant one gets the scale 0",
        "没有常数特征时正确；常数特征的 scale 是 0",
    ),
    question=(
        "what will rescale make of a feature that is the same everywhere?",
        "处处相同的特征，rescale 会把它变成什么？",
    ),
    name=(
        "a constant feature is not looked after: dividing by its range gives NaN or inf. Its scale should be 1",
        "没有处理常数特征：除以它的极差会得到 NaN 或 inf。它的 scale 应为 1",
    ),
)
def no_range(X):
    return X.min(axis=0), X.max(axis=0) - X.min(axis=0)


@wrong(
    "min_max_fit",
    observation=(
        "right within 1e-8 where a feature varies; the scale of a constant one is tiny instead of 1",
        "有变化的特征误差在 1e-8 以内；常数特征的 scale 极小，而不是 1",
    ),
    question=(
        "a new example differs from the constant by 0.1. How large does that become?",
        "新样本与那个常数相差 0.1，缩放之后会变成多大？",
    ),
    name=(
        "1e-8 added to every scale: what varies in new examples is blown up 10^8 times; a constant "
        "feature should "
        "have scale 1",
        "给每个 scale 加上 1e-8：新样本在该特征上的变化会被放大 10^8 倍；常数特征的 scale 应为 1",
    ),
)
def eps_on_the_range(X):
    return X.min(axis=0), X.max(axis=0) - X.min(axis=0) + np.asarray(1e-8, X.dtype)


@wrong(
    "min_max_fit",
    observation=("`shift` and `scale` are single numbers", "`shift` 和 `scale` 都只是一个数"),
    question=(
        "which interval does the smallest of your features fill afterwards?",
        "缩放之后，数值最小的那个特征占据多大的区间？",
    ),
    name=(
        "lowest and highest of the whole array: without `axis=0` only the largest feature fills [0, 1]",
        "求了整个数组的最小和最大值：没写 `axis=0`，只有最大的特征能占满 [0, 1]",
    ),
)
def range_of_the_array(X):
    return X.min(), X.max() - X.min()


@wrong(
    "min_max_fit",
    observation=("`shift` and `scale` have one entry for each example", "`shift` 和 `scale` 每个样本各有一个元素"),
    question=("which axis of X runs over the examples?", "X 的哪个轴是样本？"),
    name=(
        "`axis=1`: each example was measured over its features; measure each feature over the examples (`axis=0`)",
        "写成了 `axis=1`：在每个样本内部跨特征统计；应在样本之间统计每个特征（`axis=0`）",
    ),
)
def range_of_examples(X):
    return X.min(axis=1), X.max(axis=1) - X.min(axis=1)


@wrong(
    "min_max_fit",
    observation=(
        "`scale` is right; `shift` is the highest value of each feature",
        "`scale` 正确；`shift` 是各特征的最大值",
    ),
    question=("what should the lowest training value become?", "训练集里的最小值应该变成多少？"),
    name=(
        "the highest value is subtracted: the training examples would fill [-1, 0]",
        "减去的是最大值：训练样本会落在 [-1, 0]",
    ),
)
def highest_as_shift(X):
    return X.max(axis=0), range_or_one(X)


@wrong(
    "min_max_fit",
    observation=(
        "`scale` is right; `shift` is not, and lies among the values of each feature",
        "`scale` 正确；`shift` 不对，但它落在各特征的取值之间",
    ),
    question=("what should the lowest training value become?", "训练集里的最小值应该变成多少？"),
    name=(
        "the mean is subtracted (mean normalization): the lowest value has to go to 0",
        "减去的是均值：应让最小值变成 0",
    ),
)
def mean_as_shift(X):
    return X.mean(axis=0), range_or_one(X)


@wrong(
    "min_max_fit",
    observation=(
        "the numbers are right for float64; for float32 `scale` comes back as float64",
        "float64 下数值正确；float32 时 `scale` 返回的是 float64",
    ),
    question=(
        "which of your lines makes a new array, and what dtype does that array have?",
        "你的哪一行新建了数组？这个数组的 dtype 是什么？",
    ),
    name=(
        "ones of float64 (`np.ones(D)`, `np.float64(1)`) are mixed into a float32 scale: a plain 1 keeps the dtype",
        "把 float64 的 1（`np.ones(D)`、`np.float64(1)`）混进了 float32 的 scale：直接写 1 就能保持 dtype",
    ),
)
def range_in_float64(X):
    shift, scale = right.min_max_fit(X)
    return shift, scale.astype(np.float64)


# ---- rescale: (X - shift) / scale --------------------------------------------------------------------------


@wrong(
    "rescale",
    observation=(
        "every column of the answer has mean 0, whatever `shift` is; a single example becomes zeros",
        "不管 `shift` 是什么，结果每一列的均值都是 0；只有一个样本时全变成零",
    ),
    question=("may the test set look at itself?", "测试集可以参考它自己的统计量吗？"),
    name=(
        "measured anew on the examples that come in: leakage. Use the `shift` and `scale` of the training set",
        "在传进来的样本上重新统计：这是数据泄漏。应使用训练集的 `shift` 和 `scale`",
    ),
)
def fitted_anew(X, shift, scale):
    return (X - X.mean(axis=0)) / or_one(X.std(axis=0), X)


@wrong(
    "rescale",
    observation=(
        "two examples lie as far apart in the answer as they do in X",
        "两个样本在结果里的差，和在 X 里一样大",
    ),
    question=(
        "which is done first, subtracting or dividing? Where do the parentheses stand?",
        "先减还是先除？括号在哪里？",
    ),
    name=(
        "X - shift / scale: the parentheses are missing, and only shift is divided",
        "写成了 X - shift / scale：漏了括号，只有 shift 被除了",
    ),
)
def no_parentheses(X, shift, scale):
    return X - shift / scale


@wrong(
    "rescale",
    observation=(
        "the answer is too large where scale is above 1, too small where it is below",
        "scale 大于 1 的特征偏大，小于 1 的偏小",
    ),
    question=(
        "a feature with deviation 40 should get deviation 1. Multiply or divide?",
        "标准差为 40 的特征要变成 1，该乘还是该除？",
    ),
    name=("multiplied by scale instead of divided", "乘了 scale，应当除以 scale"),
)
def multiplied(X, shift, scale):
    return (X - shift) * scale


@wrong(
    "rescale",
    observation=(
        "each feature is off by a constant: twice its shift, measured in its scale",
        "每个特征都差一个常数：以 scale 为单位，正好是 shift 的两倍",
    ),
    question=(
        "where does an example equal to `shift` go, and where should it?",
        "恰好等于 `shift` 的样本变成了什么？应该变成什么？",
    ),
    name=("shift is added instead of subtracted", "加上了 shift，应当减去"),
)
def added(X, shift, scale):
    return (X + shift) / scale


@wrong(
    "rescale",
    observation=(
        "each feature is off by a constant: its shift, measured in its scale",
        "每个特征都差一个常数：以 scale 为单位，正好是 shift",
    ),
    question=(
        "where does an example equal to `shift` go, and where should it?",
        "恰好等于 `shift` 的样本变成了什么？应该变成什么？",
    ),
    name=("shift is not used: divided only", "没有用到 shift：只做了除法"),
)
def only_divided(X, shift, scale):
    return X / scale


@wrong(
    "rescale",
    observation=(
        "the zeros are right; everything is too small where scale is below 1 and too large where it is above",
        "零点是对的；scale 小于 1 的特征偏小，大于 1 的偏大",
    ),
    question=("is `scale` a variance or a deviation already?", "`scale` 是方差，还是已经是标准差？"),
    name=("divided by the root of scale, as if it were a variance", "除以了 scale 的平方根，把它当成了方差"),
)
def root_again(X, shift, scale):
    return (X - shift) / np.sqrt(scale)


@wrong(
    "rescale",
    observation=(
        "each feature is off by a constant, none where its scale is 1",
        "每个特征都差一个常数；scale 为 1 时不差",
    ),
    question=("in which unit is shift: that of X, or that of the answer?", "shift 的单位和 X 一样，还是和结果一样？"),
    name=("divided first and shifted afterwards: X / scale - shift", "先除后减：写成了 X / scale - shift"),
)
def divided_first(X, shift, scale):
    return X / scale - shift


@wrong(
    "rescale",
    observation=(
        "the returned values are right, but the array handed in as `X` has changed",
        "返回值是对的，但传进来的 `X` 被改动了",
    ),
    question=(
        "`b = a` makes a second name, not a second array. Which of your lines write into X?",
        "`b = a` 只是多了一个名字，并没有多出一个数组。你的哪几行改写了 X？",
    ),
    name=(
        "in-place changes such as `X -= shift`: write `X - shift`",
        "原地修改：`X -= shift` 会改动输入，应写成 `X - shift`",
    ),
)
def in_place(X, shift, scale):
    X[...] = (X - shift) / scale
    return X
