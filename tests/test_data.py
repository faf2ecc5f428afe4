import hashlib
from pathlib import Path

import numpy as np
import pytest

from descent import data

FOLDER = Path(data.__file__).parent / "data"
HELD_OUT = Path(data.__file__).parents[1] / "reference/data/mnist_held_out.npz"


@pytest.mark.parametrize(
    "load, sizes, features",
    [(data.load_digits, (1197, 300, 300), 64), (data.load_mnist, (3000, 500, 500), 784)],
)
def test_images_are_scaled_and_split(load, sizes, features):
    split = load()
    for n, X, y in zip(sizes, split[::2], split[1::2], strict=True):
        assert X.shape == (n, features) and y.shape == (n,)
        assert X.dtype == np.float64 and y.dtype == np.int64
        assert X.min() == 0 and X.max() == 1
        assert set(y) == set(range(10)) and np.bincount(y).min() >= n / 10 * 0.7
    assert load(dtype=np.float32).X_train.dtype == np.float32


@pytest.mark.parametrize("load", [data.load_digits, data.load_mnist])
def test_no_image_is_in_two_parts(load):
    split = load(dtype=np.float32)
    images = [row.tobytes() for X in split[::2] for row in X]
    assert len(set(images)) == len(images)


@pytest.mark.parametrize(
    "load, first, digest",
    [
        (data.load_digits, [5, 6, 1, 0, 2, 1, 8, 1, 8, 8], "4038203b9d29"),
        (data.load_mnist, [8, 6, 4, 5, 6, 7, 9, 9, 4, 3], "b8497cbf7361"),
    ],
)
def test_the_split_never_changes(load, first, digest):
    labels = load()[1::2]
    assert labels[0][:10].tolist() == first
    assert hashlib.sha256(np.concatenate(labels).astype(np.uint8).tobytes()).hexdigest()[:12] == digest


def test_files_are_small_and_credited():
    credits = (FOLDER / "CREDITS.md").read_text()
    stored = sorted(path.name for path in FOLDER.glob("*.npz"))
    assert stored == ["digits.npz", "mnist.npz"]
    for name in stored:
        assert f"`{name}`" in credits
    assert "CC BY-SA 3.0" in credits and "CC BY 4.0" in credits
    assert (FOLDER / "digits.npz").stat().st_size < 50_000
    assert (FOLDER / "mnist.npz").stat().st_size < 800_000


def test_capstone_images_do_not_travel():
    with np.load(HELD_OUT) as held_out, np.load(FOLDER / "mnist.npz") as shipped:
        secret = {row.tobytes() for row in held_out["X"]}
        assert len(secret) == 1000 and np.bincount(held_out["y"]).tolist() == [100] * 10
        assert not secret & {row.tobytes() for row in shipped["X"]}


def test_as_images():
    X = np.arange(18.0).reshape(2, 9)
    assert data.as_images(X).shape == (2, 3, 3)
    assert data.as_images(X)[1, 0].tolist() == [9, 10, 11]
    with pytest.raises(ValueError, match=r"X.shape = \(2, 10\)"):
        data.as_images(np.zeros((2, 10)))


def test_digits_look_like_digits():
    """The nearest mean image names most test digits, so images and labels belong together."""
    s = data.load_mnist()
    means = np.stack([s.X_train[s.y_train == k].mean(axis=0) for k in range(10)])
    nearest = np.argmin(np.sum(means**2, axis=1) - 2 * s.X_test @ means.T, axis=1)
    assert np.mean(nearest == s.y_test) > 0.75


@pytest.mark.parametrize("share, wrong", [(0, 0), (0.3, 60), (1, 200)])
def test_flip_labels(share, wrong):
    y = np.random.default_rng(1).integers(0, 10, 200)
    before = y.copy()
    flipped = data.flip_labels(y, np.random.default_rng(2), share=share)
    assert np.sum(flipped != y) == wrong
    assert set(flipped) <= set(range(10))
    assert np.array_equal(y, before)


def test_flip_labels_refuses():
    with pytest.raises(ValueError, match=r"share = 1.5: must be in \[0, 1\]"):
        data.flip_labels(np.zeros(3, int), np.random.default_rng(0), share=1.5)
    with pytest.raises(ValueError, match="num_classes = 1"):
        data.flip_labels(np.zeros(3, int), np.random.default_rng(0), share=0.5, num_classes=1)


@pytest.mark.parametrize("make, classes", [(data.blobs, 3), (data.moons, 2), (data.spirals, 3)])
def test_toy_sets(make, classes):
    X, y = make(np.random.default_rng(3), num=101)
    assert X.shape == (101, 2) and y.shape == (101,)
    counts = np.bincount(y)
    assert len(counts) == classes and counts.max() - counts.min() <= 1
    again, _ = make(np.random.default_rng(3), num=101)
    assert np.array_equal(X, again)
    other, _ = make(np.random.default_rng(4), num=101)
    assert not np.array_equal(X, other)


def test_toy_shapes_without_noise():
    rng = np.random.default_rng(5)
    X, y = data.moons(rng, noise=0)
    assert np.allclose(np.linalg.norm(X[y == 0], axis=1), 1) and X[y == 0, 1].min() >= 0
    assert np.allclose(np.linalg.norm(X[y == 1] - [1, 0.5], axis=1), 1) and X[y == 1, 1].max() <= 0.5
    X, y = data.spirals(rng, noise=0)
    assert np.linalg.norm(X, axis=1).max() <= 1
    X, y = data.blobs(rng, spread=0, distance=2)
    assert len(np.unique(X.round(9), axis=0)) == 3 and np.allclose(np.linalg.norm(X, axis=1), 2)


def test_regression():
    rng = np.random.default_rng(6)
    X, y, w = data.regression(rng, num=5000, scales=(1, 10), weights=(2, -3), noise=0)
    assert np.allclose(y, 2 * X[:, 0] - 3 * X[:, 1]) and w.tolist() == [2, -3]
    assert 9.5 < X[:, 1].std() < 10.5
    X, y, w = data.regression(rng, num=5000, noise=0.5)
    assert w.shape == (3,) and 0.47 < np.std(y - X @ w) < 0.53
