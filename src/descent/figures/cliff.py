"""A cliff as the surface it is, with one step from its foot: not clipped and clipped."""

import numpy as np

from descent.figures import draw
from descent.figures.style import INK, PAPER, WIDTH, colour, mix, outline, pyplot, readable, tr

W, B, TOP = (3.6, 6.0), (-3.3, -1.5), 0.45


def draw_cliff(loss, clipped, landing, *, lr, length, max_norm, shown=12):
    """Draw the loss of Pascanu's one-unit network over w and b, and two ways to step from one start; return the figure.

    loss takes points (..., 2) of (w, b). clipped: a run with clipping (steps + 1, 2), of which `shown` steps are drawn;
    landing: where one step without clipping leads; length: of the gradient at the start.
    """
    from mpl_toolkits.mplot3d import proj3d

    start, clipped = np.asarray(clipped[0]), np.asarray(clipped[: shown + 1])
    fig = pyplot().figure(figsize=(WIDTH, 5.0))
    fig.set_layout_engine("none")  # a surface takes room by its projection
    ax = fig.add_axes([-0.12, -0.115, 1.24, 1.14], projection="3d", computed_zorder=False)
    surface(ax, loss)
    ax.set(xlim=W, ylim=B, zlim=(0, TOP))
    ax.view_init(elev=33, azim=44)
    ax.set_box_aspect((1.25, 1.25, 0.62), zoom=0.9)
    ax.set_axis_off()

    def flat(w, b, height):
        return proj3d.proj_transform(w, b, height, ax.get_proj())[:2]

    def annotate(point, text, dx, dy, color="ink", arrow=True, **keywords):
        line = {
            "arrowstyle": "-|>,head_length=0.28,head_width=0.11",
            "lw": 0.9,
            "color": readable(color),
            "shrinkA": 1,
            "shrinkB": 5,
            "connectionstyle": "arc3,rad=0.2",
        }
        ax.annotate(
            text,
            flat(*point),
            (dx, dy),
            textcoords="offset points",
            color=readable(color),
            path_effects=outline(),
            zorder=20,
            arrowprops=line if arrow else None,
            **{"size": 9.5, "linespacing": 1.25, "ha": "center", "va": "center"} | keywords,
        )

    # the step that is not clipped: as far as the map goes, level, since it flies over the ground
    direction = landing - start
    ends = [
        (bound - start[i]) / direction[i]
        for i, bounds in enumerate((W, B))
        for bound in bounds
        if direction[i] * (bound - start[i]) > 0
    ]
    tip = start + min([1.0, *(0.98 * share for share in ends)]) * direction
    ax.plot(*np.column_stack([start, tip]), [0.02, 0.02], color=PAPER, lw=5.5, zorder=5)
    fig.canvas.draw()
    ax.annotate(
        "",
        flat(*tip, 0.02),
        flat(*start, 0.02),
        zorder=6,
        arrowprops={
            "arrowstyle": "-|>,head_length=0.55,head_width=0.26",
            "color": colour("bad"),
            "lw": 2.4,
            "shrinkA": 0,
            "shrinkB": 0,
            "mutation_scale": 14,
        },
    )
    on = clipped[:, 0], clipped[:, 1], loss(clipped) + 0.004
    ax.plot(*on, color=PAPER, lw=3.6, zorder=7)
    ax.plot(*on, color=colour("good"), lw=1.5, marker="o", ms=3.6, zorder=8)
    ax.plot(*start[:, None], [loss(start) + 0.004], "o", ms=8, mfc=PAPER, mec=INK, mew=1.6, zorder=9)
    foot = *start, float(loss(start))
    annotate(
        foot,
        tr(
            f"start, at the foot:\nloss {foot[2]:.4f}, but\nthe gradient is {length:.0f} long",
            f"起点在崖脚：\n损失 {foot[2]:.4f}，\n梯度却长 {length:.0f}",
        ),
        -112,
        -52,
    )
    annotate(
        (*tip, 0.02),
        tr(
            f"not clipped: one step {lr * length:.1f} long, to\n({landing[0]:.1f}, {landing[1]:.1f}), off this map;\n"
            f"loss there {loss(landing):.2f}",
            f"不裁剪：一步长 {lr * length:.1f}，\n跨到图外的 ({landing[0]:.1f}, {landing[1]:.1f})，\n那里损失为 {loss(landing):.2f}",
        ),
        -34,
        -10,
        "bad",
        arrow=False,
        weight="bold",
        ha="right",
    )
    heights, away = loss(clipped), np.linalg.norm(clipped[-1] - start)
    end = *clipped[-1], float(heights[-1])
    annotate(
        end,
        tr(
            f"clipped to length {max_norm:g}:\n{len(clipped) - 1} steps later {away:.2f} away,\n"
            f"loss {heights[-1]:.4f}\n({heights.max():.2f} on the way)",
            f"裁剪到长度 {max_norm:g}：\n{len(clipped) - 1} 步之后离起点 {away:.2f}，\n"
            f"损失 {heights[-1]:.4f}\n（途中最高 {heights.max():.2f}）",
        ),
        122,
        -42,
        "good",
        weight="bold",
    )
    edge = float(loss(np.array([4.7, -3.05])))
    annotate((4.7, -3.05, edge), tr("plateau: almost no slope", "平台区：几乎没有坡度"), 26, 2, arrow=False)
    annotate((W[1], B[0], 0.0), "$b$", -10, -4, "soft", arrow=False, size=11)
    annotate((W[0] + 0.05, B[1], 0.03), "$w$", 8, -10, "soft", arrow=False, size=11)
    draw.headline(
        fig,
        tr("One step from the foot of a cliff", "崖脚下的一步"),
        tr(
            f"Loss of a network of one recurrent unit after 50 time steps; w = 3.6 to 6, b = −3.3 to −1.5, lr {lr}.",
            f"单个循环单元走 50 个时间步后的损失，w 从 3.6 到 6，b 从 −3.3 到 −1.5，lr {lr}。",
        ),
    )
    return fig


