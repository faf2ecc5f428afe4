"""Gradient descent walks downhill: by all examples (batch), by one (stochastic), by a few (mini-batch).

And how long its steps may be: a bound from the data, and a rule of thumb for another batch size.
"""

import numpy as np

from descent.hyper import require
from descent.say import tr


def gradient_descent(params, grad_fn, *, lr, num_steps):
    """Run gradient descent with a constant learning rate and return every point it visits.

        x <- x - lr * grad_fn(x),   num_steps times

    params (x): the starting point, an array of any shape, not changed.
    grad_fn(x) returns the gradient at x; it is called once for each step.
    lr: a Python number. NaN passes through.
    Returns the path, an array (num_steps + 1, *params.shape) in the dtype of params; path[0] is the start.
    Raises ValueError unless lr >= 0 and num_steps >= 0.

    >>> gradient_descent(np.array(8.0), lambda x: 3 * x, lr=0.5, num_steps=3)
    array([ 8., -4.,  2., -1.])
    """
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(num_steps >= 0, "num_steps", num_steps, tr("a whole number >= 0", "大于或等于 0 的整数"))
    path = [params]
    for _ in range(num_steps):
        params = params - lr * grad_fn(params)
        path.append(params)
    return np.array(path)


def max_stable_lr(X):
    """Return the largest learning rate that is safe for softmax regression on X, whatever the labels.

    Contract: with a smaller one, gradient descent on the mean cross-entropy of X W lowers the loss at every step, for
    all labels and starting points (unless the gradient is 0). With a larger one, there are labels for which it
    moves away from the minimum. Known about this loss: its curvature in every direction is at most

        L = lambda_max(X^T X / N) / 2          lambda_max: the largest eigenvalue

    X: array (N, D), not changed; a model with a bias needs a column of ones in X.
    Returns a float; inf if X is all zeros.

    >>> round(max_stable_lr(np.array([[1.0, 0.0], [0.0, 3.0], [0.0, 0.0]])), 3)
    1.333
    """
    # lambda_max(X^T X) = |X|_2^2
    L = float(np.linalg.norm(X, 2)) ** 2 / len(X) / 2
    return float("inf") if L == 0 else 2 / L


def minibatches(X, y, *, batch_size, rng):
    """Yield the mini-batches of one epoch: every row once, in a random order.

    Contract:
    1. In an epoch every row of X comes exactly once, with its row of y.
    2. Each batch has batch_size rows. If batch_size does not divide N, the last batch is smaller.
    3. The order of all N rows is random, drawn from rng and from nothing else: a generator with the same seed gives
       the same order, and the next call with the same rng gives a new one.

    X: array with N rows of any shape. y: array with N rows. They are not changed.
    A generator: yields (X_batch, y_batch). Whole numbers in y stay whole numbers.
    Raises ValueError unless batch_size >= 1 and X and y have equally many rows.
    """
    require(batch_size >= 1, "batch_size", batch_size, tr("a whole number >= 1", "大于或等于 1 的整数"))
    require(len(y) == len(X), "len(y)", len(y), tr(f"{len(X)}, as many rows as X", f"{len(X)}，与 X 的行数相同"))
    order = rng.permutation(len(X))
    for start in range(0, len(X), batch_size):
        rows = order[start : start + batch_size]
        yield X[rows], y[rows]


def sgd(params, loss_and_grads, X, y, *, lr, num_epochs, rng):
    """Run stochastic gradient descent: each step uses the gradient of one example.

    Contract: every epoch uses each example once, in a new random order drawn from rng. Each use is a step of gradient
    descent on the loss of this example alone.

    params: array of any shape. X, y: arrays with N rows. They are not changed.
    loss_and_grads(params, X_row, y_row) returns (loss, grads); X_row and y_row are arrays with one row.
    lr: a Python number. NaN passes through.
    Returns (path, losses): the points visited, an array (num_epochs * N + 1, *params.shape), and the loss of each
    example just before the step it causes, an array (num_epochs * N,).
    Raises ValueError unless lr >= 0 and num_epochs >= 0.
    """
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(num_epochs >= 0, "num_epochs", num_epochs, tr("a whole number >= 0", "大于或等于 0 的整数"))
    path, losses = [params], []
    for _ in range(num_epochs):
        for i in rng.permutation(len(X)):
            loss, grads = loss_and_grads(params, X[i : i + 1], y[i : i + 1])
            params = params - lr * grads
            path.append(params)
            losses.append(loss)
    return np.array(path), np.array(losses)


def minibatch_sgd(params, loss_and_grads, X, y, *, lr, batch_size, num_epochs, rng):
    """Run mini-batch gradient descent: each step uses the mean gradient of one mini-batch.

    Contract: batch_size 1 is sgd. If batch_size is N or more, the points are those of gradient_descent on all
    examples. In between, every epoch takes one step for each batch of minibatches.

    params: array of any shape. X, y: arrays with N rows. They are not changed.
    loss_and_grads(params, X_batch, y_batch) returns (loss, grads), both means over the batch.
    lr: a Python number. NaN passes through.
    Returns (path, losses): the points visited, an array (number of steps + 1, *params.shape), and the loss of each
    batch just before the step it causes, an array (number of steps,).
    Raises ValueError unless lr >= 0, batch_size >= 1 and num_epochs >= 0.
    """
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(batch_size >= 1, "batch_size", batch_size, tr("a whole number >= 1", "大于或等于 1 的整数"))
    require(num_epochs >= 0, "num_epochs", num_epochs, tr("a whole number >= 0", "大于或等于 0 的整数"))
    path, losses = [params], []
    for _ in range(num_epochs):
        for X_batch, y_batch in minibatches(X, y, batch_size=batch_size, rng=rng):
            loss, grads = loss_and_grads(params, X_batch, y_batch)
            params = params - lr * grads
            path.append(params)
            losses.append(loss)
    return np.array(path), np.array(losses)


def scaled_lr(lr, *, batch_size, new_batch_size, rule="linear"):
    """Guess the learning rate for another batch size.

        rule "linear":  lr * new_batch_size / batch_size             for SGD, with momentum or without
        rule "sqrt":    lr * sqrt(new_batch_size / batch_size)       for Adam and its family

    Returns a number.
    Raises ValueError unless lr >= 0, both batch sizes are >= 1 and rule is one of the two.

    Linear: Goyal et al. (2017). Square root: Malladi et al. (2022).

    >>> scaled_lr(0.5, batch_size=16, new_batch_size=64), scaled_lr(0.5, batch_size=16, new_batch_size=64, rule="sqrt")
    (2.0, 1.0)
    """
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(batch_size >= 1, "batch_size", batch_size, tr("a whole number >= 1", "大于或等于 1 的整数"))
    require(new_batch_size >= 1, "new_batch_size", new_batch_size, tr("a whole number >= 1", "大于或等于 1 的整数"))
    require(rule in ("linear", "sqrt"), "rule", rule, tr('"linear" or "sqrt"', '"linear" 或 "sqrt"'))
    ratio = new_batch_size / batch_size
    return lr * ratio if rule == "linear" else lr * ratio**0.5
