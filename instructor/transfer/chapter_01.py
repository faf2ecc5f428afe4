"""Chapter 01: cross-entropy against softened labels, and the gradient of a batch that does not fit into memory."""

import numpy as np

from descent.cases import between, numbers
from descent.exercise import Case, Exercise, Group, WrongReturn, returned
from descent.hyper import require
from instructor.transfer.base import transfer


def smoothed_cross_entropy(logits, labels, *, smoothing):
    """Mean cross-entropy of softmax(logits) against smoothed labels, and its gradient.

    Contract: example i is compared with the probabilities q_i, a mixture: with weight 1 - smoothing all probability
    on its label, with weight `smoothing` the same probability for each of the K classes. The loss of an example is

        -sum_k q_ik log p_ik            p_i = softmax(z_i)

    and the result is the mean over the examples, with its gradient with respect to the logits.

    logits (z): (N, K), any size, 1000 or -1000 too. labels: (N,), whole numbers 0 .. K-1. They are not changed.
    Returns (loss, grad_logits): a number and an array (N, K), both in the dtype of logits.
    Raises ValueError unless 0 <= smoothing <= 1.

    Szegedy et al. (2016); the `label_smoothing` of torch.nn.functional.cross_entropy.
    """
    require(0 <= smoothing <= 1, "smoothing", smoothing, "in [0, 1]")
    N, K = logits.shape
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    target = np.full_like(logits, smoothing / K)
    target[np.arange(N), labels] += 1 - smoothing
    return -(target * log_p).sum(axis=1).mean(), (np.exp(log_p) - target) / N


SMOOTHED_ZH = """
softmax(logits) 对平滑标签的平均交叉熵，以及它的梯度。

契约：样本 i 与一个混合分布 q_i 比较：以权重 1 - smoothing 把全部概率放在它的标签上，
以权重 smoothing 给 K 个类别相同的概率。一个样本的损失是

    -sum_k q_ik log p_ik            p_i = softmax(z_i)

结果是对所有样本的平均，以及它对 logits 的梯度。

logits (z)：(N, K)，大小不限，1000 或 -1000 也要能算。labels：(N,)，整数 0 .. K-1。均不得改动。
返回 (loss, grad_logits)：一个数和一个 (N, K) 数组，dtype 都与 logits 相同。
smoothing 不在 [0, 1] 内时抛出 ValueError。

出自 Szegedy 等（2016），即 torch.nn.functional.cross_entropy 的 label_smoothing。
"""

