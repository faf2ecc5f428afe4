"""Five methods start together, each with its own lr, and Adam lets us look at its two moments on the way.

    race_explorer(landscape="valley", angle=45)

The valley has the curvatures 1/50 and 1 and may be turned; Rosenbrock and the saddle are those of problems.py.
js/race.js computes the same runs in the browser.
"""

import numpy as np

from descent.explore import show_explorer
from descent.hyper import require
from descent.plots import COLOURS, contour_with_paths, curves, panels
from descent.problems import Problem, quadratic, rosenbrock, saddle
from descent.say import tr

STEPS, KAPPA, MOMENTUM, EPS = 150, 50, 0.9, 1e-8
METHODS = {"gd": "GD", "momentum": "momentum", "adagrad": "AdaGrad", "rmsprop": "RMSProp", "adam": "Adam"}
# Where the sliders start: log10 of the lr which, of all the slider's places whose run stays inside the picture,
# needs the fewest steps to a ten-thousandth of the height, or, if none gets there, ends lowest.
LRS = {
    "valley": {"gd": 0.25, "momentum": -0.75, "adagrad": 0.05, "rmsprop": -0.9, "adam": -1.4},
    "rosenbrock": {"gd": -2.25, "momentum": -2.5, "adagrad": 0.2, "rmsprop": -0.8, "adam": 0.15},
    "saddle": {"gd": -0.25, "momentum": -0.65, "adagrad": -0.2, "rmsprop": -1.2, "adam": -0.65},
}
BETA1, BETA2 = (0.0, 0.5, 0.9, 0.99), (0.5, 0.9, 0.99, 0.999)
VIEWS = {"valley": ((-1.5, 1.5), (-1.5, 1.5)), "rosenbrock": ((-2.0, 2.0), (-1.0, 3.0)),
         "saddle": ((-1.4, 1.4), (-1.4, 1.4))}  # fmt: skip


def landscape_problem(landscape: str, angle: float) -> tuple[Problem, np.ndarray]:
    """The function (the valley turned by `angle` degrees) and the point all methods start from."""
    if landscape == "rosenbrock":
        return rosenbrock, rosenbrock.start
    if landscape == "saddle":
        return saddle, np.array([1.0, 0.01])
    turn = np.radians(angle)
    c, s = np.cos(turn), np.sin(turn)
    return quadratic([1 / KAPPA, 1], angle=turn), np.array([[c, -s], [s, c]]) @ np.array([-1.3, 0.3])


def race_run(landscape: str, angle: float, method: str, exponent: float, beta1: float, beta2: float) -> np.ndarray:
    """A run of STEPS steps, one row for each point, the start included.

    A row: a, b, height above the minimum; gradient there (2 numbers); of Adam also what the step that leads
    to the next point is made of: m_hat (2) and sqrt(v_hat) (2). RMSProp takes beta2 as its alpha.
    """
    problem, x = landscape_problem(landscape, angle)
    lr, rows = 10.0**exponent, []
    m, v = np.zeros(2), np.zeros(2)
    with np.errstate(all="ignore"):
        for t in range(1, STEPS + 2):
            g = problem.gradient(x)
            row = [*x, problem.value(x) - problem.minimum, *g]
            if method == "gd":
                step = g
            elif method == "momentum":
                step = m = MOMENTUM * m + g
            elif method == "adagrad":
                v = v + g**2
                step = g / (np.sqrt(v) + EPS)
            elif method == "rmsprop":
                v = beta2 * v + (1 - beta2) * g**2
                step = g / (np.sqrt(v) + EPS)
            else:
                m = beta1 * m + (1 - beta1) * g
                v = beta2 * v + (1 - beta2) * g**2
                m_hat, root = m / (1 - beta1**t), np.sqrt(v / (1 - beta2**t))
                step = m_hat / (root + EPS)
                row = [*row, *m_hat, *root]
            rows.append(row)
            x = x - lr * step
    return np.array(rows)


TRIES = {
    "en": "turn the valley to 45 degrees. Who loses the lead, and who does not notice? Then choose Rosenbrock and "
    "move the step slider.",
    "zh": "把山谷转到 45 度。谁不再领先，谁不受影响？再选 Rosenbrock，拖动“步”滑块看看。",
}


