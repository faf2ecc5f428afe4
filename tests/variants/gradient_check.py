"""Chapter 00: gradient checks in other words, and wrong versions that nobody catalogued."""

import numpy as np

from reference.gradient_check import gradient_check, numerical_gradient

# ---- right --------------------------------------------------------------------------------------


def numeric_in_a_flat_copy(f, x, *, h=1e-5):
    flat, shape, slopes = np.array(x, dtype=float).ravel(), np.shape(x), []
    for i in range(flat.size):
        old = flat[i]
        flat[i] = old + h
        above = f(flat.reshape(shape))
        flat[i] = old - h
        below = f(flat.reshape(shape))
        flat[i] = old
        slopes.append((above - below) / h / 2)
    return np.array(slopes).reshape(shape)


def numeric_by_units(f, x, *, h=1e-5):
    x = np.asarray(x).astype(np.float64)
    units = h * np.eye(x.size).reshape((x.size, *x.shape))
    return np.array([0.5 * f(x + unit) / h - 0.5 * f(x - unit) / h for unit in units]).reshape(x.shape)


def check_by_allclose(loss_and_grads, params, *, h=1e-5, rtol=1e-5, atol=1e-8):
    params = {name: value.astype(float) for name, value in params.items()}
    _, grads = loss_and_grads(params)
    wrong = []
    for name in params:

        def f(x):
            return loss_and_grads(params | {name: x})[0]

        numeric = numerical_gradient(f, params[name], h=h)
        if name not in grads or np.shape(grads[name]) != numeric.shape:
            wrong.append(name)
        elif not np.allclose(grads[name], numeric, rtol=rtol, atol=atol):
            wrong.append(name)
            print(name, grads[name], numeric)
    return wrong


def check_entry_by_entry(loss_and_grads, params, *, h=1e-5, rtol=1e-5, atol=1e-8):
    params = {name: 1.0 * np.float64(value) for name, value in params.items()}
    wrong, grads = {}, loss_and_grads(params)[1]
    for name, value in params.items():
        if name not in grads or grads[name].shape != value.shape:
            wrong[name] = True
            continue
        for index in np.ndindex(value.shape):
            above, below = value.copy(), value.copy()
            above[index] += h
            below[index] -= h
            change = loss_and_grads({**params, name: above})[0] - loss_and_grads({**params, name: below})[0]
            numeric = change / (2 * h)
            if not abs(grads[name][index] - numeric) <= atol + rtol * abs(numeric):
                wrong[name] = True
    return list(wrong)


def numeric_moves_its_copy_in_place(f, x, *, h=1e-5):
    x = np.array(x, dtype=np.float64)
    gradient = np.empty(x.shape)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        i = it.multi_index
        kept = x[i]
        x[i] = kept + h
        above = f(x)
        x[i] = kept - h
        gradient[i] = (above - f(x)) / (2.0 * h)
        x[i] = kept
        it.iternext()
    return gradient


def check_calls_for_each_name(loss_and_grads, params, *, h=1e-5, rtol=1e-5, atol=1e-8):
    params, wrong = {name: np.asarray(value, dtype=np.float64).copy() for name, value in params.items()}, []
    for name in list(params):
        analytic = loss_and_grads(params)[1].get(name)
        if analytic is None or analytic.shape != params[name].shape:
            wrong += [name]
            continue
        numeric = numeric_moves_its_copy_in_place(
            lambda x: loss_and_grads(dict(params, **{name: x}))[0], params[name], h=h
        )
        if not np.isclose(analytic, numeric, rtol=rtol, atol=atol).all():
            wrong += [name]
    return wrong


# ---- wrong --------------------------------------------------------------------------------------


def check_in_the_dtype_given(loss_and_grads, params, *, h=1e-5, rtol=1e-5, atol=1e-8):
    grads = loss_and_grads(params)[1]
    return [
        name
        for name, value in params.items()
        if name not in grads
        or np.shape(grads[name]) != value.shape
        or not np.allclose(
            numerical_gradient(lambda x: loss_and_grads({**params, name: x})[0], value, h=h),
            grads[name],
            rtol=rtol,
            atol=atol,
        )
    ]


