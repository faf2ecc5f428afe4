"""The figures of the instructor's page: embedded in the page, readable without colour, each with alt text."""

import base64
import io
from statistics import median
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator, PercentFormatter

matplotlib.use("Agg")  # before pyplot asks for a window that a server does not have
from autograder.pages.class_report.numbers import OUTCOMES, Chapter  # noqa: E402
from autograder.pages.class_report.picture import Picture  # noqa: E402
from descent.figures.style import pyplot  # noqa: E402
from descent.plots import COLOURS  # noqa: E402

pyplot()  # sets the course's style
BLUE, ORANGE, SKY = COLOURS[0], COLOURS[1], COLOURS[5]
# colour, hatch, colour of the numbers: told apart by lightness and pattern as well
LOOKS = {
    "all points": (BLUE, "", "white"),
    "some points": (SKY, "//", "black"),
    "no points": (ORANGE, "", "black"),
    "not answered": ("white", "", "black"),
    "not tried": ("#bbbbbb", "\\\\", "black"),
    "waits": ("#f2f2f2", "..", "black"),
}
SECONDS = FuncFormatter(lambda x, _: f"{x:g}")
STYLE: dict[Any, Any] = {"svg.fonttype": "none", "font.size": 11, "hatch.linewidth": 0.6, "svg.hashsalt": "descent"}


def picture(fig: Figure, alt: str) -> Picture:
    out = io.BytesIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    fig.savefig(out, format="svg", metadata=nothing)
    width, height = (round(inches * 96) for inches in fig.get_size_inches())
    code = base64.b64encode(out.getvalue()).decode()
    return Picture(f"data:image/svg+xml;base64,{code}", width, height, alt)


def scores(chapter: Chapter) -> Picture:
    """Histogram of the scores of a chapter: submissions in each tenth of the points."""
    counts = np.histogram(chapter.scores, bins=np.arange(0, 101, 10))[0]
    middle = chapter.median
    with matplotlib.rc_context(STYLE):
        fig = Figure(figsize=(6.6, 2.7))
        ax = fig.subplots()
        bars = ax.bar(np.arange(5, 100, 10), counts, width=9.2, color=BLUE)
        ax.axvline(middle, color="black", linestyle=(0, (4, 2)), linewidth=1.4)
        for text in ax.bar_label(bars, [str(n) if n else "" for n in counts], padding=2):
            text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1} if text.get_text() else None)
        right = middle < 80
        ax.annotate(
            f"median {middle:.0f}%",
            (middle, 0.97),
            xycoords=("data", "axes fraction"),
            va="top",
            xytext=(5 if right else -5, 0),
            textcoords="offset points",
            ha="left" if right else "right",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )
        ax.set(
            xlim=(0, 100),
            ylim=(0, max(1, counts.max()) * 1.36),
            xlabel="score, in percent of the points",
            ylabel="submissions",
            xticks=range(0, 101, 10),
        )
        ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        ax.grid(axis="x", visible=False)
        counts_text = ", ".join(f"{10 * i} to {10 * i + 10} percent: {n}" for i, n in enumerate(counts) if n)
        return picture(fig, f"Histogram of {len(chapter.scores)} scores. {counts_text}. Median {middle:.0f} percent.")


