"""What students write instead of batchnorm_backward and fold_batchnorm; the others have their own modules."""

from functools import partial

import numpy as np

from reference import batch_norm as right
from reference.mistakes import Mistake, batchnorm_forward, batchnorm_steps, wrong_version

MISTAKES: dict[str, list[Mistake]] = batchnorm_forward.MISTAKES | batchnorm_steps.MISTAKES
wrong = partial(wrong_version, MISTAKES)

# ---- batchnorm_backward: gamma * inv_std * (G - mean of G - x_hat * mean of (G * x_hat)) ------------------


def closed(grad_out, cache, bracket):
    """The right formula with another expression in its brackets: bracket(G, x_hat)."""
    _, grad_gamma, grad_beta = right.batchnorm_backward(grad_out, cache)
    return cache["gamma"] * cache["inv_std"] * bracket(grad_out, cache["x_hat"]), grad_gamma, grad_beta


@wrong(
    "batchnorm_backward",
    observation=(
        "`grad_gamma` and `grad_beta` are right; the columns of `grad_X` do not add up to 0",
        "`grad_gamma` 和 `grad_beta` 正确；`grad_X` 各列加起来不是 0",
    ),
    question=("if all rows of X move by the same amount, does out change?", "X 的每一行都移动同样的量，out 会变吗？"),
    name=(
        "mean and variance are taken for constants: gamma * inv_std * G; both depend on X",
        "把均值和方差当成了常数：只算了 gamma * inv_std * G；它们都依赖 X",
    ),
)
def constants(grad_out, cache):
    return closed(grad_out, cache, lambda G, x_hat: G)


@wrong(
    "batchnorm_backward",
    observation=(
        "`grad_gamma` and `grad_beta` are right; the columns of `grad_X` add up to 0, yet the numbers are wrong",
        "`grad_gamma` 和 `grad_beta` 正确；`grad_X` 各列加起来是 0，但数不对",
    ),
    question=(
        "if all of X doubles, does out change (but for eps)? What must grad_X be orthogonal to, then?",
        "X 整体加倍，（不计 eps）out 会变吗？那么 grad_X 应当与什么正交？",
    ),
    name=(
        "the way through the variance is missing: - x_hat * mean of (G * x_hat)",
        "漏了经过方差的那一项：- x_hat * (G * x_hat 的平均)",
    ),
)
def no_variance(grad_out, cache):
    return closed(grad_out, cache, lambda G, x_hat: G - G.mean(axis=0))


@wrong(
    "batchnorm_backward",
    observation=(
        "`grad_gamma` and `grad_beta` are right; each column of `grad_X` is off by a constant",
        "`grad_gamma` 和 `grad_beta` 正确；`grad_X` 每一列都差一个常数",
    ),
    question=("if all rows of X move by the same amount, does out change?", "X 的每一行都移动同样的量，out 会变吗？"),
    name=("the way through the mean is missing: - mean of G", "漏了经过均值的那一项：- (G 的平均)"),
)
def no_mean(grad_out, cache):
    return closed(grad_out, cache, lambda G, x_hat: G - x_hat * (G * x_hat).mean(axis=0))


@wrong(
    "batchnorm_backward",
    observation=(
        "`grad_gamma` and `grad_beta` are right; in `grad_X` what is subtracted is too large, by the number of rows",
        "`grad_gamma` 和 `grad_beta` 正确；`grad_X` 中减去的部分过大，差的倍数是行数",
    ),
    question=("sums or means: which do the terms in the bracket take?", "括号里的两项，取的是和还是平均？"),
    name=("sums instead of means in the bracket: 1/N is missing", "括号里用了求和而不是平均：漏了 1/N"),
)
def sums_in_bracket(grad_out, cache):
    return closed(grad_out, cache, lambda G, x_hat: G - G.sum(axis=0) - x_hat * (G * x_hat).sum(axis=0))


