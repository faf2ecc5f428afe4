"""Chapter 01: descent, batches and learning rates in other words, and wrong ones that nobody catalogued."""

from functools import partial

import numpy as np

from reference.gradient_descent import max_stable_lr, minibatches, scaled_lr

# ---- right --------------------------------------------------------------------------------------


def descent_filled(params, grad_fn, *, lr, num_steps):
    path = np.empty((num_steps + 1, *params.shape), dtype=params.dtype)
    path[0] = params
    for t in range(num_steps):
        path[t + 1] = path[t] - lr * grad_fn(path[t])
    return path


def descent_on_copies(params, grad_fn, *, lr, num_steps):
    x, path = np.array(params), [np.array(params)]
    while len(path) <= num_steps:
        x -= lr * grad_fn(x)
        path.append(x.copy())
    return np.stack(path)


def descent_recursive(params, grad_fn, *, lr, num_steps):
    if num_steps == 0:
        return params[np.newaxis]
    path = descent_recursive(params, grad_fn, lr=lr, num_steps=num_steps - 1)
    return np.concatenate([path, (path[-1] - lr * grad_fn(path[-1]))[np.newaxis]])


def stable_by_eigenvalues(X):
    top = np.linalg.eigvalsh(X.T @ X / len(X)).max()
    return 4 / top if top > 0 else np.inf


def stable_by_gram_matrix(X):
    top = float(np.linalg.eigvalsh(X @ X.T)[-1])
    return float("inf") if not X.any() else 4 * len(X) / top


def stable_by_power_iteration(X):
    if not np.any(X):
        return np.inf
    v = X[np.argmax((X**2).sum(axis=1))]
    v, before = v / np.sqrt(v @ v), np.zeros_like(v)
    while np.abs(v - before).max() > 1e-12:
        v, before = X.T @ (X @ v), v
        v = v / np.sqrt(v @ v)
    return 4 * len(X) / ((X @ v) @ (X @ v))


def scaled_by_exponent(lr, *, batch_size, new_batch_size, rule="linear"):
    return lr * (new_batch_size / batch_size) ** {"linear": 1, "sqrt": 0.5}[rule]


def scaled_by_root(lr, *, batch_size, new_batch_size, rule="linear"):
    if rule == "sqrt":
        return lr / np.sqrt(batch_size) * np.sqrt(new_batch_size)
    return np.multiply(lr, new_batch_size) / batch_size


def batches_by_shuffle(X, y, *, batch_size, rng):
    order = list(range(len(X)))
    rng.shuffle(order)
    while order:
        rows, order = order[:batch_size], order[batch_size:]
        yield X[rows], y[rows]


def batches_by_sorting_noise(X, y, *, batch_size, rng):
    order = np.argsort(rng.random(len(X)))
    return [(X[rows], y[rows]) for rows in np.array_split(order, range(batch_size, len(X), batch_size))]


def batches_row_by_row(X, y, *, batch_size, rng):
    rows = []
    for i in rng.choice(len(X), len(X), replace=False):
        rows.append(i)
        if len(rows) == batch_size:
            yield X[np.array(rows)].copy(), y[np.array(rows)].copy()
            rows = []
    if rows:
        yield X[np.array(rows)], y[np.array(rows)]


def sgd_by_minibatches(params, loss_and_grads, X, y, *, lr, num_epochs, rng):
    return minibatch_by_slices(params, loss_and_grads, X, y, lr=lr, batch_size=1, num_epochs=num_epochs, rng=rng)


def sgd_asking_twice(params, loss_and_grads, X, y, *, lr, num_epochs, rng):
    path, losses = [params.copy()], np.zeros(num_epochs * len(X))
    for epoch in range(num_epochs):
        order = np.argsort(rng.random(len(X)))
        for k, i in enumerate(order):
            losses[epoch * len(X) + k] = loss_and_grads(path[-1], X[[i]], y[[i]])[0]
            path.append(path[-1] - lr * loss_and_grads(path[-1], X[[i]], y[[i]])[1])
    return np.stack(path), losses


def minibatch_by_slices(params, loss_and_grads, X, y, *, lr, batch_size, num_epochs, rng):
    path, losses = params[np.newaxis].copy(), []
    for _ in range(num_epochs):
        shuffled = rng.permutation(len(X))
        X_new, y_new = X[shuffled], y[shuffled]
        for start in range(0, len(X), batch_size):
            end = min(start + batch_size, len(X))
            loss, grads = loss_and_grads(path[-1], X_new[start:end], y_new[start:end])
            path = np.concatenate([path, (path[-1] - lr * grads)[np.newaxis]])
            losses.append(float(loss))
    return path, np.array(losses)


def minibatch_other_draw(params, loss_and_grads, X, y, *, lr, batch_size, num_epochs, rng):
    path, losses = [params], []
    for _ in range(num_epochs):
        for X_batch, y_batch in batches_by_sorting_noise(X, y, batch_size=batch_size, rng=rng):
            loss, grads = loss_and_grads(params, X_batch, y_batch)
            params = params - lr * grads
            path += [params]
            losses += [loss]
    return np.array(path), np.array(losses)


