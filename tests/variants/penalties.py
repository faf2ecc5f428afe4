"""Chapter 05, penalties: right versions written in other ways, and wrong ones that no catalogue entry describes."""

import numpy as np

from reference.penalties import l1_penalty, l2_penalty, max_norm, ridge_solution, soft_threshold

# ---- right --------------------------------------------------------------------------------------


def l2_by_dot(params, *, strength):
    flat = params.ravel()
    return 0.5 * strength * flat.dot(flat), params * strength


def l2_by_norm(params, *, strength):
    return float(strength * np.linalg.norm(params.ravel()) ** 2 / 2), np.multiply(strength, params)


def l2_by_loop(params, *, strength):
    value, gradient = 0.0, np.zeros_like(params)
    for index in np.ndindex(params.shape):
        value += strength * float(params[index]) ** 2 / 2
        gradient[index] = strength * params[index]
    return value, gradient


def l1_by_comparisons(params, *, strength):
    sign = (params > 0).astype(params.dtype) - (params < 0).astype(params.dtype)
    return strength * (sign * params).sum(), strength * sign


def l1_by_norm(params, *, strength):
    return strength * np.linalg.norm(params.ravel(), 1), strength * np.sign(params)


def l1_by_where(params, *, strength):
    gradient = np.where(params > 0, strength, np.where(params < 0, -strength, 0)).astype(params.dtype)
    return float(np.abs(params).sum()) * strength, gradient


def net_in_one_line(params, *, l1_strength, l2_strength):
    value = np.sum(l1_strength * np.abs(params) + 0.5 * l2_strength * params**2)
    return value, l1_strength * np.sign(params) + l2_strength * params


def net_as_a_list(params, *, l1_strength, l2_strength):
    both = zip(l1_penalty(params, strength=l1_strength), l2_penalty(params, strength=l2_strength))
    return [one + two for one, two in both]


def soft_by_sign(params, *, threshold):
    return np.sign(params) * np.maximum(np.abs(params) - threshold, 0)


def soft_by_two_sides(params, *, threshold):
    return np.maximum(params - threshold, 0) + np.minimum(params + threshold, 0)


def soft_by_masks(params, *, threshold):
    out = np.array(params)
    out[np.abs(params) <= threshold] = 0
    out[params > threshold] -= threshold
    out[params < -threshold] += threshold
    return out


def soft_by_loop(params, *, threshold):
    out = np.zeros_like(params)
    for index in np.ndindex(params.shape):
        size = abs(params[index]) - threshold
        if not size <= 0:
            out[index] = size if params[index] > 0 else -size
    return out


def ista_written_out(params, grads, *, lr, strength):
    moved = params - lr * grads
    return np.sign(moved) * np.maximum(np.abs(moved) - lr * strength, 0)


def ista_by_two_sides(params, grads, *, lr, strength):
    moved, limit = -lr * grads + params, strength * lr
    return np.where(np.abs(moved) <= limit, 0, np.where(moved > limit, moved - limit, moved + limit)).astype(
        params.dtype
    )


def ridge_by_inverse(X, y, *, strength):
    N, D = X.shape
    return np.linalg.inv(X.T @ X / N + strength * np.identity(D, dtype=X.dtype)) @ (X.T @ y / N)


def ridge_times_rows(X, y, *, strength):
    N, D = X.shape
    return np.linalg.solve(X.T @ X + N * strength * np.eye(D, dtype=X.dtype), X.T @ y)


def ridge_by_more_rows(X, y, *, strength):
    N, D = X.shape
    rows = np.vstack([X, np.sqrt(N * strength) * np.eye(D)]).astype(X.dtype)
    return np.linalg.lstsq(rows, np.concatenate([y, np.zeros(D, y.dtype)]), rcond=None)[0]


def ridge_by_svd(X, y, *, strength):
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    return Vt.T @ (s / (s**2 + len(y) * strength) * (U.T @ y))


def norm_by_loop(W, *, limit):
    out = W.copy()
    for j in range(W.shape[1]):
        length = np.linalg.norm(W[:, j])
        if length > limit:
            out[:, j] *= limit / length
    return out


def norm_by_where(W, *, limit):
    norms = np.linalg.norm(W, axis=0, keepdims=True)
    return np.where(norms > limit, W / np.where(norms > limit, norms, 1) * limit, W)


def norm_transposed(W, *, limit):
    rows = W.T.copy()
    long = np.sqrt((rows**2).sum(axis=1)) > limit
    rows[long] *= (limit / np.sqrt((rows[long] ** 2).sum(axis=1)))[:, None]
    return rows.T


def thresholds_a_copy(params, *, threshold):
    """Item assignment works for an array of no dimensions, and not for a NumPy scalar."""
    out = params.copy()
    above, below = params > threshold, params < -threshold
    out[~(above | below | np.isnan(params))] = 0
    out[above] -= threshold
    out[below] += threshold
    return out


