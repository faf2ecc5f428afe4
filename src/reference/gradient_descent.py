"""Gradient descent walks downhill: by all examples (batch), by one (stochastic), by a few (mini-batch).

And how long its steps may be: a bound from the data, and a rule of thumb for another batch size.
"""

import numpy as np

from descent.hyper import require


def gradient_descent(params, grad_fn, *, lr, num_steps):
    """Batch gradient descent with a constant learning rate.

        x <- x - lr * grad_fn(x),   num_steps times

    params (x): the starting point, any shape, not changed. grad_fn(x) returns the gradient at x.
    Returns the path: an array (num_steps + 1, *params.shape), from path[0] = params to path[-1].
    Raises ValueError unless lr >= 0 and num_steps >= 0.
    A path that diverges runs into inf and NaN, with NumPy's overflow warning.
    """
    require(lr >= 0, "lr", lr, "a number >= 0")
    require(num_steps >= 0, "num_steps", num_steps, "a whole number >= 0")
    path = [params]
    for _ in range(num_steps):
        params = params - lr * grad_fn(params)
        path.append(params)
    return np.array(path)


def max_stable_lr(X):
    """The largest learning rate that is safe for softmax regression on X, whatever the labels.

    Contract: below it gradient descent on the mean cross-entropy of X W lowers the loss at every step, for
    all labels and starting points (unless the gradient is 0); above it there are labels for which it moves
    away from the minimum. Known about this loss: its curvature in every direction is at most

        L = lambda_max(X^T X / N) / 2          lambda_max: the largest eigenvalue

    X: (N, D), not changed; if the model has a bias, X needs its column of ones.
    Returns a float; inf when X is all zeros (the loss is constant).
    Raises numpy.linalg.LinAlgError when X holds NaN or inf.

    The 1/2 is the largest eigenvalue that diag(p) - p p^T can have (Boehning 1992).
    """
    # lambda_max(X^T X) is the square of the largest singular value of X
    L = float(np.linalg.norm(X, 2)) ** 2 / len(X) / 2
    return float("inf") if L == 0 else 2 / L


def minibatches(X, y, *, batch_size, rng):
    """The mini-batches of one epoch: every row once, in random order.

        order = rng.permutation(N)                          the only draw
        first batch: rows order[0], ..., order[B - 1];      second: order[B], ..., order[2B - 1];      ...

    X: N rows of any shape. y: N rows that stay with theirs. batch_size (B): where it does not divide N the
    last batch is smaller; where it is more than N there is one batch, of N rows.
    A generator: yields (X_batch, y_batch), copies of the rows. Call it again for the next epoch.
    Raises ValueError unless batch_size >= 1 and len(y) == len(X), when its first batch is asked for.
    """
    require(batch_size >= 1, "batch_size", batch_size, "a whole number >= 1")
    require(len(y) == len(X), "len(y)", len(y), f"{len(X)}, as many rows as X")
    order = rng.permutation(len(X))
    for start in range(0, len(X), batch_size):
        rows = order[start:start + batch_size]
        yield X[rows], y[rows]


def sgd(params, loss_and_grads, X, y, *, lr, num_epochs, rng):
    """Stochastic gradient descent: one example per step, in a new random order every epoch.

        for i in rng.permutation(N):                        the only draw, once per epoch
            x <- x - lr * gradient of the loss of example i

    params (x): one array of any shape. X, y: N rows each. They are not changed.
    loss_and_grads(params, X, y) returns (loss, grads); it is given one row, as arrays with a first axis of 1.
    Returns (path, losses): the points visited, (num_epochs * N + 1, *params.shape), and the loss of each
    example just before the step it causes, (num_epochs * N,).
    Raises ValueError unless lr >= 0 and num_epochs >= 0. NaN and inf pass through.
    """
    require(lr >= 0, "lr", lr, "a number >= 0")
    require(num_epochs >= 0, "num_epochs", num_epochs, "a whole number >= 0")
    path, losses = [params], []
    for _ in range(num_epochs):
        for i in rng.permutation(len(X)):
            loss, grads = loss_and_grads(params, X[i:i + 1], y[i:i + 1])
            params = params - lr * grads
            path.append(params)
            losses.append(loss)
    return np.array(path), np.array(losses)


def minibatch_sgd(params, loss_and_grads, X, y, *, lr, batch_size, num_epochs, rng):
    """Mini-batch gradient descent: one step per mini-batch, in a new random order every epoch.

        for X_batch, y_batch in minibatches(X, y, batch_size=batch_size, rng=rng):
            x <- x - lr * gradient of the mean loss of the batch

    params (x): one array of any shape. X, y: N rows each. They are not changed.
    loss_and_grads(params, X_batch, y_batch) returns (loss, grads), means over the batch: with totals the best
    lr would change with batch_size. Nothing is drawn from rng but the permutation of each epoch.
    Returns (path, losses): the points visited, (number of steps + 1, *params.shape), and the loss of each
    batch just before the step it causes. An epoch has ceil(N / batch_size) steps.
    Raises ValueError unless lr >= 0, batch_size >= 1 and num_epochs >= 0. NaN and inf pass through.
    """
    require(lr >= 0, "lr", lr, "a number >= 0")
    require(batch_size >= 1, "batch_size", batch_size, "a whole number >= 1")
    require(num_epochs >= 0, "num_epochs", num_epochs, "a whole number >= 0")
    path, losses = [params], []
    for _ in range(num_epochs):
        for X_batch, y_batch in minibatches(X, y, batch_size=batch_size, rng=rng):
            loss, grads = loss_and_grads(params, X_batch, y_batch)
            params = params - lr * grads
            path.append(params)
            losses.append(loss)
    return np.array(path), np.array(losses)


def scaled_lr(lr, *, batch_size, new_batch_size, rule="linear"):
    """A first guess of the learning rate for another batch size.

        rule "linear":  lr * new_batch_size / batch_size             for SGD, with momentum or without
        rule "sqrt":    lr * sqrt(new_batch_size / batch_size)       for Adam and its family

    Returns a number. Both hold while the noise of the gradient dominates, not for the largest batches.
    Raises ValueError unless lr >= 0, both batch sizes are >= 1 and rule is one of the two.

    Linear: Goyal et al. (2017). Square root: Malladi et al. (2022).
    """
    require(lr >= 0, "lr", lr, "a number >= 0")
    require(batch_size >= 1, "batch_size", batch_size, "a whole number >= 1")
    require(new_batch_size >= 1, "new_batch_size", new_batch_size, "a whole number >= 1")
    require(rule in ("linear", "sqrt"), "rule", rule, '"linear" or "sqrt"')
    ratio = new_batch_size / batch_size
    return lr * ratio if rule == "linear" else lr * ratio**0.5
