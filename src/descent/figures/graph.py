"""The graph of a computation: each number in a box, with its value and the derivative of the loss below it."""

from descent.figures import draw
from descent.figures.style import PAPER, SOFT, colour, mix, tr

WIDTH, HEIGHT, ROW = 0.74, 0.62, 0.86  # of a box, and from one row to the next, in units of a column


def columns(nodes):
    """{node: column}: a result stands right of all that it was computed from, an input just left of its first use."""
    column_of = {}
    for node in nodes:
        column_of[node] = 1 + max((column_of[parent] for parent in node.parents), default=-1)
    for node in nodes:
        users = [column_of[user] for user in nodes if node in user.parents]
        if not node.parents and users:
            column_of[node] = min(users) - 1
    first = min(column_of.values())
    return {node: column - first for node, column in column_of.items()}


def places(nodes):
    """{node: (x, y)}: results on the middle line, inputs below it; where no result is, around it."""
    by_column = {}
    for node, column in columns(nodes).items():
        by_column.setdefault(column, []).append(node)
    positions = {}
    for column, members in by_column.items():
        members.sort(key=lambda node: not node.parents)
        top = 0 if members[0].parents else (len(members) - 1) / 2
        for row, node in enumerate(members):
            positions[node] = column, (top - row) * ROW
    return positions


def draw_graph(loss, names):
    """Draw the graph that ends in the node `loss` and return the figure. names: {node: its name}.

    A node has data, grad, parents and slopes, as `Value` does.
    """
    nodes = loss.ordered()
    at = places(nodes)
    fig, ax = draw.figure(height=2.9)
    draw.plain(ax)
    for node in nodes:
        arrows = list(zip(node.parents, node.slopes, strict=True))
        for k, (parent, slope) in enumerate(arrows):
            arrow(ax, at[parent], at[node], slope, bend=0 if len(set(node.parents)) == len(arrows) else 0.5 - k)
    for node in nodes:
        box(ax, at[node], names.get(node, ""), node)
    xs, ys = zip(*at.values())
    ax.set(xlim=(-0.5, max(xs) + 0.5), ylim=(min(ys) - 0.5, max(ys) + 0.6))
    draw.headline(
        fig,
        tr("One pass from right to left, and every gradient is there", "从右往左走一遍，所有梯度就都有了"),
        tr(
            "In each box: the value and, below it, the derivative of the loss. On the arrows: local slopes.",
            "方框里上面是数值，下面是损失对它的导数；箭头上是局部斜率。",
        ),
    )
    return fig


def plain(number):
    """Four digits, with a real minus sign."""
    return f"{number:.4g}".replace("-", "−")


def box(ax, center, name, node):
    x, y = center
    box_around(ax, center, (WIDTH, HEIGHT), shade=0.10 if node.parents else 0.28)
    draw.words(ax, x, y + 0.12, f"{name} = {plain(node.data)}", halo=False, size=10)
    draw.words(ax, x, y - 0.15, plain(node.grad), color="red", halo=False, size=10.5, weight="bold")


def box_around(ax, center, size, *, shade):
    """A rounded box of this size (width, height) around a point; inputs are shaded more strongly than results."""
    from matplotlib.patches import FancyBboxPatch

    corner = center[0] - size[0] / 2, center[1] - size[1] / 2
    style = {"fc": mix(PAPER, "blue", shade), "ec": colour("ink"), "lw": 0.9, "zorder": 5}
    ax.add_patch(FancyBboxPatch(corner, *size, boxstyle="round,pad=0,rounding_size=0.1", **style))


def arrow(ax, start, end, slope, *, bend):
    (x0, y0), (x1, y1) = (start[0] + WIDTH / 2, start[1]), (end[0] - WIDTH / 2, end[1])
    arrow_between(ax, (x0, y0), (x1, y1), bend=bend)
    middle = (x0 + x1) / 2, (y0 + y1) / 2 + 0.1 * (1 if bend == 0 else 0) - 0.5 * bend
    draw.words(ax, *middle, plain(slope), color="soft", size=9, va="bottom" if bend <= 0 else "top")


def arrow_between(ax, start, end, *, bend=0):
    style = {"arrowstyle": "-|>,head_length=0.3,head_width=0.13", "lw": 1.0, "color": SOFT, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=style | {"connectionstyle": f"arc3,rad={bend}"}, zorder=3)
