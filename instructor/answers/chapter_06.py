"""Other answers to the transfer exercises of chapter 06."""

from fractions import Fraction

import numpy as np

from descent.hyper import require
from instructor.answers.chapter_00 import slopes
from reference.layer_norm import layernorm_backward, layernorm_forward

# ---- merge_statistics -------------------------------------------------------------------------------


def merged_with_fractions(first, second):
    """Sums and sums of squares, in exact arithmetic: nothing can cancel."""
    (n, mean_1, var_1), (k, mean_2, var_2) = first, second
    total, means, variances = n + k, [], []
    for m1, v1, m2, v2 in zip(mean_1, var_1, mean_2, var_2):
        m1, v1, m2, v2 = (Fraction(float(one)) for one in (m1, v1, m2, v2))
        mean = (n * m1 + k * m2) / total
        means.append(float(mean))
        variances.append(float((n * (v1 + m1**2) + k * (v2 + m2**2)) / total - mean**2))
    return total, np.array(means), np.array(variances)


def merged_by_deviations(first, second):
    """Chan, Golub and LeVeque: add the sums of squared deviations, and what lies between the means."""
    (n, mean_1, var_1), (k, mean_2, var_2) = first, second
    require(n >= 0 and k >= 0 and n + k > 0, "counts", (n, k), ">= 0")
    mean = (n * mean_1 + k * mean_2) / (n + k)
    squares = n * (var_1 + (mean_1 - mean) ** 2) + k * (var_2 + (mean_2 - mean) ** 2)
    return n + k, mean, squares / (n + k)


def merged_within_only(first, second):
    (n, mean_1, var_1), (k, mean_2, var_2) = first, second
    return n + k, (n * mean_1 + k * mean_2) / (n + k), (n * var_1 + k * var_2) / (n + k)


def merged_unweighted(first, second):
    (n, mean_1, var_1), (k, mean_2, var_2) = first, second
    return n + k, (mean_1 + mean_2) / 2, (var_1 + var_2) / 2 + (mean_1 - mean_2) ** 2 / 4


def merged_by_mean_squares(first, second):
    (n, mean_1, var_1), (k, mean_2, var_2) = first, second
    mean = (n * mean_1 + k * mean_2) / (n + k)
    return n + k, mean, (n * (var_1 + mean_1**2) + k * (var_2 + mean_2**2)) / (n + k) - mean**2


def merged_unbiased(first, second):
    total, mean, var = merged_by_deviations(first, second)
    return total, mean, var * total / (total - 1)


# ---- rmsnorm_backward -------------------------------------------------------------------------------


def rms_by_differences(grad_out, X, gamma, *, eps=1e-5):
    wide = [np.asarray(one, dtype=np.float64) for one in (grad_out, X, gamma)]

    def loss(x, g):
        return float(np.sum(wide[0] * g * x / np.sqrt(np.mean(x**2, axis=1, keepdims=True) + eps)))

    return (
        slopes(lambda x: loss(x, wide[2]), wide[1]).astype(X.dtype),
        slopes(lambda g: loss(wide[1], g), wide[2]).astype(gamma.dtype),
    )


def rms_step_by_step(grad_out, X, gamma, *, eps=1e-5):
    require(eps > 0, "eps", eps, "> 0")
    D = X.shape[1]
    root = np.sqrt((X**2).sum(axis=1, keepdims=True) / D + eps)
    grad_gamma = (grad_out * X / root).sum(axis=0)
    grad_hat = grad_out * gamma
    grad_root = -(grad_hat * X).sum(axis=1, keepdims=True) / root**2
    return grad_hat / root + grad_root / root * X / D, grad_gamma


def rms_constant_root(grad_out, X, gamma, *, eps=1e-5):
    root = np.sqrt((X**2).mean(axis=1, keepdims=True) + eps)
    return grad_out * gamma / root, (grad_out * X / root).sum(axis=0)


def rms_like_layer_norm(grad_out, X, gamma, *, eps=1e-5):
    _, cache = layernorm_forward(X, gamma, np.zeros_like(gamma), eps=eps)
    return layernorm_backward(grad_out, cache)[:2]


def rms_without_gamma(grad_out, X, gamma, *, eps=1e-5):
    return rms_step_by_step(grad_out, X, np.ones_like(gamma), eps=eps)


def rms_over_the_batch(grad_out, X, gamma, *, eps=1e-5):
    root = np.sqrt((X**2).mean(axis=0) + eps)
    H, x_hat = grad_out * gamma, X / root
    return (H - x_hat * (H * x_hat).mean(axis=0)) / root, (grad_out * x_hat).sum(axis=0)


SECOND = {"merge_statistics": merged_with_fractions, "rmsnorm_backward": rms_by_differences}
RIGHT = {
    "merge_statistics": {"sums of squared deviations": merged_by_deviations},
    "rmsnorm_backward": {"step by step": rms_step_by_step},
}
WRONG = {
    "merge_statistics": {
        "variance within the sets only": merged_within_only,
        "sets of different size weigh the same": merged_unweighted,
        "mean square minus squared mean: cancels": merged_by_mean_squares,
        "divides by N - 1": merged_unbiased,
    },
    "rmsnorm_backward": {
        "takes the root for a constant": rms_constant_root,
        "layer normalization": rms_like_layer_norm,
        "gamma forgotten": rms_without_gamma,
        "statistics over the batch": rms_over_the_batch,
    },
}
