"""Chapter 03: several velocities at once, and the momentum that fits one direction."""

import numpy as np

from descent.cases import after, between, numbers
from descent.exercise import Case, Exercise, Group, returned
from descent.hyper import require
from instructor.transfer.base import transfer


def aggregated_momentum_step(params, grads, velocities, *, lr, momenta):
    """One step of momentum with several velocities, each of which forgets at its own rate.

    Velocity k is a sum of the gradients in which a gradient counts momenta[k] times as much after each further step,
    as in momentum_step. The params move by lr against the mean of the *new* velocities.

    params, grads: arrays of one shape, any shape. velocities: an array (K, *params.shape), zeros at first.
    momenta: a tuple of K numbers. None of them is changed.
    Returns (new params, new velocities), same shapes and dtypes.
    Raises ValueError unless lr >= 0, K >= 1, len(velocities) == K and every momentum is in [0, 1).

    Aggregated momentum, Lucas et al. (2019).
    """
    require(lr >= 0, "lr", lr, "a number >= 0")
    require(
        len(momenta) >= 1 and len(velocities) == len(momenta),
        "len(velocities)",
        len(velocities),
        "len(momenta), at least 1",
    )
    require(all(0 <= momentum < 1 for momentum in momenta), "momenta", momenta, "numbers in [0, 1)")
    velocities = np.stack([momentum * velocity + grads for momentum, velocity in zip(momenta, velocities)])
    return params - lr * velocities.mean(axis=0), velocities


AGGREGATED_ZH = """
带有多个速度的动量法走一步；每个速度按自己的快慢遗忘。

第 k 个速度是历次梯度之和，其中每个梯度每过一步，分量就变成原来的 momenta[k] 倍，与 momentum_step 相同。
参数逆着*新*速度的平均值移动，系数为 lr。

params、grads：形状相同的数组，任意形状。velocities：形状为 (K, *params.shape) 的数组，起初全为零。
momenta：K 个数的元组。均不得改动。
返回 (新 params, 新 velocities)，形状和 dtype 不变。
lr < 0、K < 1、len(velocities) 不等于 K，或有动量不在 [0, 1) 内时，抛出 ValueError。

即聚合动量（aggregated momentum），Lucas 等（2019）。
"""