SMOOTHED_GROUPS = {
    "loss": Group(3, "the loss", "损失", only=("loss",)),
    "gradient": Group(3, "its gradient", "它的梯度", only=("grad_logits",)),
    "large": Group(2, "logits of 1000 and -1000", "logits 为 1000 和 -1000"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
}


def smoothed_cases(rng):
    def case(group, N, K, dtype=np.float64, size=1, smoothing=None):
        logits = numbers(rng, (N, K), dtype) * size
        labels = (K * rng.random(N)).astype(int)
        smoothing = between(rng, 0.1, 0.6) if smoothing is None else smoothing
        return Case(
            group,
            {"logits": logits, "labels": labels, "smoothing": smoothing},
            "smoothed_cross_entropy(logits, labels, smoothing=smoothing)",
        )

    return [
        case("loss", 3, 4),
        case("loss", 2, 3),
        case("loss", 2, 5, smoothing=1.0),
        case("gradient", 3, 4),
        case("gradient", 4, 3),
        case("large", 2, 3, size=500),
        case("large", 3, 4, size=500),
        case("float32", 3, 4, np.float32),
        case("float32", 2, 5, np.float32),
    ]


def run_smoothed(solution, inputs):
    result = solution(inputs["logits"], inputs["labels"], smoothing=inputs["smoothing"])
    loss, grad = returned(result, "loss", "grad_logits")
    return {"loss": loss, "grad_logits": grad}


def accumulated_gradient(params, loss_and_grads, X, y, *, most):
    """Loss and gradient of a batch that is too large to be handled at once.

    Contract:
    1. The result is (loss, grads) = loss_and_grads(params, X, y), up to rounding.
    2. loss_and_grads is never called with more than `most` rows, and every row is handed to it exactly once.

    params: an array. X, y: N rows each, N need not be a multiple of `most`. They are not changed.
    loss_and_grads(params, X_part, y_part) returns (loss, grads): the *mean* loss of the rows it is given, and its
    gradient. Returns (loss, grads). Raises ValueError unless most >= 1.
    """
    require(most >= 1, "most", most, "a whole number >= 1")
    loss, grads = 0.0, np.zeros_like(params)
    for start in range(0, len(X), most):
        rows = slice(start, start + most)
        part_loss, part_grads = loss_and_grads(params, X[rows], y[rows])
        share = len(X[rows]) / len(X)
        loss, grads = loss + share * part_loss, grads + share * part_grads
    return loss, grads


ACCUMULATED_ZH = """
批量太大、一次放不下时，求它的损失和梯度。

契约：
1. 结果等于 (loss, grads) = loss_and_grads(params, X, y)，只差舍入误差。
2. 每次调用 loss_and_grads 时给它的行数不超过 most；每一行恰好交给它一次。

params：数组。X、y：各 N 行，N 不一定是 most 的倍数。均不得改动。
loss_and_grads(params, X_part, y_part) 返回 (loss, grads)：所给各行的*平均*损失及其梯度。
返回 (loss, grads)。most < 1 时抛出 ValueError。
"""

ACCUMULATED_GROUPS = {
    "gradient": Group(4, "the gradient of the whole batch", "整个批量的梯度", only=("grads",)),
    "loss": Group(2, "the loss of the whole batch", "整个批量的损失", only=("loss",)),
    "pieces": Group(2, "the limit is kept and every row is used once", "不超过上限，每行恰好用一次"),
    "whole": Group(1, "batches that fit at once, and pieces of equal size", "一次放得下的批量，以及大小相等的各部分"),
}


def accumulated_cases(rng):
    def case(group, N, most, D=2):
        inputs = {"params": numbers(rng, D), "X": numbers(rng, (N, D)), "y": numbers(rng, N), "most": most}
        return Case(
            group,
            inputs,
            "def loss_and_grads(w, X, y):\n    error = X @ w - y\n"
            "    return np.mean(error**2), 2 * X.T @ error / len(y)\n"
            "accumulated_gradient(params, loss_and_grads, X, y, most=most)",
        )

    return [
        case("gradient", 5, 3),
        case("gradient", 7, 3, 3),
        case("loss", 5, 4),
        case("loss", 7, 2),
        case("pieces", 8, 3),
        case("pieces", 5, 2),
        case("whole", 4, 6),
        case("whole", 6, 2),
    ]


def run_accumulated(solution, inputs):
    """The loss is least squares. It notes which rows it is asked for; more than `most` of them end the case."""
    X, seen = inputs["X"], []

    def loss_and_grads(w, X_part, y_part):
        if len(X_part) > inputs["most"]:
            raise WrongReturn(
                f"called loss_and_grads with {len(X_part)} rows, most = {inputs['most']}",
                f"调用 loss_and_grads 时给了 {len(X_part)} 行，而 most = {inputs['most']}",
            )
        seen.extend(tuple(row) for row in np.asarray(X_part).tolist())
        error = X_part @ w - y_part
        return np.mean(error**2), 2 * X_part.T @ error / len(y_part)

    result = solution(inputs["params"], loss_and_grads, X, inputs["y"], most=inputs["most"])
    loss, grads = returned(result, "loss", "grads")
    once = sorted(seen) == sorted(tuple(row) for row in X.tolist())
    return {"grads": grads, "loss": loss if np.ndim(loss) else np.float64(loss), "every_row_once": once}


TRANSFER = [
    transfer(
        "01",
        Exercise(
            "smoothed_cross_entropy", "chapter_01.smoothed_cross_entropy", SMOOTHED_GROUPS, smoothed_cases, run_smoothed
        ),
        smoothed_cross_entropy,
        title=("Labels that are not quite certain", "不那么肯定的标签"),
        task=(
            "Cross-entropy never stops asking for larger logits. Label smoothing tells the model to keep a "
            "little probability for every class. Find the gradient as chapter 01 did, and keep the loss safe "
            "for any logits.",
            "交叉熵总是要求更大的 logits。标签平滑（label smoothing）让模型给每个类别都留一点概率。"
            "请仿照 01 章求出梯度，并保证任何 logits 都能算。",
        ),
        zh=SMOOTHED_ZH,
        minutes=15,
        points=9,
    ),
    transfer(
        "01",
        Exercise(
            "accumulated_gradient",
            "chapter_01.accumulated_gradient",
            ACCUMULATED_GROUPS,
            accumulated_cases,
            run_accumulated,
        ),
        accumulated_gradient,
        title=("A batch that does not fit", "放不下的批量"),
        task=(
            "You want a step with 1000 examples, and the memory holds 64 at a time. Compute the gradient of "
            "the large batch from small ones (gradient accumulation). Mind the last piece.",
            "你想用 1000 个样本走一步，而内存一次只放得下 64 个。请由若干小批量求出大批量的梯度（梯度累积）。"
            "注意最后一部分。",
        ),
        zh=ACCUMULATED_ZH,
        minutes=12,
        points=9,
    ),
]
