"""A difference between two methods means something only beside its noise: means with their intervals."""

from math import sqrt

import numpy as np

from descent.hyper import require

# How many standard errors Student's t distribution needs for a 95 % interval, by degrees of freedom
# (1, 2, ... 30): five seeds have four, and 1.96 would promise too much.
# fmt: off
_T95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)
# fmt: on


def mean_interval(values) -> tuple[float, float, float]:
    """Return (mean, low, high): the mean of one value per seed and its 95 % interval (Student's t).

    For two methods run on the same seeds pass the paired differences: noise that both share cancels.
    At least two values; more than 31 use 1.96 + 2.45 / (n - 1), right to 0.001.
    """
    values = np.asarray(values, dtype=float)
    require(values.ndim == 1 and len(values) >= 2, "values", values, "one number for each of two seeds or more")
    freedom = len(values) - 1
    factor = _T95[freedom - 1] if freedom <= len(_T95) else 1.96 + 2.45 / freedom
    mean = float(values.mean())
    half = factor * float(values.std(ddof=1)) / sqrt(len(values))
    return mean, mean - half, mean + half
