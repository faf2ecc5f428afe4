"""Explorers: figures with sliders that react while you move them.

    momentum_explorer(kappa=20)

An explorer opens in an interesting state and suggests what to try; `tries=""` leaves that to the chapter's text.

It is one JavaScript module (js/<name>.js, with js/base.js for shared code) inside the output itself, so it needs no
server, no widget and no network. Until the script has run, or where scripts may not run, a static picture is shown. To
add one: write js/<name>.js with mount(root, options, base) and pure functions that a test compares with NumPy, and call
show_explorer.
"""

import base64
import json
from html import escape
from importlib.resources import files

import numpy as np

from descent.figures.picture import figure_html, image_html, in_languages
from descent.hyper import require
from descent.plots import INK, contour_with_paths, curves, heat_map, panels
from descent.say import LANGUAGES, show_html, tr

METHODS = {"gd": "gradient descent", "heavy_ball": "momentum", "nesterov": "Nesterov"}
ZH = {"gd": "梯度下降", "heavy_ball": "动量法", "nesterov": "Nesterov 方法"}
TRIES = {
    "en": "move momentum alone: where are the steps to a millionth fewest? Then move lr: how large may it be without "
    "momentum, and with it?",
    "zh": "只动 momentum：它取多少时，降到百万分之一的步数最少？再动 lr：没有动量时最大能取多少，有动量时呢？",
}

# Start every figure of this kind on the page that still shows its picture; remove the picture last. A figure without its
# note, the last element, is still being parsed by the browser, and its own script will start it.
_SCRIPT = """<script>(async () => {
const load = (text) => import("data:text/javascript;charset=utf-8;base64," + text);
const [base, figure] = await Promise.all([%s].map(load));
for (const root of document.querySelectorAll('[data-descent="%s"]:not([data-ready])')) {
const note = root.querySelector("p[data-static]");
if (!note) continue;
root.setAttribute("data-ready", "");
const place = document.createElement("div"), picture = root.querySelector("img");
figure.mount(place, JSON.parse(root.dataset.options), base);
picture.replaceWith(place);
note.remove();
}
})();</script>"""


_STATIC = {
    "en": "This is a picture of an interactive figure: run the cell in a notebook to get its sliders.",
    "zh": "这是交互图的静态图片：在笔记本中运行该单元格即可使用滑块。",
}
_OTHERS = {"en": " Three other settings:", "zh": "另外三种设置："}
_TRY = {"en": "Try: ", "zh": "试一试："}


def show_explorer(
    module: str, options: dict, picture, *, alt: dict[str, str], caption: dict[str, str], tries, others=None
) -> None:
    """Display js/<module>.js, started with `options` (plain data; "lang" is added), in place of `picture`.

    picture: a matplotlib figure of the start, with its alt text, for pages where scripts do not run.
    others: a figure of three other settings for such pages, whose titles say what they show; it goes with the note.
    tries: what the reader shall try, above the figure: a text, or one for each language; "" for nothing.
    """
    static = figure_html(picture, alt=alt, caption=caption)
    script = _SCRIPT % (", ".join(f'"{_source(name)}"' for name in ("base", module)), module)
    more = dict.fromkeys(LANGUAGES, "")
    if others is not None:
        titles = "; ".join(ax.get_title("left").replace("$", "").replace("\n", " ") for ax in others.axes)
        image = image_html(others, alt=titles)
        more = {lang: f"{_OTHERS[lang]}<br>{image[lang]}" for lang in LANGUAGES}
    html = {}
    for lang in LANGUAGES:
        data = escape(json.dumps({**options, "lang": lang}))
        wish = f"<p><b>{_TRY[lang]}</b>{escape(in_languages(tries, 'tries')[lang])}</p>" if tries else ""
        html[lang] = (
            f'{wish}<div data-descent="{module}" data-options="{data}">{static[lang]}'
            f"<p data-static>{_STATIC[lang]}{more[lang]}</p></div>{script}"
        )
    show_html(html, text=alt)


def _source(name: str) -> str:
    """A module's text without indentation and comment lines, in base64."""
    lines = (files("descent") / "js" / f"{name}.js").read_text(encoding="utf-8").splitlines()
    lines = [line.strip() for line in lines]
    text = "\n".join(line for line in lines if line and not line.startswith("//"))
    return base64.b64encode(text.encode("utf-8")).decode()


def momentum_explorer(*, method="heavy_ball", lr=1.0, momentum=0.8, kappa=20, tries=TRIES) -> None:
    """Sliders for lr, momentum and condition number: a path, its distance and the map of spectral radii.

    The quadratic has the curvatures 1/kappa and 1 and runs start from (1, 1). method: "gd", "heavy_ball" or
    "nesterov", with the velocity of momentum_step (lr outside).
    """
    require(method in METHODS, "method", method, f"one of {', '.join(METHODS)}")
    require(0 <= lr <= 4, "lr", lr, "in [0, 4]")
    require(0 <= momentum <= 0.99, "momentum", momentum, "in [0, 0.99]")
    require(1 <= kappa <= 1000 and kappa == int(kappa), "kappa", kappa, "a whole number from 1 to 1000")
    options = {"method": method, "lr": float(lr), "momentum": float(momentum), "kappa": int(kappa)}
    radius = max(spectral_radius_of(method, lr / kappa, momentum), spectral_radius_of(method, lr, momentum))
    name = METHODS[method]
    alt = {
        "en": f"Three plots for {name} with lr {lr}, momentum {momentum} and condition number {kappa}: its "
        "path on the contours of a quadratic; its distance from the minimum, beside the spectral radius "
        f"{radius:.3f} to the power of the step; the spectral radius over lr times curvature and "
        "momentum, with the flat and the steep direction marked and a line where divergence begins.",
        "zh": f"{ZH[method]}（lr {lr}，momentum {momentum}，条件数 {kappa}）的三幅图：它在二次函数等高线上的轨迹；"
        f"它到极小点的距离，并与谱半径 {radius:.3f} 的步数次幂对照；谱半径随 lr 乘曲率与 momentum 的变化，"
        "标出平坦方向与陡峭方向，以及发散开始的边界线。",
    }
    caption = {
        "en": "Curvatures 1/κ and 1, start (1, 1). Dashed: spectral radius to the power of t. "
        "○ flat, □ steep direction.",
        "zh": "曲率为 1/κ 和 1，起点 (1, 1)。虚线：谱半径的 t 次幂。○ 平坦方向，□ 陡峭方向。",
    }
    others = None if method == "gd" else _other_momenta(method, lr, kappa)
    show_explorer(
        "momentum", options, _momentum_picture(**options), alt=alt, caption=caption, tries=tries, others=others
    )


