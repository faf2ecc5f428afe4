"""An explorer of two places where gradient descent gets into trouble: a saddle and a cliff.

    landscape_explorer(landscape="cliff", lr=0.3, start=-2.55, max_norm=0.1)

The saddle is Nesterov's, problems.saddle. The cliff is the loss of the one-unit recurrent network of Pascanu et
al. (2013): x_t = w sigmoid(x_{t-1}) + b, fifty times. js/landscape.js computes the same runs in the browser.
"""

import numpy as np

from descent.explore import show_explorer
from descent.figures.style import colour
from descent.hyper import require
from descent.plots import contour_with_paths, curves, panels
from descent.problems import saddle
from descent.say import tr

TIMES, X0, TARGET, STEPS = 50, 0.5, 0.7, 300
OPENING = {"saddle": {"lr": 0.1, "start": -8.0, "max_norm": None},
           "cliff": {"lr": 0.3, "start": -2.55, "max_norm": 1.0}}  # as in js/landscape.js  # fmt: skip
NO_LIMIT = 2.0  # from this exponent on, max_norm = 10**exponent means: do not clip
START = {"saddle": (-16.0, -0.5), "cliff": (-2.8, -2.2)}  # the slider: log10 of the height, or b


def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def cliff_loss(points):
    """Loss of the one-unit network at points (..., 2) of (w, b): shape (...)."""
    w, b = np.moveaxis(np.asarray(points, dtype=float), -1, 0)
    x = np.full(np.shape(w), X0)
    for _ in range(TIMES):
        x = w * sigmoid(x) + b
    return (sigmoid(x) - TARGET) ** 2


def cliff_gradient(point):
    """Its gradient at one point: the derivatives of x_t by w and b, carried along with x_t."""
    w, b = point
    x, by_w, by_b = X0, 0.0, 0.0
    for _ in range(TIMES):
        s = sigmoid(x)
        slope = w * s * (1 - s)
        x, by_w, by_b = w * s + b, s + slope * by_w, 1 + slope * by_b
    s = sigmoid(x)
    return 2 * (s - TARGET) * s * (1 - s) * np.array([by_w, by_b])


LANDSCAPES = {
    "saddle": (saddle.value, saddle.gradient, ((-1.4, 1.4), (-1.4, 1.4))),
    "cliff": (cliff_loss, cliff_gradient, ((3.5, 6.0), (-3.4, -1.6))),
}


def start_point(landscape: str, start: float) -> np.ndarray:
    return np.array([1.0, 10.0**start] if landscape == "saddle" else [4.9, start])


def landscape_path(landscape: str, lr: float, start: float, max_norm: float) -> tuple[np.ndarray, np.ndarray]:
    """The points of a run (STEPS + 1, 2), and the length of the gradient at each before clipping."""
    _, gradient, _ = LANDSCAPES[landscape]
    point = start_point(landscape, start)
    path, lengths = [], []
    for _ in range(STEPS + 1):
        grad = gradient(point)
        length = float(np.linalg.norm(grad))
        path.append(point)
        lengths.append(length)
        scale = max_norm / length if length > max_norm else 1.0
        point = point - lr * scale * grad
    return np.array(path), np.array(lengths)


TRIES = {
    "saddle": {
        "en": "move the start from 10^-8 to 10^-4, then to 10^-10. How many steps does each factor of ten cost?",
        "zh": "把起点从 10^-8 移到 10^-4，再移到 10^-10。每差十倍，要多等多少步？",
    },
    "cliff": {
        "en": "move max_norm up to off and down to 0.03. When does one step throw the run off the map, and what does a "
        "small limit cost?",
        "zh": "把 max_norm 一直调到“不裁剪”，再调到 0.03。什么时候一步就飞出图外？限制太小又会怎样？",
    },
}


