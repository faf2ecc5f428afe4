"""Gradient descent remembers nothing; we give it a velocity, so that steps which agree add up.

Two conventions of heavy-ball momentum, the same method as an average, two forms of Nesterov's method, and the
2x2 matrix that says how fast they are on a quadratic. Every step is pure and takes an array of any shape.
"""

import numpy as np

from descent.hyper import require


def momentum_init(params):
    """Return the velocity a run starts with: zeros of params' shape and dtype."""
    return np.zeros_like(params)


def momentum_step(params, grads, velocity, *, lr, momentum=0.9):
    """One step of heavy-ball momentum, lr outside the velocity.

        v <- momentum * v + g
        x <- x - lr * v              (with the new v)

    params (x), grads (g), velocity (v): arrays of one shape, any shape. They are not changed.
    lr, momentum: Python numbers. NaN passes through.
    Returns (new params, new velocity), same shape and dtype.
    Raises ValueError unless lr >= 0 and 0 <= momentum < 1.

    The convention of PyTorch's SGD (dampening 0) and of the CS231n lecture.
    """
    require(lr >= 0, "lr", lr, "a number >= 0")
    require(0 <= momentum < 1, "momentum", momentum, "in [0, 1)")
    velocity = momentum * velocity + grads
    return params - lr * velocity, velocity


def classical_momentum_step(params, grads, velocity, *, lr, momentum=0.9):
    """One step of heavy-ball momentum, lr inside the velocity.

        u <- momentum * u + lr * g
        x <- x - u                   (with the new u)

    params (x), grads (g), velocity (u): arrays of one shape, any shape. They are not changed.
    lr, momentum: Python numbers. NaN passes through.
    Returns (new params, new velocity), same shape and dtype.
    Raises ValueError unless lr >= 0 and 0 <= momentum < 1.

    The convention of CS324 and, with the opposite sign of u, of Sutskever et al. (2013) and Keras.
    """
    require(lr >= 0, "lr", lr, "a number >= 0")
    require(0 <= momentum < 1, "momentum", momentum, "in [0, 1)")
    velocity = momentum * velocity + lr * grads
    return params - velocity, velocity


def classical_velocity(velocity, *, lr):
    """The state with which classical_momentum_step takes over a run of momentum_step.

    Contract: a run of momentum_step has arrived at some params with this `velocity`. One copy of it goes on
    with momentum_step, the other changes over to classical_momentum_step and starts from the state you
    return. With equal lr, momentum and gradients from here on, both visit the same points.

    velocity: array of any shape, not changed. lr: a Python number, the learning rate of the steps that follow.
    Returns an array of the same shape and dtype. NaN passes through.
    Raises ValueError unless lr >= 0.
    """
    require(lr >= 0, "lr", lr, "a number >= 0")
    return lr * velocity


def ema_momentum_step(params, grads, average, *, lr, momentum=0.9):
    """One step of heavy-ball momentum whose state is an average of the gradients.

    Contract:
    1. From a state of zeros, `average` is a weighted mean of the gradients so far. The weights are positive
       and add up to at most 1; each later step multiplies a gradient's weight by `momentum`. For gradients
       that never change the average tends to that gradient.
    2. From a state of zeros, the params visited are those of momentum_step with the same lr and momentum.

    params, grads, average: arrays of one shape, any shape. They are not changed.
    lr, momentum: Python numbers. NaN passes through.
    Returns (new params, new average), same shape and dtype.
    Raises ValueError unless lr >= 0 and 0 <= momentum < 1.

    `average` is an exponential moving average (EMA), Adam's first moment before bias correction.
    """
    require(lr >= 0, "lr", lr, "a number >= 0")
    require(0 <= momentum < 1, "momentum", momentum, "in [0, 1)")
    average = momentum * average + (1 - momentum) * grads
    return params - lr / (1 - momentum) * average, average


def lookahead_point(params, velocity, *, lr, momentum=0.9):
    """Return where the old velocity alone would carry the params: x - lr * momentum * v."""
    return params - lr * momentum * velocity


def nesterov_step(params, grad_fn, velocity, *, lr, momentum=0.9):
    """One step of Nesterov's method: the gradient is taken at the look-ahead point.

        v <- momentum * v + grad_fn(x - lr * momentum * v)
        x <- x - lr * v              (with the new v)

    params (x), velocity (v): arrays of one shape, any shape. They are not changed.
    lr, momentum: Python numbers. NaN passes through.
    grad_fn: takes an array of that shape, returns the gradient there. It is called once.
    Returns (new params, new velocity), same shape and dtype.
    Raises ValueError unless lr >= 0 and 0 <= momentum < 1.

    Sutskever et al. (2013), with lr outside the velocity.
    """
    require(lr >= 0, "lr", lr, "a number >= 0")
    require(0 <= momentum < 1, "momentum", momentum, "in [0, 1)")
    grads = grad_fn(lookahead_point(params, velocity, lr=lr, momentum=momentum))
    velocity = momentum * velocity + grads
    return params - lr * velocity, velocity


