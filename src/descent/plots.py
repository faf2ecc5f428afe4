"""We look at a run before we believe its last number: one style of figure for the whole course.

    ax = curves({"GD": gd_losses, "momentum": runs}, xlabel="step", ylabel="loss", logy=True)
    show(ax.figure, alt={"en": "...", "zh": "..."}, caption={"en": "...", "zh": "..."})

Importing this module sets the style: white ground, colours that colour-blind readers tell apart, and line
styles and markers that read without colour. Text inside a figure is symbols, mathematics and short English.
"""

import base64
import io
from html import escape

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.patheffects import withStroke
from PIL import Image

from descent.intervals import mean_interval
from descent.say import both_languages, show_html

# Okabe and Ito's palette, darkest first, each with a dash pattern and a marker of its own.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000", "#56b4e9", "#e69f00")
DASHES = (
    "-",
    (0, (6, 2)),
    (0, (1.5, 1.2)),
    (0, (6, 2, 1.5, 2)),
    (0, (3, 1)),
    (0, (1.5, 2.5)),
    (0, (8, 2, 1, 1, 1, 2)),
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DPI = 144  # one and a half pixels for each pixel of the page: sharp on most screens, small in the notebook

plt.rcParams.update(
    {
        "figure.figsize": (5.6, 3.8),
        "figure.constrained_layout.use": True,
        "figure.facecolor": "white",
        "axes.facecolor": "white",
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.prop_cycle": cycler(color=COLOURS) + cycler(linestyle=DASHES),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 11,
        "axes.labelsize": 10.5,
        "grid.color": "#dddddd",
        "font.size": 10,
        "legend.framealpha": 0.85,
        "legend.edgecolor": "none",
        "legend.fancybox": False,
        "lines.linewidth": 1.8,
        "lines.markersize": 5.5,
        "image.cmap": "cividis",
    }
)


def look(i: int) -> dict:
    """Colour, dash pattern and marker of the i-th thing in a figure, as keywords for `ax.plot`."""
    n = len(COLOURS)
    return {"color": COLOURS[i % n], "linestyle": DASHES[i % n], "marker": MARKERS[i % n]}


def panels(columns: int, rows: int = 1, **subplots_keywords):
    """Return (fig, axes) for several plots side by side, as wide as a notebook's page."""
    subplots_keywords.setdefault(
        "figsize", (8.0 if columns > 1 else 5.6, (3.0 if columns > 2 else 3.5) * rows)
    )
    return plt.subplots(rows, columns, **subplots_keywords)


def curves(
    series, *, x=None, ax=None, xlabel="step", ylabel="", title="", logx=False, logy=False, legend=True
):
    """Draw one line per entry of `series` = {label: values} and return the axes.

    values: shape (n,), or shape (seeds, n): the median of the seeds with a band from their least to their
    greatest value; or a pair (x, values) for a line with its own x. `x` defaults to 0, 1, 2, ...
    """
    ax = ax or plt.subplots()[1]
    for i, (label, values) in enumerate(series.items()):
        own_x, values = values if isinstance(values, tuple) else (x, values)
        values = np.asarray(values, dtype=float)
        steps = np.arange(values.shape[-1]) if own_x is None else np.asarray(own_x)
        every = max(1, len(steps) // 8)
        line = values if values.ndim == 1 else np.median(values, axis=0)
        # markers start at different places, so that lines on top of each other still show that they are two
        ax.plot(steps, line, label=label, markevery=(i % every if every > 1 else 0, every), **look(i))
        if values.ndim == 2:
            ax.fill_between(
                steps, values.min(axis=0), values.max(axis=0), alpha=0.18, color=look(i)["color"], lw=0
            )
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    ax.set_xscale("log" if logx else "linear")
    ax.set_yscale("log" if logy else "linear")
    if legend and ax.get_legend_handles_labels()[0]:
        ax.legend(handlelength=3.4)
    return ax


def contour_with_paths(
    f,
    paths=None,
    *,
    xlim,
    ylim,
    ax=None,
    minimum=None,
    levels=12,
    log=True,
    aspect="equal",
    xlabel="$x_1$",
    ylabel="$x_2$",
    title="",
):
    """Draw the contours of a function of two variables and the paths that runs took; return the axes.

    f takes points of shape (..., 2) and returns values of shape (...), as the functions in problems.py do.
    paths: {label: array of shape (steps + 1, 2)}; every path starts with a ring, has a marker per step and
    ends with a big marker. minimum: a point marked by a cross. log: levels at equal ratios above the least
    value. aspect: "equal" shows the gradient at right angles to the contours, "auto" fills the room there is.
    """
    ax = ax or plt.subplots()[1]
    grid = np.stack(np.meshgrid(np.linspace(*xlim, 161), np.linspace(*ylim, 161)), axis=-1)
    values = np.asarray(f(grid), dtype=float)
    if values.shape != grid.shape[:-1]:
        raise ValueError(
            f"f returned shape {values.shape} for points of shape {grid.shape}: must be {grid.shape[:-1]}; "
            "let f use x[..., 0] and x[..., 1]"
        )
    if log and not isinstance(levels, (list, tuple, np.ndarray)):
        height = values - values.min()
        levels = values.min() + np.geomspace(height.max() / 3.0**levels, height.max(), levels + 1)[:-1]
    ax.contour(
        *np.moveaxis(grid, -1, 0), values, levels=levels, colors="#9a9a9a", linewidths=0.9, linestyles="-"
    )
    for i, (label, path) in enumerate((paths or {}).items()):
        path = np.asarray(path, dtype=float)
        style = look(i)
        ax.plot(*path.T, label=label, markersize=3, linewidth=1.3, **style)
        ax.plot(*path[0], marker="o", markersize=9, markerfacecolor="none", color=style["color"])
        ax.plot(*path[-1], marker=style["marker"], markersize=8, color=style["color"])
    if minimum is not None:
        ax.plot(*minimum, marker="x", markersize=9, markeredgewidth=2, color="black", zorder=5)
    ax.set(xlim=xlim, ylim=ylim, xlabel=xlabel, ylabel=ylabel, title=title, aspect=aspect)
    ax.grid(False)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(handlelength=3.4)
    return ax


def heat_map(values, x, y, *, levels=12, ax=None, xlabel="", ylabel="", label="", title="", limit=None):
    """Draw values[i, j], measured at (x[j], y[i]), as bands of colour with labelled edges; return the axes.

    levels: how many bands, or their edges, in rising order; beyond the last edge there is one more band.
    limit: the value whose contour is drawn as a thick line (1 for a spectral radius: stability ends there).
    """
    ax = ax or plt.subplots()[1]
    below, above = (
        (False, False) if np.isscalar(levels) else (np.min(values) < levels[0], np.max(values) > levels[-1])
    )
    extend = {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}[bool(below), bool(above)]
    bands = ax.contourf(x, y, values, levels=levels, extend=extend)
    edges = ax.contour(x, y, values, levels=bands.levels, colors="white", linewidths=0.7)
    for text in ax.clabel(edges, fontsize=8, colors="black", fmt="%.3g"):
        text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
    ax.figure.colorbar(bands, ax=ax, label=label)
    if (
        limit is not None
    ):  # a hair above it: where the values rest exactly at the limit there is no line to draw
        ax.contour(x, y, values, levels=[limit + 1e-9 * max(1, abs(limit))], colors="white", linewidths=4.5)
        ax.contour(x, y, values, levels=[limit + 1e-9 * max(1, abs(limit))], colors="black", linewidths=2)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    ax.grid(False)
    return ax


def paired(differences, *, ax=None, xlabel="", title=""):
    """Draw paired differences = {label: one per seed} as dots, mean and its 95 % interval; return the axes.

    An interval that holds 0 is a difference inside the noise.
    """
    ax = ax or plt.subplots(figsize=(5.6, 1.2 + 0.55 * len(differences)))[1]
    for i, values in enumerate(differences.values()):
        mean, low, high = mean_interval(values)
        colour = COLOURS[i % len(COLOURS)]
        ax.plot(values, np.full(len(values), i - 0.22), "o", color=colour, alpha=0.6, markersize=4)
        ax.plot([low, high], [i, i], "-|", color=colour, linewidth=3, markersize=11, markeredgewidth=2)
        ax.plot(mean, i, "D", color=colour, markersize=7)
    ax.axvline(0, color="black", linewidth=1.2, linestyle="--")
    ax.set(yticks=range(len(differences)), yticklabels=list(differences), ylim=(len(differences) - 0.5, -0.6))
    ax.set(xlabel=xlabel, title=title)
    return ax


def histograms(samples, *, bins=40, ax=None, xlabel="", ylabel="share", title=""):
    """Draw the histogram of each entry of `samples` = {label: values} as an outline; return the axes."""
    ax = ax or plt.subplots()[1]
    edges = np.histogram_bin_edges(np.concatenate([np.ravel(values) for values in samples.values()]), bins)
    for i, (label, values) in enumerate(samples.items()):
        counts, _ = np.histogram(values, edges)
        style = look(i)
        ax.stairs(
            counts / np.size(values), edges, label=label, color=style["color"], ls=style["linestyle"], lw=1.8
        )
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    ax.legend(handlelength=3.4)
    return ax


def show(fig, *, alt: dict[str, str] | str | None = None, caption: dict[str, str] | str | None = None) -> None:
    """Display `fig` with its alt text (and caption) in the notebook's language, and close it.

    alt says what is to be seen for someone who cannot see it: ValueError if it is missing in either language.
    """
    html = figure_html(fig, alt=alt, caption=caption)
    show_html(html, text=alt)


def figure_html(
    fig, *, alt: dict[str, str] | str | None, caption: dict[str, str] | str | None = None
) -> dict[str, str]:
    """Return {"en": html, "zh": html}: <figure> with the picture, its alt text and caption; close `fig`."""
    alt = both_languages(alt, "alt")
    captions = both_languages(caption, "caption") if caption else {"en": "", "zh": ""}
    picture, width = png(fig)
    plt.close(fig)
    data = base64.b64encode(picture).decode()
    return {
        lang: f'<figure style="margin: 0.6em 0"><img alt="{escape(alt[lang])}" width="{width}" '
        f'style="max-width: 100%; height: auto; background: #fff" src="data:image/png;base64,{data}">'
        + (f"<figcaption>{escape(captions[lang])}</figcaption>" if captions[lang] else "")
        + "</figure>"
        for lang in captions
    }


def png(fig) -> tuple[bytes, int]:
    """Return the figure as PNG bytes, the same for the same figure (no date, no version), and its width.

    128 colours are plenty for lines and maps, and a third of the size.
    """
    raw = io.BytesIO()
    fig.savefig(raw, format="png", dpi=DPI)
    raw.seek(0)
    image = Image.open(raw).convert("RGB").quantize(128, dither=Image.Dither.NONE)
    small = io.BytesIO()
    image.save(small, format="png", optimize=True)
    return small.getvalue(), round(image.width * 96 / DPI)
