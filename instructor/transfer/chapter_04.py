"""Chapter 04: bias correction when the decay changes, and an optimizer that is published in words."""

import numpy as np

from descent.cases import after, between, numbers
from descent.exercise import Case, Exercise, Group, returned
from descent.hyper import require
from instructor.transfer.base import transfer


def corrected_average(values, decays):
    """Moving averages from zero whose decay changes from step to step, corrected for the start.

        a_0 = 0,      a_t = decays[t] * a_{t-1} + (1 - decays[t]) * values[t]         t counts the rows: 1, 2, ..., T

    Contract: row t of the result is a weighted mean of values[1], ..., values[t]: a_t divided by a number that does
    not depend on the values, such that the weights add up to 1. If all rows are equal, every row of the result
    is that row. With a constant decay it is Adam's correction.

    values: an array (T, ...), T >= 1. decays: an array (T,). They are not changed.
    Returns an array like values, in its dtype. Raises ValueError unless len(decays) == T and all are in [0, 1).
    """
    require(len(decays) == len(values), "len(decays)", len(decays), f"{len(values)}, as values")
    require(bool(np.all((decays >= 0) & (decays < 1))), "decays", decays, "in [0, 1)")
    average, left, rows = np.zeros_like(values[0]), 1.0, []
    for value, decay in zip(values, decays):
        decay = float(decay)
        average = decay * average + (1 - decay) * value
        left = left * decay  # the weight that is still on the zero at the start
        rows.append(average / (1 - left))
    return np.stack(rows).astype(values.dtype)


CORRECTED_ZH = """
从零开始的滑动平均，衰减率逐步变化；对“从零开始”作偏差校正。

    a_0 = 0，      a_t = decays[t] * a_{t-1} + (1 - decays[t]) * values[t]         t 是行号：1, 2, ..., T

契约：结果的第 t 行是 values[1]、……、values[t] 的加权平均：a_t 除以一个与 values 无关的数，
使各权重之和为 1。如果所有行都相等，结果的每一行也等于它。衰减率不变时，就是 Adam 的偏差校正。

values：数组 (T, ...)，T >= 1。decays：数组 (T,)。均不得改动。
返回与 values 形状、dtype 相同的数组。len(decays) 不等于 T，或有衰减率不在 [0, 1) 内时，抛出 ValueError。
"""

