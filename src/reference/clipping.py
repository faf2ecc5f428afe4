"""A cliff makes one gradient huge; we shorten it before the step, and keep its direction if we can."""

import numpy as np

from descent.hyper import require
from descent.say import tr


def clip_by_value(grads, *, max_value):
    """Limit every entry of a gradient to [-max_value, max_value].

        g_i <- min(max(g_i, -max_value), max_value)

    grads: array of any shape, not changed. NaN stays NaN; inf becomes max_value.
    Returns an array, same shape and dtype.
    Raises ValueError unless max_value >= 0.

    >>> clip_by_value(np.array([1.5, -3.0]), max_value=2.0)
    array([ 1.5, -2. ])

    The convention of torch.nn.utils.clip_grad_value_ and optax.clip.
    """
    require(max_value >= 0, "max_value", max_value, tr("a number >= 0", "大于或等于 0 的数"))
    return np.clip(grads, -max_value, max_value)


def clip_by_norm(grads, *, max_norm):
    """Shorten a gradient that is longer than max_norm; keep its direction.

    Contract: the length of g is the square root of the sum of the squares of all its entries.
    1. If g is longer than max_norm, the result has exactly the length max_norm and the direction of g.
    2. Otherwise the result equals g; for max_norm = inf always.

    grads (g): array of finite numbers, any shape, not changed. max_norm: a Python number.
    Returns an array, same shape and dtype.
    Raises ValueError unless max_norm > 0.

    >>> clip_by_norm(np.array([3.0, -4.0]), max_norm=2.0)
    array([ 1.2, -1.6])

    Pascanu et al. (2013), algorithm 1. PyTorch divides by |g| + 1e-6 instead.
    """
    require(max_norm > 0, "max_norm", max_norm, tr("a number > 0", "大于 0 的数"))
    norm = float(np.linalg.norm(grads))
    return grads * (max_norm / norm if norm > max_norm else 1.0)


def clip_by_global_norm(grads, *, max_norm):
    """Shorten the gradients of a whole model if they are longer than max_norm together; keep their direction.

    Contract: write all entries of all arrays into one long vector g. The result is what clip_by_norm makes of g,
    put back into arrays.

    grads: dict of arrays of finite numbers, not changed. max_norm: a Python number.
    Returns (clipped grads, |g|): a new dict with the same names, shapes and dtypes; the length of g before clipping.
    Raises ValueError unless max_norm > 0.

    >>> clip_by_global_norm({"W": np.array([6.0]), "b": np.array([8.0])}, max_norm=5.0)
    ({'W': array([3.]), 'b': array([4.])}, 10.0)

    The convention of optax.clip_by_global_norm. torch.nn.utils.clip_grad_norm_ divides by |g| + 1e-6.
    """
    require(max_norm > 0, "max_norm", max_norm, tr("a number > 0", "大于 0 的数"))
    norm = float(np.sqrt(sum(np.sum(g * g) for g in grads.values())))
    scale = max_norm / norm if norm > max_norm else 1.0
    return {name: g * scale for name, g in grads.items()}, norm
