"""We look at what augmentation does to an image before we train on it: small pictures in labelled rows.

fig = image_rows({"as it is": images, "shifted": shift(images, down=1, right=2)})
show(fig, alt="...")
"""

import numpy as np

from descent.hyper import require
from descent.plots import panels


def image_rows(rows, *, titles=None):
    """Draw one row of pictures for each entry of `rows` = {label: images (N, H, W)}; return the figure.

    Ink is black on white, as on paper; all pictures share one scale, from 0 to 1. titles: one text for each column.
    """
    counts = {len(images) for images in rows.values()}
    require(len(counts) == 1, "rows", {label: np.shape(images) for label, images in rows.items()},
            "as many images in each row")  # fmt: skip
    columns = counts.pop()
    require(titles is None or len(titles) == columns, "titles", titles, f"one text for each of {columns} columns")
    size = min(7.0, 1.3 + 0.85 * columns), 0.3 + 0.82 * len(rows)
    fig, axes = panels(columns, len(rows), figsize=size, squeeze=False)
    for line, (label, images) in zip(axes, rows.items(), strict=True):
        for ax, image in zip(line, images, strict=True):
            ax.imshow(image, cmap="gray_r", vmin=0, vmax=1)
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(True)
            ax.spines[:].set_color("#bbbbbb")
            ax.grid(False)
        line[0].set_ylabel(label, rotation=0, ha="right", va="center")
    for ax, title in zip(axes[0], titles or [""] * columns, strict=True):
        ax.set_title(title, fontsize=10, loc="center")
    return fig
