"""Where a step is too large moves while we train: lr and 2/lambda_max along one run, with its loss below."""

import numpy as np

from descent.figures import draw
from descent.figures.style import tr


def draw_moving_edge(losses, edges, *, lr, safe, safe_losses, below):
    """Draw a run whose lr may be beyond the edge of stability at first; return the figure.

    losses, edges: the training loss and 2/lambda_max at steps 0, 1, 2, ...; safe: the lr that cannot be too large,
    with the losses of its run. below: what was trained, for the grey line. The headline and the words say what the
    numbers say: whether lr is beyond the edge at first, from where on it is not, whether the loss then only falls.
    """
    losses, edges = np.asarray(losses), np.asarray(edges)
    steps = np.arange(len(losses))
    over = np.flatnonzero(lr > edges)
    cross = over[-1] + 1 if len(over) and over[-1] + 1 < len(steps) else None
    fig, (top, low) = draw.figure(rows=2, height=4.7, sharex=True, height_ratios=(1.5, 1))
    ceiling = max(edges.max(), lr) * 1.36
    draw.wash(top, between=(steps, edges, np.full(len(steps), ceiling)), color="bad")
    (edge,) = top.plot(steps, edges, color=draw.colour("ink"), lw=2)
    (rate,) = top.plot(steps[[0, -1]], [lr, lr], color=draw.colour("red"), lw=1.6)
    (bound,) = top.plot(steps[[0, -1]], [safe, safe], color=draw.colour("teal"), lw=1.6, ls=(0, (4, 2)))
    top.set(ylim=(0, ceiling), xlim=(0, steps[-1]))
    top.tick_params(labelbottom=False)
    draw.quantity(top, tr("learning rate", "学习率"))
    draw.end_labels(
        top,
        {
            edge: tr("the edge, $2/\\lambda_{\\max}$\nat this step", "边界 $2/\\lambda_{\\max}$\n（这一步的）"),
            rate: tr(f"our lr: {lr:g}", f"我们的 lr：{lr:g}"),
            bound: tr(f"always safe: {safe:.2f}", f"总是安全：{safe:.2f}"),
        },
    )
    draw.words(
        top,
        0.02 * steps[-1],
        ceiling * 0.965,
        tr(
            "beyond the edge: along\nthe steepest direction each\nstep swings wider",
            "越过边界：沿最陡的方向，\n摆动一步比一步大",
        ),
        color="bad",
        ha="left",
        va="top",
        weight="bold",
        halo=False,
    )
    draw.words(
        top,
        0.97 * steps[-1],
        (safe + min(lr, edges[-1])) / 2,
        tr("below the edge: swings die out", "边界以下：摆动逐渐平息"),
        ha="right",
        weight="bold",
    )
    (ours,) = low.plot(steps, losses, color=draw.colour("red"))
    (calm,) = low.plot(np.arange(len(safe_losses)), safe_losses, color=draw.colour("teal"), ls=(0, (4, 2)))
    draw.log_axes(low, y=True)
    low.set(xlabel=tr("step", "步"), ylim=(0.6 * min(np.min(losses), np.min(safe_losses)), 2.2 * losses.max()))
    draw.quantity(low, tr("training loss", "训练损失"))
    draw.end_labels(low, {ours: f"lr {lr:g}", calm: f"lr {safe:.2f}"})
    high = int(losses.argmax())
    if losses[high] > 1.05 * losses[0]:
        draw.note(
            low,
            tr(f"climbs to {losses[high]:.1f}", f"升到 {losses[high]:.1f}"),
            (high, losses[high]),
            (high + 0.16 * steps[-1], 1.4 * losses[high]),
            bend=0.15,
            color="red",
        )
    if cross is not None:
        for ax in (top, low):
            draw.rule(ax, x=cross)
        falls = np.all(np.diff(losses[cross:]) < 0)
        then = (",\nand from here on the loss only falls", "，\n损失只降不升") if falls else ("", "")
        draw.note(
            low,
            tr(f"step {cross}: below the edge for good{then[0]}", f"第 {cross} 步起一直在边界以下{then[1]}"),
            (cross, losses[cross]),
            (cross + 0.3 * steps[-1], 0.55 * losses[high]),
            bend=0.2,
        )
    moved = cross is not None and over[0] == 0
    draw.headline(
        fig,
        tr(
            "The edge moves: a step too large at the start is not too large later",
            "边界会动：起初太大的步长，后来并不大",
        )
        if moved
        else tr("Learning rate and edge of stability along one run", "一次训练中的学习率与稳定边界"),
        below,
    )
    return fig
