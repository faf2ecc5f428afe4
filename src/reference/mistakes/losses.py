"""What students write instead of the losses of chapter 01: cross-entropy here, squared error beside it."""

from functools import partial

import numpy as np

from reference import losses as right
from reference.mistakes import Mistake, squared_error, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- softmax_cross_entropy --------------------------------------------------------------------------


def one_hot(labels, classes, dtype):
    return np.eye(classes, dtype=dtype)[labels]


@wrong(
    "softmax_cross_entropy",
    observation=(
        "`loss` and `grad_logits` are both too large by the same factor, and it grows with the number of rows",
        "`loss` 和 `grad_logits` 都偏大，倍数相同，而且行数越多倍数越大",
    ),
    question=("if every row came twice, should the loss change?", "如果每一行都出现两遍，损失应该变吗？"),
    name=(
        "sums over the batch: the loss is a mean, so both the loss and its gradient carry 1/N",
        "对整批求了和：损失是平均值，所以损失和梯度都要带上 1/N",
    ),
)
def batch_sum(logits, labels):
    loss, grad = right.softmax_cross_entropy(logits, labels)
    return loss * len(labels), grad * len(labels)


@wrong(
    "softmax_cross_entropy",
    observation=(
        "`loss` is right in every case; `grad_logits` is too large by the number of rows",
        "每个例子里 `loss` 都对；`grad_logits` 偏大，倍数是行数",
    ),
    question=(
        "the loss is a mean over the rows. What does that do to its derivative with respect to one logit?",
        "损失是对各行求平均。对某一个得分求导时，这个平均带来什么？",
    ),
    name=(
        "the gradient lacks 1/N: `p - one_hot` is the gradient of the sum of the losses, not of their mean",
        "梯度漏了 1/N：`p - one_hot` 是损失之和的梯度，不是损失平均值的梯度",
    ),
)
def gradient_not_averaged(logits, labels):
    loss, grad = right.softmax_cross_entropy(logits, labels)
    return loss, grad * len(labels)


@wrong(
    "softmax_cross_entropy",
    observation=(
        "right for logits of a few units; NaN or inf where there are logits of 1000 or -1000",
        "得分只有几个单位时正确；得分到了 1000 或 -1000 就出现 NaN 或 inf",
    ),
    question=(
        "what is np.exp(1000.0)? Which number may you subtract from a whole row without changing its softmax?",
        "np.exp(1000.0) 等于多少？一整行同时减去哪个数，softmax 不变？",
    ),
    name=(
        "softmax without the shift: exp overflows or underflows. Subtract each row's largest logit first",
        "softmax 没有先平移：exp 上溢或下溢。应先减去每一行的最大得分",
    ),
)
def no_shift(logits, labels):
    with np.errstate(all="ignore"):
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(labels)), labels]).mean()
    return loss, (p - one_hot(labels, logits.shape[1], logits.dtype)) / len(labels)


@wrong(
    "softmax_cross_entropy",
    observation=(
        "right for logits of a few units; NaN or inf where logits differ by 1000 or more",
        "得分只有几个单位时正确；得分之间相差 1000 或更多时，出现 NaN 或 inf",
    ),
    question=("after your shift, how large is the largest logit of each row?", "平移之后，每一行最大的得分是多少？"),
    name=(
        "one shift for the whole array, `logits.max()`: a row far below it underflows to zeros. Each "
        "row needs its "
        "own maximum (`axis=1, keepdims=True`)",
        "整个数组只用了一个平移量 `logits.max()`：比它小得多的行会下溢成全零。每一行要减自己的最大值"
        "（`axis=1, keepdims=True`）",
    ),
)
def one_shift_for_all(logits, labels):
    shifted = logits - logits.max()
    with np.errstate(all="ignore"):
        p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(labels)), labels]).mean()
    return loss, (p - one_hot(labels, logits.shape[1], logits.dtype)) / len(labels)


@wrong(
    "softmax_cross_entropy",
    observation=(
        "`grad_logits` is right; `loss` is inf where the right class has a logit far below the others",
        "`grad_logits` 是对的；当正确类别的得分远低于其他类别时，`loss` 是 inf",
    ),
    question=(
        "a probability of exp(-2000) is 0 in the computer. Is its logarithm -inf, or could you get "
        "it without "
        "taking exp first?",
        "概率 exp(-2000) 在计算机里就是 0。它的对数只能是 -inf 吗？能不能不先取 exp 就得到它？",
    ),
    name=(
        "`np.log(p)` after p has underflowed to 0: the logarithm of p is `shifted - "
        "log(sum(exp(shifted)))`, with no "
        "p in between",
        "p 已经下溢成 0 之后再取 `np.log(p)`：log p 应写成 `shifted - log(sum(exp(shifted)))`，中间不经过 p",
    ),
)
def log_of_zero(logits, labels):
    loss, grad = right.softmax_cross_entropy(logits, labels)
    shifted = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore"):
        return -np.log(p[np.arange(len(labels)), labels]).mean(), grad