CORRECTED_GROUPS = {
    "two": Group(2, "two steps with different decays", "两步，衰减率不同"),
    "run": Group(3, "six steps with changing decays", "六步，衰减率逐步变化"),
    "shapes": Group(1, "rows that are numbers or matrices", "每行是单个数或矩阵"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
}


def corrected_cases(rng):
    def case(group, shape, dtype=np.float64):
        decays = np.round(0.3 + 0.65 * rng.random(shape[0]), 3)
        inputs = {"values": numbers(rng, shape, dtype), "decays": decays}
        return Case(group, inputs, "corrected_average(values, decays)")

    return [
        case("two", (2, 2)),
        case("two", (2, 3)),
        case("run", (6, 2)),
        case("run", (5, 2)),
        case("shapes", (4,)),
        case("shapes", (3, 2, 2)),
        case("float32", (4, 2), np.float32),
        case("float32", (3, 3), np.float32),
    ]


def run_corrected(solution, inputs):
    return {"averages": solution(inputs["values"], inputs["decays"])}


def lion_step(params, grads, m, *, lr, betas=(0.9, 0.99), weight_decay=0.0):
    """One step of Lion.

    Lion keeps one average m of the gradients, in which an old average keeps the share betas[1]. It steps in the
    direction of the *signs* of a second mixture, made of the average before this step, with the share betas[0], and of
    the present gradient; so every entry moves by lr, or not at all where the mixture is 0. The weight decay is
    decoupled, as in AdamW: it is multiplied by lr, uses the old params and does not enter the mixture or m.

    params, grads, m: arrays of one shape, any shape; m is zeros at first. They are not changed.
    Returns (new params, new m), same shape and dtype.
    Raises ValueError unless lr >= 0, both betas are in [0, 1) and weight_decay >= 0.

    Chen et al. (2023). There is no bias correction and no division by the size of the gradient.
    """
    require(lr >= 0, "lr", lr, "a number >= 0")
    require(0 <= betas[0] < 1 and 0 <= betas[1] < 1, "betas", betas, "two numbers in [0, 1)")
    require(weight_decay >= 0, "weight_decay", weight_decay, "a number >= 0")
    direction = np.sign(betas[0] * m + (1 - betas[0]) * grads)
    return params - lr * (direction + weight_decay * params), betas[1] * m + (1 - betas[1]) * grads


LION_ZH = """
Lion 的一步。

Lion 只保留梯度的一个滑动平均 m，其中旧平均占 betas[1]。前进的方向取另一个混合量的*符号*：
由这一步之前的平均（占 betas[0]）和当前梯度混合而成；因此每个元素恰好移动 lr，混合量为 0 的元素不动。
权重衰减是解耦的，与 AdamW 相同：乘以 lr，用旧的 params，既不进入混合量，也不进入 m。

params、grads、m：形状相同的数组，任意形状；m 起初为零。均不得改动。
返回 (新 params, 新 m)，形状和 dtype 不变。
lr < 0、betas 不全在 [0, 1) 内，或 weight_decay < 0 时，抛出 ValueError。

出自 Chen 等（2023）。没有偏差校正，也不除以梯度的大小。
"""

LION_GROUPS = {
    "direction": Group(3, "where old average and gradient disagree", "旧平均与当前梯度不一致时"),
    "memory": Group(2, "three steps: what is remembered", "走三步：记住的是什么"),
    "decay": Group(2, "with weight decay", "带权重衰减"),
    "shapes": Group(1, "a single number and a matrix as params", "参数是单个数或矩阵"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
}


def lion_cases(rng):
    code = "lion_step(params, grads, m, lr=lr, betas=betas, weight_decay=weight_decay)"

    def hyper(decay):
        return {
            "lr": between(rng, 0.02, 0.3),
            "betas": (between(rng, 0.5, 0.7), between(rng, 0.8, 0.95)),
            "weight_decay": between(rng, 0.2, 0.8) if decay else 0.0,
        }

    def one(group, shape, dtype=np.float64, decay=False, zero=False):
        """m opposes the gradient; by turns it loses in the mixture and just wins: swapped betas show, the new m too."""
        options = hyper(decay)
        grads = numbers(rng, shape, dtype)
        even = (np.arange(grads.size) % 2 == 0).reshape(shape)
        beta1, beta2 = options["betas"]
        # |m| / |g| at which the sign turns: of the right mixture, with swapped betas, with the new average
        right, swapped, late = ((1 - beta) / beta for beta in (beta1, beta2, beta1 * beta2))
        size = np.where(even, 0.6 * right + 0.4 * swapped, (right + late) / 2)
        m = np.asarray(np.round(-grads * size, 3), dtype=dtype)
        if zero:
            grads.reshape(-1)[0], m.reshape(-1)[0] = 0, 0
        return Case(group, {"params": numbers(rng, shape, dtype), "grads": grads, "m": m} | options, code)

    def three(size):
        inputs = {"params": numbers(rng, size), "grads": [numbers(rng, size) for _ in range(3)], "m": np.zeros(size)}
        return Case(
            "memory",
            inputs | hyper(False),
            "for g in grads:\n    params, m = lion_step(params, g, m, lr=lr, "
            "betas=betas, weight_decay=weight_decay)\n    print(params, m)",
        )

    return [
        one("direction", 4),
        one("direction", 5, zero=True),
        three(3),
        three(4),
        one("decay", 4, decay=True),
        one("decay", 3, decay=True),
        one("shapes", (), decay=True),
        one("shapes", (2, 3), decay=True),
        one("float32", 4, np.float32, True),
        one("float32", (2, 2), np.float32, True),
    ]


def run_lion(solution, inputs):
    params, m = inputs["params"], inputs["m"]
    grads = inputs["grads"] if isinstance(inputs["grads"], list) else [inputs["grads"]]
    options, values = {key: inputs[key] for key in ("lr", "betas", "weight_decay")}, {}
    for number, gradient in enumerate(grads, start=1):
        params, m = returned(solution(params, gradient, m, **options), "params", "m")
        label = after(number, len(grads))
        values[f"params{label}"], values[f"m{label}"] = params, m
    return values


TRANSFER = [
    transfer(
        "04",
        Exercise("corrected_average", "chapter_04.corrected_average", CORRECTED_GROUPS, corrected_cases, run_corrected),
        corrected_average,
        title=("When the decay changes", "衰减率会变的时候"),
        task=(
            "Adam divides by one minus a power of beta. That formula assumes that beta never changes. Go "
            "back to the reason for it, and find the correction for decays that change at every step.",
            "Adam 除以 1 减去 beta 的幂，这个公式假定 beta 始终不变。请回到它的来由，求出衰减率每步都变时的偏差校正。",
        ),
        zh=CORRECTED_ZH,
        minutes=15,
        points=7,
    ),
    transfer(
        "04",
        Exercise("lion_step", "chapter_04.lion_step", LION_GROUPS, lion_cases, run_lion),
        lion_step,
        title=("An optimizer in words", "用文字描述的优化器"),
        task=(
            "Papers describe optimizers in sentences. Turn this one into code. Two mixtures of the same two "
            "arrays occur; keep them apart.",
            "论文常用文字描述优化器。请把这一个写成代码。其中同样的两个数组有两种混合方式，不要弄混。",
        ),
        zh=LION_ZH,
        minutes=15,
        points=9,
    ),
]
