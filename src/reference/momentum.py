"""Gradient descent remembers nothing; we give it a velocity, so that steps which agree add up.

Two conventions of heavy-ball momentum, the same method as an average, two forms of Nesterov's method, and the
2x2 matrix that says how fast they are on a quadratic. Every step is pure and takes an array of any shape.
"""

import numpy as np

from descent.hyper import require
from descent.say import tr


def momentum_init(params):
    """Return the velocity a run starts with: zeros of params' shape and dtype."""
    return np.zeros_like(params)


def momentum_step(params, grads, velocity, *, lr, momentum=0.9):
    """Take one step of momentum, with lr outside the velocity.

        v <- momentum * v + g
        x <- x - lr * v              (the new v)

    params (x), grads (g), velocity (v): arrays of one shape, any shape. They are not changed.
    lr, momentum: Python numbers. NaN passes through.
    Returns (new params, new velocity), same shape and dtype.
    Raises ValueError unless lr >= 0 and 0 <= momentum < 1.

    >>> momentum_step(10.0, 1.0, 8.0, lr=0.5, momentum=0.75)
    (6.5, 7.0)
    """
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(0 <= momentum < 1, "momentum", momentum, tr("in [0, 1)", "在 [0, 1) 内"))
    velocity = momentum * velocity + grads
    return params - lr * velocity, velocity


def classical_momentum_step(params, grads, velocity, *, lr, momentum=0.9):
    """Take one step of momentum, with lr inside the velocity.

    Contract:
    1. The velocity is the move: new params = params - new velocity.
    2. From velocity 0, and with constant lr and momentum, a run visits the same points as one of momentum_step.

    params, grads, velocity: arrays of one shape, any shape. They are not changed.
    lr, momentum: Python numbers. NaN passes through.
    Returns (new params, new velocity), same shape and dtype.
    Raises ValueError unless lr >= 0 and 0 <= momentum < 1.

    >>> classical_momentum_step(10.0, 1.0, 4.0, lr=0.5, momentum=0.75)
    (6.5, 3.5)
    """
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(0 <= momentum < 1, "momentum", momentum, tr("in [0, 1)", "在 [0, 1) 内"))
    velocity = momentum * velocity + lr * grads
    return params - velocity, velocity


def classical_velocity(velocity, *, lr):
    """Turn a velocity of momentum_step into one of classical_momentum_step.

    Contract: a run of momentum_step has reached this velocity. A copy of it goes on with classical_momentum_step
    from the velocity you return. If both use this lr from now on, with equal momentum and gradients, they visit
    the same points.

    velocity: array of any shape, not changed. lr: a Python number. NaN passes through.
    Returns an array, same shape and dtype.
    Raises ValueError unless lr >= 0.
    """
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    return lr * velocity


def ema_momentum_step(params, grads, average, *, lr, momentum=0.9):
    """Take one step of momentum whose state is an average of the gradients.

    Contract:
    1. From a state of zeros, average is a weighted mean of the gradients so far. The weights are positive and add
       up to at most 1; each later step multiplies a gradient's weight by momentum. If the gradient never changes,
       average tends to it.
    2. From a state of zeros, the params visited are those of momentum_step with the same lr and momentum.

    params, grads, average: arrays of one shape, any shape. They are not changed.
    lr, momentum: Python numbers. NaN passes through.
    Returns (new params, new average), same shape and dtype.
    Raises ValueError unless lr >= 0 and 0 <= momentum < 1.

    >>> ema_momentum_step(20.0, 8.0, 4.0, lr=0.5, momentum=0.75)
    (10.0, 5.0)
    """
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(0 <= momentum < 1, "momentum", momentum, tr("in [0, 1)", "在 [0, 1) 内"))
    average = momentum * average + (1 - momentum) * grads
    return params - lr / (1 - momentum) * average, average


def lookahead_point(params, velocity, *, lr, momentum=0.9):
    """Return where the old velocity alone would carry the params: x - lr * momentum * v."""
    return params - lr * momentum * velocity


