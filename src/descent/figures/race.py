"""Several methods from one start: small maps of their paths, and below the race to a goal that they must stay below."""

import numpy as np

from descent.figures import draw
from descent.figures.style import PAPER, SOFT, WIDTH, colour, pyplot, tr

NAMES = {
    "gd": "GD",
    "momentum": "momentum",
    "nesterov": "Nesterov",
    "adagrad": "AdaGrad",
    "rmsprop": "RMSProp",
    "adam": "Adam",
}


def stays_below(heights) -> np.ndarray:
    """At every step the greatest height from there on: a run that only touches a goal has not reached it."""
    return np.maximum.accumulate(np.nan_to_num(heights, nan=np.inf)[::-1])[::-1]


def draw_race(paths, *, value, lrs, below, goal=1e-4, shown=40, limits=((-1.75, 0.75), (-1.05, 0.72)), minimum=(0, 0)):
    """Draw a race; return the figure. The headline says who needs how many steps to stay below the goal.

    paths: {"gd": points (steps + 1, 2), ...} for methods that have a colour, all from one start; lrs: {"gd": lr, ...}.
    value: height above the minimum of points (..., 2). goal: a share of the start's height. below: what was raced,
    and how the learning rates were chosen, for the grey line. shown: steps on the maps.
    """
    names = {key: tr("momentum", "动量法") if key == "momentum" else NAMES[key] for key in paths}
    heights = {key: stays_below(value(points) / value(points[0])) for key, points in paths.items()}
    needs = {key: int(np.argmax(line < goal)) for key, line in heights.items() if line[-1] < goal}
    fig = pyplot().figure(figsize=(WIDTH, 4.7))
    maps = fig.add_gridspec(2, len(paths), height_ratios=(1, 2.3))
    for i, (key, points) in enumerate(paths.items()):
        ax = fig.add_subplot(maps[0, i])
        draw.landscape(ax, value, *limits, levels=7, aspect="auto", points=121)
        draw.path(ax, points[: shown + 1], key, lw=1.3, dots=2.4)
        draw.minimum(ax, *minimum)
        draw.plain(ax)
        draw.title(ax, names[key], color=key)
        ax.text(0.98, 0.05, f"lr {lrs[key]:.2g}", transform=ax.transAxes, ha="right", size=9, color=SOFT)
    race = fig.add_subplot(maps[1, :])
    last = min(max(needs.values(), default=150) + 30, len(next(iter(heights.values()))) - 1)
    lines = {}
    for key, line in heights.items():
        (drawn,) = race.plot(np.maximum(line, 1e-300), color=colour(key))
        lines[drawn] = names[key]
        if key in needs:
            race.plot(needs[key], goal, "o", ms=6, color=colour(key), mec=PAPER, mew=1.2, zorder=6)
    draw.log_axes(race, y=True)
    race.set(ylim=(goal / 2000, 3), xlim=(0, last), xlabel=tr("step", "步"))
    draw.rule(race, y=goal)
    draw.words(race, 0.01 * last, goal * 0.45, tr("goal", "目标"), ha="left", color="soft")
    draw.quantity(
        race,
        tr("the height that the run stays below, as a share of the start's", "此后不再超过的高度（占起点高度的比例）"),
    )
    draw.end_labels(race, lines)
    draw.headline(fig, ranking(needs, names, len(paths)), below)
    return fig


def ranking(needs, names, entered) -> str:
    """Who arrived first and last, with the numbers; and how many did not."""
    order = sorted(needs, key=needs.get)
    if len(order) < 2:
        return tr("A race to the same goal", "向同一目标的赛跑")
    first, second, last = order[0], order[1], order[-1]
    missing = entered - len(order)
    if missing:
        text = tr(
            f"{names[first]} arrives after {needs[first]} steps; {missing} of {entered} methods do not arrive",
            f"{names[first]} {needs[first]} 步到达；{entered} 种方法中有 {missing} 种没有到达",
        )
        return text[0].upper() + text[1:]
    tops = (
        tr(
            f"{names[first]} and {names[second]} need {needs[first]} and {needs[second]} steps",
            f"{names[first]} {needs[first]} 步，{names[second]} {needs[second]} 步",
        )
        if needs[second] <= 1.05 * needs[first]
        else tr(f"{names[first]} needs {needs[first]} steps", f"{names[first]} {needs[first]} 步")
    )
    text = tr(f"{tops}, {names[last]} {needs[last]}", f"{tops}，{names[last]} {needs[last]} 步")
    return text[0].upper() + text[1:]
