"""Chapter 04's steps: right versions written in other ways, wrong ones that no catalogue entry describes."""

import numpy as np

from reference.adaptive import adam_step, rmsprop_step

# ---- right --------------------------------------------------------------------------------------


def adagrad_by_ufuncs(params, grads, sum_squares, *, lr=0.01, eps=1e-8):
    sum_squares = np.add(sum_squares, np.square(grads))
    move = np.divide(np.multiply(lr, grads), np.add(np.sqrt(sum_squares), eps))
    return np.subtract(params, move), sum_squares


def adagrad_by_rate(params, grads, sum_squares, *, lr=0.01, eps=1e-8):
    sum_squares = grads * grads + sum_squares
    rate = lr / (sum_squares**0.5 + eps)
    return params - rate * grads, sum_squares


def adagrad_element_by_element(params, grads, sum_squares, *, lr=0.01, eps=1e-8):
    new_params, new_sum = np.empty_like(params), np.empty_like(params)
    for index in np.ndindex(params.shape):
        new_sum[index] = sum_squares[index] + grads[index] ** 2
        new_params[index] = params[index] - lr * grads[index] / (np.sqrt(new_sum[index]) + eps)
    return new_params, new_sum


def rmsprop_by_difference(params, grads, v, *, lr=0.01, alpha=0.99, eps=1e-8):
    v = v + (1 - alpha) * (grads**2 - v)
    return params - lr * (grads / (eps + np.sqrt(v))), v


def rmsprop_on_copies(params, grads, v, *, lr=0.01, alpha=0.99, eps=1e-8):
    params, v = params.copy(), v.copy()
    v *= alpha
    v += (1 - alpha) * grads * grads
    params -= lr * grads / (np.sqrt(v) + eps)
    return [params, v]


def rmsprop_by_hypot(params, grads, v, *, lr=0.01, alpha=0.99, eps=1e-8):
    root = np.hypot(alpha**0.5 * np.sqrt(v), (1 - alpha) ** 0.5 * grads)
    return params - lr * grads / (root + eps), root**2


