"""Where we start decides whether signals survive the way through many layers: neither fading nor exploding.

A weight matrix has shape (fan_in, fan_out): X @ W. (PyTorch stores the transpose.) Every function takes the
generator and a shape, makes one draw, and returns float64.
"""

import numpy as np

from descent.hyper import require
from descent.say import tr


def fans(shape):
    """How many inputs feed a unit, and how many units an input feeds: (fan_in, fan_out).

    shape: (fan_in, fan_out) of a weight matrix, or (..., channels_in, channels_out) of a convolution kernel; then each
    number of channels is multiplied by the number of taps, the product of the lengths in front.
    Returns (fan_in, fan_out), whole numbers. Raises ValueError for fewer than two axes.

    >>> fans((5, 4, 3))
    (20, 15)

    Keras stores kernels like this; PyTorch has (channels_out, channels_in, ...).
    """
    require(
        len(shape) >= 2,
        "shape",
        shape,
        tr(
            "(fan_in, fan_out): a bias has no fans, start it with zeros",
            "(fan_in, fan_out)：偏置没有扇入和扇出，从零开始即可",
        ),
    )
    taps = int(np.prod(shape[:-2]))
    return taps * shape[-2], taps * shape[-1]


def zeros(rng, shape):
    """All weights 0: every unit of a layer computes, and learns, the same. Nothing is drawn."""
    return np.zeros(shape)


def constant(rng, shape, *, value):
    """All weights one value: like zeros, the units of a layer never become different. Nothing is drawn."""
    return np.full(shape, float(value))


def normal(rng, shape, *, scale):
    """Normal weights of standard deviation `scale`: scale * rng.standard_normal(shape).

    Raises ValueError unless scale >= 0.
    """
    require(scale >= 0, "scale", scale, tr("a number >= 0", "大于或等于 0 的数"))
    return scale * rng.standard_normal(shape)


def standard_uniform(rng, shape):
    """What Glorot and Bengio (2010) call the standard: rng.uniform(-b, b, shape) with b = 1 / sqrt(fan_in).

    Its variance is 1 / (3 fan_in), a third of what keeps the signal. PyTorch's nn.Linear still starts so.
    """
    fan_in, _ = fans(shape)
    bound = 1 / np.sqrt(fan_in)
    return rng.uniform(-bound, bound, shape)


def xavier_uniform(rng, shape, *, gain=1.0):
    """Xavier (Glorot) initialization: uniform weights of mean 0 and variance 2 gain^2 / (fan_in + fan_out).

    rng: draws all weights at once. shape: (fan_in, fan_out). Returns an array of that shape.
    Raises ValueError unless gain > 0.

    >>> weights = xavier_uniform(np.random.default_rng(0), (30, 20), gain=2.0)
    >>> float(weights.std().round(2)), float(weights.max().round(2))
    (0.4, 0.69)

    Glorot and Bengio (2010): between what the signal needs and what the gradient needs, for tanh.
    """
    require(gain > 0, "gain", gain, tr("a number > 0", "大于 0 的数"))
    fan_in, fan_out = fans(shape)
    bound = gain * np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-bound, bound, shape)


def xavier_normal(rng, shape, *, gain=1.0):
    """Xavier (Glorot) initialization, normal: the same variance as xavier_uniform.

        gain * sqrt(2 / (fan_in + fan_out)) * rng.standard_normal(shape)

    Raises ValueError unless gain > 0. As PyTorch; Keras' GlorotNormal cuts the tails off.
    """
    require(gain > 0, "gain", gain, tr("a number > 0", "大于 0 的数"))
    fan_in, fan_out = fans(shape)
    return gain * np.sqrt(2 / (fan_in + fan_out)) * rng.standard_normal(shape)


def he_normal(rng, shape, *, gain=2**0.5, mode="fan_in"):
    """He (Kaiming) initialization: normal weights of mean 0 and variance gain^2 / fan_in, or gain^2 / fan_out.

    rng: draws all weights at once. shape: (fan_in, fan_out).
    gain: sqrt(2) for ReLU, 1 for linear layers.
    mode: "fan_in" keeps the size of the signal forwards, "fan_out" that of the gradient backwards.
    Returns an array of that shape. Raises ValueError unless gain > 0 and mode is one of the two.

    >>> weights = he_normal(np.random.default_rng(0), (50, 8))
    >>> float(weights.std().round(1))
    0.2

    He et al. (2015). As PyTorch's kaiming_normal_; Keras' HeNormal cuts the tails off.
    """
    require(gain > 0, "gain", gain, tr("a number > 0", "大于 0 的数"))
    require(mode in ("fan_in", "fan_out"), "mode", mode, tr('"fan_in" or "fan_out"', '"fan_in" 或 "fan_out"'))
    fan_in, fan_out = fans(shape)
    fan = fan_in if mode == "fan_in" else fan_out
    return gain / np.sqrt(fan) * rng.standard_normal(shape)


def he_uniform(rng, shape, *, gain=2**0.5, mode="fan_in"):
    """He (Kaiming) initialization, uniform: the same variance as he_normal, gain^2 / fan.

        rng.uniform(-b, b, shape)      b = gain * sqrt(3 / fan)

    Raises ValueError unless gain > 0 and mode is "fan_in" or "fan_out".
    """
    require(gain > 0, "gain", gain, tr("a number > 0", "大于 0 的数"))
    require(mode in ("fan_in", "fan_out"), "mode", mode, tr('"fan_in" or "fan_out"', '"fan_in" 或 "fan_out"'))
    fan_in, fan_out = fans(shape)
    fan = fan_in if mode == "fan_in" else fan_out
    bound = gain * np.sqrt(3 / fan)
    return rng.uniform(-bound, bound, shape)


def leaky_relu_gain(negative_slope):
    """The gain with which he_normal keeps the size of a signal through leaky ReLU units.

    Contract: let z be symmetric about 0 (z and -z equally likely) and h = z for z > 0, negative_slope * z
    otherwise. Then gain^2 * mean(h^2) = mean(z^2).

    negative_slope: a number; 0 is ReLU, 1 the identity, -1 the absolute value. Returns a float > 0.

    >>> leaky_relu_gain(1.0)
    1.0
    """
    return (2 / (1 + negative_slope**2)) ** 0.5
