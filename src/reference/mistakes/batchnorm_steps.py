"""What students write instead of batchnorm_backward_steps: one slip in the chain, and what follows from it."""

from functools import partial

from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES, "batchnorm_backward_steps")


def chain(grad_out, cache, **slips):
    """The right chain of steps, in which `slips`, functions of the steps so far, replace the steps of their names."""
    centred, inv_std, x_hat, gamma = (cache[key] for key in ("centred", "inv_std", "x_hat", "gamma"))
    N, g = len(centred), {}
    steps = {
        "beta": lambda: grad_out.sum(axis=0),
        "gamma": lambda: (grad_out * x_hat).sum(axis=0),
        "x_hat": lambda: grad_out * gamma,
        "inv_std": lambda: (g["x_hat"] * centred).sum(axis=0),
        "var": lambda: g["inv_std"] * -0.5 * inv_std**3,
        "centred": lambda: g["x_hat"] * inv_std + g["var"] * 2 * centred / N,
        "mean": lambda: -g["centred"].sum(axis=0),
        "X": lambda: g["centred"] + g["mean"] / N,
    }
    for name, step in steps.items():
        g[name] = slips[name](g) if name in slips else step()
    return g


@wrong(
    observation=(
        "everything is right but `beta`, which is too small by the number of rows",
        "只有 `beta` 不对：偏小，差的倍数是行数",
    ),
    question=(
        "how many rows of out does one beta move, and by how much each?",
        "一个 beta 会移动 out 的多少行？每行移动多少？",
    ),
    name=("the mean over the rows instead of their sum", "对各行求了平均，应当求和"),
)
def beta_mean(grad_out, cache):
    return chain(grad_out, cache, beta=lambda g: grad_out.mean(axis=0))


@wrong(
    observation=(
        "`beta` and `gamma` are too small by the number of rows; the rest is right",
        "`beta` 和 `gamma` 偏小，差的倍数是行数；其余都对",
    ),
    question=(
        "the mean over the batch is part of the loss. Where has it been taken already?",
        "对批量的平均属于损失。它之前在哪里已经做过了？",
    ),
    name=(
        "means over the rows instead of sums: the 1/N of the loss is in grad_out already",
        "对各行求了平均，应当求和：损失的 1/N 已经在 grad_out 里了",
    ),
)
def both_means(grad_out, cache):
    return chain(
        grad_out, cache, beta=lambda g: grad_out.mean(axis=0), gamma=lambda g: (grad_out * cache["x_hat"]).mean(axis=0)
    )


@wrong(
    observation=("everything is right but `gamma`", "只有 `gamma` 不对"),
    question=(
        "out = gamma * x_hat + beta. What stands beside gamma?",
        "out = gamma * x_hat + beta，与 gamma 相乘的是什么？",
    ),
    name=("multiplied by `centred` instead of x_hat", "乘的是 `centred`，应当乘 x_hat"),
)
def gamma_with_centred(grad_out, cache):
    return chain(grad_out, cache, gamma=lambda g: (grad_out * cache["centred"]).sum(axis=0))


@wrong(
    observation=(
        "`beta` and `gamma` are right; `x_hat` is what came in as grad_out, and what follows is wrong",
        "`beta` 和 `gamma` 正确；`x_hat` 就是传进来的 grad_out，后面的也都错了",
    ),
    question=(
        "out = gamma * x_hat + beta. What is its derivative with respect to x_hat?",
        "out = gamma * x_hat + beta，对 x_hat 的导数是什么？",
    ),
    name=("gamma is missing: grad_x_hat = grad_out * gamma", "漏了 gamma：grad_x_hat = grad_out * gamma"),
)
def gamma_missing(grad_out, cache):
    return chain(grad_out, cache, x_hat=lambda g: grad_out.copy())


@wrong(
    observation=(
        "`beta`, `gamma` and `x_hat` are right; `inv_std` has a row for each example",
        "`beta`、`gamma` 和 `x_hat` 正确；`inv_std` 每个样本各有一行",
    ),
    question=("how many rows does one entry of inv_std act on?", "inv_std 的一个元素作用于多少行？"),
    name=(
        "the sum over the rows is missing: an array that was broadcast on the way forward is summed on the way back",
        "漏了对各行求和：前向时被广播的数组，反向时要求和",
    ),
)
def inv_std_not_summed(grad_out, cache):
    return chain(grad_out, cache, inv_std=lambda g: g["x_hat"] * cache["centred"])


@wrong(
    observation=("right up to `inv_std`; `var` has the wrong sign", "到 `inv_std` 为止都对；`var` 的符号反了"),
    question=("if the variance grows, does inv_std grow or shrink?", "方差变大，inv_std 变大还是变小？"),
    name=("the minus of the derivative of (var + eps)^(-1/2) is missing", "漏了 (var + eps)^(-1/2) 求导得到的负号"),
)
def var_sign(grad_out, cache):
    return chain(grad_out, cache, var=lambda g: g["inv_std"] * 0.5 * cache["inv_std"] ** 3)


