"""The same examples, taken all at once, one by one or a few at a time: a figure to compare the paths.

    path_explorer(method="minibatch", batch_size=4, lr=0.3, kappa=10)

The problem is least squares with 32 examples and two parameters. Its numbers and the order of the examples
come from a small generator that js/paths.js has as well, so that a path in the browser is NumPy's path.
"""

from collections.abc import Iterator
from itertools import count

import numpy as np

from descent.explore import show_explorer
from descent.hyper import require
from descent.plots import contour_with_paths, curves, panels
from descent.say import tr

METHODS = {"gd": "gradient descent", "sgd": "SGD", "minibatch": "mini-batch"}
ZH = {"gd": "梯度下降", "sgd": "SGD", "minibatch": "小批量梯度下降"}
ROWS, NOISE, START, EPOCHS = 32, 0.4, (-1.3, 1.2), 20


def uniform(seed: int) -> Iterator[float]:
    """Numbers in [0, 1): a linear congruential generator with the constants of Numerical Recipes.

    Good enough to shuffle 32 rows, and the same in every language that multiplies 32-bit integers.
    """
    state = seed
    for number in count():
        state = (1664525 * state + 1013904223) % 2**32
        if number >= 3:  # the first ones of neighbouring seeds are neighbours too
            yield state / 2**32


def small_problem(kappa: float) -> tuple[np.ndarray, np.ndarray]:
    """32 examples X (32, 2), y (32,): mean((X w - y)^2) has the curvatures 1/kappa and 1, its minimum at 0."""
    draw = uniform(1)
    u, v, y = np.array([[2 * next(draw) - 1 for _ in range(ROWS)] for _ in range(3)])
    u = u / np.sqrt(np.mean(u * u))
    v = v - np.mean(u * v) * u
    v = v / np.sqrt(np.mean(v * v))
    y = y - np.mean(u * y) * u - np.mean(v * y) * v  # at right angles to both, so w = 0 is the best there is
    y = NOISE * y / np.sqrt(np.mean(y * y))
    return np.stack([u / np.sqrt(2 * kappa), v / np.sqrt(2)], axis=1), y


def orders(seed: int) -> Iterator[list[int]]:
    """A new random order of the examples for every epoch (Fisher and Yates)."""
    draw = uniform(seed)
    while True:
        order = list(range(ROWS))
        for last in range(ROWS - 1, 0, -1):
            other = int(next(draw) * (last + 1))
            order[last], order[other] = order[other], order[last]
        yield order


def small_path(batch_size: int, lr: float, kappa: float, seed: int, epochs: int = EPOCHS) -> np.ndarray:
    """The points that mini-batch gradient descent visits on the small problem: (steps + 1, 2)."""
    X, y = small_problem(kappa)
    w, path, shuffled = np.array(START), [np.array(START)], orders(seed)
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(epochs):
            order = next(shuffled)
            for first in range(0, ROWS, batch_size):
                rows = order[first : first + batch_size]
                w = w - lr * 2 * X[rows].T @ (X[rows] @ w - y[rows]) / len(rows)
                path.append(w)
    return np.array(path)


def rows_per_step(method: str, batch_size: int) -> int:
    return {"gd": ROWS, "sgd": 1, "minibatch": batch_size}[method]


TRIES = {
    "en": "change the method to mini-batch, then to gradient descent, and watch where each of them ends. Then raise "
    "lr: which method diverges first?",
    "zh": "把方法换成小批量，再换成梯度下降，看它们各自停在哪里。再增大 lr：哪种方法最先发散？",
}


