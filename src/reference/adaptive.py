"""One learning rate for all parameters is a compromise; here each entry's own gradients set the length of its step.

All three methods divide the gradient by the size of that entry's gradients so far, and add eps after the square
root. With eps = 0, entries whose gradients have all been 0 become 0/0 = NaN.
"""

import numpy as np

from descent.hyper import require
from descent.say import tr


def adagrad_init(params):
    """Return the state a run of AdaGrad starts with: zeros, the sum of no squares."""
    return np.zeros_like(params)


def adagrad_step(params, grads, sum_squares, *, lr=0.01, eps=1e-8):
    """One step of AdaGrad: divide each entry's gradient by the root of the sum of its squared gradients.

        G <- G + g^2
        x <- x - lr * g / (sqrt(G) + eps)            (with the new G)

    params (x), grads (g), sum_squares (G): arrays of one shape, any shape. They are not changed.
    lr, eps: Python numbers. NaN passes through, and stays in G.
    Returns (new params, new sum_squares), same shape and dtype.
    Raises ValueError unless lr >= 0 and eps >= 0.

    Duchi et al. (2011). PyTorch has the same form (its eps is 1e-10). Keras and optax start G at 0.1 and
    put eps under the root.

    >>> params, sum_squares = adagrad_step(np.array([1.0]), np.array([3.0]), np.array([16.0]), lr=0.5)
    >>> params.round(4).tolist(), sum_squares.tolist()
    ([0.7], [25.0])
    """
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(eps >= 0, "eps", eps, tr("a number >= 0", "大于或等于 0 的数"))
    sum_squares = sum_squares + grads**2
    return params - lr * grads / (np.sqrt(sum_squares) + eps), sum_squares


def rmsprop_init(params):
    """Return the state a run of RMSProp starts with: zeros."""
    return np.zeros_like(params)


def rmsprop_step(params, grads, v, *, lr=0.01, alpha=0.99, eps=1e-8):
    """One step of RMSProp: AdaGrad with a moving average in place of the sum, so that old gradients are forgotten.

    Contract: v is the exponential moving average of the squared gradients, of which a step keeps the share alpha.
    The new params are those of adagrad_step with the new v in place of its new sum_squares.

    params, grads, v: arrays of one shape, any shape. They are not changed.
    lr, alpha, eps: Python numbers. NaN passes through, and stays in v.
    Returns (new params, new v), same shape and dtype.
    Raises ValueError unless lr >= 0, 0 <= alpha < 1 and eps >= 0.

    Hinton's lecture (2012); CS324, CS231n and PyTorch have this form. Keras and, unless told otherwise, optax
    put eps under the root: sqrt(v + eps). No bias correction: the first step is lr / sqrt(1 - alpha) long.

    >>> params, v = rmsprop_step(np.array([1.0]), np.array([10.0]), np.array([32.0]), lr=0.35, alpha=0.75)
    >>> params.round(4).tolist(), v.tolist()
    ([0.5], [49.0])
    """
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(0 <= alpha < 1, "alpha", alpha, tr("in [0, 1)", "在 [0, 1) 内"))
    require(eps >= 0, "eps", eps, tr("a number >= 0", "大于或等于 0 的数"))
    v = alpha * v + (1 - alpha) * grads**2
    return params - lr * grads / (np.sqrt(v) + eps), v


def adam_init(params):
    """Return the state (m, v, t) a run of Adam starts with: two arrays of zeros, and 0 steps done."""
    return np.zeros_like(params), np.zeros_like(params), 0


def adam_step(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    """One step of Adam: momentum divided as in RMSProp, both averages corrected because they start at zero.

        t <- t + 1
        m <- beta1 * m + (1 - beta1) * g             first moment
        v <- beta2 * v + (1 - beta2) * g^2           second raw moment (not centred)
        m_hat = m / (1 - beta1^t)
        v_hat = v / (1 - beta2^t)
        x <- x - lr * m_hat / (sqrt(v_hat) + eps)

    params (x), grads (g): arrays of one shape, any shape. state: (m, v, t), from adam_init(params) at
    first; m and v are stored uncorrected. None of them is changed.
    lr, betas (beta1, beta2), eps: Python numbers. NaN passes through, and stays in m and v.
    Returns (new params, (new m, new v, new t)), same shape and dtype.
    Raises ValueError unless lr >= 0, both betas are in [0, 1) and eps >= 0.

    Kingma & Ba (2015), algorithm 1; PyTorch and optax have the same form. Keras adds eps to sqrt(v) before
    the correction (the paper's "epsilon hat"), which matters for tiny gradients.

    >>> state = np.array([-1.0]), np.array([4.0]), 1
    >>> params, (m, v, t) = adam_step(np.array([1.0]), np.array([4.0]), state, lr=0.5, betas=(0.5, 0.75))
    >>> params.round(4).tolist(), m.tolist(), v.tolist(), t
    ([0.75], [1.5], [7.0], 2)
    """
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(0 <= betas[0] < 1, "betas[0]", betas[0], tr("in [0, 1)", "在 [0, 1) 内"))
    require(0 <= betas[1] < 1, "betas[1]", betas[1], tr("in [0, 1)", "在 [0, 1) 内"))
    require(eps >= 0, "eps", eps, tr("a number >= 0", "大于或等于 0 的数"))
    beta1, beta2 = betas
    m, v, t = state
    t = t + 1
    m = beta1 * m + (1 - beta1) * grads
    v = beta2 * v + (1 - beta2) * grads**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return params - lr * m_hat / (np.sqrt(v_hat) + eps), (m, v, t)
