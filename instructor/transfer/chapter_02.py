"""Chapter 02: the lowest curvature from products alone, and clipping relative to the weights."""

import numpy as np

from descent.cases import between, numbers
from descent.exercise import Case, Exercise, Group, WrongReturn, returned
from descent.hyper import require
from instructor.transfer.base import transfer


def lowest_curvature(product, vector, *, bound, num_steps=200):
    """The lowest eigenvalue of a symmetric matrix that is known by products only, and its eigenvector.

    Contract: (eigenvalue, v) with H v = eigenvalue * v and |v| = 1, where no eigenvalue of H is lower. It may be
    positive, and another one may be larger in absolute value. `product` is called at most num_steps + 1 times.

    product(v) returns H v. vector: a start, any shape, not zero, not changed; it has a part along the eigenvector.
    bound: a number that no eigenvalue exceeds in absolute value.
    Returns (eigenvalue, v): a float with its sign, and an array of the shape of vector. The sign of v is free.
    Raises ValueError unless bound > 0 and num_steps >= 1.
    """
    require(bound > 0, "bound", bound, "a number > 0")
    require(num_steps >= 1, "num_steps", num_steps, "a whole number >= 1")
    vector = vector / np.linalg.norm(vector)
    for _ in range(num_steps):
        # bound * I - H has the same eigenvectors, and the lowest eigenvalue of H has become its largest
        vector = bound * vector - product(vector)
        vector = vector / np.linalg.norm(vector)
    return float(np.sum(vector * product(vector))), vector


LOWEST_ZH = """
对称矩阵 H 只能通过乘积 H v 来了解，求它的最小特征值和相应的特征向量。

契约：返回 (eigenvalue, v)，满足 H v = eigenvalue * v、|v| = 1，且 H 没有更小的特征值。它可能是正数，
绝对值也不一定最大。product 至多调用 num_steps + 1 次。

product(v) 返回 H v。vector：起始向量，任意形状，非零，不得改动；它在所求特征向量方向上有分量。
bound：所有特征值的绝对值都不超过的一个数。
返回 (eigenvalue, v)：带符号的 float，以及形状同 vector 的数组；v 的正负号任取。
bound <= 0 或 num_steps < 1 时抛出 ValueError。
"""

LOWEST_GROUPS = {
    "value": Group(
        3,
        "the lowest eigenvalue, where others are larger in size",
        "最小特征值，另有绝对值更大的特征值",
        only=("eigenvalue",),
    ),
    "definite": Group(2, "all eigenvalues positive", "特征值全为正", only=("eigenvalue",)),
    "vector": Group(2, "the eigenvector, of length 1", "长度为 1 的特征向量"),
    "shapes": Group(1, "a matrix as the vector", "向量的形状是矩阵"),
}


def lowest_cases(rng):
    def case(group, lowest, others, shape):
        """H = Q diag(...) Q', rounded; the eigenvalues lie well apart and the largest in size is never the lowest."""
        values = np.array([lowest, *others]) + 0.2 * rng.random(1 + len(others))
        Q = np.linalg.qr(numbers(rng, (len(values),) * 2))[0]
        H = np.round(Q @ np.diag(values) @ Q.T, 3)
        H = np.round((H + H.T) / 2, 3)
        vector = numbers(rng, shape) + 0.5 * Q[:, 0].reshape(shape).round(2)
        bound = float(np.round(1.1 * np.abs(np.linalg.eigvalsh(H)).max(), 2))
        return Case(
            group,
            {"H": H, "vector": vector, "bound": bound},
            "lowest_curvature(lambda v: (H @ v.ravel()).reshape(v.shape), vector, bound=bound)",
        )

    return [
        case("value", -1.5, (0.4, 1.2, 4.0), 4),
        case("value", -2.5, (-0.5, 3.5), 3),
        case("definite", 0.5, (1.6, 3.0), 3),
        case("definite", 0.3, (1.2, 2.0, 2.6), 4),
        case("vector", -1.2, (0.5, 3.0), 3),
        case("vector", -2.0, (-0.4, 1.5, 4.0), 4),
        case("shapes", -1.5, (0.4, 1.0, 3.5), (2, 2)),
        case("shapes", -2.0, (-0.2, 0.5, 1.0, 2.0, 5.0), (2, 3)),
    ]


def run_lowest(solution, inputs, num_steps=200):
    calls = []

    def product(v):
        calls.append(1)
        if len(calls) > num_steps + 1:
            raise WrongReturn(
                f"called product more than {num_steps + 1} times", f"调用 product 超过 {num_steps + 1} 次"
            )
        return (inputs["H"] @ np.ravel(v)).reshape(np.shape(v))

    value, vector = returned(
        solution(product, inputs["vector"], bound=inputs["bound"], num_steps=num_steps), "eigenvalue", "v"
    )
    return {"eigenvalue": value, "v": vector}


def same_up_to_sign(got, expected, inputs):
    if type(got) is not np.ndarray or got.shape != expected.shape:
        return {"en": f"must be an array of shape {expected.shape}", "zh": f"应为形状 {expected.shape} 的数组"}
    if min(np.abs(got - expected).max(), np.abs(got + expected).max()) > 1e-5:
        return {
            "en": "is not the eigenvector, of length 1 and of either sign",
            "zh": "不是长度为 1 的特征向量（正负号任取）",
        }
    return None


