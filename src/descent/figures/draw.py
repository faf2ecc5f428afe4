"""Words on the plot, named regions, labels at the ends of lines, landscapes with paths: what a figure is made of.

    fig, ax = draw.figure()
    (line,) = ax.plot(losses, color=colour("adam"))
    draw.end_labels(ax, {line: "Adam"})
    draw.wash(ax, x=(0, 20), color="bad", name="diverges")
    draw.headline(fig, "What happens, in one sentence", "What was computed.")
    show(fig, alt="...")                                    # of descent.plots; docs/figures.md has more

Every `color` is a role or a name of style.py ("adam", "bad", "blue"); words are drawn dark enough to be read.
"""

import numpy as np

from descent.figures import labels
from descent.figures.style import INK, PAPER, SOFT, WIDTH, colour, mix, outline, pyplot, readable

HEADLINE, BELOW = 12, 9.5  # points


def figure(columns=1, rows=1, *, height=None, **keywords):
    """Return (fig, axes), as wide as the page; height: inches, with the headline; keywords as for plt.subplots."""
    height = height or 0.5 + rows * (3.4 if columns == 1 else 3.0 if columns < 4 else 2.4)
    return pyplot().subplots(rows, columns, figsize=(WIDTH, height), **keywords)


def headline(fig, text, below=""):
    """Write above everything what happens, in one sentence; below it, grey and smaller, what was computed."""
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    fig = fig.get_figure(root=True)
    inches, y = fig.get_figheight(), 0.09
    for line, size, style in ((text, HEADLINE, {"weight": "bold"}), (below, BELOW, {"color": SOFT})):
        if line:
            artist = fig.text(
                0.1 / WIDTH, 1 - y / inches, line, size=size, va="top", ha="left", linespacing=1.25, **style
            )
            lines = labels.wrap(artist, 0.98 * fig.bbox.width)
            y += 0.03 + lines * size * 1.3 / 72
    if isinstance(fig.get_layout_engine(), ConstrainedLayoutEngine):
        fig.get_layout_engine().set(rect=(0, 0, 1, 1 - (y + 0.02) / inches))


def title(ax, text, *, color="ink", below=""):
    """Name one of several panels, in the colour of its thing; `below`: a grey line between name and plot."""
    ax.set_title(text, color=readable(color), weight="bold", pad=18 if below else 6)
    if below:
        ax.annotate(below, (0, 1), (0, 5), xycoords="axes fraction", textcoords="offset points", size=9, color=SOFT)


def quantity(ax, text):
    """Say what is on the vertical axis, above it and level: on its side it is hard to read, Chinese most of all."""
    if text:
        ax.annotate(text, (0, 1), (0, 5), xycoords="axes fraction", textcoords="offset points", color=SOFT, size=9.5)


def log_axes(ax, *, x=False, y=False):
    """Make an axis logarithmic; from 0.001 to 1000 it has plain numbers (0.1), beyond powers of ten."""
    from matplotlib.ticker import LogFormatterSciNotation

    class Plain(LogFormatterSciNotation):
        def __call__(self, value, pos=None):
            text = super().__call__(value, pos)
            return f"{value:g}" if text and 1e-3 <= abs(value) < 1e4 else text

    for axis, set_scale, is_log in ((ax.xaxis, ax.set_xscale, x), (ax.yaxis, ax.set_yscale, y)):
        if is_log:
            set_scale("log")
            axis.set_major_formatter(Plain())
            axis.set_minor_formatter(Plain(labelOnlyBase=False))


def words(ax, x, y, text, *, color="ink", size=9.5, halo=True, **keywords):
    """Write on the plot at (x, y), in the units of the data; halo=False on a shaded region."""
    keywords = {"ha": "center", "va": "center", "linespacing": 1.25, "zorder": 9} | keywords
    return ax.text(x, y, text, size=size, color=readable(color), path_effects=outline() if halo else None, **keywords)


def note(ax, text, at, to, *, color="ink", size=9.5, bend=0.2, **keywords):
    """Write at `to` and draw a thin bent arrow from there to the point `at`; both in the units of the data."""
    arrow = {
        "arrowstyle": "-|>,head_length=0.28,head_width=0.11",
        "lw": 0.9,
        "color": readable(color),
        "shrinkA": 1,
        "shrinkB": 3,
        "connectionstyle": f"arc3,rad={bend}",
        "relpos": keywords.pop("relpos", (0.5, 0.5)),
    }
    keywords = {"ha": "center", "va": "center", "linespacing": 1.25, "zorder": 9} | keywords
    return ax.annotate(
        text, at, to, size=size, color=readable(color), path_effects=outline(), arrowprops=arrow, **keywords
    )