@wrong(
    "batchnorm_backward",
    observation=(
        "`grad_gamma` and `grad_beta` are right; each column of `grad_X` is off by a factor",
        "`grad_gamma` 和 `grad_beta` 正确；`grad_X` 的每一列各差一个倍数",
    ),
    question=(
        "gamma = 0 makes out constant. What must grad_X be then?",
        "gamma = 0 时 out 是常数，grad_X 应当是什么？",
    ),
    name=("gamma is missing in front", "前面漏了 gamma"),
)
def gamma_missing(grad_out, cache):
    return closed(
        grad_out,
        {**cache, "gamma": np.ones_like(cache["gamma"])},
        lambda G, x_hat: G - G.mean(axis=0) - x_hat * (G * x_hat).mean(axis=0),
    )


@wrong(
    "batchnorm_backward",
    observation=(
        "`grad_gamma` and `grad_beta` are right; each column of `grad_X` is off by a factor, always positive",
        "`grad_gamma` 和 `grad_beta` 正确；`grad_X` 的每一列各差一个正的倍数",
    ),
    question=(
        "if X is measured in millimetres instead of metres, what becomes of grad_X?",
        "X 的单位从米换成毫米，grad_X 怎么变？",
    ),
    name=("inv_std is missing in front", "前面漏了 inv_std"),
)
def inv_std_missing(grad_out, cache):
    grad_X, grad_gamma, grad_beta = right.batchnorm_backward(grad_out, cache)
    return grad_X / cache["inv_std"], grad_gamma, grad_beta


@wrong(
    "batchnorm_backward",
    observation=(
        "`grad_X` is right; `grad_gamma` and `grad_beta` are too small by the number of rows",
        "`grad_X` 正确；`grad_gamma` 和 `grad_beta` 偏小，差的倍数是行数",
    ),
    question=(
        "how many rows of out does one gamma act on? Are their effects added up or averaged?",
        "一个 gamma 作用于 out 的多少行？它们的影响是相加还是平均？",
    ),
    name=("means instead of sums for gamma and beta", "gamma 和 beta 的梯度用了平均，应当求和"),
)
def means_for_gamma(grad_out, cache):
    grad_X, grad_gamma, grad_beta = right.batchnorm_backward(grad_out, cache)
    return grad_X, grad_gamma / len(grad_out), grad_beta / len(grad_out)


@wrong(
    "batchnorm_backward",
    observation=(
        "`grad_X` and `grad_beta` are right; each entry of `grad_gamma` is off by a factor of its own",
        "`grad_X` 和 `grad_beta` 正确；`grad_gamma` 的各元素各差一个倍数",
    ),
    question=(
        "out = gamma * x_hat + beta. What stands beside gamma?",
        "out = gamma * x_hat + beta，与 gamma 相乘的是什么？",
    ),
    name=("G is multiplied by `centred` instead of x_hat", "G 乘的是 `centred`，应当乘 x_hat"),
)
def gamma_with_centred(grad_out, cache):
    grad_X, _, grad_beta = right.batchnorm_backward(grad_out, cache)
    return grad_X, (grad_out * cache["centred"]).sum(axis=0), grad_beta


@wrong(
    "batchnorm_backward",
    observation=(
        "all numbers are right, but `grad_gamma` and `grad_beta` stand in each other's place",
        "数都对，但 `grad_gamma` 和 `grad_beta` 的位置对调了",
    ),
    question=(
        "in which order does the docstring ask for the three gradients?",
        "文档字符串要求三个梯度按什么顺序返回？",
    ),
    name=(
        "swapped return values: grad_X, grad_gamma, grad_beta is the order",
        "返回值顺序写反了：应为 grad_X, grad_gamma, grad_beta",
    ),
)
def swapped(grad_out, cache):
    grad_X, grad_gamma, grad_beta = right.batchnorm_backward(grad_out, cache)
    return grad_X, grad_beta, grad_gamma


