"""Other answers to the transfer exercises of chapter 03."""

import numpy as np

from descent.hyper import require
from reference.momentum import heavy_ball_matrix, momentum_step, optimal_heavy_ball, spectral_radius

# ---- aggregated_momentum_step -----------------------------------------------------------------------


def aggregated_by_separate_runs(params, grads, velocities, *, lr, momenta):
    """Every velocity moves a copy of the params by momentum_step; the mean of the copies is where we go."""
    steps = [
        momentum_step(params, grads, velocity, lr=lr, momentum=momentum)
        for velocity, momentum in zip(velocities, momenta)
    ]
    mean = sum(np.asarray(one, dtype=np.float64) for one, _ in steps) / len(steps)
    return np.asarray(mean, dtype=params.dtype)[()], np.array([velocity for _, velocity in steps])


def aggregated_by_broadcasting(params, grads, velocities, *, lr, momenta):
    require(lr >= 0 and len(momenta) == len(velocities), "lr", lr, ">= 0")
    column = np.array(momenta, dtype=params.dtype).reshape(-1, *[1] * np.ndim(params))
    velocities = column * velocities + grads
    return params - lr / len(momenta) * velocities.sum(axis=0), velocities


def aggregated_sum(params, grads, velocities, *, lr, momenta):
    _, new = aggregated_by_broadcasting(params, grads, velocities, lr=lr, momenta=momenta)
    return params - lr * new.sum(axis=0), new


def aggregated_old_velocities(params, grads, velocities, *, lr, momenta):
    _, new = aggregated_by_broadcasting(params, grads, velocities, lr=lr, momenta=momenta)
    return params - lr * velocities.mean(axis=0), new


def aggregated_lr_inside(params, grads, velocities, *, lr, momenta):
    _, new = aggregated_by_broadcasting(params, lr * grads, velocities, lr=lr, momenta=momenta)
    return params - new.mean(axis=0), new


def aggregated_mean_momentum(params, grads, velocities, *, lr, momenta):
    mean = [float(np.mean(momenta))] * len(momenta)
    return aggregated_by_broadcasting(params, grads, velocities, lr=lr, momenta=mean)


# ---- fastest_momentum -------------------------------------------------------------------------------


def fastest_by_search(curvature, *, lr):
    """Golden-section search for the smallest spectral radius: it falls, then rises."""
    low, high, golden = 0.0, 1 - 1e-12, (5**0.5 - 1) / 2

    def radius(momentum):
        return spectral_radius(heavy_ball_matrix(curvature, lr=lr, momentum=momentum))

    for _ in range(120):
        a, b = high - golden * (high - low), low + golden * (high - low)
        if radius(a) <= radius(b):
            high = b
        else:
            low = a
    return (low + high) / 2


def fastest_by_discriminant(curvature, *, lr):
    """Where the discriminant (1 + b - lr h)^2 - 4 b is zero: b^2 - 2 (1 + lr h) b + (1 - lr h)^2 = 0, smaller root."""
    a = lr * curvature
    require(0 < a < 4, "lr * curvature", a, "between 0 and 4")
    return float((1 + a) - 2 * a**0.5)


def fastest_is_the_radius(curvature, *, lr):
    return abs(1 - (lr * curvature) ** 0.5)


def fastest_square_of_gd(curvature, *, lr):
    return (1 - lr * curvature) ** 2 if lr * curvature < 2 else 0.0


def fastest_none_when_steep(curvature, *, lr):
    return max(0.0, 1 - (lr * curvature) ** 0.5) ** 2


def fastest_of_the_valley(curvature, *, lr):
    return optimal_heavy_ball(min(1 / lr, curvature), max(1 / lr, curvature))[1]


SECOND = {"aggregated_momentum_step": aggregated_by_separate_runs, "fastest_momentum": fastest_by_search}
RIGHT = {
    "aggregated_momentum_step": {"broadcasting": aggregated_by_broadcasting},
    "fastest_momentum": {"root of the discriminant": fastest_by_discriminant},
}
WRONG = {
    "aggregated_momentum_step": {
        "sum instead of mean": aggregated_sum,
        "old velocities": aggregated_old_velocities,
        "lr inside the velocities": aggregated_lr_inside,
        "one mean momentum": aggregated_mean_momentum,
    },
    "fastest_momentum": {
        "the radius itself: not squared": fastest_is_the_radius,
        "root of lr * curvature missing": fastest_square_of_gd,
        "0 for steep directions": fastest_none_when_steep,
        "optimal_heavy_ball with 1/lr": fastest_of_the_valley,
    },
}
