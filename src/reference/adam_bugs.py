"""A test is worth what it finds: for each of four broken Adams, an input that shows its bug and no other."""

import numpy as np

from descent.hyper import require
from descent.say import tr


def expose_adam_bugs(*, betas, eps):
    """For each of four broken Adams, gradients on which it alone goes astray: four controlled experiments.

    descent.broken_adams has the programs A, B, C and D, each with one bug, and astray(grads, betas=betas,
    eps=eps), the letters of those that leave Adam's path on these gradients.

    Contract: returns a dict with the keys "A", "B", "C", "D". Under each stands a list of gradients, one
    array for each step: 1 to 100 steps, all arrays of one shape, 1 to 100 finite entries. On the gradients
    under "A" the program A leaves Adam's path and B, C, D stay on it; under "B" only B leaves it; and so on.

    betas: (beta1, beta2), beta1 from 0.5 to 0.9, beta2 from 0.95 to 0.999. eps: from 1e-8 to 1e-5. You may
    use them or not: the same gradients can do for all of them.
    Raises ValueError unless betas and eps are as said.
    """
    require(0.5 <= betas[0] <= 0.9, "betas[0]", betas[0], "in [0.5, 0.9]")
    require(0.95 <= betas[1] <= 0.999, "betas[1]", betas[1], "in [0.95, 0.999]")
    require(1e-8 <= eps <= 1e-5, "eps", eps, "between 1e-8 and 1e-5")
    one = np.array([1.0, 1.0])
    return {
        "A": [eps * one],  # eps counts only beside a gradient that is as small
        "B": [np.array([1.0, 3.0])],  # a mean over the entries counts only where they differ
        "C": [one, one, one],  # the first step is right; equal gradients keep D right as well
        "D": [0 * one, one],  # betas count where gradients change; corrected zeros are zeros, so C is right
    }
