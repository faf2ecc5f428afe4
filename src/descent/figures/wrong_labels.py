"""Training with some wrong labels: what the network predicts for rightly and wrongly labelled examples, by epoch."""

import numpy as np

from descent.figures import draw
from descent.figures.style import colour, tr


def draw_wrong_labels(right, truth, given, test, *, below):
    """Draw four shares of answers by epoch, each (seeds, epochs + 1); return the figure.

    right: of the rightly labelled examples, how many get their label; truth and given: of the wrongly labelled ones,
    how many get the true label and how many the wrong one they were given; test: accuracy on new examples. below: data,
    network, seeds, for the grey line. Lines are medians; the regions meet where the wrong label overtakes the truth.
    """
    groups = {
        "right": np.asarray(right),
        "truth": np.asarray(truth),
        "given": np.asarray(given),
        "test": np.asarray(test),
    }
    middle = {name: np.median(values, axis=0) for name, values in groups.items()}
    last = len(middle["right"]) - 1
    peak = int(np.argmax(middle["truth"]))
    later = np.flatnonzero(middle["given"] > middle["truth"])
    later = later[later > peak]
    fig, ax = draw.figure(height=4.4)
    looks = {"right": ("teal", "-"), "truth": ("blue", "-"), "given": ("red", "-"), "test": ("ink", (0, (4, 2)))}
    lines = {}
    for name, (shade, dash) in looks.items():
        ax.fill_between(
            range(last + 1), groups[name].min(axis=0), groups[name].max(axis=0), color=colour(shade), alpha=0.14, lw=0
        )
        (lines[name],) = ax.plot(
            middle[name], color=colour(shade), ls=dash, lw=2.2 if name in ("truth", "given") else 1.6
        )
    ax.set(xlim=(0, last), ylim=(0, 1.13), xlabel=tr("epoch", "轮"))
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1], labels=["0", "25", "50", "75", "100 %"])
    draw.end_labels(
        ax,
        {
            lines["right"]: tr("rightly labelled:\nlabel repeated", "标签正确的样本：\n答的是标签"),
            lines["given"]: tr("wrongly labelled:\nlabel repeated", "标签错误的样本：\n答的是错标签"),
            lines["test"]: tr("new digits", "新的数字"),
            lines["truth"]: tr("wrongly labelled:\ntrue digit answered", "标签错误的样本：\n答的是真标签"),
        },
    )
    peak_truth, memorized = 100 * middle["truth"][peak], 100 * middle["given"][-1]
    draw.note(
        ax,
        tr(
            f"epoch {peak}: {peak_truth:.0f} % of the\nwrongly labelled get\nthe true label",
            f"第 {peak} 轮：\n标签错误的样本有 {peak_truth:.0f}%\n被答成真标签",
        ),
        (peak, middle["truth"][peak]),
        (0.145 * last, 0.42),
        color="blue",
        bend=0.12,
    )
    if len(later):
        draw.wash(ax, x=(0, later[0]), color="good", strength=0.10, name=tr("learns what is shared", "学到共性"))
        draw.wash(ax, x=(later[0], last), color="bad", strength=0.07, name=tr("memorizes", "死记"))
    draw.headline(
        fig,
        tr(
            f"At first the network overrules {peak_truth:.0f} % of the wrong labels, in the end it repeats {memorized:.0f} %",
            f"错误的标签：起初识破 {peak_truth:.0f}%，最后死记 {memorized:.0f}%",
        ),
        tr(
            f"{below} Lines: median of {len(groups['right'])} seeds; bands: their range.",
            f"{below}线：{len(groups['right'])} 个种子的中位数；带：范围。",
        ),
    )
    return fig
