"""How fast one direction of a quadratic shrinks, over lr times curvature and momentum, with runs in every region."""

import numpy as np

from descent.figures import draw
from descent.figures.style import FAINT, PAPER, colour, mix, outline, readable, tr

EDGES = np.array([0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0])
# where the small plot of a region stands: x, y, width, height in units of the map
INSETS = {
    "over": (0.42, 0.10, 0.62, 0.15),
    "under": (1.5, 0.60, 0.66, 0.17),
    "flips": (1.18, 0.13, 0.60, 0.15),
    "grows": (3.12, 0.07, 0.62, 0.17),
}


def region(a: float, momentum: float) -> str:
    """Which of the four regions of heavy ball (velocity without lr) lr times curvature `a` lies in."""
    if a >= 2 * (1 + momentum):
        return "grows"
    return "over" if a < (1 - momentum**0.5) ** 2 else "flips" if a > (1 + momentum**0.5) ** 2 else "under"


def draw_momentum_map(radius, across, up, runs):
    """Draw the spectral radius of heavy ball and one run for each region; return the figure.

    radius[i, j]: at momentum up[i] and lr times curvature across[j], from 0 to 4. runs: {(lr times curvature,
    momentum): x_0, x_1, ... from 1 on a quadratic of curvature 1}, one for each of the regions.
    """
    from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap

    fig, ax = draw.figure(height=4.8)
    tints = LinearSegmentedColormap.from_list("", [mix(PAPER, "teal", 0.75), mix(PAPER, "teal", 0.04)])
    inside = np.where(np.asarray(across) > 2 * (1 + np.asarray(up)[:, None]), np.nan, radius)
    ax.contourf(
        across,
        up,
        np.where(radius > 1, np.nan, radius),
        levels=EDGES,
        cmap=tints,
        norm=BoundaryNorm(EDGES, 256),
        zorder=0,
    )
    ax.contour(across, up, inside, levels=EDGES[1:-1], colors=[mix(PAPER, "ink", 0.28)], linewidths=0.5, zorder=1)
    beta = np.linspace(0, 1, 400)
    limit = 2 * (1 + beta)
    ax.fill_betweenx(beta, limit, 4.2, color=mix(PAPER, "bad", 0.2), lw=0, zorder=2)
    ax.plot(limit, beta, color=colour("bad"), lw=2, zorder=3)
    ax.plot((1 - np.sqrt(beta)) ** 2, beta, color=colour("ink"), lw=2, zorder=3)
    ax.plot((1 + np.sqrt(beta)) ** 2, beta, color=colour("ink"), lw=1.1, ls=(0, (4, 3)), zorder=3)
    ax.set(
        xlim=(0, 4),
        ylim=(0, 1),
        xticks=range(5),
        xlabel=tr("learning rate × curvature  $\\eta\\lambda$", "学习率 × 曲率  $\\eta\\lambda$"),
    )
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1], labels=["0", "0.25", "0.5", "0.75", "1"])
    draw.quantity(ax, tr("momentum  $\\beta$", "动量  $\\beta$"))
    names = {
        "over": tr("overdamped: creeps", "过阻尼：缓缓爬行"),
        "under": tr("underdamped: swings", "欠阻尼：来回摆动"),
        "flips": tr("flips sides", "每步换边"),
        "grows": tr("grows", "越摆越大"),
    }
    for spot, steps in runs.items():
        kind = region(*spot)
        inset(ax, INSETS[kind], spot, np.asarray(steps, dtype=float), names[kind], "bad" if kind == "grows" else "ink")
    draw.note(
        ax,
        tr("critically damped: the best\nmomentum for this direction", "临界阻尼：\n这个方向上最好的动量"),
        ((1 - 0.55**0.5) ** 2, 0.55),
        (0.66, 0.43),
        bend=0.2,
        weight="bold",
    )
    for value in (0.6, 0.8, 0.9):  # between the two curves the radius is the root of the momentum
        draw.words(ax, 2.36, value**2 + 0.004, f"{value}", size=9, color="soft", halo=False, va="bottom")
    draw.words(ax, 3.36, 0.5, tr("diverges", "发散"), color="bad", weight="bold", size=12, halo=False)
    ax.text(
        2.6,
        0.225,
        "$\\eta\\lambda=2(1+\\beta)$",
        size=10.5,
        color=readable("bad"),
        rotation=45,
        rotation_mode="anchor",
        ha="center",
        va="center",
        path_effects=outline(),
        zorder=9,
    )
    draw.headline(
        fig,
        tr("Momentum buys room for longer steps, and pays in swings", "动量换来更长的步子，代价是摆动"),
        tr(
            "Tint and numbers: what a step leaves of the error (spectral radius); strong is fast. Insets: real runs.",
            "颜色与数字：每一步之后误差所剩的比例（谱半径），颜色越浓越快。小图：真实的运行。",
        ),
    )
    return fig


def inset(ax, box, spot, steps, name, color):
    """A small plot of a run beside its spot on the map, up to where it has grown out of its frame."""
    x, y, width, height = box
    reach = 1.25 if color == "ink" else 25
    out = np.flatnonzero(np.abs(steps) > reach)
    steps = steps[: out[0] + 1] if len(out) else steps[:31]
    small = ax.inset_axes(box, transform=ax.transData, zorder=6)
    small.set_facecolor((1, 1, 1, 0.88))
    small.axhline(0, color=FAINT, lw=0.7)
    small.plot(steps, color=colour(color), lw=1.2, marker="o", ms=2.0, mew=0)
    small.set(ylim=(-reach, reach), xlim=(-1, 30.5), xticks=[], yticks=[])
    small.spines[:].set(visible=True, color=colour(color), linewidth=0.8)
    draw.words(ax, x + width / 2, y + height + 0.033, name, color=color, weight="bold", size=9, halo=False)
    corner = np.clip(spot[0], x, x + width), np.clip(spot[1], y, y + height)
    ax.plot(*zip(spot, corner), color=colour(color), lw=0.9, zorder=5)
    ax.plot(*spot, "o", ms=6, color=colour(color), mec=PAPER, mew=1.2, zorder=7)
