"""Where words go is decided when the figure is shown: names of lines and of regions, and the lines of a headline.

By then limits, scales and the room that the layout leaves are known, so chapters may set them in any order.
"""

import re
from weakref import WeakKeyDictionary

import numpy as np

from descent.figures.style import outline

_ENDS, _REGIONS = WeakKeyDictionary(), WeakKeyDictionary()  # by axes: [(line, text, gap)], [(text, across, up)]
# A line may end after each of these: mathematics, one Chinese character, a word; each with the signs that belong to it.
PIECE = re.compile(
    r"[（《“]*(?:\$[^$]*\$|[\u3400-\u9fff]|[^\s\u3400-\u9fff$，。；：！？（）、《》“”]+)[，。；：！？）、》”]*\s*|."
)


def colour_of(line) -> str:
    from matplotlib.colors import to_hex

    return to_hex(line.get_color())


def add(ax, line, text, *, size, gap, color):
    """Write a name beside the last point of a line; `settle` moves it to where the line ends in view."""
    end = float(line.get_xdata()[-1]), float(line.get_ydata()[-1])
    name = ax.annotate(
        text,
        end,
        (5, 0),
        textcoords="offset points",
        va="center",
        size=size,
        color=color,
        linespacing=1.15,
        path_effects=outline(),
        annotation_clip=False,
        zorder=8,
    )
    _ENDS.setdefault(ax, []).append((line, name, gap))


def name_region(ax, region, text, *, color, across, up):
    """Write the name of a shaded region; where exactly, `settle` decides."""
    name = ax.text(
        0.5, 0.97, text, transform=ax.transAxes, ha="center", va="top", size=9.5, weight="bold", color=color, zorder=9
    )
    _REGIONS.setdefault(ax, []).append((region, name, across, up))


def settle(fig):
    """Put every name of the figure in its place."""
    axes = [ax for ax in fig.axes if ax in _ENDS or ax in _REGIONS]
    for ax in axes:
        for region in _REGIONS.get(ax, []):
            _settle_region(ax, *region)
        for line, name, _ in _ENDS.get(ax, []):
            name.xy = visible_end(ax, line)
            name.set_position((5, 0))
    if any(ax in _ENDS for ax in axes):
        fig.draw_without_rendering()  # lays the figure out, with room for the names
        for ax in axes:
            _spread(ax, fig.dpi)


def fractions(ax, points) -> np.ndarray:
    """Where points in data units (n, 2) lie in the axes: (0, 0) is the lower left corner, (1, 1) the upper right."""
    ax.get_xlim(), ax.get_ylim()  # lets an automatic scale catch up
    with np.errstate(all="ignore"):
        return (ax.transScale + ax.transLimits).transform(np.asarray(points, dtype=float))


def visible_end(ax, line) -> tuple[float, float]:
    """Where a line ends on the right, or leaves the axes for good: (x, y) in data units; its end if never inside."""
    points = np.column_stack([np.asarray(line.get_xdata(), dtype=float), np.asarray(line.get_ydata(), dtype=float)])
    if points[0, 0] > points[-1, 0]:
        points = points[::-1]
    positions = fractions(ax, points)
    inside = np.flatnonzero(np.all(np.abs(positions - 0.5) <= 0.5 + 1e-6, axis=1))
    if len(inside) == 0:
        return tuple(points[-1])
    last_inside = inside[-1]
    if last_inside + 1 == len(points) or not np.isfinite(positions[last_inside + 1]).all():
        return tuple(points[last_inside])
    direction = (
        positions[last_inside + 1] - positions[last_inside]
    )  # how much of it lies inside: up to the nearest of the four sides
    with np.errstate(all="ignore"):
        room = np.where(
            direction > 0,
            (1 - positions[last_inside]) / direction,
            np.where(direction < 0, -positions[last_inside] / direction, np.inf),
        )
    leaves = positions[last_inside] + np.clip(room.min(), 0, 1) * direction
    return tuple((ax.transScale + ax.transLimits).inverted().transform(leaves))


def _settle_region(ax, region, name, across, up):
    if across is None and up is None:  # a shape: its middle
        box = region.get_datalim(ax.transData)
        across, up = (box.x0, box.x1), (box.y0, box.y1)
    x = (
        np.clip(fractions(ax, [(bound, ax.get_ylim()[0]) for bound in across])[:, 0], 0, 1)
        if across
        else np.array([0.0, 1.0])
    )
    y = np.clip(fractions(ax, [(ax.get_xlim()[0], bound) for bound in up])[:, 1], 0, 1) if up else np.array([0.0, 1.0])
    name.set_position((x.mean(), y.max() - 0.03))


def _spread(ax, dpi):
    """Push names apart that would overlap, a little at a time."""
    names = sorted(_ENDS.get(ax, []), key=lambda entry: entry[1].get_window_extent().y0)
    boxes = [name.get_window_extent() for _, name, _ in names]
    middles = np.array([(box.y0 + box.y1) / 2 for box in boxes])
    start = middles.copy()
    order = np.argsort(middles, kind="stable")
    for _ in range(500):
        for i, j in zip(order, order[1:]):
            if boxes[i].x1 < boxes[j].x0 or boxes[j].x1 < boxes[i].x0:
                continue
            gap = (names[i][2] + names[j][2]) / 2 * dpi / 72
            overlap = (boxes[i].height + boxes[j].height) / 2 + gap - (middles[j] - middles[i])
            if overlap > 0.01:
                middles[i] -= overlap / 2
                middles[j] += overlap / 2
    for (_, name, _), shift in zip(names, middles - start):
        name.set_position((5, shift * 72 / dpi))


def wrap(written, width) -> int:
    """Break a text artist into lines no longer than `width` (pixels); return how many lines there are."""
    lines = []
    for paragraph in written.get_text().split("\n"):
        pieces, line = PIECE.findall(paragraph), ""
        for piece in pieces:
            written.set_text((line + piece).rstrip())
            if line and written.get_window_extent().width > width:
                lines.append(line.rstrip())
                line = ""
            line += piece
        lines.append(line.rstrip())
    written.set_text("\n".join(lines))
    return len(lines)
