"""Chapter 02: curvature in other words, and wrong versions that nobody catalogued."""

import numpy as np

from reference.curvature import (
    classify_critical_point,
    hessian_vector_product,
    numerical_hessian,
    perturbed_gradient_descent,
    power_iteration,
)

# ---- right --------------------------------------------------------------------------------------


def product_two_lines(grad_fn, params, vector, *, h=1e-5):
    ahead, behind = grad_fn(params + vector * h), grad_fn(params - vector * h)
    return 0.5 / h * ahead - 0.5 / h * behind


def product_of_negative(grad_fn, params, vector, *, h=1e-5):
    return -(grad_fn(params - h * vector) - grad_fn(params + h * vector)) / h / 2


def hessian_filled(grad_fn, params, *, h=1e-5):
    n = params.size
    hessian = np.zeros((n, n))
    for i in range(n):
        step = np.zeros(n)
        step[i] = h
        step = step.reshape(params.shape)
        change = ((grad_fn(params + step) - grad_fn(params - step)) / (2 * h)).ravel()
        hessian[i] += change / 2
        hessian[:, i] += change / 2
    return hessian


def hessian_by_columns(grad_fn, params, *, h=1e-5):
    columns = [
        hessian_vector_product(grad_fn, params, unit.reshape(params.shape), h=h).reshape(-1, 1)
        for unit in np.identity(params.size)
    ]
    matrix = np.hstack(columns)
    return 0.5 * matrix + 0.5 * matrix.T


def power_with_sign(product, vector, *, num_steps=100):
    """Keeps the first entry positive: the eigenvector's sign is free."""
    v = vector / np.sqrt((vector**2).sum())
    image = product(v)
    for _ in range(num_steps):
        if not image.any():
            return 0.0, v
        v = image / np.sqrt((image**2).sum())
        v = v if v.flat[0] >= 0 else -v
        image = product(v)
    return np.sum(v * image), v


def power_recursive(product, vector, *, num_steps=100):
    v = vector / np.linalg.norm(vector)
    if num_steps == 0:
        return float(np.vdot(v, product(v))), v
    following = product(v)
    return (0.0, v) if np.all(following == 0) else power_recursive(product, following, num_steps=num_steps - 1)


def kind_by_counting(hessian, *, tolerance=1e-6):
    values = np.linalg.eigh(hessian)[0]
    up, down = int(np.sum(values > tolerance)), int(np.sum(values < -tolerance))
    if up and down:
        return "saddle"
    return "minimum" if up == len(values) else "maximum" if down == len(values) else "inconclusive"


def kind_by_signs(hessian, *, tolerance=1e-6):
    values = np.linalg.eigvals((hessian + hessian.T) / 2).real
    signs = {int(np.sign(value)) if abs(value) > tolerance else 0 for value in values}
    return {frozenset([1]): "minimum", frozenset([-1]): "maximum"}.get(
        frozenset(signs), "saddle" if {1, -1} <= signs else "inconclusive"
    )


def push_filled(params, grad_fn, *, lr, num_steps, radius, grad_tolerance, wait, rng):
    path, last = np.zeros((num_steps + 1, *params.shape), dtype=params.dtype), None
    path[0] = params
    for t in range(num_steps):
        x = path[t].copy()
        if (last is None or t - last >= wait) and np.sqrt(np.sum(grad_fn(x) ** 2)) <= grad_tolerance:
            noise = rng.normal(size=x.shape)
            x += radius * noise / np.sqrt(np.sum(noise**2))
            last = t
        path[t + 1] = x - lr * grad_fn(x)
    return path


def push_counting_down(params, grad_fn, *, lr, num_steps, radius, grad_tolerance, wait, rng):
    x, rest, path = params.copy(), 0, [params.copy()]
    while len(path) <= num_steps:
        if rest <= 0 and not np.linalg.norm(grad_fn(x)) > grad_tolerance:
            direction = rng.standard_normal(x.shape)
            x = x + (radius / np.linalg.norm(direction) * direction).astype(x.dtype)
            rest = wait
        x, rest = x - lr * grad_fn(x), rest - 1
        path.append(x)
    return np.stack(path)


# ---- wrong --------------------------------------------------------------------------------------


def product_half_way(grad_fn, params, vector, *, h=1e-5):
    return (grad_fn(params + h / 2 * vector) - grad_fn(params - h / 2 * vector)) / h


def product_at_the_vector(grad_fn, params, vector, *, h=1e-5):
    return (grad_fn(vector + h * params) - grad_fn(vector - h * params)) / (2 * h)


def product_absolute(grad_fn, params, vector, *, h=1e-5):
    return np.abs(hessian_vector_product(grad_fn, params, vector, h=h))


def hessian_lower(grad_fn, params, *, h=1e-5):
    return np.tril(numerical_hessian(grad_fn, params, h=h))


def hessian_of_the_origin(grad_fn, params, *, h=1e-5):
    return numerical_hessian(grad_fn, 0 * params, h=h)


def power_shifted(product, vector, *, num_steps=100):
    return power_iteration(lambda v: product(v) + v, vector, num_steps=num_steps)


def power_absolute(product, vector, *, num_steps=100):
    eigenvalue, v = power_iteration(product, vector, num_steps=num_steps)
    return abs(eigenvalue), v


def kind_always_saddle(hessian, *, tolerance=1e-6):
    return "saddle"


def kind_by_trace(hessian, *, tolerance=1e-6):
    trace = np.trace(hessian)
    return "minimum" if trace > tolerance else "maximum" if trace < -tolerance else "inconclusive"


