"""Other answers to the transfer exercises of chapter 02."""

import numpy as np

from descent.hyper import require
from reference.clipping import clip_by_norm
from reference.curvature import power_iteration
from reference.penalties import max_norm

# ---- lowest_curvature -------------------------------------------------------------------------------


def lowest_by_whole_matrix(product, vector, *, bound, num_steps=200):
    """All entries of H by products with unit vectors, then NumPy's own eigenvalues."""
    n = vector.size
    H = np.array([np.ravel(product(unit.reshape(vector.shape))) for unit in np.eye(n)])
    values, vectors = np.linalg.eigh((H + H.T) / 2)
    return float(values[0]), vectors[:, 0].reshape(vector.shape)


def lowest_by_power_iteration(product, vector, *, bound, num_steps=200):
    require(bound > 0 and num_steps >= 1, "bound", bound, "> 0")
    value, v = power_iteration(lambda u: product(u) - bound * u, vector, num_steps=num_steps)
    return value + bound, v


def lowest_is_largest_in_size(product, vector, *, bound, num_steps=200):
    return power_iteration(product, vector, num_steps=num_steps)


def lowest_not_shifted_back(product, vector, *, bound, num_steps=200):
    return power_iteration(lambda u: bound * u - product(u), vector, num_steps=num_steps)


def lowest_shifted_the_other_way(product, vector, *, bound, num_steps=200):
    value, v = power_iteration(lambda u: bound * u + product(u), vector, num_steps=num_steps)
    return value - bound, v


def lowest_not_normalized(product, vector, *, bound, num_steps=200):
    value, v = lowest_by_power_iteration(product, vector, bound=bound, num_steps=num_steps)
    return value, 2 * v


# ---- clip_by_unit -----------------------------------------------------------------------------------


def unit_by_loops(grads, W, *, ratio, eps=1e-3):
    out = grads.astype(np.float64)
    for j in range(W.shape[1]):
        length = sum(float(g) ** 2 for g in grads[:, j]) ** 0.5
        allowed = ratio * max(sum(float(w) ** 2 for w in W[:, j]) ** 0.5, eps)
        if length > allowed:
            out[:, j] *= allowed / length
    return out.astype(grads.dtype)


def unit_column_by_column(grads, W, *, ratio, eps=1e-3):
    require(ratio > 0 and eps > 0 and grads.shape == W.shape, "ratio", ratio, "> 0")
    columns = [clip_by_norm(g, max_norm=ratio * max(float(np.linalg.norm(w)), eps)) for g, w in zip(grads.T, W.T)]
    return np.stack(columns, axis=1)


def unit_whole_matrix(grads, W, *, ratio, eps=1e-3):
    return clip_by_norm(grads, max_norm=ratio * max(float(np.linalg.norm(W)), eps))


def unit_rows(grads, W, *, ratio, eps=1e-3):
    return unit_column_by_column(grads.T, W.T, ratio=ratio, eps=eps).T.copy()


def unit_always(grads, W, *, ratio, eps=1e-3):
    limit = ratio * np.maximum(np.linalg.norm(W, axis=0), eps)
    return (grads * limit / np.maximum(np.linalg.norm(grads, axis=0), 1e-12)).astype(grads.dtype)


def unit_without_eps(grads, W, *, ratio, eps=1e-3):
    limit = ratio * np.linalg.norm(W, axis=0)
    with np.errstate(all="ignore"):
        return (grads * np.minimum(1, limit / np.linalg.norm(grads, axis=0))).astype(grads.dtype)


def unit_max_norm(grads, W, *, ratio, eps=1e-3):
    return max_norm(grads, limit=ratio)


SECOND = {"lowest_curvature": lowest_by_whole_matrix, "clip_by_unit": unit_by_loops}
RIGHT = {
    "lowest_curvature": {
        "power_iteration of chapter 02 on H - bound I": lowest_by_power_iteration,
        "the whole matrix": lowest_by_whole_matrix,
    },
    "clip_by_unit": {"clip_by_norm for every column": unit_column_by_column},
}
WRONG = {
    "lowest_curvature": {
        "largest in absolute value": lowest_is_largest_in_size,
        "not shifted back": lowest_not_shifted_back,
        "shifted the other way: the largest": lowest_shifted_the_other_way,
        "vector of length 2": lowest_not_normalized,
    },
    "clip_by_unit": {
        "one factor for the whole matrix": unit_whole_matrix,
        "rows instead of columns": unit_rows,
        "every gradient is scaled": unit_always,
        "no eps: 0/0, and weights of zero freeze": unit_without_eps,
        "a limit that does not look at the weights": unit_max_norm,
    },
}