@wrong(
    "batchnorm_backward",
    observation=(
        "`grad_gamma` and `grad_beta` are right; the rows of `grad_X` behave as its columns should",
        "`grad_gamma` 和 `grad_beta` 正确；`grad_X` 的各行有着本该属于各列的性质",
    ),
    question=("over which axis was the batch measured on the way forward?", "前向时是沿哪个轴求的统计量？"),
    name=(
        "means over the features (`axis=1`): they are over the rows, `axis=0`. That would be layer normalization",
        "沿特征求了平均（`axis=1`）：应沿各行求平均（`axis=0`）；那是层归一化的做法",
    ),
)
def wrong_axis(grad_out, cache):
    return closed(
        grad_out,
        cache,
        lambda G, x_hat: G - G.mean(axis=1, keepdims=True) - x_hat * (G * x_hat).mean(axis=1, keepdims=True),
    )


@wrong(
    "batchnorm_backward",
    observation=(
        "`grad_gamma` and `grad_beta` are right; the columns of `grad_X` add up to 0, yet are "
        "off by a multiple "
        "of `x_hat`",
        "`grad_gamma` 和 `grad_beta` 正确；`grad_X` 各列加起来是 0，但差了 `x_hat` 的若干倍",
    ),
    question=(
        "does a way through the variance make the gradient along x_hat larger or smaller?",
        "经过方差的路径，会让沿 x_hat 的梯度变大还是变小？",
    ),
    name=(
        "+ x_hat * mean of (G * x_hat): the last sign in the bracket is a minus",
        "写成了 + x_hat * (G * x_hat 的平均)：括号里最后一项应为减",
    ),
)
def plus_variance(grad_out, cache):
    return closed(grad_out, cache, lambda G, x_hat: G - G.mean(axis=0) + x_hat * (G * x_hat).mean(axis=0))


# ---- fold_batchnorm: s = gamma / sqrt(var + eps), W * s, (b - mean) * s + beta -----------------------------


def folded(W, b, beta, mean, s):
    return W * s, (b - mean) * s + beta


@wrong(
    "fold_batchnorm",
    observation=("`W` is right; `b` is off", "`W` 正确；`b` 不对"),
    question=(
        "the layer's own bias goes through the normalization, too. What happens to it there?",
        "这一层自己的偏置也要经过归一化。它在那里发生了什么？",
    ),
    name=(
        "b is not scaled: b - mean * s + beta instead of (b - mean) * s + beta",
        "b 没有缩放：写成了 b - mean * s + beta，应为 (b - mean) * s + beta",
    ),
)
def bias_not_scaled(W, b, gamma, beta, running, *, eps=1e-5):
    s = gamma / np.sqrt(running[1] + eps)
    return W * s, b - running[0] * s + beta


@wrong(
    "fold_batchnorm",
    observation=("`W` is right; `b` is off by the running mean, measured in s", "`W` 正确；`b` 差了滑动均值乘 s"),
    question=("what does the normalization subtract?", "归一化要减去什么？"),
    name=("the running mean is missing: b * s + beta", "漏了滑动均值：写成了 b * s + beta"),
)
def mean_forgotten(W, b, gamma, beta, running, *, eps=1e-5):
    return folded(W, b, beta, 0, gamma / np.sqrt(running[1] + eps))


@wrong(
    "fold_batchnorm",
    observation=("`W` is right; `b` is off by beta", "`W` 正确；`b` 恰好差了 beta"),
    question=(
        "gamma = 0 should leave beta alone. What does yours leave?",
        "gamma = 0 时应当只剩下 beta。你的剩下什么？",
    ),
    name=("beta is missing", "漏了 beta"),
)
def beta_forgotten(W, b, gamma, beta, running, *, eps=1e-5):
    return folded(W, b, 0, running[0], gamma / np.sqrt(running[1] + eps))


@wrong(
    "fold_batchnorm",
    observation=("`W` is right; `b` is the one that came in", "`W` 正确；`b` 就是传进来的那个"),
    question=(
        "W = 0: what does the normalized layer put out, and what does yours?",
        "W = 0 时，归一化后的层输出什么？你的输出什么？",
    ),
    name=("only W is folded: the bias has to take in mean and beta", "只折叠了 W：偏置还要吸收均值和 beta"),
)
def bias_untouched(W, b, gamma, beta, running, *, eps=1e-5):
    return W * (gamma / np.sqrt(running[1] + eps)), b.copy()


