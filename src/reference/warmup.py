"""Three minutes with shapes: an array of means meets an array of rows."""

import numpy as np


def center_columns(X):
    """Return X with one number subtracted from each column, so that each column has mean 0.

    X: (N, D), floats, one example per row. It is not changed.
    Returns an array (N, D) in the dtype of X. A NaN makes its own column NaN and no other.

    >>> center_columns(np.array([[1.0, 10.0], [3.0, 70.0]])).tolist()
    [[-1.0, -30.0], [1.0, 30.0]]
    """
    return X - np.mean(X, axis=0)