def end_labels(ax, texts, *, size=9.5, gap=2):
    """Name lines where they end, instead of a legend. texts: {line: text}; gap: points between two names, at least.

    The places are found when the figure is shown, so limits and scales may be set afterwards.
    """
    for line, text in texts.items():
        labels.add(ax, line, text, size=size, gap=gap, color=readable(labels.colour_of(line)))


def wash(ax, *, x=None, y=None, between=None, color="bad", strength=0.13, name="", **keywords):
    """Shade a region and name it at its top: x=(from, to), y=(from, to) or between=(xs, low, high), in data units."""
    shade = {"color": colour(color), "alpha": strength, "lw": 0, "zorder": 0} | keywords
    if between is not None:
        region = ax.fill_between(*between, **shade)
    else:
        region = ax.axvspan(*x, **shade) if x is not None else ax.axhspan(*y, **shade)
    if name:
        labels.name_region(ax, region, name, color=readable(color), across=x, up=y)
    return region


def landscape(
    ax, f, xlim, ylim, *, levels=12, log=True, aspect="equal", tint=True, names=("$x_1$", "$x_2$"), points=201
):
    """Draw the heights of f as tints, the lower the lighter, with hairline contours.

    f takes points (..., 2) and returns (...), as in problems.py. levels: how many, at equal ratios above the least
    value (log) or at equal distances; or their heights. aspect: "equal" keeps gradients at right angles to contours.
    """
    from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap

    x, y, z = grid_values(f, xlim, ylim, points)
    if np.isscalar(levels):
        top = z.max() - z.min()
        levels = z.min() + (
            np.geomspace(top / 2.4**levels, top, levels + 1) if log else np.linspace(0, top, levels + 1)
        )
    if tint:
        tints = LinearSegmentedColormap.from_list("", [PAPER, mix(PAPER, "blue", 0.20)])
        ax.contourf(x, y, z, levels=levels, cmap=tints, norm=BoundaryNorm(levels, 256), extend="both", zorder=0)
    ax.contour(x, y, z, levels=levels, colors=[mix(PAPER, "blue", 0.38)], linewidths=0.6, linestyles="-", zorder=1)
    ax.set(xlim=xlim, ylim=ylim, aspect=aspect, xlabel=names[0], ylabel=names[1])
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)


def grid_values(f, xlim, ylim, points):
    """Coordinates and values of f on a grid. ValueError where f takes one point only."""
    grid = np.stack(np.meshgrid(np.linspace(*xlim, points), np.linspace(*ylim, points)), axis=-1)
    values = np.asarray(f(grid), dtype=float)
    if values.shape != grid.shape[:-1]:
        raise ValueError(
            f"f returned shape {values.shape} for points of shape {grid.shape}: must be {grid.shape[:-1]}; "
            "let f use x[..., 0] and x[..., 1]"
        )
    return grid[..., 0], grid[..., 1], values


def path(ax, points, color, *, lw=1.8, dots=3.0, start=True, end=True, alpha=1.0, zorder=4):
    """Draw a run (steps + 1, 2): a line with a dot per step (dots=0: none), a ring at its start, a disc at its end."""
    points, shade = np.asarray(points, dtype=float), colour(color)
    ax.plot(*points.T, color=PAPER, lw=lw + 1.8, alpha=0.75 * alpha, zorder=zorder)
    (line,) = ax.plot(*points.T, color=shade, lw=lw, alpha=alpha, zorder=zorder)
    if dots:
        ax.plot(*points.T, "o", ms=dots, color=shade, alpha=alpha, zorder=zorder, mew=0)
    if start:
        ax.plot(*points[0], "o", ms=8, mfc=PAPER, mec=INK, mew=1.5, zorder=zorder + 3)
    if end:
        ax.plot(*points[-1], "o", ms=7.5, mfc=shade, mec=PAPER, mew=1.4, zorder=zorder + 2)
    return line


def minimum(ax, x, y, text="", **keywords):
    """Mark a minimum with a plus; keywords as for `words`."""
    ax.plot(x, y, "+", ms=9, mew=1.6, color=INK, zorder=8)
    if text:
        words(ax, x, y, text, **keywords)


def rule(ax, *, x=None, y=None, color="soft", dash=(2, 2)):
    """A thin dashed line across the plot, at x or at y: a goal, a limit, a moment."""
    style = {"color": colour(color), "lw": 0.9, "ls": (0, dash), "zorder": 1}
    return ax.axvline(x, **style) if x is not None else ax.axhline(y, **style)


def plain(ax):
    """Take away frame and ticks, for a panel where only shapes matter."""
    ax.set(xticks=[], yticks=[], xlabel="", ylabel="")
    ax.spines[:].set_visible(False)
