"""Chapter 00: the first exercise in other words, and wrong versions that nobody catalogued."""

import numpy as np

# ---- right --------------------------------------------------------------------------------------


def by_loop(X):
    centred = np.zeros_like(X)
    for j in range(X.shape[1]):
        centred[:, j] = X[:, j] - sum(X[:, j]) / len(X)
    return centred


def by_ones(X):
    return X - np.ones_like(X[:, :1]) @ X.mean(axis=0, keepdims=True)


def by_transpose(X):
    return (X.T - np.mean(X.T, axis=1)[:, None]).T


# ---- wrong --------------------------------------------------------------------------------------


def by_median(X):
    return X - np.median(X, axis=0)


def by_nanmean(X):
    return X - np.nanmean(X, axis=0)


def squeezed(X):
    return np.squeeze(X - X.mean(axis=0))


def by_first_row(X):
    return X - X[0]


def flipped(X):
    return X.mean(axis=0) * 0.5 - X


def by_distinct_values(X):
    return X - np.array([np.unique(column).mean() for column in X.T], dtype=X.dtype)


RIGHT = {"center_columns": [by_loop, by_ones, by_transpose]}
WRONG = {"center_columns": [by_nanmean, squeezed, by_first_row, flipped, by_distinct_values]}
