"""We give every feature mean 0 and variance 1 within the batch, then let the network choose both anew.

In evaluation there is no batch to measure: running statistics, collected while training, take its place.
"""

import numpy as np

from descent.hyper import require
from descent.say import tr


def batchnorm_init(num_features, *, dtype=np.float64):
    """The running statistics a layer starts with: (mean, var) = (zeros, ones), each (num_features,)."""
    return np.zeros(num_features, dtype), np.ones(num_features, dtype)


def batchnorm_forward(X, gamma, beta, running, training, *, momentum=0.1, eps=1e-5):
    """Batch normalization of X, one feature per column.

        training:    mean, var = those of each column of X, var = 1/N sum (X - mean)^2
                     running mean <- (1 - momentum) * running mean + momentum * mean
                     running var  <- (1 - momentum) * running var  + momentum * var * N / (N - 1)
        evaluation:  mean, var = the running ones, which stay as they are

        centred = X - mean,   inv_std = 1 / sqrt(var + eps),   x_hat = centred * inv_std
        out = gamma * x_hat + beta

    X: array of shape (N, D). gamma, beta: (D,). running: (mean, var), each (D,). training: True or False.
    The arguments are not changed. Features may lie far from 0.
    Returns (out, cache, running): an array like X, what batchnorm_backward needs (a dict with centred, inv_std (D,), x_hat
    and gamma; in evaluation nobody uses it), and the pair of running statistics to pass next time.
    They keep the dtype of X. NaN passes through: in training, a NaN in X makes its whole column NaN, and the running
    statistics of that column.
    Raises ValueError unless 0 <= momentum <= 1 and eps > 0, and in training unless N >= 2 (one example has
    variance 0).

    >>> running = np.array([0.0]), np.array([1.0])
    >>> out, cache, running = batchnorm_forward(np.array([[1.0], [5.0]]), np.array([3.0]), np.array([10.0]), running,
    ...                                         True, momentum=0.5)
    >>> out.round(3).tolist(), running[0].tolist(), running[1].tolist()
    ([[7.0], [13.0]], [1.5], [4.5])

    Ioffe and Szegedy (2015) with PyTorch's conventions: momentum is the weight of the NEW statistics (Keras:
    of the old); the batch is normalized by its biased variance (1/N), the running variance collects the
    unbiased one (1/(N-1)).
    """
    require(0 <= momentum <= 1, "momentum", momentum, tr("in [0, 1]", "[0, 1] 内的数"))
    require(eps > 0, "eps", eps, tr("a number > 0", "大于 0 的数"))
    require(
        not training or len(X) >= 2,
        "len(X)",
        len(X),
        tr("at least 2 in training: the variance of one is 0", "训练时至少为 2：单个样本的方差是 0"),
    )
    N = len(X)
    if training:
        mean, var = X.mean(axis=0), X.var(axis=0)
        running_mean, running_var = running
        running = (
            (1 - momentum) * running_mean + momentum * mean,
            (1 - momentum) * running_var + momentum * var * (N / (N - 1)),
        )
    else:
        mean, var = running
    centred = X - mean
    inv_std = 1 / np.sqrt(var + eps)
    x_hat = centred * inv_std
    cache = {"centred": centred, "inv_std": inv_std, "x_hat": x_hat, "gamma": gamma} if training else None
    return gamma * x_hat + beta, cache, running


def batchnorm_backward_steps(grad_out, cache):
    """Gradients of batch normalization in training, one step of the computational graph at a time.

    Forwards:   mean -> centred = X - mean -> var = mean of centred^2 -> inv_std = (var + eps)^(-1/2)
                -> x_hat = centred * inv_std -> out = gamma * x_hat + beta

    grad_out: array of shape (N, D), the gradient with respect to out. cache: from batchnorm_forward in training.
    They are not changed.
    Returns a dict of the gradient of the loss with respect to each of
        "beta", "gamma": (D,)
        "x_hat": (N, D)
        "inv_std", "var": (D,)
        "centred": (N, D), by both ways that lead from it to the loss: x_hat and var
        "mean": (D,)
        "X": (N, D), by both ways: centred and mean
    each in the dtype of grad_out. NaN passes through.
    """
    centred, inv_std, x_hat, gamma = cache["centred"], cache["inv_std"], cache["x_hat"], cache["gamma"]
    N = len(centred)
    grads = {}
    grads["beta"] = grad_out.sum(axis=0)
    grads["gamma"] = (grad_out * x_hat).sum(axis=0)
    grads["x_hat"] = grad_out * gamma
    grads["inv_std"] = (grads["x_hat"] * centred).sum(axis=0)
    grads["var"] = grads["inv_std"] * -0.5 * inv_std**3
    grads["centred"] = grads["x_hat"] * inv_std + grads["var"] * 2 * centred / N
    grads["mean"] = -grads["centred"].sum(axis=0)
    grads["X"] = grads["centred"] + grads["mean"] / N
    return grads


def batchnorm_backward(grad_out, cache):
    """Gradients of batch normalization in training: what batchnorm_backward_steps finds, in three lines.

    grad_out: array of shape (N, D). cache: from batchnorm_forward in training. They are not changed.
    Returns (grad_X, grad_gamma, grad_beta), of shapes (N, D), (D,), (D,) and of the dtype of grad_out.
    NaN passes through.
    """
    inv_std, x_hat, gamma = cache["inv_std"], cache["x_hat"], cache["gamma"]
    N = len(x_hat)
    grad_beta = grad_out.sum(axis=0)
    grad_gamma = (grad_out * x_hat).sum(axis=0)
    grad_X = gamma * inv_std * (grad_out - grad_beta / N - x_hat * grad_gamma / N)
    return grad_X, grad_gamma, grad_beta


def fold_batchnorm(W, b, gamma, beta, running, *, eps=1e-5):
    """One affine layer that computes what an affine layer followed by batch normalization does in evaluation.

        s = gamma / sqrt(running var + eps)        W <- W * s        b <- (b - running mean) * s + beta

    W: (fan_in, D). b, gamma, beta: (D,). running: (mean, var), each (D,), not changed.
    Returns (new W, new b), in the dtype of W. Raises ValueError unless eps > 0.

    >>> running = np.array([3.0]), np.array([9.0])
    >>> W, b = fold_batchnorm(np.array([[2.0]]), np.array([5.0]), np.array([6.0]), np.array([1.0]), running)
    >>> W.round(3).tolist(), b.round(3).tolist()
    ([[4.0]], [5.0])
    """
    require(eps > 0, "eps", eps, tr("a number > 0", "大于 0 的数"))
    mean, var = running
    s = gamma / np.sqrt(var + eps)
    return W * s, (b - mean) * s + beta
