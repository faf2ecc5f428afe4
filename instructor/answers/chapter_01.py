"""Other answers to the transfer exercises of chapter 01."""

import math

import numpy as np

from descent.hyper import require
from instructor.answers.chapter_00 import slopes
from reference.gradient_descent import minibatches
from reference.losses import softmax_cross_entropy

# ---- smoothed_cross_entropy -------------------------------------------------------------------------


def smoothed_by_loops(logits, labels, *, smoothing):
    """The two terms of PyTorch's documentation, one by one; the gradient by central differences of these loops."""
    N, K = logits.shape

    def loss(z):
        total = 0.0
        for i in range(N):
            top = max(z[i])
            log_sum = top + math.log(math.fsum(math.exp(one - top) for one in z[i]))
            hard = log_sum - z[i][labels[i]]
            soft = math.fsum(log_sum - one for one in z[i]) / K
            total += (1 - smoothing) * hard + smoothing * soft
        return total / N

    grad = slopes(loss, logits, h=1e-5 if np.abs(logits).max() < 10 else 1e-3)
    return logits.dtype.type(loss(logits.astype(np.float64))), grad.astype(logits.dtype)


def smoothed_by_mixing(logits, labels, *, smoothing):
    require(0 <= smoothing <= 1, "smoothing", smoothing, "in [0, 1]")
    hard, grad = softmax_cross_entropy(logits, labels)
    K = logits.shape[1]
    soft = [softmax_cross_entropy(logits, np.full(len(labels), k)) for k in range(K)]
    loss = (1 - smoothing) * hard + smoothing / K * sum(one for one, _ in soft)
    return logits.dtype.type(loss), (1 - smoothing) * grad + smoothing / K * sum(one for _, one in soft)


def smoothed_others_only(logits, labels, *, smoothing):
    K = logits.shape[1]  # the label keeps 1 - smoothing, the K - 1 other classes share the rest
    return smoothed_by_mixing(logits, labels, smoothing=min(1.0, smoothing * K / (K - 1)))


def smoothed_loss_only(logits, labels, *, smoothing):
    return smoothed_by_mixing(logits, labels, smoothing=smoothing)[0], softmax_cross_entropy(logits, labels)[1]


def smoothed_unstable(logits, labels, *, smoothing):
    N, K = logits.shape
    with np.errstate(all="ignore"):
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        q = (1 - smoothing) * np.eye(K, dtype=logits.dtype)[labels] + logits.dtype.type(smoothing / K)
        return -np.sum(q * np.log(p)) / N, (p - q) / N


def smoothed_sum(logits, labels, *, smoothing):
    loss, grad = smoothed_by_mixing(logits, labels, smoothing=smoothing)
    return loss * len(labels), grad * len(labels)


# ---- accumulated_gradient ---------------------------------------------------------------------------


def accumulated_one_by_one(params, loss_and_grads, X, y, *, most):
    rows = [loss_and_grads(params, X[i : i + 1], y[i : i + 1]) for i in range(len(X))]
    return math.fsum(loss for loss, _ in rows) / len(X), np.mean([grads for _, grads in rows], axis=0)


def accumulated_with_minibatches(params, loss_and_grads, X, y, *, most):
    loss, grads, rng = 0.0, 0.0, np.random.default_rng(0)
    for X_part, y_part in minibatches(X, y, batch_size=most, rng=rng):
        part = loss_and_grads(params, X_part, y_part)
        loss, grads = loss + len(X_part) * part[0], grads + len(X_part) * part[1]
    return loss / len(X), grads / len(X)


def accumulated_mean_of_means(params, loss_and_grads, X, y, *, most):
    parts = [loss_and_grads(params, X[i : i + most], y[i : i + most]) for i in range(0, len(X), most)]
    return np.mean([loss for loss, _ in parts]), np.mean([grads for _, grads in parts], axis=0)


def accumulated_sum(params, loss_and_grads, X, y, *, most):
    parts = [loss_and_grads(params, X[i : i + most], y[i : i + most]) for i in range(0, len(X), most)]
    return sum(loss for loss, _ in parts), sum(grads for _, grads in parts)


def accumulated_drops_the_rest(params, loss_and_grads, X, y, *, most):
    count = max(len(X) // most * most, min(most, len(X)))
    return accumulated_mean_of_means(params, loss_and_grads, X[:count], y[:count], most=most)


def accumulated_at_once(params, loss_and_grads, X, y, *, most):
    return loss_and_grads(params, X, y)


SECOND = {"smoothed_cross_entropy": smoothed_by_loops, "accumulated_gradient": accumulated_one_by_one}
RIGHT = {
    "smoothed_cross_entropy": {"a mixture of K + 1 cross-entropies": smoothed_by_mixing},
    "accumulated_gradient": {
        "with minibatches of chapter 01": accumulated_with_minibatches,
        "one row at a time": accumulated_one_by_one,
    },
}
WRONG = {
    "smoothed_cross_entropy": {
        "shares the smoothing among the other classes": smoothed_others_only,
        "gradient of the plain loss": smoothed_loss_only,
        "overflows": smoothed_unstable,
        "sum, not mean": smoothed_sum,
    },
    "accumulated_gradient": {
        "mean of the means": accumulated_mean_of_means,
        "sum of the means": accumulated_sum,
        "drops the last piece": accumulated_drops_the_rest,
        "hands over everything at once": accumulated_at_once,
    },
}
