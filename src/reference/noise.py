"""A mini-batch gradient is the right gradient plus noise, and a constant learning rate never lets it settle."""

from descent.hyper import require


def noise_floor(curvature, *, lr, noise_variance):
    """How far from the minimum SGD hovers on a parabola: the mean of x^2 in the long run.

    One step on f(x) = curvature / 2 * x^2, where every gradient comes with noise:

        x <- x - lr * (curvature * x + noise)          noise: mean 0, variance noise_variance, independent
                                                       of x and of the noise of every other step
    Contract: the answer is the mean of x^2 that such a step leaves as it is. Runs that start with another
    mean of x^2 tend to it as long as lr * curvature < 2; from 2 on they do not tend to any: the answer is inf.

    All three are numbers. Returns a number.
    Raises ValueError unless curvature > 0, lr > 0 and noise_variance >= 0.

    For small lr * curvature it is nearly proportional to lr (Robbins and Monro 1951 let lr fall for that reason).
    """
    require(curvature > 0, "curvature", curvature, "a number > 0")
    require(lr > 0, "lr", lr, "a number > 0")
    require(noise_variance >= 0, "noise_variance", noise_variance, "a number >= 0")
    if lr * curvature >= 2:
        return float("inf")
    # m = (1 - lr * curvature)^2 m + lr^2 noise_variance, solved for m
    return lr * noise_variance / (curvature * (2 - lr * curvature))