@wrong(
    observation=(
        "right up to `inv_std`; `var` is twice what it should be",
        "到 `inv_std` 为止都对；`var` 是正确值的两倍",
    ),
    question=(
        "what does the exponent -1/2 leave in front when you differentiate?",
        "对指数 -1/2 求导，前面会多出什么系数？",
    ),
    name=("the 1/2 of the derivative of (var + eps)^(-1/2) is missing", "漏了 (var + eps)^(-1/2) 求导得到的 1/2"),
)
def var_half(grad_out, cache):
    return chain(grad_out, cache, var=lambda g: -g["inv_std"] * cache["inv_std"] ** 3)


@wrong(
    observation=(
        "right up to `inv_std`; `var` is off by a factor of its own for each feature",
        "到 `inv_std` 为止都对；`var` 每个特征各差一个倍数",
    ),
    question=(
        "what is the derivative of v^(-1/2), and what is it in terms of inv_std?",
        "v^(-1/2) 的导数是什么？用 inv_std 怎么表示？",
    ),
    name=(
        "inv_std squared instead of cubed: (var + eps)^(-3/2) is inv_std^3",
        "inv_std 取了平方，应取三次方：(var + eps)^(-3/2) 就是 inv_std^3",
    ),
)
def var_squared(grad_out, cache):
    return chain(grad_out, cache, var=lambda g: g["inv_std"] * -0.5 * cache["inv_std"] ** 2)


@wrong(
    observation=(
        "right up to `var`; `centred` is wrong, `mean` is right again",
        "到 `var` 为止都对；`centred` 不对，`mean` 又对了",
    ),
    question=("by how many ways does centred lead to the loss?", "从 centred 到损失有几条路径？"),
    name=("only the way through x_hat: the way through var is missing", "只算了经过 x_hat 的路径：漏了经过 var 的路径"),
)
def centred_one_way(grad_out, cache):
    return chain(grad_out, cache, centred=lambda g: g["x_hat"] * cache["inv_std"])


@wrong(
    observation=(
        "right up to `var`; `centred` is wrong, `mean` is right again; what is too much grows with the batch",
        "到 `var` 为止都对；`centred` 不对，`mean` 又对了；多出的部分随批量增大",
    ),
    question=(
        "var is a mean of squares. What is its derivative with respect to one of them?",
        "var 是平方的平均。对其中一个求导，得到什么？",
    ),
    name=("the 1/N of var = mean of centred^2 is missing", "漏了 var = centred^2 的平均里的 1/N"),
)
def centred_without_n(grad_out, cache):
    return chain(grad_out, cache, centred=lambda g: g["x_hat"] * cache["inv_std"] + g["var"] * 2 * cache["centred"])


@wrong(
    observation=(
        "right up to `var`; `centred` is wrong, `mean` is right again; the way through var counts half",
        "到 `var` 为止都对；`centred` 不对，`mean` 又对了；经过 var 的路径只算了一半",
    ),
    question=("what is the derivative of centred^2?", "centred^2 的导数是什么？"),
    name=("the 2 of the derivative of a square is missing", "漏了平方求导得到的 2"),
)
def centred_without_two(grad_out, cache):
    return chain(
        grad_out, cache, centred=lambda g: g["x_hat"] * cache["inv_std"] + g["var"] * cache["centred"] / len(grad_out)
    )


@wrong(
    observation=("right up to `centred`; `mean` has the wrong sign", "到 `centred` 为止都对；`mean` 的符号反了"),
    question=(
        "centred = X - mean. If the mean grows, what becomes of centred?",
        "centred = X - mean，均值变大，centred 怎么变？",
    ),
    name=("the minus of X - mean is missing", "漏了 X - mean 里的负号"),
)
def mean_sign(grad_out, cache):
    return chain(grad_out, cache, mean=lambda g: g["centred"].sum(axis=0))


@wrong(
    observation=("everything is right but `X`", "只有 `X` 不对"),
    question=("by how many ways does X lead to centred?", "从 X 到 centred 有几条路径？"),
    name=("only the direct way: the way through the mean is missing", "只算了直接的路径：漏了经过均值的路径"),
)
def x_one_way(grad_out, cache):
    return chain(grad_out, cache, X=lambda g: g["centred"].copy())


@wrong(
    observation=(
        "everything is right but `X`, and the further the larger the batch",
        "只有 `X` 不对，批量越大差得越多",
    ),
    question=(
        "how much does the mean of N rows move, if one of them moves by 1?",
        "N 行中有一行移动 1，均值移动多少？",
    ),
    name=(
        "the 1/N of the mean is missing: each row moves the mean by 1/N only",
        "漏了均值的 1/N：每一行只让均值移动 1/N",
    ),
)
def x_without_n(grad_out, cache):
    return chain(grad_out, cache, X=lambda g: g["centred"] + g["mean"])
