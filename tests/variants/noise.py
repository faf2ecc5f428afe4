"""Chapter 01, the noise floor: right versions written in other ways, and wrong ones that nobody catalogued."""

from reference.noise import noise_floor

# ---- right --------------------------------------------------------------------------------------


def floor_as_a_series(curvature, *, lr, noise_variance):
    kept = (1 - lr * curvature) ** 2
    return lr**2 * noise_variance / (1 - kept) if kept < 1 else float("inf")


def floor_by_repeating(curvature, *, lr, noise_variance):
    if lr * curvature >= 2:
        return float("inf")
    old, mean_square = -1.0, 0.0
    while abs(mean_square - old) > 1e-13 * mean_square:
        old, mean_square = mean_square, (1 - lr * curvature) ** 2 * mean_square + lr**2 * noise_variance
    return mean_square


# ---- wrong --------------------------------------------------------------------------------------


def floor_with_plus(curvature, *, lr, noise_variance):
    return float("inf") if lr * curvature >= 2 else lr * noise_variance / (curvature * (2 + lr * curvature))


def floor_without_noise(curvature, *, lr, noise_variance):
    return float("inf") if lr * curvature >= 2 else lr / (curvature * (2 - lr * curvature))


def floor_zero_without_noise(curvature, *, lr, noise_variance):
    if noise_variance == 0:
        return 0.0
    return float("inf") if lr * curvature >= 2 else lr * noise_variance / (curvature * (2 - lr * curvature))


RIGHT = {"noise_floor": [floor_as_a_series, floor_by_repeating]}


def floor_after_a_thousand_steps(curvature, *, lr, noise_variance):
    if lr * curvature >= 2:
        return float("inf")
    mean = 0.0
    for _ in range(1000):
        mean = (1 - lr * curvature) ** 2 * mean + lr**2 * noise_variance
    return mean


def floor_inf_near_the_end(curvature, *, lr, noise_variance):
    return float("inf") if 2 - lr * curvature < 1e-3 else noise_floor(curvature, lr=lr, noise_variance=noise_variance)


WRONG = {
    "noise_floor": [
        floor_after_a_thousand_steps,
        floor_zero_without_noise,
        floor_with_plus,
        floor_without_noise,
        floor_inf_near_the_end,
    ]
}