@wrong(
    "fold_batchnorm",
    observation=(
        "`W` is right; `b` is off by twice the running mean, measured in s",
        "`W` 正确；`b` 差了两倍的滑动均值乘 s",
    ),
    question=("centred = X - mean. Which sign has the mean?", "centred = X - mean，均值前面是什么符号？"),
    name=("the running mean is added instead of subtracted", "加上了滑动均值，应当减去"),
)
def mean_added(W, b, gamma, beta, running, *, eps=1e-5):
    return folded(W, b, beta, -running[0], gamma / np.sqrt(running[1] + eps))


@wrong(
    "fold_batchnorm",
    observation=(
        "each column of `W` is off by a factor, and so is `b` without beta; some with the wrong sign",
        "`W` 的每一列各差一个倍数，`b` 去掉 beta 之后也是；有的符号还反了",
    ),
    question=("what does batch normalization multiply x_hat by?", "批量归一化给 x_hat 乘了什么？"),
    name=("gamma is missing in s", "s 里漏了 gamma"),
)
def gamma_forgotten(W, b, gamma, beta, running, *, eps=1e-5):
    return folded(W, b, beta, running[0], 1 / np.sqrt(running[1] + eps))


@wrong(
    "fold_batchnorm",
    observation=(
        "`W` and `b` are nearly right where the variance is large; the smaller it is and the "
        "larger eps, the further off",
        "方差大时 `W` 和 `b` 几乎正确；方差越小、eps 越大，差得越远",
    ),
    question=("does eps stand inside the root or outside?", "eps 在根号里面还是外面？"),
    name=(
        "eps outside the root: sqrt(var) + eps instead of sqrt(var + eps)",
        "eps 写到了根号外面：写成了 sqrt(var) + eps，应为 sqrt(var + eps)",
    ),
)
def eps_outside(W, b, gamma, beta, running, *, eps=1e-5):
    return folded(W, b, beta, running[0], gamma / (np.sqrt(running[1]) + eps))


@wrong(
    "fold_batchnorm",
    observation=(
        "columns of `W` with a variance above 1 are too small, the others too large",
        "方差大于 1 的那些列，`W` 偏小，其余偏大",
    ),
    question=("is what you divide by a variance or a deviation?", "你除以的是方差还是标准差？"),
    name=("divided by the variance: the root is missing", "除以了方差：漏了开方"),
)
def no_root(W, b, gamma, beta, running, *, eps=1e-5):
    return folded(W, b, beta, running[0], gamma / (running[1] + eps))


@wrong(
    "fold_batchnorm",
    observation=(
        "columns of `W` with a variance above 1 are too large, the others too small",
        "方差大于 1 的那些列，`W` 偏大，其余偏小",
    ),
    question=(
        "does a unit with a large variance get larger or smaller weights?",
        "方差大的单元，权重应当变大还是变小？",
    ),
    name=("multiplied by the deviation instead of divided", "乘了标准差，应当除以"),
)
def multiplied(W, b, gamma, beta, running, *, eps=1e-5):
    return folded(W, b, beta, running[0], gamma * np.sqrt(running[1] + eps))


@wrong(
    "fold_batchnorm",
    observation=(
        "the returned values are right, but the arrays handed in as `W` and `b` have changed",
        "返回值是对的，但传进来的 `W` 和 `b` 被改动了",
    ),
    question=(
        "which of your lines writes into an array that the caller still uses?",
        "你的哪一行改写了调用者还要用的数组？",
    ),
    name=("in-place changes such as `W *= s`: write `W = W * s`", "原地修改：`W *= s` 会改动输入，应写成 `W = W * s`"),
)
def in_place(W, b, gamma, beta, running, *, eps=1e-5):
    W[...], b[...] = right.fold_batchnorm(W, b, gamma, beta, running, eps=eps)
    return W, b