RIGHT = {
    "l2_penalty": [l2_by_dot, l2_by_norm, l2_by_loop],
    "l1_penalty": [l1_by_comparisons, l1_by_norm, l1_by_where],
    "elastic_net": [net_in_one_line, net_as_a_list],
    "soft_threshold": [thresholds_a_copy, soft_by_sign, soft_by_two_sides, soft_by_masks, soft_by_loop],
    "proximal_gradient_step": [ista_written_out, ista_by_two_sides],
    "ridge_solution": [ridge_by_inverse, ridge_times_rows, ridge_by_more_rows, ridge_by_svd],
    "max_norm": [norm_by_loop, norm_by_where, norm_transposed],
}

# ---- wrong, and not in the catalogue --------------------------------------------------------------


def l2_of_positive(params, *, strength):
    return strength / 2 * np.sum(np.maximum(params, 0) ** 2), strength * np.maximum(params, 0)


def l2_cubed(params, *, strength):
    return strength / 3 * np.sum(np.abs(params) ** 3), strength * params * np.abs(params)


def l2_strength_squared(params, *, strength):
    return strength**2 / 2 * np.sum(params**2), strength**2 * params


def l1_largest(params, *, strength):
    return strength * np.max(np.abs(params)), strength * np.sign(params)


def l1_smooth(params, *, strength):
    return strength * np.sum(np.sqrt(params**2 + 0.01)), strength * params / np.sqrt(params**2 + 0.01)


def net_by_share(params, *, l1_strength, l2_strength):
    value = l1_strength * (l2_strength * np.abs(params) + (1 - l2_strength) / 2 * params**2).sum()
    return value, l1_strength * (l2_strength * np.sign(params) + (1 - l2_strength) * params)


def net_product(params, *, l1_strength, l2_strength):
    one, two = l1_penalty(params, strength=l1_strength), l2_penalty(params, strength=l2_strength)
    return one[0] * two[0], one[1] * two[1]


def soft_masks_hide_nan(params, *, threshold):
    out = np.zeros_like(params)
    out[params > threshold] = params[params > threshold] - threshold
    out[params < -threshold] = params[params < -threshold] + threshold
    return out


def soft_half(params, *, threshold):
    return soft_threshold(params, threshold=threshold / 2)


def soft_ramp(params, *, threshold):
    return params * np.minimum(np.abs(params) / (threshold + 1e-3), 1)


def ista_squared_lr(params, grads, *, lr, strength):
    return soft_threshold(params - lr * grads, threshold=lr**2 * strength)


def ista_weight_decay(params, grads, *, lr, strength):
    return params - lr * (grads + strength * params)


def ridge_minus(X, y, *, strength):
    return ridge_solution(X, y, strength=strength) - strength


def ridge_spares_the_first(X, y, *, strength):
    unit = np.eye(X.shape[1], dtype=X.dtype)
    unit[0, 0] = 0
    return np.linalg.solve(X.T @ X / len(y) + strength * unit, X.T @ y / len(y))


def norm_twice_the_limit(W, *, limit):
    return max_norm(W, limit=2 * limit)


def norm_of_sizes(W, *, limit):
    return W * (limit / np.maximum(np.abs(W).sum(axis=0), limit))


def norm_nan_without_a_limit(W, *, limit):
    return W * (limit / np.maximum(np.sqrt(np.sum(W**2, axis=0)), limit))


def l2_nothing_at_strength_zero(params, *, strength):
    return l2_penalty(params, strength=strength) if strength else (0.0, np.zeros_like(params))


def shrinks_by_a_quotient(params, *, threshold):
    """0 / 0 where an entry and the threshold are both 0."""
    return params * np.maximum(0, 1 - threshold / np.abs(params))


def almost_zero(params, *, threshold):
    return params - np.clip(params, -threshold, threshold) + 1e-17


def l2_by_trace(params, *, strength):
    """Right for a number, a vector and a matrix, and for nothing that has more axes."""
    if strength < 0:
        raise ValueError("strength")
    table = np.atleast_2d(params)
    return strength / 2 * np.trace(table @ table.T), strength * params


WRONG = {
    "l2_penalty": [l2_by_trace, l2_nothing_at_strength_zero, l2_of_positive, l2_cubed, l2_strength_squared],
    "l1_penalty": [l1_largest, l1_smooth],
    "elastic_net": [net_by_share, net_product],
    "soft_threshold": [shrinks_by_a_quotient, almost_zero, soft_masks_hide_nan, soft_half, soft_ramp],
    "proximal_gradient_step": [ista_squared_lr, ista_weight_decay],
    "ridge_solution": [ridge_minus, ridge_spares_the_first],
    "max_norm": [norm_twice_the_limit, norm_of_sizes, norm_nan_without_a_limit],
}
