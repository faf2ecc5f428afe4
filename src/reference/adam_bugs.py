"""A good test tells bugs apart: for each of four broken Adams, an input that shows its bug and no other."""

import numpy as np

from descent.hyper import require
from descent.say import tr


def expose_adam_bugs(*, betas, eps):
    """For each of four broken Adams, gradients on which it alone leaves Adam's path: four controlled experiments.

    descent.broken_adams contains the programs A, B, C and D, each with one bug. Its function
    astray(grads, betas=betas, eps=eps) returns the letters of those that leave Adam's path on these gradients.

    Contract: returns a dict with the keys "A", "B", "C", "D". Each value is a list of gradients, one array for
    each step: 1 to 100 steps, all arrays of one shape, 1 to 100 finite entries. On the gradients of "A", program A
    leaves Adam's path and B, C, D stay on it; on those of "B", only B leaves it; and so on.

    betas: (beta1, beta2), beta1 from 0.5 to 0.9, beta2 from 0.95 to 0.999. eps: from 1e-8 to 1e-5. You need not use
    them: the same gradients can work for all betas and eps.
    Raises ValueError unless betas and eps lie in these ranges.

    An experiment that shows two bugs at once:

    >>> from descent.broken_adams import astray
    >>> astray([np.array([2.0, 5.0]), np.array([2.0, 5.0])], betas=(0.9, 0.999), eps=1e-8)
    ['B', 'C']
    """
    require(0.5 <= betas[0] <= 0.9, "betas[0]", betas[0], tr("in [0.5, 0.9]", "在 [0.5, 0.9] 内"))
    require(0.95 <= betas[1] <= 0.999, "betas[1]", betas[1], tr("in [0.95, 0.999]", "在 [0.95, 0.999] 内"))
    require(1e-8 <= eps <= 1e-5, "eps", eps, tr("from 1e-8 to 1e-5", "1e-8 到 1e-5 之间的数"))
    one = np.array([1.0, 1.0])
    return {
        #| eps counts only beside a gradient that is as small | 梯度小到与 eps 差不多，eps 才起作用
        "A": [eps * one],
        #| a mean over the entries counts only where they differ | 各分量不同，对分量取平均才有影响
        "B": [np.array([1.0, 3.0])],
        #| the first step is right; equal gradients keep D right as well | 第一步是对的；梯度都相同，D 也一直是对的
        "C": [one, one, one],
        #| betas count where gradients change; corrected zeros are zeros, so C is right | 梯度变化时 betas 才有影响；零校正之后还是零，C 没错
        "D": [0 * one, one],
    }
