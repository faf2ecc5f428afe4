"""The gradient says which way is down; the curvature says for how long, and what kind of place this is.

Everything here needs gradients only: a Hessian is how the gradient changes from point to point.
"""

import numpy as np

from descent.hyper import require
from descent.say import tr


def hessian_vector_product(grad_fn, params, vector, *, h=1e-5):
    """Return the Hessian times a vector, from two gradients and without the Hessian.

    Contract: grad_fn is called twice, at x + h v and at one more point that you choose. Where the gradient is a
    polynomial of degree 2, the result is exactly H v, whatever h is; elsewhere its error is of order h^2.

    grad_fn(x): the gradient at x. params (x), vector (v): float64 arrays of one shape, any shape, not changed.
    NaN passes through. Returns an array of that shape.
    Raises ValueError unless h > 0.

    >>> hessian_vector_product(lambda x: x**3, 2.0, 3.0, h=0.5)
    42.75
    """
    require(h > 0, "h", h, tr("a number > 0", "大于 0 的数"))
    return (grad_fn(params + h * vector) - grad_fn(params - h * vector)) / (2 * h)


def numerical_hessian(grad_fn, params, *, h=1e-5):
    """Return the whole Hessian, from hessian_vector_product.

    Contract: row i holds the product with the unit vector e_i. Rounding and the error of order h^2 leave these rows
    not quite symmetric; the matrix returned is the symmetric matrix nearest to them.

    grad_fn(x): the gradient at x. params (x): float64 array of any shape with n entries, not changed.
    NaN passes through.
    Returns an array (n, n): rows and columns count the entries of params in the order of params.ravel().

    >>> numerical_hessian(lambda x: np.array([x[0] * x[1], x[1] ** 2]), np.array([2.0, 6.0]), h=0.5)
    array([[ 6.,  1.],
           [ 1., 12.]])
    """
    rows = []
    for unit in np.eye(params.size, dtype=params.dtype):
        rows.append(np.ravel(hessian_vector_product(grad_fn, params, unit.reshape(params.shape), h=h)))
    hessian = np.array(rows)
    return (hessian + hessian.T) / 2


def power_iteration(product, vector, *, num_steps=100):
    """Return the eigenvalue of largest absolute value and its eigenvector, of a symmetric matrix known by products.

        v <- v / |v|
        v <- H v / |H v|,   num_steps times
        eigenvalue = v . H v

    product(v): H v, such as a Hessian-vector product. vector (v): the start, any shape, not zero, not changed.
    NaN passes through. If H v = 0 before all steps are done, it stops and returns (0.0, v).
    Returns (eigenvalue, v): a number with its sign, and an array of length 1.
    Raises ValueError unless num_steps >= 0.

    >>> eigenvalue, v = power_iteration(lambda v: np.array([[2, 0], [0, -3]]) @ v, np.array([2.0, 2.0]), num_steps=1)
    >>> print(round(eigenvalue, 3), v.round(3))
    -1.462 [ 0.555 -0.832]
    """
    require(num_steps >= 0, "num_steps", num_steps, tr("a whole number >= 0", "大于或等于 0 的整数"))
    vector = vector / np.linalg.norm(vector)
    for _ in range(num_steps):
        following = product(vector)
        length = np.linalg.norm(following)
        if length == 0:
            return 0.0, vector
        vector = following / length
    return float(np.sum(vector * product(vector))), vector


def classify_critical_point(hessian, *, tolerance=1e-6):
    """Say what the Hessian proves about a critical point, a point where the gradient is 0.

    Contract: an eigenvalue above tolerance counts as positive, one below -tolerance as negative, any other as 0.
    Return "minimum", "maximum" or "saddle" (f rises in one direction and falls in another) if every smooth
    function with such a Hessian has one there, and "inconclusive" if they differ.

    hessian: symmetric array (n, n), not changed, of a point where you have checked that the gradient is 0.
    Returns one of the four words.
    Raises ValueError unless tolerance >= 0 and all entries are finite.

    >>> classify_critical_point(np.array([[1.0, 2.0], [2.0, 1.0]]))
    'saddle'
    """
    require(tolerance >= 0, "tolerance", tolerance, tr("a number >= 0", "大于或等于 0 的数"))
    require(
        np.all(np.isfinite(hessian)), "hessian", hessian, tr("finite, no NaN and no inf", "有限的数，没有 NaN 和 inf")
    )
    eigenvalues = np.linalg.eigvalsh(hessian)
    positive, negative = eigenvalues > tolerance, eigenvalues < -tolerance
    if positive.any() and negative.any():
        return "saddle"
    if positive.all():
        return "minimum"
    if negative.all():
        return "maximum"
    return "inconclusive"


def perturbed_gradient_descent(params, grad_fn, *, lr, num_steps, radius, grad_tolerance, wait, rng):
    """Run gradient descent with a random push where the gradient is small, to leave saddle points.

        at step t, if |g(x)| <= grad_tolerance and the last push was at least `wait` steps ago (or never):
            noise = rng.standard_normal(x.shape)             the only draw, once per push
            x <- x + radius * noise / |noise|
        x <- x - lr * g(x)                                   every step; g at the pushed point

    params (x): the starting point, any shape, not changed. grad_fn(x): the gradient g at x.
    rng: a NumPy Generator. lr, radius: Python numbers.
    Returns the path: an array (num_steps + 1, *params.shape), one point a step, same dtype as params.
    Raises ValueError unless lr >= 0, num_steps >= 0, radius >= 0, grad_tolerance >= 0 and wait >= 1.

    After Jin et al. (2017), who push into the ball of that radius (we push onto its surface).
    """
    require(lr >= 0, "lr", lr, tr("a number >= 0", "大于或等于 0 的数"))
    require(num_steps >= 0, "num_steps", num_steps, tr("a whole number >= 0", "大于或等于 0 的整数"))
    require(radius >= 0, "radius", radius, tr("a number >= 0", "大于或等于 0 的数"))
    require(grad_tolerance >= 0, "grad_tolerance", grad_tolerance, tr("a number >= 0", "大于或等于 0 的数"))
    require(wait >= 1, "wait", wait, tr("a whole number >= 1", "大于或等于 1 的整数"))
    path, next_push = [params], 0
    for t in range(num_steps):
        if t >= next_push and np.linalg.norm(grad_fn(params)) <= grad_tolerance:
            noise = rng.standard_normal(params.shape)
            push = radius * noise / np.linalg.norm(noise)
            params = params + push.astype(np.result_type(params, np.float32))  # float32 stays float32
            next_push = t + wait
        params = params - lr * grad_fn(params)
        path.append(params)
    return np.array(path)
