"""A penalty on large weights, or a limit to them: a figure of where the best point is, and when it has a zero.

    penalty_explorer(form="limit", p=1.0, limit=0.8, angle=20)

The loss is (w - c)' H (w - c) / 2 with H = [[1, 0.6], [0.6, 1]]: two inputs that say partly the same. The penalty is
R(w) = (|w1|^p + |w2|^p) / p: the L1 penalty for p = 1, ours of L2 for p = 2; the limit is the p-norm of w. The same
numbers come from js/penalties.js in the browser.
"""

import numpy as np

from descent.explore import show_explorer
from descent.figures.style import colour
from descent.hyper import require
from descent.plots import contour_with_paths, curves, panels
from descent.say import tr

FORMS = {"limit": "w in the ball of radius r", "penalty": "loss plus strength times R"}
H = np.array([[1, 0.6], [0.6, 1]])
DISTANCE, LARGEST, ANGLES, RADII = 1.5, 2.0, 256, 100


def centre(angle: float) -> np.ndarray:
    """Where the loss alone has its minimum: at an angle, in degrees."""
    return DISTANCE * np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])


def loss(w, c) -> np.ndarray:
    """The loss at points (..., 2)."""
    d = np.asarray(w) - c
    return 0.5 * np.sum(d @ H * d, axis=-1)


def norm(w, p: float) -> np.ndarray:
    """The p-norm of points (..., 2); for p < 1 no norm, and its ball is not convex."""
    return np.sum(np.abs(w) ** p, axis=-1) ** (1 / p)


def edge(turn, p: float, r: float) -> np.ndarray:
    """Points on the edge of a ball: once round as turn goes from 0 to 4, at whole numbers exactly at a corner."""
    turn = np.asarray(turn, dtype=float)
    along = np.abs((turn[..., None] - [0, 1]) % 4 - 2) - 1  # two triangle waves: the edge for p = 1 and r = 1
    return r * along / norm(along, p)[..., None] + 0.0  # no -0.0


def golden(f, low: float, high: float) -> float:
    """Golden section: where a function with one minimum between low and high has it."""
    ratio = (np.sqrt(5) - 1) / 2
    a, b = high - ratio * (high - low), low + ratio * (high - low)
    fa, fb = f(a), f(b)
    for _ in range(60):
        if fa < fb:
            high, b, fb = b, a, fa
            a = high - ratio * (high - low)
            fa = f(a)
        else:
            low, a, fa = a, b, fb
            b = low + ratio * (high - low)
            fb = f(b)
    return (low + high) / 2


def in_ball(c, p: float, r: float) -> np.ndarray:
    """The point with |w|_p <= r where the loss is least. With an exact zero only where a corner (p <= 1) wins."""
    if norm(c, p) <= r:
        return c
    if r == 0:
        return np.zeros(2)
    turns = 4 * np.arange(ANGLES) / ANGLES
    best = turns[np.argmin(loss(edge(turns, p, r), c))]
    between = golden(lambda turn: loss(edge(turn, p, r), c), best - 4 / ANGLES, best + 4 / ANGLES)
    corner = p <= 1 and best % 1 == 0 and loss(edge(best, p, r), c) <= loss(edge(between, p, r), c)
    return edge(best if corner else between, p, r)


def radius_path(c, p: float) -> np.ndarray:
    """Rows r, w1, w2: the best point of every ball up to the largest."""
    return np.array([[r, *in_ball(c, p, r)] for r in LARGEST * np.arange(RADII + 1) / RADII])


def penalized(c, p: float, strength: float) -> np.ndarray:
    """r, w1, w2 of the minimizer of loss + strength * R: of all balls, the one whose best point costs least."""
    longest = norm(c, p)

    def cost(r):
        return loss(in_ball(c, p, r), c) + strength * min(r, longest) ** p / p

    radii = longest * np.arange(RADII + 1) / RADII
    at = int(np.argmin([cost(r) for r in radii]))
    between = golden(cost, radii[max(0, at - 1)], radii[min(RADII, at + 1)])
    r = radii[at] if cost(radii[at]) <= cost(between) else between
    return np.array([r, *in_ball(c, p, r)])


def strength_for(w, c, p: float) -> float:
    """The strength for which w, on the edge of its ball, is best: minus slope of the loss over slope of R."""
    j = 0 if abs(w[0]) >= abs(w[1]) else 1
    return float(-(H @ (w - c))[j] / (np.sign(w[j]) * abs(w[j]) ** (p - 1)))


TRIES = {
    "en": "turn the minimum of the loss from 20 towards 45 degrees: when does w₂ leave 0? Then set p to 1.1: is "
    "there any direction with an exact zero?",
    "zh": "把损失的极小点从 20 度转向 45 度：w₂ 什么时候离开 0？再把 p 调到 1.1：还有哪个方向能得到精确的 0 吗？",
}


