"""What students write instead of the largest stable learning rate and its rule of thumb, chapter 01."""

from functools import partial

import numpy as np

from reference import gradient_descent as right
from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- max_stable_lr: 2 / L, L = lambda_max(X'X / N) / 2 ----------------------------------------------


@wrong(
    "max_stable_lr",
    observation=("in every case with a finite limit you give half of it", "凡是极限有限的例子，你给出的都是它的一半"),
    question=(
        "for the loss L/2 * x**2 a step multiplies x by 1 - lr * L. For which lr does |x| stop shrinking?",
        "对损失 L/2 * x**2，走一步相当于给 x 乘上 1 - lr * L。lr 到多大时 |x| 不再缩小？",
    ),
    name=(
        "1/L, the step that is best along the steepest direction; steps are stable up to 2/L (or 2/lambda_max: L is half of "
        "lambda_max)",
        "给出的是 1/L，即沿最陡方向一步到底的学习率；稳定的上限是 2/L（或给出了 2/lambda_max：L 是 lambda_max 的一半）",
    ),
)
def best_for_one_direction(X):
    return right.max_stable_lr(X) / 2


@wrong(
    "max_stable_lr",
    observation=(
        "in every case with a finite limit you give N times less (N: the number of rows); right where N is 1",
        "凡是极限有限的例子，你给出的都小了 N 倍（N 是行数）；N 为 1 时正确",
    ),
    question=(
        "is the loss a sum or a mean over the examples, and what does that do to its curvature?",
        "损失是对样本求和还是求平均？这对曲率有什么影响？",
    ),
    name=(
        "1/N is missing: the curvature of the mean loss is lambda_max(X^T X) / N / 2",
        "漏了 1/N：平均损失的曲率是 lambda_max(X^T X) / N / 2",
    ),
)
def without_n(X):
    return right.max_stable_lr(X) / len(X)


@wrong(
    "max_stable_lr",
    observation=(
        "right where X has one row or all rows zero; otherwise too small, but not by the same factor",
        "X 只有一行或全为零时正确；其余例子偏小，但倍数各不相同",
    ),
    question=(
        "is the curvature in the steepest direction the sum of all eigenvalues?",
        "最陡方向上的曲率，是所有特征值之和吗？",
    ),
    name=(
        "the trace instead of the largest eigenvalue (the Frobenius norm: `np.linalg.norm(X)` without the 2)",
        "用了迹而不是最大特征值（`np.linalg.norm(X)` 少写了 2，得到的是 Frobenius 范数）",
    ),
)
def by_the_trace(X):
    L = float(np.linalg.norm(X)) ** 2 / len(X) / 2
    return float("inf") if L == 0 else 2 / L


@wrong(
    "max_stable_lr",
    observation=(
        "wrong wherever the limit is finite; when X is ten times as large your limit falls ten "
        "times, not a "
        "hundred times",
        "凡是极限有限的例子都不对；X 变成十倍时，你的极限只降为十分之一，而不是百分之一",
    ),
    question=("which power of X stands in X^T X?", "X^T X 里 X 出现了几次？"),
    name=(
        "the singular value of X is not squared: lambda_max(X^T X) is its square",
        "X 的奇异值没有平方：lambda_max(X^T X) 是它的平方",
    ),
)
def singular_value(X):
    L = float(np.linalg.norm(X, 2)) / len(X) / 2
    return float("inf") if L == 0 else 2 / L


@wrong(
    "max_stable_lr",
    observation=(
        "too large wherever the limit is finite, often by far; inf where X has more columns than rows",
        "凡是极限有限的例子都偏大，往往大得多；X 的列比行多时给出 inf",
    ),
    question=(
        "which direction bursts first when lr grows, the steepest or the flattest?",
        "lr 逐渐变大时，最先发散的是最陡的方向还是最平的方向？",
    ),
    name=("the smallest eigenvalue instead of the largest", "用了最小特征值，应当用最大特征值"),
)
def smallest_eigenvalue(X):
    values = np.linalg.eigvalsh(X.T @ X / len(X))
    return float("inf") if values[0] <= 1e-12 * values[-1] else float(4 / values[0])


@wrong(
    "max_stable_lr",
    observation=(
        "in every case with a finite limit you give a quarter of it",
        "凡是极限有限的例子，你给出的都是它的四分之一",
    ),
    question=(
        "write down L from the docstring, then the lr at which 1 - lr * L reaches -1. How many factors of 2 are there?",
        "先写出文档字符串里的 L，再求 1 - lr * L 等于 -1 时的 lr。一共出现了几个因子 2？",
    ),
    name=(
        "both factors of 2 are lost: 1 / lambda_max instead of 2 / (lambda_max / 2)",
        "两个因子 2 都丢了：写成了 1 / lambda_max，应为 2 / (lambda_max / 2)",
    ),
)
def one_over_eigenvalue(X):
    return right.max_stable_lr(X) / 4


@wrong(
    "max_stable_lr",
    observation=(
        "in every case what you give grows when X grows; the limit shrinks",
        "X 变大时你给出的值跟着变大；而极限应当变小",
    ),
    question=("on a steeper loss, may lr be larger or must it be smaller?", "损失更陡时，lr 可以更大，还是必须更小？"),
    name=("L itself is returned: the limit is 2 / L", "返回了 L 本身：上限应为 2 / L"),
)
def curvature_itself(X):
    return float(np.linalg.norm(X, 2)) ** 2 / len(X) / 2


@wrong(
    "max_stable_lr",
    observation=(
        "in every case with a finite limit you give D / N times the right value (X has N rows and D columns)",
        "凡是极限有限的例子，你给出的都是正确值的 D / N 倍（X 有 N 行 D 列）",
    ),
    question=(
        "what does the mean in the loss run over, examples or features?",
        "损失里的平均是对样本取的，还是对特征取的？",
    ),
    name=(
        "division by the number of features, X.shape[1]: N is the number of rows",
        "除以了特征数 X.shape[1]：N 是行数",
    ),
)
def features_for_examples(X):
    return right.max_stable_lr(X) * X.shape[1] / len(X)


# ---- scaled_lr: linear lr * new / old, sqrt lr * sqrt(new / old) ------------------------------------


@wrong(
    "scaled_lr",
    observation=(
        "every answer goes the wrong way: smaller for a larger batch, larger for a smaller one",
        "每个答案的方向都反了：批量变大时变小，批量变小时变大",
    ),
    question=("a larger batch has less noise. May lr then grow?", "批量更大，噪声更小。那么 lr 可以变大吗？"),
    name=("the ratio upside down: batch_size / new_batch_size", "比值写反了：写成了 batch_size / new_batch_size"),
)
def upside_down(lr, *, batch_size, new_batch_size, rule="linear"):
    return right.scaled_lr(lr, batch_size=new_batch_size, new_batch_size=batch_size, rule=rule)


@wrong(
    "scaled_lr",
    observation=(
        'right for the rule "linear" and without a rule; for "sqrt" the answer is that of "linear"',
        '规则为 "linear" 或不指定规则时正确；规则为 "sqrt" 时给出的还是 "linear" 的答案',
    ),
    question=("where in your code does `rule` make a difference?", "你的代码里，`rule` 在哪里起作用？"),
    name=("`rule` is never looked at: always linear", "没有用到 `rule`：总是按线性规则算"),
)
def always_linear(lr, *, batch_size, new_batch_size, rule="linear"):
    return right.scaled_lr(lr, batch_size=batch_size, new_batch_size=new_batch_size)


@wrong(
    "scaled_lr",
    observation=(
        'right for the rule "sqrt"; for "linear" and without a rule the answer is that of "sqrt"',
        '规则为 "sqrt" 时正确；规则为 "linear" 或不指定规则时给出的是 "sqrt" 的答案',
    ),
    question=("where in your code does `rule` make a difference?", "你的代码里，`rule` 在哪里起作用？"),
    name=("`rule` is never looked at: always the square root", "没有用到 `rule`：总是按平方根规则算"),
)
def always_sqrt(lr, *, batch_size, new_batch_size, rule="linear"):
    return right.scaled_lr(lr, batch_size=batch_size, new_batch_size=new_batch_size, rule="sqrt")


@wrong(
    "scaled_lr",
    observation=("each rule gives the answer of the other one", "两个规则各自给出了对方的答案"),
    question=(
        "which of your two branches belongs to SGD, and which word selects it?",
        "你的两个分支里，哪一个属于 SGD？它由哪个词选中？",
    ),
    name=("the two rules are swapped", "两个规则写反了"),
)
def rules_swapped(lr, *, batch_size, new_batch_size, rule="linear"):
    other = {"linear": "sqrt", "sqrt": "linear"}[rule]
    return right.scaled_lr(lr, batch_size=batch_size, new_batch_size=new_batch_size, rule=other)


@wrong(
    "scaled_lr",
    observation=(
        "zero where the new batch is smaller; too small where it is larger but not a multiple of the old one",
        "新批量更小时答案是零；新批量更大但不是旧批量的整数倍时，答案偏小",
    ),
    question=("what is 250 // 32 in Python, and what is 250 / 32?", "Python 里 250 // 32 和 250 / 32 各是多少？"),
    name=("integer division, `//`: the ratio need not be a whole number", "用了整除 `//`：比值不一定是整数"),
)
def whole_ratio(lr, *, batch_size, new_batch_size, rule="linear"):
    return right.scaled_lr(lr, batch_size=1, new_batch_size=1) * (new_batch_size // batch_size) ** (
        1 if rule == "linear" else 0.5
    )


@wrong(
    "scaled_lr",
    observation=(
        'right for the rule "linear"; for "sqrt" the answer for twice the lr is not twice the answer',
        '规则为 "linear" 时正确；规则为 "sqrt" 时，lr 加倍，答案却没有加倍',
    ),
    question=("what does the root stand over in the rule?", "公式里，根号下面是什么？"),
    name=(
        "the root over everything, `sqrt(lr * ratio)`: lr stands outside the root",
        "对整个式子开了方：`sqrt(lr * ratio)`；lr 应在根号外面",
    ),
)
def root_over_lr(lr, *, batch_size, new_batch_size, rule="linear"):
    linear = right.scaled_lr(lr, batch_size=batch_size, new_batch_size=new_batch_size)
    return linear if rule == "linear" else linear**0.5


@wrong(
    "scaled_lr",
    observation=(
        'right for the rule "linear"; for "sqrt" the answer is too far from lr, on either side',
        '规则为 "linear" 时正确；规则为 "sqrt" 时，答案离 lr 太远，偏大偏小都有',
    ),
    question=(
        "is the square root of 9 larger or smaller than 9, and which way does yours go?",
        "9 的平方根比 9 大还是小？你的写法往哪个方向变？",
    ),
    name=("the square of the ratio instead of its square root", "用了比值的平方，应当用平方根"),
)
def squared_ratio(lr, *, batch_size, new_batch_size, rule="linear"):
    ratio = new_batch_size / batch_size
    return lr * ratio if rule == "linear" else lr * ratio**2


def ratios(got, right):
    """Your limits beside the right ones, where those are finite."""
    return np.array([got[name] / value for name, value in right.items() if np.isfinite(value)])


@wrong(
    "max_stable_lr",
    observation=(
        "right where X has one row; otherwise your limit is (N - 1)/N of the right one (N: the number of rows)",
        "X 只有一行时正确；其余例子里你的极限都是正确值的 (N - 1)/N（N 是行数）",
    ),
    question=(
        "the loss is a mean over N examples. By which number is X^T X divided?",
        "损失是对 N 个样本求平均。X^T X 应除以几？",
    ),
    name=(
        "X^T X is divided by N - 1, as a covariance of a sample is: the mean over the examples divides by N",
        "X^T X 除以了 N - 1，那是样本协方差的做法：对样本求平均应除以 N",
    ),
    holds=lambda inputs, got, right: np.allclose(ratios(got, right), 1 - 1 / len(inputs["X"])),
)
def divided_by_one_less(X):
    limit = right.max_stable_lr(X)
    return limit * (len(X) - 1) / len(X) if len(X) > 1 else limit


@wrong(
    "max_stable_lr",
    observation=(
        "never too small; too large or inf in some cases, most where the columns of X have a large mean",
        "从不偏小；有些例子偏大或为 inf，X 各列的均值越大，偏得越多",
    ),
    question=(
        "is the mean of the columns subtracted from X anywhere in the rule?",
        "公式里有哪一处把 X 各列的均值减掉了？",
    ),
    name=(
        "the covariance of X (`np.cov`, or X minus its means): the rule takes X^T X / N of X as it is",
        "用了 X 的协方差（`np.cov`，或先减去均值）：公式用的是 X 本身的 X^T X / N",
    ),
    holds=lambda inputs, got, right: (ratios(got, right) > 1).all(),
)
def centred_first(X):
    return right.max_stable_lr(X - X.mean(axis=0))


@wrong(
    "max_stable_lr",
    observation=(
        "right where X has one column; never too small, too large where the columns are not at right angles",
        "X 只有一列时正确；从不偏小，各列不互相垂直时偏大",
    ),
    question=(
        "are the numbers on the diagonal of a matrix its eigenvalues?",
        "矩阵对角线上的数就是它的特征值吗？",
    ),
    name=(
        "the largest entry on the diagonal of X^T X / N: the largest eigenvalue is larger unless the matrix is diagonal",
        "取了 X^T X / N 对角线上最大的元素：除非是对角矩阵，最大特征值比它大",
    ),
    holds=lambda inputs, got, right: inputs["X"].shape[1] > 1 and (ratios(got, right) > 1).all(),
)
def largest_on_the_diagonal(X):
    L = float((X * X).mean(axis=0).max()) / 2
    return float("inf") if L == 0 else 2 / L


@wrong(
    "max_stable_lr",
    observation=(
        "right where X has one row or all rows are zero; otherwise too small",
        "X 只有一行或全为零时正确；其余例子偏小",
    ),
    question=(
        "the loss is a mean over the examples. Is its curvature that of the worst example?",
        "损失是对样本求平均。它的曲率等于最差那个样本的曲率吗？",
    ),
    name=(
        "the longest row, 4 / max |x_i|^2: safe for one example at a time, but not the limit of the mean",
        "取了最长的一行，4 / max |x_i|^2：对单个样本是安全的，但不是平均损失的极限",
    ),
    holds=lambda inputs, got, right: len(inputs["X"]) > 1 and (ratios(got, right) < 1).all(),
)
def longest_row(X):
    L = float((X * X).sum(axis=1).max()) / 2
    return float("inf") if L == 0 else 2 / L
