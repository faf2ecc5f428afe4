"""A cliff makes one gradient huge; we shorten it before the step, and keep its direction if we can."""

import numpy as np

from descent.hyper import require


def clip_by_value(grads, *, max_value):
    """Limit every entry of a gradient to [-max_value, max_value].

        g_i <- min(max(g_i, -max_value), max_value)

    grads: any shape, not changed. Returns an array of the same shape and dtype.
    It changes the direction: the large entries shrink, the small ones do not.
    Raises ValueError unless max_value >= 0. NaN stays NaN; inf becomes max_value.

    The convention of torch.nn.utils.clip_grad_value_ and optax.clip.
    """
    require(max_value >= 0, "max_value", max_value, "a number >= 0")
    return np.clip(grads, -max_value, max_value)


def clip_by_norm(grads, *, max_norm):
    """Shorten a gradient to length max_norm if it is longer; keep its direction.

        g <- g * max_norm / |g|   if |g| > max_norm,   g otherwise          |g| = sqrt(sum of g_i^2)

    grads: one array of any shape (its length is taken over all entries), not changed.
    Returns an array of the same shape and dtype.
    Raises ValueError unless max_norm > 0. max_norm = inf never shortens. An entry that is NaN stays NaN. If |g|
    is inf (an entry is inf, or its square overflows) and max_norm is not, everything is multiplied by
    max_norm / inf = 0: finite entries become 0, inf becomes NaN.

    Pascanu et al. (2013), algorithm 1. PyTorch divides by |g| + 1e-6 instead.
    """
    require(max_norm > 0, "max_norm", max_norm, "a number > 0")
    norm = float(np.linalg.norm(grads))
    return grads * (max_norm / norm if norm > max_norm else 1.0)


def clip_by_global_norm(grads, *, max_norm):
    """Shorten the gradients of a whole model, so that together they have length max_norm at most.

    Contract: take all entries of all arrays as one long vector g.
        1. The answer points where g points: no entry is shortened more than another.
        2. If g is longer than max_norm, the answer, as one vector again, has the length max_norm.
           Otherwise nothing changes.

    grads: a dict of arrays, not changed.
    Returns (clipped grads, |g|): a new dict with the same names, shapes and dtypes, and the length of g before
    clipping, a float worth plotting: with max_norm = inf nothing is shortened and |g| can be logged.
    Raises ValueError unless max_norm > 0. NaN and inf as in clip_by_norm, now through all arrays.

    The convention of optax.clip_by_global_norm. torch.nn.utils.clip_grad_norm_ divides by |g| + 1e-6.
    """
    require(max_norm > 0, "max_norm", max_norm, "a number > 0")
    norm = float(np.sqrt(sum(np.sum(g * g) for g in grads.values())))
    scale = max_norm / norm if norm > max_norm else 1.0
    return {name: g * scale for name, g in grads.items()}, norm