def nesterov_step(params, grad_fn, velocity, *, lr, momentum=0.9):
    """Take one step of Nesterov's method: the gradient is taken at the look-ahead point.

        v <- momentum * v + grad_fn(x - lr * momentum * v)
        x <- x - lr * v              (the new v)

    params (x), velocity (v): arrays of one shape, any shape. They are not changed.
    lr, momentum: Python numbers. NaN passes through.
    grad_fn: takes an array of that shape, returns the gradient there. It is called once.
    Returns (new params, new velocity), same shape and dtype.
    Raises ValueError unless lr >= 0 and 0 <= momentum < 1.

    >>> nesterov_step(4.0, lambda x: x - 1, 8.0, lr=0.25, momentum=0.5)
    (2.5, 6.0)
    """
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(0 <= momentum < 1, "momentum", momentum, tr("in [0, 1)", "在 [0, 1) 内"))
    grads = grad_fn(lookahead_point(params, velocity, lr=lr, momentum=momentum))
    velocity = momentum * velocity + grads
    return params - lr * velocity, velocity


def nesterov_rewritten_step(params, grads, velocity, *, lr, momentum=0.9):
    """Take one step of Nesterov's method whose params are the look-ahead points themselves.

    Contract: a run of nesterov_step and one of this step start at the same point with velocity 0; lr and momentum
    are constant, and this step is given the gradient at its own params. Then both have the same velocity after each
    step, and where the other run has reached x, params are lookahead_point(x, velocity).

    params, grads, velocity: arrays of one shape, any shape. They are not changed.
    lr, momentum: Python numbers. NaN passes through.
    Returns (new params, new velocity), same shape and dtype.
    Raises ValueError unless lr >= 0 and 0 <= momentum < 1.

    >>> nesterov_rewritten_step(3.0, 2.0, 8.0, lr=0.25, momentum=0.5)
    (1.75, 6.0)
    """
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(0 <= momentum < 1, "momentum", momentum, tr("in [0, 1)", "在 [0, 1) 内"))
    velocity = momentum * velocity + grads
    return params - lr * (grads + momentum * velocity), velocity


def heavy_ball_matrix(curvature, *, lr, momentum):
    """Return the matrix of one momentum step on f(x) = curvature / 2 * x**2, whose gradient is curvature * x.

    Contract: if x[t-1], x[t], x[t+1] are three successive points of a run of momentum_step on f, with this lr and
    momentum, then M @ [x[t], x[t-1]] = [x[t+1], x[t]].

    curvature: a number (an eigenvalue of the Hessian), lr and momentum: numbers.
    Returns M, an array of shape (2, 2).
    Raises ValueError unless lr >= 0 and 0 <= momentum < 1.

    >>> heavy_ball_matrix(3.0, lr=0.25, momentum=0.5) @ [8.0, 2.0]
    array([5., 8.])
    """
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(0 <= momentum < 1, "momentum", momentum, tr("in [0, 1)", "在 [0, 1) 内"))
    return np.array([[1 + momentum - lr * curvature, -momentum], [1.0, 0.0]])


def spectral_radius(matrix):
    """Return the largest absolute value of the eigenvalues (complex ones included) of a square matrix."""
    return float(np.max(np.abs(np.linalg.eigvals(matrix))))


def optimal_heavy_ball(curvature_min, curvature_max):
    """Return the lr and momentum with which momentum is fastest on a quadratic.

    Contract: of all lr >= 0 and 0 <= momentum < 1, the pair makes the largest spectral radius of
    heavy_ball_matrix(h, lr=lr, momentum=momentum), over h from curvature_min to curvature_max, as small as possible.
    If curvature_min == curvature_max, one gradient step reaches the minimum: the pair is (1 / curvature_max, 0).

    curvature_min, curvature_max: numbers, the smallest and the largest eigenvalue of the Hessian.
    Returns (lr, momentum), two floats.
    Raises ValueError unless 0 < curvature_min <= curvature_max.

    >>> optimal_heavy_ball(1.0, 49.0)
    (0.0625, 0.5625)
    """
    require(curvature_min > 0, "curvature_min", curvature_min, tr("a number > 0", "大于 0 的数"))
    require(
        curvature_max >= curvature_min,
        "curvature_max",
        curvature_max,
        tr("a number >= curvature_min", "不小于 curvature_min 的数"),
    )
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
    require(curvature_min > 0, "curvature_min", curvature_min, tr("a number > 0", "大于 0 的数"))
    require(
        curvature_max >= curvature_min,
        "curvature_max",
        curvature_max,
        tr("a number >= curvature_min", "不小于 curvature_min 的数"),
    )
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
    require(len(grads) >= 2, "len(grads)", len(grads), tr("at least 2", "至少为 2"))
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
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(0 <= momentum < 1, "momentum", momentum, tr("in [0, 1)", "在 [0, 1) 内"))
    return -lr * momentum / (1 - momentum) * velocity
