"""The colours, font and size that all figures of the course share; Matplotlib is imported with the first figure.

colour("adam")      -> "#d6481c": one colour per method, from the first chapter to the last, js/base.js included
plt = pyplot()      matplotlib.pyplot in this style
"""

import re
from functools import cache
from pathlib import Path

import numpy as np

from descent.say import say

WIDTH, DPI = 7.0, 200  # inches, dots per inch: 1400 pixels for a column of 700 on the page
PAPER, INK, SOFT, FAINT = "#ffffff", "#1b2129", "#5a6470", "#c3c9d1"
# Their lightness differs (L* 28, 41, 51, 59, 73), so most pairs are told apart in grey; words tell the rest.
PALETTE = {"blue": "#1f62ad", "red": "#d6481c", "teal": "#12a08a", "plum": "#5b2a86", "gold": "#e2a917",
           "sky": "#86b6e6", "ink": INK, "soft": SOFT, "faint": FAINT, "paper": PAPER}  # fmt: skip
ROLES = {"gd": "blue", "batch": "blue", "minibatch": "teal", "sgd": "red", "momentum": "teal", "nesterov": "plum",
         "adagrad": "gold", "rmsprop": "plum", "adam": "red", "adamw": "gold", "amsgrad": "plum", "newton": "ink",
         "train": "blue", "validation": "red", "test": "red", "good": "teal", "bad": "red"}  # fmt: skip
SERIES = ("blue", "red", "teal", "plum", "gold", "sky", "ink")  # for things without a role, in this order
# How labels name what has a colour of its own, at their beginning; "batch" only alone: there is "batch norm", too.
SPELLINGS = {"gradient descent": "gd", "heavy ball": "momentum", "training": "train", "梯度下降": "gd", "动量": "momentum",
             "训练": "train", "验证": "validation", "测试": "test"}  # fmt: skip
SPELLINGS |= {name: name for name in ROLES if name not in ("good", "bad")}
ALONE = {"batch": "batch", "full batch": "batch", "mini-batch": "minibatch", "批量": "batch", "小批量": "minibatch"}


def colour(name: str) -> str:
    """The colour "#rrggbb" of a role ("adam", "train", "bad") or a name ("blue", "ink"); "#rrggbb" stays as it is."""
    if name.startswith("#"):
        return name
    key = ROLES.get(name, name)
    if key not in PALETTE:
        raise ValueError(f"colour = {name!r}: must be one of {', '.join([*ROLES, *PALETTE])}, or #rrggbb")
    return PALETTE[key]


def role(label: str) -> str | None:
    """The role that a label names with its first words ("Adam, lr 0.1" -> "adam"); None if it names none."""
    start = re.split(r"[,:;(，：；（]", label.lower())[0].strip()
    if start in ALONE:
        return ALONE[start]
    matching = [
        spelling
        for spelling in SPELLINGS
        if f"{start} ".startswith(f"{spelling} " if spelling.isascii() else spelling) and spelling != "batch"
    ]
    return SPELLINGS[max(matching, key=len)] if matching else None


def colours(labels) -> list[str]:
    """A colour for every label of one figure, all different: that of its role, or the next one that is free.

    Of several labels with one role ("Adam", "Adam, uncorrected") the bare name has its colour; of "momentum 0.5" and
    "momentum 0.9" neither, since the figure is not about momentum against something else.
    """
    roles = [role(label) for label in labels]
    bare = [
        label_role is not None and SPELLINGS.get(label.lower()) == label_role
        for label, label_role in zip(labels, roles, strict=True)
    ]
    fixed = [colour(label_role) if label_role and (is_bare or roles.count(label_role) == 1) else None
           for label_role, is_bare in zip(roles, bare, strict=True)]  # fmt: skip
    fixed = [shade if shade not in fixed[:i] else None for i, shade in enumerate(fixed)]
    free = [PALETTE[name] for name in SERIES if PALETTE[name] not in fixed]
    return [shade or free[fixed[:i].count(None) % len(free)] for i, shade in enumerate(fixed)]


def tr(en: str, zh: str) -> str:
    """The text in the notebook's language."""
    return say({"en": en, "zh": zh})


def rgb(hexed: str) -> np.ndarray:
    return np.array([int(hexed[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def mix(a: str, b: str, share: float) -> str:
    """The colour on the way from a to b: a at share 0, b at share 1."""
    channels = rgb(colour(a)) * (1 - share) + rgb(colour(b)) * share
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in channels)


def contrast(a: str, b: str) -> float:
    """The contrast ratio of two colours as WCAG 2 defines it, from 1 to 21."""
    channels = np.array([rgb(a), rgb(b)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    low, high = sorted(linear @ [0.2126, 0.7152, 0.0722])
    return float((high + 0.05) / (low + 0.05))


def readable(name: str, ground: str = PAPER) -> str:
    """The colour, moved towards ink until words in it have a contrast of 4.5 on the ground."""
    steps = (mix(name, INK, share) for share in np.linspace(0, 1, 41))
    return next(shade for shade in steps if contrast(shade, ground) >= 4.5)


def outline(width=2.4):
    """Path effects that keep words readable over lines."""
    from matplotlib.patheffects import Normal, withStroke

    return [withStroke(linewidth=width, foreground=PAPER), Normal()]


@cache
def pyplot():
    """matplotlib.pyplot, in the course's style and with the course's font: the first call imports it."""
    import matplotlib.pyplot as plt
    from cycler import cycler
    from matplotlib.font_manager import fontManager

    for file in sorted(Path(__file__).with_name("fonts").glob("*.otf")):
        fontManager.addfont(file)
    plt.rcParams.update({
        "figure.figsize": (WIDTH, 3.7), "figure.constrained_layout.use": True, "figure.constrained_layout.w_pad": 0.09,
        "figure.facecolor": PAPER, "axes.facecolor": PAPER, "image.cmap": "cividis",
        "font.family": ["Descent Sans", "DejaVu Sans"], "font.size": 9.5, "mathtext.fontset": "cm",
        "axes.edgecolor": FAINT, "axes.linewidth": 0.8, "axes.grid": False, "axes.axisbelow": True,
        "axes.prop_cycle": cycler(color=[PALETTE[name] for name in SERIES]),
        "axes.spines.top": False, "axes.spines.right": False, "axes.labelcolor": SOFT, "axes.labelsize": 9.5,
        "axes.titlesize": 10, "axes.titlelocation": "left", "axes.titlecolor": INK, "axes.titlepad": 6,
        "text.color": INK, "xtick.color": FAINT, "xtick.labelcolor": SOFT, "xtick.labelsize": 9,
        "ytick.color": FAINT, "ytick.labelcolor": SOFT, "ytick.labelsize": 9, "xtick.major.size": 3,
        "ytick.major.size": 3, "xtick.minor.size": 0, "ytick.minor.size": 0, "grid.color": "#e4e7eb",
        "legend.frameon": False, "legend.fontsize": 9, "legend.labelcolor": INK,
        "lines.linewidth": 1.9, "lines.markersize": 5, "lines.solid_capstyle": "round",
    })  # fmt: skip
    return plt
