"""Chapter 02: clipping in other words, and wrong versions that nobody catalogued."""

import numpy as np

from reference.clipping import clip_by_global_norm, clip_by_norm, clip_by_value

# ---- right --------------------------------------------------------------------------------------


def value_by_min_max(grads, *, max_value):
    return np.maximum(np.minimum(grads, max_value), -max_value)


def value_by_loop(grads, *, max_value):
    clipped = np.array(grads)
    for index in np.ndindex(clipped.shape):
        clipped[index] = min(max(clipped[index], -max_value), max_value)
    return clipped


def value_by_where(grads, *, max_value):
    return np.where(np.abs(grads) > max_value, np.sign(grads) * grads.dtype.type(max_value), grads)


def norm_by_condition(grads, *, max_norm):
    size = np.sqrt(np.sum(grads**2))
    if size > max_norm:
        return grads / size * max_norm
    return grads.copy()


def norm_by_minimum(grads, *, max_norm):
    size = np.sqrt(np.vdot(grads, grads))
    return grads * min(1.0, max_norm / float(size)) if size > 0 else grads


def global_by_concatenation(grads, *, max_norm):
    size = np.linalg.norm(np.concatenate([g.ravel() for g in grads.values()]))
    return {name: g / size.astype(g.dtype) * max_norm if size > max_norm else g for name, g in grads.items()}, size


def global_by_squares(grads, *, max_norm):
    squares = 0.0
    for g in grads.values():
        squares += np.linalg.norm(g) ** 2
    size = np.sqrt(squares)
    factor = 1.0 if size <= max_norm else float(max_norm / size)
    clipped = {}
    for name in sorted(grads):
        clipped[name] = factor * grads[name]
    return clipped, float(size)


# ---- wrong --------------------------------------------------------------------------------------


def value_smooth(grads, *, max_value):
    return (max_value * np.tanh(grads / max_value)).astype(grads.dtype)


def value_lower_only(grads, *, max_value):
    return np.maximum(grads, grads.dtype.type(-max_value))


def value_half(grads, *, max_value):
    return clip_by_value(grads, max_value=max_value / 2)


def norm_halved(grads, *, max_norm):
    return clip_by_norm(grads, max_norm=max_norm) / 2


def global_mean(grads, *, max_norm):
    clipped, size = clip_by_global_norm(grads, max_norm=max_norm)
    return clipped, size / len(grads)


def global_last_array(grads, *, max_norm):
    last = np.linalg.norm(list(grads.values())[-1])
    return {name: g * g.dtype.type(max_norm / max(max_norm, last)) for name, g in grads.items()}, float(last)


def norm_infinite_ratio(grads, *, max_norm):
    with np.errstate(invalid="ignore"):
        return grads * grads.dtype.type(np.divide(max_norm, max(max_norm, float(np.linalg.norm(grads)))))


def global_infinite_ratio(grads, *, max_norm):
    size = float(np.sqrt(sum(float(np.sum(g.astype(np.float64) ** 2)) for g in grads.values())))
    with np.errstate(invalid="ignore"):
        return {name: g * g.dtype.type(np.divide(max_norm, max(max_norm, size))) for name, g in grads.items()}, size


def global_own_dict(grads, *, max_norm):
    clipped, size = clip_by_global_norm(grads, max_norm=max_norm)
    return (clipped if size > max_norm else grads), size


def global_with_an_array_of_no_dimensions(grads, *, max_norm):
    clipped, length = clip_by_global_norm(grads, max_norm=max_norm)
    return clipped, np.array(length)


RIGHT = {
    "clip_by_value": [value_by_min_max, value_by_loop, value_by_where],
    "clip_by_norm": [norm_by_condition, norm_by_minimum],
    "clip_by_global_norm": [global_by_concatenation, global_by_squares, global_with_an_array_of_no_dimensions],
}


def norm_near_the_limit(grads, *, max_norm):
    return clip_by_norm(grads, max_norm=max_norm) * (0.99 if np.linalg.norm(grads) > 0.99 * max_norm else 1.0)


def norm_of_matrices(grads, *, max_norm):
    length = float(np.linalg.norm(grads, "fro" if grads.ndim > 1 else None))
    return grads * (max_norm / length) if length > max_norm else grads.copy()


def global_never_0d(grads, *, max_norm):
    clipped, norm = clip_by_global_norm(grads, max_norm=max_norm)
    return {name: np.atleast_1d(array) for name, array in clipped.items()}, norm


def global_near_the_limit(grads, *, max_norm):
    _, norm = clip_by_global_norm(grads, max_norm=max_norm)
    return clip_by_global_norm(grads, max_norm=max_norm if norm > max_norm or norm < 0.99 * max_norm else norm / 2)


def value_in_rows_and_columns(grads, *, max_value):
    """Right for a number, a vector and a matrix; with more axes an entry of a row is an array."""
    if max_value < 0:
        raise ValueError("max_value")
    clipped = np.array(grads)
    for row in np.atleast_2d(clipped):
        for column in range(len(row)):
            row[column] = min(max(row[column], -max_value), max_value)
    return clipped


WRONG = {
    "clip_by_value": [value_in_rows_and_columns, value_smooth, value_lower_only, value_half],
    "clip_by_norm": [norm_near_the_limit, norm_of_matrices, norm_halved, norm_infinite_ratio],
    "clip_by_global_norm": [
        global_never_0d,
        global_near_the_limit,
        global_own_dict,
        global_mean,
        global_last_array,
        global_infinite_ratio,
    ],
}