def adam_on_copies(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    params, m, v, t = params.copy(), state[0].copy(), state[1].copy(), state[2] + 1
    m *= betas[0]
    m += (1 - betas[0]) * grads
    v *= betas[1]
    v += (1 - betas[1]) * grads * grads
    params -= lr * (m / (1 - betas[0] ** t)) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
    return params, [m, v, t]


def adam_by_step_size(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    """Both corrections in one number, and eps grown accordingly: section 2 of the paper."""
    (b1, b2), (m, v, t) = betas, state
    t += 1
    m, v = m + (1 - b1) * (grads - m), v + (1 - b2) * (grads**2 - v)
    root = (1 - b2**t) ** 0.5
    return params - lr * root / (1 - b1**t) * m / (np.sqrt(v) + eps * root), (m, v, t)


def adam_element_by_element(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, new = (np.empty_like(params) for _ in range(3))
    t = state[2] + 1
    for index in np.ndindex(params.shape):
        m[index] = betas[0] * state[0][index] + (1 - betas[0]) * grads[index]
        v[index] = betas[1] * state[1][index] + (1 - betas[1]) * grads[index] ** 2
        m_hat, v_hat = m[index] / (1 - betas[0] ** t), v[index] / (1 - betas[1] ** t)
        new[index] = params[index] - lr * m_hat / (np.sqrt(v_hat) + eps)
    return new, (m, v, t)


def amsgrad_where(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, v_max, t = state
    t = t + 1
    m = betas[0] * m + (1 - betas[0]) * grads
    v = betas[1] * v + (1 - betas[1]) * grads**2
    v_max = np.where(v > v_max, v, v_max)
    root = np.sqrt(v_max / (1 - betas[1] ** t))
    return params - lr / (1 - betas[0] ** t) * m / (root + eps), (m, v, v_max, t)


def amsgrad_by_adam(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    _, (m, v, t) = adam_step(params, grads, (state[0], state[1], state[3]), lr=lr, betas=betas, eps=eps)
    v_max = np.maximum(v, state[2])
    root = np.sqrt(v_max) / (1 - betas[1] ** t) ** 0.5
    return params - lr * (m / (1 - betas[0] ** t)) / (root + eps), [m, v, v_max, t]


def l2_written_out(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    full = weight_decay * params + grads
    return adam_by_step_size(params, full, state, lr=lr, betas=betas, eps=eps)


def l2_on_copies(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    grads = grads.copy()
    grads += weight_decay * params
    return adam_on_copies(params, grads, state, lr=lr, betas=betas, eps=eps)


def adamw_shrinks_first(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    """PyTorch's order: the decay first, then the step of Adam, which does not look at the params."""
    return adam_step(params * (1 - lr * weight_decay), grads, state, lr=lr, betas=betas, eps=eps)


def adamw_written_out(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    m = betas[0] * state[0] + (1 - betas[0]) * grads
    v = betas[1] * state[1] + (1 - betas[1]) * grads * grads
    t = state[2] + 1
    direction = (m / (1 - betas[0] ** t)) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
    return params - lr * (direction + weight_decay * params), (m, v, t)


RIGHT = {
    "adagrad_step": [adagrad_by_ufuncs, adagrad_by_rate, adagrad_element_by_element],
    "rmsprop_step": [rmsprop_by_difference, rmsprop_on_copies, rmsprop_by_hypot],
    "adam_step": [adam_on_copies, adam_by_step_size, adam_element_by_element],
    "amsgrad_step": [amsgrad_where, amsgrad_by_adam],
    "adam_l2_step": [l2_written_out, l2_on_copies],
    "adamw_step": [adamw_shrinks_first, adamw_written_out],
}

# ---- wrong, and in no catalogue -----------------------------------------------------------------


def adagrad_by_largest(params, grads, sum_squares, *, lr=0.01, eps=1e-8):
    sum_squares = np.maximum(sum_squares, grads**2)
    return params - lr * grads / (np.sqrt(sum_squares) + eps), sum_squares


def adagrad_by_sign(params, grads, sum_squares, *, lr=0.01, eps=1e-8):
    return params - lr * np.sign(grads), sum_squares + grads**2


def adagrad_cube_root(params, grads, sum_squares, *, lr=0.01, eps=1e-8):
    sum_squares = sum_squares + grads**2
    return params - lr * grads / (np.cbrt(sum_squares) + eps), sum_squares


def adagrad_fixed_lr(params, grads, sum_squares, *, lr=0.01, eps=1e-8):
    sum_squares = sum_squares + grads**2
    return params - 0.01 * grads / (np.sqrt(sum_squares) + eps), sum_squares


def rmsprop_by_largest(params, grads, v, *, lr=0.01, alpha=0.99, eps=1e-8):
    v = np.maximum(alpha * v, grads**2)
    return params - lr * grads / (np.sqrt(v) + eps), v


def rmsprop_fixed_alpha(params, grads, v, *, lr=0.01, alpha=0.99, eps=1e-8):
    return rmsprop_step(params, grads, v, lr=lr, alpha=0.9, eps=eps)


def rmsprop_corrected(params, grads, v, *, lr=0.01, alpha=0.99, eps=1e-8):
    v = alpha * v + (1 - alpha) * grads**2
    return params - lr * grads / (np.sqrt(v / (1 - alpha)) + eps), v


def adam_defaults(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    return adam_step(params, grads, state, lr=lr)


def adam_linear_correction(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t = state
    t = t + 1
    m, v = betas[0] * m + (1 - betas[0]) * grads, betas[1] * v + (1 - betas[1]) * grads**2
    return params - lr * m / (1 - betas[0] / t) / (np.sqrt(v / (1 - betas[1] / t)) + eps), (m, v, t)


def adam_of_half_the_lr(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    return adam_step(params, grads, state, lr=lr / 2, betas=betas, eps=eps)


def amsgrad_sums(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    params, (m, v, t) = adam_step(params, grads, (state[0], state[1], state[3]), lr=lr, betas=betas, eps=eps)
    return params, (m, v, state[2] + v, t)


def amsgrad_of_moments(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    params, (m, v, t) = adam_step(params, grads, (state[0], state[1], state[3]), lr=lr, betas=betas, eps=eps)
    return params, (m, v, np.maximum(v, np.abs(m)), t)


def l2_of_gradient(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    return adam_step(params, (1 + weight_decay) * grads, state, lr=lr, betas=betas, eps=eps)


def l2_and_decay(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    stepped, state = l2_on_copies(params, grads, state, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)
    return stepped - lr * weight_decay * params, state


def adamw_root_of_lr(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1):
    stepped, state = adam_step(params, grads, state, lr=lr, betas=betas, eps=eps)
    return stepped - lr**0.5 * weight_decay * params, state


def adamw_shrinks(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    return adam_step(params * (1 - lr) * (1 - weight_decay), grads, state, lr=lr, betas=betas, eps=eps)


WRONG = {
    "adagrad_step": [adagrad_by_largest, adagrad_by_sign, adagrad_cube_root, adagrad_fixed_lr],
    "rmsprop_step": [rmsprop_by_largest, rmsprop_fixed_alpha, rmsprop_corrected],
    "adam_step": [adam_defaults, adam_linear_correction, adam_of_half_the_lr],
    "amsgrad_step": [amsgrad_sums, amsgrad_of_moments],
    "adam_l2_step": [l2_of_gradient, l2_and_decay],
    "adamw_step": [adamw_root_of_lr, adamw_shrinks],
}
