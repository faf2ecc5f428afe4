"""What students write instead of the mean squared error, chapter 01."""

from functools import partial

import numpy as np

from reference import losses as right
from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- mean_squared_error -----------------------------------------------------------------------------


@wrong(
    "mean_squared_error",
    observation=(
        "`loss` and `grad_outputs` are both half of what they should be",
        "`loss` 和 `grad_outputs` 都只有正确值的一半",
    ),
    question=(
        "for one output of 3 and a target of 1, what does the first line of the rule give?",
        "只有一个输出 3、目标是 1 时，公式第一行给出多少？",
    ),
    name=(
        "the convention with 1/(2n): in this course the loss is the plain mean, and the 2 stays in the gradient",
        "用了 1/(2n) 的约定：本课程的损失就是平均值，梯度里保留 2",
    ),
)
def half_convention(outputs, targets):
    loss, grad = right.mean_squared_error(outputs, targets)
    return loss / 2, grad / 2


@wrong(
    "mean_squared_error",
    observation=(
        "`loss` is right in every case; `grad_outputs` is half of what it should be",
        "每个例子里 `loss` 都对；`grad_outputs` 只有正确值的一半",
    ),
    question=("what is the derivative of (o - t)**2 with respect to o?", "(o - t)**2 对 o 的导数是什么？"),
    name=("the 2 of the derivative of a square is missing in the gradient", "梯度里漏了平方求导得到的 2"),
)
def two_missing(outputs, targets):
    loss, grad = right.mean_squared_error(outputs, targets)
    return loss, grad / 2


@wrong(
    "mean_squared_error",
    observation=(
        "for arrays `loss` and `grad_outputs` are too large, both by the number of entries",
        "对数组而言，`loss` 和 `grad_outputs` 都偏大，倍数是元素个数",
    ),
    question=("if every entry came twice, should the loss change?", "如果每个元素都出现两遍，损失应该变吗？"),
    name=("the sum of the squared errors instead of their mean", "求的是平方误差之和，而不是平均"),
)
def sum_of_squares(outputs, targets):
    loss, grad = right.mean_squared_error(outputs, targets)
    return loss * outputs.size, grad * outputs.dtype.type(outputs.size)


@wrong(
    "mean_squared_error",
    observation=(
        "`loss` is right in every case; for arrays `grad_outputs` is too large by the number of entries",
        "每个例子里 `loss` 都对；对数组而言，`grad_outputs` 偏大，倍数是元素个数",
    ),
    question=(
        "the loss is a mean of n terms. Each entry stands in one of them: with what weight?",
        "损失是 n 项的平均。每个元素只出现在其中一项里：这一项的权重是多少？",
    ),
    name=(
        "the gradient lacks 1/n: `2 * error` belongs to the sum, not to the mean",
        "梯度漏了 1/n：`2 * error` 是平方和的梯度，不是平均的梯度",
    ),
)
def gradient_of_the_sum(outputs, targets):
    loss, grad = right.mean_squared_error(outputs, targets)
    return loss, grad * outputs.dtype.type(outputs.size)


@wrong(
    "mean_squared_error",
    observation=(
        "right for vectors and single numbers; for arrays of more dimensions both values are too large",
        "对向量和单个数正确；对维数更多的数组，两个值都偏大",
    ),
    question=("what is n in the rule for an array of shape (3, 2)?", "数组形状为 (3, 2) 时，公式里的 n 是多少？"),
    name=(
        "division by the number of rows, `len(outputs)`: n counts all entries, `outputs.size`",
        "除以了行数 `len(outputs)`：n 是全部元素的个数 `outputs.size`",
    ),
)
def rows_only(outputs, targets):
    loss, grad = right.mean_squared_error(outputs, targets)
    columns = outputs.dtype.type(outputs.size / (len(outputs) if outputs.ndim else 1))
    return loss * columns, grad * columns


@wrong(
    "mean_squared_error",
    observation=(
        "`loss` is right in every case; for arrays of more than one dimension `grad_outputs` is too large",
        "每个例子里 `loss` 都对；对维数大于 1 的数组，`grad_outputs` 偏大",
    ),
    question=(
        "your loss is a mean over how many entries? By how many do you divide in the gradient?",
        "你的损失是对多少个元素取平均？梯度里又除以了多少？",
    ),
    name=(
        "the gradient is divided by the number of rows, `len(outputs)`: n counts all entries, `outputs.size`",
        "梯度除以了行数 `len(outputs)`：n 是全部元素的个数 `outputs.size`",
    ),
    holds=lambda inputs, got, right: inputs["outputs"].ndim > 1,
)
def gradient_by_rows(outputs, targets):
    return right.mean_squared_error(outputs, targets)[0], rows_only(outputs, targets)[1]


@wrong(
    "mean_squared_error",
    observation=(
        "`grad_outputs` is right in every case; for arrays of more than one dimension `loss` is too large",
        "每个例子里 `grad_outputs` 都对；对维数大于 1 的数组，`loss` 偏大",
    ),
    question=(
        "how many squared errors do you add up, and by how many do you divide?",
        "你把多少个平方误差加在一起？又除以了多少？",
    ),
    name=(
        "the loss is divided by the number of rows, `len(outputs)`: n counts all entries, `outputs.size`",
        "损失除以了行数 `len(outputs)`：n 是全部元素的个数 `outputs.size`",
    ),
    holds=lambda inputs, got, right: inputs["outputs"].ndim > 1,
)
def loss_by_rows(outputs, targets):
    return rows_only(outputs, targets)[0], right.mean_squared_error(outputs, targets)[1]


@wrong(
    "mean_squared_error",
    observation=(
        "`loss` is right in every case; `grad_outputs` is minus the right one",
        "每个例子里 `loss` 都对；`grad_outputs` 与正确值差一个负号",
    ),
    question=(
        "if an output is larger than its target, does the loss grow or shrink when the output grows?",
        "输出已经大于目标时，输出再变大，损失变大还是变小？",
    ),
    name=(
        "the error the wrong way round in the gradient: targets - outputs instead of outputs - targets",
        "梯度里的误差减反了：写成了 targets - outputs，应为 outputs - targets",
    ),
)
def error_reversed(outputs, targets):
    loss, grad = right.mean_squared_error(outputs, targets)
    return loss, -grad


@wrong(
    "mean_squared_error",
    observation=(
        "`grad_outputs` is right in every case; `loss` is the square root of the right one",
        "每个例子里 `grad_outputs` 都对；`loss` 是正确值的平方根",
    ),
    question=(
        "the derivative of your loss is not your gradient. Which of the two follows the rule?",
        "对你的损失求导，得不到你的梯度。这两个里哪一个符合公式？",
    ),
    name=("the root mean square: no square root is taken in this loss", "写成了均方根误差：这里的损失不开方"),
)
def root_mean_square(outputs, targets):
    loss, grad = right.mean_squared_error(outputs, targets)
    return np.sqrt(loss), grad


@wrong(
    "mean_squared_error",
    observation=(
        "the returned values are right, but the array handed in as `outputs` has changed",
        "返回值是对的，但传进来的 `outputs` 数组被改动了",
    ),
    question=(
        "which of your lines writes into an array that the caller still uses?",
        "你的哪一行改写了调用者还要用的数组？",
    ),
    name=(
        "an in-place difference, `outputs -= targets`: write `error = outputs - targets`",
        "原地相减：`outputs -= targets` 会改动输入，应写成 `error = outputs - targets`",
    ),
)
def error_in_place(outputs, targets):
    values = right.mean_squared_error(outputs, targets)
    outputs -= targets
    return values
