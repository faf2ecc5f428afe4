"""A gradient written by hand is a claim; differences of the loss itself are the evidence."""

import numpy as np

from descent.hyper import require


def numerical_gradient(f, x, *, h=1e-5):
    """Gradient of f at x by central differences, one entry at a time.

        df/dx_i ~ (f(x + h e_i) - f(x - h e_i)) / (2 h)          e_i: 1 at entry i, 0 elsewhere

    f: takes an array like x, returns a number; it is called twice per entry. x: any shape, not changed.
    Returns an array of the shape of x, in float64 whatever the dtype of x: in float32 the rounding of f,
    divided by h, would drown most gradients. The error is about h^2 |f'''| / 6 + 1e-16 |f| / h.
    Raises ValueError unless h > 0. Where f gives NaN or inf, the entry is NaN or inf.
    """
    require(h > 0, "h", h, "a number > 0")
    x = np.array(x, dtype=np.float64)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = h
        gradient[index] = (f(x + step) - f(x - step)) / (2 * h)
    return gradient


def gradient_check(loss_and_grads, params, *, h=1e-5, rtol=1e-5, atol=1e-8):
    """Names of the arrays whose gradient disagrees with central differences of the loss.

        an array is right if   |analytic - numeric| <= atol + rtol |numeric|   for every entry

    loss_and_grads(params) returns (loss, grads). params: a dict of arrays, not changed (it is checked in
    float64). grads: a dict that should have the same names and shapes.
    Returns the list of the wrong names in the order of params, [] if all are right. Prints a line for each:
    that its gradient is missing, that it has the wrong shape, or its worst entry, analytic and numeric.
    NaN is wrong. A ReLU whose input is closer to 0 than h can raise a false alarm: try another point.
    Raises ValueError unless h > 0, rtol >= 0 and atol >= 0.
    """
    require(h > 0, "h", h, "a number > 0")
    require(rtol >= 0, "rtol", rtol, "a number >= 0")
    require(atol >= 0, "atol", atol, "a number >= 0")
    params = {name: np.array(value, dtype=np.float64) for name, value in params.items()}
    grads = loss_and_grads(params)[1]
    wrong = []
    for name, value in params.items():
        if name not in grads:
            complaint = "no gradient"
        elif np.shape(grads[name]) != value.shape:
            complaint = f"gradient of shape {np.shape(grads[name])}, parameter of shape {value.shape}"
        else:
            analytic = np.asarray(grads[name])
            numeric = numerical_gradient(lambda x: loss_and_grads({**params, name: x})[0], value, h=h)
            excess = np.abs(analytic - numeric) - atol - rtol * np.abs(numeric)
            if np.all(excess <= 0):
                continue
            worst = np.unravel_index(np.argmax(excess), value.shape)
            entry = tuple(int(i) for i in worst)
            complaint = f"entry {entry}: analytic {analytic[worst]:.6g}, numeric {numeric[worst]:.6g}"
        wrong.append(name)
        print(f"{name}: {complaint}")
    return wrong
