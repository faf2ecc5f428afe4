"""Chapter 03: right versions written in other ways, and wrong ones that no catalogue entry describes."""

import numpy as np

from reference.momentum import ema_momentum_step, lookahead_point, momentum_step

# ---- right --------------------------------------------------------------------------------------


def step_with_ufuncs(params, grads, velocity, *, lr, momentum=0.9):
    velocity = np.add(np.multiply(momentum, velocity), grads)
    return np.subtract(params, np.multiply(lr, velocity)), velocity


def step_other_algebra(params, grads, velocity, *, lr, momentum=0.9):
    return -lr * grads - lr * momentum * velocity + params, velocity - (1 - momentum) * velocity + grads


def step_element_by_element(params, grads, velocity, *, lr, momentum=0.9):
    new_params, new_velocity = np.empty_like(params), np.empty_like(velocity)
    for index in np.ndindex(params.shape):
        new_velocity[index] = momentum * velocity[index] + grads[index]
        new_params[index] = params[index] - lr * new_velocity[index]
    return new_params, new_velocity


def step_on_copies(params, grads, velocity, *, lr, momentum=0.9):
    params, velocity = np.array(params), np.array(velocity)
    velocity *= momentum
    velocity += grads
    params -= lr * velocity
    return [params, velocity]


def classical_on_copies(params, grads, velocity, *, lr, momentum=0.9):
    velocity = velocity.copy()
    velocity *= momentum
    velocity += lr * grads
    return params - velocity, velocity


def classical_keeps_the_sign(params, grads, velocity, *, lr, momentum=0.9):
    keras = -momentum * velocity - lr * grads
    return params + keras, -keras


def classical_by_one_move(params, grads, velocity, *, lr, momentum=0.9):
    move = -(momentum * velocity + lr * grads)
    return params + move, np.negative(move)


def state_with_multiply(velocity, *, lr):
    return np.multiply(velocity, lr)


def state_from_zeros(velocity, *, lr):
    return np.zeros_like(velocity) + velocity * lr


def state_by_loop(velocity, *, lr):
    state = velocity.copy()
    for index in np.ndindex(state.shape):
        state[index] = lr * velocity[index]
    return state


def ema_by_velocity(params, grads, average, *, lr, momentum=0.9):
    params, velocity = momentum_step(params, grads, average / (1 - momentum), lr=lr, momentum=momentum)
    return params, (1 - momentum) * velocity


def ema_by_difference(params, grads, average, *, lr, momentum=0.9):
    average = average + (1 - momentum) * (grads - average)
    return params - (lr * average) / (1 - momentum), average


def ema_scaled_lr_first(params, grads, average, *, lr, momentum=0.9):
    rate = lr / (1 - momentum)
    average = momentum * average + grads - momentum * grads
    return params - rate * average, average


def nesterov_from_lookahead(params, grad_fn, velocity, *, lr, momentum=0.9):
    ahead = params - lr * momentum * velocity
    grads = grad_fn(ahead)
    return ahead - lr * grads, momentum * velocity + grads


