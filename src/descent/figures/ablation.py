"""What each change of a configuration did to the accuracy: one row for a change, with an interval and a verdict."""

import numpy as np

from descent.figures import draw
from descent.figures.style import colour, pyplot, readable, tr

LINEAR = 2.0  # points: up to here the axis is linear, beyond it logarithmic, so that 0.4 and 70 fit on one
TICKS = (-80, -40, -20, -10, -5, -2, -1, 0, 1, 2, 5, 10, 20, 40, 80)
COLOUR = {"better": "good", "worse": "bad", "cannot tell": "soft"}


def draw_ablation(missions, *, headline="", below=""):
    """Draw {mission: {change: Difference}} of descent.capstone.ablation.ablate in points of 100; return the figure.

    Dots: seeds. Diamond and bar: mean and the interval that `ablate` prints. The axis is linear within 2 points of 0 and
    logarithmic outside; every row says its mean and its verdict. headline: "" counts the verdicts.
    """
    rows = [(mission, change, result) for mission, changes in missions.items() for change, result in changes.items()]
    gaps = len([1 for changes in missions.values() if changes])
    height = 1.35 + 0.42 * len(rows) + 0.34 * gaps
    fig, ax = pyplot().subplots(figsize=(draw.WIDTH, height))
    ends = [100 * end for *_, result in rows for end in (result.low, result.high, *result.values)]
    left, right = 1.4 * min([-LINEAR, *ends]), 1.4 * max([LINEAR, *ends])
    y, ticks, last_mission = 0.0, [], None
    for mission, change, result in rows:
        if mission != last_mission:
            ax.annotate(
                mission, (0, y), (-6, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                ha="right", va="center", size=10, weight="bold", annotation_clip=False,
            )  # fmt: skip
            y, last_mission = y + 0.8, mission
        shade = colour(COLOUR[result.verdict])
        ax.plot(100 * result.values, np.full(len(result.values), y - 0.24), "o", color=shade, alpha=0.65, ms=4, mew=0)
        ax.plot([100 * result.low, 100 * result.high], [y, y], "-|", color=shade, lw=3, ms=10, mew=2)
        ax.plot(100 * result.mean, y, "D", color=shade, ms=7)
        ax.annotate(
            f"{round(100 * result.mean, 1) + 0.0:+.1f} {verdict_text(result.verdict)}", (1, y), (6, 0), xycoords=("axes fraction", "data"),
            textcoords="offset points", va="center", size=9.5, color=readable(COLOUR[result.verdict]), annotation_clip=False,
        )  # fmt: skip
        ticks.append((y, change))
        y += 1
    ax.set_xscale("symlog", linthresh=LINEAR, linscale=1.0)
    visible = [tick for tick in TICKS if left <= tick <= right]
    ax.set_xticks(visible, labels=[f"{tick:+d}" if tick else "0" for tick in visible])
    ax.minorticks_off()
    ax.set(xlim=(left, right), ylim=(y - 0.2, -0.6))
    ax.set_yticks([at for at, _ in ticks], labels=[change for _, change in ticks])
    ax.set_xlabel(
        tr("change in accuracy (points of 100); logarithmic beyond 2", "准确率的变化（百分点）；超过 2 之后为对数刻度")
    )
    draw.rule(ax, x=0)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    draw.headline(fig, headline or summary([result for *_, result in rows]), below)
    return fig


def verdict_text(verdict: str) -> str:
    return {
        "better": tr("better", "更好"),
        "worse": tr("worse", "更差"),
        "cannot tell": tr("cannot tell", "看不出来"),
    }[verdict]


def summary(differences) -> str:
    """The headline: how many of the changes made it worse, made it better, or cannot be told from no change."""
    verdicts = [result.verdict for result in differences]
    worse, better, open_ = (verdicts.count(word) for word in ("worse", "better", "cannot tell"))
    return tr(
        f"Worse with {worse} of {len(verdicts)} changes, better with {better}; for {open_} we cannot tell",
        f"{len(verdicts)} 处改动：{worse} 处变差，{better} 处变好，{open_} 处看不出来",
    )
