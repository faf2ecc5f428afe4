"""What students write instead of the first exercise, chapter 00."""

from functools import partial

import numpy as np

from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES, "center_columns")


@wrong(
    observation=(
        "the entries of your answer add up to 0 all together, but those of a column do not",
        "答案的所有元素加起来是 0，但每一列各自加起来不是",
    ),
    question=(
        "how many means are there: one for the whole array, or one for each column?",
        "一共有几个平均值：整个数组一个，还是每列一个？",
    ),
    name=(
        "one mean for all, `X.mean()`: each column has its own, `X.mean(axis=0)`",
        "整个数组只用了一个平均值 `X.mean()`：每一列有自己的平均值 `X.mean(axis=0)`",
    ),
)
def one_mean(X):
    return X - X.mean()


@wrong(
    observation=("the entries of each row add up to 0, those of a column do not", "每一行加起来是 0，每一列却不是"),
    question=(
        "which axis is summed over for the mean of a column: the one that counts rows, or the one that counts columns?",
        "求一列的平均时，是沿着数行的轴相加，还是沿着数列的轴相加？",
    ),
    name=(
        "the rows are centred: `axis=1` gives a mean for each row, `axis=0` one for each column",
        "减的是每一行的平均：`axis=1` 得到每行的平均，`axis=0` 才是每列的",
    ),
)
def rows_centred(X):
    return X - X.mean(axis=1, keepdims=True)


@wrong(
    observation=(
        "the columns do not add up to 0, but they differ from X by one number for each column",
        "各列加起来不是 0，但每一列与 X 只差一个数",
    ),
    question=("is the mean of a column to be added or subtracted?", "一列的平均应当加上还是减去？"),
    name=("the means are added", "加上了平均值，应当减去"),
)
def means_added(X):
    return X + X.mean(axis=0)


@wrong(
    observation=(
        "every entry is too far from X: the columns do not add up to 0 unless they did before",
        "每个元素都离 X 太远：各列加起来不是 0",
    ),
    question=("by what is a sum divided to make it a mean?", "求和之后，除以什么才是平均？"),
    name=("the sum of the column is subtracted, not its mean", "减去的是整列之和，不是平均"),
)
def sums_subtracted(X):
    return X - X.sum(axis=0)


STANDARDIZED = dict(
    observation=(
        "the columns add up to 0, but they are stretched or shrunk: differences of rows have changed",
        "各列加起来是 0，但被拉长或压缩了：行与行之间的差变了",
    ),
    question=("is anything divided in the task?", "题目里有除法吗？"),
    name=(
        "standardizing: the columns are divided by their standard deviation, too; here they are only centred",
        "做成了标准化：还除以了标准差；这里只减平均",
    ),
)


@wrong(**STANDARDIZED)
def standardized(X):
    return (X - X.mean(axis=0)) / X.std(axis=0)


@wrong(
    observation=("one row of means comes back, not an array like X", "只返回了一行平均值，而不是与 X 同形状的数组"),
    question=("what shape does the docstring promise?", "文档字符串说返回值的形状是什么？"),
    name=("the means themselves: they are still to be subtracted from X", "返回了平均值本身：还要用 X 减去它"),
)
def means_alone(X):
    return X.mean(axis=0)


@wrong(
    observation=(
        "the values are right, but the array handed in as `X` has changed",
        "数值是对的，但传进来的 `X` 数组被改动了",
    ),
    question=("does `X -= ...` make a new array?", "`X -= ...` 会新建数组吗？"),
    name=(
        "an in-place change, `X -= X.mean(axis=0)`: write `X - X.mean(axis=0)`",
        "原地修改：`X -= X.mean(axis=0)` 会改动输入，应写成 `X - X.mean(axis=0)`",
    ),
)
def in_place(X):
    X -= X.mean(axis=0)
    return X


