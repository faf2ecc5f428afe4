"""We try a method first where the answer is known: functions with their gradient, minima and source.

A point of a problem in n variables is an array of shape (n,), of a problem in one variable a number. `value`
and `gradient` also take many points at once, which is what a contour plot needs: the last axis holds the
variables, and problems in one variable work entry by entry.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from descent.hyper import require


@dataclass(frozen=True)
class Problem:
    """A function to minimize.

    value(x) -> f(x) and gradient(x) -> an array like x.
    start: the point runs usually start from.  minima: the known global minimum points, all of value
    `minimum`; none and -inf if the function has no minimum.
    """

    name: str
    value: Callable[[np.ndarray], np.ndarray]
    gradient: Callable[[np.ndarray], np.ndarray]
    start: np.ndarray
    minima: tuple[np.ndarray, ...]
    minimum: float
    source: str


def _points(*points):
    return tuple(np.array(p, dtype=float) for p in points)


def quadratic(eigenvalues, *, angle=None, rotation=None, centre=None, start=None) -> Problem:
    """f(x) = 1/2 (x - c)' A (x - c), where A has the given eigenvalues: its curvatures.

    A = Q diag(eigenvalues) Q'. Q is the identity, or turns the plane by `angle` (radians, two variables), or
    is `rotation`, an orthogonal matrix. c is `centre`, or 0. Runs start from `start`, or ones.
    A negative eigenvalue makes a saddle, which has no minimum.
    """
    eigenvalues = np.asarray(eigenvalues, dtype=float)
    n = len(eigenvalues)
    require(angle is None or n == 2, "angle", angle, f"None for {n} variables: pass rotation instead")
    require(angle is None or rotation is None, "angle", angle, "None when rotation is given")
    Q = np.eye(n) if rotation is None else np.asarray(rotation, dtype=float)
    if angle is not None:
        Q = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    orthogonal = Q.shape == (n, n) and np.allclose(Q.T @ Q, np.eye(n))
    require(orthogonal, "rotation", Q, f"an orthogonal {n} x {n} matrix")
    A = Q @ np.diag(eigenvalues) @ Q.T
    c = np.zeros(n) if centre is None else np.array(centre, dtype=float)
    convex = eigenvalues.min() >= 0

    def value(x):
        d = np.asarray(x) - c
        return 0.5 * np.sum(d @ A * d, axis=-1)

    return Problem(
        name="quadratic",
        value=value,
        gradient=lambda x: (np.asarray(x) - c) @ A,
        start=np.ones(n) if start is None else np.array(start, dtype=float),
        minima=(c,) if convex else (),
        minimum=0.0 if convex else -np.inf,
        source="every twice differentiable function near a critical point (Taylor)",
    )


def _rosenbrock(x):
    a, b = np.moveaxis(np.asarray(x), -1, 0)
    return (1 - a) ** 2 + 100 * (b - a**2) ** 2


def _rosenbrock_gradient(x):
    a, b = np.moveaxis(np.asarray(x), -1, 0)
    return np.stack([-2 * (1 - a) - 400 * a * (b - a**2), 200 * (b - a**2)], axis=-1)


rosenbrock = Problem(
    "Rosenbrock", _rosenbrock, _rosenbrock_gradient,
    start=np.array([-1.2, 1.0]), minima=_points([1, 1]), minimum=0.0,
    source="H. H. Rosenbrock, The Computer Journal 3 (1960), 175-184: a curved, flat valley",
)  # fmt: skip


def _beale_parts(x):
    a, b = np.moveaxis(np.asarray(x), -1, 0)
    return a, b, 1.5 - a + a * b, 2.25 - a + a * b**2, 2.625 - a + a * b**3


def _beale(x):
    _, _, r, s, t = _beale_parts(x)
    return r**2 + s**2 + t**2


def _beale_gradient(x):
    a, b, r, s, t = _beale_parts(x)
    along_a = 2 * (r * (b - 1) + s * (b**2 - 1) + t * (b**3 - 1))
    along_b = 2 * a * (r + 2 * s * b + 3 * t * b**2)
    return np.stack([along_a, along_b], axis=-1)


beale = Problem(
    "Beale", _beale, _beale_gradient,
    start=np.array([1.0, 1.0]), minima=_points([3, 0.5]), minimum=0.0,
    source="E. M. L. Beale (1958); no. 5 of Moré, Garbow, Hillstrom (1981): plateaus with steep corners",
)  # fmt: skip


def _himmelblau(x):
    a, b = np.moveaxis(np.asarray(x), -1, 0)
    return (a**2 + b - 11) ** 2 + (a + b**2 - 7) ** 2


def _himmelblau_gradient(x):
    a, b = np.moveaxis(np.asarray(x), -1, 0)
    r, s = a**2 + b - 11, a + b**2 - 7
    return np.stack([4 * a * r + 2 * s, 2 * r + 4 * b * s], axis=-1)


himmelblau = Problem(
    "Himmelblau", _himmelblau, _himmelblau_gradient,
    start=np.array([0.0, 0.0]),
    minima=_points(
        [3, 2],
        [-2.805118086952745, 3.131312518250573],
        [-3.779310253377747, -3.283185991286170],
        [3.584428340330492, -1.848126526964404],
    ),
    minimum=0.0,
    source="D. M. Himmelblau, Applied Nonlinear Programming (1972): four equally good minima",
)  # fmt: skip


def double_well(tilt=0.1) -> Problem:
    """f(x) = (x^2 - 1)^2 + tilt * x: for a small positive tilt a good minimum near -1, a poor one near 1.

    One variable. `minima` holds the good one; above a tilt of about 1.54 the poor one is gone.
    """
    require(tilt > 0, "tilt", tilt, "a number > 0: without a tilt neither minimum is the better one")
    roots = np.roots([4, 0, -4, tilt])
    best = np.min(roots[np.abs(roots.imag) < 1e-9].real)

    def value(x):
        return (np.asarray(x) ** 2 - 1) ** 2 + tilt * np.asarray(x)

    return Problem(
        "double well", value, lambda x: 4 * np.asarray(x) ** 3 - 4 * np.asarray(x) + tilt,
        start=np.array(1.5), minima=_points(best), minimum=float(value(best)),
        source="the quartic potential of physics, tilted: a local minimum that is not global",
    )  # fmt: skip


def _saddle(x):
    a, b = np.moveaxis(np.asarray(x), -1, 0)
    return 0.5 * a**2 + 0.25 * b**4 - 0.5 * b**2


def _saddle_gradient(x):
    a, b = np.moveaxis(np.asarray(x), -1, 0)
    return np.stack([a, b**3 - b], axis=-1)


saddle = Problem(
    "saddle", _saddle, _saddle_gradient,
    start=np.array([1.0, 0.0]), minima=_points([0, 1], [0, -1]), minimum=-0.25,
    source="Y. Nesterov, Introductory Lectures on Convex Optimization (2004), example 1.2.2: started on the "
    "line b = 0, gradient descent ends in the strict saddle at the origin",
)  # fmt: skip


def _lessard(x):
    x = np.asarray(x)
    # 25x | x + 24 | 25x - 24, integrated with f(0) = 0 and no jump at 1 and 2
    return np.select([x < 1, x < 2], [12.5 * x**2, 0.5 * x**2 + 24 * x - 12], 12.5 * x**2 - 24 * x + 36)[()]


def _lessard_gradient(x):
    x = np.asarray(x)
    return np.select([x < 1, x < 2], [25 * x, x + 24], 25 * x - 24)[()]


lessard = Problem(
    "Lessard's piecewise quadratic", _lessard, _lessard_gradient,
    start=np.array(3.3), minima=_points(0), minimum=0.0,
    source="L. Lessard, B. Recht, A. Packard, SIAM J. Optim. 26 (2016), 57-95, section 4.6: curvature 1 to "
    "25, and the heavy ball tuned for quadratics (lr 1/9, momentum 4/9) never arrives",
)  # fmt: skip
