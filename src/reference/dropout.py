"""We switch units off at random while training, so that none can rely on a particular other one."""

import numpy as np

from descent.hyper import require
from descent.say import tr


def dropout_forward(X, *, p, rng, training=True):
    """Inverted dropout: while training, drop entries at random; on average the output is the input.

    Contract, if training is True:
    1. Every entry of out is 0 with probability p. Entries are dropped independently.
    2. All entries that stay are multiplied by the same number, which depends on p alone.
    3. That number is such that the mean of out, over all draws, is X.
    In evaluation out is X, and nothing is drawn from rng.

    The mask says what each entry was multiplied by: out = X * mask. In evaluation it is all ones.
    X: an array, not changed. p: the probability to DROP an entry, a Python number.
    rng: a NumPy Generator, the only source of randomness; rng.random(shape) is uniform on [0, 1).
    Returns (out, mask), both of the shape and dtype of X.
    Raises ValueError unless 0 <= p < 1.
    """
    require(
        0 <= p < 1,
        "p",
        p,
        tr(
            "in [0, 1): the probability to drop, and 1 would drop everything",
            "[0, 1) 内的数：它是丢弃概率，取 1 就全丢了",
        ),
    )
    if training:
        keep = rng.random(X.shape) >= p
        mask = keep.astype(X.dtype) / (1 - p)
    else:
        mask = np.ones_like(X)
    return X * mask, mask


def dropout_backward(grad_out, mask):
    """Gradient of the loss with respect to the input of dropout.

    Contract: forward computed out = X * mask. grad_out is the gradient of the loss with respect to out; the
    loss depends on X only through out.

    grad_out, mask: arrays of the same shape, any shape. They are not changed.
    Returns the gradient with respect to X, an array of the same shape and dtype.
    """
    return grad_out * mask