def landscape_explorer(*, landscape="saddle", lr=None, start=None, max_norm=..., tries=None) -> None:
    """Choose saddle or cliff, lr, the starting point and max_norm: the path, its loss and its gradient norms.

    start: on the saddle log10 of the distance from the line b = 0 (runs start at (1, 10**start)), on the cliff
    the start is (4.9, start). max_norm: None does not clip; with a limit the run without it is drawn too. What is left
    out is as the landscape opens: the cliff with max_norm 1. 300 steps.
    """
    require(landscape in LANDSCAPES, "landscape", landscape, f"one of {', '.join(LANDSCAPES)}")
    lr = OPENING[landscape]["lr"] if lr is None else lr
    require(0 <= lr <= 1, "lr", lr, "in [0, 1]")
    start = OPENING[landscape]["start"] if start is None else start
    max_norm = OPENING[landscape]["max_norm"] if max_norm is ... else max_norm
    low, high = START[landscape]
    require(low <= start <= high, "start", start, f"in [{low}, {high}] for the {landscape}")
    exponent = NO_LIMIT if max_norm is None else float(np.log10(max_norm)) if max_norm > 0 else -np.inf
    require(-2 <= exponent <= NO_LIMIT, "max_norm", max_norm, "None, or from 0.01 to 100")
    options = {"landscape": landscape, "lr": float(lr), "start": float(start), "max_norm": exponent}
    path, lengths = landscape_path(landscape, lr, start, np.inf if exponent == NO_LIMIT else max_norm)
    value, _, _ = LANDSCAPES[landscape]
    losses = value(path)
    names = {"saddle": ("a saddle", "鞍点"), "cliff": ("a cliff", "悬崖")}[landscape]
    clipped = (f"max_norm {max_norm}", f"max_norm 为 {max_norm}") if exponent < NO_LIMIT else ("no clipping", "不裁剪")
    first, last, longest = f"{losses[0]:.4f}", f"{losses[-1]:.4f}", f"{lengths.max():.2g}"
    alt = {
        "en": f"Three plots for gradient descent at {names[0]}, lr {lr}, {clipped[0]}: its path on the contours; the loss "
        f"over {STEPS} steps, from {first} to {last}; the length of the gradient before clipping, {longest} at most.",
        "zh": f"梯度下降在{names[1]}上的三幅图（lr {lr}，{clipped[1]}）：等高线上的轨迹；{STEPS} 步中的损失，从 {first} 到 {last}；"
        f"裁剪前的梯度长度，最大 {longest}。",
    }
    caption = {
        "en": "Ring: start; disc: end; red beside a clipped run: the same without clipping. Saddle: the start lies a "
        "little beside the line that leads into it. Cliff: Pascanu's network.",
        "zh": "圆环：起点；圆点：终点；裁剪时另有红色：同一次运行但不裁剪。鞍点：起点稍微偏离那条通向鞍点的直线。悬崖：Pascanu 的循环网络。",
    }
    free = landscape_path(landscape, lr, start, np.inf)[0] if exponent < NO_LIMIT else None
    picture = _picture(landscape, path, losses, lengths, free)
    tries = TRIES[landscape] if tries is None else tries
    others = _other_settings(landscape, lr, start)
    show_explorer("landscape", options, picture, alt=alt, caption=caption, tries=tries, others=others)


def _other_settings(landscape, lr, start):
    """The saddle from three other starts: the loss; the cliff with three other limits: the path."""
    value, _, (xlim, ylim) = LANDSCAPES[landscape]
    fig, axes = panels(3)
    if landscape == "saddle":
        for ax, exponent in zip(axes, (-4, -10, -12), strict=True):
            losses = value(landscape_path("saddle", lr, exponent, np.inf)[0])
            ax.plot(losses, color=colour("gd"))
            ax.set(
                xlabel=tr("step", "步"),
                ylim=(-0.3, 0.55),
                title=tr(f"start $10^{{{exponent}}}$: loss", f"起点 $10^{{{exponent}}}$：损失"),
            )
        return fig
    for ax, limit in zip(axes, (np.inf, 0.3, 0.03), strict=True):
        path = landscape_path("cliff", lr, start, limit)[0]
        off = tr("off", "不裁剪") if limit == np.inf else f"{limit:g}"
        last = tr(f"loss {value(path[-1]):.4f}", f"损失 {value(path[-1]):.4f}")
        contour_with_paths(value, {"_path": path}, xlim=xlim, ylim=ylim, ax=ax, title=f"max_norm {off}\n{last}", log=False, levels=14,
                           aspect="auto", xlabel="$w$", ylabel="$b$", color={"_path": "bad" if limit == np.inf else "good"})  # fmt: skip
    return fig


def _picture(landscape, path, losses, lengths, free=None):
    value, _, (xlim, ylim) = LANDSCAPES[landscape]
    fig, (plane, loss, norm) = panels(3)
    names = {"saddle": ("$a$", "$b$"), "cliff": ("$w$", "$b$")}[landscape]
    color = "good" if free is not None else "gd" if landscape == "saddle" else "bad"
    paths = {"_path": path} if free is None else {"_free": free, "_path": path}
    contour_with_paths(value, paths, xlim=xlim, ylim=ylim, ax=plane, title=tr("path", "轨迹"), log=False, levels=14, aspect="auto",
                       xlabel=names[0], ylabel=names[1], color={"_path": color, "_free": "bad"})  # fmt: skip
    shade = colour(color)
    loss.plot(losses, ".", markersize=2, color=shade)  # at a cliff neighbouring steps lie far apart: no line
    if free is not None:
        loss.plot(value(free), ".", markersize=2, color=colour("bad"), zorder=1)
    loss.set(xlabel=tr("step", "步"), title=tr("loss", "损失"))
    curves(
        {"_norm": np.maximum(lengths, 1e-17)},
        ax=norm,
        xlabel=tr("step", "步"),
        title=tr("gradient norm", "梯度范数"),
        logy=True,
        color={"_norm": color},
    )
    return fig
