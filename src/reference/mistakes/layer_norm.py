"""What students write instead of layer normalization."""

from functools import partial

import numpy as np

from reference.layer_norm import layernorm_backward as backward
from reference.layer_norm import layernorm_forward as forward
from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- layernorm_forward ------------------------------------------------------------------------------------


def normalized(X, gamma, beta, inv_std):
    x_hat = (X - X.mean(axis=-1, keepdims=True)) * inv_std
    return gamma * x_hat + beta, {"x_hat": x_hat, "inv_std": inv_std, "gamma": gamma}


def var_of(X):
    return X.var(axis=-1, keepdims=True)


@wrong(
    "layernorm_forward",
    observation=(
        "the answer for one example depends on which others are in the batch",
        "一个样本的结果取决于同一批里还有哪些样本",
    ),
    question=(
        "over what are mean and variance taken: over the examples, or over the features of one?",
        "均值和方差是对各样本求的，还是对一个样本的各特征求的？",
    ),
    name=(
        "`axis=0`: that is batch normalization. Each example is measured by its own features (`axis=-1`)",
        "写成了 `axis=0`：那是批量归一化。每个样本应按自己的特征统计（`axis=-1`）",
    ),
)
def over_the_batch(X, gamma, beta, *, eps=1e-5):
    inv_std = 1 / np.sqrt(X.var(axis=0) + eps)
    x_hat = (X - X.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, {"x_hat": x_hat, "inv_std": inv_std, "gamma": gamma}


@wrong(
    "layernorm_forward",
    observation=("all examples of a batch are measured together", "一批里的所有样本用的是同一个统计量"),
    question=("how many means does a batch of three examples have?", "三个样本的一批数据，应该有几个均值？"),
    name=("mean and variance of the whole array: `axis=-1` is missing", "对整个数组求了均值和方差：漏了 `axis=-1`"),
)
def whole_array(X, gamma, beta, *, eps=1e-5):
    inv_std = 1 / np.sqrt(X.var() + eps)
    x_hat = (X - X.mean()) * inv_std
    return gamma * x_hat + beta, {"x_hat": x_hat, "inv_std": inv_std, "gamma": gamma}


@wrong(
    "layernorm_forward",
    observation=(
        "all examples of a batch are measured together, and their `inv_std` is one number",
        "一批里的所有样本用的是同一个统计量，各行的 `inv_std` 是同一个数",
    ),
    question=("how many means does a batch of three examples have?", "三个样本的一批数据，应该有几个均值？"),
    name=(
        "mean and variance of the whole array, handed out to every row: each row needs its own (`axis=-1`)",
        "对整个数组求了均值和方差，再分给各行：每一行都要有自己的（`axis=-1`）",
    ),
    holds=lambda inputs, got, right: "cache inv_std" not in got or len(np.unique(got["cache inv_std"])) == 1,
)
def whole_array_for_every_row(X, gamma, beta, *, eps=1e-5):
    out, cache = whole_array(X, gamma, beta, eps=eps)
    inv_std = np.full((*X.shape[:-1], 1), cache["inv_std"], X.dtype)
    return out, cache | {"inv_std": inv_std}


@wrong(
    "layernorm_forward",
    observation=(
        "tables are right; in a batch of sequences the answer for one place depends on the others",
        "二维表正确；一批序列时，一个位置的结果取决于其他位置",
    ),
    question=(
        "X has shape (..., D). Do you count its axes from the front or from the back?",
        "X 的形状是 (..., D)。你的轴是从前往后数，还是从后往前数？",
    ),
    name=(
        "`axis=1` is the last axis of a table only: the features always stand in `axis=-1`",
        "`axis=1` 只有在二维表里才是最后一个轴：特征总是在 `axis=-1`",
    ),
)
def second_axis(X, gamma, beta, *, eps=1e-5):
    inv_std = 1 / np.sqrt(X.var(axis=1, keepdims=True) + eps)
    x_hat = (X - X.mean(axis=1, keepdims=True)) * inv_std
    return gamma * x_hat + beta, {"x_hat": x_hat, "inv_std": inv_std, "gamma": gamma}


@wrong(
    "layernorm_forward",
    observation=(
        "the normalized rows are too small, by a factor that depends on the number of features",
        "归一化后的各行偏小，小多少取决于特征数",
    ),
    question=(
        "by what does batchnorm_forward divide the sum of squares with which it normalizes?",
        "batchnorm_forward 归一化所用的方差，分母是什么？",
    ),
    name=(
        "the unbiased variance (`ddof=1`): the one that normalizes divides by the number of features, D",
        "用了无偏方差（`ddof=1`）：归一化所用的方差除以特征数 D",
    ),
)
def unbiased(X, gamma, beta, *, eps=1e-5):
    ddof = min(1, X.shape[-1] - 1)  # of one feature NumPy would only warn
    return normalized(X, gamma, beta, 1 / np.sqrt(X.var(axis=-1, keepdims=True, ddof=ddof) + eps))


@wrong(
    "layernorm_forward",
    observation=(
        "`out` is off a little where the features of a row differ, much where they hardly do or eps is large",
        "一行的特征差别大时 `out` 只差一点；几乎没有差别或 eps 较大时差很多",
    ),
    question=("does eps stand inside the root or outside?", "eps 在根号里面还是外面？"),
    name=(
        "eps outside the root: sqrt(var) + eps instead of sqrt(var + eps)",
        "eps 写到了根号外面：写成了 sqrt(var) + eps，应为 sqrt(var + eps)",
    ),
)
def eps_outside(X, gamma, beta, *, eps=1e-5):
    return normalized(X, gamma, beta, 1 / (np.sqrt(var_of(X)) + eps))


@wrong(
    "layernorm_forward",
    observation=(
        "rows of large variance come out too small, rows of small variance too large",
        "方差大的行偏小，方差小的行偏大",
    ),
    question=("what is the variance of a row that you divide by its variance?", "一行除以它的方差，新的方差是多少？"),
    name=("divided by the variance: the root is missing", "除以了方差：漏了开方"),
)
def no_root(X, gamma, beta, *, eps=1e-5):
    return normalized(X, gamma, beta, 1 / (var_of(X) + eps))


@wrong(
    "layernorm_forward",
    observation=("the rows of `out` have mean 0", "`out` 各行的均值是 0"),
    question=("where do gamma and beta come in?", "gamma 和 beta 用在哪里？"),
    name=("x_hat is returned: gamma * x_hat + beta is missing", "返回的是 x_hat：漏了 gamma * x_hat + beta"),
)
def no_gamma_and_beta(X, gamma, beta, *, eps=1e-5):
    _, cache = forward(X, gamma, beta, eps=eps)
    return cache["x_hat"].copy(), cache


@wrong(
    "layernorm_forward",
    observation=("each column of `out` is off by a constant", "`out` 的每一列都差一个常数"),
    question=(
        "gamma = 0 should give beta everywhere. What does yours give?",
        "gamma = 0 时，处处都应得到 beta。你的会得到什么？",
    ),
    name=(
        "gamma * (x_hat + beta): beta is scaled as well, the parentheses are too many",
        "写成了 gamma * (x_hat + beta)：多了括号，beta 也被缩放了",
    ),
)
def beta_scaled(X, gamma, beta, *, eps=1e-5):
    out, cache = forward(X, gamma, beta, eps=eps)
    return out - beta + gamma * beta, cache


@wrong(
    "layernorm_forward",
    observation=("the rows have the right mean, but their size is that of X", "各行的均值正确，但大小还和 X 一样"),
    question=("which of your lines uses the variance?", "你的哪一行用到了方差？"),
    name=("only centred: the division by the deviation is missing", "只减了均值：漏了除以标准差"),
)
def only_centred(X, gamma, beta, *, eps=1e-5):
    return normalized(X, gamma, beta, np.ones_like(var_of(X)))


@wrong(
    "layernorm_forward",
    observation=(
        "the mean of a row makes a difference to its answer",
        "一行的均值影响了这一行的结果",
    ),
    question=(
        "add 10 to every entry of a row: does the right answer change?",
        "给一行的每个元素都加上 10：正确的结果会变吗？",
    ),
    name=(
        "RMSNorm: divided by the root of the mean square, without taking the mean away first",
        "这是 RMSNorm：除以均方根，没有先减去均值",
    ),
    holds=lambda inputs, got, right: np.abs(inputs["X"].mean(axis=-1)).max() > 0 or np.isnan(inputs["X"]).any(),
)
def root_mean_square(X, gamma, beta, *, eps=1e-5):
    inv_std = 1 / np.sqrt(np.mean(X**2, axis=-1, keepdims=True) + eps)
    x_hat = X * inv_std
    return gamma * x_hat + beta, {"x_hat": x_hat, "inv_std": inv_std, "gamma": gamma}


@wrong(
    "layernorm_forward",
    observation=(
        "tables and single examples are right; all places of a sequence, or of an image, are measured together",
        "二维表和单个样本正确；一个序列或一张图像的所有位置用了同一个统计量",
    ),
    question=(
        "X of shape (2, 3, 4): how many rows does it have, and how many means?",
        "形状为 (2, 3, 4) 的 X 有几行？应当有几个均值？",
    ),
    name=(
        "mean and variance over all axes but the first: a row is the last axis alone, `axis=-1`",
        "对第一个轴以外的所有轴求了均值和方差：一行只是最后一个轴，`axis=-1`",
    ),
    holds=lambda inputs, got, right: inputs["X"].ndim > 2,
)
def all_but_the_first_axis(X, gamma, beta, *, eps=1e-5):
    axes = tuple(range(1, X.ndim)) or (0,)
    inv_std = 1 / np.sqrt(X.var(axis=axes, keepdims=True) + eps)
    x_hat = (X - X.mean(axis=axes, keepdims=True)) * inv_std
    inv_std = np.broadcast_to(inv_std, (*X.shape[:-1], 1)).copy()
    return gamma * x_hat + beta, {"x_hat": x_hat, "inv_std": inv_std, "gamma": gamma}


# ---- layernorm_backward -----------------------------------------------------------------------------------


def closed(grad_out, cache, bracket):
    """The right formula with another expression in its brackets: bracket(H, x_hat)."""
    _, grad_gamma, grad_beta = backward(grad_out, cache)
    return cache["inv_std"] * bracket(grad_out * cache["gamma"], cache["x_hat"]), grad_gamma, grad_beta


def mean(values):
    return values.mean(axis=-1, keepdims=True)


@wrong(
    "layernorm_backward",
    observation=(
        "`grad_gamma` and `grad_beta` are right; the rows of `grad_X` do not add up to 0",
        "`grad_gamma` 和 `grad_beta` 正确；`grad_X` 各行加起来不是 0",
    ),
    question=(
        "if all features of a row move by the same amount, does out change?",
        "一行的各特征都移动同样的量，out 会变吗？",
    ),
    name=(
        "mean and variance are taken for constants: inv_std * H; both depend on X",
        "把均值和方差当成了常数：只算了 inv_std * H；它们都依赖 X",
    ),
)
def constants(grad_out, cache):
    return closed(grad_out, cache, lambda H, x_hat: H)


@wrong(
    "layernorm_backward",
    observation=(
        "`grad_gamma` and `grad_beta` are right; the rows of `grad_X` add up to 0, yet the numbers are wrong",
        "`grad_gamma` 和 `grad_beta` 正确；`grad_X` 各行加起来是 0，但数不对",
    ),
    question=(
        "if a row of X doubles, does out change (but for eps)? What must grad_X be orthogonal to, then?",
        "X 的某一行加倍，（不计 eps）out 会变吗？那么 grad_X 应当与什么正交？",
    ),
    name=(
        "the way through the variance is missing: - x_hat * mean of (H * x_hat)",
        "漏了经过方差的那一项：- x_hat * (H * x_hat 的平均)",
    ),
)
def no_variance(grad_out, cache):
    return closed(grad_out, cache, lambda H, x_hat: H - mean(H))


@wrong(
    "layernorm_backward",
    observation=(
        "`grad_gamma` and `grad_beta` are right; each row of `grad_X` is off by a constant",
        "`grad_gamma` 和 `grad_beta` 正确；`grad_X` 的每一行都差一个常数",
    ),
    question=(
        "if all features of a row move by the same amount, does out change?",
        "一行的各特征都移动同样的量，out 会变吗？",
    ),
    name=("the way through the mean is missing: - mean of H", "漏了经过均值的那一项：- (H 的平均)"),
)
def no_mean(grad_out, cache):
    return closed(grad_out, cache, lambda H, x_hat: H - x_hat * mean(H * x_hat))


@wrong(
    "layernorm_backward",
    observation=(
        "`grad_gamma` and `grad_beta` are right; `grad_X` is the same for every gamma",
        "`grad_gamma` 和 `grad_beta` 正确；gamma 怎么变，`grad_X` 都一样",
    ),
    question=(
        "gamma = 0 makes out constant. What must grad_X be then?",
        "gamma = 0 时 out 是常数，grad_X 应当是什么？",
    ),
    name=("gamma is missing: H = G * gamma, before the means are taken", "漏了 gamma：应先算 H = G * gamma，再求平均"),
)
def gamma_missing(grad_out, cache):
    return closed(
        grad_out,
        {**cache, "gamma": np.ones_like(cache["gamma"])},
        lambda H, x_hat: H - mean(H) - x_hat * mean(H * x_hat),
    )


@wrong(
    "layernorm_backward",
    observation=(
        "`grad_gamma` and `grad_beta` are right; the rows of `grad_X` divided by gamma add up to 0",
        "`grad_gamma` 和 `grad_beta` 正确；`grad_X` 除以 gamma 之后，各行加起来是 0",
    ),
    question=(
        "gamma differs from feature to feature, and the means are over the features. Can it be drawn out of them?",
        "各特征的 gamma 不同，而平均是对各特征求的。gamma 能提到平均外面吗？",
    ),
    name=(
        "gamma in front, as in batch normalization: gamma * inv_std * (G - mean of G - ...). Here it "
        "has to go inside, "
        "H = G * gamma",
        "像批量归一化那样把 gamma 提到了前面：gamma * inv_std * (G - G 的平均 - ...)。这里要放在里面：H = G * gamma",
    ),
)
def gamma_in_front(grad_out, cache):
    G, x_hat = grad_out, cache["x_hat"]
    _, grad_gamma, grad_beta = backward(grad_out, cache)
    return cache["gamma"] * cache["inv_std"] * (G - mean(G) - x_hat * mean(G * x_hat)), grad_gamma, grad_beta


@wrong(
    "layernorm_backward",
    observation=(
        "`grad_gamma` and `grad_beta` are right; in `grad_X` what is subtracted is too large, by "
        "the number of "
        "features",
        "`grad_gamma` 和 `grad_beta` 正确；`grad_X` 中减去的部分过大，差的倍数是特征数",
    ),
    question=("sums or means: which do the terms in the bracket take?", "括号里的两项，取的是和还是平均？"),
    name=("sums instead of means in the bracket: 1/D is missing", "括号里用了求和而不是平均：漏了 1/D"),
)
def sums_in_bracket(grad_out, cache):
    D = grad_out.shape[-1]
    return closed(grad_out, cache, lambda H, x_hat: H - D * mean(H) - D * x_hat * mean(H * x_hat))


@wrong(
    "layernorm_backward",
    observation=(
        "`grad_gamma` and `grad_beta` are right; each row of `grad_X` is off by a factor, always positive",
        "`grad_gamma` 和 `grad_beta` 正确；`grad_X` 的每一行各差一个正的倍数",
    ),
    question=(
        "if X is measured in millimetres instead of metres, what becomes of grad_X?",
        "X 的单位从米换成毫米，grad_X 怎么变？",
    ),
    name=("inv_std is missing in front", "前面漏了 inv_std"),
)
def inv_std_missing(grad_out, cache):
    grad_X, grad_gamma, grad_beta = backward(grad_out, cache)
    return grad_X / cache["inv_std"], grad_gamma, grad_beta


@wrong(
    "layernorm_backward",
    observation=(
        "`grad_X` is right; `grad_gamma` and `grad_beta` are right for one example, too small for several",
        "`grad_X` 正确；`grad_gamma` 和 `grad_beta` 在单个样本时正确，多个样本时偏小",
    ),
    question=(
        "how many rows of out does one gamma act on? Are their effects added up or averaged?",
        "一个 gamma 作用于 out 的多少行？它们的影响是相加还是平均？",
    ),
    name=("means over the rows instead of sums", "对各行求了平均，应当求和"),
)
def means_for_gamma(grad_out, cache):
    grad_X, grad_gamma, grad_beta = backward(grad_out, cache)
    rows = grad_out.size // grad_out.shape[-1]
    return grad_X, grad_gamma / rows, grad_beta / rows


@wrong(
    "layernorm_backward",
    observation=(
        "tables are right; in a batch of sequences `grad_gamma` and `grad_beta` have two axes, for one example none",
        "二维表正确；一批序列时 `grad_gamma` 和 `grad_beta` 有两个轴，单个样本时没有轴",
    ),
    question=(
        "over which axes of (..., D) must be summed, so that (D,) remains?",
        "(..., D) 要对哪些轴求和，才会剩下 (D,)？",
    ),
    name=(
        "`sum(axis=0)` takes one axis only: all axes but the last are to be summed",
        "`sum(axis=0)` 只对一个轴求和：应对最后一个轴之外的所有轴求和",
    ),
)
def first_axis_only(grad_out, cache):
    grad_X, _, _ = backward(grad_out, cache)
    return grad_X, (grad_out * cache["x_hat"]).sum(axis=0), grad_out.sum(axis=0)


@wrong(
    "layernorm_backward",
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
    grad_X, grad_gamma, grad_beta = backward(grad_out, cache)
    return grad_X, grad_beta, grad_gamma
