"""Chapter 06: statistics of data that arrive in pieces, and the backward pass of RMSNorm."""

import numpy as np

from descent.cases import numbers
from descent.exercise import Case, Exercise, Group, returned
from descent.hyper import require
from instructor.transfer.base import transfer


def merge_statistics(first, second):
    """Mean and variance of two sets of examples together, from those of each set.

    Contract: the result is what one would measure on all rows of both sets at once: their number, the mean of each
    feature, and its variance with 1/N. Nothing but these is known of the sets. It stays precise where the means are a
    million times as large as the spread.

    first, second: tuples (count, mean, var): a whole number >= 0, and two arrays (D,). They are not changed. A set
    without rows has count 0; its mean and var then mean nothing (they are finite).
    Returns (count, mean, var) of both together. Raises ValueError when both counts are 0 or one is negative.
    """
    (n, mean_1, var_1), (k, mean_2, var_2) = first, second
    require(n >= 0 and k >= 0 and n + k > 0, "counts", (n, k), ">= 0, and one of them > 0")
    total, gap = n + k, mean_2 - mean_1
    mean = mean_1 + gap * (k / total)
    # within the sets, and between them: the squared distances of the two means from the common one
    var = var_1 * (n / total) + var_2 * (k / total) + gap * gap * (n / total) * (k / total)
    return total, mean, var


MERGE_ZH = """
由两组样本各自的均值和方差，求合在一起的均值和方差。

契约：结果等于把两组的所有行放在一起一次测得的结果：总行数、每个特征的均值、每个特征的方差（除以 N）。
除此之外，对这两组数据一无所知。即使均值比离散程度大一百万倍，结果也要精确。

first、second：元组 (count, mean, var)：一个 >= 0 的整数和两个 (D,) 数组。均不得改动。
没有行的组 count 为 0，此时它的 mean 和 var 没有意义（但都是有限数）。
返回合在一起的 (count, mean, var)。两个 count 都为 0，或有一个为负时，抛出 ValueError。
"""

MERGE_GROUPS = {
    "mean": Group(2, "count and mean", "行数与均值", only=("count", "mean")),
    "var": Group(3, "the variance of both together", "合在一起的方差", only=("var",)),
    "far": Group(2, "means far from zero", "均值离零很远"),
    "empty": Group(1, "one set has no rows", "其中一组没有行"),
}


def merge_cases(rng):
    def summary(rows):
        return len(rows), rows.mean(axis=0), rows.var(axis=0)

    def case(group, n, k, D, offset=0.0):
        parts = [numbers(rng, (count, D)) + offset + numbers(rng, D) for count in (n, k)]
        return Case(group, {"first": summary(parts[0]), "second": summary(parts[1])}, "merge_statistics(first, second)")

    def empty(n, D, turned):
        nothing, rows = (0, numbers(rng, D), np.abs(numbers(rng, D))), summary(numbers(rng, (n, D)))
        first, second = (nothing, rows) if turned else (rows, nothing)
        return Case("empty", {"first": first, "second": second}, "merge_statistics(first, second)")

    return [
        case("mean", 3, 5, 2),
        case("mean", 6, 2, 3),
        case("var", 4, 7, 2),
        case("var", 9, 3, 3),
        case("far", 5, 8, 2, 1e6),
        case("far", 7, 4, 3, 1e6),
        empty(4, 2, True),
        empty(5, 3, False),
    ]


def run_merge(solution, inputs):
    count, mean, var = returned(solution(inputs["first"], inputs["second"]), "count", "mean", "var")
    return {"count": count, "mean": mean, "var": var}


def precise_variance(got, expected, inputs):
    """Eight digits: with means of a million, a double holds ten digits of a deviation of about 1."""
    if type(got) is not np.ndarray or got.shape != expected.shape:
        return {"en": f"must be an array of shape {expected.shape}", "zh": f"应为形状 {expected.shape} 的数组"}
    if not np.allclose(got, expected, rtol=1e-8, atol=0):
        return {"en": "differs from the variance of all rows", "zh": "与所有行的方差不同"}
    return None