def numeric_backward(f, x, *, h=1e-5):
    x = np.array(x, dtype=np.float64)
    units = h * np.eye(x.size).reshape((x.size, *x.shape))
    return np.array([(f(x) - f(x - unit)) / h for unit in units]).reshape(x.shape)


def numeric_of_four_calls(f, x, *, h=1e-5):
    numerical_gradient(f, x, h=h)
    return numerical_gradient(f, x, h=h)


def numeric_half_step(f, x, *, h=1e-5):
    return numerical_gradient(f, x, h=h / 2)


def check_blames_the_last(loss_and_grads, params, **options):
    return list(params)[-1:] if gradient_check(loss_and_grads, params, **options) else []


def check_finds_nothing(loss_and_grads, params, **options):
    return []


def check_passes_nan_in_the_difference(loss_and_grads, params, **options):
    params = {name: np.nan_to_num(value) for name, value in params.items()}
    return gradient_check(loss_and_grads, params, **options)


def check_by_sums(loss_and_grads, params, *, h=1e-5, rtol=1e-5, atol=1e-8):
    def summed(x):
        loss, grads = loss_and_grads(x)
        return loss, {
            name: grad + grad.mean() * 1e-4 for name, grad in grads.items() if np.shape(grad) == x[name].shape
        }

    return gradient_check(summed, params, h=h, rtol=rtol, atol=atol)


def check_in_an_array_of_names(loss_and_grads, params, **options):
    names = np.array(list(params))
    wrong = gradient_check(loss_and_grads, params, **options)
    return [name for name in names if name in wrong]


RIGHT = {
    "numerical_gradient": [numeric_in_a_flat_copy, numeric_by_units, numeric_moves_its_copy_in_place],
    "gradient_check": [check_by_allclose, check_entry_by_entry, check_calls_for_each_name, check_in_an_array_of_names],
}


def check_by_the_larger_tolerance(loss_and_grads, params, *, h=1e-5, rtol=1e-5, atol=1e-8):
    params = {name: np.array(array, dtype=np.float64) for name, array in params.items()}
    _, grads = loss_and_grads(params)
    found = []
    for name, array in params.items():
        if name in grads and np.shape(grads[name]) == array.shape:
            numeric = numerical_gradient(lambda x, name=name: loss_and_grads({**params, name: x})[0], array, h=h)
            if np.all(np.abs(grads[name] - numeric) <= np.maximum(atol, rtol * np.abs(numeric))):
                continue
        found.append(name)
    return found


def numeric_rounded(f, x, *, h=1e-5):
    """Right to the last digit that a card compares, in all ordinary cases."""
    return np.round(numerical_gradient(f, x, h=h), 6)


def numeric_in_one_sum(f, x, *, h=1e-5):
    """One NaN spreads: 0 times NaN is NaN."""
    x = np.array(x, dtype=np.float64)
    units = np.eye(x.size).reshape(-1, *x.shape)
    return sum(((f(x + h * unit) - f(x - h * unit)) / (2 * h) * unit for unit in units), np.zeros(x.shape))


def numeric_in_a_flat_copy(f, x, *, h=1e-5):
    """For an array that was transposed, reshape copies, and f never sees the step."""
    if not h > 0:
        raise ValueError("h")
    x = np.array(x, dtype=np.float64)
    flat, gradient = x.reshape(-1), np.zeros(x.size)
    for place in range(x.size):
        old = flat[place]
        flat[place] = old + h
        above = f(x)
        flat[place] = old - h
        gradient[place] = (above - f(x)) / (2 * h)
        flat[place] = old
    return gradient.reshape(x.shape)


WRONG = {
    "numerical_gradient": [
        numeric_in_a_flat_copy,
        numeric_rounded,
        numeric_backward,
        numeric_half_step,
        numeric_of_four_calls,
        numeric_in_one_sum,
    ],
    "gradient_check": [
        check_by_the_larger_tolerance,
        check_blames_the_last,
        check_finds_nothing,
        check_by_sums,
        check_in_the_dtype_given,
        check_passes_nan_in_the_difference,
    ],
}
