"""Chapter 00: a loss with gaps in its targets, and a network that uses one matrix twice."""

import numpy as np

from descent.cases import named_arrays, numbers
from descent.exercise import Case, Exercise, Group, returned
from descent.hyper import require
from instructor.transfer.base import transfer
from reference.backprop import affine_backward, relu, relu_backward


def masked_squared_error(outputs, targets, known):
    """Mean squared error over the entries whose target is known, and its gradient.

    Contract:
    1. The loss is the mean of (output - target)^2 over the known entries. What stands in `targets` elsewhere has no
       influence; it may be NaN.
    2. The second result is the gradient of that loss with respect to every output.

    outputs, targets: arrays of one shape, any shape. known: an array of True and False of that shape. None of them
    is changed. Returns (loss, grad_outputs): a number, and an array like outputs.
    Raises ValueError unless the three shapes agree and at least one entry is known.
    """
    require(targets.shape == outputs.shape, "targets.shape", targets.shape, f"{outputs.shape}, as outputs")
    require(known.shape == outputs.shape, "known.shape", known.shape, f"{outputs.shape}, as outputs")
    require(bool(known.any()), "known", known, "True somewhere")
    error = np.where(known, outputs - targets, 0).astype(outputs.dtype)
    count = int(np.count_nonzero(known))
    return (error * error).sum() / count, 2 * error / count


MASKED_ZH = """
只对目标已知的元素计算均方误差，并求它的梯度。

契约：
1. 损失是所有已知元素上 (输出 - 目标)^2 的平均值。其余位置的 targets 里无论是什么都不起作用，可以是 NaN。
2. 第二个返回值是这个损失对每个输出的梯度。

outputs、targets：形状相同的数组，任意形状。known：同样形状的 True/False 数组。三者都不得改动。
返回 (loss, grad_outputs)：一个数，以及一个与 outputs 形状、dtype 相同的数组。
三者形状不一致，或没有任何已知元素时，抛出 ValueError。
"""