AGGREGATED_GROUPS = {
    "step": Group(3, "one step from a state that is not zero", "从非零状态走一步"),
    "steps": Group(2, "three steps from rest, lr changes on the way", "从静止起走三步，途中改变 lr"),
    "shapes": Group(2, "a single number and a matrix as params", "参数是单个数或矩阵"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
}


def aggregated_cases(rng):
    code = "aggregated_momentum_step(params, grads, velocities, lr=lr, momenta=momenta)"

    def momenta(count):
        return tuple(round(1 - 0.9 * 0.3**k * (0.5 + 0.5 * rng.random()), 3) for k in range(count))

    def one(group, shape, count, dtype=np.float64):
        shape = (shape,) if isinstance(shape, int) else shape
        inputs = {
            "params": numbers(rng, shape, dtype),
            "grads": numbers(rng, shape, dtype),
            "velocities": numbers(rng, (count, *shape), dtype),
            "lr": between(rng, 0.05, 0.4),
            "momenta": momenta(count),
        }
        return Case(group, inputs, code)

    def run(size, count):
        lr = between(rng, 0.1, 0.4)
        inputs = {
            "params": numbers(rng, size),
            "grads": [numbers(rng, size) for _ in range(3)],
            "velocities": np.zeros((count, size)),
            "lr": [lr, lr, round(lr / 5, 4)],
            "momenta": momenta(count),
        }
        return Case(
            "steps",
            inputs,
            "for g, rate in zip(grads, lr):\n    params, velocities = "
            "aggregated_momentum_step(params, g, velocities, lr=rate, momenta=momenta)\n"
            "    print(params, velocities)",
        )

    return [
        one("step", 3, 2),
        one("step", 2, 3),
        run(2, 2),
        run(3, 3),
        one("shapes", (), 2),
        one("shapes", (2, 3), 3),
        one("float32", 3, 2, np.float32),
        one("float32", (2, 2), 3, np.float32),
    ]


def run_aggregated(solution, inputs):
    params, velocities, grads, lrs = (inputs[name] for name in ("params", "velocities", "grads", "lr"))
    grads, lrs = (grads, lrs) if isinstance(grads, list) else ([grads], [lrs])
    values = {}
    for number, (gradient, lr) in enumerate(zip(grads, lrs), start=1):
        result = solution(params, gradient, velocities, lr=lr, momenta=inputs["momenta"])
        params, velocities = returned(result, "params", "velocities")
        label = after(number, len(grads))
        values[f"velocities{label}"], values[f"params{label}"] = velocities, params
    return values


def fastest_momentum(curvature, *, lr):
    """The momentum with which heavy ball is fastest along one direction, at a given learning rate.

    Contract: of all momentum in [0, 1) the returned one makes spectral_radius(heavy_ball_matrix(curvature, lr=lr,
    momentum=momentum)) smallest. End point: where one step of plain gradient descent reaches the minimum, it is 0.

    curvature, lr: numbers. Returns a float.
    Raises ValueError unless curvature > 0, lr > 0 and lr * curvature < 4: beyond that no momentum in [0, 1) converges.
    """
    require(curvature > 0, "curvature", curvature, "a number > 0")
    require(lr > 0, "lr", lr, "a number > 0")
    require(lr * curvature < 4, "lr * curvature", lr * curvature, "below 4")
    return float((1 - np.sqrt(lr * curvature)) ** 2)


FASTEST_ZH = """
给定学习率，沿一个方向，重球法用多大的动量最快。

契约：在 [0, 1) 内的所有动量中，返回的那个使 spectral_radius(heavy_ball_matrix(curvature, lr=lr,
momentum=momentum)) 最小。端点：如果普通梯度下降一步就能到达极小点，答案是 0。

curvature、lr：数。返回 float。
curvature <= 0、lr <= 0 或 lr * curvature >= 4 时抛出 ValueError：超过 4，[0, 1) 内任何动量都不收敛。
"""

FASTEST_GROUPS = {
    "slow": Group(3, "lr * curvature below 1", "lr * curvature 小于 1"),
    "steep": Group(2, "lr * curvature between 1 and 4", "lr * curvature 在 1 与 4 之间"),
    "ends": Group(1, "one step arrives; a very flat direction", "一步到达；非常平坦的方向"),
}


def fastest_cases(rng):
    def case(group, low, high):
        curvature = between(rng, 0.3, 6)
        lr = float(np.round((low + (high - low) * rng.random()) / curvature, 5))
        return Case(group, {"curvature": curvature, "lr": lr}, "fastest_momentum(curvature, lr=lr)")

    return [
        case("slow", 0.05, 0.3),
        case("slow", 0.3, 0.8),
        case("steep", 1.4, 2.2),
        case("steep", 2.3, 3.6),
        Case("ends", {"curvature": 4.0, "lr": 0.25}, "fastest_momentum(curvature, lr=lr)"),
        case("ends", 0.001, 0.004),
    ]


def run_fastest(solution, inputs):
    return {"momentum": solution(inputs["curvature"], lr=inputs["lr"])}


TRANSFER = [
    transfer(
        "03",
        Exercise(
            "aggregated_momentum_step",
            "chapter_03.aggregated_momentum_step",
            AGGREGATED_GROUPS,
            aggregated_cases,
            run_aggregated,
        ),
        aggregated_momentum_step,
        title=("A short memory and a long one", "短记忆与长记忆"),
        task=(
            "Little momentum is slow along the valley, much momentum swings. Keep several velocities with "
            "different momenta and step along their mean. The rule is given in words.",
            "动量小，沿谷底走得慢；动量大，来回摆动。请同时保留几个动量各不相同的速度，沿它们的平均值走。"
            "规则用文字给出。",
        ),
        zh=AGGREGATED_ZH,
        minutes=12,
        points=8,
    ),
    transfer(
        "03",
        Exercise(
            "fastest_momentum",
            "chapter_03.fastest_momentum",
            FASTEST_GROUPS,
            fastest_cases,
            run_fastest,
            rtol=1e-6,
            atol=1e-9,
        ),
        fastest_momentum,
        title=("Neither swing nor creep", "既不摆动，也不爬行"),
        task=(
            "In chapter 03 you chose learning rate and momentum together, for a whole valley. Now the "
            "learning rate is given, and there is one direction. Which momentum is best?",
            "03 章里，你为整个山谷同时选定学习率和动量。现在学习率已经给定，而且只有一个方向。哪个动量最好？",
        ),
        zh=FASTEST_ZH,
        minutes=15,
        points=6,
    ),
]
