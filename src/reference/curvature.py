"""The gradient says which way is down; the curvature says for how long, and what kind of place this is.

Everything here needs gradients only: a Hessian is how the gradient changes from point to point.
"""

import numpy as np

from descent.hyper import require


def hessian_vector_product(grad_fn, params, vector, *, h=1e-5):
    """The Hessian times a vector, from two gradients and without the Hessian.

    Contract: the gradient is asked for at two points only, x + h v and one more that you choose. Where every
    entry of the gradient is a polynomial of degree 2 at most, the answer is H v for every h, but for rounding;
    elsewhere it tends to H v as h tends to 0, with an error of order h^2.

    grad_fn(x) returns the gradient at x. params (x), vector (v): arrays of one shape, any shape, not changed.
    Returns an array of that shape. Use float64, and a vector of length about 1: the error grows with
    h^2 |v|^3 (on a quadratic only rounding is left). NaN and inf pass through.
    Raises ValueError unless h > 0.
    """
    require(h > 0, "h", h, "a number > 0")
    return (grad_fn(params + h * vector) - grad_fn(params - h * vector)) / (2 * h)


def numerical_hessian(grad_fn, params, *, h=1e-5):
    """The whole Hessian, one product with a unit vector per parameter.

        row i of H = H e_i,   then   H <- (H + H^T) / 2          so that it is exactly symmetric

    grad_fn(x) returns the gradient at x. params (x): any shape, n entries, not changed.
    Returns an array (n, n); its rows and columns count the entries of params in the order of params.ravel().
    NaN and inf pass through. Raises ValueError unless h > 0.
    """
    require(h > 0, "h", h, "a number > 0")
    rows = []
    for unit in np.eye(params.size, dtype=params.dtype):
        rows.append(np.ravel(hessian_vector_product(grad_fn, params, unit.reshape(params.shape), h=h)))
    hessian = np.array(rows)
    return (hessian + hessian.T) / 2


def power_iteration(product, vector, *, num_steps=100):
    """The eigenvalue of largest absolute value, and its eigenvector, of a symmetric matrix known by products.

        v <- v / |v|
        v <- H v / |H v|,   num_steps times
        eigenvalue = v . H v

    product(v) returns H v, as a Hessian-vector product does. vector (v): the start, any shape, not zero, not
    changed; take a random one: a start at a right angle to the eigenvector may never find it.
    Returns (eigenvalue, v): a float with its sign, and an array of length 1. If H v = 0 it stops: (0.0, v).
    The error of the eigenvalue shrinks like |second eigenvalue / first|^(2 num_steps). Where no eigenvalue is
    more negative than the largest is positive, that is the sharpness.
    Raises ValueError unless num_steps >= 0. NaN and inf pass through.
    """
    require(num_steps >= 0, "num_steps", num_steps, "a whole number >= 0")
    vector = vector / np.linalg.norm(vector)
    for _ in range(num_steps):
        following = product(vector)
        length = np.linalg.norm(following)
        if length == 0:
            return 0.0, vector
        vector = following / length
    return float(np.sum(vector * product(vector))), vector


def classify_critical_point(hessian, *, tolerance=1e-6):
    """What kind of critical point the Hessian shows: "minimum", "maximum", "saddle" or "inconclusive".

        an eigenvalue counts as positive above tolerance, as negative below -tolerance, otherwise as zero
        some positive, some negative: saddle      all positive: minimum      all negative: maximum
        otherwise zeros decide, and they tell nothing: x^4 and x^3 both have f'' = 0 at 0

    hessian: (n, n), symmetric (the lower triangle is read), not changed. Returns one of the four words.
    Raises ValueError unless tolerance >= 0 and all entries are finite.
    """
    require(tolerance >= 0, "tolerance", tolerance, "a number >= 0")
    require(np.all(np.isfinite(hessian)), "hessian", hessian, "finite, no NaN and no inf")
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
    """Gradient descent that gives itself a random push where the gradient is small, to leave saddle points.

        at step t, if |g(x)| <= grad_tolerance and the last push was at least `wait` steps ago (or never):
            noise = rng.standard_normal(x.shape)             the only draw, once per push
            x <- x + radius * noise / |noise|
        x <- x - lr * g(x)                                   every step; g at the pushed point

    params (x): the starting point, any shape, not changed. grad_fn(x) returns the gradient g at x.
    Returns the path: an array (num_steps + 1, *params.shape) with the dtype of params, one point per step (none for
    a push alone).
    Raises ValueError unless lr >= 0, num_steps >= 0, radius >= 0, grad_tolerance >= 0 and wait >= 1.
    NaN and inf pass through.

    After Jin et al. (2017), who push into the ball of that radius (we push onto its surface) and stop when a
    push has not lowered the loss.
    """
    require(lr >= 0, "lr", lr, "a number >= 0")
    require(num_steps >= 0, "num_steps", num_steps, "a whole number >= 0")
    require(radius >= 0, "radius", radius, "a number >= 0")
    require(grad_tolerance >= 0, "grad_tolerance", grad_tolerance, "a number >= 0")
    require(wait >= 1, "wait", wait, "a whole number >= 1")
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
