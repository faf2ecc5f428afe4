"""A saddle makes gradient descent wait: from the line that leads into it, from a hair beside it, and with a push."""

import numpy as np

from descent.figures import draw
from descent.figures.style import colour, tr

COLOURS = {"plain": "plum", "hair": "blue", "pushed": "red"}


def draw_saddle(plain, hair, pushed, *, value, lr, push, tolerance, limits=((-0.75, 1.25), (-1.3, 1.3)), gone=0.5):
    """Draw three runs (steps + 1, 2) at a saddle in (0, 0) with minima at (0, -1) and (0, 1); return the figure.

    plain: from the line b = 0; hair: from a little beside it; pushed: from the line, with a random push of length
    `push` wherever the gradient is below `tolerance`. value takes points (..., 2). A run has left where |b| > gone.
    """
    runs = {"plain": np.asarray(plain), "hair": np.asarray(hair), "pushed": np.asarray(pushed)}
    losses = {name: value(run) for name, run in runs.items()}
    left = {name: first(np.abs(run[:, 1]) > gone) for name, run in runs.items()}
    pushed_at = first(np.abs(runs["pushed"][:, 1]) > 0)
    last = len(plain) - 1
    fig, (plane, run) = draw.figure(columns=2, height=4.1, width_ratios=(1, 1.28))
    draw.landscape(plane, value, *limits, levels=13, log=False, names=("$a$", "$b$"), aspect="auto")
    for name, size in (("hair", 2.5), ("pushed", 2.5), ("plain", 3.5)):
        draw.path(
            plane, runs[name], COLOURS[name], dots=size, start=name == "plain", lw=2.4 if name == "plain" else 1.8
        )
    start = runs["plain"][0]
    draw.words(plane, start[0], start[1] + 0.14, tr("start", "起点"))
    for side in (1, -1):
        draw.minimum(plane, 0, side, None)
        draw.words(plane, 0.1, 1.14 * side, tr("minimum", "极小点"), ha="left", color="soft")
    draw.note(plane, tr("saddle", "鞍点"), (0, 0), (-0.45, 0.3), bend=0.2)
    for name, values in losses.items():
        run.plot(values, color=colour(COLOURS[name]))
    bottom = value(np.array([0.0, 1.0]))
    run.set(xlim=(0, last), ylim=(1.2 * bottom, -1.28 * bottom), xlabel=tr("step", "步"))
    draw.quantity(run, tr("loss", "损失"))
    draw.wash(run, y=(0.05 * bottom, -0.05 * bottom), color="ink", strength=0.07)
    draw.words(run, 0.016 * last, 0.11 * bottom, tr("saddle", "鞍点"), color="soft", ha="left")
    draw.words(run, 0.016 * last, 1.08 * bottom, tr("minimum", "极小点"), color="soft", ha="left")
    beside = exponent(abs(runs["hair"][0, 1]))
    draw.words(run, 0.98 * last, -0.18 * bottom, stays(left["plain"], last), color="plum", ha="right", weight="bold")
    for name, text in (
        (
            "pushed",
            tr(f"pushed once,\nat step {number(pushed_at, -1)}:", f"第 {number(pushed_at, -1)} 步\n推了一下："),
        ),
        ("hair", tr(f"a hair beside it,\n$b={beside}$:", f"偏开一点，\n$b={beside}$：")),
    ):
        leaves = (
            tr(f"leaves at {left[name]}", f"第 {left[name]} 步离开")
            if left[name] is not None
            else tr("stays", "留在原地")
        )
        at = left[name] if left[name] is not None else 0.6 * last
        draw.words(
            run, at + 0.035 * last, 0.56 * bottom, f"{text}\n{leaves}", color=COLOURS[name], weight="bold", ha="left"
        )
    waits = left["hair"] is not None and left["plain"] is None
    draw.headline(
        fig,
        tr("A saddle does not stop descent; it makes it wait", "鞍点挡不住梯度下降，只是让它等待")
        if waits
        else tr("Three runs at a saddle", "鞍点附近的三次运行"),
        tr(
            f"Gradient descent, lr {lr}, {last} steps. A push is {push} long, where the gradient is below {tolerance}.",
            f"梯度下降，lr {lr}，{last} 步。梯度小于 {tolerance} 时推一下，长 {push}。",
        ),
    )
    return fig


def first(condition) -> int | None:
    indices = np.flatnonzero(condition)
    return int(indices[0]) if len(indices) else None


def number(step: int | None, shift: int = 0) -> str:
    return "?" if step is None else str(step + shift)


def stays(left: int | None, last: int) -> str:
    if left is None:
        return tr(
            f"exactly on the line $b=0$:\nstill there after {last} steps", f"恰在直线 $b=0$ 上：\n{last} 步后仍在原处"
        )
    return tr(f"from the line $b=0$: leaves at {left}", f"从直线 $b=0$ 出发：第 {left} 步离开")


def exponent(x: float) -> str:
    power = int(np.floor(np.log10(x) + 1e-9))
    factor = x / 10.0**power
    return (f"{factor:.2g}\\cdot " if abs(factor - 1) > 0.05 else "") + f"10^{{{power}}}"
