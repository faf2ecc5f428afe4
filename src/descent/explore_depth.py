"""An explorer of initialization: what thirty untrained layers leave of a batch.

    depth_explorer(init="xavier", activation="relu", gain=1.0, width=60)

Every layer is width x width, so fan-in and fan-out are equal. The random numbers come from a small generator that
js/depth.js implements, too: the browser computes the same layers with the same numbers as NumPy does here.
"""

import numpy as np

from descent.explore import show_explorer
from descent.hyper import require
from descent.plots import curves, panels
from descent.say import tr

DEPTH, ROWS, BINS, REACH, EPS = 30, 64, 41, 3.0, 1e-5
SEED = 6
LOWEST, HIGHEST = -16, 8  # powers of ten that the figure shows

# The standard deviation of a weight between layers of n units.
INITS = {"zero": lambda n: 0.0, "small": lambda n: 0.01, "standard": lambda n: (3 * n) ** -0.5,
         "xavier": lambda n: n**-0.5, "he": lambda n: (2 / n) ** 0.5}  # fmt: skip


def sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * z))


# Each activation, and its derivative written with input z and output h.
ACTIVATIONS = {
    "relu": (lambda z: np.maximum(z, 0), lambda z, h: (z > 0) * 1.0),
    "tanh": (np.tanh, lambda z, h: 1 - h * h),
    "sigmoid": (sigmoid, lambda z, h: h * (1 - h)),
    "linear": (lambda z: z, lambda z, h: np.ones_like(z)),
}


def uniforms(stream: int, num: int) -> np.ndarray:
    """Numbers in (0, 1): a counter, scrambled by the last step of MurmurHash3 (Appleby 2011).

    Every number depends on its place alone, so NumPy makes all at once; and 32-bit integers are the same everywhere.
    """
    h = np.arange(num, dtype=np.uint32) + np.uint32(stream * 0x9E3779B9 % 2**32)
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return ((h ^ (h >> np.uint32(16))) + 0.5) / 2**32


def normals(stream: int, num: int) -> np.ndarray:
    """Standard normal numbers from two uniform ones each (Box and Muller)."""
    u, v = uniforms(2 * stream, num), uniforms(2 * stream + 1, num)
    return np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * v)


def standardized(z):
    """Each column with mean 0 and variance 1, and one over the standard deviation it had."""
    inv_std = 1 / np.sqrt(z.var(axis=0) + EPS)
    return (z - z.mean(axis=0)) * inv_std, inv_std


def signals(init: str, activation: str, gain: float, width: int, norm: bool) -> tuple[list, list]:
    """Outputs of the layers 0 (the input) to DEPTH, and the gradient of a random loss at each: (ROWS, width) each.

    norm: batch normalization between weights and activation, with gamma 1 and beta 0.
    """
    forward, slope = ACTIVATIONS[activation]
    scale = gain * INITS[init](width)
    weights = [scale * normals(SEED + k, width * width).reshape(width, width) for k in range(1, DEPTH + 1)]
    outputs, seen = [normals(SEED, ROWS * width).reshape(ROWS, width)], []
    for W in weights:
        z, inv_std = outputs[-1] @ W, None
        if norm:
            z, inv_std = standardized(z)
        outputs.append(forward(z))
        seen.append((z, inv_std))
    grads = [normals(SEED + DEPTH + 1, ROWS * width).reshape(ROWS, width)]
    for k in range(DEPTH, 0, -1):
        z, inv_std = seen[k - 1]
        grad = grads[0] * slope(z, outputs[k])
        if norm:
            grad = inv_std * (grad - grad.mean(axis=0) - z * (grad * z).mean(axis=0))
        grads.insert(0, grad @ weights[k - 1].T)
    return outputs, grads


def sizes(arrays: list) -> np.ndarray:
    """The root of the mean square of each array."""
    return np.array([np.sqrt(np.mean(a * a)) for a in arrays])


def shares(values: np.ndarray) -> np.ndarray:
    """The share of the values in each of BINS bins from -REACH to REACH; what lies beyond counts at the ends."""
    place = np.floor((values.ravel() + REACH) / (2 * REACH) * BINS)
    return np.bincount(np.clip(place, 0, BINS - 1).astype(int), minlength=BINS) / values.size


TRIES = {
    "en": "switch to He, then raise the gain to 1.1: how large is the signal after 30 layers? Then switch "
    "batch norm on.",
    "zh": "换成 He，再把增益调到 1.1：30 层之后信号有多大？然后打开批量归一化。",
}


