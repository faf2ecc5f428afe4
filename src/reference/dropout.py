"""We switch units off at random while training, so that none can rely on a particular other one."""

import numpy as np

from descent.hyper import require


def dropout_forward(X, *, p, rng, training=True):
    """Inverted dropout: while training, drop entries at random; on average the output is the input.

    Contract, in training:
    1. Every entry of out is 0 with probability p, and no entry hears of another.
    2. All entries that stay are multiplied by the same number, which p alone decides.
    3. That number is such that the mean of out, over all draws, is X.
    In evaluation out is X, and nothing is drawn from rng.

    The mask says what each entry was multiplied by: out = X * mask. In evaluation it is all ones.
    X: array of any shape, not changed. p: the probability to DROP an entry, as in PyTorch. rng: a NumPy Generator,
    the only source of chance; rng.random(shape) draws evenly from [0, 1).
    Returns (out, mask), both like X in shape and dtype.
    Raises ValueError unless 0 <= p < 1. NaN passes through, and a dropped inf becomes NaN.

    Srivastava et al. (2014); but their p is the probability to keep, and they multiply the weights by it at
    test time instead.
    """
    require(0 <= p < 1, "p", p, "in [0, 1): the probability to drop, and 1 would drop everything")
    if training:
        keep = rng.random(X.shape) >= p
        mask = keep.astype(X.dtype) / (1 - p)
    else:
        mask = np.ones_like(X)
    return X * mask, mask


def dropout_backward(grad_out, mask):
    """Gradient of dropout with respect to its input: what was dropped had no influence.

        dloss/dX = G * mask

    grad_out (G), mask: arrays of one shape. They are not changed. Returns an array like grad_out.
    NaN and inf pass through (times 0 they are NaN).
    """
    return grad_out * mask