@wrong(
    observation=(
        "the numbers are right for float64; for float32 the answer comes back as float64",
        "float64 下数值正确；输入是 float32 时，返回的却是 float64",
    ),
    question=(
        "which of your lines makes a new array, and what dtype does that array have?",
        "你的哪一行新建了数组？这个数组的 dtype 是什么？",
    ),
    name=(
        "a cast to float64, such as `np.zeros(X.shape)` or `astype(float)`: keep the dtype of X",
        "转成了 float64，例如 `np.zeros(X.shape)` 或 `astype(float)`：应保持 X 的 dtype",
    ),
)
def as_float64(X):
    return (X - X.mean(axis=0)).astype(np.float64)


@wrong(
    observation=(
        "in each column at most half of the entries are above 0 and at most half below, but it does not add up to 0",
        "每一列里大于 0 的和小于 0 的都不超过一半，但加起来不是 0",
    ),
    question=(
        "which average makes the differences add up to 0: that of all values, or the one in the middle?",
        "减去哪一个数，差值加起来才是 0：所有值的平均，还是排在中间的那个值？",
    ),
    name=("the median of the column is subtracted, not its mean", "减去的是一列的中位数，不是平均"),
    holds=lambda inputs, got, right: all(
        (2 * side.sum(axis=0) <= len(side)).all() for side in (got["centred"] > 0, got["centred"] < 0)
    ),
)
def median_subtracted(X):
    return X - np.median(X, axis=0)


@wrong(
    observation=(
        "each column is shifted as a whole, but by too much: it does not add up to 0",
        "每一列都整体平移了，但移得太多：加起来不是 0",
    ),
    question=("by which number do you divide the sum of the column?", "一列之和，你除以的是哪个数？"),
    name=(
        "the sum is divided by N - 1: that belongs to a sample variance, a mean divides by N",
        "求和之后除以了 N - 1：那是样本方差的除数，平均应除以 N",
    ),
    holds=lambda inputs, got, right: shifted_too_far(inputs["X"], got["centred"], right["centred"]),
)
def divided_by_one_less(X):
    return X - X.sum(axis=0) / max(len(X) - 1, 1)


def shifted_too_far(X, got, right):
    """True if the number subtracted from each column has the sign of its mean and is larger."""
    subtracted, mean = X - got, X - right
    finite = np.isfinite(mean).all(axis=0)
    subtracted, mean = subtracted[:, finite], mean[:, finite]
    is_one_number = np.allclose(subtracted, subtracted[:1], rtol=1e-3)
    return bool(
        is_one_number and (np.abs(subtracted) >= np.abs(mean) * (1 - 1e-5)).all() and (subtracted * mean >= 0).all()
    )


@wrong(**STANDARDIZED, holds=lambda inputs, got, right: adds_up_to_zero(got["centred"]))
def standardized_unless_constant(X):
    deviation = X.std(axis=0)
    return (X - X.mean(axis=0)) / np.where(deviation == 0, X.dtype.type(1), deviation)


def adds_up_to_zero(got):
    """True if each column without NaN adds up to 0, up to rounding."""
    columns = got[:, np.isfinite(got).all(axis=0)]
    return bool((np.abs(columns.sum(axis=0)) <= 1e-5 * np.abs(columns).sum(axis=0)).all())


@wrong(
    observation=(
        "in each column of your answer the largest and the smallest entry are equally far from 0",
        "答案的每一列里，最大的元素与最小的元素离 0 一样远",
    ),
    question=("what is the mean of 0, 0 and 6: 2 or 3?", "0、0、6 的平均值是 2 还是 3？"),
    name=(
        "the middle between the largest and the smallest entry is subtracted, `(max + min) / 2`: the mean counts all entries",
        "减的是最大与最小元素的中点 `(max + min) / 2`：平均值要计入所有元素",
    ),
    holds=lambda inputs, got, right: np.allclose(
        got["centred"].max(axis=0), -got["centred"].min(axis=0), rtol=1e-4, equal_nan=True
    ),
)
def middle_of_the_range(X):
    return X - (X.max(axis=0) + X.min(axis=0)) / X.dtype.type(2)