def clip_by_unit(grads, W, *, ratio, eps=1e-3):
    """Limit the gradient of each unit relative to the weights of that unit.

    Contract, for each column j: g is the column of grads, w that of W, |.| the root of the sum of squares.
    1. The new g points where the old one points.
    2. Its length is at most ratio * max(|w|, eps). A g that is short enough is left as it is; one that is too long
       gets exactly this length. Columns do not influence one another.

    grads, W: (fan_in, fan_out), one column per unit. They are not changed.
    Returns an array like grads. A gradient of zeros stays zeros.
    Raises ValueError unless ratio > 0, eps > 0 and the shapes agree.

    Adaptive gradient clipping, Brock et al. (2021).
    """
    require(ratio > 0, "ratio", ratio, "a number > 0")
    require(eps > 0, "eps", eps, "a number > 0")
    require(grads.shape == W.shape, "grads.shape", grads.shape, f"{W.shape}, as W")
    limit = ratio * np.maximum(np.sqrt((W * W).sum(axis=0)), eps)
    length = np.sqrt((grads * grads).sum(axis=0))
    return grads * (limit / np.maximum(limit, length)).astype(grads.dtype)


UNIT_ZH = """
按每个单元自己权重的大小来限制它的梯度。

契约（对每一列 j）：g 是 grads 的这一列，w 是 W 的这一列，|.| 表示平方和的平方根。
1. 新的 g 与原来的 g 方向相同。
2. 它的长度不超过 ratio * max(|w|, eps)。够短的 g 保持原样，太长的 g 恰好缩到这个长度。各列互不影响。

grads、W：(fan_in, fan_out)，每个单元一列。均不得改动。
返回与 grads 相同形状、dtype 的数组。全零的梯度仍为零。
ratio <= 0、eps <= 0 或形状不一致时抛出 ValueError。

即自适应梯度裁剪（adaptive gradient clipping），Brock 等（2021）。
"""

UNIT_GROUPS = {
    "columns": Group(3, "some units too long, others within their limit", "有的单元超限，有的没有"),
    "small": Group(2, "units whose weights or gradient are zero", "权重或梯度为零的单元"),
    "square": Group(2, "as many rows as columns", "行数等于列数"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
}


def unit_cases(rng):
    def case(group, shape, dtype=np.float64, zeros=False):
        """By turns the gradient of a column is about three times as long as allowed, and about half as long."""
        W, ratio = numbers(rng, shape), between(rng, 0.1, 0.4)
        share = np.where(np.arange(shape[1]) % 2 == 0, 2 + 2 * rng.random(shape[1]), 0.3 + 0.4 * rng.random(shape[1]))
        grads = numbers(rng, shape)
        grads = np.round(grads / np.linalg.norm(grads, axis=0) * ratio * np.linalg.norm(W, axis=0) * share, 3)
        if zeros:
            W[:, 0], grads[:, -1] = 0, 0
        return Case(
            group,
            {"grads": grads.astype(dtype), "W": W.astype(dtype), "ratio": ratio},
            "clip_by_unit(grads, W, ratio=ratio)",
        )

    return [
        case("columns", (2, 4)),
        case("columns", (4, 3)),
        case("small", (3, 4), zeros=True),
        case("small", (2, 3), zeros=True),
        case("square", (3, 3)),
        case("square", (2, 2)),
        case("float32", (3, 2), np.float32),
        case("float32", (2, 4), np.float32),
    ]


def run_unit(solution, inputs):
    return {"grads": solution(inputs["grads"], inputs["W"], ratio=inputs["ratio"])}


TRANSFER = [
    transfer(
        "02",
        Exercise(
            "lowest_curvature",
            "chapter_02.lowest_curvature",
            LOWEST_GROUPS,
            lowest_cases,
            run_lowest,
            compare={"v": same_up_to_sign},
            rtol=1e-6,
        ),
        lowest_curvature,
        title=("Is there a way down?", "还有下坡的方向吗？"),
        task=(
            "Power iteration finds the eigenvalue of largest absolute value. To know whether a point is a "
            "saddle you need the lowest one. Find a matrix with the same eigenvectors on which power "
            "iteration does what you want.",
            "幂迭代找到的是绝对值最大的特征值。要知道一个点是不是鞍点，需要的却是最小的那个。"
            "请想出一个特征向量相同的矩阵，使幂迭代在它上面给出你要的结果。",
        ),
        zh=LOWEST_ZH,
        minutes=20,
        points=8,
    ),
    transfer(
        "02",
        Exercise("clip_by_unit", "chapter_02.clip_by_unit", UNIT_GROUPS, unit_cases, run_unit),
        clip_by_unit,
        title=("How long is too long?", "多长才算太长？"),
        task=(
            "A gradient of length 1 is harmless for weights of length 100 and a disaster for weights of "
            "length 0.01. Clip each unit's gradient relative to its own weights.",
            "长度为 1 的梯度，对长度为 100 的权重无关痛痒，对长度为 0.01 的权重则是灾难。"
            "请让每个单元的梯度相对于它自己的权重来裁剪。",
        ),
        zh=UNIT_ZH,
        minutes=12,
        points=8,
    ),
]
