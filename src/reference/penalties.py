"""We add a penalty for large weights to the loss, or forbid them; the form of the penalty decides what it does.

A penalty returns its value and its gradient, so that both can be added to those of the data loss. The L1
penalty has a kink at 0; the soft threshold deals with it exactly.
"""

import numpy as np

from descent.hyper import require
from descent.say import tr


def l2_penalty(params, *, strength):
    """The L2 penalty, with the 1/2 that makes its gradient strength * w.

        R = strength / 2 * sum of w^2          dR/dw = strength * w

    params (w): array of any shape, not changed. strength: a Python number. If an entry is NaN, the value is NaN.
    Returns (value, gradient): a number, and an array of the same shape and dtype as params.
    Raises ValueError unless strength >= 0.

    >>> value, gradient = l2_penalty(np.array([3.0, -4.0]), strength=0.25)
    >>> float(value), gradient
    (3.125, array([ 0.75, -1.  ]))
    """
    require(strength >= 0, "strength", strength, tr("a number >= 0", "大于或等于 0 的数"))
    return strength / 2 * np.sum(params**2), strength * params


def l1_penalty(params, *, strength):
    """The L1 penalty R = strength * (sum of |w|), and a subgradient.

    Contract: each entry of the subgradient is the slope of R as this weight alone moves. Where the slopes to
    the left and to the right differ, it is their mean.

    params (w): array of any shape, not changed. strength: a Python number. If an entry is NaN, the value is NaN.
    Returns (value, subgradient): a number, and an array of the same shape and dtype as params.
    Raises ValueError unless strength >= 0.

    >>> value, subgradient = l1_penalty(np.array([3.0, -4.0, 1.0]), strength=0.25)
    >>> float(value), subgradient
    (2.0, array([ 0.25, -0.25,  0.25]))
    """
    require(strength >= 0, "strength", strength, tr("a number >= 0", "大于或等于 0 的数"))
    return strength * np.sum(np.abs(params)), strength * np.sign(params)


def elastic_net(params, *, l1_strength, l2_strength):
    """Both penalties at once: R = l1_strength * (sum of |w|) + l2_strength / 2 * (sum of w^2).

    params (w): array of any shape, not changed. Both strengths: Python numbers. If an entry is NaN, the value is NaN.
    Returns (value, subgradient): a number, and an array of the same shape and dtype as params.
    Raises ValueError unless both strengths are >= 0.

    >>> value, subgradient = elastic_net(np.array([3.0, -4.0]), l1_strength=0.25, l2_strength=0.5)
    >>> float(value), subgradient
    (8.0, array([ 1.75, -2.25]))
    """
    require(l1_strength >= 0, "l1_strength", l1_strength, tr("a number >= 0", "大于或等于 0 的数"))
    require(l2_strength >= 0, "l2_strength", l2_strength, tr("a number >= 0", "大于或等于 0 的数"))
    value = l1_strength * np.sum(np.abs(params)) + l2_strength / 2 * np.sum(params**2)
    return value, l1_strength * np.sign(params) + l2_strength * params


def soft_threshold(params, *, threshold):
    """Stay near params, and pay for the size of every entry (the proximal operator of the L1 penalty).

    Contract: for each entry w of params, the result has in the same place the number u for which

        (u - w)^2 / 2 + threshold * |u|

    is as small as possible. Where that number is 0, the result is exactly 0.

    params: array of any shape, not changed. threshold: a Python number. NaN stays NaN.
    Returns an array of the same shape and dtype.
    Raises ValueError unless threshold >= 0.
    """
    require(threshold >= 0, "threshold", threshold, tr("a number >= 0", "大于或等于 0 的数"))
    #| clip keeps what lies within the threshold: all of a small entry, so the difference is exactly 0. | clip 留下阈值之内的部分；小的元素全在其中，所以相减恰好得 0。
    return params - np.clip(params, -threshold, threshold)


def proximal_gradient_step(params, grads, *, lr, strength):
    """One step of ISTA: minimize a bound of the data loss plus the L1 penalty.

    Contract: the result is the array u for which

        sum of g * (u - w)  +  1 / (2 * lr) * sum of (u - w)^2  +  strength * sum of |u|

    is as small as possible. With lr = 0 it is params.

    params (w), grads (g, of the data loss alone): arrays of the same shape, any shape. They are not changed.
    lr, strength: Python numbers. NaN passes through.
    Returns the new params, of the same shape and dtype.
    Raises ValueError unless lr >= 0 and strength >= 0.

    >>> proximal_gradient_step(np.array([1.0, 0.25]), np.array([2.0, 1.0]), lr=0.125, strength=4.0)
    array([0.25, 0.  ])
    """
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(strength >= 0, "strength", strength, tr("a number >= 0", "大于或等于 0 的数"))
    return soft_threshold(params - lr * grads, threshold=lr * strength)


def ridge_solution(X, y, *, strength):
    """The weights that minimize the mean squared error with an L2 penalty, solved exactly.

        minimize  1/(2N) |X w - y|^2 + strength / 2 * |w|^2
        (X^T X / N + strength * I) w = X^T y / N

    X: (N, D), y: (N,). They are not changed. No intercept: centre X and y first.
    strength: a Python number; if it is 0, X^T X must be invertible.
    Returns w: (D,), in the dtype of X and y.
    Raises ValueError unless strength >= 0.

    scikit-learn's Ridge has no 1/N: its alpha is N * strength.

    >>> ridge_solution(np.array([[1.0], [3.0]]), np.array([2.0, 4.0]), strength=2.0)
    array([1.])
    """
    require(strength >= 0, "strength", strength, tr("a number >= 0", "大于或等于 0 的数"))
    N, D = X.shape
    return np.linalg.solve(X.T @ X / N + strength * np.eye(D, dtype=X.dtype), X.T @ y / N)


def max_norm(W, *, limit):
    """Shorten the incoming weights of each unit where they exceed a limit. A constraint, not a penalty.

        w <- w * min(1, limit / |w|)           w: a column of W, what one unit multiplies its inputs by

    W: (fan_in, fan_out), not changed. limit: a Python number; with an infinite one W stays as it is.
    Returns an array of the same shape and dtype; columns within the limit stay as they are.
    Raises ValueError unless limit > 0.

    Srivastava et al. (2014). PyTorch's renorm and Keras' MaxNorm divide by |w| + 1e-7 and end just below.

    >>> max_norm(np.array([[3.0, 0.3], [4.0, 0.4]]), limit=2.0)
    array([[1.2, 0.3],
           [1.6, 0.4]])
    """
    require(limit > 0, "limit", limit, tr("a number > 0", "大于 0 的数"))
    norms = np.sqrt(np.sum(W**2, axis=0))
    return W / np.maximum(norms / limit, 1)  #| norms / inf is 0 | norms / inf 等于 0
