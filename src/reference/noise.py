"""A mini-batch gradient is the right gradient plus noise, and a constant learning rate never lets it settle."""

from descent.hyper import require
from descent.say import tr


def noise_floor(curvature, *, lr, noise_variance):
    """Return the mean of x^2 around which SGD settles on a parabola, in the long run.

    One step on f(x) = curvature / 2 * x^2, where every gradient comes with noise:

        x <- x - lr * (curvature * x + noise)          noise: mean 0, variance noise_variance, independent
                                                       of x and of the noise of all other steps
    Contract: a step leaves this mean of x^2 as it is. From another mean of x^2, runs tend to it if
    lr * curvature < 2. If lr * curvature >= 2 they do not, and the answer is inf.

    curvature, lr, noise_variance: numbers.
    Returns a number.
    Raises ValueError unless curvature > 0, lr > 0 and noise_variance >= 0.

    >>> round(noise_floor(1.0, lr=0.4, noise_variance=1.0), 6)
    0.25
    """
    require(curvature > 0, "curvature", curvature, tr("a number > 0", "大于 0 的数"))
    require(lr > 0, "lr", lr, tr("a number > 0", "大于 0 的数"))
    require(noise_variance >= 0, "noise_variance", noise_variance, tr("a number >= 0", "大于或等于 0 的数"))
    if lr * curvature >= 2:
        return float("inf")
    # m = (1 - lr * curvature)^2 m + lr^2 noise_variance, solved for m
    return lr * noise_variance / (curvature * (2 - lr * curvature))
