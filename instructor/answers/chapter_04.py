"""Other answers to the transfer exercises of chapter 04."""

import numpy as np

from descent.hyper import require

# ---- corrected_average ------------------------------------------------------------------------------


def corrected_by_weights(values, decays):
    """The weight of every value, by hand: (1 - d_i) times all later decays; then a weighted mean."""
    rows = []
    for t in range(len(values)):
        weights = [(1 - decays[i]) * np.prod(decays[i + 1 : t + 1]) for i in range(t + 1)]
        rows.append(sum(w * np.asarray(v, dtype=np.float64) for w, v in zip(weights, values)) / sum(weights))
    return np.array(rows).astype(values.dtype)


def corrected_with_cumprod(values, decays):
    require(len(decays) == len(values) and np.all((0 <= decays) & (decays < 1)), "decays", decays, "in [0, 1)")
    average, rows = 0.0 * values[0], []
    for value, decay in zip(values, decays):
        average = average + (1 - float(decay)) * (value - average)
        rows.append(average)
    weights = (1 - np.cumprod(decays)).reshape(-1, *[1] * (values.ndim - 1))
    return (np.array(rows) / weights).astype(values.dtype)


def raw_averages(values, decays):
    average, rows = 0.0 * values[0], []
    for value, decay in zip(values, decays):
        average = float(decay) * average + (1 - float(decay)) * value
        rows.append(average)
    return np.array(rows).astype(values.dtype)


def corrected_like_adam(values, decays):
    t = np.arange(1, len(values) + 1)
    weights = (1 - decays**t).reshape(-1, *[1] * (values.ndim - 1))
    return (raw_averages(values, decays) / weights).astype(values.dtype)


def corrected_stored(values, decays):
    average, left, rows = 0.0 * values[0], 1.0, []
    for value, decay in zip(values, decays):
        left *= float(decay)
        average = (float(decay) * average + (1 - float(decay)) * value) / (1 - left)
        rows.append(average)
    return np.array(rows).astype(values.dtype)


def corrected_a_step_late(values, decays):
    product = np.concatenate([decays[:1], np.cumprod(decays)[:-1]])
    return (raw_averages(values, decays) / (1 - product).reshape(-1, *[1] * (values.ndim - 1))).astype(values.dtype)


# ---- lion_step --------------------------------------------------------------------------------------


def lion_entry_by_entry(params, grads, m, *, lr, betas=(0.9, 0.99), weight_decay=0.0):
    new_params, new_m = np.empty_like(params), np.empty_like(m)
    for index in np.ndindex(params.shape):
        mixture = betas[0] * float(m[index]) + (1 - betas[0]) * float(grads[index])
        move = lr if mixture > 0 else -lr if mixture < 0 else 0.0
        new_params[index] = params[index] - lr * weight_decay * float(params[index]) - move
        new_m[index] = betas[1] * float(m[index]) + (1 - betas[1]) * float(grads[index])
    return new_params[()], new_m[()]


def lion_by_interpolation(params, grads, m, *, lr, betas=(0.9, 0.99), weight_decay=0.0):
    require(lr >= 0 and weight_decay >= 0, "lr", lr, ">= 0")
    shrunk = (1 - lr * weight_decay) * params
    return shrunk - lr * np.sign(grads + betas[0] * (m - grads)), grads + betas[1] * (m - grads)


def lion_new_average(params, grads, m, *, lr, betas=(0.9, 0.99), weight_decay=0.0):
    m = betas[1] * m + (1 - betas[1]) * grads
    return params - lr * (np.sign(betas[0] * m + (1 - betas[0]) * grads) + weight_decay * params), m


def lion_swapped_betas(params, grads, m, *, lr, betas=(0.9, 0.99), weight_decay=0.0):
    return lion_by_interpolation(params, grads, m, lr=lr, betas=betas[::-1], weight_decay=weight_decay)


def lion_decay_inside(params, grads, m, *, lr, betas=(0.9, 0.99), weight_decay=0.0):
    return lion_by_interpolation(params, grads + weight_decay * params, m, lr=lr, betas=betas)


def lion_one_mixture(params, grads, m, *, lr, betas=(0.9, 0.99), weight_decay=0.0):
    m = betas[0] * m + (1 - betas[0]) * grads
    return params - lr * (np.sign(m) + weight_decay * params), m


def lion_sign_of_gradient(params, grads, m, *, lr, betas=(0.9, 0.99), weight_decay=0.0):
    return params - lr * (np.sign(grads) + weight_decay * params), betas[1] * m + (1 - betas[1]) * grads


SECOND = {"corrected_average": corrected_by_weights, "lion_step": lion_entry_by_entry}
RIGHT = {
    "corrected_average": {"cumulative product": corrected_with_cumprod},
    "lion_step": {"interpolation, decay first": lion_by_interpolation},
}
WRONG = {
    "corrected_average": {
        "Adam's power of the present decay": corrected_like_adam,
        "not corrected": raw_averages,
        "divides the stored average": corrected_stored,
        "the product is a step late": corrected_a_step_late,
    },
    "lion_step": {
        "mixes with the new average": lion_new_average,
        "betas swapped": lion_swapped_betas,
        "decay inside the mixture": lion_decay_inside,
        "stores the first mixture": lion_one_mixture,
        "sign of the gradient alone": lion_sign_of_gradient,
    },
}