def sgd_in_float64(params, loss_and_grads, X, y, *, lr, num_epochs, rng):
    """No docstring says in which dtype the path is written down."""
    path, losses = sgd_from_the_end(params, loss_and_grads, X, y, lr=lr, num_epochs=num_epochs, rng=rng)
    return path.astype(np.float64), losses


# ---- wrong --------------------------------------------------------------------------------------


def normalized_steps(params, grad_fn, *, lr, num_steps):
    path = [params]
    for _ in range(num_steps):
        grads = grad_fn(path[-1])
        path.append(path[-1] - lr * grads / np.sqrt((grads * grads).sum()))
    return np.array(path)


def half_steps(params, grad_fn, *, lr, num_steps):
    return descent_filled(params, grad_fn, lr=lr / 2, num_steps=num_steps)


def with_momentum(params, grad_fn, *, lr, num_steps):
    path, velocity = [params], 0 * params
    for _ in range(num_steps):
        velocity = 0.5 * velocity + grad_fn(path[-1])
        path.append(path[-1] - lr * velocity)
    return np.array(path)


def stable_for_least_squares(X):
    return max_stable_lr(X) / 8


def scaled_by_logarithm(lr, *, batch_size, new_batch_size, rule="linear"):
    return lr * np.log(new_batch_size) / np.log(batch_size)


def scaled_never_down(lr, *, batch_size, new_batch_size, rule="linear"):
    return scaled_lr(lr, batch_size=batch_size, new_batch_size=max(batch_size, new_batch_size), rule=rule)


def batches_of_shuffled_halves(X, y, *, batch_size, rng):
    half = len(X) // 2
    order = np.concatenate([rng.permutation(half), half + rng.permutation(len(X) - half)])
    for start in range(0, len(X), batch_size):
        yield X[order[start : start + batch_size]], y[order[start : start + batch_size]]


def batches_rest_first(X, y, *, batch_size, rng):
    order, rest = rng.permutation(len(X)), len(X) % batch_size
    for rows in [order[:rest]] * (rest > 0) + [order[k : k + batch_size] for k in range(rest, len(X), batch_size)]:
        yield X[rows], y[rows]


def batches_without_first(X, y, *, batch_size, rng):
    yield from minibatches(X[1:], y[1:], batch_size=batch_size, rng=rng)


def sgd_double_lr(params, loss_and_grads, X, y, *, lr, num_epochs, rng):
    return sgd_by_minibatches(params, loss_and_grads, X, y, lr=2 * lr, num_epochs=num_epochs, rng=rng)


def sgd_mean_losses(params, loss_and_grads, X, y, *, lr, num_epochs, rng):
    path, losses = sgd_by_minibatches(params, loss_and_grads, X, y, lr=lr, num_epochs=num_epochs, rng=rng)
    return path, losses.cumsum() / np.arange(1, len(losses) + 1)


def sgd_one_epoch(params, loss_and_grads, X, y, *, lr, num_epochs, rng):
    return sgd_by_minibatches(params, loss_and_grads, X, y, lr=lr, num_epochs=1, rng=rng)


def sgd_other_draw_double_lr(params, loss_and_grads, X, y, *, lr, num_epochs, rng):
    """Its order is as good as ours, its steps are not."""
    return sgd_asking_twice(params, loss_and_grads, X, y, lr=2 * lr, num_epochs=num_epochs, rng=rng)


def minibatch_other_draw_climbing(params, loss_and_grads, X, y, *, lr, batch_size, num_epochs, rng):
    def halved(params, X, y):
        loss, grads = loss_and_grads(params, X, y)
        return loss, -grads / 2

    return minibatch_other_draw(params, halved, X, y, lr=lr, batch_size=batch_size, num_epochs=num_epochs, rng=rng)


def minibatch_one_epoch_more(params, loss_and_grads, X, y, *, lr, batch_size, num_epochs, rng):
    return minibatch_by_slices(
        params, loss_and_grads, X, y, lr=lr, batch_size=batch_size, num_epochs=num_epochs + 1, rng=rng
    )


def minibatch_decay(params, loss_and_grads, X, y, *, lr, batch_size, num_epochs, rng):
    path, losses = [params], []
    for _ in range(num_epochs):
        for X_batch, y_batch in minibatches(X, y, batch_size=batch_size, rng=rng):
            loss, grads = loss_and_grads(params, X_batch, y_batch)
            params = 0.99 * params - lr * grads
            path.append(params)
            losses.append(loss)
    return np.array(path), np.array(losses)


def descent_until_flat(params, grad_fn, *, lr, num_steps):
    path = [params]
    for _ in range(num_steps):
        grads = grad_fn(path[-1])
        if not np.any(grads):
            break
        path.append(path[-1] - lr * grads)
    return np.array(path)


def sgd_from_the_end(params, loss_and_grads, X, y, *, lr, num_epochs, rng):
    path, losses = [params], []
    for _ in range(num_epochs):
        for i in reversed(rng.permutation(len(X))):
            loss, grads = loss_and_grads(path[-1], np.array([X[i]]), np.array([y[i]]))
            losses.append(loss)
            path.append(path[-1] - lr * grads)
    return np.asarray(path), np.asarray(losses)


