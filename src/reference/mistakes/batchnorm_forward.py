"""What students write instead of batchnorm_forward."""

from functools import partial

import numpy as np

from reference.batch_norm import batchnorm_forward as right
from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES, "batchnorm_forward")


def normalized(X, mean, inv_std, gamma, beta, training):
    """The end of a forward pass, with its cache."""
    centred = X - mean
    x_hat = centred * inv_std
    cache = {"centred": centred, "inv_std": inv_std, "x_hat": x_hat, "gamma": gamma}
    return gamma * x_hat + beta, cache if training else None


def statistics(X, running, training):
    return (X.mean(axis=0), X.var(axis=0)) if training else running


def updated(X, gamma, beta, running, training, momentum, eps):
    """The right running statistics."""
    return right(X, gamma, beta, running, training, momentum=momentum, eps=eps)[2]


@wrong(
    observation=(
        "evaluation and the running statistics are right; in training the normalized values are "
        "too small, by a "
        "factor that depends on the size of the batch",
        "评估和滑动统计量正确；训练时归一化后的值偏小，小多少取决于批量大小",
    ),
    question=(
        "by what does the variance of the docstring divide, for the batch and for the running one?",
        "文档字符串里，批量方差除以几？滑动方差又是除以几？",
    ),
    name=(
        "the batch is normalized by the unbiased variance (`ddof=1`): that one belongs to the running statistics only",
        "用无偏方差（`ddof=1`）归一化了这一批：无偏方差只用于滑动统计量",
    ),
)
def unbiased_batch(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    mean, var = (X.mean(axis=0), X.var(axis=0, ddof=1)) if training else running
    out, cache = normalized(X, mean, 1 / np.sqrt(var + eps), gamma, beta, training)
    return out, cache, updated(X, gamma, beta, running, training, momentum, eps)


@wrong(
    observation=(
        "`out` and `running_mean` are right; `running_var` is too small from the first batch on",
        "`out` 和 `running_mean` 正确；`running_var` 从第一批起就偏小",
    ),
    question=("which factor does the rule put behind momentum * var?", "公式里，momentum * var 后面还乘了什么？"),
    name=(
        "the running variance collects the biased variance: N / (N - 1) is missing. Some courses define it so (the "
        "assignments of CS231n and of CMU's dlsys); PyTorch and this exercise do not",
        "滑动方差收集的是有偏方差：漏了 N / (N - 1)。有的课程就是这样定义的（CS231n 和 CMU dlsys 的作业）；"
        "PyTorch 和本练习用的是无偏方差",
    ),
)
def biased_running(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    out, cache, new = right(X, gamma, beta, running, training, momentum=momentum, eps=eps)
    if training:
        new = new[0], (1 - momentum) * running[1] + momentum * X.var(axis=0)
    return out, cache, new


@wrong(
    observation=(
        "`out` is right; a small momentum moves the running statistics much, a large one little",
        "`out` 正确；momentum 小的时候滑动统计量变化大，大的时候反而变化小",
    ),
    question=(
        "with momentum = 0.1, does the rule keep nine tenths of the old statistics or one tenth?",
        "momentum = 0.1 时，公式保留旧统计量的九成还是一成？",
    ),
    name=(
        "momentum and 1 - momentum are exchanged: here, as in PyTorch, momentum is the weight of the "
        "NEW statistics (in "
        "Keras of the old)",
        "momentum 和 1 - momentum 对调了：这里和 PyTorch 一样，momentum 是新统计量的权重（Keras 则是旧统计量的）",
    ),
)
def momentum_of_keras(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    return right(X, gamma, beta, running, training, momentum=1 - momentum, eps=eps)


@wrong(
    observation=(
        "training is right; in evaluation every column has mean beta, and a single example becomes beta",
        "训练时正确；评估时每一列的均值都等于 beta，单个样本的输出就是 beta",
    ),
    question=(
        "should the prediction for one example depend on which others are in the batch?",
        "对一个样本的预测，应该取决于同一批里还有哪些样本吗？",
    ),
    name=(
        "evaluation measures the batch that comes in: it has to use the running statistics",
        "评估时还在用当前这一批的统计量：应使用滑动统计量",
    ),
)
def batch_in_evaluation(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    out, _ = normalized(X, X.mean(axis=0), 1 / np.sqrt(X.var(axis=0) + eps), gamma, beta, training)
    _, cache, new = right(X, gamma, beta, running, training, momentum=momentum, eps=eps)
    return out, cache, new


@wrong(
    observation=(
        "evaluation and the running statistics are right; in training the columns of `out` do not have mean beta",
        "评估和滑动统计量正确；训练时 `out` 各列的均值不等于 beta",
    ),
    question=(
        "with which mean and variance is a training batch normalized?",
        "训练时，一批数据用哪个均值和方差归一化？",
    ),
    name=(
        "training normalizes with the running statistics: the batch's own are to be used",
        "训练时用滑动统计量做了归一化：应使用这一批自己的统计量",
    ),
)
def running_in_training(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    out, cache = normalized(X, running[0], 1 / np.sqrt(running[1] + eps), gamma, beta, training)
    return out, cache, updated(X, gamma, beta, running, training, momentum, eps)


@wrong(
    observation=(
        "evaluation and the running statistics are right; in training the columns of `out` have "
        "neither mean beta "
        "nor deviation |gamma|",
        "评估和滑动统计量正确；训练时 `out` 各列的均值不等于 beta，标准差也不等于 |gamma|",
    ),
    question=(
        "which mean do you subtract in training, the batch's or the one just updated?",
        "训练时你减去的是这一批的均值，还是刚更新过的那个？",
    ),
    name=(
        "training normalizes with the running statistics just updated, not with those of the batch",
        "训练时用刚更新的滑动统计量做了归一化，而不是这一批自己的统计量",
    ),
)
def updated_in_training(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    new = updated(X, gamma, beta, running, training, momentum, eps)
    out, cache = normalized(X, new[0], 1 / np.sqrt(new[1] + eps), gamma, beta, training)
    return out, cache, new


@wrong(
    observation=(
        "training and the output of an evaluation are right; but evaluation moves the running statistics",
        "训练和评估的输出都对；但评估时滑动统计量变了",
    ),
    question=(
        "you evaluate once more than last time. Is the model afterwards still the same?",
        "多做一次评估之后，模型还和原来一样吗？",
    ),
    name=(
        "the running statistics are updated in evaluation, too: test data leak into the model",
        "评估时也更新了滑动统计量：测试数据泄漏进了模型",
    ),
)
def updates_in_evaluation(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    out, cache, new = right(X, gamma, beta, running, training, momentum=momentum, eps=eps)
    if not training:
        unbiased = len(X) / max(len(X) - 1, 1)
        new = (
            (1 - momentum) * running[0] + momentum * X.mean(axis=0),
            (1 - momentum) * running[1] + momentum * X.var(axis=0) * unbiased,
        )
    return out, cache, new


@wrong(
    observation=(
        "`out` is right; the running statistics stay as they came in",
        "`out` 正确；滑动统计量一直是传进来的那些",
    ),
    question=("what will evaluation use, if training leaves no trace?", "如果训练什么都不留下，评估时用什么？"),
    name=(
        "the running statistics are not updated in training, or the old ones are returned",
        "训练时没有更新滑动统计量，或者返回的是旧的",
    ),
)
def never_updated(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    out, cache, _ = right(X, gamma, beta, running, training, momentum=momentum, eps=eps)
    return out, cache, running


@wrong(
    observation=(
        "`out` is right; the running statistics are those of the last batch alone",
        "`out` 正确；滑动统计量只是最后一批的统计量",
    ),
    question=("what remains of the first batch after the third?", "到第三批之后，第一批还留下多少？"),
    name=(
        "the running statistics are overwritten: the old ones have to be kept with weight 1 - momentum",
        "滑动统计量被直接覆盖了：旧的要以 1 - momentum 的权重保留",
    ),
)
def overwritten(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    out, cache, new = right(X, gamma, beta, running, training, momentum=1.0, eps=eps)
    return out, cache, new


@wrong(
    observation=(
        "`out` and `running_mean` are right; `running_var` mixes two different sizes",
        "`out` 和 `running_mean` 正确；`running_var` 里混进了另一种量",
    ),
    question=(
        "in which unit is what you add to the running variance, if X is in metres?",
        "如果 X 的单位是米，你加到滑动方差里的量是什么单位？",
    ),
    name=("the running variance collects standard deviations", "滑动方差里收集的是标准差"),
)
def running_std(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    out, cache, new = right(X, gamma, beta, running, training, momentum=momentum, eps=eps)
    if training:
        new = new[0], (1 - momentum) * running[1] + momentum * X.std(axis=0, ddof=1)
    return out, cache, new


@wrong(
    observation=(
        "the running statistics are right; `out` is off a little where a feature varies, much "
        "where it hardly does "
        "or eps is large",
        "滑动统计量正确；特征变化大时 `out` 只差一点，几乎不变或 eps 较大时差很多",
    ),
    question=("does eps stand inside the root or outside?", "eps 在根号里面还是外面？"),
    name=(
        "eps outside the root: sqrt(var) + eps instead of sqrt(var + eps)",
        "eps 写到了根号外面：写成了 sqrt(var) + eps，应为 sqrt(var + eps)",
    ),
)
def eps_outside(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    mean, var = statistics(X, running, training)
    out, cache = normalized(X, mean, 1 / (np.sqrt(var) + eps), gamma, beta, training)
    return out, cache, updated(X, gamma, beta, running, training, momentum, eps)


@wrong(
    observation=(
        "the running statistics are right; in `out` features of large variance are too small, "
        "those of small "
        "variance too large",
        "滑动统计量正确；`out` 中方差大的特征偏小，方差小的特征偏大",
    ),
    question=(
        "what is the variance of a feature that you divide by its variance?",
        "一个特征除以它的方差，新的方差是多少？",
    ),
    name=("divided by the variance: the root is missing", "除以了方差：漏了开方"),
)
def no_root(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    mean, var = statistics(X, running, training)
    out, cache = normalized(X, mean, 1 / (var + eps), gamma, beta, training)
    return out, cache, updated(X, gamma, beta, running, training, momentum, eps)


@wrong(
    observation=(
        "the running statistics are right; the columns of `out` have mean 0 in training",
        "滑动统计量正确；训练时 `out` 各列的均值是 0",
    ),
    question=("where do gamma and beta come in?", "gamma 和 beta 用在哪里？"),
    name=("x_hat is returned: gamma * x_hat + beta is missing", "返回的是 x_hat：漏了 gamma * x_hat + beta"),
)
def no_gamma_and_beta(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    _, cache, new = right(X, gamma, beta, running, training, momentum=momentum, eps=eps)
    mean, var = statistics(X, running, training)
    return (X - mean) * (1 / np.sqrt(var + eps)), cache, new


@wrong(
    observation=(
        "the running statistics are right; each column of `out` is off by a constant",
        "滑动统计量正确；`out` 的每一列都差一个常数",
    ),
    question=(
        "gamma = 0 should give beta everywhere. What does yours give?",
        "gamma = 0 时，处处都应得到 beta。你的会得到什么？",
    ),
    name=(
        "gamma * (x_hat + beta): beta is scaled as well, the parentheses are too many",
        "写成了 gamma * (x_hat + beta)：多了括号，beta 也被缩放了",
    ),
)
def beta_scaled(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    out, cache, new = right(X, gamma, beta, running, training, momentum=momentum, eps=eps)
    return out - beta + gamma * beta, cache, new


@wrong(
    observation=(
        "evaluation is right; in training all features are measured together",
        "评估正确；训练时所有特征用的是同一个统计量",
    ),
    question=("how many means does a batch with three features have?", "有三个特征的一批数据，应该有几个均值？"),
    name=("mean and variance of the whole batch: `axis=0` is missing", "对整批求了均值和方差：漏了 `axis=0`"),
)
def whole_batch(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    if not training:
        return right(X, gamma, beta, running, training, momentum=momentum, eps=eps)
    mean, var, N = X.mean(), X.var(), len(X)
    out, cache = normalized(X, mean, 1 / np.sqrt(var + eps), gamma, beta, training)
    new = (momentum * (mean - running[0]) + running[0], momentum * (var * (N / (N - 1)) - running[1]) + running[1])
    return out, cache, tuple(value.astype(X.dtype) for value in new)


@wrong(
    observation=(
        "`out` and the running statistics are right; in the cache `inv_std` is upside down",
        "`out` 和滑动统计量正确；缓存里的 `inv_std` 是正确值的倒数",
    ),
    question=("what does the name inv_std say?", "inv_std 这个名字是什么意思？"),
    name=(
        "the cache holds sqrt(var + eps) under the name inv_std: the backward pass expects 1 / sqrt(var + eps)",
        "缓存里名为 inv_std 的其实是 sqrt(var + eps)：反向传播要用的是 1 / sqrt(var + eps)",
    ),
)
def std_in_cache(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    out, cache, new = right(X, gamma, beta, running, training, momentum=momentum, eps=eps)
    return out, cache and {**cache, "inv_std": 1 / cache["inv_std"]}, new


@wrong(
    observation=(
        "`out` and the running statistics are right; in the cache `centred` is the X that came in",
        "`out` 和滑动统计量正确；缓存里的 `centred` 就是传进来的 X",
    ),
    question=("what is the mean of a column of `centred`?", "`centred` 各列的均值应当是多少？"),
    name=(
        "the cache holds X under the name centred: it has to be X - mean",
        "缓存里名为 centred 的其实是 X：应为 X - mean",
    ),
)
def uncentred_in_cache(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    out, cache, new = right(X, gamma, beta, running, training, momentum=momentum, eps=eps)
    return out, cache and {**cache, "centred": X}, new


@wrong(
    observation=(
        "the returned values are right, but the arrays handed in as `running` have changed",
        "返回值是对的，但传进来的 `running` 里的数组被改动了",
    ),
    question=(
        "`running_mean, running_var = running` makes new names. Does it make new arrays?",
        "`running_mean, running_var = running` 多了两个名字，数组也多了吗？",
    ),
    name=(
        "the running statistics are changed in place (`running_mean *= ...`): make new arrays",
        "原地修改了滑动统计量（`running_mean *= ...`）：应新建数组",
    ),
)
def in_place(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    out, cache, new = right(X, gamma, beta, running, training, momentum=momentum, eps=eps)
    for old, value in zip(running, new):
        old[...] = value
    return out, cache, running
