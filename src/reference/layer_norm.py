"""We normalize each example by its own features: no batch, no running statistics, the same in evaluation."""

import numpy as np

from descent.hyper import require
from descent.say import tr


def layernorm_forward(X, gamma, beta, *, eps=1e-5):
    """Layer normalization: what batchnorm_forward in training does to every column, done to every row.

    X: (..., D), a row is its last axis. gamma, beta: (D,), one per feature as before. They are not changed.
    Features may lie far from 0.
    Returns (out, cache): an array like X, and what layernorm_backward needs (a dict with x_hat, gamma and
    inv_std = 1 / sqrt(var + eps), of shape (..., 1)), all in the dtype of X.
    NaN passes through: a row of X with NaN becomes NaN. Raises ValueError unless eps > 0.

    >>> X, gamma, beta = np.array([[1.0, 5.0], [30.0, 10.0]]), np.array([3.0, 3.0]), np.array([10.0, 20.0])
    >>> out, cache = layernorm_forward(X, gamma, beta)
    >>> out.round(3).tolist()
    [[7.0, 23.0], [13.0, 17.0]]

    Ba, Kiros and Hinton (2016); eps and the 1/D as in PyTorch.
    """
    require(eps > 0, "eps", eps, tr("a number > 0", "大于 0 的数"))
    inv_std = 1 / np.sqrt(X.var(axis=-1, keepdims=True) + eps)
    x_hat = (X - X.mean(axis=-1, keepdims=True)) * inv_std
    return gamma * x_hat + beta, {"x_hat": x_hat, "inv_std": inv_std, "gamma": gamma}


def layernorm_backward(grad_out, cache):
    """Gradients of layer normalization.

        dloss/dX = inv_std * (H - mean of H - x_hat * mean of (H * x_hat)),  H = G * gamma, means over a row
        dloss/dgamma, dloss/dbeta: sums of G * x_hat and of G over all rows

    grad_out (G): (..., D). cache: from layernorm_forward. They are not changed.
    Returns (grad_X, grad_gamma, grad_beta), of shapes (..., D), (D,), (D,) and of the dtype of grad_out.
    NaN passes through.
    """
    x_hat, inv_std = cache["x_hat"], cache["inv_std"]
    rows = tuple(range(grad_out.ndim - 1))
    H = grad_out * cache["gamma"]
    mean_H = H.mean(axis=-1, keepdims=True)
    grad_X = inv_std * (H - mean_H - x_hat * (H * x_hat).mean(axis=-1, keepdims=True))
    return grad_X, (grad_out * x_hat).sum(axis=rows), grad_out.sum(axis=rows)