def race_explorer(*, landscape="valley", angle=0, betas=(0.9, 0.99), lrs=None, step=40, tries=TRIES) -> None:
    """Choose landscape, angle of the valley, betas, every method's lr and the step to look at: paths, loss,
    Adam's moments and their quotient.

    angle: in degrees. lrs: {method: log10 of lr} for those of gd, momentum, adagrad, rmsprop, adam that shall
    not start from what is best on this landscape, the valley's at angle 0. Each landscape has its own.
    """
    require(landscape in VIEWS, "landscape", landscape, f"one of {', '.join(VIEWS)}")
    require(angle in range(0, 46, 5), "angle", angle, "0, 5, ... 45 degrees")
    require(len(betas) == 2 and betas[0] in BETA1 and betas[1] in BETA2, "betas", betas, f"from {BETA1} and {BETA2}")
    require(step in range(STEPS + 1), "step", step, f"a whole number from 0 to {STEPS}")
    lrs = LRS[landscape] | (lrs or {})
    require(set(lrs) == set(METHODS) and all(-3 <= exponent <= 0.5 for exponent in lrs.values()), "lrs", lrs,
            f"exponents in [-3, 0.5] for {', '.join(METHODS)}")  # fmt: skip
    options = {"landscape": landscape, "angle": int(angle), "beta1": float(betas[0]), "beta2": float(betas[1]),
               "lrs": lrs, "step": int(step), "best": LRS}  # fmt: skip
    runs = {name: race_run(landscape, angle, key, lrs[key], *betas) for key, name in METHODS.items()}
    order = sorted(runs, key=lambda name: np.nan_to_num(runs[name][step, 2], nan=np.inf))
    heights = ", ".join(f"{name} {runs[name][step, 2]:.1e}" for name in order)
    names = {"valley": (f"a valley turned by {angle} degrees", f"转了 {angle} 度的山谷"), "rosenbrock": ("Rosenbrock", "Rosenbrock 函数"),
             "saddle": ("a saddle", "鞍点")}[landscape]  # fmt: skip
    alt = {
        "en": f"Four plots of a race on {names[0]}: the paths of five methods on the contours; the loss over {STEPS} steps, "
        f"after step {step}: {heights}; the sizes of Adam's two moments for each coordinate, logarithmic; and their "
        "quotient, Adam's step in units of lr, which begins at plus or minus 1.",
        "zh": f"{names[1]}上一场赛跑的四幅图：等高线上五种方法的轨迹；{STEPS} 步中的损失，第 {step} 步时：{heights.replace('momentum', '动量法').replace(', ', '，')}；"
        "Adam 两个矩在每个坐标上的大小（对数坐标）；以及两者之比，即以 lr 为单位的 Adam 步长，从正负 1 开始。",
    }
    caption = {
        "en": "Ring: start; plus: minimum. Moments: line = size of m̂, dashes = √v̂; coordinate 1 blue, 2 gold.",
        "zh": "圆环：起点；加号：极小点。矩：实线为 m̂ 的大小，虚线为 √v̂；坐标 1 蓝色，坐标 2 金色。",
    }
    others = _other_angles(angle, lrs, betas, step) if landscape == "valley" else None
    picture = _picture(landscape, angle, runs, step)
    show_explorer("race", options, picture, alt=alt, caption=caption, tries=tries, others=others)


def _other_angles(angle, lrs, betas, step):
    """The same valley, learning rates and methods at three other angles; the titles rank the methods by height."""
    fig, axes = panels(3, sharey=True)
    for ax, other in zip(axes, [a for a in (0, 15, 30, 45) if a != angle][-3:], strict=True):
        problem, _ = landscape_problem("valley", other)
        runs = {name: race_run("valley", other, key, lrs[key], *betas) for key, name in METHODS.items()}
        lowest = min(runs, key=lambda name: np.nan_to_num(runs[name][step, 2], nan=np.inf))
        lowest = tr("momentum", "动量法") if lowest == "momentum" else lowest
        paths = {
            tr("momentum", "动量法") if name == "momentum" else name: run[: step + 1, :2] for name, run in runs.items()
        }
        xlim, ylim = VIEWS["valley"]
        contour_with_paths(problem.value, paths, xlim=xlim, ylim=ylim, ax=ax, minimum=problem.minima[0], aspect="auto",
                           title=tr(f"{other}°: {lowest} is lowest\nafter {step} steps", f"{other}°：{step} 步后\n{lowest} 最低"))  # fmt: skip
        ax.set(xlabel="", ylabel="")
        if legend := ax.get_legend():
            legend.remove()
    return fig


def _picture(landscape, angle, runs, step):
    problem, _ = landscape_problem(landscape, angle)
    fig, ((plane, loss), (moments, quotient)) = panels(2, 2)
    xlim, ylim = VIEWS[landscape]
    runs = {tr("momentum", "动量法") if name == "momentum" else name: run for name, run in runs.items()}
    paths = {name: run[: step + 1, :2] for name, run in runs.items()}
    contour_with_paths(problem.value, paths, xlim=xlim, ylim=ylim, ax=plane, title=tr("paths", "轨迹"), minimum=problem.minima[0],
                       aspect="auto")  # fmt: skip
    curves({name: np.maximum(run[:, 2], 1e-12) for name, run in runs.items()}, ax=loss, title=tr("loss above minimum", "损失与最小值之差"),
           logy=True, legend=False)  # fmt: skip
    loss.set_ylim(1e-8, 10)
    plane.legend(fontsize=8, handlelength=2.5, loc="lower right")
    adam = runs["Adam"]
    shades = COLOURS[0], COLOURS[4]  # blue and gold, as in js/race.js
    for i in range(2):
        size = np.maximum(np.abs(adam[:, 5 + i]), 1e-12)
        moments.plot(size, color=shades[i], linestyle="-", linewidth=1.2, label=rf"$|\hat m_{i + 1}|$")
        moments.plot(adam[:, 7 + i], color=shades[i], linestyle=(0, (4, 2)), label=rf"$\sqrt{{\hat v_{i + 1}}}$")
    moments.set(yscale="log", ylim=(1e-6, 1e2), xlabel=tr("step", "步"), title=tr("Adam's moments", "Adam 的两个矩"))
    moments.legend(ncols=2, fontsize=8)
    with np.errstate(all="ignore"):
        ratio = adam[:, 5:7] / (adam[:, 7:9] + EPS)
    curves(
        {tr("coordinate 1", "坐标 1"): ratio[:, 0], tr("coordinate 2", "坐标 2"): ratio[:, 1]},
        ax=quotient,
        title=tr("quotient", "商"),
        color=dict(zip((tr("coordinate 1", "坐标 1"), tr("coordinate 2", "坐标 2")), shades)),
    )
    quotient.set_ylim(-2, 2)
    for ax in (loss, moments, quotient):
        ax.axvline(step, color="black", linewidth=1, linestyle=":")
    return fig