def nesterov_rewritten_step(params, grads, velocity, *, lr, momentum=0.9):
    """One step of Nesterov's method whose params are the look-ahead points themselves.

        v <- momentum * v + g
        y <- y - lr * (g + momentum * v)      (with the new v)

    params (y), grads (g, taken at y), velocity (v): arrays of one shape, any shape. They are not changed.
    lr, momentum: Python numbers. NaN passes through.
    Returns (new params, new velocity), same shape and dtype.
    Raises ValueError unless lr >= 0 and 0 <= momentum < 1.

    The form of PyTorch's SGD(nesterov=True) and of optax; Bengio et al. (2013) with lr outside.
    """
    require(lr >= 0, "lr", lr, "a number >= 0")
    require(0 <= momentum < 1, "momentum", momentum, "in [0, 1)")
    velocity = momentum * velocity + grads
    return params - lr * (grads + momentum * velocity), velocity


def heavy_ball_matrix(curvature, *, lr, momentum):
    """The matrix of one momentum step on f(x) = curvature / 2 * x**2, whose gradient is curvature * x.

        (x[t+1], x[t]) = M (x[t], x[t-1])
        x[t+1] = x[t] - lr * curvature * x[t] + momentum * (x[t] - x[t-1])

    curvature: a number (an eigenvalue of the Hessian), lr and momentum: numbers.
    Returns M, an array of shape (2, 2).
    Raises ValueError unless lr >= 0 and 0 <= momentum < 1.

    Polyak (1964); the state is two successive points.
    """
    require(lr >= 0, "lr", lr, "a number >= 0")
    require(0 <= momentum < 1, "momentum", momentum, "in [0, 1)")
    return np.array([[1 + momentum - lr * curvature, -momentum], [1.0, 0.0]])


def spectral_radius(matrix):
    """Return the largest absolute value of the eigenvalues (complex ones included) of a square matrix."""
    return float(np.max(np.abs(np.linalg.eigvals(matrix))))


def optimal_heavy_ball(curvature_min, curvature_max):
    """The lr and momentum with which heavy-ball momentum is fastest on a quadratic.

    Contract: take the largest of the spectral radii of heavy_ball_matrix(h, lr=lr, momentum=momentum) over h
    from curvature_min to curvature_max. Of all lr >= 0 and momentum in [0, 1), the returned pair makes it
    smallest. End point: for curvature_min == curvature_max one gradient step reaches the minimum, so the
    pair is (1 / curvature_max, 0).

    curvature_min, curvature_max: numbers, the smallest and the largest eigenvalue of the Hessian.
    Returns (lr, momentum), two floats.
    Raises ValueError unless 0 < curvature_min <= curvature_max.
    """
    require(curvature_min > 0, "curvature_min", curvature_min, "a number > 0")
    require(curvature_max >= curvature_min, "curvature_max", curvature_max, "a number >= curvature_min")
    root_min, root_max = np.sqrt(curvature_min), np.sqrt(curvature_max)
    lr = (2 / (root_max + root_min)) ** 2
    momentum = ((root_max - root_min) / (root_max + root_min)) ** 2
    return float(lr), float(momentum)


def optimal_nesterov(curvature_min, curvature_max):
    """Return (lr, momentum) with which Nesterov's method is fastest on a quadratic.

        k = curvature_max / curvature_min,  r = sqrt(3 * k + 1)
        lr = 4 / (3 * curvature_max + curvature_min),  momentum = (r - 2) / (r + 2)

    Raises ValueError unless 0 < curvature_min <= curvature_max.

    Lessard, Recht and Packard (2016), Proposition 1; the error shrinks like (1 - 2 / r)**t.
    """
    require(curvature_min > 0, "curvature_min", curvature_min, "a number > 0")
    require(curvature_max >= curvature_min, "curvature_max", curvature_max, "a number >= curvature_min")
    root = np.sqrt(3 * curvature_max / curvature_min + 1)
    return float(4 / (3 * curvature_max + curvature_min)), float((root - 2) / (root + 2))


def recover_hyperparameters(path, grads):
    """Find the lr and momentum of a heavy-ball run from its record.

    Contract: path[0], path[1], ... are the params that momentum_step visited from velocity 0 with constant
    lr and momentum, grads[t] is the gradient it was given at path[t]. Return that (lr, momentum).

    path: array (T + 1, n), grads: array (T, n), T >= 2.
    Returns (lr, momentum), two floats.
    Raises ValueError unless path has one row more than grads and grads has at least 2 rows.
    """
    require(len(grads) >= 2, "len(grads)", len(grads), "at least 2")
    require(len(path) == len(grads) + 1, "len(path)", len(path), f"len(grads) + 1 = {len(grads) + 1}")
    moves = np.diff(path, axis=0)
    moves_before = np.vstack([np.zeros_like(moves[:1]), moves[:-1]])
    columns = np.column_stack([-grads.ravel(), moves_before.ravel()])
    lr, momentum = np.linalg.lstsq(columns, moves.ravel(), rcond=None)[0]
    return float(lr), float(momentum)


def coasting_distance(velocity, *, lr, momentum=0.9):
    """How far params that move with this velocity still get where the gradient is zero.

    Contract: from now on every gradient is zero, and momentum_step goes on for ever with constant lr and
    momentum. Return (params at the end) - (params now).

    velocity: array of any shape, not changed. Returns an array of the same shape and dtype.
    Raises ValueError unless lr >= 0 and 0 <= momentum < 1.
    """
    require(lr >= 0, "lr", lr, "a number >= 0")
    require(0 <= momentum < 1, "momentum", momentum, "in [0, 1)")
    return -lr * momentum / (1 - momentum) * velocity
