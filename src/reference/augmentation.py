"""We show the network changed copies of an image whose label stays the same: there is more to learn from.

Images are arrays (..., height, width): one image, or many of one size. What lies outside an image is 0.
"""

import numpy as np

from descent.hyper import require
from descent.say import tr


def shift(images, *, down, right):
    """Move images by whole pixels. What leaves is lost, what comes in is 0: nothing wraps around.

        out[..., r, c] = images[..., r - down, c - right]      if that pixel exists, else 0

    images: (..., height, width), not changed. down, right: whole numbers, negative for up and left.
    Returns an array of the same shape and dtype.

    >>> shift(np.array([[1, 2, 3], [4, 5, 6]]), down=1, right=-1)
    array([[0, 0, 0],
           [2, 3, 0]])
    """
    height, width = images.shape[-2:]
    #| Lay the image on a black canvas with a border as wide as the shift, and look through a moved window. | 把图像铺在黑色画布上，四周留出与移动量同宽的边，再透过挪动的窗口看。
    border = [(0, 0)] * (images.ndim - 2) + [(abs(down), abs(down)), (abs(right), abs(right))]
    canvas = np.pad(images, border)
    top, left = abs(down) - down, abs(right) - right
    return canvas[..., top : top + height, left : left + width]


def random_shift(images, *, max_shift, rng):
    """Move each image by two random numbers of pixels of its own, down and right.

    Contract: both numbers are whole, from -max_shift to max_shift, all equally likely. All are drawn from rng,
    independently of each other.

    images: a batch (N, height, width), not changed. max_shift: a whole number >= 0. rng: a NumPy Generator.
    Returns an array of the same shape and dtype.
    """
    shifts = rng.integers(-max_shift, max_shift, (len(images), 2), endpoint=True)
    moved = [shift(image, down=d, right=r) for image, (d, r) in zip(images, shifts, strict=True)]
    return np.array(moved, dtype=images.dtype).reshape(images.shape)


def horizontal_flip(images):
    """Mirror images: left becomes right.

    images: (..., height, width), not changed. Returns an array of the same shape and dtype.

    >>> horizontal_flip(np.array([[1, 2, 3], [4, 5, 6]]))
    array([[3, 2, 1],
           [6, 5, 4]])
    """
    return images[..., ::-1].copy()


def random_flip(images, *, p, rng):
    """Mirror each image with probability p.

        flip = rng.random(N) < p               the only draw

    images: (N, H, W), not changed. Returns an array like images. Raises ValueError unless 0 <= p <= 1.
    """
    require(0 <= p <= 1, "p", p, tr("in [0, 1]", "[0, 1] 内的数"))
    flip = rng.random(len(images)) < p
    return np.where(flip[:, None, None], horizontal_flip(images), images)


def crop(images, *, top, left, height, width):
    """Cut out a window of height x width pixels whose upper left pixel is (top, left).

    images: (..., H, W), not changed. top, left, height, width: whole numbers.
    Returns an array (..., height, width) of the same dtype.
    Raises ValueError unless the window has a pixel and lies inside the image.
    """
    require(
        1 <= height <= images.shape[-2],
        "height",
        height,
        tr(f"in [1, {images.shape[-2]}]", f"[1, {images.shape[-2]}] 内的数"),
    )
    require(
        1 <= width <= images.shape[-1],
        "width",
        width,
        tr(f"in [1, {images.shape[-1]}]", f"[1, {images.shape[-1]}] 内的数"),
    )
    require(
        0 <= top <= images.shape[-2] - height,
        "top",
        top,
        tr(f"in [0, {images.shape[-2] - height}]", f"[0, {images.shape[-2] - height}] 内的数"),
    )
    require(
        0 <= left <= images.shape[-1] - width,
        "left",
        left,
        tr(f"in [0, {images.shape[-1] - width}]", f"[0, {images.shape[-1] - width}] 内的数"),
    )
    return images[..., top : top + height, left : left + width].copy()


def rotate(images, *, degrees):
    """Turn images counter-clockwise about their centre; each new pixel blends the four it falls between.

        (y, x) from the centre takes the value found at (cos y + sin x, cos x - sin y)      y points down

    images: (..., H, W) of floats, not changed. Returns an array like images; corners that turn in are 0.
    NaN and inf spread to every pixel they are blended into, with weight 0 too (0 * inf is NaN).
    Bilinear, as PyTorch's grid_sample with zeros outside.
    """
    height, width = images.shape[-2:]
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    rows, cols = np.mgrid[:height, :width]
    y, x = rows - (height - 1) / 2, cols - (width - 1) / 2
    from_row = cos * y + sin * x + (height - 1) / 2
    from_col = cos * x - sin * y + (width - 1) / 2
    top, left = np.floor(from_row).astype(int), np.floor(from_col).astype(int)
    out = np.zeros_like(images)
    for row in (top, top + 1):
        for col in (left, left + 1):
            weight = (1 - np.abs(from_row - row)) * (1 - np.abs(from_col - col))
            inside = (0 <= row) & (row < height) & (0 <= col) & (col < width)
            pixels = images[..., row.clip(0, height - 1), col.clip(0, width - 1)]
            out += weight.astype(images.dtype) * np.where(inside, pixels, 0)
    return out


def add_noise(images, *, scale, rng):
    """Add Gaussian noise to every pixel, and keep it in [0, 1].

        clip(images + scale * rng.standard_normal(images.shape), 0, 1)      the only draw

    images: array of any shape, not changed. Returns an array like it. NaN stays NaN.
    Raises ValueError unless scale >= 0.
    """
    require(scale >= 0, "scale", scale, tr("a number >= 0", "大于或等于 0 的数"))
    noise = rng.standard_normal(images.shape).astype(images.dtype)
    return np.clip(images + scale * noise, 0, 1)


def color_jitter(images, *, brightness, contrast):
    """Colour jitter of grey images: multiply by brightness, then stretch about each image's mean by contrast.

    images: (..., height, width) of floats in [0, 1], not changed. brightness, contrast: numbers; 1 changes nothing.
    Returns an array like images, kept in [0, 1]. NaN stays NaN.
    Raises ValueError unless both are >= 0.

    torchvision's ColorJitter draws both (and saturation and hue of colour images) anew for each image.
    """
    require(brightness >= 0, "brightness", brightness, tr("a number >= 0", "大于或等于 0 的数"))
    require(contrast >= 0, "contrast", contrast, tr("a number >= 0", "大于或等于 0 的数"))
    brighter = np.clip(brightness * images, 0, 1)
    mean = brighter.mean(axis=(-2, -1), keepdims=True)
    return np.clip(mean + contrast * (brighter - mean), 0, 1)


def mixup(X, Y, *, share, permutation):
    """Blend every example, and its label, with another one of the batch.

        X <- share * X + (1 - share) * X[permutation]          and Y the same way

    X: (N, ...). Y: (N, K), one-hot or other numbers. permutation: (N,), as from rng.permutation(N).
    They are not changed. share: a Python number.
    Returns (new X, new Y), of the shapes and dtypes of X and Y.
    Raises ValueError unless 0 <= share <= 1.

    Zhang et al. (2018): share is their lambda, drawn once per batch as rng.beta(alpha, alpha).
    """
    require(0 <= share <= 1, "share", share, tr("in [0, 1]", "[0, 1] 内的数"))
    return share * X + (1 - share) * X[permutation], share * Y + (1 - share) * Y[permutation]
