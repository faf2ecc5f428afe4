"""Other answers to the transfer exercises of chapter 05."""

import numpy as np

from descent.hyper import require
from reference.dropout import dropout_forward
from reference.penalties import max_norm, soft_threshold

# ---- group_soft_threshold ---------------------------------------------------------------------------


def group_by_search(W, *, threshold):
    """The minimum lies on the ray through the column: try its length by ternary search of the objective."""
    out = np.zeros(W.shape)
    for j in range(W.shape[1]):
        w = W[:, j].astype(np.float64)
        length = np.linalg.norm(w)
        if length == 0:
            continue
        low, high = 0.0, 1.0
        for _ in range(200):
            a, b = low + (high - low) / 3, high - (high - low) / 3
            # the slope of the objective along the ray decides; its value is too flat near the minimum
            slope = (a + b) / 2 * length**2 - length**2 + threshold * length
            low, high = (low, b) if slope > 0 else (a, high)
        out[:, j] = w * (0.0 if high < 1e-12 else (low + high) / 2)
    return out.astype(W.dtype)


def group_by_lengths(W, *, threshold):
    require(threshold >= 0, "threshold", threshold, ">= 0")
    columns = []
    for w in W.T:
        length = float(np.linalg.norm(w))
        columns.append(np.zeros_like(w) if length <= threshold or length == 0 else w * (1 - threshold / length))
    return np.stack(columns, axis=1)


def group_entries(W, *, threshold):
    return soft_threshold(W, threshold=threshold)


def group_rows(W, *, threshold):
    return group_by_lengths(W.T, threshold=threshold).T.copy()


def group_hard(W, *, threshold):
    return W * (np.linalg.norm(W, axis=0) > threshold).astype(W.dtype)


def group_limit(W, *, threshold):
    return max_norm(W, limit=threshold) if threshold > 0 else W.copy()


def group_without_maximum(W, *, threshold):
    with np.errstate(all="ignore"):
        return (W * (1 - threshold / np.linalg.norm(W, axis=0))).astype(W.dtype)


# ---- channel_dropout --------------------------------------------------------------------------------


def channel_by_loops(images, *, p, rng, training=True):
    N, C, H, W = images.shape
    u = rng.random((N, C)) if training else np.ones((N, C))
    out, mask = np.zeros_like(images), np.zeros((N, C), images.dtype)
    for n in range(N):
        for c in range(C):
            if not u[n, c] < p:
                mask[n, c] = 1 / (1 - p) if training else 1
                for h in range(H):
                    for w in range(W):
                        out[n, c, h, w] = images[n, c, h, w] * mask[n, c]
    return out, mask


def channel_by_dropout(images, *, p, rng, training=True):
    """dropout_forward of chapter 05 on an array with one entry per channel."""
    ones = np.ones(images.shape[:2], images.dtype)
    _, mask = dropout_forward(ones, p=p, rng=rng, training=training)
    return images * mask.reshape(*mask.shape, 1, 1), mask


def channel_pixels(images, *, p, rng, training=True):
    out, mask = dropout_forward(images, p=p, rng=rng, training=training)
    return out, mask[:, :, 0, 0]


def channel_divided_by_p(images, *, p, rng, training=True):
    if not training:
        return images.copy(), np.ones(images.shape[:2], images.dtype)
    mask = (rng.random(images.shape[:2]) >= p).astype(images.dtype) / p
    return images * mask[:, :, None, None], mask


def channel_keeps_p(images, *, p, rng, training=True):
    return channel_by_dropout(images, p=1 - p, rng=rng, training=training)


def channel_same_for_all(images, *, p, rng, training=True):
    mask = (rng.random(images.shape[1]) >= p).astype(images.dtype) / (1 - p) if training else np.ones(images.shape[1])
    mask = np.broadcast_to(mask, images.shape[:2]).astype(images.dtype)
    return images * mask[:, :, None, None], mask


def channel_always(images, *, p, rng, training=True):
    return channel_by_dropout(images, p=p, rng=rng, training=True)


SECOND = {"group_soft_threshold": group_by_search, "channel_dropout": channel_by_loops}
RIGHT = {
    "group_soft_threshold": {"column by column": group_by_lengths},
    "channel_dropout": {"dropout_forward on one number per channel": channel_by_dropout},
}
WRONG = {
    "group_soft_threshold": {
        "entry by entry": group_entries,
        "rows instead of columns": group_rows,
        "cuts, but does not shorten": group_hard,
        "a limit on the length": group_limit,
        "short columns turn round": group_without_maximum,
    },
    "channel_dropout": {
        "single pixels": channel_pixels,
        "divides by p": channel_divided_by_p,
        "keeps with probability p": channel_keeps_p,
        "the same channels in every image": channel_same_for_all,
        "drops in evaluation too": channel_always,
    },
}
