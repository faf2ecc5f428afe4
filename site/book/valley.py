"""The picture of the landing page: two runs down the same valley, drawn point by point from the rules themselves."""

from html import escape

KAPPA, START, STEPS = 12.0, (-9.5, 1.5), 46
WIDTH, HEIGHT, SCALE_X, SCALE_Y = 720, 300, 34.0, 62.0
SECONDS = 9


def path(lr: float, momentum: float) -> list[tuple[float, float]]:
    """The points of heavy ball (gradient descent where momentum is 0) on (x^2 / kappa + y^2) / 2."""
    x, y = START
    u = v = 0.0
    points = [(x, y)]
    for _ in range(STEPS):
        u, v = momentum * u + x / KAPPA, momentum * v + y
        x, y = x - lr * u, y - lr * v
        points.append((x, y))
    return points


def line(points: list[tuple[float, float]], name: str) -> str:
    """A run as a line with its stops and a ball that takes every step in the same time, however long the step is."""
    where = [(WIDTH * 0.56 + SCALE_X * x, HEIGHT / 2 - SCALE_Y * y) for x, y in points]
    stops = "".join(f'<circle class="stop" cx="{x:.1f}" cy="{y:.1f}" r="2.2"/>' for x, y in where)
    moves = "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in where)
    at = ";".join(f"{share:.4f}" for share in shares(where))
    times = ";".join(f"{number / STEPS:.4f}" for number in range(STEPS + 1))
    return (
        f'<g class="{name}"><path class="way" d="{moves}"/>{stops}<circle class="ball" r="7">'
        f'<animateMotion dur="{SECONDS}s" repeatCount="indefinite" calcMode="linear" path="{moves}" '
        f'keyPoints="{at}" keyTimes="{times}"/></circle></g>'
    )


def shares(points: list[tuple[float, float]]) -> list[float]:
    """How much of the path, by its drawn length, lies before each point."""
    lengths = [0.0]
    for (a, b), (c, d) in zip(points, points[1:]):
        lengths.append(lengths[-1] + ((c - a) ** 2 + (d - b) ** 2) ** 0.5)
    return [length / lengths[-1] for length in lengths]


def picture(alt: str) -> str:
    """The whole drawing as SVG. `alt` says what it shows."""
    rings = "".join(
        f'<ellipse cx="{WIDTH * 0.56:.0f}" cy="{HEIGHT / 2:.0f}" rx="{r * SCALE_X * KAPPA**0.5:.0f}" ry="{r * SCALE_Y:.0f}"/>'
        for r in (0.4, 0.8, 1.3, 1.9, 2.6)
    )
    runs = line(path(1.75, 0.0), "plain") + line(path(0.75, 0.62), "heavy")
    return (
        f'<svg class="valley" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(alt)}">'
        f'<g class="rings">{rings}</g>{runs}</svg>'
    )