def spectral_radius_of(method, a, momentum):
    """Largest absolute root of z^2 - trace z + det, which carries one direction on; a = lr * curvature."""
    trace, det = _trace_det(method, a, momentum)
    inside = trace**2 - 4 * det
    return np.where(inside < 0, np.sqrt(np.maximum(det, 0)), (np.abs(trace) + np.sqrt(np.maximum(inside, 0))) / 2)[()]


def _trace_det(method, a, momentum):
    if method == "gd":
        return 1 - a, 0 * a
    if method == "nesterov":
        return (1 + momentum) * (1 - a), momentum * (1 - a)
    return 1 + momentum - a, momentum + 0 * a


_ROLES = {"gd": "gd", "heavy_ball": "momentum", "nesterov": "nesterov"}


def _quadratic_path(method, lr, momentum, kappa, steps):
    a = lr * np.array([1 / kappa, 1])
    trace, det = _trace_det(method, a, momentum)
    path = [np.ones(2), 1 - a]  # the first step has no velocity yet
    for _ in range(steps - 1):
        path.append(trace * path[-1] - det * path[-2])
    return np.array(path)


def _steps_to_a_millionth(method, lr, momentum, kappa, most=5000):
    """Steps until the distance is a millionth of the start's; None if that takes more than `most`."""
    with np.errstate(over="ignore", invalid="ignore"):
        near = np.linalg.norm(_quadratic_path(method, lr, momentum, kappa, most), axis=1) <= 1e-6 * np.sqrt(2)
    return int(np.argmax(near)) if near.any() else None


def _other_momenta(method, lr, kappa):
    """No momentum, the one of the slider that needs the fewest steps at this lr, and much."""
    radii = [
        max(spectral_radius_of(method, lr / kappa, m), spectral_radius_of(method, lr, m)) for m in np.arange(100) / 100
    ]
    near = np.argsort(radii)[:8] / 100  # the fewest steps are close to the smallest radius
    best = min(near.tolist(), key=lambda m: _steps_to_a_millionth(method, lr, m, kappa) or np.inf)
    fig, axes = panels(3)
    for ax, momentum in zip(axes, (0.0, best, 0.97), strict=True):
        steps = _steps_to_a_millionth(method, lr, momentum, kappa)
        count = tr("never there", "永远到不了") if steps is None else tr(f"{steps} steps", f"{steps} 步")
        contour_with_paths(
            lambda x: x[..., 0] ** 2 / kappa + x[..., 1] ** 2,
            {"_path": _quadratic_path(method, lr, momentum, kappa, 150)},
            color={"_path": _ROLES[method]},
            xlim=(-1.4, 1.4),
            ylim=(-1.4, 1.4),
            minimum=(0, 0),
            ax=ax,
            title=tr(f"momentum {momentum:g}: {count}", f"动量 {momentum:g}：{count}"),
        )
    return fig


def _momentum_picture(method, lr, momentum, kappa, steps=150):
    a = lr * np.array([1 / kappa, 1])
    path = _quadratic_path(method, lr, momentum, kappa, steps)
    radius = spectral_radius_of(method, a, momentum).max()

    fig, (plane, curve, phase) = panels(3)
    contour_with_paths(
        lambda x: x[..., 0] ** 2 / kappa + x[..., 1] ** 2,
        {"_path": path},
        color={"_path": _ROLES[method]},
        xlim=(-1.4, 1.4),
        ylim=(-1.4, 1.4),
        minimum=(0, 0),
        ax=plane,
        title=tr("path", "轨迹"),
    )
    distance = np.linalg.norm(path, axis=1) / np.sqrt(2)
    curves(
        {"|x| / |x0|": distance, tr("radius^t", "谱半径^t"): radius ** np.arange(steps + 1)},
        color={"|x| / |x0|": _ROLES[method], tr("radius^t", "谱半径^t"): "soft"},
        xlabel="t",
        logy=True,
        ax=curve,
        title=tr("distance", "距离"),
    )
    curve.set_ylim(1e-8, 1e2)

    across, up = np.linspace(0.001, 4, 241), np.linspace(0, 1, 121)
    radii = spectral_radius_of("nesterov" if method == "nesterov" else "heavy_ball", *np.meshgrid(across, up))
    heat_map(
        np.minimum(radii, 1.2),
        across,
        up,
        levels=[0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2],
        limit=1,
        xlabel=r"lr $\cdot$ $\lambda$",
        ylabel=tr("momentum", "动量"),
        ax=phase,
        title=tr("spectral radius", "谱半径"),
    )
    at = 0 if method == "gd" else momentum
    for spot, shape in ((a[0], "o"), (a[1], "s")):
        phase.plot(spot, at, shape, markersize=9, mfc="white", mec=INK, mew=2, clip_on=False, zorder=9)
    return fig