def depth_explorer(*, init="xavier", activation="relu", gain=1.0, width=60, norm=False, layer=10, tries=TRIES) -> None:
    """Choose initializer, activation, gain and width: the histogram of every layer, and both signals by depth.

    init: "zero", "small" (std 0.01), "standard" (variance 1/(3n)), "xavier" (1/n) or "he" (2/n), n the width;
    gain multiplies the weights. norm: batch normalization before every activation. layer: whose histogram is
    drawn large.
    """
    require(init in INITS, "init", init, f"one of {', '.join(INITS)}")
    require(activation in ACTIVATIONS, "activation", activation, f"one of {', '.join(ACTIVATIONS)}")
    require(0.5 <= gain <= 2, "gain", gain, "in [0.5, 2]")
    require(width in range(10, 101, 10), "width", width, "10, 20, ... or 100")
    require(norm in (True, False), "norm", norm, "True or False")
    require(layer in range(DEPTH + 1), "layer", layer, f"a whole number from 0 to {DEPTH}")
    options = {"init": init, "activation": activation, "gain": float(gain), "width": int(width), "norm": bool(norm),
               "layer": int(layer)}  # fmt: skip
    outputs, grads = signals(init, activation, gain, width, norm)
    forward, backward = sizes(outputs), sizes(grads)
    last, first = f"{forward[-1]:.2g}", f"{backward[0] / backward[-1]:.2g}"
    with_norm = (", batch normalization", "，带批量归一化") if norm else ("", "")
    alt = {
        "en": f"Three plots for {DEPTH} layers of {width} {activation} units, {init} initialization, gain {gain}"
        f"{with_norm[0]}: the histogram of every layer as a column of grey; the size of signal and gradient by "
        f"layer on a log axis (signal {last} at the end, gradient at the input {first} times that at the output); "
        f"the histogram of layer {layer}.",
        "zh": f"{DEPTH} 层、每层 {width} 个 {activation} 单元（{init} 初始化，gain {gain}{with_norm[1]}）的三幅图："
        f"每层激活值的直方图，画成一列灰度；信号与梯度的大小随层数的变化（对数坐标，末层信号 {last}，输入处的梯度是输出处的 "
        f"{first} 倍）；第 {layer} 层的直方图。",
    }
    caption = {
        "en": "64 random examples, weights not trained. Size: root mean square. Values beyond ±3 count at the edge.",
        "zh": "64 个随机样本，权重未经训练。大小指均方根。超出 ±3 的值计入边缘。",
    }
    picture = _picture(outputs, forward, backward, layer)
    others = _other_settings(init, activation, gain, width, norm)
    show_explorer("depth", options, picture, alt=alt, caption=caption, tries=tries, others=others)


def _other_settings(init, activation, gain, width, norm):
    """Size of signal and gradient for another initializer, for tanh with gain 2, and with the other state of the norm."""
    other = "xavier" if init == "he" else "he"
    norms = tr("no batch norm", "不用批量归一化") if norm else tr("batch norm", "批量归一化")
    settings = {
        {"he": "He", "xavier": "Xavier"}[other]: (other, activation, gain, width, norm),
        tr("tanh, gain 2", "tanh，gain 2"): (init, "tanh", 2.0, width, norm),
        norms: (init, activation, gain, width, not norm),
    }
    fig, axes = panels(3, sharey=True)
    for ax, (title, setting) in zip(axes, settings.items(), strict=True):
        _by_depth(ax, *map(sizes, signals(*setting)), title=title)
        ax.set_ylabel("")
        if ax is axes[0]:
            ax.legend(fontsize=8, loc="lower left")
        else:
            ax.get_legend().remove()
    return fig


def _by_depth(ax, forward, backward, *, title):
    signal, gradient = tr("signal", "信号"), tr("gradient", "梯度")
    lines = {signal: np.maximum(forward, 10.0**LOWEST), gradient: np.maximum(backward, 10.0**LOWEST)}
    curves(lines, ax=ax, xlabel=tr("layer", "层"), ylabel=tr("size", "大小"), title=title, logy=True,
           color={signal: "blue", gradient: "red"})  # fmt: skip
    ax.set_ylim(10.0**LOWEST, 10.0**HIGHEST)


def _picture(outputs, forward, backward, layer):
    fig, (all_layers, by_depth, one_layer) = panels(3)
    columns = np.array([shares(h) for h in outputs]).T
    all_layers.imshow(np.sqrt(columns / columns.max(axis=0)), cmap="Blues", origin="lower", aspect="auto",
                      extent=(-0.5, DEPTH + 0.5, -REACH, REACH))  # fmt: skip
    all_layers.set(xlabel=tr("layer", "层"), ylabel=tr("activation", "激活值"), title=tr("all layers", "所有层"))
    all_layers.grid(False)
    _by_depth(by_depth, forward, backward, title=tr("size by layer", "各层的大小"))
    one_layer.stairs(shares(outputs[layer]), np.linspace(-REACH, REACH, BINS + 1), lw=1.8, fill=True, alpha=0.6)
    one_layer.set(
        xlabel=tr("activation", "激活值"), ylabel=tr("share", "比例"), title=tr(f"layer {layer}", f"第 {layer} 层")
    )
    return fig
