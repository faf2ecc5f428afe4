"""What students write instead of standardize_fit."""

from functools import partial

import numpy as np

from reference import preprocessing as right
from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)


def or_one(scale, X):
    """The scale, 1 where a feature is constant."""
    return np.where(X.max(axis=0) > X.min(axis=0), scale, 1)


# ---- standardize_fit: mean and standard deviation of every column ----------------------------------------


@wrong(
    "standardize_fit",
    observation=(
        "`shift` is right; `scale` is too large, by a factor that depends on the number of examples alone",
        "`shift` 正确；`scale` 偏大，偏大的倍数只取决于样本数",
    ),
    question=("by what does the mean of N squares divide?", "N 个平方的平均，要除以几？"),
    name=(
        "divided by N - 1 (`ddof=1`): the docstring takes the mean of the squares, which divides by N",
        "除以了 N - 1（`ddof=1`）：文档字符串里是平方的平均，应除以 N",
    ),
)
def n_minus_one(X):
    return X.mean(axis=0), or_one(X.std(axis=0, ddof=min(1, len(X) - 1)), X)  # of one row NumPy would only warn


@wrong(
    "standardize_fit",
    observation=(
        "`shift` is right; `scale` is the square of what it should be",
        "`shift` 正确；`scale` 是正确值的平方",
    ),
    question=("in which unit is your scale, if X is in metres?", "如果 X 的单位是米，你的 scale 是什么单位？"),
    name=(
        "the variance (`X.var`) instead of the standard deviation: the root is missing",
        "用了方差（`X.var`）而不是标准差：漏了开方",
    ),
)
def variance(X):
    return X.mean(axis=0), or_one(X.var(axis=0), X)


@wrong(
    "standardize_fit",
    observation=(
        "right as long as no feature is constant; the scale of a constant one is 0, or next to 0",
        "没有常数特征时正确；常数特征的 scale 是 0，或几乎是 0",
    ),
    question=(
        "what will rescale make of a feature that is the same everywhere?",
        "处处相同的特征，rescale 会把它变成什么？",
    ),
    name=(
        "a constant feature is not looked after: dividing by its deviation gives NaN or inf. Its scale should be 1",
        "没有处理常数特征：除以它的标准差会得到 NaN 或 inf。它的 scale 应为 1",
    ),
)
def constant_forgotten(X):
    return X.mean(axis=0), X.std(axis=0)


@wrong(
    "standardize_fit",
    observation=(
        "right for most constant features; where the constant is 0.1 the scale is tiny, neither 0 nor 1",
        "多数常数特征正确；但常数为 0.1 时 scale 极小，既不是 0 也不是 1",
    ),
    question=(
        "what is np.std of three times 0.1? Which comparison of the column itself is exact?",
        "三个 0.1 的 np.std 是多少？直接比较这一列里的什么才是精确的？",
    ),
    name=(
        "`std == 0` as the test for a constant feature: the mean of equal numbers carries a rounding "
        "error, and the "
        "deviation is 1e-17. Compare highest and lowest instead",
        "用 `std == 0` 判断常数特征：相同数的平均带有舍入误差，标准差成了 1e-17。应比较最大值和最小值",
    ),
)
def std_is_zero(X):
    std = X.std(axis=0)
    return X.mean(axis=0), np.where(std == 0, 1, std)


@wrong(
    "standardize_fit",
    observation=(
        "right within 1e-8 where a feature varies; the scale of a constant one is tiny instead of 1",
        "有变化的特征误差在 1e-8 以内；常数特征的 scale 极小，而不是 1",
    ),
    question=(
        "a new example differs from the constant by 0.1. How large does that become?",
        "新样本与那个常数相差 0.1，缩放之后会变成多大？",
    ),
    name=(
        "1e-8 added to every scale: no NaN any more, but what varies in new examples is blown up 10^8 "
        "times; a "
        "constant feature should have scale 1",
        "给每个 scale 加上 1e-8：虽然没有 NaN 了，但新样本在该特征上的变化会被放大 10^8 倍；常数特征的 scale 应为 1",
    ),
)
def eps_added(X):
    return X.mean(axis=0), X.std(axis=0) + np.asarray(1e-8, X.dtype)


@wrong(
    "standardize_fit",
    observation=("`shift` and `scale` are single numbers", "`shift` 和 `scale` 都只是一个数"),
    question=("how many means does a table with three features have?", "有三个特征的表，应该有几个均值？"),
    name=(
        "mean and deviation of the whole array: without `axis=0` large features drown the small ones",
        "对整个数组求了均值和标准差：没写 `axis=0`，大的特征会淹没小的特征",
    ),
)
def whole_array(X):
    return X.mean(), X.std()


@wrong(
    "standardize_fit",
    observation=("`shift` and `scale` have one entry for each example", "`shift` 和 `scale` 每个样本各有一个元素"),
    question=("which axis of X runs over the examples?", "X 的哪个轴是样本？"),
    name=(
        "`axis=1`: each example was measured over its features; measure each feature over the examples (`axis=0`)",
        "写成了 `axis=1`：在每个样本内部跨特征统计；应在样本之间统计每个特征（`axis=0`）",
    ),
)
def wrong_axis(X):
    return X.mean(axis=1), X.std(axis=1)


@wrong(
    "standardize_fit",
    observation=(
        "`scale` is right; `shift` is not, and lies among the values of each feature",
        "`scale` 正确；`shift` 不对，但它落在各特征的取值之间",
    ),
    question=("add up X - shift in one column. What should come out?", "把某一列的 X - shift 加起来，应该得到多少？"),
    name=("the median instead of the mean", "用了中位数而不是均值"),
)
def median(X):
    return np.median(X, axis=0).astype(X.dtype), right.standardize_fit(X)[1]


@wrong(
    "standardize_fit",
    observation=(
        "`shift` is right; `scale` is too large, and most so for features that lie far from 0 for their spread",
        "`shift` 正确；`scale` 偏大，相对于自身的波动离 0 越远的特征偏得越多",
    ),
    question=("from where is the distance measured, from 0 or from the mean?", "距离是从 0 量起，还是从均值量起？"),
    name=(
        "the root of the mean of X^2: shift_j has to be subtracted before squaring",
        "求的是 X^2 平均的根：平方之前要先减去 shift_j",
    ),
)
def not_centred(X):
    return X.mean(axis=0), or_one(np.sqrt((X**2).mean(axis=0)), X)


@wrong(
    "standardize_fit",
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
def always_float64(X):
    shift, scale = right.standardize_fit(X)
    return shift, scale.astype(np.float64)
