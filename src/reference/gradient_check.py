"""A gradient written by hand is a claim; differences of the loss itself are the evidence."""

import numpy as np

from descent.hyper import require
from descent.say import tr


def numerical_gradient(f, x, *, h=1e-5):
    """Return the gradient of f at x, found from values of f alone.

    Contract: each entry costs two calls of f. The result is exact, whatever h is, where f is a polynomial of degree 2.

    f: takes an array like x, returns a number. x: any shape, not changed.
    Returns an array of the shape of x, in float64 whatever the dtype of x.
    Where f gives NaN, the entry is NaN. Raises ValueError unless h > 0.

    >>> numerical_gradient(lambda x: float((x**3).sum()), np.array([0.0, 2.0]), h=0.5)
    array([ 0.25, 12.25])
    """
    require(h > 0, "h", h, tr("a number > 0", "大于 0 的数"))
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

    loss_and_grads(params) returns (loss, grads). params: a dict of arrays. They are not changed, and are checked
    in float64, whatever their dtype. grads: a dict that should have the same names and shapes.
    Returns the list of the wrong names in the order of params, [] if all are right. An array is wrong, too, if its
    gradient is missing or has another shape. NaN is wrong, in the gradient and in the difference.
    Raises ValueError unless h > 0, rtol >= 0 and atol >= 0.
    What you print is up to you: the worst entry of each wrong array, analytic and numeric, is a help.
    Near the kink of a ReLU there can be false alarms: try another point.

    >>> gradient_check(lambda p: (p["a"].sum() + p["b"].sum(), {"a": np.ones(2)}), {"a": np.ones(2), "b": np.ones(3)})
    b: None
    ['b']
    """
    require(h > 0, "h", h, tr("a number > 0", "大于 0 的数"))
    require(rtol >= 0, "rtol", rtol, tr("a number >= 0", "大于或等于 0 的数"))
    require(atol >= 0, "atol", atol, tr("a number >= 0", "大于或等于 0 的数"))
    params = {name: np.array(value, dtype=np.float64) for name, value in params.items()}
    grads = loss_and_grads(params)[1]
    wrong = []
    for name, value in params.items():
        if name not in grads:
            complaint = "None"
        elif np.shape(grads[name]) != value.shape:
            got, want = np.shape(grads[name]), value.shape
            complaint = tr(f"gradient of shape {got}, parameter of shape {want}", f"梯度形状 {got}，参数形状 {want}")
        else:
            analytic = np.asarray(grads[name])
            numeric = numerical_gradient(lambda x: loss_and_grads({**params, name: x})[0], value, h=h)
            excess = np.abs(analytic - numeric) - atol - rtol * np.abs(numeric)
            if np.all(excess <= 0):
                continue
            worst = np.unravel_index(np.argmax(excess), value.shape)
            entry = tuple(int(i) for i in worst)
            claim, evidence = analytic[worst], numeric[worst]
            complaint = tr(
                f"entry {entry}: analytic {claim:.6g}, numeric {evidence:.6g}",
                f"元素 {entry}：解析值 {claim:.6g}，数值 {evidence:.6g}",
            )
        wrong.append(name)
        print(f"{name}: {complaint}")
    return wrong