@wrong(
    "softmax_cross_entropy",
    observation=(
        "`grad_logits` is right; `loss` is much too small where the right class has a logit far below the others",
        "`grad_logits` 是对的；当正确类别的得分远低于其他类别时，`loss` 小得多",
    ),
    question=(
        "what is the largest value that your loss can ever take for one row?",
        "对某一行来说，你的损失最大能到多少？",
    ),
    name=(
        "`np.log(p + 1e-12)`: the small number hides the underflow and caps the loss. The logarithm of p is "
        "`shifted - log(sum(exp(shifted)))`",
        "写成了 `np.log(p + 1e-12)`：加的小数掩盖了下溢，也给损失封了顶。log p 应写成 "
        "`shifted - log(sum(exp(shifted)))`",
    ),
)
def log_with_a_floor(logits, labels):
    loss, grad = right.softmax_cross_entropy(logits, labels)
    shifted = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(labels)), labels] + 1e-12).mean(), grad


@wrong(
    "softmax_cross_entropy",
    observation=(
        "`loss` is never below 1e-7 and never above 16.2",
        "`loss` 从不小于 1e-7，也从不大于 16.2",
    ),
    question=(
        "what are the smallest and the largest loss that your function can return for one row?",
        "对某一行，你的函数能返回的最小和最大的损失各是多少？",
    ),
    name=(
        "the probabilities are clipped to [1e-7, 1 - 1e-7], as Keras does: that caps the loss. The logarithm of p is "
        "`shifted - log(sum(exp(shifted)))`, which needs no limits",
        "把概率限制在 [1e-7, 1 - 1e-7] 之内（Keras 的做法）：这给损失封了顶。log p 应写成 `shifted - log(sum(exp(shifted)))`，不需要限制",
    ),
    holds=lambda inputs, got, right: 5e-8 < got["loss"] < 16.2,
)
def probabilities_clipped(logits, labels):
    right.softmax_cross_entropy(logits, labels)  # raises what it raises
    shifted = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    p = np.clip(p, 1e-7, 1 - 1e-7)
    hot = one_hot(labels, logits.shape[1], logits.dtype)
    return -np.log(p[np.arange(len(labels)), labels]).mean(), (p - hot) / len(labels)


@wrong(
    "softmax_cross_entropy",
    observation=(
        "`grad_logits` is right in every case; `loss` has the wrong sign",
        "每个例子里 `grad_logits` 都对；`loss` 的符号反了",
    ),
    question=(
        "a probability is at most 1. What sign has its logarithm, and what sign must a loss have that is 0 at best?",
        "概率不超过 1，它的对数是正还是负？最好情况为 0 的损失又该是正还是负？",
    ),
    name=(
        "the minus in front of the mean is missing: the loss is the mean of -log p",
        "漏了平均值前面的负号：损失是 -log p 的平均",
    ),
)
def loss_without_minus(logits, labels):
    loss, grad = right.softmax_cross_entropy(logits, labels)
    return -loss, grad


@wrong(
    "softmax_cross_entropy",
    observation=(
        "`loss` is right in every case; `grad_logits` is right except at the entry of each row's label",
        "每个例子里 `loss` 都对；`grad_logits` 只在每一行标签所在的位置上不对",
    ),
    question=("what should the entries of one row of the gradient add up to?", "梯度的每一行，各元素之和应该是多少？"),
    name=(
        "the 1 for the right class is not subtracted: the gradient is (p - [k = y]) / N, yours is p / N",
        "没有在正确类别上减 1：梯度是 (p - [k = y]) / N，你的是 p / N",
    ),
)
def label_not_subtracted(logits, labels):
    loss, grad = right.softmax_cross_entropy(logits, labels)
    return loss, grad + one_hot(labels, logits.shape[1], logits.dtype) / np.asarray(len(labels), logits.dtype)


@wrong(
    "softmax_cross_entropy",
    observation=(
        "`loss` is right in every case; `grad_logits` is wrong, and its rows are lowered at the "
        "labels of other "
        "rows, too",
        "每个例子里 `loss` 都对；`grad_logits` 不对，每一行连别的行的标签位置也被减小了",
    ),
    question=(
        "how many entries does `grad[:, labels]` select, and how many should lose 1?",
        "`grad[:, labels]` 选中了多少个元素？应该减 1 的又有多少个？",
    ),
    name=(
        "`grad[:, labels] -= 1` lowers whole columns: one entry per row is `grad[np.arange(N), labels]`",
        "`grad[:, labels] -= 1` 减的是整列：每行取一个元素应写 `grad[np.arange(N), labels]`",
    ),
)
def whole_columns(logits, labels):
    loss, grad = right.softmax_cross_entropy(logits, labels)
    p = grad * np.asarray(len(labels), logits.dtype) + one_hot(labels, logits.shape[1], logits.dtype)
    p[:, labels] -= 1
    return loss, p / np.asarray(len(labels), logits.dtype)