RIGHT = {
    "gradient_descent": [descent_filled, descent_on_copies, descent_recursive],
    "max_stable_lr": [stable_by_eigenvalues, stable_by_gram_matrix, stable_by_power_iteration],
    "scaled_lr": [scaled_by_exponent, scaled_by_root],
    "minibatches": [batches_by_shuffle, batches_by_sorting_noise, batches_row_by_row],
    "sgd": [sgd_in_float64, sgd_from_the_end, sgd_by_minibatches, sgd_asking_twice],
    "minibatch_sgd": [minibatch_by_slices, minibatch_other_draw],
}


def stable_by_twenty_steps(X):
    """Power iteration that is stopped too early, from a start that may stand at a right angle to what it looks for."""
    A, v = X.T @ X / len(X), np.ones(X.shape[1])
    for _ in range(20):
        v = A @ v
        v = v / max(np.linalg.norm(v), 1e-300)
    return 4 / (v @ A @ v) if X.any() else np.inf


def stable_inf_for_a_zero_column(X):
    return np.inf if (X == 0).all(axis=0).any() else max_stable_lr(X)


def descent_with_a_guard(params, grad_fn, *, lr, num_steps):
    """Half the step where it is more than a hundred times as long as x."""
    path = [params]
    for _ in range(num_steps):
        step = lr * grad_fn(path[-1])
        long = np.linalg.norm(step) > 100 * (1 + np.linalg.norm(path[-1]))
        path.append(path[-1] - (step / 2 if long else step))
    return np.array(path)


def batches_sorted_by_three_keys(X, y, *, batch_size, rng):
    """Rows with the same key stay in their order."""
    order = np.argsort(rng.integers(0, 3, len(X)), kind="stable")
    for start in range(0, len(X), batch_size):
        yield X[order[start : start + batch_size]], y[order[start : start + batch_size]]


def batches_first_row_first(X, y, *, batch_size, rng):
    order = np.append(0, 1 + rng.permutation(len(X) - 1))
    for start in range(0, len(X), batch_size):
        yield X[order[start : start + batch_size]], y[order[start : start + batch_size]]


def batches_of_a_flat_y(X, y, *, batch_size, rng):
    y = y.reshape(len(y), *y.shape[2:]) if y.ndim > 1 and y.shape[1] == 1 else y
    yield from minibatches(X, y, batch_size=batch_size, rng=rng)


def sgd_global_generator(params, loss_and_grads, X, y, *, lr, num_epochs, rng):
    class Global:
        permutation = staticmethod(np.random.permutation)

    return sgd_from_the_end(params, loss_and_grads, X, y, lr=lr, num_epochs=num_epochs, rng=Global)


def minibatch_global_generator(params, loss_and_grads, X, y, *, lr, batch_size, num_epochs, rng):
    class Global:
        permutation = staticmethod(np.random.permutation)

    options = {"lr": lr, "batch_size": batch_size, "num_epochs": num_epochs, "rng": Global}
    return minibatch_by_slices(params, loss_and_grads, X, y, **options)


def batches_of_one_stack(X, y, *, batch_size, rng):
    """X and y in one array: whole numbers in y become floats."""
    data = np.hstack([X.reshape(len(X), -1), y.reshape(len(y), -1)])[rng.permutation(len(X))]
    width = X[0].size
    for start in range(0, len(X), batch_size):
        part = data[start : start + batch_size]
        yield part[:, :width].reshape(-1, *X.shape[1:]), part[:, width:].reshape(-1, *y.shape[1:])


def turned(turn):
    """One order for all epochs; in every second epoch it is turned."""

    def sgd_turned(params, loss_and_grads, X, y, *, lr, num_epochs, rng):
        path, losses, order = [params], [], rng.permutation(len(X))
        for epoch in range(num_epochs):
            for i in turn(order) if epoch % 2 else order:
                loss, grads = loss_and_grads(path[-1], X[i : i + 1], y[i : i + 1])
                losses.append(loss)
                path.append(path[-1] - lr * grads)
        return np.array(path), np.array(losses)

    return sgd_turned


WRONG = {
    "gradient_descent": [descent_until_flat, normalized_steps, half_steps, with_momentum, descent_with_a_guard],
    "max_stable_lr": [
        stable_by_twenty_steps,
        stable_for_least_squares,
        stable_inf_for_a_zero_column,
    ],
    "scaled_lr": [scaled_by_logarithm, scaled_never_down],
    "minibatches": [
        batches_of_shuffled_halves,
        batches_rest_first,
        batches_without_first,
        batches_sorted_by_three_keys,
        batches_first_row_first,
        batches_of_a_flat_y,
        batches_of_one_stack,
    ],
    "sgd": [sgd_global_generator, sgd_double_lr, sgd_mean_losses, sgd_one_epoch, sgd_other_draw_double_lr]
    + [turned(np.flip), turned(partial(np.roll, shift=3))],
    "minibatch_sgd": [
        minibatch_global_generator,
        minibatch_one_epoch_more,
        minibatch_decay,
        minibatch_other_draw_climbing,
    ],
}
