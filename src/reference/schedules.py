"""A learning rate that is right at the start is too large at the end; a schedule says how it changes.

All schedules are functions of `step`, the number of parameter updates done so far: 0 for the first update.
If you think in epochs, multiply: 30 epochs are 30 * steps_per_epoch steps. To use one in a training loop, fix its
hyper-parameters: lambda step: cosine_annealing(step, lr=0.1, num_steps=1000). All return a float.
"""

import numpy as np

from descent.hyper import require
from descent.say import tr


def constant(step, *, lr):
    """The same learning rate at every step. Returns lr. Raises ValueError unless step >= 0 and lr >= 0."""
    require(step >= 0, "step", step, tr("a number >= 0", "大于或等于 0 的数"))
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    return float(lr)


def step_decay(step, *, lr, drop_every, factor=0.1):
    """A staircase of learning rates: all stairs have drop_every steps, each is factor times as high as the one before.

    Contract: the first drop_every updates get lr. Every later update gets factor times what the update drop_every
    steps before it got.

    step: number of updates done so far, 0 for the first update. drop_every: a number of steps. Returns a float.
    Raises ValueError unless step >= 0, lr >= 0, drop_every >= 1 and 0 < factor <= 1.

    torch.optim.lr_scheduler.StepLR, whose step_size is drop_every and whose gamma is factor.

    >>> step_decay(25, lr=0.8, drop_every=10, factor=0.5)
    0.2
    """
    require(step >= 0, "step", step, tr("a number >= 0", "大于或等于 0 的数"))
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(drop_every >= 1, "drop_every", drop_every, tr("a number of steps >= 1", "大于或等于 1 的步数"))
    require(0 < factor <= 1, "factor", factor, tr("in (0, 1]", "在 (0, 1] 内"))
    return float(lr * factor ** (step // drop_every))


def inverse_time(step, *, lr, decay):
    """Decay like 1 / step: slowly enough to get anywhere, fast enough to average out the noise of SGD.

        lr(step) = lr / (1 + decay * step)

    step: number of updates done so far. decay: per step; after 1 / decay steps lr is halved. Returns a float.
    Raises ValueError unless step >= 0, lr >= 0 and decay >= 0.

    Robbins & Monro (1951) ask for sum lr = inf and sum lr^2 < inf, which this satisfies if decay > 0.

    >>> inverse_time(6, lr=0.8, decay=0.5)
    0.2
    """
    require(step >= 0, "step", step, tr("a number >= 0", "大于或等于 0 的数"))
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(decay >= 0, "decay", decay, tr("a number >= 0", "大于或等于 0 的数"))
    return float(lr / (1 + decay * step))


def exponential(step, *, lr, factor):
    """Multiply lr by factor at every step.

        lr(step) = lr * factor^step

    step: number of updates done so far. factor: per step, so close to 1. Returns a float.
    Raises ValueError unless step >= 0, lr >= 0 and 0 < factor <= 1.

    torch.optim.lr_scheduler.ExponentialLR, whose gamma is factor.

    >>> exponential(2, lr=0.8, factor=0.5)
    0.2
    """
    require(step >= 0, "step", step, tr("a number >= 0", "大于或等于 0 的数"))
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(0 < factor <= 1, "factor", factor, tr("in (0, 1]", "在 (0, 1] 内"))
    return float(lr * factor**step)


def cosine_annealing(step, *, lr, num_steps, lr_min=0.0):
    """Follow half a period of a cosine, from lr down to lr_min.

    Contract: lr at step 0, lr_min at step num_steps and at every later step. In between, the value follows the
    cosine of an angle that grows linearly with the step, from a maximum of the cosine to the next minimum: flat at
    both ends, and halfway between lr and lr_min at num_steps / 2.

    step, num_steps: numbers of updates. Returns a float.
    Raises ValueError unless step >= 0, num_steps >= 1 and 0 <= lr_min <= lr.

    Loshchilov & Hutter (2017). PyTorch's CosineAnnealingLR is the same until num_steps, then rises again.

    >>> [round(cosine_annealing(step, lr=0.5, num_steps=10, lr_min=0.1), 4) for step in (0, 5, 10, 12)]
    [0.5, 0.3, 0.1, 0.1]
    """
    require(step >= 0, "step", step, tr("a number >= 0", "大于或等于 0 的数"))
    require(num_steps >= 1, "num_steps", num_steps, tr("a number of steps >= 1", "大于或等于 1 的步数"))
    require(lr_min >= 0, "lr_min", lr_min, tr("a number >= 0", "大于或等于 0 的数"))
    require(lr >= lr_min, "lr", lr, tr("a number >= lr_min", "不小于 lr_min 的数"))
    share = (1 + np.cos(np.pi * min(step / num_steps, 1))) / 2
    return float(share * lr + (1 - share) * lr_min)


def cosine_with_restarts(step, *, lr, cycle_steps, cycle_factor=1, lr_min=0.0):
    """Cosine annealing that jumps back to lr after every cycle (a warm restart: the params stay).

        the first cycle takes cycle_steps steps, each later one cycle_factor times as many as the one before
        lr(step) = cosine_annealing(steps done in this cycle, num_steps=steps of this cycle)

    step, cycle_steps: numbers of updates. cycle_factor: a whole number. Returns a float: lr at the first step of
    every cycle.
    Raises ValueError unless cycle_steps >= 1 and cycle_factor >= 1.

    SGDR, Loshchilov & Hutter (2017); torch.optim.lr_scheduler.CosineAnnealingWarmRestarts (T_0, T_mult).

    >>> [round(cosine_with_restarts(step, lr=0.5, cycle_steps=2, cycle_factor=2), 4) for step in (0, 1, 2, 4, 6)]
    [0.5, 0.25, 0.5, 0.25, 0.5]
    """
    require(cycle_steps >= 1, "cycle_steps", cycle_steps, tr("a number of steps >= 1", "大于或等于 1 的步数"))
    require(cycle_factor >= 1, "cycle_factor", cycle_factor, tr("a number >= 1", "大于或等于 1 的数"))
    while step >= cycle_steps:
        step = step - cycle_steps
        cycle_steps = cycle_steps * cycle_factor
    return cosine_annealing(step, lr=lr, num_steps=cycle_steps, lr_min=lr_min)


def linear_warmup(step, *, lr, warmup_steps):
    """Rise evenly from 0 to lr, then stay at lr.

    Contract: 0.0 at step 0 (that update moves nothing), lr at step warmup_steps and at every later step. In between,
    every step adds the same amount. If warmup_steps is 0, there is no warmup: lr at every step.

    step, warmup_steps: numbers of updates. Returns a float.
    Raises ValueError unless step >= 0, lr >= 0 and warmup_steps >= 0.

    The convention of optax's warmup schedules. Others take (step + 1) / warmup_steps; PyTorch's LinearLR
    starts at lr / 3 unless told otherwise.

    >>> [linear_warmup(step, lr=0.5, warmup_steps=4) for step in (0, 1, 4, 9)]
    [0.0, 0.125, 0.5, 0.5]
    """
    require(step >= 0, "step", step, tr("a number >= 0", "大于或等于 0 的数"))
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(warmup_steps >= 0, "warmup_steps", warmup_steps, tr("a number of steps >= 0", "大于或等于 0 的步数"))
    if step >= warmup_steps:
        return float(lr)
    return float(lr * step / warmup_steps)


def warmup_cosine(step, *, lr, warmup_steps, num_steps, lr_min=0.0):
    """Linear warmup to lr, then cosine annealing to lr_min over the rest of the num_steps steps.

    Contract: until step warmup_steps it is linear_warmup. From there on it is a cosine_annealing that starts at that
    step and arrives at lr_min at step num_steps. If warmup_steps is 0, there is no warmup.

    step, warmup_steps, num_steps: numbers of updates; num_steps includes the warmup. Returns a float.
    Raises ValueError unless 0 <= warmup_steps < num_steps and 0 <= lr_min <= lr.

    optax.warmup_cosine_decay_schedule with init_value 0, whose decay_steps is num_steps.

    >>> [round(warmup_cosine(step, lr=0.5, warmup_steps=4, num_steps=14), 4) for step in (0, 1, 4, 9, 14)]
    [0.0, 0.125, 0.5, 0.25, 0.0]
    """
    require(
        0 <= warmup_steps < num_steps, "warmup_steps", warmup_steps, tr("in [0, num_steps)", "在 [0, num_steps) 内")
    )
    require(lr_min >= 0, "lr_min", lr_min, tr("a number >= 0", "大于或等于 0 的数"))
    require(lr >= lr_min, "lr", lr, tr("a number >= lr_min", "不小于 lr_min 的数"))
    if step < warmup_steps:
        return linear_warmup(step, lr=lr, warmup_steps=warmup_steps)
    return cosine_annealing(step - warmup_steps, lr=lr, num_steps=num_steps - warmup_steps, lr_min=lr_min)