def penalty_explorer(*, form="limit", p=1.0, limit=0.8, strength=0.5, angle=20, tries=TRIES) -> None:
    """Sliders for p, the limit or the strength, and where the loss has its minimum: the best point, and its zeros.

    form: "limit" (the loss is minimized in the ball |w|_p <= limit) or "penalty" (loss + strength * R is minimized).
    angle: the direction of the minimum of the loss, in degrees; its distance from 0 is 1.5.
    """
    require(form in FORMS, "form", form, f"one of {', '.join(FORMS)}")
    require(0.5 <= p <= 4, "p", p, "in [0.5, 4]")
    require(0.02 <= limit <= LARGEST, "limit", limit, f"in [0.02, {LARGEST}]")
    require(0.02 <= strength <= LARGEST, "strength", strength, f"in [0.02, {LARGEST}]")
    require(0 <= angle <= 90, "angle", angle, "in [0, 90]")
    options = {"form": form, "p": float(p), "limit": float(limit), "penalty": float(strength), "angle": float(angle)}
    c = centre(angle)
    r, *w = [limit, *in_ball(c, p, limit)] if form == "limit" else penalized(c, p, strength)
    spot = ", ".join("0" if weight == 0 else f"{weight:.2f}" for weight in w)
    how = (f"radius {limit}", f"半径 {limit}") if form == "limit" else (f"strength {strength}", f"强度 {strength}")
    alt = {
        "en": f"Two plots for p = {p} and {how[0]}. Left: contours of a quadratic loss and the ball |w|_p = {r:.2f}; they meet "
        f"at ({spot}). Right: both weights of the best point against the radius.",
        "zh": f"p = {p}、{how[1]} 的两幅图。左：二次损失的等高线与球 |w|_p = {r:.2f}，两者在 ({spot}) 处相遇。"
        "右：最好的点的两个权重随半径的变化。",
    }
    caption = {
        "en": "Plus: minimum of the loss alone; disc: best point; dots: best point of every ball. p = 1: L1; 2: L2.",
        "zh": "加号：损失本身的极小点；圆点：最好的点；点线：各个半径下最好的点。p = 1 即 L1，p = 2 即 L2。",
    }
    picture = _picture(c, p, r, np.array(w))
    show_explorer("penalties", options, picture, alt=alt, caption=caption, tries=tries, others=_other_balls())


def _other_balls(r=0.8):
    """The minimum of the loss turned further, the ball nearly a diamond, and the disc."""
    fig, axes = panels(3)
    for ax, (p, angle) in zip(axes, ((1.0, 35), (1.1, 20), (2.0, 20)), strict=True):
        c = centre(angle)
        w = in_ball(c, p, r)
        spot = ", ".join("0" if weight == 0 else f"{weight:.2f}" for weight in w)
        contour_with_paths(lambda x, c=c: loss(x, c), xlim=(-1.2, 2), ylim=(-1.2, 1.6), minimum=c, ax=ax, title=f"p = {p:g}, {angle}°\n({spot})",
                           levels=[loss(w, c) * share for share in (0.25, 1, 2.25, 4, 6.25, 9)], xlabel="$w_1$", ylabel="$w_2$")  # fmt: skip
        ax.fill(
            *edge(4 * np.arange(ANGLES) / ANGLES, p, r).T,
            facecolor=colour("gold") + "4d",
            edgecolor=colour("gold"),
            linewidth=1.5,
        )
        ax.plot(*w, "o", color=colour("red"), markersize=7, mec="white", zorder=9)
    return fig


def _picture(c, p, r, w):
    fig, (plane, line) = panels(2)
    contour_with_paths(lambda x: loss(x, c), xlim=(-2, 2), ylim=(-2, 2), minimum=c, ax=plane, title=tr("ball and contours", "球与等高线"),
                       levels=[loss(w, c) * share for share in (0.25, 1, 2.25, 4, 6.25, 9)],
                       xlabel="$w_1$", ylabel="$w_2$")  # fmt: skip
    around = edge(4 * np.arange(ANGLES) / ANGLES, p, r)
    plane.fill(*around.T, facecolor=colour("gold") + "4d", edgecolor=colour("gold"), linewidth=1.5)
    rows = radius_path(c, p)
    plane.plot(rows[:, 1], rows[:, 2], ":", color=colour("red"), linewidth=1.3)
    plane.plot(*w, "o", color=colour("red"), markersize=8, mec="white", zorder=9)
    curves(
        {"$w_1$": rows[:, 1], "$w_2$": rows[:, 2]},
        x=rows[:, 0],
        xlabel="$r$",
        ylabel=tr("weight", "权重"),
        ax=line,
        title=tr("best point", "最好的点"),
        color={"$w_1$": "blue", "$w_2$": "plum"},
    )
    line.axvline(r, color=colour("soft"), linewidth=1)
    return fig
