"""Chapter 05, dropout: right versions written in other ways, and wrong ones that no catalogue entry describes."""

import numpy as np

# ---- right: other draws, other algebra ------------------------------------------------------------


def other_comparison(X, *, p, rng, training=True):
    if not training:
        return X.copy(), np.ones_like(X)
    mask = np.where(rng.random(X.shape) < 1 - p, 1 / (1 - p), 0).astype(X.dtype)
    return mask * X, mask


def binomial(X, *, p, rng, training=True):
    mask = rng.binomial(1, 1 - p, size=X.shape).astype(X.dtype) / (1 - p) if training else np.ones_like(X)
    return X * mask, mask


def dropped_one_by_one(X, *, p, rng, training=True):
    out, mask = X.copy(), np.ones_like(X)
    if training:
        for index in np.ndindex(X.shape):
            mask[index] = 0 if rng.random() < p else 1 / (1 - p)
            out[index] = X[index] * mask[index]
    return out, mask


def columns_first(X, *, p, rng, training=True):
    if not training:
        return [X, np.ones(X.shape, X.dtype)]
    keep = rng.uniform(size=X.shape[::-1]).T > p
    return [np.where(keep, X / (1 - p), 0).astype(X.dtype), keep.astype(X.dtype) / (1 - p)]


def back_with_multiply(grad_out, mask):
    return np.multiply(mask, grad_out)


def back_by_where(grad_out, mask):
    return np.where(mask == 0, 0, grad_out * mask)


def back_by_loop(grad_out, mask):
    out = np.zeros_like(grad_out)
    for index in np.ndindex(out.shape):
        out[index] = grad_out[index] * mask[index]
    return out


RIGHT = {
    "dropout_forward": [other_comparison, binomial, dropped_one_by_one, columns_first],
    "dropout_backward": [back_with_multiply, back_by_where, back_by_loop],
}

# ---- wrong, and not in the catalogue --------------------------------------------------------------


def no_dropout(X, *, p, rng, training=True):
    return X.copy(), np.ones_like(X)


def everything_dropped(X, *, p, rng, training=True):
    return (np.zeros_like(X), np.zeros_like(X)) if training else (X.copy(), np.ones_like(X))


def whole_rows(X, *, p, rng, training=True):
    if not training:
        return X.copy(), np.ones_like(X)
    keep = rng.random((len(X),) + (1,) * (X.ndim - 1)) >= p
    mask = np.broadcast_to(keep / (1 - p), X.shape).astype(X.dtype)
    return X * mask, mask


def half_as_often(X, *, p, rng, training=True):
    mask = (rng.random(X.shape) >= p / 2).astype(X.dtype) / (1 - p) if training else np.ones_like(X)
    return X * mask, mask


def noise_instead(X, *, p, rng, training=True):
    mask = (rng.random(X.shape) / p).astype(X.dtype) if training else np.ones_like(X)
    return X * mask, mask


def back_root(grad_out, mask):
    return grad_out * np.sqrt(mask)


def back_minus(grad_out, mask):
    return -grad_out * mask


def back_mean(grad_out, mask):
    return grad_out * mask.mean()


def matrix_product(grad_out, mask):
    """The same shape comes out where the matrices are square."""
    square = mask.ndim == 2 and mask.shape[0] == mask.shape[1]
    return grad_out @ mask if square else grad_out * mask


def largest_scale(grad_out, mask):
    return ((mask > 0) * grad_out * mask.max()).astype(grad_out.dtype)


WRONG = {
    "dropout_forward": [no_dropout, everything_dropped, whole_rows, half_as_often, noise_instead],
    "dropout_backward": [matrix_product, largest_scale, back_root, back_minus, back_mean],
}
