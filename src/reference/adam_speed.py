"""Adam's step as libraries compute it: both corrections are numbers, so they need not touch an array."""

import numpy as np

from descent.hyper import require
from descent.say import tr


def folded_corrections(t, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    """Return two numbers that do the work of Adam's bias corrections, so that no array is divided for their sake.

    Contract: let step_size, small be what is returned. For all m and v, step number t of adam_step moves the params
    by -step_size * m / (np.sqrt(v) + small), where m and v are the new moments as they are stored, uncorrected.

    t: number of the step that is taken, 1 for the first. lr, betas, eps: Python numbers, as in adam_step.
    Returns (step_size, small), two floats.
    Raises ValueError unless t >= 1, lr >= 0, both betas are in [0, 1) and eps >= 0.

    >>> folded_corrections(1, lr=0.5, betas=(0.75, 0.75), eps=4.0)
    (1.0, 2.0)
    """
    require(t >= 1, "t", t, tr("a whole number >= 1", "大于或等于 1 的整数"))
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(0 <= betas[0] < 1, "betas[0]", betas[0], tr("in [0, 1)", "在 [0, 1) 内"))
    require(0 <= betas[1] < 1, "betas[1]", betas[1], tr("in [0, 1)", "在 [0, 1) 内"))
    require(eps >= 0, "eps", eps, tr("a number >= 0", "大于或等于 0 的数"))
    root = (1 - betas[1] ** t) ** 0.5
    return lr * root / (1 - betas[0] ** t), eps * root


def fast_adam_step(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    """One step of adam_step for params of one or more dimensions: same numbers up to rounding, fewer new arrays."""
    m, v, t = state
    step_size, small = folded_corrections(t + 1, lr=lr, betas=betas, eps=eps)
    work = (
        1 - betas[0]
    ) * grads  #| the one work array; in the end it is the new params | 唯一的工作数组，最后成为新的 params
    m = betas[0] * m
    m += work
    np.multiply(grads, grads, out=work)
    work *= 1 - betas[1]
    v = betas[1] * v
    v += work
    np.sqrt(v, out=work)
    work += small
    np.divide(m, work, out=work)
    work *= -step_size
    work += params
    return work, (m, v, t + 1)
