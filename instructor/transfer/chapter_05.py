"""Chapter 05: a penalty that switches whole units off, and dropout for whole channels."""

import numpy as np

from descent.cases import between, numbers
from descent.exercise import Case, Exercise, Group, returned
from descent.hyper import require
from instructor.transfer.base import transfer


def group_soft_threshold(W, *, threshold):
    """The proximal operator of a penalty on whole units: the sum of the lengths of the columns.

    Contract: the answer is the U that makes

        sum of (U - W)^2 / 2  +  threshold * sum over the columns j of |U_j|        |U_j|: root of the sum of squares

    as small as possible. Where a column of the answer is 0, all its entries are 0.

    W: (fan_in, fan_out), one column per unit, not changed. Returns an array like it, in its dtype.
    Raises ValueError unless threshold >= 0. A column of zeros stays zeros.

    Group lasso, Yuan and Lin (2006).
    """
    require(threshold >= 0, "threshold", threshold, "a number >= 0")
    length = np.sqrt((W * W).sum(axis=0))
    # A column keeps its direction; its length is soft-thresholded. max(length, threshold) avoids 0 / 0.
    kept = np.maximum(length - threshold, 0) / np.where(length > 0, np.maximum(length, threshold), 1)
    return W * kept.astype(W.dtype)


GROUP_ZH = """
作用在整个单元上的惩罚项（各列长度之和）的近端算子。

契约：结果是使下式最小的 U：

    (U - W)^2 之和 / 2  +  threshold * 各列 j 的 |U_j| 之和        |U_j|：平方和的平方根

结果中若某一列为 0，则整列都是 0。

W：(fan_in, fan_out)，每个单元一列，不得改动。返回与它形状、dtype 相同的数组。
threshold < 0 时抛出 ValueError。全零的列仍为零。

即组 lasso（group lasso），Yuan 与 Lin（2006）。
"""