def outcomes(chapter: Chapter) -> Picture | None:
    """For each exercise: the share of submissions with all points, some, none, no answer."""
    exercises = [exercise for exercise in chapter.exercises if exercise.outcomes.total()]
    if not exercises:
        return None
    with matplotlib.rc_context(STYLE):
        fig = Figure(figsize=(7.6, 1.05 + 0.36 * len(exercises)))
        ax = fig.subplots()
        used = [name for name in OUTCOMES if any(exercise.outcomes[name] for exercise in exercises)]
        bar_start = np.zeros(len(exercises))
        for name in used:
            color, hatch, ink = LOOKS[name]
            share = np.array([exercise.outcomes[name] / exercise.outcomes.total() for exercise in exercises])
            bars = ax.barh(
                range(len(exercises)),
                share,
                left=bar_start,
                height=0.74,
                color=color,
                hatch=hatch,
                edgecolor="#333333",
                linewidth=0.7,
                label=name,
            )
            texts = [
                str(exercise.outcomes[name]) if part >= 0.035 else ""
                for exercise, part in zip(exercises, share, strict=True)
            ]
            box = {"facecolor": color, "edgecolor": "none", "pad": 1.5} if hatch else None
            for text in ax.bar_label(bars, texts, label_type="center", color=ink, fontsize=10):
                if box and text.get_text():
                    text.set_bbox(box)
            bar_start += share
        ax.set(
            xlim=(0, 1), ylim=(len(exercises) - 0.4, -0.6), xlabel="share of submissions", yticks=range(len(exercises))
        )
        ax.set_yticklabels([shortened(exercise.name) for exercise in exercises])
        ax.xaxis.set_major_formatter(PercentFormatter(1))
        ax.grid(visible=False)
        ax.legend(
            loc="lower right",
            bbox_to_anchor=(1, 1),
            ncols=len(used),
            frameon=False,
            handlelength=1.3,
            columnspacing=1.1,
            handletextpad=0.45,
            borderaxespad=0.1,
        )
        counts_text = "; ".join(
            f"{exercise.name}: " + ", ".join(f"{n} {name}" for name in used if (n := exercise.outcomes[name]))
            for exercise in exercises
        )
        return picture(fig, f"Bars, one for each exercise. {counts_text}.")


def seconds(chapter: Chapter) -> Picture | None:
    """The time that the tests of each exercise took: median, quartiles, 5th to 95th percentile, longest."""
    exercises = [exercise for exercise in chapter.exercises if exercise.seconds]
    if not exercises:
        return None
    with matplotlib.rc_context(STYLE):
        fig = Figure(figsize=(7.6, 1.05 + 0.34 * len(exercises)))
        ax = fig.subplots()
        for row, exercise in enumerate(exercises):
            low, first, middle, third, high = np.maximum(np.percentile(exercise.seconds, [5, 25, 50, 75, 95]), 1e-3)
            ax.plot([low, high], [row, row], color="#777777", linestyle="-", linewidth=1.4, marker="")
            ax.plot([first, third], [row, row], color=SKY, linestyle="-", linewidth=7, marker="", solid_capstyle="butt")
            ax.plot([middle], [row], color=BLUE, linestyle="", marker="o", markersize=7)
            ax.plot([max(max(exercise.seconds), 1e-3)], [row], color=ORANGE, linestyle="", marker="X", markersize=7)
        ax.plot([], [], color=BLUE, linestyle="", marker="o", label="median")
        ax.plot([], [], color=SKY, linestyle="-", linewidth=7, marker="", label="middle half")
        ax.plot([], [], color="#777777", linestyle="-", linewidth=1.4, marker="", label="5% to 95%")
        ax.plot([], [], color=ORANGE, linestyle="", marker="X", label="longest")
        ax.set_xscale("log")
        ax.set(ylim=(len(exercises) - 0.5, -0.5), xlabel="seconds, on a logarithmic axis", yticks=range(len(exercises)))
        ax.set_yticklabels([shortened(exercise.name) for exercise in exercises])
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 3), numticks=12))
        ax.xaxis.set_major_formatter(SECONDS)
        ax.xaxis.set_minor_locator(NullLocator())
        ax.grid(axis="y", visible=False)
        ax.legend(
            loc="lower right",
            bbox_to_anchor=(1, 1),
            ncols=4,
            frameon=False,
            columnspacing=1.3,
            handletextpad=0.5,
            borderaxespad=0.1,
        )
        times = "; ".join(
            f"{exercise.name}: median {median(exercise.seconds):.2g} s, longest {max(exercise.seconds):.2g} s"
            for exercise in exercises
        )
        return picture(fig, f"Seconds that the tests of each exercise took. {times}.")


def shortened(name: str, most: int = 30) -> str:
    """An exercise's name where there is little room. (A $ would be mathematics to matplotlib.)"""
    name = name.replace("$", r"\$")
    return name if len(name) <= most else name[: most - 1] + "…"