MASKED_GROUPS = {
    "loss": Group(2, "the loss where some targets are known", "部分目标已知时的损失", only=("loss",)),
    "gradient": Group(3, "its gradient", "它的梯度", only=("grad_outputs",)),
    "gaps": Group(3, "NaN where the target is unknown", "目标未知处为 NaN"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
}


def masked_cases(rng):
    def case(group, shape, dtype=np.float64, gap=False):
        """About half of the entries are known, never all and never none."""
        outputs, targets = numbers(rng, shape, dtype), numbers(rng, shape, dtype)
        order = np.argsort(rng.random(outputs.size))
        known = (order < (outputs.size + 1) // 2).reshape(shape)
        inputs = {"outputs": outputs, "targets": targets, "known": known, "gap": gap}
        return Case(
            group, inputs, "if gap:\n    targets[~known] = np.nan\nmasked_squared_error(outputs, targets, known)"
        )

    return [
        case("loss", 5),
        case("loss", 4),
        case("gradient", 5),
        case("gradient", (2, 3)),
        case("gaps", 6, gap=True),
        case("gaps", (3, 2), gap=True),
        case("float32", 5, np.float32),
        case("float32", (2, 3), np.float32, gap=True),
    ]


def run_masked(solution, inputs):
    """A card cannot print NaN as Python, so it is put in here, and by the code under the case."""
    outputs, targets, known = inputs["outputs"], inputs["targets"], inputs["known"]
    if inputs["gap"]:
        targets = np.where(known, targets, np.nan).astype(targets.dtype)
    loss, grad = returned(solution(outputs, targets, known), "loss", "grad_outputs")
    return {"loss": loss, "grad_outputs": grad}


def tied_loss_and_grads(params, X):
    """Loss of an autoencoder whose second layer is the transpose of the first, and its gradients.

        Z = X W + b      A = relu(Z)      out = A W^T + c      loss = mean over all entries of (out - X)^2

    Contract: every gradient is that of the loss, to first order: central differences of the loss agree. There is
    one matrix W, used in two places. X is data: it also serves as the target, and no gradient is asked for it.

    params: a dict with "W": (D, H), "b": (H,), "c": (D,). X: (N, D). They are not changed.
    Returns (loss, grads): grads is a dict with the names and shapes of params. relu passes 0 back where Z <= 0.
    """
    W = params["W"]
    Z = X @ W + params["b"]
    A = relu(Z)
    error = A @ W.T + params["c"] - X
    grad_out = 2 * error / error.size
    grad_A, grad_W_transposed, grad_c = affine_backward(grad_out, A, W.T)
    _, grad_W, grad_b = affine_backward(relu_backward(grad_A, Z), X, W)
    return (error * error).mean(), {"W": grad_W + grad_W_transposed.T, "b": grad_b, "c": grad_c}


TIED_ZH = """
自编码器的损失与梯度；它的第二层就是第一层的转置。

    Z = X W + b      A = relu(Z)      out = A W^T + c      loss = 所有元素的 (out - X)^2 的平均

契约：每个梯度都是这个损失的梯度（一阶意义下），与损失的中心差分一致。矩阵 W 只有一个，用在两处。X 是数据，
同时充当目标，不求它的梯度。

params：字典，"W"：(D, H)，"b"：(H,)，"c"：(D,)。X：(N, D)。均不得改动。
返回 (loss, grads)：grads 是字典，名字与形状同 params。Z <= 0 处，relu 传回 0。
"""

TIED_GROUPS = {
    "loss": Group(1, "the loss", "损失", only=("loss",)),
    "outer": Group(1, "the gradient of c", "c 的梯度", only=("grad_c",)),
    "inner": Group(2, "the gradient of b", "b 的梯度", only=("grad_b",)),
    "W": Group(4, "the gradient of W", "W 的梯度", only=("grad_W",)),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
}


def tied_cases(rng):
    def case(group, N, D, H, dtype=np.float64):
        """Hidden units on and off, none nearer to the kink than 0.05."""
        while True:
            params = {"W": numbers(rng, (D, H), dtype), "b": numbers(rng, H, dtype), "c": numbers(rng, D, dtype)}
            X = numbers(rng, (N, D), dtype)
            Z = X @ params["W"] + params["b"]
            if (Z > 0).any() and (Z < 0).any() and np.abs(Z).min() > 0.05:
                return Case(group, {"params": params, "X": X}, "tied_loss_and_grads(params, X)")

    return [
        case("loss", 3, 4, 2),
        case("loss", 2, 3, 4),
        case("outer", 4, 3, 2),
        case("outer", 2, 4, 3),
        case("inner", 3, 2, 4),
        case("inner", 4, 3, 2),
        case("W", 3, 4, 2),
        case("W", 2, 3, 4),
        case("W", 5, 2, 3),
        case("float32", 3, 4, 2, np.float32),
        case("float32", 2, 2, 3, np.float32),
    ]


def run_tied(solution, inputs):
    loss, grads = returned(solution(inputs["params"], inputs["X"]), "loss", "grads")
    grads = named_arrays(grads, inputs["params"])
    return {"loss": loss, "grad_c": grads["c"], "grad_b": grads["b"], "grad_W": grads["W"]}


TRANSFER = [
    transfer(
        "00",
        Exercise("masked_squared_error", "chapter_00.masked_squared_error", MASKED_GROUPS, masked_cases, run_masked),
        masked_squared_error,
        title=("A loss with gaps", "目标有缺失的损失"),
        task=(
            "In a table of ratings most entries are missing. Train on those that are there: write the "
            "squared error that ignores the others, and its gradient.",
            "评分表里大部分格子是空的，只能用已有的评分来训练。请写出忽略空格的平方误差及其梯度。",
        ),
        zh=MASKED_ZH,
        minutes=12,
        points=9,
    ),
    transfer(
        "00",
        Exercise("tied_loss_and_grads", "chapter_00.tied_loss_and_grads", TIED_GROUPS, tied_cases, run_tied),
        tied_loss_and_grads,
        title=("One matrix, two places", "一个矩阵，用在两处"),
        task=(
            "An autoencoder squeezes each example through a few hidden units and tries to rebuild it. To "
            "save parameters the second layer uses the transpose of the first. Write the loss and all "
            "gradients; use your functions of chapter 00 as you like.",
            "自编码器让每个样本先通过少数几个隐藏单元，再设法把它还原。为了节省参数，"
            "第二层直接用第一层矩阵的转置。请写出损失和全部梯度；可以调用你在 00 章写的函数。",
        ),
        zh=TIED_ZH,
        minutes=20,
        points=9,
    ),
]
