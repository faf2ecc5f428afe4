"""Batch, mini-batch and SGD on one contour plot: the same examples seen as often, three ways down."""

import numpy as np

from descent.figures import draw
from descent.figures.style import colour, tr


def draw_three_descents(batch, minibatch, sgd, *, loss, lr, kappa, epochs, rows, close=0.3):
    """Draw three runs on least squares with its minimum at 0; return the figure.

    batch, minibatch, sgd: their points (steps + 1, 2), from the same start, `epochs` times through `rows` examples.
    loss: takes points (..., 2). close: who is first within this distance of the minimum is said to arrive first,
    counted in examples seen.
    """
    runs = {"batch": batch, "minibatch": minibatch, "sgd": sgd}
    steps = {name: len(run) - 1 for name, run in runs.items()}
    examples_seen = {name: arrival(run, close) * epochs * rows / steps[name] for name, run in runs.items()}
    size = rows * epochs // steps["minibatch"]
    noisy = np.linalg.norm(sgd[len(sgd) // 2 :], axis=1)
    radius = np.quantile(noisy, 0.9)
    fig, ax = draw.figure(height=4.3)
    (left, low), (right, high) = np.min(batch, axis=0), np.max(batch, axis=0)
    xlim = min(left - 0.35, -1.3 * radius), max(right, 0) + 1.25
    ylim = min(low, -radius) - 0.35, max(high, radius) + 0.2
    draw.landscape(ax, loss, xlim, ylim, aspect="auto", levels=9, names=("$w_1$", "$w_2$"))
    draw.path(ax, sgd, "sgd", lw=0.65, dots=0, alpha=0.6, start=False, end=False)
    draw.path(ax, minibatch, "minibatch", lw=1.3, dots=2.4, start=False, zorder=5)
    draw.path(ax, batch, "batch", lw=2.2, dots=4.5, zorder=6)
    turn = np.linspace(0, 2 * np.pi, 100)
    ax.plot(radius * np.cos(turn), radius * np.sin(turn), color=colour("sgd"), lw=1.1, ls=(0, (4, 3)), zorder=7)
    draw.minimum(ax, 0, 0)
    draw.words(ax, batch[0][0] + 0.08, batch[0][1] + 0.02, tr("start", "起点"), ha="left")
    first = min(examples_seen, key=examples_seen.get)
    draw.note(
        ax,
        tr(f"batch: {steps['batch']} steps,\nstraight down, then slow", f"批量：{steps['batch']} 步，\n先快后慢"),
        batch[2 * len(batch) // 3],
        (batch[0][0] + 0.12, ylim[0] + 0.28),
        color="batch",
        bend=-0.25,
        weight="bold",
    )
    draw.note(
        ax,
        tr(f"mini-batches of {size}: {steps['minibatch']} steps", f"小批量（{size} 个）：{steps['minibatch']} 步"),
        minibatch[4],
        (-0.35, 0.62 * ylim[1]),
        color="minibatch",
        bend=0.25,
        weight="bold",
    )
    arrives = (
        tr(f"first\nwithin {close} of the minimum,\nthen it wanders", f"\n最先进入 {close} 之内，\n之后一直徘徊")
        if first == "sgd"
        else tr("and\nit wanders", "\n一直徘徊")
    )
    draw.words(
        ax,
        0.62 * xlim[1],
        0.76 * ylim[1],
        tr(f"SGD: {steps['sgd']} steps, {arrives}", f"SGD：{steps['sgd']} 步，{arrives}"),
        color="sgd",
        weight="bold",
    )
    draw.note(
        ax,
        tr(f"90 % of its second half\nis within {radius:.2f}", f"后一半的点\n有 90% 在 {radius:.2f} 之内"),
        (radius * 0.86, -radius * 0.5),
        (0.72 * xlim[1], 0.74 * ylim[0]),
        color="sgd",
        bend=-0.2,
    )
    draw.headline(
        fig,
        tr("Same examples, same learning rate: three ways down", "样本相同，学习率相同：三种下山的走法"),
        tr(
            f"Least squares, {rows} examples, κ = {kappa}, lr {lr}, {epochs} epochs. A dot is a step, + the minimum.",
            f"最小二乘，{rows} 个样本，κ = {kappa}，lr {lr}，各 {epochs} 轮。一点为一步，+ 为极小点。",
        ),
    )
    return fig


def arrival(points, close) -> float:
    """The first step within `close` of the minimum at 0; infinity if there is none."""
    near = np.flatnonzero(np.linalg.norm(points, axis=1) < close)
    return near[0] if len(near) else np.inf
