"""Schedules: right versions written in other ways, and wrong ones that no catalogue entry describes."""

import math

import numpy as np

from reference.schedules import cosine_annealing, linear_warmup

# ---- right --------------------------------------------------------------------------------------


def step_decay_loop(step, *, lr, drop_every, factor=0.1):
    for _ in range(drop_every, step + 1, drop_every):
        lr *= factor
    return lr


def step_decay_numpy(step, *, lr, drop_every, factor=0.1):
    return lr * np.power(factor, np.floor(step / drop_every))


def inverse_time_power(step, *, lr, decay):
    return lr * (step * decay + 1) ** -1


def inverse_time_by_the_inverse(step, *, lr, decay):
    return 1 / ((1 + decay * step) / lr) if lr else 0.0


def exponential_loop(step, *, lr, factor):
    for _ in range(step):
        lr = lr * factor
    return lr


def exponential_by_logarithm(step, *, lr, factor):
    return lr * np.exp(step * np.log(factor))


def cosine_by_sine(step, *, lr, num_steps, lr_min=0.0):
    if step >= num_steps:
        return lr_min
    return lr - (lr - lr_min) * math.sin(math.pi / 2 * step / num_steps) ** 2


def cosine_by_middle(step, *, lr, num_steps, lr_min=0.0):
    middle, height = (lr + lr_min) / 2, (lr - lr_min) / 2
    return middle + height * np.cos(np.pi * np.minimum(step, num_steps) / num_steps)


def cosine_by_degrees(step, *, lr, num_steps, lr_min=0.0):
    angle = np.deg2rad(180 * min(step, num_steps) / num_steps)
    return lr_min + 0.5 * (lr - lr_min) * (1 + np.cos(angle))


def restarts_by_recursion(step, *, lr, cycle_steps, cycle_factor=1, lr_min=0.0):
    if step < cycle_steps:
        return cosine_by_sine(step, lr=lr, num_steps=cycle_steps, lr_min=lr_min)
    return restarts_by_recursion(
        step - cycle_steps, lr=lr, cycle_steps=cycle_steps * cycle_factor, cycle_factor=cycle_factor, lr_min=lr_min
    )


def restarts_by_ends(step, *, lr, cycle_steps, cycle_factor=1, lr_min=0.0):
    start, end = 0, cycle_steps
    while end <= step:
        start, end = end, end + (end - start) * cycle_factor
    return cosine_annealing(step - start, lr=lr, num_steps=end - start, lr_min=lr_min)


def warmup_by_minimum(step, *, lr, warmup_steps):
    return lr * min(step, warmup_steps) / warmup_steps if warmup_steps > 0 else lr


def warmup_by_interpolation(step, *, lr, warmup_steps):
    return np.interp(step, [0, warmup_steps], [0, lr]) if warmup_steps else lr


def warmup_cosine_written_out(step, *, lr, warmup_steps, num_steps, lr_min=0.0):
    if step < warmup_steps:
        return step / warmup_steps * lr
    done = min(1.0, (step - warmup_steps) / (num_steps - warmup_steps))
    return lr_min + (lr - lr_min) / 2 * (1 + math.cos(math.pi * done))


def warmup_cosine_both(step, *, lr, warmup_steps, num_steps, lr_min=0.0):
    rising = linear_warmup(step, lr=lr, warmup_steps=warmup_steps)
    done, left = max(step - warmup_steps, 0), num_steps - warmup_steps
    falling = cosine_annealing(done, lr=lr, num_steps=left, lr_min=lr_min)
    return min(rising, falling)


RIGHT = {
    "step_decay": [step_decay_loop, step_decay_numpy],
    "inverse_time": [inverse_time_power, inverse_time_by_the_inverse],
    "exponential": [exponential_loop, exponential_by_logarithm],
    "cosine_annealing": [cosine_by_sine, cosine_by_middle, cosine_by_degrees],
    "cosine_with_restarts": [restarts_by_recursion, restarts_by_ends],
    "linear_warmup": [warmup_by_minimum, warmup_by_interpolation],
    "warmup_cosine": [warmup_cosine_written_out, warmup_cosine_both],
}

# ---- wrong, and in no catalogue -----------------------------------------------------------------


def step_decay_every_step(step, *, lr, drop_every, factor=0.1):
    return lr * factor**step


