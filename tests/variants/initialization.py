"""Chapter 06, initialization: right versions in other words, and wrong ones that nobody catalogued."""

import math

import numpy as np

# ---- right: other draws, other algebra ------------------------------------------------------------


def fans_by_loop(shape):
    taps = 1
    for length in shape[:-2]:
        taps *= length
    *_, channels_in, channels_out = shape
    return taps * channels_in, taps * channels_out


def fans_by_division(shape):
    return np.prod(shape) // shape[-1], np.prod(shape) // shape[-2]


def fans_by_math(shape):
    return [math.prod(shape[:-1]), math.prod(shape) // shape[-2]]


def xavier_from_unit_interval(rng, shape, *, gain=1.0):
    return gain * (2 * rng.random(shape) - 1) * math.sqrt(6 / (shape[0] + shape[1]))


def xavier_transposed(rng, shape, *, gain=1.0):
    bound = math.sqrt(6.0) * gain / math.sqrt(sum(shape))
    return rng.uniform(low=-bound, high=bound, size=shape[::-1]).T


def xavier_row_by_row(rng, shape, *, gain=1.0):
    std = gain * np.sqrt(2 / np.sum(shape))
    return np.stack([rng.uniform(-1, 1, shape[1]) for _ in range(shape[0])]) * std * np.sqrt(3)


def xavier_with_normal(rng, shape, *, gain=1.0):
    return rng.normal(loc=0, scale=gain / np.sqrt(np.mean(shape)), size=shape)


def xavier_normal_row_by_row(rng, shape, *, gain=1.0):
    rows = [gain * np.sqrt(2 / sum(shape)) * rng.standard_normal(shape[1]) for _ in range(shape[0])]
    return np.array(rows)


def box_muller(rng, shape):
    return np.sqrt(-2 * np.log(1 - rng.random(shape))) * np.cos(2 * np.pi * rng.random(shape))


def xavier_in_float32(rng, shape, *, gain=1.0):
    return rng.standard_normal(shape, dtype=np.float32) * np.float32(gain * np.sqrt(2 / sum(shape)))


def he_in_float32(rng, shape, *, gain=2**0.5, mode="fan_in"):
    fan = {"fan_in": shape[0], "fan_out": shape[1]}[mode]
    bound = gain * np.sqrt(3 / fan)
    return rng.uniform(-bound, bound, shape).astype(np.float32)


def xavier_box_muller(rng, shape, *, gain=1.0):
    return box_muller(rng, shape) * gain * np.sqrt(2 / sum(shape))


def he_by_variance(rng, shape, *, gain=2**0.5, mode="fan_in"):
    fan = {"fan_in": shape[0], "fan_out": shape[1]}[mode]
    return rng.normal(0, math.sqrt(gain**2 / fan), shape)


def he_box_muller(rng, shape, *, gain=2**0.5, mode="fan_in"):
    return gain * box_muller(rng, shape) / np.sqrt(shape[mode == "fan_out"])


def he_flat(rng, shape, *, gain=2**0.5, mode="fan_in"):
    fan = shape[0] if mode == "fan_in" else shape[1]
    return (rng.standard_normal(shape[0] * shape[1]) * fan**-0.5 * gain).reshape(shape)


def he_uniform_by_std(rng, shape, *, gain=2**0.5, mode="fan_in"):
    std = gain / math.sqrt(shape[0] if mode == "fan_in" else shape[-1])
    return math.sqrt(3) * std * rng.uniform(-1, 1, size=shape)


def he_uniform_mirrored(rng, shape, *, gain=2**0.5, mode="fan_in"):
    fan = shape[0] if mode == "fan_in" else shape[1]
    return gain * np.sqrt(12 / fan) * (0.5 - rng.random(shape))


def gain_with_numpy(negative_slope):
    return np.sqrt(2.0 / (1 + np.square(negative_slope)))


def gain_by_mean_square(negative_slope):
    kept = 0.5 * 1 + 0.5 * negative_slope * negative_slope
    return 1 / math.sqrt(kept)


def gain_by_trial(negative_slope):
    z = np.array([1.0, -1.0])
    h = np.where(z > 0, z, negative_slope * z)
    return float(np.sqrt(np.mean(z**2) / np.mean(h**2)))


RIGHT = {
    "fans": [fans_by_loop, fans_by_division, fans_by_math],
    "xavier_uniform": [xavier_from_unit_interval, xavier_transposed, xavier_row_by_row],
    "xavier_normal": [xavier_with_normal, xavier_normal_row_by_row, xavier_box_muller, xavier_in_float32],
    "he_normal": [he_by_variance, he_box_muller, he_flat],
    "he_uniform": [he_uniform_by_std, he_uniform_mirrored, he_in_float32],
    "leaky_relu_gain": [gain_with_numpy, gain_by_mean_square, gain_by_trial],
}

# ---- wrong, and not in the catalogue --------------------------------------------------------------


def fans_doubled(shape):
    taps = int(np.prod(shape[:-2]))
    return 2 * taps * shape[-2], taps * shape[-1]


def fans_all(shape):
    return int(np.prod(shape)), int(np.prod(shape))


def fans_square_kernels_only(shape):
    taps = shape[0] ** (len(shape) - 2)
    return taps * shape[-2], taps * shape[-1]


def all_zeros(rng, shape, **options):
    return np.zeros(shape)


def a_little_too_large(rng, shape, *, gain=1.0):
    bound = 1.1 * gain * np.sqrt(6 / sum(shape))
    return rng.uniform(-bound, bound, shape)


def two_values(rng, shape, *, gain=1.0):
    return gain * np.sqrt(2 / sum(shape)) * np.sign(rng.random(shape) - 0.5)


def cut_off_at_the_ends(rng, shape, *, gain=1.0):
    bound = gain * np.sqrt(6 / sum(shape))
    return np.clip(rng.normal(0, bound, shape), -bound, bound)


def small_normal(rng, shape, **options):
    return 0.01 * rng.standard_normal(shape)


def sum_of_gain(rng, shape, *, gain=1.0):
    return (gain + np.sqrt(2 / sum(shape)) - 1) * rng.standard_normal(shape)


def shifted_normal(rng, shape, *, gain=1.0):
    std = gain * np.sqrt(2 / sum(shape))
    return std * rng.standard_normal(shape) + std / 10


def tails_cut(rng, shape, *, gain=2**0.5, mode="fan_in"):
    std = gain / np.sqrt(shape[0] if mode == "fan_in" else shape[1])
    return np.clip(std * rng.standard_normal(shape), -1.2 * std, 1.2 * std)


def one_column(rng, shape, *, gain=2**0.5, mode="fan_in"):
    std = gain / np.sqrt(shape[0] if mode == "fan_in" else shape[1])
    return std * rng.standard_normal((shape[0], 1)) * np.ones(shape)


def mean_bound(rng, shape, *, gain=2**0.5, mode="fan_in"):
    bound = gain * np.sqrt(3 / max(shape))
    return rng.uniform(-bound, bound, shape)


def whole_numbers(rng, shape, *, gain=2**0.5, mode="fan_in"):
    fan = shape[0] if mode == "fan_in" else shape[1]
    return gain * np.sqrt(3 / fan) * np.round(rng.uniform(-1, 1, shape))


def gain_half_root(negative_slope):
    return (2 / (1 + negative_slope**2)) ** 0.25


def gain_minus(negative_slope):
    return -((2 / (1 + negative_slope**2)) ** 0.5)


def gain_linear(negative_slope):
    return 2**0.5 * (1 - negative_slope) + negative_slope


WRONG = {
    "fans": [fans_doubled, fans_all, fans_square_kernels_only],
    "xavier_uniform": [all_zeros, a_little_too_large, two_values, cut_off_at_the_ends],
    "xavier_normal": [all_zeros, small_normal, sum_of_gain, two_values, shifted_normal],
    "he_normal": [all_zeros, small_normal, tails_cut, one_column],
    "he_uniform": [all_zeros, mean_bound, whole_numbers],
    "leaky_relu_gain": [gain_half_root, gain_minus, gain_linear],
}
