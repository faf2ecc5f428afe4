"""The picture of the landing page: gradient descent and heavy ball in the same valley, computed with their update rules."""

from html import escape

KAPPA, START, STEPS = 12.0, (-9.5, 1.5), 46
WIDTH, HEIGHT, SCALE_X, SCALE_Y = 720, 300, 34.0, 62.0
SECONDS = 9


def trajectory(lr: float, momentum: float) -> list[tuple[float, float]]:
    """Iterates of heavy ball (gradient descent if momentum is 0) on (x^2 / kappa + y^2) / 2."""
    x, y = START
    u = v = 0.0
    points = [(x, y)]
    for _ in range(STEPS):
        u, v = momentum * u + x / KAPPA, momentum * v + y
        x, y = x - lr * u, y - lr * v
        points.append((x, y))
    return points


def trajectory_svg(points: list[tuple[float, float]], name: str) -> str:
    """A trajectory as a line with a dot at each iterate, and a ball that takes the same time for every step."""
    pixels = [(WIDTH * 0.56 + SCALE_X * x, HEIGHT / 2 - SCALE_Y * y) for x, y in points]
    stops = "".join(f'<circle class="stop" cx="{x:.1f}" cy="{y:.1f}" r="2.2"/>' for x, y in pixels)
    path_data = "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in pixels)
    key_points = ";".join(f"{fraction:.4f}" for fraction in path_fractions(pixels))
    key_times = ";".join(f"{number / STEPS:.4f}" for number in range(STEPS + 1))
    return (
        f'<g class="{name}"><path class="way" d="{path_data}"/>{stops}<circle class="ball" r="7">'
        f'<animateMotion dur="{SECONDS}s" repeatCount="indefinite" calcMode="linear" path="{path_data}" '
        f'keyPoints="{key_points}" keyTimes="{key_times}"/></circle></g>'
    )


def path_fractions(points: list[tuple[float, float]]) -> list[float]:
    """For each point, the fraction of the drawn path's length that lies before it."""
    lengths = [0.0]
    for (a, b), (c, d) in zip(points, points[1:]):
        lengths.append(lengths[-1] + ((c - a) ** 2 + (d - b) ** 2) ** 0.5)
    return [length / lengths[-1] for length in lengths]


def picture(alt: str) -> str:
    """The drawing as SVG; `alt` is its text alternative."""
    contours = "".join(
        f'<ellipse cx="{WIDTH * 0.56:.0f}" cy="{HEIGHT / 2:.0f}" rx="{radius * SCALE_X * KAPPA**0.5:.0f}" ry="{radius * SCALE_Y:.0f}"/>'
        for radius in (0.4, 0.8, 1.3, 1.9, 2.6)
    )
    runs = trajectory_svg(trajectory(1.75, 0.0), "plain") + trajectory_svg(trajectory(0.75, 0.62), "heavy")
    return (
        f'<svg class="valley" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(alt)}">'
        f'<g class="rings">{contours}</g>{runs}</svg>'
    )