def rmsnorm_backward(grad_out, X, gamma, *, eps=1e-5):
    """Gradients of root-mean-square normalization, which scales every row and subtracts nothing.

        out = gamma * X / sqrt(mean of the row's X^2 + eps)

    Contract: to first order, grad_X and grad_gamma are the gradients of the loss with respect to X and gamma, where
    grad_out is the gradient with respect to out. Central differences agree. The root depends on X too.

    grad_out, X: (N, D). gamma: (D,). They are not changed. Returns (grad_X, grad_gamma), of shapes (N, D) and (D,).
    Raises ValueError unless eps > 0.

    Zhang and Sennrich (2019).
    """
    require(eps > 0, "eps", eps, "a number > 0")
    scale = 1 / np.sqrt((X * X).mean(axis=1, keepdims=True) + eps)
    x_hat, H = X * scale, grad_out * gamma
    return scale * (H - x_hat * (H * x_hat).mean(axis=1, keepdims=True)), (grad_out * x_hat).sum(axis=0)


RMS_ZH = """
均方根归一化（RMSNorm）的梯度；它只缩放每一行，不减去均值。

    out = gamma * X / sqrt(该行 X^2 的均值 + eps)

契约：一阶意义下，grad_X 和 grad_gamma 是损失对 X 和 gamma 的梯度，其中 grad_out 是损失对 out 的梯度；
与中心差分一致。注意那个平方根也依赖于 X。

grad_out、X：(N, D)。gamma：(D,)。均不得改动。返回 (grad_X, grad_gamma)，形状为 (N, D) 和 (D,)。
eps <= 0 时抛出 ValueError。

出自 Zhang 与 Sennrich（2019）。
"""

RMS_GROUPS = {
    "gamma": Group(1, "the gradient of gamma", "gamma 的梯度", only=("grad_gamma",)),
    "X": Group(4, "the gradient of X", "X 的梯度", only=("grad_X",)),
    "eps": Group(1, "a large eps", "较大的 eps", only=("grad_X",)),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
}


def rms_cases(rng):
    def case(group, N, D, dtype=np.float64, eps=1e-5):
        inputs = {
            "grad_out": numbers(rng, (N, D), dtype),
            "X": numbers(rng, (N, D), dtype),
            "gamma": numbers(rng, D, dtype),
            "eps": eps,
        }
        return Case(group, inputs, "rmsnorm_backward(grad_out, X, gamma, eps=eps)")

    return [
        case("gamma", 3, 2),
        case("gamma", 2, 4),
        case("X", 3, 4),
        case("X", 2, 3),
        case("X", 3, 3),
        case("eps", 2, 3, eps=0.5),
        case("eps", 3, 2, eps=1.5),
        case("float32", 3, 2, np.float32),
        case("float32", 2, 4, np.float32),
    ]


def run_rms(solution, inputs):
    result = solution(inputs["grad_out"], inputs["X"], inputs["gamma"], eps=inputs["eps"])
    grad_X, grad_gamma = returned(result, "grad_X", "grad_gamma")
    return {"grad_gamma": grad_gamma, "grad_X": grad_X}


TRANSFER = [
    transfer(
        "06",
        Exercise(
            "merge_statistics",
            "chapter_06.merge_statistics",
            MERGE_GROUPS,
            merge_cases,
            run_merge,
            compare={"var": precise_variance},
        ),
        merge_statistics,
        title=("Statistics in pieces", "分块统计"),
        task=(
            "The training set lies in two files and does not fit into memory together. Each file was "
            "measured by itself. Put the two measurements together.",
            "训练集分在两个文件里，内存放不下全部。两个文件各自测过均值和方差，请把两份结果合并起来。",
        ),
        zh=MERGE_ZH,
        minutes=15,
        points=8,
    ),
    transfer(
        "06",
        Exercise("rmsnorm_backward", "chapter_06.rmsnorm_backward", RMS_GROUPS, rms_cases, run_rms),
        rmsnorm_backward,
        title=("A normalization without a mean", "不减均值的归一化"),
        task=(
            "Language models often normalize by the root mean square alone. Derive its backward pass as you "
            "did for batch normalization, step by step or at once.",
            "语言模型常常只用均方根来归一化。请像推导批量归一化那样求出它的反向传播，逐步或一次完成都可以。",
        ),
        zh=RMS_ZH,
        minutes=20,
        points=7,
    ),
]