def path_explorer(*, method="sgd", lr=0.3, batch_size=4, kappa=10, seed=1, tries=TRIES) -> None:
    """Sliders for lr, batch size and condition number: a path on the contours, and its distance by epoch.

    Least squares with 32 examples and two parameters, curvatures 1/kappa and 1, 20 epochs. method: "gd" (all
    examples), "sgd" (one) or "minibatch" (batch_size). seed: the order of the examples.
    """
    require(method in METHODS, "method", method, f"one of {', '.join(METHODS)}")
    require(0 <= lr <= 2.2, "lr", lr, "in [0, 2.2]")
    require(batch_size in range(1, ROWS + 1), "batch_size", batch_size, f"a whole number from 1 to {ROWS}")
    require(1 <= kappa <= 100 and kappa == int(kappa), "kappa", kappa, "a whole number from 1 to 100")
    require(seed in range(1, 21), "seed", seed, "a whole number from 1 to 20")
    options = {"method": method, "lr": float(lr), "batch_size": int(batch_size), "kappa": int(kappa),
               "seed": int(seed)}  # fmt: skip
    path = small_path(rows_per_step(method, batch_size), lr, kappa, seed)
    per_epoch = (len(path) - 1) // EPOCHS
    distance = np.linalg.norm(path, axis=1) / np.linalg.norm(START)
    after = f"{distance[per_epoch]:.3f}", f"{distance[-1]:.3f}"
    name = METHODS[method]
    alt = {
        "en": f"Two plots for {name} with lr {lr} and condition number {kappa}, {per_epoch} steps per epoch. Left: the "
        "path on the contours of a least-squares problem. Right: distance from the minimum over 20 epochs, "
        f"relative to the start: {after[0]} after the first, {after[1]} after the last.",
        "zh": f"{ZH[method]}（lr {lr}，条件数 {kappa}，每轮 {per_epoch} 步）的两幅图。左：最小二乘问题等高线上的轨迹。"
        f"右：20 轮中到极小点的距离（相对于起点）：第一轮后 {after[0]}，最后 {after[1]}。",
    }
    caption = {
        "en": "32 examples, two parameters, curvatures 1/κ and 1. Ring: start; plus: minimum; disc: end.",
        "zh": "32 个样本，两个参数，曲率为 1/κ 和 1。圆环：起点；加号：极小点；圆点：终点。",
    }
    picture = _picture(path, distance, kappa, method)
    others = _other_rates(method, batch_size, kappa, seed)
    show_explorer("paths", options, picture, alt=alt, caption=caption, tries=tries, others=others)


def _other_rates(method, batch_size, kappa, seed):
    """Three learning rates, each with the distance over the last five epochs, as js/paths.js states it: root mean square."""
    rates = {"gd": (1.0, 1.77, 2.1), "sgd": (0.06, 0.6, 1.0), "minibatch": (0.1, 1.0, 1.6)}[method]
    fig, axes = panels(3)
    for ax, lr in zip(axes, rates, strict=True):
        path = small_path(rows_per_step(method, batch_size), lr, kappa, seed)
        late = path[-5 * ((len(path) - 1) // EPOCHS) :]
        with np.errstate(over="ignore", invalid="ignore"):
            far = np.sqrt(np.mean(np.sum(late**2, axis=1))) / np.linalg.norm(START)
        title = tr(f"lr {lr:g}: {far:.3f} at the end", f"lr {lr:g}：最后 {far:.3f}")
        contour_with_paths(lambda x: x[..., 0] ** 2 / kappa + x[..., 1] ** 2, {"_path": path}, color={"_path": method},
                           xlim=(-1.6, 1.6), ylim=(-1.6, 1.6), minimum=(0, 0), ax=ax, title=title,
                           xlabel="$w_1$", ylabel="$w_2$")  # fmt: skip
        if len(path) > 200:
            ax.lines[1].set(linewidth=0.6)
    return fig


def _picture(path, distance, kappa, method):
    fig, (plane, curve) = panels(2)
    contour_with_paths(lambda x: x[..., 0] ** 2 / kappa + x[..., 1] ** 2, {"_path": path}, color={"_path": method},
                       xlim=(-1.6, 1.6), ylim=(-1.6, 1.6), minimum=(0, 0), ax=plane, title=tr("path", "轨迹"),
                       xlabel="$w_1$", ylabel="$w_2$")  # fmt: skip
    epochs = np.linspace(0, EPOCHS, len(path))
    curves({"|w| / |w0|": distance}, x=epochs, xlabel=tr("epoch", "轮"), logy=True, ax=curve, title=tr("distance", "距离"),
           color={"|w| / |w0|": method})  # fmt: skip
    curve.set_ylim(1e-3, 10)
    if len(path) > 200:  # so many steps that a thick line would hide the path
        for line in (plane.lines[1], curve.lines[0]):
            line.set(linewidth=0.8)
    return fig
