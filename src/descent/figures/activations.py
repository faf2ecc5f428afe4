"""What every layer puts out before the first step: a column of histograms for each way to draw the first weights."""

import numpy as np

from descent.figures import draw
from descent.figures.style import FAINT, PAPER, SOFT, mix, readable, tr


def verdict(layers) -> str:
    """What has become of tanh activations at the last layer: "dies" (std below 0.001), "fades" (below 0.1),
    "saturates" (a third of them beyond 0.95, where the slope is below a tenth of its maximum) or "lives"."""
    last = np.asarray(layers[-1])
    if last.std() < 0.1:
        return "dies" if last.std() < 1e-3 else "fades"
    return "saturates" if np.mean(np.abs(last) > 0.95) > 1 / 3 else "lives"


def draw_activations(columns, *, below):
    """Draw a column of histograms for each entry of `columns` = {how the weights were drawn: tanh outputs by layer}.

    Every histogram is scaled to one height (the grey line says so, after `below`: what went through which layers); the
    numbers beside them are standard deviations. The name over a column is what `verdict` finds.
    """
    names = {
        "dies": tr("dies out", "消失"),
        "fades": tr("fades", "减弱"),
        "lives": tr("stays alive", "保持"),
        "saturates": tr("saturates", "饱和"),
    }
    shades = {"dies": "plum", "fades": "blue", "lives": "teal", "saturates": "red"}
    depth = len(next(iter(columns.values())))
    fig, axes = draw.figure(columns=len(columns), height=4.7, sharey=True)
    edges = np.linspace(-1, 1, 62)
    for ax, (name, layers) in zip(axes, columns.items()):
        kind = verdict(layers)
        for k, outputs in enumerate(layers):
            share = np.histogram(outputs, edges)[0]
            base = -(k + 1)
            ax.stairs(
                base + 0.82 * share / share.max(),
                edges,
                baseline=base,
                fill=True,
                lw=0,
                zorder=k,
                color=mix(PAPER, shades[kind], 0.45 + 0.5 * (k + 1) / depth),
            )
            ax.plot([-1, 1], [base, base], color=FAINT, lw=0.5, zorder=k)
            if k in (0, depth // 2 - 1, depth - 1):
                ax.text(
                    1.09, base + 0.02, short(np.std(outputs)), size=9, ha="left", va="bottom", color=SOFT, zorder=30
                )
        ax.set(xlim=(-1.05, 1.6), ylim=(-depth - 0.1, 0.25), xticks=[-1, 0, 1])
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)
        draw.title(ax, names[kind], color=shades[kind], below=name)
        ax.title.set_size(11)
        ax.set_xlabel(tr("activation", "激活值"), x=0.4)
    axes[0].set_yticks([-1 - k for k in range(depth)], labels=[str(k + 1) for k in range(depth)])
    axes[0].annotate(
        tr("layer", "层"),
        (0, 1),
        (-4, 0),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        color=readable("soft"),
        size=9,
    )
    kinds = {verdict(layers) for layers in columns.values()}
    draw.headline(
        fig,
        tr(
            f"{depth} tanh layers before the first step: the scale of the weights decides what arrives",
            f"第一步之前的 {depth} 层 tanh：权重的尺度决定信号能传多远",
        )
        if len(kinds) > 1
        else tr(f"{depth} tanh layers before the first step", f"第一步之前的 {depth} 层 tanh"),
        tr(
            f"{below} Each histogram scaled to one height; numbers: standard deviation.",
            f"{below}各直方图画成同样高；数字：标准差。",
        ),
    )
    return fig


def short(std: float) -> str:
    if std >= 0.0995:
        return f"{std:.2f}"
    if std >= 1e-4:
        return f"{std:.1g}"
    power = int(np.floor(np.log10(std))) if std > 0 else 0
    return rf"${std / 10.0**power:.0f}\cdot 10^{{{power}}}$" if std > 0 else "0"
