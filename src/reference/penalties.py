"""We add a price for large weights to the loss, or forbid them; the form of the price decides what it does.

A penalty returns its value and its gradient, so that both can be added to those of the data loss. The L1
penalty has a corner at 0; the soft threshold goes over that corner without getting stuck on either side.
"""

import numpy as np

from descent.hyper import require


def l2_penalty(params, *, strength):
    """The L2 penalty, with the 1/2 that makes its gradient strength * w.

        R = strength / 2 * sum of w^2          dR/dw = strength * w

    params (w): array of any shape, not changed.
    Returns (value, gradient): a number and an array like params, in its dtype.
    Raises ValueError unless strength >= 0. NaN and inf pass through.

    Without the 1/2 (Keras, CS231n's strength * sum w^2) the gradient is 2 * strength * w. The weight_decay of
    PyTorch's SGD adds our gradient, with strength = weight_decay.
    """
    require(strength >= 0, "strength", strength, "a number >= 0")
    return strength / 2 * np.sum(params**2), strength * params


def l1_penalty(params, *, strength):
    """The L1 penalty and a subgradient.

        R = strength * sum of |w|              strength * sign(w), with sign(0) = 0

    params (w): array of any shape, not changed.
    Returns (value, subgradient): a number and an array like params, in its dtype.
    Raises ValueError unless strength >= 0. NaN and inf pass through (the subgradient at inf is strength).
    At w = 0 every number in [-strength, strength] is a subgradient; we take 0, as PyTorch does for abs.
    """
    require(strength >= 0, "strength", strength, "a number >= 0")
    return strength * np.sum(np.abs(params)), strength * np.sign(params)


def elastic_net(params, *, l1_strength, l2_strength):
    """Both penalties at once: R = l1_strength * sum of |w| + l2_strength / 2 * sum of w^2.

    params (w): array of any shape, not changed.
    Returns (value, subgradient): a number and an array like params, in its dtype.
    Raises ValueError unless both strengths are >= 0. NaN and inf pass through.

    Zou and Hastie (2005), in scikit-learn's scale: alpha * l1_ratio and alpha * (1 - l1_ratio).
    """
    require(l1_strength >= 0, "l1_strength", l1_strength, "a number >= 0")
    require(l2_strength >= 0, "l2_strength", l2_strength, "a number >= 0")
    l1_value, l1_grad = l1_penalty(params, strength=l1_strength)
    l2_value, l2_grad = l2_penalty(params, strength=l2_strength)
    return l1_value + l2_value, l1_grad + l2_grad


def soft_threshold(params, *, threshold):
    """The proximal operator of the L1 penalty: stay near params, and pay for the size of every entry.

    Contract: every entry u of the answer is the number that makes

        (u - w)^2 / 2 + threshold * |u|              w: the entry of params in the same place

    as small as possible. Where that number is 0, the answer is exactly 0. No entry hears of another.

    params (w): array of any shape, not changed. Returns an array like it, in its dtype.
    Raises ValueError unless threshold >= 0. NaN stays NaN, inf stays inf (if the threshold is finite).
    """
    require(threshold >= 0, "threshold", threshold, "a number >= 0")
    # What lies within the threshold is taken away: all of a small entry, so the difference is exactly 0.
    return params - np.clip(params, -threshold, threshold)


def proximal_gradient_step(params, grads, *, lr, strength):
    """One step of ISTA: a gradient step on the data loss, then the soft threshold for the L1 penalty.

        w <- soft_threshold(w - lr * g, threshold = lr * strength)

    params (w), grads (g: of the data loss alone): arrays of one shape, any shape. They are not changed.
    Returns the new params, same shape and dtype.
    Raises ValueError unless lr >= 0 and strength >= 0. NaN and inf pass through.

    Iterative shrinkage-thresholding (Daubechies et al. 2004; Beck and Teboulle 2009). The total loss falls
    for lr <= 1/L, L the largest curvature of the data loss.
    """
    require(lr >= 0, "lr", lr, "a number >= 0")
    require(strength >= 0, "strength", strength, "a number >= 0")
    return soft_threshold(params - lr * grads, threshold=lr * strength)


def ridge_solution(X, y, *, strength):
    """The weights that minimize the mean squared error with an L2 penalty, solved exactly.

        minimize  1/(2N) |X w - y|^2 + strength / 2 * |w|^2
        (X^T X / N + strength * I) w = X^T y / N

    X: (N, D), y: (N,). They are not changed. No intercept: centre X and y first. Returns w: (D,).
    Raises ValueError unless strength >= 0; numpy.linalg.LinAlgError when strength is 0 and X^T X is singular.
    NaN and inf pass through.

    scikit-learn's Ridge has no 1/N: its alpha is N * strength.
    """
    require(strength >= 0, "strength", strength, "a number >= 0")
    N, D = X.shape
    return np.linalg.solve(X.T @ X / N + strength * np.eye(D, dtype=X.dtype), X.T @ y / N)


def max_norm(W, *, limit):
    """Scale down the incoming weights of each unit whose norm exceeds the limit: a constraint, not a penalty.

        w <- w * min(1, limit / |w|)           w: a column of W, what one unit multiplies its inputs by

    W: (fan_in, fan_out), not changed. Returns an array like it; columns within the limit stay as they are.
    Raises ValueError unless limit > 0. limit = inf changes nothing.

    Srivastava et al. (2014). PyTorch's renorm and Keras' MaxNorm divide by |w| + 1e-7 and end just below.
    """
    require(limit > 0, "limit", limit, "a number > 0")
    norms = np.sqrt(np.sum(W**2, axis=0))
    long = norms > limit
    return W * np.where(long, limit / np.where(long, norms, 1), 1)