GROUP_GROUPS = {
    "shrink": Group(3, "units that stay and units that vanish", "有的单元保留，有的消失"),
    "edge": Group(2, "a column of zeros, a threshold of zero", "全零的列、阈值为零"),
    "square": Group(1, "as many rows as columns", "行数等于列数"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
}


def group_cases(rng):
    code = "group_soft_threshold(W, threshold=threshold)"

    def case(group, shape, dtype=np.float64, zeros=False):
        """By turns a column is about twice and about half as long as the threshold."""
        threshold, W = between(rng, 0.8, 2.0), numbers(rng, shape)
        share = np.where(np.arange(shape[1]) % 2 == 0, 1.5 + rng.random(shape[1]), 0.4 + 0.4 * rng.random(shape[1]))
        W = np.round(W / np.linalg.norm(W, axis=0) * threshold * share, 2)
        if zeros:
            W[:, -1] = 0
        return Case(group, {"W": W.astype(dtype), "threshold": threshold}, code)

    return [
        case("shrink", (2, 3)),
        case("shrink", (4, 2)),
        case("edge", (3, 3), zeros=True),
        Case("edge", {"W": numbers(rng, (2, 3)) * np.array([1, 0, 1]), "threshold": 0.0}, code),
        case("square", (2, 2)),
        case("square", (3, 3)),
        case("float32", (3, 2), np.float32),
        case("float32", (2, 4), np.float32),
    ]


def run_group(solution, inputs):
    return {"W": solution(inputs["W"], threshold=inputs["threshold"])}


def channel_dropout(images, *, p, rng, training=True):
    """Inverted dropout that drops whole channels: neighbouring pixels are so alike that single gaps hardly matter.

    Contract, in training (training=True):
    1. Channel c of image n is dropped where u[n, c] < p; u = rng.random((N, C)) is the only draw. A dropped channel
       is 0 in every pixel.
    2. All channels that stay are multiplied by the same number, which p alone decides.
    3. That number is such that the mean of out, over all draws, is images.
    In evaluation out is images, and nothing is drawn.

    images: (N, C, H, W), not changed. p: the probability to DROP a channel.
    Returns (out, mask): an array like images, and what each channel was multiplied by, (N, C), in the same dtype.
    Raises ValueError unless 0 <= p < 1.

    Tompson et al. (2015); torch.nn.Dropout2d.
    """
    require(0 <= p < 1, "p", p, "in [0, 1): the probability to drop, and 1 would drop everything")
    if training:
        mask = (rng.random(images.shape[:2]) >= p).astype(images.dtype) / (1 - p)
    else:
        mask = np.ones(images.shape[:2], images.dtype)
    return images * mask[:, :, None, None], mask


CHANNEL_ZH = """
整个通道一起丢弃的反向缩放丢弃法：相邻像素太相似，零星丢几个像素几乎不起作用。

契约（训练时，training=True）：
1. u[n, c] < p 时丢弃第 n 张图的第 c 个通道；u = rng.random((N, C)) 是唯一的一次抽取。
被丢弃的通道每个像素都为 0。
2. 保留的通道都乘以同一个数，它只由 p 决定。
3. 这个数使 out 对所有抽取的平均等于 images。
评估时（training=False）out 就是 images，不从 rng 抽取任何随机数。

images：(N, C, H, W)，不得改动。p：*丢弃*一个通道的概率。
返回 (out, mask)：形状、dtype 同 images 的数组，以及每个通道所乘的数，形状 (N, C)，dtype 相同。
p 不在 [0, 1) 内时抛出 ValueError。

出自 Tompson 等（2015），即 torch.nn.Dropout2d。
"""

CHANNEL_GROUPS = {
    "drop": Group(
        3, "which channels are dropped, and what the others are multiplied by", "丢弃哪些通道，其余的乘以多少"
    ),
    "evaluation": Group(2, "training, then evaluation", "先训练，再评估"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
}


def channel_cases(rng):
    def case(group, shape, low, high, dtype=np.float64):
        """Some channels are dropped and some stay, and some image keeps what another one loses."""
        while True:
            inputs = {
                "images": numbers(rng, shape, dtype),
                "p": between(rng, low, high),
                "seed": int(10_000 * rng.random()),
                "training": [True, False] if group == "evaluation" else [True],
            }
            dropped = np.random.default_rng(inputs["seed"]).random(shape[:2]) < inputs["p"]
            if 0 < dropped.sum() < dropped.size and (dropped != dropped[0]).any():
                return Case(
                    group,
                    inputs,
                    "rng = np.random.default_rng(seed)\nfor mode in training:\n"
                    "    print(channel_dropout(images, p=p, rng=rng, training=mode))",
                )

    return [
        case("drop", (2, 3, 2, 2), 0.2, 0.4),
        case("drop", (3, 2, 1, 3), 0.6, 0.8),
        case("evaluation", (2, 4, 2, 1), 0.2, 0.4),
        case("evaluation", (3, 2, 2, 2), 0.6, 0.8),
        case("float32", (2, 3, 2, 2), 0.2, 0.4, np.float32),
        case("float32", (2, 2, 1, 2), 0.6, 0.8, np.float32),
    ]


def run_channel(solution, inputs):
    """Mask and output in each mode, and the number that the generator gives next: it shows what was drawn."""
    rng, values = np.random.default_rng(inputs["seed"]), {}
    for training in inputs["training"]:
        result = solution(inputs["images"], p=inputs["p"], rng=rng, training=training)
        out, mask = returned(result, "out", "mask")
        where = "" if training else " in evaluation"
        values[f"mask{where}"], values[f"out{where}"] = mask, out
    return values | {"the next number of rng": float(rng.random())}


TRANSFER = [
    transfer(
        "05",
        Exercise("group_soft_threshold", "chapter_05.group_soft_threshold", GROUP_GROUPS, group_cases, run_group),
        group_soft_threshold,
        title=("All or nothing", "要么全留，要么全去"),
        task=(
            "An L1 penalty makes single weights zero. To make a network smaller you want whole units to "
            "vanish. Penalize the length of each unit's weights and find the step that solves it exactly.",
            "L1 惩罚项使单个权重变成零。要让网络变小，却需要整个单元一起消失。请惩罚每个单元权重的长度，"
            "并求出精确的近端更新。",
        ),
        zh=GROUP_ZH,
        minutes=20,
        points=7,
    ),
    transfer(
        "05",
        Exercise("channel_dropout", "chapter_05.channel_dropout", CHANNEL_GROUPS, channel_cases, run_channel),
        channel_dropout,
        title=("Dropping a whole channel", "丢弃整个通道"),
        task=(
            "In an image the neighbours of a dropped pixel give it away. Drop whole channels instead.",
            "图像里某个像素被丢弃，看看它的邻居就能猜出来。请改为整个通道一起丢弃。",
        ),
        zh=CHANNEL_ZH,
        minutes=12,
        points=6,
    ),
]