@wrong(
    "softmax_cross_entropy",
    observation=(
        "`loss` is right in every case; `grad_logits` is minus the right one",
        "每个例子里 `loss` 都对；`grad_logits` 与正确值差一个负号",
    ),
    question=(
        "if the logit of the right class grows, does the loss grow or shrink? What sign has its derivative then?",
        "正确类别的得分变大，损失变大还是变小？那么它的导数是正还是负？",
    ),
    name=(
        "the difference the wrong way round: [k = y] - p instead of p - [k = y]",
        "减反了：写成了 [k = y] - p，应为 p - [k = y]",
    ),
)
def gradient_reversed(logits, labels):
    loss, grad = right.softmax_cross_entropy(logits, labels)
    return loss, -grad


@wrong(
    "softmax_cross_entropy",
    observation=(
        "`loss` and `grad_logits` are both too small by the same factor, the number of classes",
        "`loss` 和 `grad_logits` 都偏小，倍数相同，就是类别数",
    ),
    question=(
        "over how many numbers is the mean taken: one per row, or one per entry?",
        "平均是对多少个数取的：每行一个，还是每个元素一个？",
    ),
    name=(
        "the mean is taken over all N * K entries (`logits.size`): divide by the number of rows",
        "对全部 N * K 个元素取了平均（除以 `logits.size`）：应除以行数",
    ),
)
def mean_over_entries(logits, labels):
    loss, grad = right.softmax_cross_entropy(logits, labels)
    return loss / logits.shape[1], grad / logits.shape[1]


@wrong(
    "softmax_cross_entropy",
    observation=(
        "`loss` is right; `grad_logits` is 1/K of the right one (K: the number of classes)",
        "`loss` 是对的；`grad_logits` 只有正确值的 1/K（K 是类别数）",
    ),
    question=(
        "the loss is a mean over how many terms? By which number do you divide the gradient?",
        "损失是对多少项求平均？你的梯度又除以了多少？",
    ),
    name=(
        "the gradient is divided by N K, the number of entries (`.size` or `.mean()`): the mean is over the N rows",
        "梯度除以了元素个数 N K（`.size` 或 `.mean()`）：平均是对 N 行求的",
    ),
    holds=lambda inputs, got, right: np.allclose(
        got["grad_logits"] * inputs["logits"].shape[1], right["grad_logits"], rtol=1e-4, equal_nan=True
    ),
)
def gradient_over_entries(logits, labels):
    loss, gradient = right.softmax_cross_entropy(logits, labels)
    return loss, gradient / logits.dtype.type(logits.shape[1])


@wrong(
    "softmax_cross_entropy",
    observation=(
        "`loss` and `grad_logits` are wrong in every case; in `grad_logits` the columns add up "
        "to whole numbers "
        "over N, the rows do not add up to 0",
        "每个例子里 `loss` 和 `grad_logits` 都不对；`grad_logits` 每一列的和是整数除以 N，而每一行的和不为 0",
    ),
    question=(
        "the probabilities of one example add up to 1. Do they stand in a row or in a column?",
        "一个样本的各类概率之和为 1。它们排在一行里，还是排在一列里？",
    ),
    name=(
        "softmax along the wrong axis: `axis=0` makes the columns add up to 1, an example is a row (`axis=1`)",
        "softmax 的轴弄错了：`axis=0` 让每一列之和为 1，而一个样本是一行（`axis=1`）",
    ),
)
def wrong_axis(logits, labels):
    shifted = logits - logits.max(axis=0, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=0, keepdims=True))
    grad = np.exp(log_p) - one_hot(labels, logits.shape[1], logits.dtype)
    return -log_p[np.arange(len(labels)), labels].mean(), grad / np.asarray(len(labels), logits.dtype)


@wrong(
    "softmax_cross_entropy",
    observation=(
        "the returned values are right, but the array handed in as `logits` has changed",
        "返回值是对的，但传进来的 `logits` 数组被改动了",
    ),
    question=(
        "which of your lines writes into an array that the caller still uses?",
        "你的哪一行改写了调用者还要用的数组？",
    ),
    name=(
        "an in-place shift, `logits -= ...`: write `shifted = logits - ...`",
        "原地平移：`logits -= ...` 会改动输入，应写成 `shifted = logits - ...`",
    ),
)
def shifted_in_place(logits, labels):
    logits -= logits.max(axis=1, keepdims=True)
    return right.softmax_cross_entropy(logits, labels)


MISTAKES |= squared_error.MISTAKES
