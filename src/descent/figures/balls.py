"""The best point of an L1 ball and of an L2 ball for the same loss: one sits on a corner, the other does not."""

import numpy as np

from descent.explore_penalties import edge, in_ball, loss, radius_path
from descent.figures import draw
from descent.figures.style import PAPER, SOFT, colour, mix, tr


def draw_balls(c, *, radius):
    """Draw both balls of this radius and the quadratic loss of the penalty explorer with its minimum at `c` (2,)."""
    fig, axes = draw.figure(columns=2, height=3.7)
    best = {p: in_ball(c, p, radius) for p in (1, 2)}
    for ax, p, name in zip(axes, (1, 2), ("$L_1$", "$L_2$")):
        touch = loss(best[p], c)
        x, y, z = draw.grid_values(lambda w: loss(w, c), (-1.12, 1.9), (-1.12, 1.5), 301)
        ax.contour(
            x,
            y,
            z,
            levels=touch * np.array([0.1, 0.4, 2.0, 3.4, 5.2, 7.6]),
            colors=[mix(PAPER, "blue", 0.45)],
            linewidths=0.7,
        )
        ax.contour(x, y, z, levels=[touch], colors=[colour("blue")], linewidths=1.9)
        around = edge(np.linspace(0, 4, 401), p, radius)
        ax.fill(*around.T, color=mix(PAPER, "gold", 0.32), lw=0, zorder=0)
        ax.plot(*around.T, color=colour("gold"), lw=1.6, zorder=3)
        ax.axhline(0, color=SOFT, lw=0.7, zorder=1)
        ax.axvline(0, color=SOFT, lw=0.7, zorder=1)
        radius_points = radius_path(c, p)
        ax.plot(radius_points[:, 1], radius_points[:, 2], color=colour("red"), lw=1.4, ls=(0, (1, 1.6)), zorder=4)
        ax.plot(*best[p], "o", ms=9, color=colour("red"), mec=PAPER, mew=1.5, zorder=7)
        ax.set(xlim=(-1.12, 1.9), ylim=(-1.0, 1.45), aspect="equal")
        draw.plain(ax)
        draw.title(ax, tr("$L_1$: a diamond", "$L_1$：菱形") if p == 1 else tr("$L_2$: a disc", "$L_2$：圆盘"))
        draw.words(ax, 1.82, -0.11, "$w_1$", color="soft", size=10)
        draw.words(ax, 0.14, 1.36, "$w_2$", color="soft", size=10)
        draw.minimum(ax, *c)
        draw.words(ax, c[0] + 0.06, c[1] + 0.13, tr("minimum of\nthe loss alone", "损失本身的\n极小点"), va="bottom")
        draw.words(
            ax,
            -0.27,
            -0.18 if p == 1 else -0.25,
            tr(f"{name} norm\nup to {radius}", f"{name} 范数\n≤ {radius}"),
            size=9,
            halo=False,
        )
        zero = np.any(best[p] == 0)
        spot = (
            tr("on a corner:\n$w_2$ is exactly 0", "正在角上：\n$w_2$ 恰好为 0")
            if zero
            else tr(f"no corner here:\n$w_2$ = {best[p][1]:.2f}", f"这里没有角：\n$w_2$ = {best[p][1]:.2f}")
        )
        draw.note(ax, spot, best[p], (1.16, -0.66), color="red", weight="bold", bend=0.25)
    draw.note(
        axes[0],
        tr("dots: the best point\nas the ball grows", "点线：球变大时\n最好的点"),
        (0.35, 0.0),
        (-0.5, 1.05),
        color="red",
        bend=-0.2,
    )
    draw.headline(
        fig,
        tr(
            "The first contour to touch the L1 ball meets a corner: w₂ = 0",
            "最先碰到 L1 球的等高线，碰到的是角：w₂ = 0",
        )
        if best[1][1] == 0
        else tr("The same loss, an L1 ball and an L2 ball", "同一个损失，L1 球与 L2 球"),
        tr(
            f"The same loss, two balls of radius {radius}. Thick contour: the first one that touches the ball.",
            f"同一个损失，半径都是 {radius}。粗等高线：最先碰到球的那一条。",
        ),
    )
    return fig