def surface(ax, loss):
    """Draw the surface with lines of constant w and b; its grid is dense where it falls, so that the fall is sharp."""
    from matplotlib.colors import LinearSegmentedColormap

    ws = np.linspace(*W, 121)
    edge = steepest(loss, ws)
    b = np.concatenate([np.linspace(B[0], edge - 0.03, 34), wall(loss, ws, edge), np.linspace(edge + 0.03, B[1], 40)])
    w = np.broadcast_to(ws, b.shape)
    height = at(loss, w, b)
    tints = LinearSegmentedColormap.from_list("", [mix(PAPER, "blue", 0.10), mix(PAPER, "blue", 0.72)])
    ax.plot_surface(
        w,
        b,
        height,
        facecolors=tints(np.clip(height / 0.4, 0, 1)),
        rstride=1,
        cstride=2,
        shade=False,
        lw=0,
        antialiased=False,
        zorder=1,
    )
    line = mix(PAPER, "blue", 0.95)
    for i in range(0, len(ws), 10):
        ax.plot(w[:, i], b[:, i], height[:, i], color=line, lw=0.5, alpha=0.75, zorder=2)
    for level in np.linspace(*B, 10):
        ax.plot(
            ws, np.full(len(ws), level), at(loss, ws, np.full(len(ws), level)), color=line, lw=0.35, alpha=0.6, zorder=2
        )
    ax.plot(ws, edge, at(loss, ws, edge + 0.004), color=INK, lw=1.0, alpha=0.7, zorder=3)


def at(loss, w, b):
    return loss(np.stack([w, b], axis=-1))


def steepest(loss, ws):
    """For every w the b where the loss falls fastest, by zooming in."""
    low, high, columns = np.full(len(ws), B[0]), np.full(len(ws), B[1]), np.arange(len(ws))
    for _ in range(9):
        bs = np.linspace(low, high, 61)
        i = np.argmin(np.diff(at(loss, np.broadcast_to(ws, bs.shape), bs), axis=0), axis=0)
        low, high = bs[np.maximum(i - 1, 0), columns], bs[np.minimum(i + 2, 60), columns]
    return (low + high) / 2


def wall(loss, ws, edge, levels=16):
    """On the wall: for every w the b where the loss passes equally spaced heights, by bisection: (levels, w)."""
    up, down = edge - 0.03, edge + 0.03
    heights = np.linspace(at(loss, ws, up) - 1e-3, at(loss, ws, down) + 2e-3, levels)
    above, below = np.broadcast_to(up, heights.shape).copy(), np.broadcast_to(down, heights.shape).copy()
    for _ in range(50):
        middle = (above + below) / 2
        higher = at(loss, np.broadcast_to(ws, middle.shape), middle) > heights
        above, below = np.where(higher, middle, above), np.where(higher, below, middle)
    return (above + below) / 2