def nesterov_shrunk_first(params, grad_fn, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity
    velocity = velocity + grad_fn(params - lr * velocity)
    return params - lr * velocity, velocity


def nesterov_by_momentum_step(params, grad_fn, velocity, *, lr, momentum=0.9):
    grads = grad_fn(lookahead_point(params, velocity, lr=lr, momentum=momentum))
    return momentum_step(params, grads, velocity, lr=lr, momentum=momentum)


def rewritten_by_old_velocity(params, grads, velocity, *, lr, momentum=0.9):
    return params - lr * ((1 + momentum) * grads + momentum**2 * velocity), momentum * velocity + grads


def rewritten_by_two_moves(params, grads, velocity, *, lr, momentum=0.9):
    params, velocity = momentum_step(params + lr * momentum * velocity, grads, velocity, lr=lr, momentum=momentum)
    return params - lr * momentum * velocity, velocity


def matrix_filled(curvature, *, lr, momentum):
    matrix = np.zeros((2, 2))
    matrix[0, 0] = (1 + momentum) - lr * curvature
    matrix[0, 1] -= momentum
    matrix[1, 0] = 1
    return matrix


def matrix_stacked(curvature, *, lr, momentum):
    return np.vstack([[1 - lr * curvature + momentum, -momentum], np.eye(2)[0]])


def matrix_of_sums(curvature, *, lr, momentum):
    gradient = np.array([[1 - lr * curvature, 0.0], [1.0, 0.0]])
    return gradient + momentum * np.array([[1.0, -1.0], [0.0, 0.0]])


def optimal_by_kappa(curvature_min, curvature_max):
    root = np.sqrt(curvature_max / curvature_min)
    return 4 / (curvature_min * (root + 1) ** 2), ((root - 1) / (root + 1)) ** 2


def optimal_by_polyak(curvature_min, curvature_max):
    lr = 4 / (np.sqrt(curvature_max) + np.sqrt(curvature_min)) ** 2
    momentum = max(abs(1 - np.sqrt(lr * curvature_min)), abs(1 - np.sqrt(lr * curvature_max))) ** 2
    return lr, momentum


def optimal_in_arrays(curvature_min, curvature_max):
    roots = np.sqrt(np.array([curvature_min, curvature_max]))
    return np.array(4 / roots.sum() ** 2), (np.diff(roots)[0] / roots.sum()) ** 2


def optimal_by_bisection(curvature_min, curvature_max):
    """Search the momentum for which both ends are critically damped, no formula for it."""
    low, high = 0.0, 1.0
    for _ in range(80):
        momentum = (low + high) / 2
        lr = (1 + np.sqrt(momentum)) ** 2 / curvature_max
        low, high = (momentum, high) if lr * curvature_min < (1 - np.sqrt(momentum)) ** 2 else (low, momentum)
    return float(lr), momentum


STEPS = [step_with_ufuncs, step_other_algebra, step_element_by_element, step_on_copies]


def matrix_of_the_type_of_lr(curvature, *, lr, momentum):
    matrix = np.eye(2, k=-1, dtype=type(lr))
    matrix[0] = 1 + momentum - lr * curvature, -momentum
    return matrix


RIGHT = {
    "momentum_step": STEPS,
    "classical_momentum_step": [classical_on_copies, classical_keeps_the_sign, classical_by_one_move],
    "classical_velocity": [state_with_multiply, state_from_zeros, state_by_loop],
    "ema_momentum_step": [ema_by_velocity, ema_by_difference, ema_scaled_lr_first],
    "nesterov_step": [nesterov_from_lookahead, nesterov_shrunk_first, nesterov_by_momentum_step],
    "nesterov_rewritten_step": [rewritten_by_old_velocity, rewritten_by_two_moves],
    "heavy_ball_matrix": [matrix_filled, matrix_stacked, matrix_of_sums],
    "optimal_heavy_ball": [optimal_by_kappa, optimal_by_polyak, optimal_in_arrays, optimal_by_bisection],
}

# ---- wrong, and in no catalogue -----------------------------------------------------------------


def step_no_longer_than_params(params, grads, velocity, *, lr, momentum=0.9):
    """A step more than a hundred times as long as params is cut."""
    new, velocity = momentum_step(params, grads, velocity, lr=lr, momentum=momentum)
    most = 100 * (1 + np.linalg.norm(params))
    length = np.linalg.norm(new - params)
    return (params + (new - params) * float(most / length) if length > most else new), velocity


def half_step(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grads
    return params - 0.5 * lr * velocity, velocity


def momentum_squared(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum**2 * velocity + grads
    return params - lr * velocity, velocity


def weight_decay(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grads + 0.01 * params
    return params - lr * velocity, velocity


def sign_of_velocity(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grads
    return params - lr * np.sign(velocity), velocity


def fixed_momentum(params, grads, velocity, *, lr, momentum=0.9):
    velocity = 0.9 * velocity + grads
    return params - lr * velocity, velocity


def fixed_lr(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grads
    return params - 0.1 * velocity, velocity


def gradient_twice(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grads
    return params - lr * (velocity + grads), velocity


def clipped(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + np.clip(grads, -1, 1).astype(grads.dtype)
    return params - lr * velocity, velocity


def first_entry_only(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grads
    params = params.copy()
    params.flat[0] -= lr * velocity.flat[0]
    return params, velocity


def mean_gradient(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grads.mean()
    return params - lr * velocity, velocity


def subtracts_old(params, grads, velocity, *, lr, momentum=0.9):
    velocity = grads - momentum * velocity
    return params - lr * velocity, velocity


def swapped_hyper(params, grads, velocity, *, lr, momentum=0.9):
    velocity = lr * velocity + grads
    return params - momentum * velocity, velocity


def zeros_instead(params, grads, velocity, *, lr, momentum=0.9):
    return np.zeros_like(params), np.zeros_like(velocity)


def classical_by_ours(params, grads, velocity, *, lr, momentum=0.9):
    """NaN for lr = 0, right for every other lr."""
    params, ours = momentum_step(params, grads, velocity / lr, lr=lr, momentum=momentum)
    return params, ours * lr


def classical_half(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + lr * grads
    return params - velocity / 2, velocity


def classical_divides(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grads / lr
    return params - velocity, velocity


def classical_adds_gradient(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + lr * grads
    return params - velocity - lr * grads, velocity


def classical_rescaled(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + lr * grads
    return params - velocity / (1 - momentum), velocity


def doubled_state(velocity, *, lr):
    return 2 * lr * velocity


def shifted_state(velocity, *, lr):
    return velocity - lr


def root_state(velocity, *, lr):
    return lr**0.5 * velocity


def ema_like_velocity(velocity, *, lr):
    return lr * (1 - 0.9) * velocity


def ema_half_lr(params, grads, average, *, lr, momentum=0.9):
    average = momentum * average + (1 - momentum) * grads
    return params - lr / momentum * average, average


def ema_squared(params, grads, average, *, lr, momentum=0.9):
    average = momentum * average + (1 - momentum) * grads
    return params - lr / (1 - momentum) ** 2 * average, average


def ema_plain_descent(params, grads, average, *, lr, momentum=0.9):
    average = momentum * average + (1 - momentum) * grads
    return params - lr * grads, average


def ema_halves(params, grads, average, *, lr, momentum=0.9):
    average = (average + grads) / 2
    return params - lr / (1 - momentum) * average, average


def nesterov_half_ahead(params, grad_fn, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grad_fn(params - 0.5 * lr * momentum * velocity)
    return params - lr * velocity, velocity


def nesterov_twice(params, grad_fn, velocity, *, lr, momentum=0.9):
    ahead = params - lr * (momentum * velocity + grad_fn(params))
    velocity = momentum * velocity + grad_fn(ahead)
    return params - lr * velocity, velocity


def nesterov_no_velocity(params, grad_fn, velocity, *, lr, momentum=0.9):
    grads = grad_fn(params - lr * momentum * velocity)
    return params - lr * grads, grads


def rewritten_squared(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grads
    return params - lr * (grads + momentum**2 * velocity), velocity


def rewritten_minus(params, grads, velocity, *, lr, momentum=0.9):
    velocity = momentum * velocity + grads
    return params - lr * (grads - momentum * velocity), velocity


def matrix_minus(curvature, *, lr, momentum):
    return -np.array([[1 + momentum - lr * curvature, -momentum], [1.0, 0.0]])


def matrix_scaled_momentum(curvature, *, lr, momentum):
    return np.array([[1 + momentum - lr * curvature, -momentum * lr], [1.0, 0.0]])


def matrix_as_list(curvature, *, lr, momentum):
    return [[1 + momentum - lr * curvature, -momentum], [1.0, 0.0]]


def optimal_double(curvature_min, curvature_max):
    lr, momentum = optimal_by_kappa(curvature_min, curvature_max)
    return 2 * lr, momentum


def optimal_by_the_mean(curvature_min, curvature_max):
    return 2 / (curvature_min + curvature_max), 0.9


def optimal_fourth_power(curvature_min, curvature_max):
    lr, momentum = optimal_by_kappa(curvature_min, curvature_max)
    return lr, momentum**2


def optimal_published_nesterov(curvature_min, curvature_max):
    root = np.sqrt(3 * curvature_max / curvature_min + 1)
    return 4 / (3 * curvature_max + curvature_min), (root - 2) / (root + 2)


def step_still_without_gradient(params, grads, velocity, *, lr, momentum=0.9):
    """Stops where the gradient is zero; momentum coasts."""
    return momentum_step(params, grads, velocity, lr=lr, momentum=momentum) if np.any(grads) else (params, velocity)


def lazy(step):
    """Entries whose gradient is 0 stay as they are, as in sparse updates."""

    def lazy_step(params, grads, state, *, lr, momentum=0.9):
        moved = step(params, grads, state, lr=lr, momentum=momentum)
        kept = (np.where(np.equal(grads, 0), old, new) for old, new in zip((params, state), moved))
        return tuple(np.asarray(one, dtype=np.asarray(params).dtype) for one in kept)

    return lazy_step


WRONG = {
    "momentum_step": [
        half_step,
        step_no_longer_than_params,
        momentum_squared,
        weight_decay,
        sign_of_velocity,
        fixed_momentum,
        fixed_lr,
        gradient_twice,
        clipped,
        first_entry_only,
        mean_gradient,
        subtracts_old,
        swapped_hyper,
        zeros_instead,
        step_still_without_gradient,
        lazy(momentum_step),
    ],
    "classical_momentum_step": [
        classical_half,
        classical_divides,
        classical_adds_gradient,
        classical_rescaled,
        half_step,
        zeros_instead,
        classical_by_ours,
    ],
    "classical_velocity": [doubled_state, shifted_state, root_state, ema_like_velocity],
    "ema_momentum_step": [
        ema_half_lr,
        ema_squared,
        ema_plain_descent,
        ema_halves,
        half_step,
        zeros_instead,
        lazy(ema_momentum_step),
    ],
    "nesterov_step": [nesterov_half_ahead, nesterov_twice, nesterov_no_velocity],
    "nesterov_rewritten_step": [rewritten_squared, rewritten_minus, half_step, weight_decay],
    "heavy_ball_matrix": [
        matrix_of_the_type_of_lr,
        matrix_minus,
        matrix_scaled_momentum,
        matrix_as_list,
    ],
    "optimal_heavy_ball": [optimal_double, optimal_by_the_mean, optimal_fourth_power, optimal_published_nesterov],
}