def kind_in_capitals(hessian, *, tolerance=1e-6):
    return classify_critical_point(hessian, tolerance=tolerance).capitalize()


def push_in_a_box(params, grad_fn, *, lr, num_steps, radius, grad_tolerance, wait, rng):
    path, last = [params], -wait
    for t in range(num_steps):
        if t - last >= wait and np.linalg.norm(grad_fn(params)) <= grad_tolerance:
            params, last = params + radius * (2 * rng.random(params.shape) - 1), t
        params = params - lr * grad_fn(params)
        path.append(params)
    return np.array(path)


def push_once(params, grad_fn, **options):
    radius = options["radius"] * options["lr"]
    return perturbed_gradient_descent(params, grad_fn, **options | {"wait": 10**6, "radius": radius})


def push_by_the_largest_entry(params, grad_fn, *, lr, num_steps, radius, grad_tolerance, wait, rng):
    path, next_push = [params], 0
    for t in range(num_steps):
        if t >= next_push and np.abs(grad_fn(params)).max() <= grad_tolerance:
            noise, next_push = rng.standard_normal(params.shape), t + wait
            params = params + (radius * noise / np.linalg.norm(noise)).astype(params.dtype)
        params = params - lr * grad_fn(params)
        path.append(params)
    return np.array(path)


def product_down_first(grad_fn, params, vector, *, h=1e-5):
    below, above = (np.asarray(grad_fn(params + side * h * vector)) for side in (-1.0, 1.0))
    return -(below - above) / (h + h)


def hessian_added_up(grad_fn, params, *, h=1e-5):
    flat = params.reshape(-1)
    hessian = np.zeros((len(flat), len(flat)))
    for i in range(len(flat)):
        for sign in (1, -1):
            moved = flat.copy()
            moved[i] += sign * h
            part = np.ravel(grad_fn(moved.reshape(params.shape))) * sign / (4 * h)
            hessian[i] += part
            hessian[:, i] += part
    return hessian


def product_knows_zero(grad_fn, params, vector, *, h=1e-5):
    if not np.any(vector):  # without a call of grad_fn
        return np.zeros_like(vector)
    return (grad_fn(params + h * vector) - grad_fn(params - h * vector)) / (2 * h)


def power_stops_when_still(product, vector, *, num_steps=100):
    vector = vector / np.linalg.norm(vector)
    for _ in range(num_steps):
        following = product(vector)
        if not following.any():
            return 0.0, vector
        before, vector = vector, following / np.linalg.norm(following)
        if np.linalg.norm(vector - before) < 1e-4:
            break
    return float(np.sum(vector * product(vector))), vector


def kind_by_determinant_and_signs(hessian, *, tolerance=1e-6):
    values, determinant = np.linalg.eigvalsh(hessian), np.linalg.det(hessian)
    if abs(determinant) <= tolerance:
        return "saddle" if values.max() > tolerance and values.min() < -tolerance else "inconclusive"
    if determinant < 0:
        return "saddle"
    return "minimum" if (values > tolerance).all() else "maximum" if (values < -tolerance).all() else "saddle"


RIGHT = {
    "hessian_vector_product": [product_down_first, product_two_lines, product_of_negative],
    "numerical_hessian": [hessian_added_up, hessian_filled, hessian_by_columns],
    "power_iteration": [power_with_sign, power_recursive],
    "classify_critical_point": [kind_by_counting, kind_by_signs],
    "perturbed_gradient_descent": [push_filled, push_counting_down],
}


def push_without_a_draw(params, grad_fn, *, radius, rng, **options):
    """No push and no draw for radius 0; what rng gives afterwards is another number."""
    rng = rng if radius else np.random.default_rng(0)
    return perturbed_gradient_descent(params, grad_fn, radius=radius, rng=rng, **options)


def push_stands_still(params, grad_fn, *, num_steps, **options):
    """It stops for good where the gradient is 0, at the pushed point too."""
    path = perturbed_gradient_descent(params, grad_fn, num_steps=num_steps, **options)
    for t in range(1, num_steps):
        if not np.any(grad_fn(path[t])):
            path[t:] = path[t]
            break
    return path


def push_until_flat(params, grad_fn, *, num_steps, **options):
    """Its path ends where the gradient is 0."""
    path = perturbed_gradient_descent(params, grad_fn, num_steps=num_steps, **options)
    flat = [t for t in range(1, num_steps + 1) if not np.any(grad_fn(path[t])) and np.array_equal(path[t], path[t - 1])]
    return path[: flat[0] + 1] if flat else path


def kind_by_singular_values(hessian, *, tolerance=1e-6):
    """Where a singular value is 0 the signs are read off the diagonal."""
    diagonal = np.diag(hessian)
    if (np.linalg.svd(hessian, compute_uv=False) > tolerance).all():
        return classify_critical_point(hessian, tolerance=tolerance)
    return "saddle" if (diagonal > tolerance).any() and (diagonal < -tolerance).any() else "inconclusive"


WRONG = {
    "hessian_vector_product": [product_knows_zero, product_at_the_vector, product_absolute],
    "numerical_hessian": [hessian_lower, hessian_of_the_origin],
    "power_iteration": [power_stops_when_still, power_shifted, power_absolute],
    "classify_critical_point": [kind_by_determinant_and_signs, kind_always_saddle, kind_by_trace, kind_in_capitals]
    + [kind_by_singular_values],
    "perturbed_gradient_descent": [
        push_until_flat,
        push_without_a_draw,
        push_stands_still,
        push_in_a_box,
        push_once,
        push_by_the_largest_entry,
    ],
}
