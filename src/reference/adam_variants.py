"""Three relatives of Adam: AMSGrad divides by the largest v, NAdam looks ahead, AdaMax divides by a maximum of |g|."""

import numpy as np

from descent.hyper import require
from descent.say import tr


def amsgrad_init(params):
    """Return the state (m, v, v_max, t) a run of AMSGrad starts with: arrays of zeros, and 0 steps done."""
    return np.zeros_like(params), np.zeros_like(params), np.zeros_like(params), 0


def amsgrad_step(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    """One step of AMSGrad: Adam divided by the root of the largest v so far, so that large gradients are not forgotten.

        t <- t + 1
        m <- beta1 * m + (1 - beta1) * g
        v <- beta2 * v + (1 - beta2) * g^2
        v_max <- max(v_max, v)                       entry by entry, both uncorrected
        x <- x - lr * m / (1 - beta1^t) / (sqrt(v_max / (1 - beta2^t)) + eps)

    params (x), grads (g): arrays of one shape, any shape. state: (m, v, v_max, t), from
    amsgrad_init(params) at first. None of them is changed.
    lr, betas (beta1, beta2), eps: Python numbers. NaN passes through, and stays in m and v.
    Returns (new params, new state), same shape and dtype.
    Raises ValueError unless lr >= 0, both betas are in [0, 1) and eps >= 0.

    Reddi et al. (2018) in PyTorch's and Keras's form. The paper corrects no bias; optax takes the maximum
    of the corrected v_hat, which is larger for ever if the first gradients were.

    >>> state = np.array([0.0]), np.array([4.0]), np.array([16.0]), 1
    >>> params, (m, v, v_max, t) = amsgrad_step(np.array([1.0]), np.array([4.0]), state, lr=0.5, betas=(0.5, 0.75))
    >>> params.round(4).tolist(), m.tolist(), v.tolist(), v_max.tolist(), t
    ([0.7795], [2.0], [7.0], [16.0], 2)
    """
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(0 <= betas[0] < 1, "betas[0]", betas[0], tr("in [0, 1)", "在 [0, 1) 内"))
    require(0 <= betas[1] < 1, "betas[1]", betas[1], tr("in [0, 1)", "在 [0, 1) 内"))
    require(eps >= 0, "eps", eps, tr("a number >= 0", "大于或等于 0 的数"))
    beta1, beta2 = betas
    m, v, v_max, t = state
    t = t + 1
    m = beta1 * m + (1 - beta1) * grads
    v = beta2 * v + (1 - beta2) * grads**2
    v_max = np.maximum(v_max, v)
    m_hat = m / (1 - beta1**t)
    v_hat = v_max / (1 - beta2**t)
    return params - lr * m_hat / (np.sqrt(v_hat) + eps), (m, v, v_max, t)


def nadam_step(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    """One step of NAdam: Adam with Nesterov's look-ahead, the first moment of the next step foreseen.

        t <- t + 1
        m <- beta1 * m + (1 - beta1) * g
        v <- beta2 * v + (1 - beta2) * g^2
        m_ahead = beta1 * m / (1 - beta1^(t+1)) + (1 - beta1) * g / (1 - beta1^t)
        x <- x - lr * m_ahead / (sqrt(v / (1 - beta2^t)) + eps)

    params (x), grads (g): arrays of one shape, any shape. state: (m, v, t), from adam_init(params) at
    first. None of them is changed.
    Returns (new params, new state), same shape and dtype. NaN and inf pass through, and stay in m and v.
    Raises ValueError unless lr >= 0, both betas are in [0, 1) and eps >= 0.

    Dozat (2016) with a constant beta1, as optax. PyTorch and Keras let beta1 grow from half its value, as
    Dozat proposes too: beta1 * (1 - 0.96^(t * c) / 2), c = 0.004 in PyTorch and 1 in Keras.
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
    m_ahead = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grads / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return params - lr * m_ahead / (np.sqrt(v_hat) + eps), (m, v, t)


def adamax_step(params, grads, state, *, lr=2e-3, betas=(0.9, 0.999), eps=1e-8):
    """One step of AdaMax: Adam with the largest recent |g|, slowly forgotten, in place of sqrt(v_hat).

        t <- t + 1
        m <- beta1 * m + (1 - beta1) * g
        u <- max(beta2 * u, |g| + eps)
        x <- x - lr * m / (1 - beta1^t) / u

    params (x), grads (g): arrays of one shape, any shape. state: (m, u, t), from adam_init(params) at
    first. None of them is changed.
    Returns (new params, new state), same shape and dtype. NaN and inf pass through, and stay in m and u.
    Raises ValueError unless lr >= 0, both betas are in [0, 1) and eps >= 0.

    Kingma & Ba (2015), algorithm 2, with eps inside the maximum as in PyTorch and optax; the paper has
    none, Keras divides by u + eps. u needs no bias correction: a maximum is not pulled towards its start
    at 0.
    """
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(0 <= betas[0] < 1, "betas[0]", betas[0], tr("in [0, 1)", "在 [0, 1) 内"))
    require(0 <= betas[1] < 1, "betas[1]", betas[1], tr("in [0, 1)", "在 [0, 1) 内"))
    require(eps >= 0, "eps", eps, tr("a number >= 0", "大于或等于 0 的数"))
    beta1, beta2 = betas
    m, u, t = state
    t = t + 1
    m = beta1 * m + (1 - beta1) * grads
    u = np.maximum(beta2 * u, np.abs(grads) + eps)
    return params - lr * m / (1 - beta1**t) / u, (m, u, t)
