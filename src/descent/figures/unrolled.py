"""The one-unit recurrent network of chapter 02, unrolled in time: the same w and b at every step."""

import numpy as np

from descent.figures import draw
from descent.figures.graph import arrow_between, box_around, plain
from descent.figures.style import tr

WIDE, HIGH, LEVEL = 0.67, 0.62, 1.18  # of a state's box; how far w and b stand from the states


def draw_unrolled(params, states, loss, state_gradients=None):
    """Draw the graph of x_t = w sigmoid(x_{t-1}) + b and of the loss; return the figure.

    params: w and b. states: x_0, ..., x_T. loss: a number. state_gradients: dloss/dx_0, ..., dloss/dx_T; with them the
    local slopes stand on the arrows, and what each step hands to w and b, with the sum.
    """
    (w, b), last = params, len(states) - 1
    s = 1 / (1 + np.exp(-np.asarray(states)))
    fig, ax = draw.figure(height=3.7)
    draw.plain(ax)
    d = state_gradients
    for t in range(last + 2):
        name, value = (f"$x_{t}$", states[t]) if t <= last else (tr("loss", "损失"), loss)
        box_around(ax, (t, 0), (WIDE, HIGH), shade=0.10 if t else 0.28)
        label, up = f"{name} = {three(value)}", 0.13 if d is not None else 0
        draw.words(ax, t, up, label, halo=False, size=10.5 if t <= last else 9)
        if d is not None:
            gradient_text = three(d[t]) if t <= last else "1"
            draw.words(ax, t, -0.15, gradient_text, color="red", halo=False, size=10.5, weight="bold")
        if t:
            arrow_between(ax, (t - 1 + WIDE / 2, 0), (t - WIDE / 2, 0))
    shares = {}
    if d is not None:
        slopes = [*(w * s * (1 - s))[:-1], d[-1]]
        for t, slope in enumerate(slopes):
            draw.words(ax, t + 0.5, 0.06, three(slope), color="soft", size=9, va="bottom", halo=False)
        shares = {1: d[1:] * s[:-1], -1: np.asarray(d[1:])}
    for side, name, value in ((1, "$w$", w), (-1, "$b$", b)):
        parameter(ax, side, f"{name} = {plain(value)}", last, shares.get(side))
        for t in range(1, last + 1):
            arrow_between(ax, (t, side * (LEVEL - HIGH / 2)), (t, side * HIGH / 2))
            if d is not None:
                slope = three(s[t - 1]) if side == 1 else "1"
                draw.words(ax, t + 0.06, side * LEVEL / 2, slope, color="soft", size=9.5, ha="left")
    ax.set(xlim=(-0.45, last + 1.45), ylim=(-LEVEL - 0.4, LEVEL + 0.4))
    if d is None:
        draw.headline(fig, tr("The same two numbers act at every step", "每一步用的都是同样两个数"), tr(
            f"The network unrolled for T = {last}. Each state is computed from the one before, from w and from b.",
            f"把网络按时间展开，T = {last}。每个状态由前一个状态、w 和 b 算出。"))  # fmt: skip
    else:
        draw.headline(fig, tr("Back along the states: multiply. Into w and b: add.", "沿着状态往回走：相乘；汇到 w 和 b：相加"), tr(
            "In each box: the value and, below it, the derivative of the loss. On the arrows: local slopes.",
            "方框里上面是数值，下面是损失对它的导数；箭头上是局部斜率。"))  # fmt: skip
    return fig


def parameter(ax, side, label, last, shares):
    """A long box above or below the states, with the share of each step and their sum."""
    left, right = 1 - WIDE / 2, last + WIDE / 2
    box_around(ax, ((left + right) / 2, side * LEVEL), (right - left, HIGH), shade=0.28)
    if shares is None:
        draw.words(ax, (left + right) / 2, side * LEVEL, label, halo=False, size=10.5)
        return
    draw.words(ax, (left + right) / 2, side * LEVEL + 0.15, label, halo=False, size=10.5)
    for t, share in enumerate(shares, start=1):
        draw.words(ax, t, side * LEVEL - 0.14, three(share), color="red", halo=False, size=10.5)
        if t < last:
            draw.words(ax, t + 0.5, side * LEVEL - 0.14, "+", color="red", halo=False, size=10.5)
    total = f"= {three(shares.sum())}"
    draw.words(ax, right + 0.08, side * LEVEL - 0.14, total, color="red", size=10.5, weight="bold", ha="left")


def three(number):
    """Three digits that count, with a real minus sign."""
    return f"{number:.3g}".replace("-", "−")
