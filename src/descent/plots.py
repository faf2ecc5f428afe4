"""We look at a run before we believe its last number: the common kinds of figure, in the course's style.

    ax = curves({"GD": gd_losses, "momentum": runs}, xlabel="step", ylabel="loss", logy=True)
    show(ax, alt="...", caption="...")

A method has one colour in the whole course (figures/style.py), lines have their names at their ends, and words go onto
the plot with figures/draw.py; docs/figures.md shows how. Matplotlib is imported with the first figure.
"""

import numpy as np

from descent.figures import draw
from descent.figures.picture import figure_html, png, show  # noqa: F401  what a notebook imports from here
from descent.figures.style import INK, PALETTE, SERIES, SOFT, WIDTH, colours, outline, pyplot
from descent.intervals import mean_interval
from descent.say import tr

COLOURS = tuple(PALETTE[name] for name in SERIES)
DASHES = ("-", (0, (6, 2)), (0, (1.5, 1.2)), (0, (6, 2, 1.5, 2)), (0, (3, 1)), (0, (1.5, 2.5)), (0, (8, 2, 1, 1, 1, 2)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def look(i: int) -> dict:
    """Colour, dash pattern and marker of the i-th thing, as keywords for `ax.plot`: for lines that a legend names."""
    n = len(COLOURS)
    return {"color": COLOURS[i % n], "linestyle": DASHES[i % n], "marker": MARKERS[i % n]}


def panels(columns: int, rows: int = 1, **subplots_keywords):
    """Return (fig, axes) for several plots side by side, as wide as a notebook's page."""
    height = 3.4 if columns == 1 else 3.1 if columns == 2 else 2.6
    subplots_keywords.setdefault("figsize", (WIDTH, height * rows))
    return pyplot().subplots(rows, columns, **subplots_keywords)


def curves(
    series, *, x=None, ax=None, xlabel=None, ylabel="", title="", logx=False, logy=False, legend=True, color=None
):
    """Draw one line per entry of `series` = {label: values} and return the axes.

    values: shape (n,), or shape (seeds, n): the median of the seeds with a band from their least to their greatest
    value; or a pair (x, values) for a line with its own x. `x` defaults to 0, 1, 2, ...
    Labels stand at the lines' ends; within given axes (`ax`) a legend has them, with dashes and markers, unless
    legend="ends". legend=False, or a label that begins with "_": no name. color: {label: role or name of a colour}.
    xlabel: "step" in the notebook's language unless given.
    """
    ends = legend == "ends" or (legend and ax is None)
    ax = ax or pyplot().subplots()[1]
    shades = dict(zip(series, colours([label for label in series])))
    shades |= {label: draw.colour(role) for label, role in (color or {}).items()}
    lines = {}
    for i, (label, values) in enumerate(series.items()):
        own_x, values = values if isinstance(values, tuple) else (x, values)
        values = np.asarray(values, dtype=float)
        steps = np.arange(values.shape[-1]) if own_x is None else np.asarray(own_x)
        middle = values if values.ndim == 1 else np.median(values, axis=0)
        style = {"color": shades[label]}
        if not ends and len(series) > 1:  # a legend: dashes and markers tell lines apart without colour
            marker_step = max(1, len(steps) // 8)
            style = look(i) | style | {"markevery": (i % marker_step if marker_step > 1 else 0, marker_step)}
        (line,) = ax.plot(steps, middle, label=label, **style)
        if not label.startswith("_"):
            lines[line] = label
        if values.ndim == 2:
            ax.fill_between(steps, values.min(axis=0), values.max(axis=0), alpha=0.15, color=shades[label], lw=0)
    ax.set(xlabel=tr("step", "步") if xlabel is None else xlabel, title=title)
    draw.log_axes(ax, x=logx, y=logy)
    if title:
        ax.set_ylabel(ylabel)
    else:
        draw.quantity(ax, ylabel)
    if ends:
        ax.margins(x=0)  # lines end at the edge, beside their names
        draw.end_labels(ax, lines)
    elif legend and lines:
        ax.legend(handlelength=3.4)
    return ax


def contour_with_paths(f, paths=None, *, xlim, ylim, ax=None, minimum=None, levels=12, log=True, aspect="equal",
                       xlabel="$x_1$", ylabel="$x_2$", title="", color=None):  # fmt: skip
    """Draw the landscape of a function of two variables and the paths that runs took; return the axes.

    f takes points of shape (..., 2) and returns values of shape (...), as the functions in problems.py do.
    paths: {label: array (steps + 1, 2)}; a ring at each start, a dot per step, a disc at the end; labels that begin
    with "_" are not written. minimum: a point marked by a plus. log: levels at equal ratios above the least value.
    aspect: "equal" shows the gradient at right angles to the contours, "auto" fills the room there is.
    """
    ax = ax or pyplot().subplots()[1]
    draw.landscape(ax, f, xlim, ylim, levels=levels, log=log, aspect=aspect, names=(xlabel, ylabel))
    paths = paths or {}
    shades = dict(zip(paths, colours(list(paths)))) | {
        label: draw.colour(role) for label, role in (color or {}).items()
    }
    for label, points in paths.items():
        line = draw.path(ax, points, shades[label], lw=1.4, dots=2.6 if len(points) <= 200 else 0)
        if not label.startswith("_"):
            line.set_label(label)
    if minimum is not None:
        draw.minimum(ax, *minimum)
    ax.set_title(title)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(handlelength=2)
    return ax


def heat_map(values, x, y, *, levels=12, ax=None, xlabel="", ylabel="", label="", title="", limit=None):
    """Draw values[i, j], measured at (x[j], y[i]), as bands of colour with labelled edges; return the axes.

    levels: how many bands, or their edges, in rising order; beyond the last edge there is one more band.
    limit: the value whose contour is drawn as a thick line (1 for a spectral radius: stability ends there).
    """
    ax = ax or pyplot().subplots()[1]
    below, above = (False, False) if np.isscalar(levels) else (np.min(values) < levels[0], np.max(values) > levels[-1])
    extend = {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}[bool(below), bool(above)]
    bands = ax.contourf(x, y, values, levels=levels, extend=extend)
    edges = ax.contour(x, y, values, levels=bands.levels, colors="white", linewidths=0.7)
    for text in ax.clabel(edges, fontsize=9, colors=INK, fmt="%.3g"):
        text.set_path_effects(outline(2.5))
    ax.figure.colorbar(bands, ax=ax, label=label)
    if limit is not None:  # a hair above it: where the values rest exactly at the limit there is no line to draw
        for shade, width in (("white", 4.5), (INK, 2)):
            ax.contour(x, y, values, levels=[limit + 1e-9 * max(1, abs(limit))], colors=shade, linewidths=width)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    return ax


def paired(differences, *, ax=None, xlabel="", title="", color=None):
    """Draw paired differences = {label: one per seed} as dots, mean and its 95 % interval; return the axes.

    An interval that holds 0 is a difference inside the noise.
    """
    ax = ax or pyplot().subplots(figsize=(WIDTH, 0.9 + 0.5 * len(differences)))[1]
    shades = dict(zip(differences, colours(list(differences))))
    shades |= {label: draw.colour(one) for label, one in (color or {}).items()}
    for i, (label, values) in enumerate(differences.items()):
        mean, low, high = mean_interval(values)
        ax.plot(values, np.full(len(values), i - 0.22), "o", color=shades[label], alpha=0.6, markersize=4, mew=0)
        ax.plot([low, high], [i, i], "-|", color=shades[label], linewidth=3, markersize=11, markeredgewidth=2)
        ax.plot(mean, i, "D", color=shades[label], markersize=7)
    ax.axvline(0, color=SOFT, linewidth=1.1, linestyle="--", zorder=1)
    ax.set(yticks=range(len(differences)), yticklabels=list(differences), ylim=(len(differences) - 0.5, -0.6))
    ax.set(xlabel=xlabel, title=title)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0, labelcolor=INK)
    return ax


def histograms(samples, *, bins=40, ax=None, xlabel="", ylabel="share", title="", color=None):
    """Draw the histogram of each entry of `samples` = {label: values} as a shaded outline; return the axes."""
    ax = ax or pyplot().subplots()[1]
    edges = np.histogram_bin_edges(np.concatenate([np.ravel(values) for values in samples.values()]), bins)
    shades = dict(zip(samples, colours(list(samples)))) | {
        label: draw.colour(one) for label, one in (color or {}).items()
    }
    for i, (label, values) in enumerate(samples.items()):
        shares = np.histogram(values, edges)[0] / np.size(values)
        ax.stairs(shares, edges, color=shades[label], fill=True, alpha=0.12)
        ax.stairs(shares, edges, label=label, color=shades[label], ls=DASHES[i % len(DASHES)], lw=1.8)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    ax.legend(handlelength=3.4)
    return ax