def step_decay_by_rest(step, *, lr, drop_every, factor=0.1):
    return lr * factor ** (step % drop_every)


def step_decay_halves(step, *, lr, drop_every, factor=0.1):
    return lr * 0.5 ** (step // drop_every)


def constant_lr(step, *, lr, **others):
    return lr


def inverse_time_by_halving(step, *, lr, decay):
    """An error for decay = 0, right for every other decay."""
    return lr * (1 / decay) / (1 / decay + step)


def inverse_square(step, *, lr, decay):
    return lr / (1 + decay * step) ** 2


def inverse_of_difference(step, *, lr, decay):
    return lr - lr * decay * step / (2 + decay * step)


def exponential_of_ten(step, *, lr, factor):
    return lr * factor ** (step // 10)


def exponential_sum(step, *, lr, factor):
    return lr * (1 + factor**step) / 2


def cosine_squared(step, *, lr, num_steps, lr_min=0.0):
    done = min(step / num_steps, 1)
    return lr_min + (lr - lr_min) * (0.5 + 0.5 * math.cos(math.pi * done)) ** 2


def cosine_smoothstep(step, *, lr, num_steps, lr_min=0.0):
    done = min(step / num_steps, 1)
    return lr + (lr_min - lr) * (3 * done**2 - 2 * done**3)


def cosine_as_array(step, *, lr, num_steps, lr_min=0.0):
    return np.array([cosine_by_sine(step, lr=lr, num_steps=num_steps, lr_min=lr_min)])


def restarts_linear(step, *, lr, cycle_steps, cycle_factor=1, lr_min=0.0):
    while step >= cycle_steps:
        step, cycle_steps = step - cycle_steps, cycle_steps * cycle_factor
    return lr + (lr_min - lr) * step / cycle_steps


def restarts_always_double(step, *, lr, cycle_steps, cycle_factor=1, lr_min=0.0):
    return restarts_by_ends(step, lr=lr, cycle_steps=cycle_steps, cycle_factor=2, lr_min=lr_min)


def warmup_by_cosine(step, *, lr, warmup_steps):
    return lr - cosine_annealing(step, lr=lr, num_steps=max(warmup_steps, 1))


def warmup_by_root(step, *, lr, warmup_steps):
    return lr * min(1, step / warmup_steps) ** 0.5 if warmup_steps else lr


def warmup_then_exponential(step, *, lr, warmup_steps, num_steps, lr_min=0.0):
    if step < warmup_steps:
        return lr * step / warmup_steps
    return max(lr_min, lr * 0.9 ** (step - warmup_steps))


def warmup_cosine_reversed(step, *, lr, warmup_steps, num_steps, lr_min=0.0):
    return warmup_cosine_both(
        max(num_steps - step, 0), lr=lr, warmup_steps=warmup_steps, num_steps=num_steps, lr_min=lr_min
    )


def cycle_by_logarithms(step, *, lr, cycle_steps, cycle_factor=1, lr_min=0.0):
    """log(1000) / log(10) is 2.9999999999999996."""
    if cycle_factor == 1:
        return cosine_annealing(step % cycle_steps, lr=lr, num_steps=cycle_steps, lr_min=lr_min)
    number = int(math.log(step / cycle_steps * (cycle_factor - 1) + 1) / math.log(cycle_factor))
    start = cycle_steps * (cycle_factor**number - 1) / (cycle_factor - 1)
    length = cycle_steps * cycle_factor**number
    return cosine_annealing(max(0, step - start), lr=lr, num_steps=length, lr_min=lr_min)


WRONG = {
    "step_decay": [step_decay_every_step, step_decay_by_rest, step_decay_halves, constant_lr],
    "inverse_time": [inverse_time_by_halving, inverse_square, inverse_of_difference, constant_lr],
    "exponential": [exponential_of_ten, exponential_sum, constant_lr],
    "cosine_annealing": [cosine_squared, cosine_smoothstep, cosine_as_array, constant_lr],
    "cosine_with_restarts": [cycle_by_logarithms, restarts_linear, restarts_always_double, constant_lr],
    "linear_warmup": [warmup_by_cosine, warmup_by_root, constant_lr],
    "warmup_cosine": [warmup_then_exponential, warmup_cosine_reversed, constant_lr],
}
